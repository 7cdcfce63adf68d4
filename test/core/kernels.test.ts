import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { codes } from "../reference/codes.ts";
import { normalPair, normals } from "../reference/normals.ts";
import { assertSameBits, assertSameBytes } from "../reference/same.ts";
import { uniforms } from "../reference/uniforms.ts";
import { words, type Address } from "../reference/words.ts";

const GUARD = 0xaa;
const GUARD_BYTES = 64;

// Around the ten groups of a hybrid turn and the 80 groups of a cached chunk.
const GROUPS = [0, 1, 2, 3, 8, 9, 10, 11, 19, 20, 21, 79, 80, 81, 90, 159, 160, 161, 250];

const addresses: readonly Address[] = [
  { key: [0, 0], stream: 0 },
  { key: [42, 0], stream: 1 },
  { key: [0xffffffff, 0xffffffff], stream: 0xffffffff },
  { key: [0x9abcdef0, 0x12345678], stream: 0x80000000 },
];

const core = createCore();

/** The bytes a kernel wrote; asserts that it wrote nothing outside them. */
function guarded(byteLength: number, run: (out: number) => void): Uint8Array {
  const region = core.alloc(byteLength + 2 * GUARD_BYTES);
  core.bytes(region, byteLength + 2 * GUARD_BYTES).fill(GUARD);
  run(region + GUARD_BYTES);
  const before = core.bytes(region, GUARD_BYTES);
  const after = core.bytes(region + GUARD_BYTES + byteLength, GUARD_BYTES);
  assert.ok(
    before.every((byte) => byte === GUARD),
    "bytes before the output were written",
  );
  assert.ok(
    after.every((byte) => byte === GUARD),
    "bytes after the output were written",
  );
  return core.bytes(region + GUARD_BYTES, byteLength).slice();
}

/** First counters of a run of groups: at zero, inside, and such that the run ends with the last low word. */
function starts(groups: number): (readonly [low: number, high: number])[] {
  return [
    [0, 0],
    [4 * 65_537, 3],
    [(2 ** 32 - 4 * groups) % 2 ** 32, 0xffffffff],
  ];
}

function firstElement(low: number, high: number): bigint {
  return ((BigInt(high) << 32n) + BigInt(low)) << 2n;
}

const twins = { bits: words, uniforms, normals };

for (const name of ["bits", "uniforms", "normals"] as const) {
  test(`${name} equals its twin and writes its groups only`, () => {
    for (const address of addresses) {
      core.kernels.setKey(...address.key);
      const counts = address === addresses[1] ? GROUPS : [1, 10, 81];
      for (const groups of counts) {
        for (const [low, high] of starts(groups)) {
          const bytes = guarded(64 * groups, (out) => core.kernels[name](out, groups, low, high, address.stream));
          const expected = twins[name](address, firstElement(low, high), 16 * groups);
          assertSameBits(new Uint32Array(bytes.buffer), expected, `${name} ${groups} groups from ${low}, ${high}`);
        }
      }
    }
  });
}

test("many normals equal the twin's normals of the kernel's words", () => {
  // 2^20 pairs: a coefficient off by its last bit shows in few of them.
  const groups = 1 << 17;
  const [wordsOut, normalsOut] = [core.alloc(64 * groups), core.alloc(64 * groups)];
  core.kernels.setKey(42, 0);
  core.kernels.bits(wordsOut, groups, 0, 0, 1);
  core.kernels.normals(normalsOut, groups, 0, 0, 1);
  const drawn = new Uint32Array(core.kernels.memory.buffer, wordsOut, 16 * groups);
  const expected = new Float32Array(16 * groups);
  for (let i = 0; i < expected.length; i += i % 8 === 3 ? 5 : 1) {
    [expected[i], expected[i + 4]] = normalPair(drawn[i]!, drawn[i + 4]!);
  }
  const actual = new Float32Array(core.kernels.memory.buffer, normalsOut, 16 * groups);
  assertSameBits(actual, expected, "normals");
});

test("codes equals its twin, writes its groups only and leaves the thresholds as they are", () => {
  const thresholds = [0x20000000, 0x80000000, 0xf0000001];
  const table = guarded(4 * thresholds.length, (pointer) => {
    core.bytes(pointer, 4 * thresholds.length).set(new Uint8Array(Uint32Array.from(thresholds).buffer));
    for (const address of addresses) {
      core.kernels.setKey(...address.key);
      for (const groups of [0, 1, 2, 9, 10, 11, 81]) {
        for (const [low, high] of starts(groups)) {
          const bytes = guarded(16 * groups, (out) =>
            core.kernels.codes(out, pointer, thresholds.length, groups, low, high, address.stream),
          );
          const expected = codes(address, thresholds, firstElement(low, high), 16 * groups);
          assertSameBytes(bytes, expected, `codes ${groups} groups from ${low}, ${high}`);
        }
      }
    }
  });
  assertSameBytes(new Uint32Array(table.buffer), Uint32Array.from(thresholds), "thresholds");
});

test("alloc gives aligned regions that do not overlap, and memory grows as needed", () => {
  const own = createCore();
  const sizes = [1, 15, 16, 17, 64, 1000, 200_000, 3_000_000, 5];
  const regions = sizes.map((size) => ({ pointer: own.alloc(size), size }));
  regions.forEach(({ pointer, size }, i) => own.bytes(pointer, size).fill(i + 1));
  regions.forEach(({ pointer, size }, i) => {
    assert.equal(pointer % 16, 0);
    assert.ok(own.bytes(pointer, size).every((byte) => byte === i + 1));
  });
  own.kernels.setKey(42, 0);
  const out = own.alloc(64);
  own.kernels.bits(out, 1, 0, 0, 1);
  const group = new Uint32Array(own.kernels.memory.buffer, out, 16);
  assertSameBits(group, words({ key: [42, 0], stream: 1 }, 0n, 16), "after growth");
});
