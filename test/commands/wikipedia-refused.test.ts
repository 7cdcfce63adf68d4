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

test("without a dump there is nothing to do", async () => {
  const { code, stdout, stderr } = await cli.run("wikipedia");
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^seedbed: Required option '--dump <file\|url>' not specified\n$/);
});

test("--help names every flag and shows examples", async () => {
  const { code, stdout } = await cli.run("wikipedia", "--help");
  assert.equal(code, 0);
  const flags = ["dump", "endpoint", "space", "out", "limit", "concurrent", "batch-size", "provider", "checkpoint"];
  for (const flag of [...flags, "resume", "json", "quiet"]) assert.match(stdout, new RegExp(`\\n {2}--${flag} `));
  assert.match(stdout, /Examples:\n {2}\$ seedbed wikipedia --dump /);
});
