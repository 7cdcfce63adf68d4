import type { Command } from "commander";
import { InputError } from "../data/errors.ts";

const SUFFIX_ZEROS: Record<string, number> = { "": 0, k: 3, m: 6, g: 9 };

/** What a count may be, and how errors call it. */
export interface CountOf {
  readonly what: string;
  readonly min: number;
  readonly max: number;
}

/** A count as people write it: `1000`, `10k`, `1.5m`, `1e6`. Throws `InputError` for anything else. */
export function parseCount(text: string, { what, min, max }: CountOf): number {
  const match = /^(\d+)(?:\.(\d+))?(?:e(\d{1,3})|([kmg]))?$/i.exec(text.trim());
  const [, whole = "", fraction = "", exponent, suffix = ""] = match ?? [];
  const zeros = (exponent === undefined ? SUFFIX_ZEROS[suffix.toLowerCase()]! : Number(exponent)) - fraction.length;
  const count = match && zeros >= 0 ? Number(whole + fraction + "0".repeat(zeros)) : NaN;
  if (!(count >= min && count <= max)) {
    throw new InputError(
      `${what} "${text}" is not allowed: give a whole number from ${min} to ${max}, such as 1000, 10k or 1e6`,
    );
  }
  return count;
}

/** Several counts, separated by commas. */
export function parseCounts(text: string, of: CountOf): number[] {
  return text.split(",").map((part) => parseCount(part, of));
}

/** `A=0.1,B=0.9` as pairs in that order. */
export function parseShares(text: string): [name: string, share: number][] {
  return text.split(",").map((part) => {
    const at = part.lastIndexOf("=");
    const share = part.slice(at + 1).trim();
    if (at < 0 || share === "" || Number.isNaN(Number(share))) {
      throw new InputError(`Classes "${text}" are not allowed: give name=share pairs such as A=0.1,B=0.3,C=0.6`);
    }
    return [part.slice(0, at).trim(), Number(share)];
  });
}

/** A number; whether it is in the range is for the recipe to say. */
export function parseNumber(text: string, { what, min, max }: CountOf): number {
  if (!/^-?\d+(\.\d+)?$/.test(text.trim())) {
    throw new InputError(`${what} "${text}" is not allowed: give an integer from ${min} to ${max}`);
  }
  return Number(text);
}

/** A number with or without a point; whether it is in the range is for the recipe to say. */
export function parseDecimal(text: string, what: string): number {
  if (!/^-?\d*\.?\d+(e[-+]?\d+)?$/i.test(text.trim())) {
    throw new InputError(`${what} "${text}" is not allowed: give a number such as 0.1`);
  }
  return Number(text);
}

/** `0.8,0.1,0.1` as numbers. */
export function parseSplits(text: string): number[] {
  const parts = text.split(",").map((part) => part.trim());
  if (!parts.every((part) => /^-?\d*\.?\d+(e-?\d+)?$/i.test(part))) {
    throw new InputError(`Splits "${text}" are not allowed: give three shares from 0 to 1, such as 0.8,0.1,0.1`);
  }
  return parts.map(Number);
}

/** `a:b` as two row numbers. */
export function parseRange(text: string): [from: number, to: number] {
  const match = /^([^:]+):([^:]+)$/.exec(text.trim());
  if (!match)
    throw new InputError(`Rows "${text}" are not allowed: give a:b, the first row and the one after the last`);
  const row = { what: "Row", min: 0, max: Number.MAX_SAFE_INTEGER };
  return [parseCount(match[1]!, row), parseCount(match[2]!, row)];
}

/** Throws `InputError` where one of these options was given beside `flag`, which leaves it nothing to say. */
export function refuseTogether(command: Command, flag: string, options: readonly string[]): void {
  const given = options.find((name) => command.getOptionValueSource(name) === "cli");
  if (given) throw new InputError(`${flag} and --${given} are not allowed together: give one of them`);
}

/** Threads beside the main one, or the choice left to the program. */
export type Workers = number | "auto";

/** `auto` or a number of threads; 0 means none beside the main one. (Commander makes an undefined value an empty text.) */
export function parseWorkers(text: string): Workers {
  if (text === "auto") return text;
  if (!/^\d{1,3}$/.test(text) || Number(text) > 256) {
    throw new InputError(`Workers "${text}" are not allowed: give auto or a number from 0 to 256`);
  }
  return Number(text);
}
