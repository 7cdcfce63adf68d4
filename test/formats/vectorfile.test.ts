import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { npyHeader } from "../../src/formats/npy.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { bytesOf } from "../../src/data/dtype.ts";
import { bvecsBytes, fbinBytes, fvecsBytes, jsonlBytes, makeRows, readVectors } from "./vectorbytes.ts";
import { zipOf } from "./zips.ts";

type Make = (values: Float32Array, dim: number) => Uint8Array;

function npyBytes(values: Float32Array, dim: number): Uint8Array {
  return joinBytes([npyHeader("<f4", [values.length / dim, dim]), bytesOf(values)]);
}

function npzBytes(method: "stored" | "deflated", name = "vectors.npy"): Make {
  const labels = joinBytes([npyHeader("<i8", [3]), new Uint8Array(24)]);
  return (values, dim) =>
    zipOf({ name: "labels.npy", method, data: labels }, { name, method, data: npyBytes(values, dim) });
}

const makers: readonly (readonly [ending: string, make: Make])[] = [
  ["npy", npyBytes],
  ["npz", npzBytes("stored")],
  ["npz", npzBytes("deflated")],
  ["npz", npzBytes("deflated", "other.npy")],
  ["fvecs", fvecsBytes],
  ["fbin", fbinBytes],
  ["jsonl", jsonlBytes],
  ["jsonl", (values, dim) => jsonlBytes(values, dim, (vector) => ({ id: 1, embedding: vector, emb: 3 }))],
];

for (const [ending, make] of makers) {
  test(`.${ending} of all shapes, in blocks of about a mebibyte`, async () => {
    for (const [rows, dim] of [
      [1, 1],
      [3, 7],
      [1000, 64],
      [5, 65_536],
      [300_000, 1],
      [700, 768],
    ] as const) {
      const values = makeRows(rows, dim);
      const found = await readVectors(`folder.x/a.b.${ending.toUpperCase()}`, make(values, dim));
      assert.deepEqual(
        [found.kind, found.dim, found.rows ?? rows, found.values.length],
        [ending, dim, rows, rows * dim],
      );
      assert.ok(found.values.every((value, at) => Object.is(value, values[at])));
      const blockRows = Math.max(1, Math.floor(2 ** 18 / dim));
      assert.ok(found.blocks.slice(0, -1).every((count) => count === blockRows) && found.blocks.at(-1)! <= blockRows);
    }
  });
}

test("bytes of .bvecs become numbers", async () => {
  const values = Uint8Array.from({ length: 600 }, (_, at) => (at * 7) % 256);
  const found = await readVectors("a.bvecs", bvecsBytes(values, 200));
  assert.deepEqual([found.dim, found.rows, found.values], [200, 3, Float32Array.from(values)]);
});

test("NaN, infinities and signs of zeros pass as they are", async () => {
  const values = Float32Array.of(Number.NaN, Infinity, -Infinity, -0, 0, 1e-45);
  for (const [ending, make] of makers.slice(0, 6)) {
    const found = await readVectors(`a.${ending}`, make(values, 3));
    assert.ok(
      found.values.every((value, at) => Object.is(value, values[at])),
      ending,
    );
  }
  const text = await readVectors(
    "a.jsonl",
    "[1e400, -1e400, -0, 1e-46, 3.4028235677973366e38, 1.00000017881393432617]",
  );
  assert.deepEqual(Array.from(text.values), [Infinity, -Infinity, -0, 0, Infinity, 1.0000002384185791]);
});

test("names of fields of .jsonl, by the first line; blank lines and carriage returns mean nothing", async () => {
  for (const name of ["embedding", "vector", "values", "emb"]) {
    const found = await readVectors("a.jsonl", `\ufeff\n{"${name}":[1,2]}\r\n  \r\n\n{"x":[],"${name}":[3,4]}`);
    assert.deepEqual([found.dim, Array.from(found.values)], [2, [1, 2, 3, 4]]);
  }
  const found = await readVectors("a.jsonl", '{"emb":[1],"embedding":[2]}\n{"emb":[3],"embedding":[4]}\n');
  assert.deepEqual(Array.from(found.values), [2, 4]);
});

const good = { values: makeRows(5, 4), dim: 4 };
const fvecs = fvecsBytes(good.values, 4);
const fbin = fbinBytes(good.values, 4);
const npy = npyBytes(good.values, 4);
const npz = npzBytes("deflated")(good.values, 4);
const withByte = (bytes: Uint8Array, at: number, value: number) => bytes.map((byte, i) => (i === at ? value : byte));
const npyOf = (shape: number[], type: "<f4" | "<i8" = "<f4") =>
  joinBytes([npyHeader(type, shape), new Uint8Array(shape.reduce((product, length) => product * length, 4))]);
const member = (name: string, data = npy) => ({ name, method: "stored" as const, data });

const malformed: Record<string, readonly [name: string, bytes: Uint8Array | string, message: RegExp]> = {
  "no ending": ["vectors", npy, /"vectors".*\.npy, \.npz/],
  "an unknown ending": ["vectors.csv", "1,2\n", /expected a name that ends in/],
  "a name of Object.prototype": ["a.constructor", npy, /expected a name that ends in/],
  "an empty .npy": ["a.npy", "", /empty/],
  "an empty .jsonl": ["a.jsonl", "", /empty/],
  "a .npy called .fvecs": ["a.fvecs", npy, /that of a \.npy file/],
  "a .npy called .npz": ["a.npz", npy, /that of a \.npy file/],
  "an .npz called .fbin": ["a.fbin", npz, /that of a \.npz file/],
  "an .npz called .jsonl": ["a.jsonl", npz, /that of a \.npz file/],
  "text called .npy": ["a.npy", "1 2 3\n4 5 6\n", /does not begin with/],
  "text called .npz": ["a.npz", "1 2 3\n4 5 6\n", /Not a zip/],
  "a .npy cut short": ["a.npy", npy.subarray(0, -1), /207 bytes, expected 208/],
  "a .npy of one axis": ["a.npy", npyOf([4]), /shape \(4\)/],
  "a .npy of three axes": ["a.npy", npyOf([2, 2, 2]), /shape \(2, 2, 2\)/],
  "a .npy of integers": ["a.npy", npyOf([4, 4], "<i8"), /<i8.*expected floats/],
  "a .npy without rows": ["a.npy", npyOf([0, 4]), /no rows/],
  "a .npy without columns": ["a.npy", npyOf([4, 0]), /Vectors of 0 values/],
  "an .npz without arrays": ["a.npz", zipOf(member("a.txt")), /no array/],
  "an .npz with two arrays": ["a.npz", zipOf(member("a.npy"), member("b.npy")), /several.*\(a\.npy, b\.npy\)/],
  "an .npz whose vectors are none": [
    "a.npz",
    zipOf(member("b.npy"), member("vectors.npy", npyOf([4]))),
    /"vectors.npy".*shape/,
  ],
  "an .npz cut short": ["a.npz", npz.subarray(0, -30), /cut short/],
  "an .fvecs of three bytes": ["a.fvecs", fvecs.subarray(0, 3), /3 bytes/],
  "an .fvecs cut short": ["a.fvecs", fvecs.subarray(0, -4), /96 bytes, expected a multiple of 20/],
  "an .fvecs of no values": ["a.fvecs", new Uint8Array(8), /Vectors of 0 values/],
  "an .fvecs of negative length": ["a.fvecs", withByte(fvecs, 3, 0xff), /Vectors of -/],
  "an .fvecs with another row": ["a.fvecs", withByte(fvecs, 60, 3), /Row 3 has 3 values, expected 4/],
  "a .bvecs with another row": ["a.bvecs", withByte(bvecsBytes(new Uint8Array(12), 4), 17, 1), /Row 2 has 260 values/],
  "an .fbin of seven bytes": ["a.fbin", fbin.subarray(0, 7), /7 bytes/],
  "an .fbin cut short": ["a.fbin", fbin.subarray(0, -1), /87 bytes, expected 88/],
  "an .fbin with more": ["a.fbin", joinBytes([fbin, fbin]), /176 bytes, expected 88/],
  "an .fbin without rows": ["a.fbin", Uint8Array.of(0, 0, 0, 0, 4, 0, 0, 0), /no rows/],
  "an .fbin of 2^64 values": ["a.fbin", new Uint8Array(8).fill(255), /Vectors of 4294967295 values/],
  "blank lines": ["a.jsonl", "\n  \n\n", /no rows/],
  "text that is no JSON": ["a.jsonl", "[1,2]\n\nhello\n", /Line 3 is not JSON: "hello"/],
  "JSON of Python's NaN": ["a.jsonl", "[1,NaN]\n", /Line 1 is not JSON/],
  "an object without a vector": ["a.jsonl", '{"id":1}\n', /Line 1 has no vector.*embedding/],
  "a number": ["a.jsonl", "1\n", /Line 1 has no vector/],
  null: ["a.jsonl", "null\n", /Line 1 has no vector/],
  "a vector that is null": ["a.jsonl", '{"emb":[1]}\n{"emb":null}\n', /Line 2 has no array of numbers under "emb"/],
  "a line of another kind": ["a.jsonl", '[1]\n{"emb":[1]}\n', /Line 2 has no array/],
  "a line that is null": ["a.jsonl", '{"emb":[1]}\nnull\n', /Line 2 has no array/],
  "a vector of text": ["a.jsonl", '[1,2]\n[3,"4"]\n', /Line 2: value 1/],
  "vectors in a vector": ["a.jsonl", "[[1,2],[3,4]]", /Line 1: value 0/],
  "a shorter vector": ["a.jsonl", "[1,2]\n[1,2]\n[3]\n", /Line 3 has 1 values, expected 2 as in line 1/],
  "no values": ["a.jsonl", "[]\n", /Vectors of 0 values/],
  "a .parquet of text": ["a.parquet", "hello, this is no parquet", /Not a whole Parquet file/],
  "a .parquet of five bytes": ["a.parquet", "PAR1\n", /Not a Parquet file: 5 bytes/],
};

for (const [what, [name, bytes, message]] of Object.entries(malformed)) {
  test(`${what}: one clear line`, async () => {
    await assert.rejects(readVectors(name, bytes), (error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, message);
      assert.match(error.message, /^[\x20-\x7e]+$/);
      return true;
    });
  });
}

test("a damaged .npz is found out where its end is reached", async () => {
  const stored = zipOf(member("vectors.npy"));
  const at = Buffer.from(stored).indexOf("NUMPY") + 140; // a byte of a value
  await assert.rejects(readVectors("a.npz", withByte(stored, at, stored[at]! ^ 1)), /CRC-32/);
});
