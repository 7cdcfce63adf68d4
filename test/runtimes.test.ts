import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter } from "node:path";
import process from "node:process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { sha256OfPath } from "./support/sums.ts";
import { withTempFolder } from "./support/temp.ts";

// The runtime under test and those that SEEDBED_RUNTIMES lists as PATH lists folders, from the sources and as built:
// .ci/run names the others and has just built dist/.
const others = (process.env["SEEDBED_RUNTIMES"] ?? "").split(delimiter).filter((path) => path !== "");

interface Launcher {
  readonly name: string;
  readonly program: string;
  readonly args: (folder: string) => string[];
}

const root = fileURLToPath(new URL("../", import.meta.url));
const launchers = [...new Set([process.execPath, ...others])].flatMap(launchersOf);

// Compressed blocks take so long that workers come to make some of them.
const plain = ["--size", "10k"];
const compressed = ["--size", "10k", "--format", "npz", "--compress"];

for (const launcher of launchers) {
  test(`${launcher.name} writes the same bytes`, async () => {
    for (const [args, workers] of [
      [plain, "0"],
      [plain, "4"],
      [compressed, "1"],
      [compressed, "4"],
    ] as const) {
      assert.deepEqual(await sumsOf(launcher, [...args, "--workers", workers]), await expectedSums(args));
    }
  });
}

const expected = new Map<readonly string[], Promise<Record<string, string>>>();

/** What the runtime under test writes without workers. */
function expectedSums(args: readonly string[]): Promise<Record<string, string>> {
  const sums = expected.get(args) ?? sumsOf(launchers[0]!, [...args, "--workers", "0"]);
  expected.set(args, sums);
  return sums;
}

/** SHA-256 of each data file. The manifest holds the time of writing. */
function sumsOf({ name, program, args }: Launcher, flags: readonly string[]): Promise<Record<string, string>> {
  return withTempFolder((folder) => {
    const command = [...args(folder), "vectors", ...flags, "--out", folder, "--quiet"];
    const { status, stderr, error } = spawnSync(program, command, { cwd: root, encoding: "utf8" });
    assert.equal(status, 0, `${name}: ${error?.message ?? stderr}`);
    const files = readdirSync(`${folder}/10k`).filter((file) => file !== "dataset.json");
    return Object.fromEntries(files.sort().map((file) => [file, sha256OfPath(`${folder}/10k/${file}`)]));
  });
}

function launchersOf(program: string): Launcher[] {
  const version = spawnSync(program, ["--version"], { encoding: "utf8" }).stdout?.split(/[ \n]\(|\n/)[0];
  assert.ok(version, `${program} does not tell its version`);
  if (version.startsWith("deno")) {
    const permissions = (folder: string) => ["--allow-read", `--allow-write=${folder}`]; // as the README promises
    return [{ name: version, program, args: (folder) => ["run", "--no-prompt", ...permissions(folder), "src/gen.ts"] }];
  }
  const sources: Launcher = { name: `Node ${version}`, program, args: () => ["--import", "tsx", "src/gen.ts"] };
  const built: Launcher = { name: `Node ${version}, built`, program, args: () => ["dist/gen.js"] };
  return others.length > 0 && existsSync(`${root}dist/gen.js`) ? [sources, built] : [sources];
}
