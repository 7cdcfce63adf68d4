import type { BadDocument, Document, DocumentPiece } from "../../data/documents.ts";
import { BrokenStream, InputError } from "../../data/errors.ts";
import type { ByteSource } from "../../data/format.ts";
import { decompress } from "../../formats/decompress.ts";
import { readRows, type FileRow } from "../../formats/documents/rows.ts";
import { DOCUMENT_ENDINGS, formatOfName, type DocumentFormat } from "../../formats/documents/table.ts";
import { openByteStream } from "../../runtime/bytestream.ts";
import { fileLength, openFile, splitPath } from "../../runtime/files.ts";
import { compareTexts } from "./textorder.ts";

/** A dataset of texts in files, to be read in bounded memory, as often as is wanted. */
export interface Documents {
  /** In the order that they are read in: by their names, whatever folder they lie in. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Of all files; what the pieces of a reading add up to. */
  readonly byteLength: number;
  /** The rows from the first to the last; those that are not wanted are in neither list. */
  read(options?: { readonly wants?: (row: number) => boolean }): AsyncGenerator<DocumentPiece>;
}

/**
 * Opens files of documents. Throws `InputError` where one is not there or its name does not tell a format that can be read.
 * Reading throws `InputError` or `BrokenStream` with the file's name where a file, not a row of it, is damaged, and the
 * signal's reason when it was aborted.
 */
export function openDocuments(paths: readonly string[], signal?: AbortSignal): Documents {
  if (paths.length === 0) throw new InputError("No file of documents was given: expected at least one");
  const files = [...paths].sort(byName).map((path) => {
    const format = formatOfName(splitPath(path).name);
    if (!format) throw new InputError(`Cannot read ${path}: expected a file that ends in ${ALLOWED}`);
    const bytes = fileLength(path);
    if (bytes === undefined) throw new InputError(`Cannot read ${path}: no such file`);
    return { path, bytes, format };
  });
  return {
    files: files.map(({ path, bytes }) => ({ path, bytes })),
    byteLength: files.reduce((sum, { bytes }) => sum + bytes, 0),
    async *read({ wants = () => true } = {}) {
      let row = 0;
      for (const { path, bytes, format } of files) {
        let [read, told] = [0, 0];
        const onBytes = (count: number) => void (read = Math.min(bytes, read + count));
        try {
          for await (const rows of rowsOf(path, format, onBytes, signal)) {
            const taken = takeRows(rows, row, path, wants);
            row += rows.length;
            if (rows.length > 0) yield { ...taken, bytes: read - told };
            if (rows.length > 0) told = read;
          }
        } catch (error) {
          throw withPath(path, error);
        }
        if (told < bytes) yield { documents: [], bad: [], bytes: bytes - told }; // a footer, or what had no rows
      }
    },
  };
}

const ALLOWED = `${DOCUMENT_ENDINGS.join(", ")}, or .gz after one of them but .parquet`;

function byName(a: string, b: string): number {
  return compareTexts(splitPath(a).name, splitPath(b).name) || compareTexts(a, b);
}

type OnBytes = (count: number) => void;

function rowsOf(path: string, format: DocumentFormat, onBytes: OnBytes, signal: AbortSignal | undefined) {
  return format.kind === "parquet" ? parquetRows(path, onBytes, signal) : textRows(path, format, onBytes, signal);
}

type TextFormat = DocumentFormat & { readonly kind: "text" };

async function* textRows(path: string, format: TextFormat, onBytes: OnBytes, signal: AbortSignal | undefined) {
  const stream = await openByteStream(path, { signal, onBytes });
  try {
    yield* readRows(format.isGzip ? decompress(stream) : stream, format.createParser());
  } finally {
    await stream.close();
  }
}

async function* parquetRows(path: string, onBytes: OnBytes, signal: AbortSignal | undefined) {
  const { readParquetRows } = await import("../../formats/documents/parquet.ts");
  const file = await openFile(path);
  const counted: ByteSource = {
    byteLength: file.byteLength,
    read(offset, length) {
      signal?.throwIfAborted();
      onBytes(length);
      return file.read(offset, length);
    },
  };
  try {
    yield* readParquetRows(counted);
  } finally {
    await file.close();
  }
}

function takeRows(rows: readonly FileRow[], start: number, file: string, wants: (row: number) => boolean) {
  const documents: Document[] = [];
  const bad: BadDocument[] = [];
  for (const [at, found] of rows.entries()) {
    const row = start + at;
    if (!wants(row)) continue;
    const fields = found.read();
    if (typeof fields === "string") bad.push({ row, file, line: found.line, reason: fields });
    else documents.push({ row, fields });
  }
  return { documents, bad };
}

function withPath(path: string, error: unknown): unknown {
  const isTold = error instanceof InputError || error instanceof BrokenStream;
  if (!isTold || error.message.includes(path)) return error;
  return new (error instanceof InputError ? InputError : BrokenStream)(`${path}: ${error.message}`, { cause: error });
}
