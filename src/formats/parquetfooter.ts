import type { Framer } from "../data/format.ts";
import { joinBytes } from "./bytes.ts";
import {
  integerBytes,
  integerOf,
  listBytes,
  listOf,
  structBytes,
  structOf,
  THRIFT,
  type ThriftStruct,
} from "./thrift.ts";
import { viewOf } from "./zipdirectory.ts";

// Field numbers of parquet.thrift, the definition of Parquet's footer.
const FILE = { rows: 3, rowGroups: 4 };
const GROUP = { columns: 1, fileOffset: 5 };
const CHUNK = { metadata: 3 };
const COLUMN = { dataAt: 9 };

/** What a file begins and ends with. */
export const MAGIC: Uint8Array = Uint8Array.of(0x50, 0x41, 0x52, 0x31); // PAR1

/** In a file: their numbers have 16 bits. */
export const MAX_ROW_GROUPS = 2 ** 15 - 1;

/** What stands behind the row groups of a file, as they are added. */
export interface ParquetFooter {
  /** Notes a group of that many bytes, with the footer that it would have alone. */
  add(byteLength: number, footer: Uint8Array): void;
  /** The bytes after the last group, of up to `MAX_ROW_GROUPS`. */
  end(): Uint8Array;
}

/** The footer of a file of row groups that `encodeRowGroup` made, all of the same columns, behind `MAGIC`. */
export function createParquetFooter(): ParquetFooter {
  let about: ThriftStruct | undefined;
  let [at, rows] = [MAGIC.length, 0];
  const groups: Uint8Array[] = [];
  return {
    add(byteLength, footer) {
      const added = structOf(footer);
      for (const group of groupsOf(added)) groups.push(movedGroup(group, at));
      rows += integerOf(added.get(FILE.rows)!.value);
      at += byteLength;
      about ??= added;
    },
    end() {
      if (!about) throw new Error("Cannot write a Parquet file of no row groups: expected at least one");
      const footer = structBytes(
        new Map(about)
          .set(FILE.rows, { ...about.get(FILE.rows)!, value: integerBytes(rows) })
          .set(FILE.rowGroups, { type: THRIFT.list, value: listBytes({ type: THRIFT.struct, items: groups }) }),
      );
      const length = new Uint8Array(4);
      viewOf(length).setUint32(0, footer.length, true);
      return joinBytes([footer, length, MAGIC]);
    },
  };
}

/** Makes one file of the row groups that encoders give. */
export function joinRowGroups(): Framer<unknown> {
  const { add, end } = createParquetFooter();
  return {
    ...{ open: () => MAGIC, close: () => new Uint8Array(0), end },
    add: ({ bytes, footer }) => add(bytes.length, footer!),
  };
}

function groupsOf(about: ThriftStruct): ThriftStruct[] {
  return listOf(about.get(FILE.rowGroups)!.value).items.map((bytes) => structOf(bytes));
}

function chunksOf(group: ThriftStruct): ThriftStruct[] {
  return listOf(group.get(GROUP.columns)!.value).items.map((bytes) => structOf(bytes));
}

/** What the footer says of a group whose pages stand `by` bytes further on. */
function movedGroup(group: ThriftStruct, by: number): Uint8Array {
  const chunks = chunksOf(group).map((chunk) => {
    const metadata = structBytes(moved(structOf(chunk.get(CHUNK.metadata)!.value), COLUMN.dataAt, by));
    return structBytes(new Map(chunk).set(CHUNK.metadata, { type: THRIFT.struct, value: metadata }));
  });
  const columns = { type: THRIFT.list, value: listBytes({ type: THRIFT.struct, items: chunks }) };
  return structBytes(new Map(moved(group, GROUP.fileOffset, by)).set(GROUP.columns, columns));
}

/** The fields with an offset that is grown by so many bytes. */
function moved(fields: ThriftStruct, id: number, by: number): ThriftStruct {
  const field = fields.get(id)!;
  return new Map(fields).set(id, { ...field, value: integerBytes(integerOf(field.value) + by) });
}
