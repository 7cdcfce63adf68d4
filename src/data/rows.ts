import type { DType, TypedArray } from "./dtype.ts";

/** One named column: `shape` is the shape of a row's value, `[]` for a scalar. */
export interface Field {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** For a categorical column: what code 0, 1, ... stands for. */
  readonly labels?: readonly string[];
  /** How often each label is expected; they sum to 1. */
  readonly shares?: readonly number[];
}

/** The values of one field for the rows of a block, row-major. */
export interface Column {
  readonly field: Field;
  readonly data: TypedArray;
}

/**
 * Consecutive rows. The arrays may be views of memory that the next call of the source overwrites: copy what must last.
 */
export interface RowBlock {
  /** Address of the first row in the whole dataset. */
  readonly start: number;
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** A family of rows: every value a pure function of its address. */
export interface Source {
  readonly fields: readonly Field[];
  /** Rows `start` to `start + rows`, exclusive; valid until the next call. */
  read(start: number, rows: number): RowBlock;
}

/** The column of that name. Throws when the block has none. */
export function columnOf(block: RowBlock, name: string): Column {
  const column = block.columns.find((candidate) => candidate.field.name === name);
  if (!column) throw new Error(`Cannot find column "${name}" among ${names(block)}`);
  return column;
}

/** How many values a row of the field holds: the product of its shape. */
export function valuesPerRow(field: Field): number {
  return field.shape.reduce((product, length) => product * length, 1);
}

function names(block: RowBlock): string {
  return block.columns.map((column) => `"${column.field.name}"`).join(", ");
}
