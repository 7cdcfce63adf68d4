import { createCore } from "../core/instance.ts";
import type { EmbeddingProvider } from "../embed/provider.ts";
import { createMemoryWriter } from "../formats/memoryjson.ts";
import type { Article } from "./articles.ts";

/** An article as a memory. */
export interface ArticleMemory {
  readonly id: string;
  readonly pageId: number;
  /** One line, see `createMemoryWriter`. */
  readonly json: string;
  /** Whether the text was longer than a store takes. */
  readonly isCut: boolean;
}

/** What a store takes of a text, in bytes of UTF-8. */
const MAX_CONTENT_BYTES = 100_000;
const EMBEDDED_CHARACTERS = 1000;

/** Turns batches of articles into memories; without a provider they have no embeddings. */
export function createArticleMemories(
  provider: EmbeddingProvider | undefined,
): (articles: readonly Article[], signal?: AbortSignal) => Promise<ArticleMemory[]> {
  const write = createMemoryWriter(createCore(), provider?.dim ?? 0);
  return async (articles, signal) => {
    const vectors = provider && (await embedAll(provider, articles.map(embeddedText), signal));
    return articles.map((article, at) => {
      const content = firstBytes(`${article.title}\n\n${article.text}`);
      const id = `wikipedia-${article.id}`; // stable: storing an article again is harmless
      const embedding = vectors?.subarray(at * provider!.dim, (at + 1) * provider!.dim);
      const json = write({ id, content: content.text, embedding, confidence: confidenceOf(article.text) });
      return { id, pageId: article.id, json, isCut: content.isCut };
    });
  };
}

/** Shape (texts, dim), in as many calls as the provider needs. */
async function embedAll(
  provider: EmbeddingProvider,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const out = new Float32Array(texts.length * provider.dim);
  for (let at = 0; at < texts.length; at += provider.maxBatch) {
    out.set(await provider.embed(texts.slice(at, at + provider.maxBatch), signal), at * provider.dim);
  }
  return out;
}

/** Title, blank line, and the first 1000 characters. */
function embeddedText({ title, text }: Article): string {
  return `${title}\n\n${firstCharacters(text, EMBEDDED_CHARACTERS)}`;
}

/** 0.6 + characters / 10,000, at most 0.9. */
function confidenceOf(text: string): number {
  return Math.min(9000, 6000 + characterCount(text)) / 10_000;
}

function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) if (++count >= 3000) break; // no more are asked about
  return count;
}

function firstCharacters(text: string, count: number): string {
  return [...text.slice(0, 2 * count)].slice(0, count).join("");
}

/** As much of the text as a store takes, cut between two characters; halves of characters, which no store takes, replaced. */
function firstBytes(whole: string): { text: string; isCut: boolean } {
  const text = whole.replace(/\p{Surrogate}/gu, "\ufffd");
  if (3 * text.length <= MAX_CONTENT_BYTES) return { text, isCut: false };
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MAX_CONTENT_BYTES) return { text, isCut: false };
  let end = MAX_CONTENT_BYTES;
  while ((bytes[end]! & 0xc0) === 0x80) end--; // within a character
  return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, end)), isCut: true };
}
