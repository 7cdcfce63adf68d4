import { InputError } from "../data/errors.ts";
import type { Core } from "./instance.ts";
import { stopWords } from "./stopwords.ts";
import { streams } from "./streams.ts";

/**
 * Writes the embeddings of the texts one after the other: `texts.length` times `dim` float32, each of unit length.
 *
 * Of a text only the first `MAX_TEXT_BYTES` of UTF-8 count, to the end of a character. A text without any word but stop
 * words has a fixed embedding, the same for all such texts.
 */
export type TextEmbedder = (texts: readonly string[], out: Float32Array) => void;

export const MAX_TEXT_BYTES = 8192;

const STOP_WORDS_BYTES = 8192; // of their table
const WORK_BYTES = 1 << 20;
const MAX_DIM = 4096;

/**
 * Embeddings of texts without a learnt model: hashed features (words, pairs of words in succession, pieces of words) with
 * random signs from the stream `textSigns` of key 0, whatever the user's seed. A random projection keeps cosines to about
 * 1 / sqrt(dim): Achlioptas, "Database-friendly random projections", JCSS 66 (2003).
 *
 * Letters are lower-cased in ASCII, Latin-1, Greek and Cyrillic; composed and decomposed accents are different letters.
 * Throws `InputError` where `dim` is no multiple of 128 from 128 to 4096.
 */
export function createTextEmbedder(core: Core, dim: number): TextEmbedder {
  if (!(dim >= 128 && dim <= MAX_DIM && dim % 128 === 0))
    throw new InputError(`Cannot embed texts in ${dim} dimensions: expected a multiple of 128 up to ${MAX_DIM}`);
  const { kernels } = core;
  const encoder = new TextEncoder();
  const text = core.alloc(MAX_TEXT_BYTES);
  const vector = core.alloc(4 * dim);
  const known = core.alloc(STOP_WORDS_BYTES);
  const work = core.alloc(WORK_BYTES);
  /** Copies a text to the core, which replaces what is no Unicode by U+FFFD; returns its length in bytes. */
  const lend = (value: string) => encoder.encodeInto(value, core.bytes(text, MAX_TEXT_BYTES)).written;
  core.bytes(known, STOP_WORDS_BYTES).fill(0);
  kernels.listStopWords(known, text, lend(stopWords), work);
  return (texts, out) => {
    if (out.length !== texts.length * dim)
      throw new Error(`Cannot embed ${texts.length} texts: expected room for ${texts.length * dim} values`);
    kernels.setKey(0, 0);
    for (const [row, value] of texts.entries()) {
      kernels.embedText(vector, dim, text, lend(value), known, work, streams.textSigns);
      out.set(new Float32Array(kernels.memory.buffer, vector, dim), row * dim);
    }
  };
}
