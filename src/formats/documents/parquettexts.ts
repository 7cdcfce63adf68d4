import { listBytes, listOf, structBytes, structOf } from "../thrift.ts";
import { viewOf } from "../zipdirectory.ts";

// Field numbers of parquet.thrift.
const SCHEMA = 2;
const ANNOTATIONS = [6, 10]; // converted_type, logicalType
const TAIL_BYTES = 8; // length of the footer, magic

/**
 * The Parquet file with its columns of texts declared as bytes: the decoder refuses a whole row group where one text is no
 * UTF-8. Overwrites the file's end; no column may be of another type.
 */
export function textsAsBytes(file: Uint8Array): Uint8Array {
  const footerEnd = file.length - TAIL_BYTES;
  const footerStart = footerEnd - viewOf(file).getUint32(footerEnd, true);
  const about = new Map(structOf(file.slice(footerStart, footerEnd)));
  const { type, items } = listOf(about.get(SCHEMA)!.value);
  const plain = items.map((item) =>
    structBytes(new Map([...structOf(item)].filter(([id]) => !ANNOTATIONS.includes(id)))),
  );
  about.set(SCHEMA, { ...about.get(SCHEMA)!, value: listBytes({ type, items: plain }) });
  const footer = structBytes(about); // not longer than before
  const tail = file.slice(footerEnd);
  viewOf(tail).setUint32(0, footer.length, true);
  file.set(footer, footerStart);
  file.set(tail, footerStart + footer.length);
  return file.subarray(0, footerStart + footer.length + TAIL_BYTES);
}
