import { stopWords } from "../../src/core/stopwords.ts";
import { philox4x32, type Words } from "./philox.ts";

const STREAM = 15;
const MAX_BYTES = 8192;
const MULTIPLIER = 0x9e3779b97f4a7c15n;
const WORD = { seed: mix(1n), weight: 4 };
const PAIR = { seed: mix(2n), weight: 1 };
const GRAM = { seed: mix(3n), weight: 1 };

const encoder = new TextEncoder();
const stops = new Set(stopWords.trim().split(/\s+/));

/** The embedding that `createTextEmbedder` makes of a text, over strings and characters instead of bytes. */
export function localEmbedding(text: string, dim: number): Float32Array {
  const sums = new Float32Array(dim);
  const features = [...localFeatures(text)];
  for (const [feature, weight] of features.length > 0 ? features : [[0n, 1] as const]) {
    const negative = signsOf(feature, dim);
    for (let i = 0; i < dim; i++) sums[i] = sums[i]! + (negative[i] ? -weight : weight);
  }
  let [even, odd] = [0, 0];
  for (let i = 0; i < dim; i += 2) {
    even += sums[i]! * sums[i]!;
    odd += sums[i + 1]! * sums[i + 1]!;
  }
  const norm = Math.sqrt(even + odd);
  return sums.map((sum) => sum / norm);
}

/** The features of a text with the weights of all their occurrences. */
export function localFeatures(text: string): Map<bigint, number> {
  const weights = new Map<bigint, number>();
  const add = (feature: bigint, { weight }: { weight: number }) => {
    weights.set(feature, (weights.get(feature) ?? 0) + weight);
  };
  let before: bigint | undefined;
  for (const word of wordsOf(text)) {
    if (stops.has(word)) continue;
    const hash = hashOf(WORD.seed, encoder.encode(word));
    add(hash, WORD);
    if (before !== undefined) add(mix(mix(PAIR.seed ^ before) ^ hash), PAIR);
    before = hash;
    for (const gram of gramsOf(word)) add(hashOf(GRAM.seed, encoder.encode(gram)), GRAM);
  }
  return weights;
}

function wordsOf(text: string): string[] {
  let bytes = 0;
  let line = "";
  for (const character of text.toWellFormed()) {
    bytes += encoder.encode(character).length;
    if (bytes > MAX_BYTES) break;
    line += isSeparator(character) ? " " : lowerCase(character);
  }
  return line.split(" ").filter((word) => word !== "");
}

function isSeparator(character: string): boolean {
  return /^(?:[^0-9A-Za-z\u0080-\u{10ffff}]|[\u0080-\u00bf\u2000-\u206f\u3000-\u303f\uff00-\uff0f])$/u.test(character);
}

const CAPITALS = /[A-Z\u00c0-\u00d6\u00d8-\u00de\u0391-\u03a9\u0400-\u042f]/;

/** The host's lower case where it is the same in all engines: capitals of four old alphabets. */
function lowerCase(character: string): string {
  if (character === "\u03a2") return "\u03c2"; // no character: capitals and small letters are 32 apart
  return CAPITALS.test(character) ? character.toLowerCase() : character;
}

/** From each character of the word and its boundaries on, as many as have four bytes, and as many as have five. */
function gramsOf(word: string): string[] {
  const characters = [" ", ...word, " "];
  const lengths = characters.map((character) => encoder.encode(character).length);
  return characters.flatMap((_, first) => {
    let length = 0;
    const grams: string[] = [];
    for (let last = first; last < characters.length && length < 5; last++) {
      const isShort = length < 4;
      length += lengths[last]!;
      if (length >= (isShort ? 4 : 5)) grams.push(characters.slice(first, last + 1).join(""));
    }
    return grams;
  });
}

function hashOf(seed: bigint, bytes: Uint8Array): bigint {
  let hash = seed;
  for (let at = 0; at < bytes.length; at += 8) {
    let word = 0n;
    bytes.subarray(at, at + 8).forEach((byte, i) => (word |= BigInt(byte) << BigInt(8 * i)));
    hash = mix(hash ^ word);
  }
  return hash;
}

function mix(hash: bigint): bigint {
  const product = BigInt.asUintN(64, hash * MULTIPLIER);
  return product ^ (product >> 32n);
}

const known = new Map<string, Uint8Array>();

/** Ones for the dimensions in which the feature is negative. */
function signsOf(feature: bigint, dim: number): Uint8Array {
  const key = `${feature} ${dim}`;
  const cached = known.get(key);
  if (cached) return cached;
  const [low, high] = [Number(feature & 0xffffffffn), Number(feature >> 32n)];
  const groups = Array.from({ length: Math.ceil(dim / 512) }, (_, group) =>
    [0, 1, 2, 3].map((lane) => philox4x32([4 * group + lane, low, high, STREAM], [0, 0])),
  );
  const signs = Uint8Array.from({ length: dim }, (_, i) => {
    const word = groups[i >> 9]![i & 3]![((i >> 7) & 3) as keyof Words & number] as number;
    return (word >>> (31 - ((i >> 2) & 31))) & 1;
  });
  known.set(key, signs);
  return signs;
}
