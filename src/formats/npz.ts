import { createDeflater, maxDeflatedLength } from "../core/deflate.ts";
import type { Core } from "../core/instance.ts";
import { createCrc32 } from "../core/measure.ts";
import { bytesOf, dtypes } from "../data/dtype.ts";
import { InputError } from "../data/errors.ts";
import type { ByteSource, Encoder, FileLength, StoredRows } from "../data/format.ts";
import type { Compressor, Pass } from "../data/plan.ts";
import { columnOf, valuesPerRow, type Field, type RowBlock } from "../data/rows.ts";
import { joinBytes } from "./bytes.ts";
import { crc32 } from "./crc32.ts";
import { DEFLATE_WINDOW, deflateEnd, deflatePiece, maxPieceLength, storedPiece } from "./deflate.ts";
import { npyHeader, npyStoredRows, readNpyArray, type NpyArray } from "./npy.ts";
import { checkedMemberSource, zipMemberSource } from "./unzip.ts";
import { createZipWriter, type ZipWriter } from "./zip.ts";
import { readZipDirectory, type ZipEntry } from "./zipdirectory.ts";

/** What rows keep of their size when they are deflated, measured: float32 noise by fflate, images by the core. */
const DEFLATED_SHARES = { none: 1, fflate: 0.93, core: 0.079 };

/** How a member is written. The bytes of a compressed one depend on `pieceRows`, the rows that are compressed together. */
export interface NpzOptions {
  readonly compressor: Compressor;
  readonly pieceRows: number;
}

/** A member of an .npz: so many rows of a field. */
type NpzMember = readonly [field: Field, rows: number, options: NpzOptions];

/** Compresses `chunk` as one piece of a stream that holds `history` before it; see `deflatePiece`. */
type Deflate = (history: Uint8Array, chunk: Uint8Array) => Uint8Array;

/**
 * Rows of one column as part of an .npz member. When compressing, blocks begin at a multiple of `pieceRows` after
 * `rowStart` and hold whole pieces, but for the last of the range: so no byte depends on the block size.
 */
export function npzEncoder(field: Field, options: NpzOptions, { core, pass }: NpzContext): Encoder {
  const checksum = createCrc32(core);
  if (options.compressor !== "none") {
    const deflate = options.compressor === "core" ? createDeflater(core) : deflatePiece;
    return compressedEncoder(field, options, pass, deflate, checksum);
  }
  return {
    historyRows: 0,
    encode(block) {
      const bytes = bytesOf(columnOf(block, field.name).data);
      return { bytes, crc: checksum(bytes), rawLength: bytes.length };
    },
  };
}

/** Where the encoder computes, and the rows of the dataset that the file holds. */
interface NpzContext {
  readonly core: Core;
  readonly pass: FileRows;
}
type FileRows = Pick<Pass, "rowStart" | "rowEnd">;

function compressedEncoder(
  field: Field,
  { pieceRows }: NpzOptions,
  range: FileRows,
  deflate: Deflate,
  checksum: (bytes: Uint8Array) => number,
): Encoder {
  const header = npyHeader(field.dtype, [range.rowEnd - range.rowStart, ...field.shape]);
  const rowBytes = rowBytesOf(field);
  const historyRows = Math.ceil(DEFLATE_WINDOW / Math.max(1, rowBytes));
  return {
    historyRows,
    encode(block, history) {
      checkPieces(block, range, pieceRows);
      const bytes = bytesOf(columnOf(block, field.name).data);
      const before = joinBytes([
        header,
        bytesBefore(block, history, Math.min(historyRows, block.start - range.rowStart)),
      ]);
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += pieceRows * rowBytes) {
        const window =
          at < DEFLATE_WINDOW ? joinBytes([before, bytes.subarray(0, at)]) : bytes.subarray(at - DEFLATE_WINDOW, at);
        const piece = deflate(window, bytes.subarray(at, at + pieceRows * rowBytes));
        pieces.push(bytes.length > pieceRows * rowBytes ? piece.slice() : piece); // the next one may overwrite it
      }
      return {
        bytes: pieces.length === 1 ? pieces[0]! : joinBytes(pieces),
        crc: checksum(bytes),
        rawLength: bytes.length,
      };
    },
  };

  function bytesBefore(block: RowBlock, history: RowBlock | undefined, rows: number): Uint8Array {
    if (rows === 0) return new Uint8Array(0);
    if (!history || history.rows < rows || history.start + history.rows !== block.start) {
      throw new Error(`Cannot compress rows from ${block.start}: expected the ${rows} rows before them as history`);
    }
    const bytes = bytesOf(columnOf(history, field.name).data);
    return bytes.subarray(bytes.length - rows * rowBytes);
  }
}

function checkPieces({ start, rows }: RowBlock, { rowStart, rowEnd }: FileRows, pieceRows: number): void {
  const whole = rows % pieceRows === 0 || start + rows === rowEnd;
  if (!whole || (start - rowStart) % pieceRows !== 0 || start < rowStart || start + rows > rowEnd) {
    throw new Error(
      `Cannot compress rows ${start} to ${start + rows}: expected whole pieces of ${pieceRows} from ${rowStart}, or up to ${rowEnd}`,
    );
  }
}

/** Several arrays in one .npz, each opened, added to and closed before the next. */
export interface NpzWriter extends Pick<ZipWriter, "add" | "close" | "end"> {
  /** What stands before the rows of the member `name.npy`. */
  open(...member: NpzMember): Uint8Array;
}

export function createNpzWriter(): NpzWriter {
  const zip = createZipWriter();
  let compressed = false;
  return {
    open(field, rows, options) {
      const header = npyHeader(field.dtype, [rows, ...field.shape]);
      compressed = options.compressor !== "none";
      const bytes = compressed ? storedPiece(header) : header;
      const size = header.length + rows * rowBytesOf(field);
      const room = compressed ? bytes.length + deflatedAtMost(field, rows, options) + deflateEnd.length : size;
      const before = zip.open(`${field.name}.npy`, compressed ? "deflated" : "stored", size, room);
      zip.add({ bytes, crc: crc32(header), rawLength: header.length });
      return joinBytes([before, bytes]);
    },
    add: zip.add,
    close() {
      if (!compressed) return zip.close();
      zip.add({ bytes: deflateEnd, crc: 0, rawLength: 0 });
      return joinBytes([deflateEnd, zip.close()]);
    },
    end: zip.end,
  };
}

/** The size of an .npz of these members; exact unless one is compressed. */
export function npzLength(members: readonly NpzMember[]): FileLength {
  const writer = createNpzWriter();
  let atMost = 0;
  let spared = 0;
  for (const member of members) {
    const [field, rows, options] = member;
    const rawLength = rows * rowBytesOf(field);
    const byteLength = options.compressor === "none" ? rawLength : deflatedAtMost(field, rows, options);
    atMost += writer.open(...member).length + byteLength;
    writer.add({ bytes: { byteLength }, crc: 0, rawLength });
    atMost += writer.close().length;
    spared += byteLength - Math.min(Math.round(rawLength * DEFLATED_SHARES[options.compressor]), byteLength);
  }
  atMost += writer.end().length;
  return { expected: atMost - spared, atMost };
}

function deflatedAtMost(field: Field, rows: number, { compressor, pieceRows }: NpzOptions): number {
  const longest = compressor === "core" ? maxDeflatedLength : maxPieceLength;
  const pieces = Math.floor(rows / pieceRows);
  const rowBytes = rowBytesOf(field);
  return pieces * longest(pieceRows * rowBytes) + longest((rows - pieces * pieceRows) * rowBytes);
}

function rowBytesOf(field: Field): number {
  return valuesPerRow(field) * dtypes[field.dtype].bytes;
}

/** Every array of an .npz by name, whole and checked. Throws `InputError` when one cannot be read. */
export async function readNpzArrays(source: ByteSource): Promise<Record<string, NpyArray>> {
  const arrays: [string, NpyArray][] = [];
  for (const entry of await readZipDirectory(source)) {
    const array = await naming(entry, () => readNpyArray(checkedMemberSource(source, entry)));
    arrays.push([entry.name.replace(/\.npy$/, ""), array]);
  }
  return Object.fromEntries(arrays);
}

/** The rows of an .npz's member of that field. Throws `InputError` when it has none, or one of another type or row shape. */
export async function npzStoredRows(source: ByteSource, field: Field): Promise<StoredRows> {
  const entries = await readZipDirectory(source);
  const entry = entries.find(({ name }) => name === `${field.name}.npy`);
  if (!entry)
    throw new InputError(
      `No ${field.name}.npy in the .npz, which has ${entries.map(({ name }) => name).join(", ") || "nothing"}`,
    );
  return naming(entry, async () => npyStoredRows(await zipMemberSource(source, entry), field));
}

/** Adds the member's name to what is wrong with its content. */
async function naming<T>({ name }: ZipEntry, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof InputError) || error.message.includes(name)) throw error;
    throw new InputError(`Cannot read "${name}" in the .npz: ${error.message}`, { cause: error });
  }
}
