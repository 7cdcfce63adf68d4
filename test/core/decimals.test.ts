import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { createDecimalWriter, DECIMAL_MARGIN, MAX_DECIMAL_BYTES } from "../../src/core/decimals.ts";
import { createCore } from "../../src/core/instance.ts";
import { createRandom } from "../formats/samples.ts";
import { decimal } from "../reference/decimals.ts";

const core = createCore();
const MAX_VALUES = 4096;
const writers = Array.from({ length: 10 }, (_, digits) => createDecimalWriter(core, MAX_VALUES, digits));
const decoder = new TextDecoder();
const DIGITS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

function write(values: Float32Array, digits = 0): string[] {
  const texts: string[] = [];
  for (let at = 0; at < values.length; at += MAX_VALUES) {
    for (const text of decoder.decode(writers[digits]!(values.subarray(at, at + MAX_VALUES))).split(","))
      texts.push(text);
  }
  return texts;
}

const fromBits = (bits: Iterable<number>): Float32Array => new Float32Array(Uint32Array.from(bits).buffer);
const bitsOf = (values: Iterable<number>): Uint32Array => new Uint32Array(Float32Array.from(values).buffer);

/** Both signs of each, and the float32 on either side. */
function around(values: readonly number[]): Float32Array {
  const bits = bitsOf(values.map(Math.abs));
  return fromBits([...bits].flatMap((b) => [b - 1, b, b + 1].flatMap((x) => (x >= 0 ? [x, x + 2 ** 31] : []))));
}

function compare(values: Float32Array, digits = 0): void {
  const texts = write(values, digits);
  assert.equal(texts.length, values.length);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  texts.forEach((text, at) => {
    const value = values[at]!;
    if (text !== decimal(value, digits)) assert.equal(text, decimal(value, digits), `bits ${bits[at]!.toString(16)}`);
    if ((digits === 0 || digits === 9) && Number.isFinite(value) && !Object.is(Math.fround(Number(text)), value))
      assert.fail(`${text} does not read back as the bits ${bits[at]!.toString(16)}`);
  });
}

/** `count` values whose bits are random. */
function randomBits(count: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return fromBits(Array.from({ length: count }, () => Math.floor(random() * 2 ** 32)));
}

/** `count` values spread evenly over the exponents that have a layout of their own, both signs. */
function ordinary(count: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const exponent = () => 109 + Math.floor(random() * 43);
  const bits = () => exponent() * 2 ** 23 + Math.floor(random() * 2 ** 23) + (random() < 0.5 ? 2 ** 31 : 0);
  return fromBits(Array.from({ length: count }, bits));
}

test("known answers", () => {
  const answers: readonly (readonly [value: number, text: string])[] = [
    [0, "0.0"],
    [-0, "-0.0"],
    [1, "1.0"],
    [-1.5, "-1.5"],
    [0.1, "0.1"],
    [0.3, "0.3"],
    [1 / 3, "0.33333334"],
    [Math.PI, "3.1415927"],
    [16777216, "16777216.0"],
    [123456789, "123456790.0"],
    [1e-6, "0.000001"],
    [1e-7, "1e-7"],
    [1.5e-8, "1.5e-8"],
    [1e20, "100000000000000000000.0"],
    [1e21, "1e+21"],
    [3.4028234663852886e38, "3.4028235e+38"],
    [2 ** -126, "1.1754944e-38"],
    [2 ** -149, "1e-45"],
    [33554432, "33554432.0"],
    [9007199254740992, "9007199000000000.0"],
    [Number.NaN, "null"],
    [Infinity, "null"],
    [-Infinity, "null"],
    [fromBits([0xffc00001])[0]!, "null"],
  ];
  const values = Float32Array.from(answers, ([value]) => value);
  assert.deepEqual(
    write(values),
    answers.map(([, text]) => text),
  );
});

test("known answers of so many digits", () => {
  const answers: readonly (readonly [value: number, digits: number, text: string])[] = [
    [0.125, 2, "0.12"],
    [0.375, 2, "0.38"],
    [2.5, 1, "2.0"],
    [3.5, 1, "4.0"],
    [9.9999, 4, "10.0"],
    [0.99996, 4, "1.0"],
    [0.1, 9, "0.100000001"],
    [0.036, 6, "0.036"],
    [123456, 2, "120000.0"],
    [2 ** -149, 9, "1.40129846e-45"],
    [3.4028234663852886e38, 1, "3e+38"],
    [9.5e20, 1, "1e+21"],
    [1e-7, 6, "1e-7"],
    [9.9999e-7, 3, "0.000001"],
    [-0, 6, "-0.0"],
    [Number.NaN, 6, "null"],
  ];
  for (const [value, digits, text] of answers) {
    assert.deepEqual(write(new Float32Array(4).fill(value), digits), new Array(4).fill(text), `${value}, ${digits}`);
  }
});

test("all exponents with many fractions, both signs, equal the twin", () => {
  const random = createRandom(1);
  const any = () => Math.floor(random() * 2 ** 23);
  const bits = Array.from({ length: 512 }, (_, top) =>
    [0, 1, 2, 2 ** 22, 2 ** 23 - 2, 2 ** 23 - 1, any(), any(), any(), any()].map((low) => top * 2 ** 23 + low),
  );
  const values = fromBits(bits.flat());
  for (const digits of [0, ...DIGITS]) compare(values, digits);
  // Each in a group of four with others of its exponent, so that ordinary ones are not written one by one.
  const groups = fromBits(bits.flatMap((row) => row.flatMap((b) => [b, row[6]!, row[7]!, row[8]!])));
  for (const digits of [0, 2, 6, 7]) compare(groups, digits);
});

test("subnormals equal the twin", () => {
  compare(fromBits(Array.from({ length: 10_000 }, (_, i) => i + 1)));
  compare(around(Array.from({ length: 24 }, (_, i) => 2 ** (i - 149))));
});

test("powers of ten and their neighbours equal the twin", () => {
  const values = around(Array.from({ length: 84 }, (_, i) => Math.fround(Number(`1e${i - 45}`))));
  for (const digits of [0, ...DIGITS]) compare(values, digits);
  // Each in a group of four, so that ordinary ones are not written one by one.
  const groups = Float32Array.from([...values].flatMap((value) => [value, 0.3, value, 7.7]));
  for (const digits of [0, 2, 3, 4, 5, 6, 7]) compare(groups, digits);
});

test("values halfway between decimals equal the twin", () => {
  const values: number[] = [];
  for (let odd = 1; odd < 2000; odd += 2) for (let power = -24; power < 12; power += 1) values.push(odd * 2 ** power);
  const random = createRandom(3);
  for (let i = 0; i < 4000; i++) values.push((Math.floor(random() * 2 ** 22) + 0.5) * 2 ** -Math.floor(random() * 8));
  for (const digits of [0, ...DIGITS]) compare(Float32Array.from(values), digits);
});

test("values that are almost halfway between decimals equal the twin", () => {
  // Of all float32 and digits the three nearest to half a unit, within 2^-32, whose multiples by powers of ten are not
  // within 53 bits: found by going through all fractions of each exponent.
  const cases: readonly (readonly [bits: number, digits: number, text: string])[] = [
    [0x2262aef2, 9, "3.07213267e-18"],
    [0x766bac15, 3, "1.19e+33"],
    [0x670442d3, 8, "6.2458507e+23"],
  ];
  for (const [bits, digits, text] of cases) {
    assert.deepEqual(write(fromBits([bits]), digits), [text]);
    compare(fromBits([bits - 1, bits, bits + 1]), digits);
  }
});

test("random bits equal the twin", () => {
  compare(randomBits(200_000, 4));
  compare(ordinary(100_000, 5));
});

test("random bits of so many digits equal the twin", () => {
  for (const digits of DIGITS) compare(ordinary(8_000, 10 + digits), digits);
  for (const digits of DIGITS) compare(randomBits(4_000, 20 + digits), digits);
});

test("a value's text depends on no neighbour, and nothing beyond the margin is overwritten", () => {
  const { kernels } = core;
  const values = Float32Array.from([0.036, 1, -1.5, 0, 3e-9, Number.NaN, -0.01, 0.02, 0.03, -1e20, 5.5, 6.5, 7.25]);
  const region = core.alloc(8192);
  const input = core.alloc(4 * 80) + 4; // not a multiple of 16
  for (const digits of [0, 6, 9]) {
    for (let count = 0; count <= 67; count++) {
      const row = Float32Array.from({ length: count }, (_, i) => values[(i * 7 + count) % values.length]!);
      const guarded = core.bytes(region, 8192).fill(0xa5);
      new Float32Array(kernels.memory.buffer, input, 80).fill(-1e20).set(row);
      const length = kernels.decimals(region + 65, input, count, digits);
      const text = decoder.decode(guarded.subarray(65, 65 + length));
      assert.equal(text, [...row].map((value) => decimal(value, digits)).join(","));
      const outside = [...guarded.subarray(0, 65), ...guarded.subarray(65 + length + DECIMAL_MARGIN)];
      assert.ok(
        outside.every((byte) => byte === 0xa5),
        `${count} values`,
      );
      assert.ok(length <= (MAX_DECIMAL_BYTES + 1) * count);
    }
  }
});

test("no text is longer than its bound, which one reaches", () => {
  const longest = Float32Array.from([-1e20, -9.99999e20, -(2 ** 69)]);
  assert.deepEqual(
    write(longest).map((text) => text.length),
    [MAX_DECIMAL_BYTES, MAX_DECIMAL_BYTES, MAX_DECIMAL_BYTES],
  );
  assert.ok(write(randomBits(50_000, 6)).every((text) => text.length <= MAX_DECIMAL_BYTES));
  assert.equal(writers[0]!(new Float32Array(MAX_VALUES).fill(-1e20)).length, (MAX_DECIMAL_BYTES + 1) * MAX_VALUES - 1);
});

test("the table of powers is what exact integers give", () => {
  const text = readFileSync(new URL("../../assembly/inline/powers.ts", import.meta.url), "utf8");
  const found = [...text.matchAll(/0x[0-9a-f]{16}/g)].map(([hex]) => BigInt(hex));
  const expected = Array.from({ length: 77 }, (_, i) => {
    const power = 10n ** BigInt(Math.abs(i - 31));
    let leading = i < 31 ? 2n ** 256n / power : power << 128n;
    while (leading >= 2n ** 64n) leading >>= 1n;
    return leading + 1n;
  });
  assert.deepEqual(found, expected);
});

test("what cannot be written is refused", () => {
  for (const digits of [-1, 10, 1.5, Number.NaN])
    assert.throws(() => createDecimalWriter(core, 1, digits), /^Error: Cannot write decimals of .* digits: expected/);
  assert.throws(() => createDecimalWriter(core, 3)(new Float32Array(4)), /Cannot write 4 decimals at once: .* most 3$/);
  assert.equal(createDecimalWriter(core, 0)(new Float32Array(0)).length, 0);
});
