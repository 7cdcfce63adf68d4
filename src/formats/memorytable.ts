import { tableFromIPC } from "@uwdata/flechette";
import { InputError } from "../data/errors.ts";
import type { ByteSource, StoredRows } from "../data/format.ts";
import { joinBytes } from "./bytes.ts";
import { bytesOfMemories, type MemoryColumns } from "./memorycolumns.ts";
import { loadParquet, type ParquetColumn } from "./parquet.ts";
import { openParquetParts } from "./parquetparts.ts";
import { openListColumn, readGroup } from "./parquetvectors.ts";

const COLUMNS = ["content", "embedding", "confidence", "id", "cluster"];

/** A Parquet file of memories, of which one row group is read at a time. */
export interface MemoryTable {
  /** Of each row group. */
  readonly rows: readonly number[];
  /** How many values the first embedding has; 0 where there is none. */
  dim(): Promise<number>;
  /** The columns of a row group. Throws `InputError` where they are others, or damaged. */
  read(group: number): Promise<MemoryColumns>;
}

/** Whether a Parquet file has the columns of memories. Throws `InputError` where it is damaged, or none. */
export async function isMemoryTable(source: ByteSource): Promise<boolean> {
  const [parquet, parts] = await Promise.all([loadParquet(), openParquetParts(source)]);
  const names = tableFromIPC(parquet.schema(parts.empty)).schema.fields.map(({ name }) => name);
  return COLUMNS.every((name) => names.includes(name));
}

/** Reads the footer of a file of memories. Throws `InputError` where it is none, or damaged. */
export async function openMemoryTable(source: ByteSource): Promise<MemoryTable> {
  const [parquet, parts] = await Promise.all([loadParquet(), openParquetParts(source)]);
  const vectors = openListColumn(parquet, parts, "embedding");
  const valuesOf = async <T extends "string" | "float32" | "int32">(group: number, name: string, type: T) => {
    const rows = parts.rows[group]!;
    const [column] = parquet.decode(await readGroup(parts, name, group), 0, rows);
    if (column?.type !== type) throw new InputError(`Column "${name}" has another type, expected ${type}`);
    const values = column.values as Extract<ParquetColumn, { type: T }>["values"];
    if (values.length === rows) return values;
    throw new InputError(`Row group ${group} has ${values.length} values of "${name}", expected ${rows}`);
  };
  return {
    rows: parts.rows,
    dim: vectors.dim,
    read: async (group) => ({
      contents: await valuesOf(group, "content", "string"),
      embeddings: await vectors.read(group),
      confidences: await valuesOf(group, "confidence", "float32"),
      ids: await valuesOf(group, "id", "string"),
      clusters: await valuesOf(group, "cluster", "int32"),
    }),
  };
}

/** The rows of a file as `memoryBytesEncoder` gives them. */
export async function memoryTableStoredRows(source: ByteSource): Promise<StoredRows> {
  const { rows: counts, read } = await openMemoryTable(source);
  const starts = [0];
  for (const count of counts) starts.push(starts.at(-1)! + count);
  let last: { readonly group: number; readonly columns: MemoryColumns } | undefined;
  const columnsOf = async (group: number) => {
    if (last?.group !== group) last = { group, columns: await read(group) };
    return last.columns;
  };
  return {
    rows: starts.at(-1)!,
    async read(start, count) {
      const parts: Uint8Array[] = [];
      for (const [group, rows] of counts.entries()) {
        const from = Math.max(start - starts[group]!, 0);
        const to = Math.min(start + count - starts[group]!, rows);
        if (from < to) parts.push(bytesOfMemories(await columnsOf(group), from, to));
      }
      return joinBytes(parts);
    },
  };
}
