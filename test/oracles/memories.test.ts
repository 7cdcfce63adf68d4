import assert from "node:assert/strict";
import test from "node:test";
import { readNpy } from "../../src/index.ts";
import { askPython } from "../support/ask.ts";
import { readMemories, writeMemories } from "../support/memories.ts";
import { missingPython } from "../support/python.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = missingPython("numpy");
const ROWS = 2000;

/** Memories as JSON, and the same as .npy; values of the usual size, or of all kinds of exponents. */
async function writeBoth(folder: string, stdDev?: number): Promise<void> {
  const options = { count: ROWS, dim: 96, centroids: 20, stdDev, normalize: stdDev === undefined };
  await writeMemories(folder, options, "a");
  await writeMemories(folder, { ...options, format: "npy" }, "b");
}

const STD_DEVS = [undefined, 1e-7, 1e9];

test("JSON.parse reads every number back to the float32 of the .npy, bit for bit", async () => {
  for (const stdDev of STD_DEVS) {
    await withTempFolder(async (folder) => {
      await writeBoth(folder, stdDev);
      const bits = new Uint32Array((await readNpy(`${folder}/b.npy`)).data.slice().buffer);
      const memories = readMemories(`${folder}/a.jsonl`);
      const read = Float32Array.from(memories.flatMap(({ embedding }) => embedding));
      assert.deepEqual([memories.length, read.length], [ROWS, bits.length]);
      assert.ok(new Uint32Array(read.buffer).every((word, at) => word === bits[at]));
    });
  }
});

/** What Python's json and float make of the lines, against NumPy's reading of the same values and its own shortest digits. */
const READ = `
import json, sys
import numpy as np

folder = sys.argv[1]
values = np.load(folder + "/b.npy")
texts = []
lines = [json.loads(line, parse_float=lambda text: texts.append(text) or float(text)) for line in open(folder + "/a.jsonl")]
beside = [json.loads(line) for line in open(folder + "/b.metadata.jsonl")]
read = np.array([line["embedding"] for line in lines])
confidence = np.array([line["confidence"] for line in lines])
per_line = values.shape[1] + 1
assert len(texts) == len(lines) * per_line

def shortest(value):
    return float(np.format_float_scientific(np.float32(value), unique=True, trim="-"))

print(json.dumps({
    "keys": sorted({",".join(line) for line in lines}),
    "shape": list(values.shape),
    "unread": int(np.sum(read.astype(np.float32).view(np.uint32) != values.view(np.uint32))),
    "longer": sum(float(text) != shortest(float(text)) for text in texts[: 200 * per_line]),
    "confidence": [float(confidence.min()), float(confidence.max()), len(np.unique(confidence))],
    "unequal": sum({key: line[key] for key in other} != other for line, other in zip(lines, beside)),
    "confidences_longer": sum(float(c) != shortest(c) for c in confidence),
}))
`;

test("Python's json and float read the same, and no number has digits too many", { skip }, async () => {
  for (const stdDev of STD_DEVS) {
    await withTempFolder(async (folder) => {
      await writeBoth(folder, stdDev);
      const { confidence, ...found } = askPython<Record<string, unknown> & { confidence: number[] }>(READ, folder);
      assert.deepEqual(found, {
        keys: ["content,embedding,confidence,id,cluster"],
        shape: [ROWS, 96],
        unread: 0,
        longer: 0,
        unequal: 0,
        confidences_longer: 0,
      });
      const [least, most, different] = confidence as [number, number, number];
      assert.ok(least > 0.5999 && least < 0.602 && most < 0.8001 && most > 0.798 && different > 1990, `${confidence}`);
    });
  }
});

const COMPARE = String.raw`
def compare(folder, columns, values, confidence, cluster, content, id):
    lines = [json.loads(line) for line in open(folder + "/a.jsonl")]
    array = np.load(folder + "/b.npy")
    expected = np.array([line["confidence"] for line in lines], dtype=np.float32)
    print(json.dumps({
        "columns": columns,
        "shape": list(values.shape),
        "other_values": int(np.sum(values.view(np.uint32) != array.view(np.uint32))),
        "other_confidences": int(np.sum(np.asarray(confidence, dtype=np.float32) != expected)),
        "others": sum(list(row) != [line["cluster"], line["content"], line["id"]]
                      for row, line in zip(zip(cluster, content, id, strict=True), lines, strict=True)),
    }))
`;

const PYARROW = `
import json, sys
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
${COMPARE}
folder = sys.argv[1]
file = pq.ParquetFile(folder + "/c.parquet")
groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
table = file.read()
assert sum(groups) == table.num_rows == file.metadata.num_rows and len(groups) > 1
assert all(column.null_count == 0 for column in table.columns)
last = file.read_row_group(len(groups) - 1)
assert last.equals(table.slice(table.num_rows - groups[-1]).combine_chunks())
vectors = table["embedding"].combine_chunks()
values = vectors.flatten().to_numpy().reshape(table.num_rows, vectors.type.list_size)
columns = [[field.name, str(field.type)] for field in table.schema]
texts = [table[name].to_pylist() for name in ["cluster", "content", "id"]]
compare(folder, columns, values, table["confidence"].to_numpy(), *texts)
`;

const DUCKDB = `
import json, sys
import numpy as np
import duckdb
${COMPARE}
folder = sys.argv[1]
db = duckdb.connect()
source = "read_parquet('" + folder.replace("'", "''") + "/c.parquet')"
columns = [[name, type] for name, type, *_ in db.sql(f"DESCRIBE SELECT * FROM {source}").fetchall()]
rows = db.sql(f"SELECT embedding, confidence, cluster, content, id FROM {source}").fetchall()
(count, found), = db.sql(f"SELECT count(*), count(*) FILTER (id LIKE '%-0008999') FROM {source}").fetchall()
assert count == len(rows) and found == 1
values = np.array([row[0] for row in rows], dtype=np.float32)
compare(folder, columns, values, *[[row[at] for row in rows] for at in range(1, 5)])
`;

for (const [name, script, types, packages] of [
  [
    "PyArrow",
    PYARROW,
    ["string", "fixed_size_list<element: float not null>[96]", "float", "string", "int32"],
    ["numpy", "pyarrow"],
  ],
  ["DuckDB", DUCKDB, ["VARCHAR", "FLOAT[]", "FLOAT", "VARCHAR", "INTEGER"], ["numpy", "duckdb"]],
] as const) {
  test(
    `${name} reads from Parquet what the JSON lines and the .npy have`,
    { skip: missingPython(...packages) },
    async () => {
      await withTempFolder(async (folder) => {
        const options = { count: 9000, dim: 96, centroids: 20 }; // row groups of 8192 rows
        await writeMemories(folder, options, "a");
        await writeMemories(folder, { ...options, format: "npy" }, "b");
        await writeMemories(folder, { ...options, format: "parquet" }, "c");
        const names = ["content", "embedding", "confidence", "id", "cluster"];
        assert.deepEqual(askPython(script, folder), {
          columns: names.map((each, at) => [each, types[at]]),
          shape: [9000, 96],
          other_values: 0,
          other_confidences: 0,
          others: 0,
        });
      });
    },
  );
}
