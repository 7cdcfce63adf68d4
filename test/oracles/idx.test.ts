import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import test from "node:test";
import { bytesOf } from "../../src/data/dtype.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { idxEncoder, idxHeader, idxStoredRows } from "../../src/formats/idx.ts";
import { imageFields } from "../../src/formats/imagerows.ts";
import { makeImages } from "../formats/imagesamples.ts";
import { assertSameBytes } from "../reference/same.ts";
import { askPython } from "../support/ask.ts";
import { memorySource } from "../support/memory.ts";
import { missingPython } from "../support/python.ts";
import { sha256 } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = missingPython("numpy");

// As the loaders of MNIST read it: the number of axes from the magic, then big-endian lengths.
const READ = `
import hashlib, json, sys
import numpy as np

data = open(sys.argv[1], "rb").read()
zeros, kind, axes = int.from_bytes(data[:2], "big"), data[2], data[3]
shape = np.frombuffer(data, ">u4", axes, 4)
array = np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)
print(json.dumps([zeros, kind, array.shape, hashlib.sha256(array.tobytes()).hexdigest()]))
`;

test("NumPy reads each field as it was written", { skip }, async () => {
  const block = makeImages(16, 70_000);
  await withTempFolder(async (folder) => {
    for (const [at, field] of imageFields(16).entries()) {
      const values = bytesOf(block.columns[at]!.data);
      const file = joinBytes([idxHeader([70_000, ...field.shape]), idxEncoder(field.name).encode(block).bytes]);
      writeFileSync(`${folder}/idx`, file);
      assert.deepEqual(askPython(READ, `${folder}/idx`), [0, 8, [70_000, ...field.shape], sha256(values)]);
      const stored = await idxStoredRows(memorySource(file), field);
      assertSameBytes(await stored.read(0, stored.rows), values, field.name);
    }
  });
});
