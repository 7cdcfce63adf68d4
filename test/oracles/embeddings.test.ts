import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import type { EmbeddingManifest, EmbeddingRow } from "../../src/data/embeddings.ts";
import { openShard } from "../../src/formats/embeddingshard.ts";
import { runCli } from "../support/cli.ts";
import { memorySource } from "../support/memory.ts";
import { missingPython, runPython } from "../support/python.ts";
import { sha256 } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

/** What a reader says of a shard. */
interface Told {
  readonly rows: number;
  readonly columns: readonly [name: string, type: string][];
  readonly dim: number;
  /** Of all values, added up in float64. */
  readonly sum: number;
  /** Of the norms of all rows. */
  readonly norms: number;
  /** By the name of a column: SHA-256 of its values, a zero byte after each. */
  readonly texts: Readonly<Record<string, string>>;
  /** The first and the last vector. */
  readonly ends: readonly (readonly number[])[];
}

const COMMON = String.raw`
import hashlib, json, sys
import numpy as np
TEXTS = ["id", "source", "dataset", "split", "text", "metadata", "model", "created_at"]
def hashed(values):
    return hashlib.sha256(b"".join(value.encode("utf-8") + b"\0" for value in values)).hexdigest()
def tell(columns, texts, vectors):
    wide = vectors.astype(np.float64)
    return {
        "rows": len(vectors), "columns": columns, "dim": vectors.shape[1], "sum": wide.sum(),
        "norms": np.sqrt((wide * wide).sum(axis=1)).sum(),
        "texts": {name: hashed(texts[name]) for name in TEXTS}, "ends": [vectors[0].tolist(), vectors[-1].tolist()],
    }
`;

const PYARROW = `${COMMON}
import pyarrow as pa
import pyarrow.parquet as pq
def read(path):
    file = pq.ParquetFile(path)
    table = file.read()
    assert file.metadata.num_rows == table.num_rows
    assert all(column.null_count == 0 for column in table.columns)
    vectors = table["embedding"].combine_chunks()
    assert pa.types.is_fixed_size_list(vectors.type) and pa.types.is_float32(vectors.type.value_type)
    values = vectors.flatten().to_numpy().reshape(table.num_rows, vectors.type.list_size)
    types = [[field.name, "float32 list" if field.name == "embedding" else str(field.type)] for field in table.schema]
    return tell(types, {name: table[name].to_pylist() for name in TEXTS}, values)
print(json.dumps([read(path) for path in sys.argv[1:]]))
`;

// DuckDB takes lists of fixed length for lists, as Parquet itself does: their lengths are counted.
const DUCKDB = `${COMMON}
import duckdb
def read(path):
    db = duckdb.connect()
    source = "read_parquet('" + path.replace("'", "''") + "')"
    columns = [[name, type] for name, type, *_ in db.sql(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    (rows, least, most), = db.sql(f"SELECT count(*), min(len(embedding)), max(len(embedding)) FROM {source}").fetchall()
    assert least == most
    (total,), = db.sql(f"SELECT sum(list_sum(embedding::DOUBLE[])) FROM {source}").fetchall()
    found = db.sql(f"SELECT {', '.join(TEXTS)}, embedding FROM {source}").fetchall()
    vectors = np.array([row[-1] for row in found], dtype=np.float32)
    assert vectors.shape == (rows, most) and abs(vectors.astype(np.float64).sum() - total) < 1e-6
    columns = [[name, "float32 list" if name == "embedding" and type.startswith("FLOAT[") else type] for name, type in columns]
    columns = [[name, "string" if type == "VARCHAR" else type] for name, type in columns]
    return tell(columns, {name: [row[at] for row in found] for at, name in enumerate(TEXTS)}, vectors)
print(json.dumps([read(path) for path in sys.argv[1:]]))
`;

const COLUMNS = ["id", "source", "dataset", "split", "text", "metadata", "embedding", "model", "created_at"];

/** The same as this program reads it. */
async function readOurselves(path: string): Promise<Told> {
  const rows: EmbeddingRow[] = [];
  const vectors: Float32Array[] = [];
  for await (const block of (await openShard(memorySource(readFileSync(path)))).blocks()) {
    rows.push(...block.rows);
    const dim = block.embeddings.length / block.rows.length;
    block.rows.forEach((_, at) => vectors.push(block.embeddings.slice(at * dim, (at + 1) * dim)));
  }
  const names = COLUMNS.filter((name) => name !== "embedding") as (keyof EmbeddingRow)[];
  const sumOf = (values: Iterable<number>) => [...values].reduce((sum, value) => sum + value, 0);
  const normOf = (vector: Float32Array) => Math.sqrt(sumOf(Array.from(vector, (value) => value * value)));
  return {
    rows: rows.length,
    columns: COLUMNS.map((name) => [name, name === "embedding" ? "float32 list" : "string"]),
    dim: vectors[0]!.length,
    sum: sumOf(vectors.map(sumOf)),
    norms: sumOf(vectors.map(normOf)),
    texts: Object.fromEntries(names.map((name) => [name, sha256(rows.map((row) => `${row[name]}\0`).join(""))])),
    ends: [vectors[0]!, vectors.at(-1)!].map((vector) => [...vector]),
  };
}

const WORDS = [
  "größer",
  "𝄞 music",
  "plain",
  "a\nb",
  'with "quotes"',
  "tab\there",
  "漢字",
  "\u0001",
  "word ".repeat(300),
];

/** Embeds texts of all kinds, some of which are cut, and tells the shards. */
async function embed(folder: string): Promise<{ paths: string[]; manifest: EmbeddingManifest }> {
  const lines = Array.from({ length: 2600 }, (_, i) =>
    JSON.stringify({
      id: `id-${i} ä`,
      text: `${WORDS[i % WORDS.length]} ${i}`,
      label: i % 3 === 0 ? null : WORDS[i % 7],
    }),
  );
  writeFileSync(`${folder}/texts.jsonl`, lines.join("\n"));
  const { code, stderr } = await runCli(
    ...["embed", "--dataset", `${folder}/texts.jsonl`, "--n", "2600", "--chunk-tokens", "128", "--chunk-overlap", "8"],
    ...["--dimensions", "256", "--rows-per-shard", "1100", "--split", "train", "--root", `${folder}/data`],
  );
  assert.equal(code, 0, stderr);
  const index = `${folder}/data/indexes/seedbed-local-v1/texts/manifest.json`;
  const manifest = JSON.parse(readFileSync(index, "utf8")) as EmbeddingManifest;
  const shards = `${folder}/data/embeddings/seedbed-local-v1/texts/train`;
  const paths = readdirSync(shards)
    .sort()
    .map((name) => `${shards}/${name}`);
  assert.deepEqual(
    paths,
    manifest.shards.map(({ path }) => `${folder}/data/${path}`),
  );
  return { paths, manifest };
}

for (const [name, script, packages] of [
  ["pyarrow", PYARROW, ["numpy", "pyarrow"]],
  ["DuckDB", DUCKDB, ["numpy", "duckdb"]],
] as const) {
  test(
    `${name} reads each shard that embed writes: rows, columns and their types, vectors and texts`,
    { skip: missingPython(...packages) },
    async () => {
      await withTempFolder(async (folder) => {
        const { paths, manifest } = await embed(folder);
        assert.ok(paths.length >= 3, "several shards, some of several row groups");
        const result = runPython(script, paths);
        assert.ok(result.ok, result.ok ? "" : result.reason);
        const told = JSON.parse(result.stdout) as Told[];
        for (const [at, path] of paths.entries()) {
          const { sum, norms, ...others } = told[at]!;
          const { sum: ourSum, norms: ourNorms, ...ours } = await readOurselves(path);
          assert.deepEqual(others, ours);
          // Added up in another order.
          assert.ok(Math.abs(sum - ourSum) < 1e-9 * others.rows, `${sum}, expected ${ourSum}`);
          assert.ok(Math.abs(norms - ourNorms) < 1e-9 * others.rows, `${norms}, expected ${ourNorms}`);
          const record = manifest.shards[at]!;
          assert.deepEqual([others.rows, others.dim], [record.rows, record.embedding_dim]);
        }
        assert.equal(
          told.reduce((rows, each) => rows + each.rows, 0),
          manifest.rows_total,
        );
      });
    },
  );
}
