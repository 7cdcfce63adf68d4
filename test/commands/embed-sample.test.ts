import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { tokensOf } from "../doubles/openairequest.ts";
import { buildCli } from "../support/built.ts";
import { sumOf } from "../support/downloads.ts";
import * as embed from "../support/embed.ts";
import { inParallel } from "../support/parallel.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const run = (...args: string[]) => embed.runWith(cli, embed.FIXED, ...args);
const DIM = ["--dimensions", "128"];

/** Runs what has to succeed; returns its result. */
async function done(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run(...args, "--json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const texts = embed.textRows(9).map(({ text }) => text);

test("long texts are cut into chunks of so many tokens that overlap, each with where it comes from", async () => {
  await withTempFolder(async (folder) => {
    const root = `${folder}/root`;
    const long = texts.slice(0, 9).join(". ") + " Γειά σου κόσμε 🌍🌍";
    embed.writeRows(`${folder}/long.jsonl`, [
      { id: "long", text: long },
      { id: "short", text: "a few words" },
    ]);
    const cut = ["--chunk-tokens", "16", "--chunk-overlap", "4"];
    const result = await done("embed", "--dataset", `${folder}/long.jsonl`, "--root", root, ...DIM, ...cut);
    const manifest = embed.manifestIn(embed.placesOf(root, embed.LOCAL, "long").index);
    const found = await embed.embeddedRows(root, manifest);
    const count = found.length - 1;
    assert.ok(count > 5);
    assert.deepEqual(
      [result["rows"], manifest.splits[0]!.chunks, manifest.splits[0]!.rows_sampled],
      [count + 1, count + 1, 2],
    );
    const policy = { unit: "tokens", tokenizer: "cl100k_base", chunk_tokens: 16, chunk_overlap: 4 };
    assert.deepEqual(manifest.splits[0]!.chunking, policy);
    let end = 0;
    for (const [at, { id, text, metadata }] of found.entries()) {
      const { chunk, chunking, row } = JSON.parse(metadata) as {
        row: number;
        chunking: unknown;
        chunk: { index: number; count: number; start: number; end: number };
      };
      assert.deepEqual(chunking, policy);
      if (at === count) {
        assert.deepEqual([id, text, row, chunk.count], ["short", "a few words", 1, 1]);
        break;
      }
      assert.deepEqual([id, row, chunk.index, chunk.count], [`long#${at}`, 0, at, count]);
      assert.equal(text, long.slice(chunk.start, chunk.end));
      assert.ok(tokensOf(text) <= 16, `${tokensOf(text)} tokens`);
      assert.ok(at === 0 ? chunk.start === 0 : chunk.start < end && chunk.end > end, `chunk ${at} from ${chunk.start}`);
      end = chunk.end;
    }
    assert.equal(end, long.length);
  });
});

/** The ids of the least SHA-256 of the seed's 8 bytes, little-endian, and the name. */
function leastIds(seed: bigint, ids: readonly string[], count: number): string[] {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(seed);
  const sumOfId = (id: string) =>
    createHash("sha256")
      .update(head)
      .update(JSON.stringify(["texts", "default", id]))
      .digest("hex");
  return [...ids].sort((a, b) => (sumOfId(a) < sumOfId(b) ? -1 : 1)).slice(0, count);
}

const MOST = 2n ** 64n - 1n;
const seeds: [seed: string, recorded: string | number, key?: bigint][] = [
  ["42", 42, 42n],
  ["007", 7, 7n],
  ["4294967296", 4294967296, 2n ** 32n],
  [String(MOST), String(MOST), MOST],
  ["winter", "winter"],
];

test("a seed is any of 64 bits or a word, and recorded as it is; another one is another sample", async () => {
  await withTempFolder(async (folder) => {
    const all = embed.textRows(200);
    embed.writeRows(`${folder}/texts.jsonl`, all);
    const found = await inParallel(seeds, async ([seed, recorded, key]) => {
      const root = `${folder}/${seed}`;
      const args = ["embed", "--dataset", `${folder}/texts.jsonl`, "--root", root, ...DIM, "--n", "20"];
      await done(...args, "--seed", seed);
      const manifest = embed.manifestIn(embed.placesOf(root, embed.LOCAL, "texts").index);
      const { sampling, identity } = manifest.splits[0]!;
      assert.deepEqual([sampling.seed, identity["seed"]], [recorded, recorded]);
      assert.equal((await done(...args, "--seed", seed, "--resume"))["kept"], 1);
      const ids = (await embed.embeddedRows(root, manifest)).map(({ id }) => id);
      if (key !== undefined) {
        const least = leastIds(
          key,
          all.map(({ id }) => id),
          20,
        );
        assert.deepEqual(new Set(ids), new Set(least));
      }
      return ids.join();
    });
    assert.equal(new Set(found).size, seeds.length);
  });
});

test("the sample is of the size and the shares that were asked for, and another one with another seed", async () => {
  await withTempFolder(async (folder) => {
    const path = `${folder}/texts.jsonl`;
    const many = Array.from({ length: 240 }, (_, i) => ({
      id: `r${i}`,
      text: `text ${i}`,
      label: i % 4 === 0 ? "a" : "b",
    }));
    embed.writeRows(path, many);
    embed.writeRows(`${folder}/other.jsonl`, []);
    const plan = (...flags: string[]) =>
      done("embed", "--dataset", path, "--root", `${folder}/root`, "--dry-run", ...flags);
    const asked: [flags: string[], rows: number][] = [
      [[], 100],
      [["--n", "7"], 7],
      [["--n", "1k"], 240],
      [["--p", "0.25"], 60],
      [["--p", "1"], 240],
      [["--n", "40", "--stratify", "label"], 40],
    ];
    const plans = await inParallel(asked, ([flags]) => plan(...flags));
    assert.deepEqual(
      plans.map(({ rows: count }) => count),
      asked.map(([, count]) => count),
    );
    assert.equal(plans[2]!["selected_hash"], sumOf(many.map(({ id }) => `${id}\n`).join("")));
    const [first, again, other] = await inParallel(["42", "42", "43"], (seed) => plan("--seed", seed, "--n", "50"));
    assert.equal(first!["selected_hash"], again!["selected_hash"]);
    assert.notEqual(first!["selected_hash"], other!["selected_hash"]);
    assert.equal(existsSync(`${folder}/root`), false, "a dry run wrote something");

    // The same ids, whatever order the rows are in, and of each label its share.
    const idsOf = async (from: string, name: string) => {
      const root = `${folder}/${name}`;
      await done("embed", "--dataset", from, "--root", root, ...DIM, "--n", "40", "--stratify", "label");
      const found = await embed.embeddedRows(root, embed.manifestIn(embed.placesOf(root, embed.LOCAL, "texts").index));
      return found.map(({ id }) => id);
    };
    const ids = await idsOf(path, "one");
    embed.writeRows(path, many.toReversed());
    assert.deepEqual((await idsOf(path, "two")).reverse(), ids);
    assert.equal(ids.filter((id) => Number(id.slice(1)) % 4 === 0).length, 10);
  });
});
