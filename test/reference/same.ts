import assert from "node:assert/strict";

type Array32 = Uint32Array | Float32Array;

/** Asserts equal length and equal bits, so that NaN equals NaN and -0 differs from 0. */
export function assertSameBits(actual: Array32, expected: Array32, what: string): void {
  assertSameBytes(bitsOf(actual), bitsOf(expected), what);
}

export function assertSameBytes(
  actual: Uint8Array | Uint32Array,
  expected: Uint8Array | Uint32Array,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `${what}: length`);
  const at = expected.findIndex((value, i) => value !== actual[i]);
  if (at < 0) return;
  assert.fail(`${what}: element ${at} of ${expected.length} is ${hex(actual[at]!)}, expected ${hex(expected[at]!)}`);
}

function bitsOf(array: Array32): Uint32Array {
  return new Uint32Array(array.buffer, array.byteOffset, array.length);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
