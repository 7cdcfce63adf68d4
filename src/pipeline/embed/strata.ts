import { InputError } from "../../data/errors.ts";

/** The values of the field that a sample is stratified by, numbered as they come. */
export interface Strata {
  /** By number; null: the rows without a value. */
  readonly values: readonly (string | null)[];
  /** Numbers in the order of their values by UTF-16 units, null first. */
  readonly order: readonly number[];
  /** The number of a row's value. Throws `InputError` where there are more than `MAX_STRATA`. */
  numberOf(fields: Readonly<Record<string, unknown>>): number;
  /** Throws `InputError` where no row has a value. */
  check(): void;
}

const MAX_STRATA = 1 << 16;

export function createStrata(field: string): Strata {
  const numbers = new Map<string | null, number>();
  const values: (string | null)[] = [];
  return {
    values,
    get order() {
      return [...values.keys()].sort((a, b) => (isBefore(values[a]!, values[b]!) ? -1 : 1));
    },
    numberOf(fields) {
      const value = valueOf(fields, field);
      const known = numbers.get(value);
      if (known !== undefined) return known;
      if (values.length === MAX_STRATA)
        throw new InputError(`Field "${field}" has more than ${MAX_STRATA} values: too many to stratify by`);
      numbers.set(value, values.length);
      return values.push(value) - 1;
    },
    check() {
      if (values.length === 1 && values[0] === null)
        throw new InputError(`No row has the field "${field}" to stratify by`);
    },
  };
}

function valueOf(fields: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = Object.hasOwn(fields, name) ? (fields[name] ?? null) : null;
  return typeof value === "string" || value === null ? value : JSON.stringify(value);
}

function isBefore(a: string | null, b: string | null): boolean {
  return a === null || (b !== null && a < b);
}
