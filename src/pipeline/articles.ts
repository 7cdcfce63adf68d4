import { openByteStream } from "../runtime/bytestream.ts";
import { withoutPassword } from "../runtime/url.ts";
import { BrokenStream, InputError } from "../data/errors.ts";
import { decompress } from "../formats/decompress.ts";
import { readPages } from "../formats/mediawiki.ts";
import type { WikiPage } from "../formats/wikipage.ts";
import { plainText } from "../formats/wikitext.ts";

/** An article of an encyclopedia as plain text. */
export interface Article {
  readonly id: number;
  readonly title: string;
  readonly text: string;
}

/** Why a page is no article, in the order in which it is asked; unreadable before all is one without a title or an id. */
export type SkipReason = "namespace" | "redirect" | "disambiguation" | "unreadable" | "short";

/** A page that is no article. */
export interface Skipped {
  /** 0 where the page has none that is valid. */
  readonly id: number;
  readonly title: string;
  readonly reason: SkipReason;
}

export interface ArticleOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes of the file or download were read. */
  readonly onBytes?: ((count: number) => void) | undefined;
  /** Told before the first page how many bytes there are, where that is known. */
  readonly onOpen?: ((byteLength: number | undefined) => void) | undefined;
  /** Pages that are left out, without a word: asked by id before the costly reading of the text. */
  readonly skip?: ((id: number) => boolean) | undefined;
}

const MIN_CHARACTERS = 50;
const ARTICLES = 0; // the namespace
const NO_ID = 0;

/**
 * The articles of a MediaWiki export, plain or compressed by bzip2 or gzip, in a file or at a URL; and the pages that are
 * none, with the reason. Throws `BrokenStream` where it ends too early or is damaged, after all that came before, and
 * `InputError` where it cannot be opened or is something else.
 */
export async function* readArticles(place: string, options: ArticleOptions = {}): AsyncGenerator<Article | Skipped> {
  const stream = await openByteStream(place, options);
  options.onOpen?.(stream.byteLength);
  try {
    for await (const page of readPages(decompress(stream))) {
      options.signal?.throwIfAborted();
      if (page.id === NO_ID || !options.skip?.(page.id)) yield await articleOf(page);
    }
  } catch (error) {
    throw withPlace(error, place);
  } finally {
    await stream.close();
  }
}

async function articleOf(page: WikiPage): Promise<Article | Skipped> {
  const { id, title } = page;
  if (id === NO_ID || title.trim() === "") return { id, title, reason: "unreadable" };
  if (page.namespace !== ARTICLES) return { id, title, reason: "namespace" };
  if (page.redirect !== undefined) return { id, title, reason: "redirect" };
  const { text, isRedirect, isDisambiguation, fault } = await plainText(page);
  if (isRedirect) return { id, title, reason: "redirect" };
  if (isDisambiguation) return { id, title, reason: "disambiguation" };
  if (fault !== undefined) return { id, title, reason: "unreadable" };
  if (isShort(text)) return { id, title, reason: "short" };
  return { id, title, text };
}

/** Whether a text has under 50 characters, those of several code units counted once. */
function isShort(text: string): boolean {
  return text.length < 2 * MIN_CHARACTERS && [...text].length < MIN_CHARACTERS;
}

/** The same error, with the place in its message. */
function withPlace(error: unknown, place: string): unknown {
  if (!(error instanceof InputError || error instanceof BrokenStream)) return error;
  const name = withoutPassword(place);
  if (error.message.includes(name)) return error;
  const Same = error instanceof InputError ? InputError : BrokenStream;
  return new Same(`Cannot read ${name}: ${error.message}`, { cause: error });
}
