import assert from "node:assert/strict";
import test from "node:test";
import { codeStream, normalStream, uniformStream, wordStream, type FlatStream } from "../../src/core/flat.ts";
import { createCore } from "../../src/core/instance.ts";
import { codes } from "../reference/codes.ts";
import { normals } from "../reference/normals.ts";
import { assertSameBits, assertSameBytes } from "../reference/same.ts";
import { uniforms } from "../reference/uniforms.ts";
import { words, type Address } from "../reference/words.ts";

const CAPACITY = 5000;
const THRESHOLDS = [0x10000000, 0x80000000, 0xc0000000];

const address: Address = { key: [42, 7], stream: 1 };
const otherAddresses: readonly Address[] = [
  { key: [42, 7], stream: 0 },
  { key: [42, 7], stream: 0xfffffffe },
  { key: [43, 7], stream: 1 },
  { key: [42, 8], stream: 1 },
];

const kinds = [
  { name: "words", make: wordStream, twin: words },
  { name: "uniforms", make: uniformStream, twin: uniforms },
  { name: "normals", make: normalStream, twin: normals },
  {
    name: "codes",
    make: (core: ReturnType<typeof createCore>, at: Address, capacity: number) =>
      codeStream(core, at, THRESHOLDS, capacity),
    twin: (at: Address, first: bigint, count: number) => codes(at, THRESHOLDS, first, count),
  },
] as const;

type Values = Uint32Array | Float32Array | Uint8Array;

function assertSame(actual: Values, expected: Values, what: string): void {
  if (actual instanceof Uint8Array) assertSameBytes(actual, expected as Uint8Array, what);
  else assertSameBits(actual, expected as Uint32Array, what);
}

const WRAP = 1n << 34n; // first element whose counter needs the high word
const FIRSTS = [0n, 1n, 3n, 4n, 15n, 16n, 17n, 1_000_003n, WRAP - 20n, WRAP - 16n, WRAP - 1n, WRAP, WRAP + 20n];
const END = 1n << 64n; // of the elements that a 64-bit position can name

for (const { name, make, twin } of kinds) {
  const core = createCore();
  const stream: FlatStream<Values> = make(core, address, CAPACITY);

  test(`${name}: 0 to 67 elements from anywhere equal the twin`, () => {
    for (const first of [...FIRSTS, 5n * WRAP - 33n, END - 67n]) {
      const expected = twin(address, first, 67);
      for (let count = 0; count <= 67; count++) {
        assertSame(stream.read(first, count), expected.subarray(0, count), `${name} ${first} + ${count}`);
      }
    }
  });

  test(`${name}: long reads across chunks and the wrap of the low word equal the twin`, () => {
    for (const count of [159, 160, 161, 1279, 1280, 1281, CAPACITY]) {
      for (const first of [0n, 17n, WRAP - 1000n, END - BigInt(count)]) {
        assertSame(stream.read(first, count), twin(address, first, count), `${name} ${first} + ${count}`);
      }
    }
  });

  test(`${name}: a read in pieces, in any order, equals the read of the whole`, () => {
    const first = WRAP - 2500n;
    const whole = stream.read(first, CAPACITY).slice();
    const cuts = [0, 1, 16, 33, 700, 1283, 2499, 2500, 2501, 4000, CAPACITY];
    for (let i = cuts.length - 2; i >= 0; i--) {
      const piece = stream.read(first + BigInt(cuts[i]!), cuts[i + 1]! - cuts[i]!);
      assertSame(piece, whole.subarray(cuts[i], cuts[i + 1]), `${name} ${cuts[i]} to ${cuts[i + 1]}`);
    }
  });

  test(`${name}: reads as long as the capacity stay in their region, wherever they start`, () => {
    for (const capacity of [1, 2, 15, 16, 17, 31, 32, 33]) {
      const crowded = createCore();
      const own = make(crowded, address, capacity) as FlatStream<Values>;
      const region = crowded.alloc(64);
      crowded.bytes(region, 64).fill(0xaa);
      for (let first = 0n; first < 16n; first++) own.read(first, capacity);
      assert.ok(
        crowded.bytes(region, 64).every((byte) => byte === 0xaa),
        `${name} of capacity ${capacity}`,
      );
    }
  });

  test(`${name}: streams of one core with other keys and numbers do not disturb each other`, () => {
    const others = otherAddresses.map((at) => ({ at, values: make(core, at, 100) as FlatStream<Values> }));
    for (const first of [0n, 5n]) {
      for (const { at, values } of others)
        assertSame(values.read(first, 99), twin(at, first, 99), `${name} ${at.key} ${at.stream}`);
      assertSame(stream.read(first, 99), twin(address, first, 99), `${name} after others`);
    }
  });
}

test("uniforms are between 0 and 1, exclusive, in steps of 2^-23", () => {
  const values = uniformStream(createCore(), address, 1 << 16).read(0n, 1 << 16);
  for (const u of values) assert.ok(u > 0 && u < 1 && Number.isInteger(u * 2 ** 23 - 0.5));
});

test("the largest normal comes from a radius word of 0, and normals of radius 0 are zeros", () => {
  const known: Address = { key: [42, 0], stream: 1 };
  const stream = normalStream(createCore(), known, 8);
  // Found by search: radius words 0, just below 2^31, and just above -2^31.
  for (const radiusElement of [2_664_903_177n, 133_888_034n, 16_383_387n]) {
    const first = radiusElement & ~7n;
    assertSame(stream.read(first, 8), normals(known, first, 8), `normals at ${radiusElement}`);
  }
  const pair = (element: bigint) => {
    const values = stream.read(element, 5);
    return Math.hypot(values[0]!, values[4]!);
  };
  assert.ok(Math.abs(pair(2_664_903_177n) - Math.sqrt(64 * Math.LN2)) < 2e-6);
  assert.equal(pair(133_888_034n), 0);
  assert.equal(pair(16_383_387n), 0);
});

test("a reading is a view that the next call overwrites", () => {
  const stream = wordStream(createCore(), address, 16);
  const first = stream.read(0n, 16);
  stream.read(16n, 16);
  assertSame(first, words(address, 16n, 16), "overwritten view");
});
