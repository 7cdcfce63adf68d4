import assert from "node:assert/strict";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { verify } from "../../src/index.ts";
import { buildCli } from "../support/built.ts";
import { spawnQuietly } from "../support/cli.ts";
import { soon } from "../support/soon.ts";
import { withTempFolder } from "../support/temp.ts";

const isDeno = "deno" in process.versions;
const skip = process.platform === "win32" && "needs signals";

const cli = buildCli();
process.on("exit", cli.remove);

const argsOf = (output: string, count: string, ...flags: string[]) => [
  ...["memories", "--centroids", "20", "--count", count, "--output", output],
  ...flags,
];

interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/** Starts the command and sends the signal once the part has so many bytes. */
async function interrupt(
  args: readonly string[],
  signal: NodeJS.Signals,
  part: string,
  bytes: number,
): Promise<Outcome> {
  const child = spawnQuietly(process.execPath, [...(isDeno ? ["run", "-A", "--no-prompt"] : []), cli.entry, ...args]);
  let stderr = "";
  child.stdout!.resume();
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, by) => {
      // Deno calls exit code 130 a signal, the one it sent if it sent one.
      resolve({ code: isDeno && by !== null && by !== "SIGKILL" ? 130 : code, signal: by, stderr });
    });
  });
  const written = () => statSync(part, { throwIfNoEntry: false })?.size ?? -1;
  while (child.exitCode === null && child.signalCode === null && written() < bytes) await sleep(1);
  child.kill(signal);
  return soon(ended);
}

const cases = [
  { name: "m.jsonl", part: "m.jsonl.part", bytes: 0, flags: ["--workers", "0"] },
  { name: "m.jsonl", part: "m.jsonl.part", bytes: 20e6, flags: ["--workers", "2"] },
  { name: "m.npy", part: "m.npy.part", bytes: 5e6, flags: ["--format", "npy", "--workers", "1"] },
];

for (const { name, part, bytes, flags } of cases) {
  test(
    `a run killed after ${bytes} bytes of ${name} leaves no final name, and the next one replaces it`,
    { skip },
    async () => {
      await withTempFolder(async (folder) => {
        const output = `${folder}/${name}`;
        const { signal } = await interrupt(argsOf(output, "5m", ...flags), "SIGKILL", `${folder}/${part}`, bytes);
        assert.equal(signal, "SIGKILL");
        const left = readdirSync(folder);
        assert.ok(left.includes(part) && left.every((file) => file.endsWith(".part")), `left: ${left}`);
        const { code, stderr } = await cli.run(...argsOf(output, "2k", ...flags));
        assert.deepEqual([code, stderr], [0, ""]);
        const files = name.endsWith("npy")
          ? ["m.metadata.jsonl", "m.npy", "m.npy.dataset.json"]
          : ["m.dataset.json", "m.jsonl"];
        assert.deepEqual(readdirSync(folder).sort(), files);
        assert.deepEqual((await verify(folder, { full: true })).faults, []);
      });
    },
  );
}

for (const [signal, { name, part, flags }] of [
  ["SIGINT", cases[1]!],
  ["SIGTERM", cases[2]!],
] as const) {
  test(`${signal} while ${name} is written: one line, exit code 130, and nothing is left`, { skip }, async () => {
    await withTempFolder(async (parent) => {
      const output = `${parent}/a/b/${name}`;
      const { code, stderr } = await interrupt(argsOf(output, "5m", ...flags), signal, `${parent}/a/b/${part}`, 1e6);
      assert.equal(code, 130, stderr);
      assert.match(stderr, /^seedbed: Interrupted[^\n]*\n$/);
      assert.deepEqual(readdirSync(parent), []);
    });
  });
}

test("Ctrl-C leaves the memories that were there, and what else is in the folder", { skip }, async () => {
  await withTempFolder(async (folder) => {
    const output = `${folder}/m.jsonl`;
    writeFileSync(`${folder}/notes`, "mine");
    assert.equal((await cli.run(...argsOf(output, "100"))).code, 0);
    const { code } = await interrupt(argsOf(output, "5m", "--force"), "SIGINT", `${output}.part`, 1e6);
    assert.equal(code, 130);
    assert.deepEqual(readdirSync(folder).sort(), ["m.dataset.json", "m.jsonl", "notes"]);
    const { faults, rows } = await verify(folder, { full: true });
    assert.deepEqual([faults, rows], [[], 100]);
  });
});
