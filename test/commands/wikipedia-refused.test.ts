import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { buildCli } from "../support/built.ts";
import { articlePages, dumpOf } from "../support/dumps.ts";
import { inParallel } from "../support/parallel.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

/** Flags that are refused, and what the refusal must say. */
const refused: [flags: string[], says: RegExp][] = [
  ...["0", "-1", "1.5", "x", ""].map((limit): [string[], RegExp] => [
    ["--limit", limit],
    new RegExp(`Limit "${limit}" is not allowed: give a whole number from 1 to 9007199254740991`),
  ]),
  ...["0", "257", "x"].flatMap((count): [string[], RegExp][] => [
    [["--concurrent", count], new RegExp(`Concurrent "${count}" is not allowed: give a whole number from 1 to 256`)],
    [["--batch-size", count], new RegExp(`Batch size "${count}" is not allowed: give a whole number from 1 to 256`)],
  ]),
  [["--provider", "openai"], /'openai' is invalid\. Allowed choices are local, none/],
  [["--limit"], /--limit <n>.* argument missing/],
  [["--unknown"], /Unknown option '--unknown'/],
  [["extra"], /Too many arguments/],
];

const refusedOfStores: [flags: string[], says: RegExp][] = [
  [["--endpoint", "localhost:7432"], /Endpoint "localhost:7432": localhost: is not http: or https:/],
  [["--endpoint", "http://me:secret@localhost"], /Endpoint: a name or password does not belong there/],
  [["--space", "A b"], /Memory space "A b": expected 3 to 64 characters/],
  [["--token", "my secret"], /Token: expected printable characters without spaces/],
];

test("flags that cannot be are refused in one line before anything is touched", async () => {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/dump.xml`, dumpOf(articlePages(3)));
    const toFile = ["--out", `${folder}/memories.jsonl`];
    const all = [
      ...refused.map(([flags, says]): [string[], RegExp] => [[...toFile, ...flags], says]),
      ...refusedOfStores.map(([flags, says]): [string[], RegExp] => [flags, says]),
    ];
    await inParallel(all, async ([flags, says]) => {
      const { code, stdout, stderr } = await cli.run("wikipedia", "--dump", `${folder}/dump.xml`, ...flags);
      assert.deepEqual([code, stdout], [2, ""], flags.join(" "));
      assert.match(stderr, new RegExp(`^seedbed: [^\\n]*${says.source}[^\\n]*\\n$`));
      assert.doesNotMatch(stderr, /secret/);
    });
    assert.deepEqual(readdirSync(folder), ["dump.xml"]);
  });
});

for (const [flag, value] of [
  ["endpoint", "http://localhost:7432"],
  ["space", "wiki"],
  ["token", "secret"],
  ["concurrent", "10"],
  ["checkpoint", "c.jsonl"],
] as const) {
  test(`--out beside --${flag}, which says nothing of a file, is refused`, async () => {
    await withTempFolder(async (folder) => {
      writeFileSync(`${folder}/dump.xml`, dumpOf(articlePages(3)));
      const flags = ["--dump", `${folder}/dump.xml`, "--out", `${folder}/memories.jsonl`];
      assert.deepEqual(await cli.run("wikipedia", ...flags, `--${flag}`, value), {
        code: 2,
        stdout: "",
        stderr: `seedbed: --out and --${flag} are not allowed together: give one of them\n`,
      });
      assert.deepEqual(readdirSync(folder), ["dump.xml"]);
    });
  });
}

test("--help names every flag and shows examples", async () => {
  const { code, stdout } = await cli.run("wikipedia", "--help");
  assert.equal(code, 0);
  const flags = [
    "dump",
    "endpoint",
    "space",
    "token",
    "out",
    "limit",
    "concurrent",
    "batch-size",
    "provider",
    "checkpoint",
  ];
  for (const flag of [...flags, "resume", "json", "quiet"]) assert.match(stdout, new RegExp(`\\n {2}--${flag} `));
  assert.match(
    stdout.replaceAll(/\s+/g, " "),
    /--dump <file\|url> a pages-articles dump: [^(]+\(default: that of the Simple English Wikipedia\)/,
  );
  assert.match(stdout, /Examples:\n {2}\$ seedbed wikipedia --dump /);
});
