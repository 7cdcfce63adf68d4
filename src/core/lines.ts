import { bytesOf } from "../data/dtype.ts";
import { MAX_DECIMAL_BYTES } from "./decimals.ts";
import type { Core } from "./instance.ts";

/** A part of a line: text that all lines share, or what a column has for the row. */
export type LinePart =
  | { readonly kind: "text"; readonly text: string }
  /** The piece that a code (u8) stands for. */
  | { readonly kind: "coded"; readonly pieces: readonly string[] }
  /** Piece number (n / divisor) mod the number of pieces, n being a whole number (u32). */
  | { readonly kind: "numbered"; readonly pieces: readonly string[]; readonly divisor: number }
  /** `length` float32 values, with commas between; `digits` as in `createDecimalWriter`. */
  | { readonly kind: "floats"; readonly length: number; readonly digits: number }
  /** A whole number (u32). */
  | { readonly kind: "number" }
  /** The number of the row, with at least `width` digits. */
  | { readonly kind: "row"; readonly width: number };

/** The column that each part takes its values from, undefined where it needs none; shape (rows,) or (rows, length). */
export type LineColumns = readonly (Uint8Array | Uint32Array | Float32Array | undefined)[];

/** Writes one line a row; `start` is the number of the first one. Valid until the next call. */
export type LineWriter = (start: number, rows: number, columns: LineColumns) => Uint8Array;

const KINDS = ["text", "coded", "numbered", "floats", "number", "row"] as const; // in the order of assembly/lines.ts
const PART_WORDS = 8;
const DATA_WORD = 1;
const PIECE_HEADER = 16; // length (u32), then up to the next multiple of 16
const OVERWRITTEN = 31;
const MAX_NUMBER_BYTES = 16; // 2^53

/** The most bytes that a line of these parts can have. */
export function longestLine(parts: readonly LinePart[]): number {
  return parts.reduce((sum, part) => sum + longest(part), 0);
}

/** A writer of lines of at most `maxRows` rows at a time. Columns may lie in the core's memory. */
export function createLineWriter(core: Core, parts: readonly LinePart[], maxRows: number): LineWriter {
  const out = core.alloc(maxRows * longestLine(parts) + OVERWRITTEN);
  const table = core.alloc(4 * PART_WORDS * parts.length);
  const regions = parts.map((part) => core.alloc(maxRows * columnBytes(part)));
  const words = parts.flatMap((part, at) => [KINDS.indexOf(part.kind), regions[at]!, ...describe(core, part)]);
  new Uint32Array(core.kernels.memory.buffer, table, words.length).set(words);
  return (start, rows, columns) => {
    const view = new DataView(core.kernels.memory.buffer, table);
    columns.forEach((column, at) => {
      if (!column) return;
      const isInside = column.buffer === core.kernels.memory.buffer;
      if (!isInside) core.bytes(regions[at]!, column.byteLength).set(bytesOf(column));
      view.setUint32(4 * (PART_WORDS * at + DATA_WORD), isInside ? column.byteOffset : regions[at]!, true);
    });
    const [low, high] = [start % 2 ** 32, Math.floor(start / 2 ** 32)];
    return core.bytes(out, core.kernels.lines(out, table, parts.length, rows, low, high));
  };
}

/** Pieces, stride, divisor, modulus, length, digits. */
function describe(core: Core, part: LinePart): number[] {
  switch (part.kind) {
    case "text":
      return [...writePieces(core, [part.text]), 1, 1, 0, 0];
    case "coded":
      return [...writePieces(core, part.pieces), 1, 1, 0, 0];
    case "numbered":
      return [...writePieces(core, part.pieces), part.divisor, part.pieces.length, 0, 0];
    case "floats":
      return [0, 0, 1, 1, part.length, part.digits];
    case "number":
      return [0, 0, 1, 1, 0, 0];
    case "row":
      return [0, 0, 1, 1, part.width, 0];
  }
}

function longest(part: LinePart): number {
  switch (part.kind) {
    case "text":
      return encode(part.text).length;
    case "coded":
    case "numbered":
      return Math.max(...part.pieces.map((piece) => encode(piece).length));
    case "floats":
      return part.length * (MAX_DECIMAL_BYTES + 1);
    case "number":
      return MAX_NUMBER_BYTES;
    case "row":
      return Math.max(part.width, MAX_NUMBER_BYTES);
  }
}

/** Of a row's value in its column. */
function columnBytes(part: LinePart): number {
  if (part.kind === "floats") return 4 * part.length;
  if (part.kind === "coded") return 1;
  return part.kind === "numbered" || part.kind === "number" ? 4 : 0;
}

/** Writes the pieces side by side; returns where, and how far one is from the next. */
function writePieces(core: Core, texts: readonly string[]): [pointer: number, stride: number] {
  const pieces = texts.map(encode);
  const stride = PIECE_HEADER + Math.ceil(Math.max(...pieces.map((piece) => piece.length)) / 16) * 16;
  const pointer = core.alloc(stride * pieces.length);
  pieces.forEach((piece, at) => {
    new DataView(core.kernels.memory.buffer).setUint32(pointer + at * stride, piece.length, true);
    core.bytes(pointer + at * stride + PIECE_HEADER, piece.length).set(piece);
  });
  return [pointer, stride];
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
