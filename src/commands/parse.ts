import { InputError } from "../data/errors.ts";

const SUFFIX_ZEROS: Record<string, number> = { "": 0, k: 3, m: 6, g: 9 };

/** A count as people write it: `1000`, `10k`, `1.5m`, `1e6`. Throws `InputError` for anything that is no whole number. */
export function parseCount(text: string, what: string): number {
  const match = /^(\d+)(?:\.(\d+))?(?:e(\d{1,3})|([kmg]))?$/i.exec(text.trim());
  const [, whole = "", fraction = "", exponent, suffix = ""] = match ?? [];
  const zeros = (exponent === undefined ? SUFFIX_ZEROS[suffix.toLowerCase()]! : Number(exponent)) - fraction.length;
  if (!match || zeros < 0)
    throw new InputError(`${what} "${text}" is not allowed: give a whole number such as 1000, 10k, 2m or 1e6`);
  return Number(whole + fraction + "0".repeat(zeros));
}

/** Several counts, separated by commas. */
export function parseCounts(text: string, what: string): number[] {
  return text.split(",").map((part) => parseCount(part, what));
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

/** `a:b` as two row numbers. */
export function parseRange(text: string): [from: number, to: number] {
  const match = /^([^:]+):([^:]+)$/.exec(text.trim());
  if (!match)
    throw new InputError(`Rows "${text}" are not allowed: give a:b, the first row and the one after the last`);
  return [parseCount(match[1]!, "Row"), parseCount(match[2]!, "Row")];
}

/** `auto` (undefined) or a number of threads; 0 means none beside the main one. */
export function parseWorkers(text: string): number | undefined {
  if (text === "auto") return undefined;
  if (!/^\d{1,3}$/.test(text) || Number(text) > 256) {
    throw new InputError(`Workers "${text}" are not allowed: give auto or a number from 0 to 256`);
  }
  return Number(text);
}

/** One of the allowed words. */
export function parseChoice<T extends string>(text: string, what: string, allowed: readonly T[]): T {
  if (!(allowed as readonly string[]).includes(text)) {
    throw new InputError(`${what} "${text}" is not allowed: give ${allowed.join(" or ")}`);
  }
  return text as T;
}
