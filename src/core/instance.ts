import { instantiateSync } from "@assemblyscript/loader";
import { coreWasmBase64 } from "./core.wasm.ts";

type Generate = (out: number, groups: number, low: number, high: number, stream: number) => void;

/** What `assembly/index.ts` exports; every pointer is a byte offset into `memory`. */
interface Kernels extends Record<string, unknown> {
  readonly memory: WebAssembly.Memory;
  alloc(size: number): number;
  reset(): void;
  setKey(low: number, high: number): void;
  readonly bits: Generate;
  readonly uniforms: Generate;
  readonly normals: Generate;
  // prettier-ignore
  codes(
    out: number, thresholds: number, count: number, groups: number, low: number, high: number, stream: number,
  ): void;
  indices(out: number, bound: number, groups: number, low: number, high: number, stream: number): void;
  // prettier-ignore
  perturb(
    values: number, centroids: number, clusters: number, rows: number, dim: number, scale: number, unit: number,
  ): void;
  summarize(into: number, values: number, count: number): void;
  crc32(crc: number, data: number, length: number): number;
  // prettier-ignore
  lines(
    out: number, parts: number, count: number, rows: number, firstLow: number, firstHigh: number,
  ): number;
  // prettier-ignore
  drawImages(
    images: number, factors: number, rows: number, rowLow: number, rowHigh: number, stream: number, first: number,
    size: number, palette: number, catalogue: number, attempts: number, origins: number,
  ): void;
  labelImages(out: number, factors: number, rows: number, kind: number): void;
  // prettier-ignore
  markSeen(
    out: number, table: number, bits: number, data: number, rows: number, rowBytes: number, mark: number, sample: number,
  ): void;
  noteUntilSeen(
    table: number,
    bits: number,
    data: number,
    rows: number,
    rowBytes: number,
    mark: number, // prettier-ignore
  ): number;
  // prettier-ignore
  disagreeing(
    images: number, factors: number, rows: number, size: number, colours: number, mask: number,
  ): number;
  countBytes(counts: number, data: number, length: number): void;
  deflate(out: number, data: number, history: number, length: number, work: number): number;
  decimals(out: number, values: number, count: number, digits: number): number;
  listStopWords(table: number, text: number, length: number, work: number): void;
  // prettier-ignore
  embedText(
    out: number, dim: number, text: number, length: number, stopWords: number, work: number, stream: number,
  ): void;
  bzip2Block(work: number, data: number, at: number, bits: number, limit: number): number;
  bzip2Runs(work: number, out: number, room: number): number;
  // prettier-ignore
  scores(
    out: number, rows: number, count: number, centroids: number, halves: number, fours: number, width: number,
  ): void;
  argmin(out: number, scores: number, count: number, fours: number): void;
  // prettier-ignore
  gather(
    sums: number, counts: number, distances: number, rows: number, labels: number, count: number, centroids: number,
    width: number, coarse: number,
  ): void;
  means(centroids: number, sums: number, counts: number, count: number, width: number): void;
  halfSquares(out: number, rows: number, count: number, width: number): void;
  plainNumbers(at: number, end: number, count: number): number;
}

/** One instance of the numeric core with its own memory. */
export interface Core {
  readonly kernels: Kernels;
  /** A region of `byteLength` bytes until the next `reset`. */
  alloc(byteLength: number): number;
  /** A view of the region; growing memory detaches it, so take a new one after any `alloc`. */
  bytes(pointer: number, byteLength: number): Uint8Array;
  /** Gives back all regions: nothing that holds one may be used after. */
  reset(): void;
}

let compiled: WebAssembly.Module | undefined;

/** The compiled core, once per thread. It may be posted to a worker, which then compiles nothing. */
export function coreModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(coreWasmBase64), (character) => character.charCodeAt(0)));
  return compiled;
}

export function createCore(module: WebAssembly.Module = coreModule()): Core {
  const kernels = instantiateSync<Kernels>(module).exports;
  return {
    kernels,
    alloc(byteLength) {
      if (byteLength >= 2 ** 30 - 64)
        throw new Error(`Cannot reserve ${byteLength} bytes in the core: expected less than 2^30 - 64`);
      return kernels.alloc(byteLength) >>> 0;
    },
    bytes: (pointer, byteLength) => new Uint8Array(kernels.memory.buffer, pointer, byteLength),
    reset: kernels.reset,
  };
}
