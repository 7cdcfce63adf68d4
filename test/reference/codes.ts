import { wordAt, type Address } from "./words.ts";

/** How many thresholds are not above the word. */
function codeOf(word: number, thresholds: readonly number[]): number {
  return thresholds.filter((threshold) => word >= threshold).length;
}

export function codes(address: Address, thresholds: readonly number[], first: bigint, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => codeOf(wordAt(address, first + BigInt(i)), thresholds));
}
