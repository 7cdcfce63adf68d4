import assert from "node:assert/strict";
import test from "node:test";
import { inflateRawSync } from "node:zlib";
import { deflateSync, inflateSync } from "fflate/browser";
import { createDeflater, maxDeflatedLength, type Deflater } from "../../src/core/deflate.ts";
import { createCore } from "../../src/core/instance.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { crc32 } from "../../src/formats/crc32.ts";
import { createRandom, samples } from "../formats/samples.ts";
import { assertSameBytes } from "../reference/same.ts";

const END = Uint8Array.of(3, 0);
const WINDOW = 32768;
const MAX_CHUNK = 4 << 20;
const NONE = new Uint8Array(0);

type Random = () => number;

const core = createCore();
const deflate = createDeflater(core);

/** The piece of `data` from `start` to `end`, made from at most `reach` bytes before it; asserts its bound and its end. */
function piece(data: Uint8Array, start: number, end: number, reach = WINDOW): Uint8Array {
  const bytes = deflate(data.subarray(Math.max(0, start - reach), start), data.subarray(start, end)).slice();
  assert.ok(bytes.length <= maxDeflatedLength(end - start), `${end - start} bytes became ${bytes.length}`);
  assert.deepEqual([...bytes.subarray(-4)], [0, 0, 255, 255]);
  return bytes;
}

/** `data` as a whole stream of pieces that end at the cuts. */
function stream(data: Uint8Array, cuts: readonly number[] = [], reach = WINDOW): Uint8Array {
  const ends = [...cuts, data.length];
  return joinBytes([...ends.map((end, i) => piece(data, ends[i - 1] ?? 0, end, reach)), END]);
}

function assertRoundTrip(data: Uint8Array, cuts: readonly number[], what: string, reach = WINDOW): void {
  assertSameBytes(inflateRawSync(stream(data, cuts, reach)), data, what);
}

function randomBytes(length: number, random: Random): Uint8Array {
  return Uint8Array.from({ length }, () => random() * 256);
}

function shuffled(bytes: Uint8Array, random: Random): Uint8Array {
  for (let i = bytes.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [bytes[i], bytes[j]] = [bytes[j]!, bytes[i]!];
  }
  return bytes;
}

/** Literals of a small alphabet, runs and copies, of `length` bytes and a few more. */
function mixture(length: number, random: Random): Uint8Array {
  const bytes: number[] = [];
  const symbols = 2 ** (random() * 8);
  while (bytes.length < length) {
    const [what, back, value] = [random(), 1 + Math.floor(random() * bytes.length), Math.floor(random() * symbols)];
    for (let count = 2 ** (random() * 6); count > 0; count--) {
      if (what < 0.3) bytes.push(value);
      else if (what < 0.7 && bytes.length > 0) bytes.push(bytes[bytes.length - back]!);
      else bytes.push(Math.floor(random() * symbols));
    }
  }
  return Uint8Array.from(bytes);
}

for (const [kind, make] of Object.entries(samples)) {
  test(`${kind}: every length to 300, alone and behind a short history`, () => {
    const data = make(600, createRandom(1));
    for (let length = 0; length <= 300; length++) {
      assertRoundTrip(data.subarray(0, length), [], `${length} bytes`);
      assertRoundTrip(data.subarray(0, length + 7), [7], `${length} bytes after 7`);
    }
  });

  test(`${kind}: pieces of many sizes`, () => {
    const random = createRandom(2);
    const data = make(300_000, random);
    for (const cuts of [
      [1, 2, 3, 4, 100],
      [WINDOW - 1, WINDOW, WINDOW + 1, 2 * WINDOW + 258],
      [65_535, 131_070, 131_071],
      Array.from({ length: 20 }, () => Math.floor(random() * data.length)).sort((a, b) => a - b),
    ]) {
      for (const reach of [WINDOW, 1000, 3, 0]) assertRoundTrip(data, cuts, `cuts ${cuts}, history ${reach}`, reach);
    }
  });
}

test("other readers agree", async () => {
  for (const [kind, make] of Object.entries(samples)) {
    const data = make(200_000, createRandom(3));
    const bytes = stream(data, [70_000, 100_000]);
    assertSameBytes(inflateSync(bytes), data, `${kind} by fflate`);
    const source = new Response(Uint8Array.from(bytes)).body!;
    const read = await new Response(source.pipeThrough(new DecompressionStream("deflate-raw"))).arrayBuffer();
    assertSameBytes(new Uint8Array(read), data, `${kind} by the stream`);
  }
});

test("periods from 1 to 300, and runs of them", () => {
  const random = createRandom(4);
  for (let period = 1; period <= 300; period++) {
    const unit = randomBytes(period, random);
    assertRoundTrip(
      Uint8Array.from({ length: 3000 }, (_, i) => unit[i % period]!),
      [1000],
      `period ${period}`,
    );
    const runs = Uint8Array.from({ length: 3000 }, (_, i) => (Math.floor(i / period) * 37) & 255);
    assertRoundTrip(runs, [1000], `runs of ${period}`);
  }
});

test("matches around 3 and 258 bytes, at the edges of the window", () => {
  const random = createRandom(5);
  for (const length of [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 40, 257, 258, 259, 260, 515, 516, 517]) {
    const copied = randomBytes(length, random);
    for (const distance of [length, length + 1, 1000, WINDOW - 1, WINDOW, WINDOW + 1].filter((d) => d >= length)) {
      const data = joinBytes([copied, randomBytes(distance - length, random), copied, randomBytes(20, random)]);
      assertRoundTrip(data, [], `${length} bytes at distance ${distance}`);
      assertRoundTrip(data, [distance], `${length} bytes at distance ${distance} in the history`);
    }
  }
});

test("the window is used to its last byte", () => {
  const data = randomBytes(WINDOW + 201, createRandom(6));
  data.copyWithin(WINDOW, 0, 200);
  data.copyWithin(WINDOW + 1, 1, 201);
  assert.ok(piece(data, WINDOW, WINDOW + 200).length < 30, "200 bytes at distance 32768");
  data.copyWithin(WINDOW + 1, 0, 200);
  assert.ok(piece(data, WINDOW + 1, WINDOW + 201).length > 200, "200 bytes at distance 32769");
});

test("history beyond the window does not matter", () => {
  const data = samples.text!(60_000, createRandom(7));
  const [history, chunk] = [data.subarray(0, 50_000), data.subarray(50_000)];
  assertSameBytes(deflate(history, chunk).slice(), deflate(history.slice(-WINDOW), chunk), "piece");
});

test("nothing is referred to before a short history", () => {
  // What was in the core's memory before must not be taken for the stream's.
  const data = samples.text!(3000, createRandom(8));
  for (const start of [0, 1, 2, 3, 4, 100]) {
    deflate(data, data);
    assertRoundTrip(data.subarray(0, 2000), [start], `${start} bytes of history`);
    deflate(new Uint8Array(40_000), new Uint8Array(40_000));
    assertRoundTrip(new Uint8Array(2000), [start], `${start} zeros of history`);
  }
});

test("bytes that do not shrink are stored, within the bound", () => {
  const random = createRandom(9);
  const data = randomBytes(MAX_CHUNK, random);
  for (const length of [1, 2, 5, 100, 32_767, 32_768, 32_769, 65_534, 65_535, 65_536, 131_070, 200_000, MAX_CHUNK]) {
    const bytes = piece(data, 0, length);
    assert.ok(bytes.length > length);
    assertSameBytes(inflateRawSync(joinBytes([bytes, END])), data.subarray(0, length), `${length} bytes`);
  }
  assert.throws(
    () => deflate(NONE, new Uint8Array(MAX_CHUNK + 1)),
    /Cannot deflate 4194305 bytes at once: expected at most 4194304/,
  );
});

test("the kernel writes within its bound only, and what lies around the data does not matter", () => {
  const own = createCore();
  const [work, room] = [own.alloc(1 << 18), 160_000];
  const [data, out] = [own.alloc(room), own.alloc(room)];
  const random = createRandom(10);
  const chunks = Array.from({ length: 300 }, () => mixture(random() * 2 ** (random() * 8), random));
  for (const make of Object.values(samples)) {
    for (const length of [0, 1, 2, 3, 8, 1000, 70_000, 150_000]) chunks.push(make(length, random));
  }
  // Two whose last bytes are looked up together with what follows them.
  const tails = ["0203040000040400000000040400000000000404040000040400040400"];
  tails.push(
    "010001010001000100010100010000010001000101000100010000000100010000010001000101000101000100010001010001000100",
  );
  for (const tail of tails) chunks.push(Uint8Array.from(Buffer.from(tail, "hex")));
  for (const chunk of chunks) {
    const { length } = chunk;
    const results = [0x00, 0xaa, 0xff, chunk[0] ?? 0].map((filler) => {
      own.bytes(work, 1 << 18).fill(filler);
      own
        .bytes(data, length + 256)
        .fill(filler)
        .set(chunk, 16);
      const bytes = own.bytes(out, length + 256).fill(filler);
      const written = own.kernels.deflate(out + 64, data + 16, 0, length, work);
      for (const guard of [bytes.subarray(0, 64), bytes.subarray(64 + maxDeflatedLength(length))]) {
        assert.ok(
          guard.every((byte) => byte === filler),
          `${length} bytes: written outside`,
        );
      }
      return bytes.slice(64, 64 + written);
    });
    for (const result of results) assertSameBytes(result, results[0]!, `${length} bytes in other surroundings`);
  }
});

test("the bytes do not depend on what was compressed before", () => {
  const kinds = Object.values(samples).map((make) => make(100_000, createRandom(11)));
  const run = (compress: Deflater, data: Uint8Array) => compress(data.subarray(0, 999), data.subarray(999)).slice();
  const fresh = kinds.map((data) => run(createDeflater(createCore()), data));
  const [used, reset] = [createCore(), createCore()];
  const shared = createDeflater(used);
  reset.bytes(reset.alloc(12 << 20), 12 << 20).fill(0x5a);
  reset.reset();
  const second = createDeflater(reset);
  kinds.forEach((data, i) => assertSameBytes(run(shared, data), fresh[i]!, `kind ${i}, in order`));
  kinds.reverse().forEach((data, i) => assertSameBytes(run(second, data), fresh.at(-1 - i)!, `kind ${i}, reversed`));
});

test("codes are limited to 15 bits, and those of their lengths to 7", () => {
  const random = createRandom(12);
  // Frequencies like Fibonacci's numbers make the deepest code, and many that are alike beside them leave few matches.
  const counts = [1, 2];
  for (; counts.length < 12; counts.push(counts.at(-1)! + counts.at(-2)!)) {
    const all = [...counts, ...new Array<number>(128).fill(counts.at(-1)! + counts.at(-2)!)];
    const bytes = Uint8Array.from(all.flatMap((count, symbol) => new Array<number>(count).fill(symbol)));
    assertRoundTrip(shuffled(bytes, random), [], `${counts.length} rare symbols`);
  }
  // As many symbols of each length as make the lengths themselves that unequal.
  const lengths = [5, 5, ...Array<number>(13).fill(6), ...Array<number>(34).fill(7), ...Array<number>(89).fill(8)];
  lengths.push(
    ...Array<number>(55).fill(9),
    ...Array<number>(8).fill(10),
    ...Array<number>(5).fill(11),
    12,
    12,
    12,
    13,
  );
  for (let trial = 0; trial < 20; trial++) {
    const order = shuffled(Uint8Array.from(lengths), random);
    const bytes = [...order].flatMap((length, i) => new Array<number>(2 ** (14 - length)).fill(i));
    assertRoundTrip(shuffled(Uint8Array.from(bytes), random), [], `lengths ${order}`);
  }
});

test("thousands of small streams of literals, runs and copies", () => {
  const random = createRandom(13);
  for (let trial = 0; trial < 5000; trial++) {
    const data = mixture(random() * 2 ** (random() * 11), random);
    const cuts = [random(), random()].map((at) => Math.floor(at * data.length)).sort((a, b) => a - b);
    assertRoundTrip(data, cuts, `trial ${trial}`);
  }
});

test("pieces are not longer than fflate's whole stream, but of words", () => {
  const random = createRandom(14);
  // Words drawn at random are the hard case: many matches of any length, of which only the last two are looked at.
  const shares = { images: 0.97, sparse: 0.95, normals: 1.001, random: 1.001, text: 1.08 };
  for (const [kind, share] of Object.entries(shares)) {
    const data = samples[kind]!(1 << 20, random);
    const [ours, peer] = [stream(data, [1 << 18, 1 << 19]).length, deflateSync(data, { level: 6 }).length];
    assert.ok(ours <= peer * share, `${kind}: ${ours} bytes, fflate ${peer}`);
  }
  assert.ok(stream(new Uint8Array(MAX_CHUNK).fill(7)).length < 4200, "one value");
});

test("the bytes are pinned", () => {
  const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
  const encode = (text: string) => new TextEncoder().encode(text);
  assert.equal(hex(deflate(NONE, NONE)), "000000ffff");
  assert.equal(hex(deflate(NONE, encode("abcabcabcabc"))), "4a4c4a862300000000ffff");
  assert.equal(hex(deflate(encode("abc"), encode("abcabcabc"))), "822300000000ffff");
  const pinned = {
    zeros: "7caa42ed",
    random: "b13a7a8e",
    sparse: "6cc934cc",
    images: "a3f93cfd",
    normals: "714f4610",
    text: "36cb946f",
  };
  for (const [kind, crc] of Object.entries(pinned)) {
    const data = samples[kind]!(400_000, createRandom(15));
    assert.equal(crc32(stream(data, [20_000, 300_000])).toString(16), crc, kind);
  }
});
