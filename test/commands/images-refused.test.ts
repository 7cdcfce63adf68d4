import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { buildCli } from "../support/built.ts";
import type { CliResult } from "../support/cli.ts";
import { inParallel } from "../support/parallel.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const TEN = ["--num-images", "10"];

/** Arguments that are refused, and what the refusal must say. */
const refused: [args: string[], says: RegExp][] = [
  ...["0", "-1", "1.5", "abc", "", "9007199254740992", "1e400", "Infinity"].map((count): [string[], RegExp] => [
    ["--num-images", count],
    /whole number from 1 to 9007199254740991/,
  ]),
  [[], /--num-images/],
  [["--num-images"], /--num-images <n>.* argument missing/i],
  [[...TEN, "--splits", "0.5,0.2,0.2"], /0\.5,0\.2,0\.2 sum to 0\.9, expected 1/],
  [[...TEN, "--splits", "0.8,0.1,0.1000001"], /sum to 1\.0000001, expected 1/],
  ...["0.8,0.2", "-0.1,0.6,0.5", "1", "0.8,0.1,0.1,0", "1.5,-0.25,-0.25", "Infinity,0,0"].map(
    (splits): [string[], RegExp] => [[...TEN, "--splits", splits], /three shares from 0 to 1, such as 0\.8,0\.1,0\.1/],
  ),
  ...["x", "", "1,,0", "80%,10%,10%"].map((splits): [string[], RegExp] => [
    [...TEN, "--splits", splits],
    new RegExp(`Splits "?${splits}"? .*three shares from 0 to 1`),
  ]),
  [[...TEN, "--grid-size", "7"], /too small.* 8 to 64/],
  [[...TEN, "--grid-size", "1"], /too small.* 8 to 64/],
  ...["65", "1e6", "16.5", "0", "-8", "x", ""].map((size): [string[], RegExp] => [
    [...TEN, "--grid-size", size],
    /Grid size .* 8 to 64/,
  ]),
  ...["x", "GRAY", "constructor", ""].map((name): [string[], RegExp] => [
    [...TEN, "--palette", name],
    new RegExp(`Palette "${name}" .*gray or arc`),
  ]),
  [[...TEN, "--label", "x"], /Label "x" .*composition.* count.* type/],
  [[...TEN, "--format", "x"], /Format "x" .*npz.* npy.* idx.* imagefolder.* webdataset.* parquet/],
  [[...TEN, "--format", "__proto__"], /Format "__proto__"/],
  ...["-1", "1.5", "18446744073709551616", ""].map((seed): [string[], RegExp] => [
    [...TEN, "--seed", seed],
    /from 0 to 18446744073709551615, or a word/,
  ]),
  ...["x", "-1", "1.5", "257", ""].map((workers): [string[], RegExp] => [
    [...TEN, "--workers", workers],
    /auto or a number from 0 to 256/,
  ]),
  [["10"], /too many arguments|--num-images/i],
  [[...TEN, "--split", "1,0,0"], /unknown option '--split' \(Did you mean --splits\?\)/i],
  [[...TEN, "--unique=no"], /unknown option/i],
];

/** What no disk holds, or no container says, whatever the format; found out at once. */
const tooMany: [args: string[], says: RegExp][] = [
  ...["npz", "npy", "imagefolder", "webdataset", "parquet"].map((format): [string[], RegExp] => [
    ["--num-images", "9007199254740991", "--format", format],
    /free, the plan needs [\d.]+ [EP]B|at most 100000 are allowed/,
  ]),
  [["--num-images", "5g", "--format", "idx", "--splits", "0,1,0"], /too many for IDX.* 2\^32 - 1/],
  [["--num-images", "50000001", "--unique"], /50000001 images without duplicates .* at most 50000000/],
];

/** Runs the command and asserts exit code 2 and one line that says what is allowed, without the stack of an error. */
async function assertRefused(args: readonly string[], says: RegExp): Promise<void> {
  assertRefusal(args, await cli.run("images", ...args), says);
}

function assertRefusal(args: readonly string[], { code, stdout, stderr }: CliResult, says: RegExp): void {
  const what = args.map((arg) => `"${arg}"`).join(" ");
  assert.equal(code, 2, `${what}: ${stderr}`);
  assert.match(stderr, /^seedbed: [^\n]+\n$/, what);
  assert.match(stderr, says, what);
  assert.doesNotMatch(stderr, /NaN|undefined|\n\s+at |Error:/, what);
  if (!["/proc/below", "/dev/full"].includes(args.at(-1)!)) assert.equal(stdout, "", what); // found out by trying
}

const suites = {
  "what cannot be done as asked is refused in one line": { cases: refused, flag: "--yes" },
  "what nobody could write or hold is refused before the question": { cases: tooMany, flag: "--yes" },
};
for (const [name, { cases, flag }] of Object.entries(suites)) {
  test(`${name}, and nothing is written`, async (t) => {
    await withTempFolder(async (parent) => {
      const results = await inParallel(cases, ([args]) =>
        cli.run("images", "--output-dir", `${parent}/out`, flag, ...args),
      );
      for (const [at, [args, says]] of cases.entries()) {
        await t.test(args.join(" ") || "no arguments", () => assertRefusal(args, results[at]!, says));
      }
      assert.deepEqual(readdirSync(parent), []);
    });
  });
}

test("a plan that no disk holds is shown all the same", async () => {
  await withTempFolder(async (parent) => {
    const args = ["--num-images", "9007199254740991", "--output-dir", `${parent}/out`, "--dry-run"];
    const { code, stdout } = await cli.run("images", ...args);
    assert.equal(code, 0);
    assert.match(stdout, /9,007,199,254,740,991 [^]*Disk: +about [\d.]+ [PE]B/);
    assert.deepEqual(readdirSync(parent), []);
  });
});

test("a folder that is there is left as it is, whatever is in it", async () => {
  await withTempFolder(async (parent) => {
    mkdirSync(`${parent}/empty`);
    mkdirSync(`${parent}/full`);
    writeFileSync(`${parent}/full/notes.txt`, "mine");
    writeFileSync(`${parent}/full/train.npz`, "mine too");
    writeFileSync(`${parent}/file`, "a file");
    const own = ["images", ...TEN, "--yes", "--output-dir", `${parent}/own`, "--quiet"];
    assert.equal((await cli.run(...own)).code, 0);
    const before = readFileSync(`${parent}/own/metadata.json`, "utf8");
    symlinkSync(`${parent}/full`, `${parent}/link`);
    const places = ["empty", "full", "own", "link", "full/", "file"];
    for (const flags of [[], ["--dry-run"]]) {
      await inParallel(places, (place) =>
        assertRefused(["--yes", ...TEN, "--output-dir", `${parent}/${place}`, ...flags], /exists|file/),
      );
    }
    assert.deepEqual(readdirSync(parent).sort(), ["empty", "file", "full", "link", "own"]);
    assert.deepEqual(readdirSync(`${parent}/empty`), []);
    assert.deepEqual(readdirSync(`${parent}/full`).sort(), ["notes.txt", "train.npz"]);
    assert.equal(readFileSync(`${parent}/full/train.npz`, "utf8"), "mine too");
    assert.equal(readFileSync(`${parent}/own/metadata.json`, "utf8"), before);
  });
});

test("a folder that cannot be made is refused in one line", async () => {
  await withTempFolder(async (parent) => {
    writeFileSync(`${parent}/file`, "mine");
    const places = [`${parent}/file/below`, `${parent}/file/below/it`, `${parent}/${"x".repeat(300)}`];
    if (process.platform === "linux") places.push("/dev/null/below", "/proc/below", "/dev/full");
    if (process.getuid && process.getuid() !== 0) {
      mkdirSync(`${parent}/closed`);
      chmodSync(`${parent}/closed`, 0o555);
      places.push(`${parent}/closed/below`);
    }
    await inParallel(places, (place) => assertRefused(["--yes", ...TEN, "--output-dir", place], /Cannot|free|exists/));
    assert.deepEqual(
      readdirSync(parent).filter((name) => name !== "closed"),
      ["file"],
    );
  });
});

test("an empty --output-dir is refused: it would mean the root of the disk", async () => {
  for (const place of ["", " "]) await assertRefused(["--yes", ...TEN, "--output-dir", place], /--output-dir/);
});

test("with --json an error leaves standard output empty; with --quiet it is still said; --debug adds the stack", async () => {
  for (const flag of ["--json", "--quiet"]) await assertRefused(["--yes", "--num-images", "0", flag], /whole number/);
  const { code, stderr } = await cli.run("images", "--num-images", "0", "--debug");
  assert.equal(code, 2);
  assert.match(stderr, /^seedbed: [^\n]+\nInputError: [^\n]+\n\s+at /);
});
