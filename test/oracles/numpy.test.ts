import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { bytesOf, dtypes, type DType } from "../../src/data/dtype.ts";
import { resolveVectors, vectorSources, type VectorsOptions } from "../../src/datasets/vectors.ts";
import { npyHeader, readNpyArray } from "../../src/formats/npy.ts";
import { openSource } from "../../src/sources/table.ts";
import { askPython } from "../support/ask.ts";
import { writeVectors } from "../support/dataset.ts";
import { memorySource } from "../support/memory.ts";
import { missingPython } from "../support/python.ts";
import { sha256 } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = missingPython("numpy");

const READ_DATASET = `
import hashlib, json, sys
import numpy as np

folder = sys.argv[1]
whole = np.load(folder + "/vectors.npy")
mapped = np.load(folder + "/vectors.npy", mmap_mode="r")
with open(folder + "/metadata.jsonl", encoding="utf-8", newline="") as file:
    records = [json.loads(line) for line in file]
print(json.dumps({
    "dtype": whole.dtype.str,
    "shape": whole.shape,
    "c_order": whole.flags.c_contiguous and mapped.flags.c_contiguous,
    "same_mapped": bool((whole == mapped).all()),
    "sha256": hashlib.sha256(whole.tobytes()).hexdigest(),
    "keys": sorted({key for record in records for key in record}),
    "labels": [record["cls"] for record in records],
}))
`;

const datasets: readonly VectorsOptions[] = [
  { rows: 2000 },
  { rows: 1, dim: 1, distribution: "uniform" },
  { rows: 999, dim: 3, seed: "my-paper", classes: { 'quo"ted\\': 0.5, "zwölf 🚀\n": 0.25, "\u2028": 0.25 } },
  { rows: 10 ** 12, range: [10 ** 12 - 17, 10 ** 12] },
];

for (const options of datasets) {
  test(`NumPy and json read the dataset ${JSON.stringify(options)}`, { skip }, async () => {
    const recipe = resolveVectors(options);
    const [from, to] = recipe.range;
    const [vectors, classes] = openSource(createCore(), vectorSources(recipe), to - from).read(from, to - from).columns;
    await withTempFolder(async (folder) => {
      await writeVectors(folder, options);
      assert.deepEqual(askPython(READ_DATASET, folder), {
        dtype: "<f4",
        shape: [to - from, recipe.dim],
        c_order: true,
        same_mapped: true,
        sha256: sha256(vectors!.data),
        keys: ["cls"],
        labels: Array.from(classes!.data as Uint8Array, (code) => recipe.classes[code]!.name),
      });
    });
  });
}

const WRITE_HEADERS = `
import json, sys
from io import BytesIO
import numpy as np

def header(descr, shape):
    file = BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": tuple(shape)})
    return file.getvalue().hex()

print(json.dumps([header(*case) for case in json.loads(sys.argv[1])]))
`;

test("NumPy writes the same header for every type and shape", { skip }, () => {
  const shapes = [
    [],
    [0],
    [1],
    [99],
    [2 ** 53 - 1],
    [0, 5],
    [1, 1],
    [10 ** 15, 65536],
    [10, 28, 28],
    [1, 2, 3, 4, 5, 6, 7],
  ];
  for (let digits = 1; digits <= 15; digits++)
    shapes.push(
      [10 ** digits - 1, 10 ** digits],
      Array.from({ length: digits * 2 }, () => 10 ** digits),
    );
  const cases = shapes.flatMap((shape) => Object.keys(dtypes).map((dtype) => [dtype as DType, shape] as const));
  const expected = askPython<string[]>(WRITE_HEADERS, JSON.stringify(cases));
  cases.forEach(([dtype, shape], at) => {
    const header = Array.from(npyHeader(dtype, shape), (byte) => byte.toString(16).padStart(2, "0")).join("");
    assert.equal(header, expected[at], `${dtype} ${shape}`);
  });
});

const WRITE_ARRAYS = `
import hashlib, json, sys
import numpy as np

folder, names = sys.argv[1], json.loads(sys.argv[2])
random = np.random.default_rng(7)
written = []
for name in names:
    for at, shape in enumerate([(), (0,), (5,), (3, 4), (0, 3), (2, 3, 4)]):
        for order in "CF":
            array = np.asarray(np.frombuffer(random.bytes(int(np.prod(shape)) * np.dtype(name).itemsize), name).reshape(shape), order=order)
            path = f"{folder}/{len(written)}.npy"
            np.save(path, array)
            fortran = array.flags.f_contiguous and not array.flags.c_contiguous
            written.append({
                "path": path,
                "dtype": name,
                "shape": shape,
                "fortranOrder": fortran,
                "sha256": hashlib.sha256(array.tobytes("F" if fortran else "C")).hexdigest(),
            })
print(json.dumps(written))
`;

interface Written {
  readonly path: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  readonly sha256: string;
}

test("we read what NumPy writes, of every type, shape and order", { skip }, async () => {
  await withTempFolder(async (folder) => {
    const written = askPython<Written[]>(WRITE_ARRAYS, folder, JSON.stringify(Object.keys(dtypes)));
    assert.equal(written.length, Object.keys(dtypes).length * 12);
    for (const { path, ...expected } of written) {
      const { data, ...rest } = await readNpyArray(memorySource(new Uint8Array(readFileSync(path))));
      assert.deepEqual({ ...rest, sha256: sha256(bytesOf(data)) }, expected, path);
    }
  });
});
