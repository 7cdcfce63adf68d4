import seedrandom from "seedrandom";
import { InputError } from "../data/errors.ts";

/** An unsigned 64-bit integer, or any other text: see `keyOf`. */
export type Seed = number | bigint | string;

/** The 64-bit key of the generator, low word first. */
export type Key = readonly [low: number, high: number];

const MAX_WORD_BYTES = 255; // with the end mark all that seedrandom keeps apart
const ALLOWED = "an integer from 0 to 18446744073709551615, or a word";

/**
 * The seed as recipes hold it: decimal digits for an integer, else the text itself. A text of digits is that integer.
 * Throws `InputError` for anything that looks like a number but is no unsigned 64-bit integer, and for an empty text.
 */
export function canonicalSeed(seed: Seed): string {
  const text = String(seed).trim();
  const isText = typeof seed === "string" && text !== "" && Number.isNaN(Number(text));
  if (isText) {
    if (!seed.isWellFormed() || new TextEncoder().encode(seed).length > MAX_WORD_BYTES) {
      throw new InputError(
        `A seed of ${seed.length} characters is not allowed: give a word of at most ${MAX_WORD_BYTES} bytes of UTF-8`,
      );
    }
    return seed;
  }
  if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
    throw new InputError(
      `Seed ${text} is not allowed: a number is an integer up to 2^53 - 1 (larger: as bigint or text)`,
    );
  }
  if (!/^\d+$/.test(text) || BigInt(text) >= 1n << 64n) {
    throw new InputError(`Seed "${text}" is not allowed: give ${ALLOWED}`);
  }
  return BigInt(text).toString();
}

/** The key of a seed: the integer's two words, or two words drawn from seedrandom. */
export function keyOf(seed: Seed): Key {
  const text = canonicalSeed(seed);
  if (/^\d+$/.test(text)) {
    const value = BigInt(text);
    return [Number(value & 0xffffffffn), Number(value >> 32n)];
  }
  const random = seedrandom(distinctText(text));
  return [random.int32() >>> 0, random.int32() >>> 0];
}

/**
 * seedrandom takes the low byte of each character and repeats a short text, so "a" and "aa" would be one seed, and so
 * would many texts beyond Latin-1. Its UTF-8 bytes with an end mark, which no UTF-8 holds, keep all texts apart.
 */
function distinctText(text: string): string {
  return `${String.fromCharCode(...new TextEncoder().encode(text))}\u00ff`;
}
