import { InputError } from "../data/errors.ts";
import type { Tokenizer } from "./tokens.ts";

/** How texts are cut: a part of a dataset's identity. */
export interface ChunkPolicy {
  /** The most tokens of a chunk, counted of the chunk alone. */
  readonly maxTokens: number;
  /** About how many tokens of a chunk the next one repeats. */
  readonly overlap: number;
}

/** A part of a text: `text.slice(start, end)`, in UTF-16 offsets. */
export interface Chunk {
  readonly text: string;
  /** From 0. */
  readonly index: number;
  /** How many chunks the text has. */
  readonly count: number;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly tokens: number;
}

const MIN_TOKENS = 16; // so that any character fits, and any token cut out of its context

/** Throws `InputError` for a policy that is not allowed. */
export function checkChunkPolicy({ maxTokens, overlap }: ChunkPolicy): void {
  if (!Number.isSafeInteger(maxTokens) || maxTokens < MIN_TOKENS)
    throw new InputError(`Chunks of ${maxTokens} tokens are not allowed: give a whole number from ${MIN_TOKENS}`);
  const most = Math.floor(maxTokens / 2);
  if (!Number.isSafeInteger(overlap) || overlap < 0 || overlap > most)
    throw new InputError(
      `An overlap of ${overlap} tokens is not allowed: give a whole number from 0 to ${most}, half of a chunk`,
    );
}

/**
 * Cuts a text at borders of tokens, never within a character: without what they repeat, the chunks one after the other are
 * the text. A text that fits is one chunk, an empty one none. In time proportional to the text. Throws `InputError` as
 * `checkChunkPolicy` does.
 */
export function* chunkText(text: string, policy: ChunkPolicy, tokenizer: Tokenizer): Generator<Chunk> {
  checkChunkPolicy(policy);
  if (text === "") return;
  const cuts = cutsOf(text, policy, tokenizer);
  for (const [index, cut] of cuts.entries())
    yield { text: text.slice(cut.start, cut.end), index, count: cuts.length, ...cut };
}

interface Cut {
  readonly start: number;
  readonly end: number;
  readonly tokens: number;
}

function cutsOf(text: string, { maxTokens, overlap }: ChunkPolicy, tokenizer: Tokenizer): Cut[] {
  const begins = [0, ...tokenizer.tokenEnds(text)]; // of each token, or of the character that it begins in
  const last = begins.length - 1;
  if (last <= maxTokens) return [{ start: 0, end: text.length, tokens: last }];
  const cutAt = (from: number, to: number): Cut => {
    const [start, end] = [begins[from]!, begins[to]!];
    return { start, end, tokens: tokenizer.countTokens(text.slice(start, end)) };
  };
  const cuts: Cut[] = [];
  // Numbers of tokens: the first of the chunk, and the first that no chunk has yet.
  for (let [from, done] = [0, 0]; done < last; from = Math.max(from + 1, done - overlap)) {
    let least = done + 1;
    while (begins[least] === begins[done]) least++;
    let to = Math.max(least, Math.min(from + maxTokens, last));
    let cut = cutAt(from, to);
    // Alone, a chunk may have other tokens at its edges than within the text.
    while (cut.tokens > maxTokens && (to > least || from < done)) {
      if (to > least) to = Math.max(least, to - (cut.tokens - maxTokens));
      else from = done;
      cut = cutAt(from, to);
    }
    cuts.push(cut);
    done = to;
  }
  return cuts;
}
