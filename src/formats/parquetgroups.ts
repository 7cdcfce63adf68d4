import type { Encoded, Framer } from "../data/format.ts";
import { joinBytes } from "./bytes.ts";
import { integerBytes, integerOf, listBytes, listOf, structBytes, structOf, type ThriftStruct } from "./thrift.ts";
import { viewOf } from "./zipdirectory.ts";

// Field numbers of parquet.thrift, the definition of Parquet's footer.
const FILE = { rows: 3, rowGroups: 4 };
const GROUP = { columns: 1, rows: 3, fileOffset: 5, ordinal: 7 };
const CHUNK = { fileOffset: 2, metadata: 3 };
const COLUMN = { size: 7, dataAt: 9, dictionaryAt: 11 };
const LIST = 9; // types of Thrift's compact protocol
const STRUCT = 12;
const MAGIC = Uint8Array.of(0x50, 0x41, 0x52, 0x31); // PAR1
const TAIL_BYTES = 8; // length of the footer, magic

/** In a file: their numbers have 16 bits. */
export const MAX_ROW_GROUPS = 2 ** 15 - 1;

/**
 * The pages of a whole Parquet file without what stands around them, and what its footer says of them. Indexes of pages are left
 * out: they say where pages are in this file.
 */
export function cutRowGroups(file: Uint8Array): Encoded {
  const footerEnd = file.length - TAIL_BYTES;
  const footer = file.slice(footerEnd - viewOf(file).getUint32(footerEnd, true), footerEnd);
  const ends = groupsOf(structOf(footer)).flatMap((group) => chunksOf(group).map(endOfChunk));
  return { bytes: file.subarray(MAGIC.length, Math.max(MAGIC.length, ...ends)), footer };
}

/** Makes one Parquet file of the row groups of many, all of the same columns: up to `MAX_ROW_GROUPS`. */
export function joinRowGroups(): Framer<unknown> {
  let about: ThriftStruct | undefined;
  let [at, rows] = [MAGIC.length, 0];
  const groups: Uint8Array[] = [];
  return {
    open: () => MAGIC,
    add({ bytes, footer }) {
      const added = structOf(footer!);
      for (const group of groupsOf(added)) groups.push(movedGroup(group, at - MAGIC.length, groups.length));
      rows += integerOf(added.get(FILE.rows)!.value);
      at += bytes.length;
      about ??= added;
    },
    close: () => new Uint8Array(0),
    end() {
      if (!about) throw new Error("Cannot write a Parquet file of no row groups: expected at least one");
      const footer = structBytes(
        new Map(about)
          .set(FILE.rows, { ...about.get(FILE.rows)!, value: integerBytes(rows) })
          .set(FILE.rowGroups, { type: LIST, value: listBytes({ type: STRUCT, items: groups }) }),
      );
      const length = new Uint8Array(4);
      viewOf(length).setUint32(0, footer.length, true);
      return joinBytes([footer, length, MAGIC]);
    },
  };
}

function groupsOf(about: ThriftStruct): ThriftStruct[] {
  return listOf(about.get(FILE.rowGroups)!.value).items.map((bytes) => structOf(bytes));
}

function chunksOf(group: ThriftStruct): ThriftStruct[] {
  return listOf(group.get(GROUP.columns)!.value).items.map((bytes) => structOf(bytes));
}

/** Where the pages of a column end. */
function endOfChunk(chunk: ThriftStruct): number {
  const column = structOf(chunk.get(CHUNK.metadata)!.value);
  const starts = [COLUMN.dataAt, COLUMN.dictionaryAt].flatMap((id) => {
    const field = column.get(id);
    return field ? [integerOf(field.value)] : [];
  });
  return Math.min(...starts) + integerOf(column.get(COLUMN.size)!.value);
}

/** What the footer says of a group whose pages stand `by` bytes further on; it is number `ordinal` of the file. */
function movedGroup(group: ThriftStruct, by: number, ordinal: number): Uint8Array {
  const chunks = chunksOf(group).map((chunk) => {
    const metadata = structBytes(
      moved(structOf(chunk.get(CHUNK.metadata)!.value), [COLUMN.dataAt, COLUMN.dictionaryAt], by),
    );
    return structBytes(
      new Map([
        [CHUNK.fileOffset, chunk.get(CHUNK.fileOffset)!],
        [CHUNK.metadata, { type: STRUCT, value: metadata }],
      ]),
    );
  });
  const whole = new Map(moved(group, [GROUP.fileOffset], by)).set(GROUP.columns, {
    type: LIST,
    value: listBytes({ type: STRUCT, items: chunks }),
  });
  const number = whole.get(GROUP.ordinal);
  if (number) whole.set(GROUP.ordinal, { ...number, value: integerBytes(ordinal) });
  return structBytes(whole);
}

/** The fields with some offsets, where there are any, grown by so many bytes. */
function moved(fields: ThriftStruct, ids: readonly number[], by: number): ThriftStruct {
  const result = new Map(fields);
  for (const id of ids) {
    const field = fields.get(id);
    if (field) result.set(id, { ...field, value: integerBytes(integerOf(field.value) + by) });
  }
  return result;
}
