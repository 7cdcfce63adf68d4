import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { verify } from "../../src/index.ts";
import { buildCli } from "../support/built.ts";
import { runToEnd, startCli } from "../support/cli.ts";
import { readMetadata, writeImages } from "../support/corpora.ts";
import { soon } from "../support/soon.ts";
import { withTempFolder } from "../support/temp.ts";

const CLAIM = "dataset.json.claim.part";
const DEAD = 2 ** 22 + 1; // no process has this number
const isDeno = "deno" in process.versions;
const skip = process.platform === "win32" && "needs signals";

const cli = buildCli();
process.on("exit", cli.remove);

interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/** Starts the command and sends the signal once `isReady`, which is asked every millisecond. */
async function interrupt(args: readonly string[], signal: NodeJS.Signals, isReady: () => boolean): Promise<Outcome> {
  const child = startCli(args);
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
  while (child.exitCode === null && child.signalCode === null && !isReady()) await sleep(1);
  child.kill(signal);
  return soon(ended);
}

/** Whether something of at least so many bytes has that name. */
const hasBytes = (path: string, bytes: number) => (statSync(path, { throwIfNoEntry: false })?.size ?? -1) >= bytes;

const argsOf = (folder: string, images: string, ...flags: string[]) => [
  "images",
  "--num-images",
  images,
  "--yes",
  "--output-dir",
  folder,
  ...flags,
];

/** For each container the name that a run of many images first writes to. */
const parts = { npz: "train.npz.part", imagefolder: "train.part" };

for (const [format, part] of Object.entries(parts)) {
  test(`Ctrl-C in the middle of a large ${format}: one line, exit code 130, no folder`, { skip }, async () => {
    await withTempFolder(async (parent) => {
      const folder = `${parent}/a/b`;
      const args = argsOf(folder, "10m", "--format", format, "--workers", "1");
      const { code, stderr } = await interrupt(args, "SIGINT", () => hasBytes(`${folder}/${part}`, 1));
      assert.equal(code, 130, stderr);
      assert.match(stderr, /^seedbed: Interrupted[^\n]*\n$/);
      assert.deepEqual(readdirSync(parent), []);
    });
  });
}

test("Ctrl-C while duplicates are looked for leaves no folder", { skip }, async () => {
  await withTempFolder(async (parent) => {
    const before = Date.now();
    assert.equal((await cli.run(...argsOf(`${parent}/b`, "1k", "--unique"))).code, 0);
    rmSync(`${parent}/b`, { recursive: true });
    const began = Date.now();
    const isReady = () => Date.now() - began > 2 * (began - before); // nothing is on the disk yet that would tell
    const { code, stderr } = await interrupt(argsOf(`${parent}/a`, "50m", "--unique"), "SIGTERM", isReady);
    assert.equal(code, 130, stderr);
    assert.match(stderr, /^seedbed: Interrupted[^\n]*\n$/);
    assert.deepEqual(readdirSync(parent), []);
  });
});

test("Ctrl-C while the report is made leaves the corpus whole, and no half of a report", { skip }, async () => {
  await withTempFolder(async (parent) => {
    const folder = `${parent}/a`;
    const isReady = () => existsSync(`${folder}/metadata.json`);
    const { code, stderr } = await interrupt(argsOf(folder, "150k"), "SIGINT", isReady);
    assert.equal(code, 130, stderr);
    assert.match(stderr, /^seedbed: Interrupted[^\n]*\n$/);
    assert.deepEqual(readdirSync(folder).sort(), ["metadata.json", "test.npz", "train.npz", "val.npz"]);
    assert.deepEqual((await verify(folder)).faults, []);
  });
});

for (const [format, part] of Object.entries(parts)) {
  test(`a run killed in the middle of writing ${format} is replaced by the same command again`, { skip }, async () => {
    await withTempFolder(async (parent) => {
      const folder = `${parent}/a`;
      const killed = argsOf(folder, "10m", "--format", format, "--workers", "1");
      const { signal } = await interrupt(killed, "SIGKILL", () => hasBytes(`${folder}/${part}`, 1));
      assert.equal(signal, "SIGKILL");
      const left = readdirSync(folder);
      assert.ok(left.includes(part) && left.every((name) => name.endsWith(".part")), `left: ${left}`);
      assert.equal((await cli.run("inspect", folder)).code, 2);
      const { code, stderr } = await cli.run(...argsOf(folder, "300", "--format", format));
      assert.deepEqual([code, stderr], [0, ""]);
      await assertSound(folder);
    });
  });
}

async function assertSound(folder: string): Promise<void> {
  const names = readdirSync(folder);
  const listed = readMetadata(folder).extras.files.map(({ path }) => String(path).split("/")[0]!);
  const report = ["metadata.json", "report.json", "validation_report.png"];
  assert.deepEqual(names.sort(), [...new Set([...listed, ...report])].sort());
  assert.deepEqual((await verify(folder, { full: true })).faults, []);
}

for (const format of ["npz", "idx", "imagefolder", "webdataset"] as const) {
  test(`a run killed while its ${format} got its names is replaced by the same command again`, async () => {
    await withTempFolder(async (parent) => {
      const [whole, folder] = [`${parent}/whole`, `${parent}/a`];
      const { files } = await writeImages(whole, { numImages: 200, seed: 7, format });
      const published = files.slice(0, -1).map(({ path }) => path);
      mkdirSync(folder);
      for (const path of published) cpSync(`${whole}/${path}`, `${folder}/${path}`, { recursive: true });
      const claim = { pid: DEAD, files: files.map(({ path }) => path) };
      writeFileSync(`${folder}/${CLAIM}`, JSON.stringify(claim));
      const { code, stderr } = await cli.run(...argsOf(folder, "200", "--format", format));
      assert.deepEqual([code, stderr], [0, ""]);
      await assertSound(folder);
    });
  });
}

test("a folder in which another run is under way is refused, and left to it", async () => {
  await withTempFolder(async (parent) => {
    const folder = `${parent}/a`;
    mkdirSync(folder);
    writeFileSync(`${folder}/train.npz.part`, "half");
    writeFileSync(`${folder}/${CLAIM}`, JSON.stringify({ pid: process.pid, files: ["train.npz"] }));
    const { code, stderr } = await cli.run(...argsOf(folder, "200", "--quiet"));
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`^seedbed: [^\n]* is being written by process ${process.pid}: [^\n]*\n$`));
    assert.deepEqual(readdirSync(folder).sort(), [CLAIM, "train.npz.part"].sort());
  });
});

test("a folder that came while duplicates were looked for is left as it is", async () => {
  await withTempFolder(async (parent) => {
    const folder = `${parent}/a`;
    const child = startCli(argsOf(folder, "2m", "--unique", "--no-report"));
    const ended = runToEnd(child);
    await new Promise((resolve) => child.stdout!.once("data", resolve)); // the plan
    await sleep(200); // the search for duplicates takes a second
    assert.ok(!existsSync(folder), "the search is over already");
    mkdirSync(folder);
    writeFileSync(`${folder}/train.npz`, "mine");
    const { code, stderr } = await soon(ended, 100_000);
    assert.equal(readFileSync(`${folder}/train.npz`).length, 4, "it was replaced");
    assert.deepEqual(readdirSync(folder), ["train.npz"]);
    assert.deepEqual([code, stderr.match(/^seedbed: [^\n]+\n$/)?.length], [2, 1]);
  });
});

test("of two runs into one folder at a time, one is refused and the other is whole", async () => {
  await withTempFolder(async (parent) => {
    const args = argsOf(`${parent}/a`, "30k", "--quiet");
    const runs = await Promise.all([cli.run(...args, "--seed", "1"), cli.run(...args, "--seed", "2")]);
    assert.deepEqual(runs.map(({ code }) => code).sort(), [0, 2]);
    assert.match(runs.find(({ code }) => code === 2)!.stderr, /^seedbed: [^\n]+\n$/);
    await assertSound(`${parent}/a`);
    const { seed } = readMetadata(`${parent}/a`).extras.recipe;
    assert.equal(seed, runs[0]!.code === 0 ? "1" : "2");
  });
});
