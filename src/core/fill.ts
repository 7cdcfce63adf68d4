import { InputError } from "../data/errors.ts";
import type { FlatStream, StreamAddress } from "./flat.ts";
import { createCore, type Core } from "./instance.ts";
import { keyOf, type Seed } from "./key.ts";
import { streams } from "./streams.ts";

export interface FillOptions {
  /** Default 42. */
  readonly seed?: Seed | undefined;
  /** Which of 2^32 independent streams of the seed. Default 0. */
  readonly stream?: number | undefined;
  /** Position in the stream of the first value, so that a long array can be filled in parts. Default 0. */
  readonly start?: number | bigint | undefined;
}

const ADDRESSES = 2n ** 66n; // values of a stream: four a counter
const FILLED_AT_ONCE = 1 << 16; // values; the second-level cache holds them

/** Fills `out` with the values of a stream and returns it. Throws `InputError` for an invalid option. */
export function fill<T extends Float32Array>(
  out: T,
  { seed = 42, stream = streams.fill, start = 0 }: FillOptions,
  makeStream: (core: Core, address: StreamAddress, capacity: number) => FlatStream<Float32Array>,
): T {
  if (!(out instanceof Float32Array)) throw new InputError("Only a Float32Array can be filled");
  if (!Number.isInteger(stream) || stream < 0 || stream > 0xffffffff) {
    throw new InputError(`Stream ${stream} is not allowed: give an integer from 0 to 4294967295`);
  }
  const isWhole = typeof start === "bigint" || Number.isSafeInteger(start);
  if (!isWhole || start < 0 || BigInt(start) + BigInt(out.length) > ADDRESSES) {
    throw new InputError(`Start ${start} is not allowed: give an integer from 0 to 2^66 less the length`);
  }
  const values = makeStream(createCore(), { key: keyOf(seed), stream }, Math.min(out.length, FILLED_AT_ONCE));
  for (let at = 0; at < out.length; at += FILLED_AT_ONCE) {
    out.set(values.read(BigInt(start) + BigInt(at), Math.min(FILLED_AT_ONCE, out.length - at)), at);
  }
  return out;
}
