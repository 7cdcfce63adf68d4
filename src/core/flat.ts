import type { TypedArray } from "../data/dtype.ts";
import type { Core } from "./instance.ts";
import type { Key } from "./key.ts";

/** Where a stream of independent values lives: which key, which number in `streams`. */
export interface StreamAddress {
  readonly key: Key;
  readonly stream: number;
}

/** Independent values addressed by position; reading a range never depends on what was read before. */
export interface FlatStream<T extends TypedArray> {
  /**
   * Elements `first` to `first + count`, `count` up to the stream's capacity: a view of the core's memory that the next
   * call overwrites.
   */
  read(first: bigint, count: number): T;
}

type Generate = Core["kernels"]["bits"];

const GROUP = 16; // elements made from four counters
const LAST_COUNTER_WORD = 2 ** 32;

/** Random words, uniform over 32 bits. */
export function wordStream(core: Core, address: StreamAddress, capacity: number): FlatStream<Uint32Array> {
  return wordSizedStream(core, core.kernels.bits, Uint32Array, address, capacity);
}

/** Float32 in (0, 1), multiples of 2^-23 plus 2^-24. */
export function uniformStream(core: Core, address: StreamAddress, capacity: number): FlatStream<Float32Array> {
  return wordSizedStream(core, core.kernels.uniforms, Float32Array, address, capacity);
}

/** Standard normal float32 (Box and Muller), |z| up to 6.66. */
export function normalStream(core: Core, address: StreamAddress, capacity: number): FlatStream<Float32Array> {
  return wordSizedStream(core, core.kernels.normals, Float32Array, address, capacity);
}

/**
 * Codes 0 to `thresholds.length`: how many of the ascending thresholds (up to 2^32) are not above the element's word.
 * Throws for more than 255 thresholds.
 */
export function codeStream(
  core: Core,
  address: StreamAddress,
  thresholds: readonly number[],
  capacity: number,
): FlatStream<Uint8Array> {
  const reached = thresholds.filter((threshold) => threshold < 2 ** 32); // no word is above the others
  if (thresholds.length > 255)
    throw new Error(`Cannot draw codes: expected at most 255 thresholds, got ${thresholds.length}`);
  const out = core.alloc(coveringBytes(capacity, 1));
  const table = core.alloc(4 * reached.length);
  core.bytes(table, 4 * reached.length).set(new Uint8Array(Uint32Array.from(reached).buffer));
  return {
    read(first, count) {
      const skip = generate(core, address, first, count, capacity, (group, groups, low, high, stream) =>
        core.kernels.codes(out + GROUP * group, table, reached.length, groups, low, high, stream),
      );
      return core.bytes(out + skip, count);
    },
  };
}

/** Whole numbers from 0 to `bound` - 1, `bound` up to 2^32 - 1; none is likelier than another by more than 2^-32. */
export function indexStream(
  core: Core,
  address: StreamAddress,
  bound: number,
  capacity: number,
): FlatStream<Uint32Array> {
  const kernel: Generate = (out, groups, low, high, stream) =>
    core.kernels.indices(out, bound, groups, low, high, stream);
  return wordSizedStream(core, kernel, Uint32Array, address, capacity);
}

function wordSizedStream<T extends Uint32Array | Float32Array>(
  core: Core,
  kernel: Generate,
  view: new (buffer: ArrayBuffer, byteOffset: number, length: number) => T,
  address: StreamAddress,
  capacity: number,
): FlatStream<T> {
  const out = core.alloc(coveringBytes(capacity, 4));
  return {
    read(first, count) {
      const skip = generate(core, address, first, count, capacity, (group, groups, low, high, stream) =>
        kernel(out + 4 * GROUP * group, groups, low, high, stream),
      );
      return new view(core.kernels.memory.buffer, out + 4 * skip, count);
    },
  };
}

/** Runs `kernel` over the groups that cover the range; returns how many elements of the first group precede it. */
function generate(
  core: Core,
  { key, stream }: StreamAddress,
  first: bigint,
  count: number,
  capacity: number,
  kernel: (group: number, groups: number, low: number, high: number, stream: number) => void,
): number {
  if (count > capacity) throw new Error(`Cannot read ${count} elements: expected at most ${capacity}`);
  const skip = Number(first & 15n);
  const groups = Math.ceil((skip + count) / GROUP);
  core.kernels.setKey(key[0], key[1]);
  let counter = (first >> 4n) << 2n;
  for (let group = 0; group < groups;) {
    const low = Number(counter & 0xffffffffn);
    const untilWrap = (LAST_COUNTER_WORD - low) / 4;
    const span = Math.min(groups - group, untilWrap);
    kernel(group, span, low, Number((counter >> 32n) & 0xffffffffn), stream);
    group += span;
    counter += BigInt(4 * span);
  }
  return skip;
}

/** Room for the groups that cover `capacity` elements wherever they start. */
function coveringBytes(capacity: number, itemBytes: number): number {
  return itemBytes * GROUP * (Math.ceil(capacity / GROUP) + 1);
}
