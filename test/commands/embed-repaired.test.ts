import assert from "node:assert/strict";
import { copyFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import type { OpenaiDouble } from "../doubles/openai.ts";
import { withOpenai } from "../doubles/withopenai.ts";
import { buildCli } from "../support/built.ts";
import type { CliResult } from "../support/cli.ts";
import * as embed from "../support/embed.ts";
import { editBytes } from "../support/tamper.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const COUNT = 95; // ten shards, the last one of five
const rows = embed.textRows(COUNT);
const foreign = rows.map((row) => ({ ...row, text: row.text.toUpperCase() }));

interface Made {
  readonly double: OpenaiDouble;
  readonly root: string;
  readonly shards: string;
  readonly index: string;
  /** What was made, by its path. */
  readonly whole: Record<string, string>;
  run(...args: string[]): Promise<CliResult>;
  resume(): Promise<Record<string, unknown>>;
  /** The faults that `verify` finds, none where it finds nothing. */
  faults(): Promise<string[]>;
}

/** Runs `use` with a dataset of ten shards, and another one of the same length beside it. */
async function withMade(use: (made: Made) => Promise<void>): Promise<void> {
  await withTempFolder((folder) =>
    withOpenai({}, async (double) => {
      const root = `${folder}/root`;
      const variables = { ...embed.FIXED, ...embed.openaiVariables(double) };
      const run = (...args: string[]) => embed.runWith(cli, variables, ...args, "--root", root);
      const flags = ["--provider", "openai", "--dimensions", "16", "--rows-per-shard", "10", "--json", "--quiet"];
      const make = async (name: string, ...more: string[]) => {
        const { code, stdout, stderr } = await run("embed", "--dataset", `${folder}/${name}.jsonl`, ...flags, ...more);
        assert.deepEqual([code, stderr], [0, ""]);
        return JSON.parse(stdout) as Record<string, unknown>;
      };
      embed.writeRows(`${folder}/texts.jsonl`, rows);
      embed.writeRows(`${folder}/others.jsonl`, foreign);
      await make("others");
      await make("texts");
      double.bill.texts.clear();
      const { shards, index } = embed.placesOf(root, embed.SMALL, "texts");
      await use({
        ...{ double, root, shards, index, run, whole: embed.lastingFiles(root) },
        resume: () => make("texts", "--resume"),
        async faults() {
          const { code, stdout, stderr } = await run("verify", "--dataset", "texts", "--json", "--quiet");
          const { ok, faults } = JSON.parse(stdout) as { ok: boolean; faults: string[] };
          assert.deepEqual([code, ok], faults.length === 0 ? [0, true] : [1, false]);
          for (const fault of faults) assert.ok(stderr.includes(`  ${fault}\n`), stderr);
          return faults;
        },
      });
    }),
  );
}

const shard = (number: number) => `shard-0000${number}.parquet`;
const path = (number: number) => `embeddings/${embed.SMALL}/texts/default/${shard(number)}`;
const textsIn = (...numbers: number[]) =>
  numbers.flatMap((number) => rows.slice(10 * number, 10 * number + 10).map(({ text }) => text)).sort();

const damages: [damage: (file: string, made: Made) => void, says: RegExp][] = [
  [(file) => editBytes(file, (bytes) => void (bytes[bytes.length >> 1]! ^= 1)), /: SHA-256 [0-9a-f]{64}, expected /],
  [(file) => truncateSync(file, 1000), /: 1000 bytes, expected \d+$/],
  [(file) => writeFileSync(file, "more", { flag: "a" }), /: \d+ bytes, expected \d+$/],
  [(file) => writeFileSync(file, ""), /: 0 bytes, expected \d+$/],
  [(file) => rmSync(file), /: Cannot [^\n]*no such file/],
  [
    (file, { root }) => copyFileSync(`${embed.placesOf(root, embed.SMALL, "others").shards}/${shard(4)}`, file),
    /: (?:\d+ bytes|SHA-256 [0-9a-f]{64}), expected /,
  ],
  [
    (file, { shards }) => copyFileSync(`${shards}/${shard(8)}`, file),
    /: (?:\d+ bytes|SHA-256 [0-9a-f]{64}), expected /,
  ],
];

test("shards that changed, were cut, deleted or replaced are named by verify, and they alone are asked for again", async () => {
  await withMade(async (made) => {
    for (const [number, [damage]] of damages.entries()) damage(`${made.shards}/${shard(number)}`, made);
    const faults = await made.faults();
    for (const [number, [, says]] of damages.entries()) {
      const own = faults.filter((fault) => fault.startsWith(`${path(number)}: `));
      assert.ok(
        own.some((fault) => says.test(fault)),
        `${number}: ${faults.join("\n")}`,
      );
    }
    const damaged = [...damages.keys()];
    assert.deepEqual(
      faults.filter((fault) => !damaged.some((number) => fault.startsWith(path(number)))),
      [],
    );
    const { kept, repaired, embedded } = await made.resume();
    assert.deepEqual([kept, repaired, embedded], [10 - damages.length, damages.length, 10 * damages.length]);
    assert.deepEqual([...made.double.bill.texts.keys()].sort(), textsIn(...damaged));
    assert.deepEqual(embed.lastingFiles(made.root), made.whole);
    assert.deepEqual(await made.faults(), []);
    assert.deepEqual(embed.leftovers(made.root), []);
  });
});

test("shards that no manifest lists are named and go away, files of others are named and stay", async () => {
  await withMade(async ({ root, shards, index, double, resume, faults, whole }) => {
    const recorded = embed.manifestIn(index);
    truncateSync(`${shards}/${shard(0)}`, 0);
    renameSync(`${shards}/${shard(9)}`, `${shards}/shard-00010.parquet`);
    copyFileSync(`${shards}/${shard(2)}`, `${shards}/shard-00123.parquet`);
    writeFileSync(`${shards}/notes.txt`, "of somebody");
    const found = await faults();
    const folder = path(0).slice(0, -shard(0).length);
    const named = [
      path(0),
      path(9),
      ...["notes.txt", "shard-00010.parquet", "shard-00123.parquet"].map((name) => folder + name),
    ];
    assert.deepEqual([...new Set(found.map((fault) => fault.split(": ")[0]!))].sort(), named.sort());
    assert.equal(found.filter((fault) => fault.endsWith(": the manifest does not list it")).length, 3);
    const { kept, repaired } = await resume();
    assert.deepEqual([kept, repaired], [8, 2]);
    assert.deepEqual([...double.bill.texts.keys()].sort(), textsIn(0, 9));
    assert.deepEqual(await faults(), [`${folder}notes.txt: the manifest does not list it`]); // not this program's to delete
    rmSync(`${shards}/notes.txt`);
    assert.deepEqual(embed.lastingFiles(root), whole);

    // A shard that the manifest forgot may be anything, and is made again.
    double.bill.texts.clear();
    const without = recorded.shards.filter(({ shard_index: number }) => number !== 3);
    writeFileSync(`${index}/manifest.json`, JSON.stringify({ ...recorded, shards: without }));
    assert.deepEqual(await faults(), [
      "split default: 85 rows and 0 failures of 95 texts; embed it again with --resume",
      `${path(3)}: the manifest does not list it`,
    ]);
    await resume();
    assert.deepEqual([...double.bill.texts.keys()].sort(), textsIn(3));
    assert.deepEqual(embed.lastingFiles(root), whole);
  });
});

test("what a forged manifest says of a shard is compared with its rows", async () => {
  await withMade(async ({ index, faults, root, whole, resume, double }) => {
    const text = readFileSync(`${index}/manifest.json`, "utf8");
    const manifest = embed.manifestIn(index);
    const forge = (change: object) => {
      const forged = manifest.shards.map((record) => (record.shard_index === 4 ? { ...record, ...change } : record));
      writeFileSync(`${index}/manifest.json`, JSON.stringify({ ...manifest, shards: forged }));
    };
    const changes: [change: object, says: RegExp][] = [
      [{ rows: 9 }, /: 10 rows, expected 9$/],
      [{ text_sha256: "0".repeat(64) }, /: text_sha256 is [0-9a-f]{64}, expected 0+$/],
      [{ min_norm: 0.5 }, /: min_norm is [\d.]+, expected 0\.5$/],
      [{ max_norm: 2 }, /: max_norm is [\d.]+, expected 2$/],
      [{ sha256: "0".repeat(64) }, /: SHA-256 [0-9a-f]{64}, expected 0+$/],
      [{ path: path(5) }, /./],
    ];
    for (const [change, says] of changes) {
      forge(change);
      const found = await faults();
      assert.ok(
        found.some((fault) => says.test(fault)),
        `${JSON.stringify(change)}: ${found.join("; ")}`,
      );
    }
    const ofOthers = embed.manifestIn(embed.placesOf(root, embed.SMALL, "others").index).shards[4]!;
    copyFileSync(`${root}/${ofOthers.path}`, `${root}/${path(4)}`);
    forge({ bytes: ofOthers.bytes, sha256: ofOthers.sha256 });
    assert.ok((await faults()).includes(`${path(4)}: row 0 is of "text-embedding-3-small", "others", "default"`));
    forge({});
    assert.equal((await resume())["repaired"], 1);
    assert.equal(double.bill.texts.size, 10);
    assert.equal(readFileSync(`${index}/manifest.json`, "utf8"), text);
    assert.deepEqual(embed.lastingFiles(root), whole);
  });
});
