import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import type { CategorySpec, DenseSpec } from "../../src/data/plan.ts";
import { openSource } from "../../src/sources/table.ts";
import { thresholdsOf } from "../../src/sources/category.ts";
import { askPython } from "../support/ask.ts";
import { missingPython } from "../support/python.ts";
import { sha256 } from "../support/sums.ts";

// The generator written once more from its published definition (Philox4x32-10, Random123), over whole NumPy arrays.
const GENERATE = `
import hashlib, json, sys
import numpy as np

M = 0xFFFFFFFF

def philox(counter, key):
    c, k = [np.asarray(word, np.uint64) for word in counter], list(key)
    for _ in range(10):
        a, b = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        high, low = np.uint64(32), np.uint64(M)
        c = [(b >> high) ^ c[1] ^ np.uint64(k[0]), b & low, (a >> high) ^ c[3] ^ np.uint64(k[1]), a & low]
        k = [(k[0] + 0x9E3779B9) & M, (k[1] + 0xBB67AE85) & M]
    return c

def words(first, count, key, stream):
    """Element 16g + 4w + l is word w of counter 4g + l."""
    elements = [first + i for i in range(count)]
    counters = [4 * (e // 16) + e % 4 for e in elements]
    which = np.array([e % 16 // 4 for e in elements])
    zeros = np.zeros(count, np.uint64)
    made = philox([[c & M for c in counters], [c >> 32 for c in counters], zeros, zeros + np.uint64(stream)], key)
    return np.choose(which, made)

def values(kind, first, count, key, stream, thresholds):
    drawn = words(first, count, key, stream)
    if kind == "category":
        return sum((drawn >= np.uint64(t)).astype(np.uint8) for t in thresholds).tobytes()
    return ((drawn >> np.uint64(9)).astype(np.float64) * 2.0**-23 + 2.0**-24).astype("<f4").tobytes()

print(json.dumps([hashlib.sha256(values(**case)).hexdigest() for case in json.loads(sys.argv[1])]))
`;

const KEYS = [
  [0, 0],
  [42, 0],
  [0xffffffff, 0x89abcdef],
] as const;
const PLACES = [
  [0, 100],
  [3, 61],
  [2 ** 32 - 5, 50],
  [10 ** 12 + 5, 40],
  [2 ** 53 - 51, 50],
] as const;

test("an independent generator makes the same uniforms and classes", { skip: missingPython("numpy") }, () => {
  const specs = KEYS.flatMap((key): (CategorySpec | DenseSpec)[] => [
    { kind: "uniform", field: "x", dim: 1, key, stream: 1 },
    { kind: "uniform", field: "x", dim: 5, key, stream: 0xffffffff },
    {
      kind: "category",
      field: "x",
      labels: ["A", "B", "C"],
      thresholds: thresholdsOf([0.1, 0.3, 0.6]),
      key,
      stream: 2,
    },
  ]);
  const asked = specs.flatMap((spec) => PLACES.map(([start, rows]) => ({ spec, start, rows })));
  const cases = asked.map(({ spec, start, rows }) => {
    const dim = spec.kind === "category" ? 1 : spec.dim;
    const thresholds = spec.kind === "category" ? spec.thresholds : [];
    const first = `@${BigInt(start) * BigInt(dim)}@`; // beyond what a JavaScript number can say
    return { kind: spec.kind, first, count: rows * dim, key: spec.key, stream: spec.stream, thresholds };
  });
  const sums = askPython<string[]>(GENERATE, JSON.stringify(cases).replaceAll(/"@(\d+)@"/g, "$1"));
  asked.forEach(({ spec, start, rows }, at) => {
    const [column] = openSource(createCore(), [spec], rows).read(start, rows).columns;
    assert.equal(sha256(column!.data), sums[at], JSON.stringify({ spec, start }));
  });
});
