import { createDecimalWriter, MAX_DECIMAL_BYTES } from "../../core/decimals.ts";
import { createCore } from "../../core/instance.ts";
import { base64Into, base64Length } from "../../formats/base64.ts";
import type { ChromaRow } from "./rows.ts";

/** Writes the body of an upsert. */
export interface BodyWriter {
  /** How many bytes a row takes at most. */
  bytesOf(row: ChromaRow): number;
  /** The JSON of the rows, in one piece of memory of its own. */
  write(rows: readonly ChromaRow[]): Uint8Array;
}

interface EmbeddingWriter {
  readonly maxBytes: number;
  /** Returns where it ends. */
  writeInto(out: Uint8Array, at: number, values: Float32Array): number;
}

const ID_BYTES = 19; // of a row number, its quotes and comma
const COMMAS = 3;
const COMMA = 44;
const PARTS = ['{"ids":[', '],"embeddings":[', '],"metadatas":[', '],"documents":[', "]}"] as const;
const PARTS_BYTES = PARTS.join("").length;

const encoder = new TextEncoder();

/** Embeddings of `dim` values travel as base64 where the server takes it: half the bytes, and sooner read. */
export function createBodyWriter(dim: number, takesBase64: boolean): BodyWriter {
  const embeddings = takesBase64 ? base64Embeddings(dim) : decimalEmbeddings(dim);
  const bytesOf = ({ metadata, document }: ChromaRow): number =>
    ID_BYTES + embeddings.maxBytes + metadata.length + document.length + COMMAS;
  return {
    bytesOf,
    write(rows) {
      const out = new Uint8Array(rows.reduce((sum, row) => sum + bytesOf(row), PARTS_BYTES));
      let at = 0;
      const text = (ascii: string): void => void (at += encoder.encodeInto(ascii, out.subarray(at)).written);
      const list = (write: (row: ChromaRow) => void): void =>
        rows.forEach((row, index) => {
          if (index > 0) out[at++] = COMMA;
          write(row);
        });
      const copy = (bytes: Uint8Array): void => {
        out.set(bytes, at);
        at += bytes.length;
      };
      text(PARTS[0]);
      list(({ record }) => text(`"${record.row}"`));
      text(PARTS[1]);
      list(({ record }) => void (at = embeddings.writeInto(out, at, record.embedding)));
      text(PARTS[2]);
      list(({ metadata }) => copy(metadata));
      text(PARTS[3]);
      list(({ document }) => copy(document));
      text(PARTS[4]);
      return out.subarray(0, at);
    },
  };
}

/** Of float32 in the order of this machine, which is little-endian wherever WebAssembly runs at speed. */
function base64Embeddings(dim: number): EmbeddingWriter {
  const quote = 34;
  return {
    maxBytes: base64Length(4 * dim) + 2,
    writeInto(out, at, { buffer, byteOffset, byteLength }) {
      out[at] = quote;
      const end = base64Into(out, at + 1, new Uint8Array(buffer, byteOffset, byteLength));
      out[end] = quote;
      return end + 1;
    },
  };
}

function decimalEmbeddings(dim: number): EmbeddingWriter {
  const write = createDecimalWriter(createCore(), dim);
  const [open, close] = [91, 93];
  return {
    maxBytes: (MAX_DECIMAL_BYTES + 1) * dim + 2,
    writeInto(out, at, values) {
      const decimals = write(values);
      out[at] = open;
      out.set(decimals, at + 1);
      const end = at + 1 + decimals.length;
      out[end] = close;
      return end + 1;
    },
  };
}
