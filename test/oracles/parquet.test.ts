import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import test from "node:test";
import { imageParquetEncoder } from "../../src/formats/imageparquet.ts";
import { imageColumns, pixelsAt } from "../../src/formats/imagerows.ts";
import { loadParquet, type ParquetColumn } from "../../src/formats/parquet.ts";
import { encodePng } from "../../src/formats/png.ts";
import { sampleName } from "../../src/formats/sample.ts";
import { makeColumns } from "../formats/columnsamples.ts";
import { colours, makeImages } from "../formats/imagesamples.ts";
import { askPython } from "../support/ask.ts";
import { missingPython } from "../support/python.ts";
import { sha256 } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = missingPython("pyarrow");

// Of each column a checksum: numbers as they lie in memory, texts and bytes by the checksum of each.
const READ = `
import array, hashlib, json, sys
import pyarrow.parquet as pq

TYPES = {"uint8": "B", "int32": "i", "int64": "q", "float": "f"}

def sha256(data):
    return hashlib.sha256(data).hexdigest()

def summary(type, values):
    if hasattr(type, "fields"): return {field.name: summary(field.type, [value[field.name] for value in values]) for field in type.fields}
    if hasattr(type, "value_type"): return summary(type.value_type, [item for value in values for item in value])
    if str(type) in TYPES: return sha256(array.array(TYPES[str(type)], values).tobytes())
    return sha256("".join(sha256(value if isinstance(value, bytes) else value.encode()) for value in values).encode())

file = pq.ParquetFile(sys.argv[1])
table = file.read()
table.validate(full=True)
print(json.dumps({
    "groups": [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)],
    "compression": sorted({file.metadata.row_group(0).column(i).compression for i in range(file.metadata.num_columns)}),
    "about": {key.decode(): value.decode() for key, value in (file.schema_arrow.metadata or {}).items()},
    "footer": sorted(key.decode() for key in file.metadata.metadata),
    "types": {field.name: str(field.type) for field in file.schema_arrow},
    "values": {field.name: summary(field.type, table.column(field.name).to_pylist()) for field in file.schema_arrow},
}))
`;

interface Found {
  readonly groups: readonly number[];
  readonly compression: readonly string[];
  readonly about: Record<string, string>;
  readonly footer: readonly string[];
  readonly types: Record<string, string>;
  readonly values: Record<string, unknown>;
}

async function readByPyarrow(file: Uint8Array): Promise<Found> {
  return withTempFolder((folder) => {
    writeFileSync(`${folder}/file.parquet`, file);
    return askPython<Found>(READ, `${folder}/file.parquet`);
  });
}

const sumOf = (values: Iterable<string | Uint8Array>) => sha256(Array.from(values, (value) => sha256(value)).join(""));

function summaryOf(column: ParquetColumn): unknown {
  if (column.type === "string") return sumOf(column.values);
  if (column.type === "binary") return sumOf(valuesOf(column.values));
  if (column.type === "image") return { bytes: sumOf(valuesOf(column.values.bytes)), path: sumOf(column.values.path) };
  return sha256(column.values);
}

function valuesOf({ bytes, offsets }: { readonly bytes: Uint8Array; readonly offsets: Int32Array }): Uint8Array[] {
  return Array.from({ length: offsets.length - 1 }, (_, i) => bytes.subarray(offsets[i], offsets[i + 1]));
}

test("pyarrow reads columns of every type", { skip }, async () => {
  const parquet = await loadParquet();
  const columns = makeColumns(1000);
  for (const compression of ["zstd", "snappy", "none"] as const) {
    const metadata = { key: "about", value: "zwölf" };
    const found = await readByPyarrow(parquet.encode(columns, { compression, rowGroupRows: 300, metadata }));
    assert.deepEqual(found.groups, [300, 300, 300, 100]);
    assert.deepEqual(found.compression, [compression === "none" ? "UNCOMPRESSED" : compression.toUpperCase()]);
    assert.deepEqual([found.about, found.footer], [{ about: "zwölf" }, ["ARROW:schema", "about"]]);
    assert.deepEqual(found.types, {
      uint8: "uint8",
      int32: "int32",
      int64: "int64",
      float32: "float",
      text: "string",
      bytes: "binary",
      factors: "fixed_size_list<element: uint8>[24]",
      emb: "fixed_size_list<element: float>[7]",
      image: "struct<bytes: binary, path: string>",
    });
    assert.deepEqual(found.values, Object.fromEntries(columns.map((column) => [column.name, summaryOf(column)])));
  }
});

test("pyarrow reads images as Hugging Face has them", { skip }, async () => {
  const rows = 10_000;
  const block = makeImages(16, rows, { start: 7 });
  const { images, labels, factors } = imageColumns(block);
  const found = await readByPyarrow((await imageParquetEncoder({ size: 16, palette: colours })).encode(block).bytes);
  assert.deepEqual(found.groups, [8192, 1808]);
  const pngs = Array.from({ length: rows }, (_, row) =>
    encodePng(pixelsAt({ images, labels, factors }, row, 16), 16, colours),
  );
  const path = pngs.map((_, row) => `${sampleName(7 + row)}.png`);
  assert.deepEqual(found.values, {
    image: { bytes: sumOf(pngs), path: sumOf(path) },
    label: sha256(labels),
    factors: sha256(factors),
  });
  const { info } = JSON.parse(found.about["huggingface"]!) as { info: { features: unknown } };
  const value = { dtype: "uint8", _type: "Value" };
  assert.deepEqual(info.features, {
    image: { _type: "Image" },
    label: value,
    factors: { feature: value, length: 24, _type: "Sequence" },
  });
});
