import assert from "node:assert/strict";
import test from "node:test";
import { createDeflater } from "../../src/core/deflate.ts";
import { createPerturber } from "../../src/core/perturb.ts";
import { createSeenRows } from "../../src/core/distinct.ts";
import { codeStream, indexStream, normalStream, uniformStream, wordStream } from "../../src/core/flat.ts";
import { imageStream } from "../../src/core/images.ts";
import { createCore, type Core } from "../../src/core/instance.ts";
import { createLineWriter } from "../../src/core/lines.ts";
import { createCrc32, createSummarizer } from "../../src/core/measure.ts";
import { bytesOf } from "../../src/data/dtype.ts";
import { palettes } from "../../src/data/palettes.ts";
import { assertSameBytes } from "../reference/same.ts";

const ADDRESS = { key: [42, 7], stream: 3 } as const;
const WORDS = "a text that is longer than sixteen bytes";
const TEXT = new TextEncoder().encode(WORDS);

const CODES = Uint8Array.of(0, 0, 0);
const NOISE = bytesOf(uniformStream(createCore(), ADDRESS, 100_000).read(0n, 100_000)).slice();

/** Everything that takes memory of the core: opens it and returns the bytes that it makes. */
const users: Record<string, (core: Core) => Uint8Array> = {
  words: (core) => bytesOf(wordStream(core, ADDRESS, 1000).read(5n, 1000)),
  uniforms: (core) => bytesOf(uniformStream(core, ADDRESS, 1000).read(5n, 1000)),
  normals: (core) => bytesOf(normalStream(core, ADDRESS, 1000).read(5n, 1000)),
  codes: (core) => codeStream(core, ADDRESS, [2 ** 30, 2 ** 31], 1000).read(5n, 1000),
  indices: (core) => bytesOf(indexStream(core, ADDRESS, 1000, 1000).read(5n, 1000)),
  points(core) {
    const noise = normalStream(core, ADDRESS, 700);
    const clusters = indexStream(core, ADDRESS, 3, 100);
    const centroids = Float32Array.from({ length: 21 }, (_, i) => i);
    const perturb = createPerturber(core, { dim: 7, centroids, stdDev: 0.5, normalize: true });
    const values = noise.read(3n, 700);
    perturb(values, clusters.read(0n, 100));
    return bytesOf(values);
  },
  lines(core) {
    const parts = [
      { kind: "coded", pieces: [WORDS, WORDS.slice(3, 9)] },
      { kind: "row", width: 3 },
    ] as const;
    return createLineWriter(core, parts, 3)(0, 3, [CODES, undefined]);
  },
  crc: (core) => bytesOf(Uint32Array.of(createCrc32(core)(NOISE))),
  summary: (core) => bytesOf(Float64Array.from(Object.values(createSummarizer(core)(new Float32Array(NOISE.buffer))))),
  deflate: (core) =>
    createDeflater(core)(NOISE.subarray(0, 5000), Uint8Array.from([...TEXT, ...NOISE.subarray(0, 3000)])),
  "seen rows": (core) => createSeenRows(core, 24, 1000).note(NOISE.subarray(0, 24_000), 2),
  images: (core) => {
    const style = { size: 16, palette: palettes.gray.values };
    const { images, labels, factors } = imageStream(core, ADDRESS, style, { maxRows: 50 }).read(0, 50);
    return Uint8Array.from([...images, ...labels, ...factors]);
  },
  "images without pixels": (core) =>
    imageStream(core, ADDRESS, { size: 9, palette: palettes.arc.values }, { maxRows: 50, withPixels: false }).read(
      0,
      50,
    ).factors,
};

/** Overwrites all memory that may be given to whoever opens next. */
function litter(core: Core, byteLength: number, value: number): void {
  core.reset();
  core.bytes(core.alloc(byteLength), byteLength).fill(value);
  core.reset();
}

test("what is opened after a reset makes the same, whatever was in the memory", () => {
  const core = createCore();
  for (const [name, use] of Object.entries(users)) {
    const fresh = use(createCore()).slice();
    for (const value of [0xff, 0x01, 0x00]) {
      litter(core, 1 << 22, value);
      assertSameBytes(use(core), fresh, `${name} over bytes of ${value}`);
    }
    for (const [before, useBefore] of Object.entries(users)) {
      core.reset();
      useBefore(core);
      core.reset();
      assertSameBytes(use(core), fresh, `${name} where ${before} was`);
    }
  }
});

test("memory that is given back is given out again: resets keep a core from growing", () => {
  const core = createCore();
  const openAll = () => {
    core.reset();
    for (const use of Object.values(users)) use(core);
    return core.alloc(1);
  };
  const [next, { byteLength }] = [openAll(), core.kernels.memory.buffer];
  for (let at = 0; at < 200; at++) assert.equal(openAll(), next);
  assert.equal(core.kernels.memory.buffer.byteLength, byteLength);
});

test("regions do not overlap and begin at multiples of 16, of any length, before and after a reset", () => {
  const core = createCore();
  for (let round = 0; round < 3; round++) {
    core.reset();
    let end = 0;
    for (const byteLength of [1, 15, 16, 17, 0, 100_000, 3]) {
      const pointer = core.alloc(byteLength);
      assert.ok(pointer % 16 === 0 && pointer >= end, `${byteLength} bytes at ${pointer}, after ${end}`);
      end = pointer + byteLength;
    }
    assert.ok(end <= core.kernels.memory.buffer.byteLength);
  }
});

test("a reset of one core leaves others alone", () => {
  const [a, b] = [createCore(), createCore()];
  const stream = normalStream(a, ADDRESS, 100);
  const before = stream.read(0n, 100).slice();
  b.reset();
  litter(b, 1 << 16, 0xff);
  assert.deepEqual(stream.read(0n, 100), before);
});

test("a region that cannot be is refused in one line", () => {
  assert.throws(
    () => createCore().alloc(2 ** 31),
    /^Error: Cannot reserve 2147483648 bytes in the core: expected less than 2\^30 - 64$/,
  );
});
