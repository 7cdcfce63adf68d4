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
