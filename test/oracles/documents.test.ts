import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import { readParquetRows } from "../../src/formats/documents/parquet.ts";
import { parserOf, toReadRow, type ReadRow } from "../formats/documents/rowsof.ts";
import { createRandom } from "../formats/samples.ts";
import { memorySource } from "../support/memory.ts";
import { missingPython, runPython } from "../support/python.ts";
import { withTempFolder } from "../support/temp.ts";

function askPython<T>(script: string, args: readonly string[]): T {
  const told = runPython(script, args);
  assert.ok(told.ok, told.ok ? "" : told.reason);
  return JSON.parse(told.stdout) as T;
}

const CSV = String.raw`
import csv, io, json, sys
csv.field_size_limit(1 << 30)
print(json.dumps([[row for row in csv.reader(io.StringIO(text, newline="")) if row] for text in json.load(open(sys.argv[1], encoding="utf-8"))]))
`;

test("CSV is read as Python's csv module reads it", { skip: missingPython() }, async () => {
  await withTempFolder((folder) => {
    const random = createRandom(5);
    const alphabet = ["a", "é🙂", '"', '"', '""', ",", ",", "\n", "\r\n", "\r", " ", "\t", '","', '\n"'];
    const texts = Array.from({ length: 4000 }, (_, at) => {
      const length = Math.floor(random() * (at % 50));
      return `a,b\n${Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join("")}`;
    });
    writeFileSync(`${folder}/texts.json`, JSON.stringify(texts));
    const expected = askPython<string[][][]>(CSV, [`${folder}/texts.json`]);
    for (const [at, text] of texts.entries()) {
      const parser = parserOf("a.csv");
      const found = [...parser.push(new TextEncoder().encode(text)), ...parser.end()].map((row) => row.read());
      const rows = expected[at]!.slice(1).map((values) => {
        const [a, b] = values;
        return values.length === 2 ? { a, b } : `${values.length} values, expected 2 as in the row of names`;
      });
      // What Python takes for a row all the same.
      if (String(found.at(-1)).includes("ends within quotes")) rows[rows.length - 1] = found.at(-1) as string;
      assert.deepEqual(found, rows, JSON.stringify(text));
    }
  });
});

const PARQUET = String.raw`
import datetime, decimal, json, sys
import pyarrow as pa
import pyarrow.parquet as pq
folder = sys.argv[1]
count = 1000
def some(make, type=None):
    return pa.array([None if i % 7 == 3 else make(i) for i in range(count)], type)
noon = datetime.datetime(1969, 12, 31, 12, tzinfo=datetime.timezone.utc)
step = datetime.timedelta(days=11, milliseconds=1)
def iso(time): return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
columns = {
    "text": (some(lambda i: f"text {i} é🙂" * (i % 5)), None),
    "named": (some(lambda i: "abc"[i % 3]).dictionary_encode(), None),
    "large": (some(str, pa.large_string()), None),
    "view": (some(str, pa.string_view()), None),
    "small": (some(lambda i: i % 100 - 50, pa.int8()), None),
    "int": (some(lambda i: i * 2**43 - 2**52, pa.int64()), None),
    "long": (some(lambda i: 2**63 - 1 - i, pa.int64()), str),
    "unsigned": (some(lambda i: 2**64 - 1 - i, pa.uint64()), str),
    "float": (some(lambda i: i / 8, pa.float32()), None),
    "double": (some(lambda i: i / 3), None),
    "odd": (some(lambda i: [float("nan"), float("inf"), -0.5][i % 3]), lambda v: v if v == -0.5 else None),
    "flag": (some(lambda i: i % 2 == 0), None),
    "utc": (some(lambda i: noon + i * step, pa.timestamp("us", "UTC")), iso),
    "local": (some(lambda i: (noon + i * step).replace(tzinfo=None), pa.timestamp("ms")), lambda t: iso(t) + "Z"),
    "nanos": (some(lambda i: noon + i * step, pa.timestamp("ns", "UTC")), iso),
    "day": (some(lambda i: (noon + i * step).date(), pa.date32()), lambda d: d.isoformat() + "T00:00:00.000Z"),
    "decimal": (some(lambda i: decimal.Decimal(i) / 4, pa.decimal128(10, 2)), float),
    "tags": (some(lambda i: ["x", None, "é"][: i % 4]), None),
    "deep": (some(lambda i: [[i], [], [1, 2]]), None),
    "bytes_list": (some(lambda i: list(range(i % 4)), pa.list_(pa.uint8())), None),
    "vector": (some(lambda i: [i / 2, -1.0], pa.list_(pa.float32(), 2)), None),
    "binary": (some(lambda i: b"abc" if i % 2 else b"\xff", pa.binary()), lambda b: "abc" if b == b"abc" else None),
    "nothing": (pa.nulls(count), None),
}
table = pa.table({name: column for name, (column, _) in columns.items()})
left_out = {"record": pa.array([{"a": 1, "b": 2}] * count), "pairs": pa.array([[("k", 1)]] * count, pa.map_(pa.string(), pa.int32()))}
for name, column in left_out.items():
    table = table.append_column(name, column)
kinds = {
    "none": dict(compression="none"), "snappy": dict(compression="snappy", row_group_size=300), "zstd": dict(compression="zstd", row_group_size=1),
    "gzip": dict(compression="gzip", use_dictionary=False), "brotli": dict(compression="brotli", data_page_version="2.0", row_group_size=999),
    "lz4": dict(compression="lz4", data_page_size=500, write_batch_size=50), "plain": dict(store_schema=False, use_dictionary=False, data_page_version="2.0"),
}
for kind, options in kinds.items():
    pq.write_table(table.slice(0, 40) if kind == "zstd" else table, f"{folder}/{kind}.parquet", **options)
pq.write_table(table.slice(0, 0), f"{folder}/empty.parquet")
pq.write_table(table.select(["record", "pairs"]), f"{folder}/nested.parquet")
pq.write_table(pa.table({"n": range(20000), "text": [f"row {i}" for i in range(20000)]}), f"{folder}/long.parquet")
texts = [b"row %d" % i for i in range(1000)]
texts[500], texts[501], texts[999] = b"\xff", b"\xc3", b"a\xed\xa0\x80"
broken = pa.Array.from_buffers(pa.string(), 1000, pa.array(texts, pa.binary()).buffers())
for kind, options in {"broken": {}, "broken_plain": dict(use_dictionary=False, row_group_size=100)}.items():
    pq.write_table(pa.table({"n": range(1000), "text": broken}), f"{folder}/{kind}.parquet", **options)
def row(i): return {name: None if column[i].as_py() is None else (change or (lambda v: v))(column[i].as_py()) for name, (column, change) in columns.items()}
print(json.dumps([row(i) for i in range(count)]))
`;

async function parquetRows(path: string): Promise<ReadRow[]> {
  const found: ReadRow[] = [];
  for await (const rows of readParquetRows(memorySource(readFileSync(path)))) found.push(...rows.map(toReadRow));
  return found;
}

test("Parquet files have the values that pyarrow wrote", { skip: missingPython("pyarrow") }, async () => {
  await withTempFolder(async (folder) => {
    const expected = askPython<object[]>(PARQUET, [folder]).map((fields, at): ReadRow => [at + 1, fields]);
    for (const kind of ["none", "snappy", "gzip", "brotli", "lz4", "plain"])
      assert.deepEqual(await parquetRows(`${folder}/${kind}.parquet`), expected, kind);
    assert.deepEqual(await parquetRows(`${folder}/zstd.parquet`), expected.slice(0, 40));
    assert.deepEqual(await parquetRows(`${folder}/empty.parquet`), []);
    const long = await parquetRows(`${folder}/long.parquet`); // is decoded in several steps
    assert.deepEqual(
      long,
      Array.from({ length: 20_000 }, (_, n) => [n + 1, { n, text: `row ${n}` }]),
    );
    for (const kind of ["broken", "broken_plain"]) {
      const rows = await parquetRows(`${folder}/${kind}.parquet`);
      assert.equal(rows.length, 1000);
      assert.deepEqual(
        rows.filter(([, fields]) => typeof fields === "string"),
        [501, 502, 1000].map((line) => [line, 'column "text" is not UTF-8 text']),
      );
      assert.deepEqual(rows[502], [503, { n: 502, text: "row 502" }]);
    }
    await assert.rejects(parquetRows(`${folder}/nested.parquet`), /no column of texts or numbers, but record, pairs$/);
  });
});
