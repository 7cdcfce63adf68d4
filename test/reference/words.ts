import { philox4x32, type Key } from "./philox.ts";

export interface Address {
  readonly key: Key;
  readonly stream: number;
}

/** Element 16 g + 4 w + l of a flat stream: word w of counter 4 g + l. */
export function wordAt({ key, stream }: Address, element: bigint): number {
  const counter = 4n * (element >> 4n) + (element & 3n);
  const low = Number(counter & 0xffffffffn);
  const high = Number((counter >> 32n) & 0xffffffffn);
  return philox4x32([low, high, 0, stream], key)[Number((element >> 2n) & 3n)]!;
}

export function words(address: Address, first: bigint, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => wordAt(address, first + BigInt(i)));
}
