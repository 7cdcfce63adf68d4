import assert from "node:assert/strict";
import test from "node:test";
import { cosQuarter, minusTwoLog, normalPair, sinQuarter } from "../reference/normals.ts";

// The twin stands for the kernel here: the other tests hold that they agree to the bit. Errors are against float64
// Math, whose own error is a few 1e-16.

/** The distance between two float32 around x. */
function ulp(x: number): number {
  return 2 ** (Math.floor(Math.log2(Math.abs(x))) - 23);
}

/** float32 values from 2^-1 to 2^31, `perOctave` between neighbouring powers of two, and many close below 2^31. */
function* radiusArguments(perOctave: number): Generator<number> {
  for (let octave = -1; octave < 31; octave++) {
    for (let i = 0; i < perOctave; i++) yield Math.fround(2 ** octave * (1 + i / perOctave));
  }
  for (let i = 0; i < perOctave; i++) yield 2 ** 31 - 128 * i;
}

function largest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}

test("-2 ln u is within 3 ulp over all u that a word can make", () => {
  const error = largest(
    (function* () {
      for (const x of radiusArguments(20_000)) {
        const exact = -2 * Math.log(x / 2 ** 31);
        const got = minusTwoLog(x);
        yield exact === 0 ? Math.abs(got) * 2 ** 149 : Math.abs(got - exact) / ulp(exact);
      }
    })(),
  );
  assert.ok(error < 3, `largest error ${error} ulp`);
});

test("-2 ln u is never negative, so the radius is always a number", () => {
  for (const x of radiusArguments(20_000)) assert.ok(minusTwoLog(x) >= 0, `${x}`);
});

const STEPS = 400_000;

test("sin is within 3.5 ulp, and odd", () => {
  let error = 0;
  for (let i = 1; i <= STEPS; i++) {
    const v = Math.fround(i / STEPS);
    const exact = Math.sin((Math.PI / 2) * v);
    const got = sinQuarter(v);
    error = Math.max(error, Math.abs(got - exact) / ulp(exact));
    if (sinQuarter(-v) !== -got) assert.fail(`sin is not odd at ${v}`);
  }
  assert.ok(error < 3.5, `largest error ${error} ulp`);
});

test("cos is within 2e-7, and even", () => {
  let error = 0;
  for (let i = 0; i <= STEPS; i++) {
    const v = Math.fround(i / STEPS);
    const got = cosQuarter(v);
    error = Math.max(error, Math.abs(got - Math.cos((Math.PI / 2) * v)));
    if (cosQuarter(-v) !== got) assert.fail(`cos is not even at ${v}`);
  }
  assert.ok(error < 2e-7, `largest error ${error}`);
});

test("normals of known words are what the formula says", () => {
  const maximum = Math.sqrt(64 * Math.LN2); // u = 2^-32
  const cases: readonly (readonly [radiusWord: number, angleWord: number, z0: number, z1: number])[] = [
    [0, 0, maximum, 0],
    [0xffffffff, 0, -maximum, 0],
    [0, 0x80000000, 0, -maximum],
    [0, 0x7fffffff, 0, maximum],
    [0xffffffff, 0x7fffffff, 0, -maximum],
    [0x7fffffff, 12345, 0, 0],
    [0x80000000, 12345, 0, 0],
    [0x40000000, 0x40000000, Math.sqrt(Math.LN2), Math.sqrt(Math.LN2)],
    [0xc0000000, 0x40000000, -Math.sqrt(Math.LN2), -Math.sqrt(Math.LN2)],
  ];
  for (const [radiusWord, angleWord, z0, z1] of cases) {
    const [got0, got1] = normalPair(radiusWord, angleWord);
    assert.ok(Math.abs(got0 - z0) < 2e-6 && Math.abs(got1 - z1) < 2e-6, `${radiusWord} ${angleWord}: ${got0} ${got1}`);
  }
});
