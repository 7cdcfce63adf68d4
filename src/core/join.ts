import type { Core } from "./instance.ts";

const PIECE_HEADER = 16; // length (u32), then up to the next multiple of 16

/** Joins, row after row, the piece of each column's code; valid until the next call. */
export type Joiner = (codes: readonly Uint8Array[]) => Uint8Array;

/**
 * A joiner of texts: `pieces[column][code]` are the bytes that a code of that column stands for. All code arrays have
 * the same length, at most `maxRows`.
 */
export function createJoiner(core: Core, pieces: readonly (readonly Uint8Array[])[], maxRows: number): Joiner {
  const longest = pieces.reduce((sum, column) => sum + Math.max(...column.map((piece) => piece.length)), 0);
  const out = core.alloc(maxRows * longest + 15);
  const columns = core.alloc(12 * pieces.length);
  const tables = pieces.map((column) => writeTable(core, column));
  const codeRegions = pieces.map(() => core.alloc(maxRows));
  new Uint32Array(core.kernels.memory.buffer, columns, 3 * pieces.length).set(
    tables.flatMap(({ pointer, stride }, at) => [codeRegions[at]!, pointer, stride]),
  );
  return (codes) => {
    const rows = codes[0]?.length ?? 0;
    codes.forEach((column, at) => core.bytes(codeRegions[at]!, rows).set(column));
    return core.bytes(out, core.kernels.join(out, columns, pieces.length, rows));
  };
}

function writeTable(core: Core, pieces: readonly Uint8Array[]): { pointer: number; stride: number } {
  const longest = Math.max(...pieces.map((piece) => piece.length));
  const stride = PIECE_HEADER + Math.ceil(longest / 16) * 16;
  const pointer = core.alloc(stride * pieces.length);
  pieces.forEach((piece, code) => {
    new DataView(core.kernels.memory.buffer).setUint32(pointer + code * stride, piece.length, true);
    core.bytes(pointer + code * stride + PIECE_HEADER, piece.length).set(piece);
  });
  return { pointer, stride };
}
