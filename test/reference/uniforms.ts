import { wordAt, type Address } from "./words.ts";

/** The middle of one of the 2^23 equal parts of (0, 1); exact in float32. */
function uniformOf(word: number): number {
  return ((word >>> 9) + 0.5) / 2 ** 23;
}

export function uniforms(address: Address, first: bigint, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => uniformOf(wordAt(address, first + BigInt(i))));
}
