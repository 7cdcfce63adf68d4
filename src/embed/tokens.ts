import { mergePairs, type ByteText } from "./bytepairs.ts";

/** Cuts texts into the tokens that a model counts. */
export interface Tokenizer {
  readonly name: string;
  /** The tokens of a text. What looks like a special token is plain text. */
  encode(text: string): number[];
  countTokens(text: string): number;
  /**
   * Where each token ends, as UTF-16 offset in the text; one that ends within a character ends where that character
   * begins. The last offset is the length of the text.
   */
  tokenEnds(text: string): number[];
}

/**
 * Loads cl100k_base, the encoding of OpenAI's embedding models, with the table of gpt-tokenizer: its tokens are those of
 * tiktoken, but for a piece of more than `WINDOW` characters without a border (spaces, letters or signs only), which is
 * cut there so that time stays proportional to the text. A lone surrogate counts as U+FFFD.
 */
export async function loadTokenizer(): Promise<Tokenizer> {
  return (loaded ??= import("gpt-tokenizer/bpeRanks/cl100k_base").then(({ default: table }) => createTokenizer(table)));
}

let loaded: Promise<Tokenizer> | undefined;

const WINDOW = 1 << 16;
const CACHED_PIECES = 1 << 15;
const MAX_CACHED_LENGTH = 64;

/**
 * Borders across which no token goes. tiktoken's expression, with Unicode's white space in place of JavaScript's, which
 * differs in U+0085 and U+FEFF, and the long s that (?i:s) matches.
 */
const PIECES =
  /'(?:[sSſdDmMtT]|[lL]{2}|[vV][eE]|[rR][eE])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*|\p{White_Space}+$|\p{White_Space}*[\r\n]|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}/gu;

/** The bytes of each token, as text or, where they are none, as numbers. */
type Table = readonly (string | readonly number[])[];

function createTokenizer(table: Table): Tokenizer {
  const ranks = new Map<ByteText, number>();
  const byteLengths = new Uint8Array(table.length);
  table.forEach((entry, rank) => {
    const bytes = typeof entry === "string" ? bytesOfText(entry) : String.fromCharCode(...entry);
    ranks.set(bytes, rank);
    byteLengths[rank] = bytes.length;
  });
  const cache = new Map<string, readonly number[]>();
  const tokensOf = (piece: string): readonly number[] => {
    const cached = cache.get(piece);
    if (cached) return cached;
    const bytes = bytesOfText(piece);
    const whole = ranks.get(bytes);
    const tokens = whole === undefined ? mergePairs(bytes, ranks) : [whole];
    if (cache.size >= CACHED_PIECES) cache.clear();
    if (piece.length <= MAX_CACHED_LENGTH) cache.set(piece, tokens);
    return tokens;
  };
  return {
    name: "cl100k_base",
    encode(text) {
      const all: number[] = [];
      for (const piece of piecesOf(text)) for (const token of tokensOf(piece)) all.push(token);
      return all;
    },
    countTokens(text) {
      let count = 0;
      for (const piece of piecesOf(text)) count += tokensOf(piece).length;
      return count;
    },
    tokenEnds(text) {
      const ends: number[] = [];
      let start = 0;
      for (const piece of piecesOf(text)) {
        let [units, bytes, target] = [0, 0, 0]; // in the piece
        for (const token of tokensOf(piece)) {
          target += byteLengths[token]!;
          for (let size; units < piece.length && bytes + (size = utf8Length(piece, units)) <= target; bytes += size)
            units += size === 4 ? 2 : 1;
          ends.push(start + units);
        }
        start += piece.length;
      }
      return ends;
    },
  };
}

/** Consecutive pieces that are the whole text, in windows that the regular expression can take. */
function* piecesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length;) {
    let end = Math.min(from + WINDOW, text.length);
    if (end < text.length && isPair(text, end - 1)) end--;
    const pieces = text.slice(from, end).match(PIECES)!;
    if (end < text.length && pieces.length > 1) end -= pieces.pop()!.length; // it may go on
    yield* pieces;
    from = end;
  }
}

const utf8 = new TextEncoder();

function bytesOfText(text: string): ByteText {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  const bytes = utf8.encode(text);
  let out = "";
  for (let at = 0; at < bytes.length; at += 4096) out += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return out;
}

/** How many bytes the character takes that begins there; 4 where it is two UTF-16 units. */
function utf8Length(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  return isPair(text, at) ? 4 : 3;
}

function isPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}
