import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { rowsOf, writeRows } from "./support/centroids.ts";
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

/** What is written: a command line without its folder, and what of the folder depends on more than the recipe. */
interface Work {
  readonly args: readonly string[];
  readonly flag: "--out" | "--output-dir" | "--output";
  /** What is asked for, and where it is looked for. */
  readonly out: string;
  readonly folder: string;
  /** Holds the time of writing, or the name of the folder. */
  readonly leftOut: readonly string[];
  /** Has no --workers. */
  readonly isAlone?: true;
}

const vectors = (...flags: string[]): Work => ({
  args: ["vectors", "--size", "10k", ...flags],
  flag: "--out",
  out: "",
  folder: "/10k",
  leftOut: ["dataset.json"],
});
const images = (...flags: string[]): Work => ({
  args: ["images", "--yes", ...flags],
  flag: "--output-dir",
  out: "/corpus",
  folder: "/corpus",
  leftOut: ["metadata.json", "validation_report.png"],
});

const memories = (format: string, ...flags: string[]): Work => ({
  args: ["memories", "--centroids", "50", "--count", "5k", "--format", format, ...flags],
  flag: "--output",
  out: `/m.${format}`,
  folder: "",
  leftOut: ["m.dataset.json", "m.npy.dataset.json", "m.parquet.dataset.json"],
});

// One path for all runs, because centroids.json tells it.
const input = mkdtempSync(join(tmpdir(), "seedbed-"));
process.on("exit", () => rmSync(input, { recursive: true, force: true }));
writeRows(`${input}/in.npy`, rowsOf(6000, 24), 24);
const centroids = (...flags: string[]): Work => ({
  args: ["centroids", "--input", `${input}/in.npy`, "--num-centroids", "20", ...flags],
  flag: "--output",
  out: "/c.npy",
  folder: "",
  leftOut: [],
});
const articles: Work = {
  args: ["wikipedia", "--dump", "test/fixtures/wiki/pages.xml.bz2"],
  flag: "--out",
  out: "/w.jsonl",
  folder: "",
  leftOut: [],
  isAlone: true,
};

// Compressed blocks take so long that workers come to make some of them.
const plain = vectors();
const compressed = vectors("--format", "npz", "--compress");
const corpus = images("--num-images", "30k");
const shards = images("--num-images", "2k", "--format", "parquet", "--palette", "arc", "--no-report");
const lines = memories("jsonl");
const centres = centroids();
const lloyd = centroids("--algorithm", "lloyd", "--sample", "2k", "--seed", "0");
const matrix = memories("npy", "--cosine", "0.8", "--seed", "0");
const table = memories("parquet");

for (const launcher of launchers) {
  test(`${launcher.name} writes the same bytes`, async () => {
    for (const [work, workers] of [
      [plain, "0"],
      [plain, "4"],
      [compressed, "1"],
      [compressed, "4"],
      [corpus, "1"],
      [corpus, "4"],
      [shards, "1"],
      [lines, "0"],
      [lines, "1"],
      [lines, "3"],
      [matrix, "3"],
      [table, "0"],
      [table, "2"],
      [centres, "0"],
      [centres, "2"],
      [lloyd, "2"],
      [articles, "0"],
    ] as const) {
      assert.deepEqual(await sumsOf(launcher, work, workers), await expectedSums(work), work.args.join(" "));
    }
  });
}

const expected = new Map<Work, Promise<Record<string, string>>>();

/** What the runtime under test writes without workers. */
function expectedSums(work: Work): Promise<Record<string, string>> {
  const sums = expected.get(work) ?? sumsOf(launchers[0]!, work, "0");
  expected.set(work, sums);
  return sums;
}

/** SHA-256 of each file that the recipe determines. */
function sumsOf({ name, program, args }: Launcher, work: Work, workers: string): Promise<Record<string, string>> {
  return withTempFolder((temp) => {
    const out = `${temp}${work.out}`;
    const threads = work.isAlone ? [] : ["--workers", workers];
    const command = [...args(temp), ...work.args, ...threads, work.flag, out, "--quiet"];
    const { status, stderr, error } = spawnSync(program, command, { cwd: root, encoding: "utf8" });
    assert.equal(status, 0, `${name}: ${error?.message ?? stderr}`);
    const folder = `${temp}${work.folder}`;
    const files = readdirSync(folder).filter((file) => !work.leftOut.includes(file));
    assert.ok(files.length > 0, `${name}: ${work.args[0]} wrote nothing`);
    return Object.fromEntries(files.sort().map((file) => [file, sha256OfPath(`${folder}/${file}`)]));
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
