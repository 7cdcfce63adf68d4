import { InputError } from "../data/errors.ts";

/** The value, when it is an integer in the range. */
export function wholeNumber(what: string, value: number, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new InputError(`${what} ${value} is not allowed: give an integer from ${min} to ${max}`);
  }
  return value;
}

/** The value, when it is a number in the range. */
export function numberWithin(what: string, value: number, min: number, max: number): number {
  if (!(value >= min && value <= max))
    throw new InputError(`${what} ${value} is not allowed: give a number from ${min} to ${max}`);
  return value;
}

/** Rows `from` to `to`, exclusive, of so many. */
export function rangeWithin([from, to]: readonly [number, number], rows: number): readonly [number, number] {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || from >= to || to > rows) {
    throw new InputError(`Rows ${from}:${to} are not allowed: give a:b with 0 <= a < b <= ${rows}`);
  }
  return [from, to];
}

/** The value, when it is one of those allowed. */
export function oneOf<T extends string>(what: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) throw new InputError(`${what} "${value}" is not allowed: give ${allowed.join(" or ")}`);
  return value;
}
