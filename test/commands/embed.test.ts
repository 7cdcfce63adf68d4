import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { loadParquet } from "../../src/formats/parquet.ts";
import { tokensOf } from "../doubles/openairequest.ts";
import { buildCli } from "../support/built.ts";
import { filesIn, sumOf } from "../support/downloads.ts";
import * as embed from "../support/embed.ts";
import { inParallel } from "../support/parallel.ts";
import { missingPython, runPython } from "../support/python.ts";
import { sha256OfPath } from "../support/sums.ts";
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

const rows = embed.textRows(40);
const texts = rows.map(({ text }) => text);

async function parquetOf(some: readonly embed.TextRow[]): Promise<Uint8Array> {
  const column = (name: string) => ({ name, type: "string" as const, values: some.map((row) => String(row[name])) });
  return (await loadParquet()).encode(["id", "text", "label"].map(column));
}

const jsonl = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const separated = (separator: string) =>
  ["id", "text", "label"].join(separator) +
  rows.map(({ id, text, label }) => `\r\n${id}${separator}"${text}"${separator}${String(label)}`).join("");
const files: [name: string, content: string | (() => Promise<Uint8Array>)][] = [
  ["texts.jsonl", jsonl],
  ["texts.json", JSON.stringify(rows)],
  ["texts.csv", `\uFEFF${separated(",")}`],
  ["texts.tsv", separated("\t")],
  ["texts.parquet", () => parquetOf(rows)],
  ["texts.jsonl.gz", () => Promise.resolve(gzipSync(jsonl))],
  ["texts.txt", texts.map((text) => `${text}\n`).join("")],
];

for (const [name, content] of files) {
  test(`${name} is embedded by its path, and by the name under which it was downloaded, to the same bytes`, async () => {
    await withTempFolder(async (folder) => {
      const path = `${folder}/${name}`;
      writeFileSync(path, typeof content === "string" ? content : await content());
      const [root, other] = [`${folder}/root`, `${folder}/other`];
      const args = ["embed", ...DIM, "--n", "15", "--rows-per-shard", "10", "--dataset"];
      const direct = await done(...args, path, "--root", root);
      assert.deepEqual([direct["ok"], direct["rows"], direct["shards"], direct["dataset"]], [true, 15, 2, "texts"]);
      await done("download", "--source", "file", "--name", path, "--root", other);
      const named = await done(...args, "texts", "--root", other);
      assert.deepEqual([named["rows"], named["shards"], named["dataset"]], [15, 2, "texts"]);
      assert.equal((await done(...args, name, "--root", other, "--resume"))["kept"], 2);
      assert.deepEqual(embed.lastingFiles(other), embed.lastingFiles(root));
      const { index } = embed.placesOf(root, embed.LOCAL, "texts");
      const found = await embed.embeddedRows(root, embed.manifestIn(index));
      const numbers = found.map((row) => texts.indexOf(row.text));
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].sort((a, b) => a - b),
        "the order is not that of the file",
      );
      assert.ok(numbers[0]! >= 0);
      for (const [at, number] of numbers.entries()) {
        const isPlain = name === "texts.txt";
        const { id, source, split, metadata } = found[at]!;
        assert.deepEqual([id, source, split], [isPlain ? String(number) : `row-${number}`, "file", "default"]);
        const about = JSON.parse(metadata) as Record<string, unknown>;
        assert.deepEqual(about, {
          ...{ row: number, text_field: "text", ...(isPlain ? {} : { fields: { label: `l${number % 3}` } }) },
          chunk: { index: 0, count: 1, start: 0, end: texts[number]!.length },
          chunking: { unit: "none", tokenizer: null, chunk_tokens: null, chunk_overlap: null },
        });
      }
      assert.deepEqual([...embed.leftovers(root), ...embed.leftovers(other)], []);
    });
  });
}

test("a run says its plan and its end, and leaves shards, a manifest, run.json and failures.jsonl", async () => {
  await withTempFolder(async (folder) => {
    const root = `${folder}/root`;
    const path = `${folder}/mixed.jsonl`;
    const odd = ['{"id":"x","text":" "}', '{"id":"y"}', '{"id":"z","text":7}', '{"id":"row-1","text":"again"}', "{no"];
    writeFileSync(path, jsonl + odd.map((line) => `${line}\n`).join(""));
    const args = ["embed", "--dataset", path, "--root", root, ...DIM, "--n", "25", "--rows-per-shard", "10"];
    const { code, stdout, stderr } = await run(...args);
    assert.deepEqual([code, stderr], [0, ""]);
    const { index, shards } = embed.placesOf(root, embed.LOCAL, "mixed");
    const lines = stdout.split("\n");
    assert.match(lines[0]!, /^Plan: 25 of 45 rows of mixed, split default \(\d\.\d kB, 5 cannot be used\)$/);
    assert.ok(lines[1]!.startsWith(`  cannot be read: ${path}, line 45: `), lines[1]);
    assert.equal(lines[2], "  25 texts by seedbed-local-v1 on this machine, 128 values each");
    assert.equal(lines[3], `  to ${root} (--root)`);
    assert.equal(lines[4], `25 rows in 3 shards: ${shards}`);
    assert.match(lines[5]!, /^Texts embedded: {2}25 in \S+ s, \S+\/s$/);
    assert.equal(lines.length, 7);

    const manifest = embed.manifestIn(index);
    const skipped = {
      ...{ "unreadable row": 1, "no text field": 1, "text not a string": 1, "empty text": 1, "duplicate id": 1 },
    };
    const [split, ...others] = manifest.splits;
    const found = await embed.embeddedRows(root, manifest);
    const selected = sumOf(found.map(({ id }) => `${id}\n`).join(""));
    assert.deepEqual(others, []);
    const { identity, ...about } = split!;
    const sampling = { seed: 42, n: 25, p: null, stratify: null, selected_hash: selected };
    const chunking = { unit: "none", tokenizer: null, chunk_tokens: null, chunk_overlap: null };
    assert.deepEqual(about, {
      ...{ split: "default", source: "file", revision: null, rows_read: 45, rows_sampled: 25, rows_skipped: skipped },
      ...{ sampling, chunking, preprocessing: "none", chunks: 25, complete: true },
    });
    assert.deepEqual(identity, {
      ...{ model: embed.LOCAL, dimensions: 128, host: null, dataset: "mixed", split: "default", source: "file" },
      ...{ revision: null, text_field: "text", id_field: "id", ...sampling, ...chunking, preprocessing: "none" },
      rows_per_shard: 10,
    });
    const { splits: _, shards: records, identity: hash, ...whole } = manifest;
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.deepEqual(whole, {
      ...{ format: "seedbed-embeddings-v1", model: embed.LOCAL, dataset: "mixed", rows_total: 25 },
      ...{ embedding_dim: 128, rows_per_shard: 10, created_at: embed.FIXED_DATE },
    });
    for (const [at, record] of records.entries()) {
      const { min_norm: least, max_norm: most, tool, items_sha256: items, ...rest } = record;
      const own = found.slice(10 * at, 10 * at + 10);
      const shardPath = `embeddings/${embed.LOCAL}/mixed/default/shard-0000${at}.parquet`;
      assert.deepEqual(rest, {
        ...{ path: shardPath, split: "default", shard_index: at, rows: at < 2 ? 10 : 5, embedding_dim: 128 },
        ...{ bytes: statSync(`${root}/${shardPath}`).size, sha256: sha256OfPath(`${root}/${shardPath}`) },
        ...{ text_sha256: sumOf(own.map(({ text }) => `${text}\n`).join("")), created_at: embed.FIXED_DATE },
      });
      assert.equal(items, sumOf(own.map(({ id, text }) => `${id}\n${text}\n`).join("")));
      const norms = own.map(({ vector }) => Math.hypot(...vector));
      assert.ok(Math.abs(least - Math.min(...norms)) < 1e-12 && Math.abs(most - Math.max(...norms)) < 1e-12);
      assert.deepEqual([tool.package, typeof tool.version], ["seedbed", "string"]);
    }
    const record = JSON.parse(readFileSync(`${index}/run.json`, "utf8")) as Record<string, unknown>;
    assert.deepEqual(record["command_line"], args);
    assert.deepEqual(record["counts"], {
      ...{ rows_total: 25, shards: 3, kept: 0, repaired: 0, embedded: 25, failed: 0 },
    });
    const { retries, failures, cost_usd: cost, created_at: date } = record;
    assert.deepEqual([retries, failures, cost, date], [0, {}, null, embed.FIXED_DATE]);
    for (const name of ["git_sha", "tool", "lock_sha256", "tokens", "retries_after"]) assert.ok(name in record, name);
    assert.ok((record["duration_s"] as number) > 0 && (record["texts_per_s"] as number) > 0);
    assert.equal(readFileSync(`${index}/failures.jsonl`, "utf8"), "");
    assert.deepEqual(embed.leftovers(root), []);
  });
});

test("a dry run says rows, texts and tokens, and writes nothing", async () => {
  await withTempFolder(async (folder) => {
    embed.writeRows(`${folder}/texts.jsonl`, rows);
    const args = ["embed", "--dataset", `${folder}/texts.jsonl`, "--root", `${folder}/root`, "--dry-run"];
    const { code, stdout, stderr } = await run(...args);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(
      stdout,
      /^Plan: 40 of 40 rows of texts, split default \(3\.\d kB\)\n {2}40 texts by [^\n]*\n {2}to [^\n]*\n$/,
    );
    const result = await done(...args, "--chunk-tokens", "16");
    assert.deepEqual(
      [result["dry_run"], result["rows"], result["chunks"], result["tokens"], result["cost_usd"]],
      [true, 40, 40, texts.reduce((sum, text) => sum + tokensOf(text), 0), 0],
    );
    assert.deepEqual(Object.keys(filesIn(folder)), ["texts.jsonl"]);
    assert.equal(existsSync(`${folder}/root`), false);
  });
});

test("the rows of a dataset whose revision is known tell it, as the manifest does", async () => {
  await withTempFolder(async (folder) => {
    const root = `${folder}/root`;
    embed.writeRows(`${folder}/texts.jsonl`, rows);
    await done("download", "--source", "file", "--name", `${folder}/texts.jsonl`, "--root", root);
    const path = `${root}/datasets/raw/file/texts/default/dataset.json`;
    const record = JSON.parse(readFileSync(path, "utf8")) as object;
    const resolved = "0123456789abcdef0123456789abcdef01234567";
    writeFileSync(path, JSON.stringify({ ...record, revision: { asked: "main", resolved } }));
    await done("embed", "--dataset", "texts", "--root", root, ...DIM, "--n", "3");
    const manifest = embed.manifestIn(embed.placesOf(root, embed.LOCAL, "texts").index);
    const found = await embed.embeddedRows(root, manifest);
    const revisions = found.map(({ metadata }) => (JSON.parse(metadata) as { revision: unknown }).revision);
    assert.deepEqual([manifest.splits[0]!.revision, ...revisions], [resolved, resolved, resolved, resolved]);
  });
});

test("rows that are left out are in the result of a dry run and of a real one: how many, and the first unreadable ones", async () => {
  await withTempFolder(async (folder) => {
    const path = `${folder}/mixed.jsonl`;
    writeFileSync(path, `${jsonl}{"id":"x","text":" "}\n${"{no\n".repeat(7)}`);
    const args = ["embed", "--dataset", path, "--root", `${folder}/root`, ...DIM];
    const none = { "no text field": 0, "text not a string": 0, "text not Unicode": 0, "duplicate id": 0 };
    for (const more of [["--dry-run"], [], ["--resume"]]) {
      const { rows_skipped: skipped, unreadable } = await done(...args, ...more);
      assert.deepEqual(skipped, { ...none, "unreadable row": 7, "empty text": 1 });
      const found = unreadable as { file: string; line: number; reason: string }[];
      assert.deepEqual(
        found.map(({ file, line }) => [file, line]),
        [42, 43, 44, 45, 46].map((line) => [path, line]),
      );
      for (const { reason } of found) assert.match(reason, /JSON/);
    }
  });
});

test("two runs give the same bytes where the date is fixed, and differ in created_at where it is not", async () => {
  await withTempFolder(async (folder) => {
    const path = `${folder}/texts.jsonl`;
    embed.writeRows(path, rows);
    const made = async (name: string, variables: Record<string, string>, ...more: string[]) => {
      const root = `${folder}/${name}`;
      const args = ["embed-dataset", "--dataset", path, "--root", root, ...DIM, "--rows-per-shard", "16", ...more];
      const { code, stderr } = await embed.runWith(cli, variables, ...args, "--quiet");
      assert.deepEqual([code, stderr], [0, ""]);
      return embed.lastingFiles(root);
    };
    const fixed = await made("a", embed.FIXED);
    assert.equal(Object.keys(fixed).length, 5);
    assert.deepEqual(await made("b", embed.FIXED, "--batch-size", "3", "--concurrency", "4"), fixed);

    const free = [await made("c", {}), await made("d", {})];
    assert.notDeepEqual(free[0], free[1]);
    const contents = await inParallel(["a", "c", "d"], async (name) => {
      const root = `${folder}/${name}`;
      const manifest = embed.manifestIn(embed.placesOf(root, embed.LOCAL, "texts").index);
      const found = await embed.embeddedRows(root, manifest);
      for (const { created_at: date } of found)
        assert.ok(Math.abs(Date.parse(date) - Date.now()) < 60_000 || name === "a");
      const without = (key: string, value: unknown) => (["created_at", "sha256"].includes(key) ? undefined : value);
      return JSON.stringify([manifest, found.map((row) => ({ ...row, vector: [...row.vector] }))], without);
    });
    assert.equal(contents[1], contents[0]);
    assert.equal(contents[2], contents[0]);
  });
});

const ORACLE = `
import sys, json, pyarrow.parquet as pq
table = pq.read_table(sys.argv[1])
print(json.dumps([[f"{field.name} {field.type}" for field in table.schema], table.to_pylist()]))
`;

test("PyArrow reads a shard: its columns, their types and all values", { skip: missingPython("pyarrow") }, async () => {
  await withTempFolder(async (folder) => {
    const root = `${folder}/root`;
    embed.writeRows(`${folder}/texts.jsonl`, rows);
    await done("embed", "--dataset", `${folder}/texts.jsonl`, "--root", root, ...DIM);
    const { index, shards } = embed.placesOf(root, embed.LOCAL, "texts");
    const result = runPython(ORACLE, [`${shards}/shard-00000.parquet`]);
    assert.ok(result.ok, "reason" in result ? result.reason : "");
    const [schema, table] = JSON.parse(result.stdout) as [string[], Record<string, unknown>[]];
    const names = ["id", "source", "dataset", "split", "text", "metadata", "embedding", "model", "created_at"];
    assert.deepEqual(
      schema.map((column) => column.replace(/<\w+: /, "<").replace(" not null", "")),
      names.map((name) => (name === "embedding" ? "embedding fixed_size_list<float>[128]" : `${name} string`)),
    );
    const found = await embed.embeddedRows(root, embed.manifestIn(index));
    assert.deepEqual(
      table,
      found.map(({ vector, ...row }) => ({ ...row, embedding: [...vector] })),
    );
    assert.deepEqual(
      table.map(({ text, created_at: date }) => [text, date]),
      texts.map((text) => [text, embed.FIXED_DATE]),
    );
  });
});
