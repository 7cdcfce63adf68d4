import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { resolveVectors, vectorSources, type VectorsOptions } from "../../src/datasets/vectors.ts";
import { readNpz } from "../../src/index.ts";
import { openSource } from "../../src/sources/table.ts";
import { askPython } from "../support/ask.ts";
import { writeVectors } from "../support/dataset.ts";
import { missingPython } from "../support/python.ts";
import { sha256 } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = missingPython("numpy");

const READ = `
import hashlib, json, sys, zipfile
import numpy as np

with zipfile.ZipFile(sys.argv[1]) as file:
    damaged = file.testzip()
    members = [[info.filename, info.date_time, info.compress_type, info.file_size] for info in file.infolist()]
with np.load(sys.argv[1]) as arrays:
    vectors = arrays["vectors"]
print(json.dumps({
    "damaged": damaged,
    "members": members,
    "dtype": vectors.dtype.str,
    "shape": vectors.shape,
    "sha256": hashlib.sha256(vectors.tobytes()).hexdigest(),
}))
`;

const STORED = 0;
const DEFLATED = 8;

const cases: readonly VectorsOptions[] = [
  { rows: 3000 },
  { rows: 3000, compress: true },
  { rows: 1, dim: 1, compress: true, distribution: "uniform" },
  { rows: 10 ** 12, range: [10 ** 12 - 517, 10 ** 12], dim: 768, compress: true },
];

for (const options of cases) {
  test(`NumPy and zipfile read the npz ${JSON.stringify(options)}`, { skip }, async () => {
    const recipe = resolveVectors({ ...options, format: "npz" });
    const [from, to] = recipe.range;
    const [vectors] = openSource(createCore(), vectorSources(recipe), to - from).read(from, to - from).columns;
    await withTempFolder(async (folder) => {
      await writeVectors(folder, { ...options, format: "npz" });
      const byteLength = 128 + vectors!.data.byteLength;
      assert.deepEqual(askPython(READ, `${folder}/vectors.npz`), {
        damaged: null,
        members: [["vectors.npy", [1980, 1, 1, 0, 0, 0], options.compress ? DEFLATED : STORED, byteLength]],
        dtype: "<f4",
        shape: [to - from, recipe.dim],
        sha256: sha256(vectors!.data),
      });
    });
  });
}

const WRITE = `
import hashlib, json, sys
import numpy as np

random = np.random.default_rng(7)
arrays = {
    "vectors": random.standard_normal((700, 30), dtype=np.float32),
    "labels": random.integers(0, 3, 700, dtype=np.uint8),
    "ids": np.arange(700),
    "grids": random.integers(0, 256, (10, 16, 16), dtype=np.uint8),
    "fortran": np.asfortranarray(random.standard_normal((5, 6))),
    "empty": np.zeros((0, 3), np.float32),
    "zeros": np.zeros(100_000),
    "zahl_ü": np.array(7.5),
}
np.savez(sys.argv[1] + "/stored.npz", **arrays)
np.savez_compressed(sys.argv[1] + "/deflated.npz", **arrays)
print(json.dumps({
    name: [array.dtype.str, array.shape, hashlib.sha256(array.tobytes("A")).hexdigest()] for name, array in arrays.items()
}))
`;

test("we read what NumPy writes, stored and deflated", { skip }, async () => {
  await withTempFolder(async (folder) => {
    const expected = askPython<Record<string, unknown>>(WRITE, folder);
    for (const name of ["stored", "deflated"]) {
      const arrays = await readNpz(`${folder}/${name}.npz`);
      const found = Object.entries(arrays).map(([key, { dtype, shape, data }]) => [key, [dtype, shape, sha256(data)]]);
      assert.deepEqual(Object.fromEntries(found), expected, name);
      assert.equal(arrays["fortran"]!.fortranOrder, true);
    }
  });
});
