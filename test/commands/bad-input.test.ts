import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { buildCli } from "../support/built.ts";
import { inParallel } from "../support/parallel.ts";
import { withTempFolder } from "../support/temp.ts";

/** Arguments of `vectors` that are refused, and what the refusal must say; parse.test.ts has more of each kind. */
const refused: [args: string[], says: RegExp][] = [
  ...["0", "9007199254740992"].map((size): [string[], RegExp] => [["--size", size], /1 to 9007199254740991/]),
  ...["-5", "1.5", "abc"].map((size): [string[], RegExp] => [
    ["--size", size],
    /a whole number from 1 to 9007199254740991, such as 1000, 10k/,
  ]),
  ...["0", "70000"].map((dim): [string[], RegExp] => [["--dim", dim], /1 to 65536/]),
  [["--seed", "-1"], /from 0 to 18446744073709551615, or a word/],
  [["--format", "csv"], /npy or npz/],
  [["--compress"], /npz/],
  [["--classes", "A=0.5,B=0.4"], /sum to 0\.9, expected 1/],
  [["--classes", "A=0.5,B=0.500000002"], /sum to 1\.000000002, expected 1/],
  [["--classes", "A=-0.5,B=1.5"], /above 0, at most 1/],
  [["--classes", "A=0.5,A=0.5"], /"A" is given twice/],
  [["--classes", "=0.5,B=0.5"], /empty class name/],
  [["--size", "10", "--rows", "5:11"], /0 <= a < b <= 10/],
  [["--size", "100,10", "--rows", "50:60"], /0 <= a < b <= 10/],
  [["--workers", "-1"], /auto or a number from 0 to 256/],
  [["--size", "1000,1k"], /asked for twice/],
  [["--size", "1e12", "--dim", "1000"], /free, the plan needs .* smaller --size/],
  [["--sise", "10"], /unknown option '--sise' \(Did you mean --size\?\)/i],
  [["--forse"], /unknown option '--forse' \(Did you mean --force\?\)/i],
  [["--size"], /--size <list>.* argument missing/i],
  [["10k"], /too many arguments/i],
];

const cli = buildCli();
process.on("exit", cli.remove);

/** Asserts exit code 2 and one line that says what is allowed, without the stack of an error. */
async function assertRefused(args: readonly string[], says: RegExp): Promise<void> {
  const { code, stdout, stderr } = await cli.run(...args);
  const what = args.map((arg) => `"${arg}"`).join(" ");
  assert.equal(code, 2, `${what}: ${stderr}`);
  assert.match(stderr, /^seedbed: [^\n]+\n$/, what);
  assert.match(stderr, says, what);
  assert.doesNotMatch(stdout + stderr, /\n\s+at |Error:/, what);
}

test("what cannot be done as asked is refused in one line, and nothing is written", async () => {
  await withTempFolder(async (folder) => {
    await inParallel(refused, ([args, says]) => assertRefused(["vectors", "--out", `${folder}/out`, ...args], says));
    assert.deepEqual(readdirSync(folder), []);
  });
});

test("a folder that cannot be written is refused in one line", async () => {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/file`, "mine");
    mkdirSync(`${folder}/out`);
    writeFileSync(`${folder}/out/10`, "mine too");
    const outs = [`${folder}/file`, `${folder}/file/below`, `${folder}/out`];
    if (process.platform === "linux") outs.push("/dev/null/below", "/proc/below", "/dev/full");
    await inParallel(outs, (out) => assertRefused(["vectors", "--size", "10", "--out", out], /Cannot|free/));
    assert.deepEqual(readdirSync(folder), ["file", "out"]);
    assert.deepEqual(readdirSync(`${folder}/out`), ["10"]);
  });
});

test("an empty --out is refused: it would mean the root of the disk", async () => {
  await assertRefused(["vectors", "--size", "10", "--dry-run", "--out", ""], /out/i);
});

test("other commands are refused alike", async () => {
  await withTempFolder(async (folder) => {
    const cases: [string[], RegExp][] = [
      [[], /seedbed --help|command/i],
      [["vector"], /unknown command 'vector' \(Did you mean vectors\?\)/i],
      [["--sise"], /unknown option '--sise'/i],
      [["verify"], /path/],
      [["verify", folder], /no dataset\.json/],
      [["verify", `${folder}/none`], /no such file or folder/],
      [["verify", folder, "--workers", "2"], /--workers are for embeddings/],
      [["verify", "--dataset", "x", "--workers", "many"], /Workers "many" are not allowed/],
      [["verify", folder, folder], /too many arguments/i],
      [["verify", folder, "--ful"], /unknown option '--ful' \(Did you mean --full\?\)/i],
    ];
    await inParallel(cases, ([args, says]) => assertRefused(args, says));
  });
});

test("with --json an error leaves standard output empty; with --quiet it is still said", async () => {
  await withTempFolder(async (folder) => {
    for (const flag of ["--json", "--quiet"]) {
      const { code, stdout, stderr } = await cli.run("vectors", "--size", "0", "--out", folder, flag);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /^seedbed: [^\n]+\n$/);
    }
  });
});

test("--debug adds the stack of an error", async () => {
  const { code, stderr } = await cli.run("vectors", "--size", "0", "--debug");
  assert.equal(code, 2);
  assert.match(stderr, /^seedbed: [^\n]+\nInputError: [^\n]+\n\s+at /);
});

test("the checks above hold for the command run from its sources too", async () => {
  const { runCli } = await import("../support/cli.ts");
  const { code, stdout, stderr } = await runCli("vectors", "--size", "0");
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^seedbed: Size "0" is not allowed: [^\n]+\n$/);
});
