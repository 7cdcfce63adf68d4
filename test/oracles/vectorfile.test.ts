import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { readVectors } from "../formats/vectorbytes.ts";
import { askPython } from "../support/ask.ts";
import { missingPython } from "../support/python.ts";
import { sha256 } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

// Each writes files and prints, by their names, their shapes and the checksums of their values as float32.
const NUMPY = `
import hashlib, json, sys
import numpy as np

folder = sys.argv[1]
random = np.random.default_rng(1)
told = {}

def tell(name, array):
    single = array.astype("<f4")
    told[name] = {"shape": array.shape, "sha256": hashlib.sha256(single.tobytes()).hexdigest()}

with np.errstate(over="ignore", under="ignore"):
    halves = np.arange(65536, dtype="<u2").view("<f2").reshape(512, 128)
    halves = np.where(np.isnan(halves), np.float16(1), halves)
    ties = 1 + np.arange(512) * 2.0**-26
    doubles = np.concatenate([ties, -ties, 2.0 ** random.uniform(-160, 135, 1024), [0.0, -0.0, np.inf, -np.inf, 5e-324, 1.7e308, 1e-45, 7e-46]]).reshape(-1, 8)
    singles = random.standard_normal((100, 16)).astype("<f4")
    for order in "<>":
        for type, array in [("f2", halves), ("f4", singles), ("f8", doubles)]:
            name = f"{type}_{'little' if order == '<' else 'big'}.npy"
            np.save(f"{folder}/{name}", array.astype(order + type))
            tell(name, array)
    np.save(f"{folder}/one_row.npy", np.asfortranarray(singles[:1]))
    tell("one_row.npy", singles[:1])
    np.save(f"{folder}/one_column.npy", singles[:, :1])
    tell("one_column.npy", singles[:, :1])
    np.savez(f"{folder}/stored.npz", ids=np.arange(100), embeddings=singles, other=halves)
    tell("stored.npz", singles)
    np.savez_compressed(f"{folder}/deflated.npz", x=np.array(["a", None], dtype=object), y=np.zeros(3), z=doubles)
    tell("deflated.npz", doubles)
    big = random.standard_normal((3000, 200)).astype("<f4")
    np.savez_compressed(f"{folder}/big.npz", centroids=big, vector=big)
    tell("big.npz", big)
    np.save(f"{folder}/fortran.npy", np.asfortranarray(singles))
print(json.dumps(told))
`;

const PYARROW = `
import hashlib, json, sys
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

folder = sys.argv[1]
random = np.random.default_rng(2)
told = {}

def flat(values, offsets, type):
    return type.from_arrays(pa.array(offsets, pa.int64() if type is pa.LargeListArray else pa.int32()), pa.array(values.reshape(-1)))

def columns(values):
    rows, dim = values.shape
    offsets = np.arange(0, rows * dim + 1, dim)
    return {
        "list": flat(values, offsets, pa.ListArray),
        "large": flat(values, offsets, pa.LargeListArray),
        "fixed": pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), dim),
    }

def write(name, columns, values=None, **options):
    pq.write_table(pa.table(columns), f"{folder}/{name}.parquet", **options)
    if values is not None:
        single = values.astype("<f4")
        told[f"{name}.parquet"] = {"shape": values.shape, "sha256": hashlib.sha256(single.tobytes()).hexdigest()}

values = {
    "f4": random.standard_normal((1000, 24)).astype("f4"),
    "f8": random.standard_normal((500, 7)),
    "f2": random.standard_normal((300, 5)).astype("f2"),
}
for type, array in values.items():
    for kind, column in columns(array).items():
        n = len(array)
        beside = {"id": pa.array(range(n)), "text": pa.array(["x" * (i % 90) for i in range(n)]), "tags": pa.array([["a", "b"]] * n)}
        write(f"{type}_{kind}", {**beside, "emb": column, "score": pa.array(np.zeros(n))}, array, row_group_size=333, compression="zstd")
        write(f"{type}_{kind}_named", {"weights": column, "embedding": column}, array, data_page_version="2.0", use_dictionary=False)
        write(f"{type}_{kind}_only", {**beside, "whatever": column}, array, store_schema=False, compression="gzip", data_page_size=2000)
few = (np.arange(200_000 * 3) % 11).astype("f4").reshape(-1, 3)
write("long", {"vector": columns(few)["list"]}, few)
write("groups", {"vector": columns(few[:2000])["fixed"], "a": pa.array(range(2000))}, few[:2000], row_group_size=10)
write("brotli", {"vector": columns(few[:20])["list"]}, few[:20], compression="brotli")
write("uneven", {"emb": pa.array([[1.0, 2.0], [3.0]])})
write("null_list", {"emb": pa.array([[1.0, 2.0], None])})
write("null_first", {"emb": pa.array([None, [1.0, 2.0]])})
write("null_item", {"emb": pa.array([[1.0, 2.0], [3.0, None]])})
write("null_fixed", {"emb": pa.array([[1.0, 2.0], None], pa.list_(pa.float32(), 2))})
write("empty_lists", {"emb": pa.array([[], []], pa.list_(pa.float32()))})
write("no_rows", {"emb": pa.array([], pa.list_(pa.float32()))})
write("integers", {"emb": pa.array([[1, 2]])})
write("numbers", {"emb": pa.array([1.0])})
write("no_list", {"id": pa.array([1.0])})
write("several", {"a": pa.array([[1.0]]), "b": pa.array([[1.0]])})
write("nested", {"emb": pa.array([[[1.0]]])})
print(json.dumps(told))
`;

interface Told {
  readonly shape: readonly [number, number];
  readonly sha256: string;
}

async function compare(folder: string, told: Record<string, Told>): Promise<void> {
  for (const [name, expected] of Object.entries(told)) {
    const { dim, rows, values } = await readVectors(name, readFileSync(`${folder}/${name}`));
    assert.deepEqual({ shape: [rows, dim], sha256: sha256(values) }, expected, name);
  }
}

async function refuses(folder: string, refused: Record<string, RegExp>): Promise<void> {
  for (const [name, message] of Object.entries(refused)) {
    await assert.rejects(
      readVectors(name, readFileSync(`${folder}/${name}`)),
      (error) => {
        assert.ok(error instanceof InputError, `${name}: ${String(error)}`);
        assert.match(error.message, message, name);
        assert.match(error.message, /^[\x20-\x7e]+$/, name);
        return true;
      },
      name,
    );
  }
}

test("what NumPy writes has the values that NumPy rounds to float32", { skip: missingPython("numpy") }, async () => {
  await withTempFolder(async (folder) => {
    const told = askPython<Record<string, Told>>(NUMPY, folder);
    assert.equal(Object.keys(told).length, 11);
    await compare(folder, told);
    await refuses(folder, { "fortran.npy": /Fortran order/ });
  });
});

test("what pyarrow writes has its values, whatever the kind of list", { skip: missingPython("pyarrow") }, async () => {
  await withTempFolder(async (folder) => {
    const told = askPython<Record<string, Told>>(PYARROW, folder);
    assert.equal(Object.keys(told).length, 30);
    await compare(folder, told);
    await refuses(folder, {
      "uneven.parquet": /Row 1 of column "emb" has 1 values, expected 2/,
      "null_list.parquet": /"emb".*missing/,
      "null_first.parquet": /"emb".*missing/,
      "null_item.parquet": /"emb".*missing/,
      "null_fixed.parquet": /"emb".*missing/,
      "empty_lists.parquet": /Vectors of 0 values/,
      "no_rows.parquet": /no rows/,
      "integers.parquet": /"emb".*expected lists of floats/,
      "numbers.parquet": /"emb".*expected lists of floats/,
      "nested.parquet": /"emb".*expected lists of floats/,
      "no_list.parquet": /no column of lists of floats/,
      "several.parquet": /several columns \(a, b\)/,
    });
  });
});
