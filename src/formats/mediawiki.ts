import { SaxesParser } from "saxes";
import { BrokenStream, InputError } from "../data/errors.ts";
import { utf8Reader } from "./utf8.ts";
import { namespaceNames, type WikiPage } from "./wikipage.ts";

const MAX_CHARACTERS = 1 << 26; // of a page; MediaWiki allows 2 MiB
const MAX_DEPTH = 64; // of elements; MediaWiki's have 6
const ROOT = "mediawiki";
const PAGE = "mediawiki/page";
const REVISION = `${PAGE}/revision`;
const NAMESPACE = "mediawiki/siteinfo/namespaces/namespace";

/**
 * The pages of a MediaWiki XML export, in memory that is bounded by one page. Throws `InputError` where it is something
 * else, and `BrokenStream` where it is malformed or ends too early, after the pages before; entities that it declares
 * itself are malformed.
 */
export async function* readPages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<WikiPage> {
  const reader = utf8Reader();
  const parser = pageParser();
  let byteLength = 0;
  for await (const bytes of chunks) {
    byteLength += bytes.length;
    yield* parser.read(reader.read(bytes));
    if (parser.failure()) throw parser.failure();
  }
  if (byteLength === 0) throw new InputError("the file is empty");
  yield* parser.read(reader.end());
  if (!parser.failure()) yield* parser.read(undefined);
  if (parser.failure()) throw parser.failure();
}

/** The number, where the text is nothing else and it is a safe integer. */
function idOf(text = ""): number | undefined {
  return /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}

interface PageParser {
  /** The pages that end in this text; without one, that was all. */
  read(piece: { text: string; brokenAt?: number } | undefined): WikiPage[];
  failure(): Error | undefined;
}

function pageParser(): PageParser {
  const xml = new SaxesParser({ position: true });
  const namespaces = namespaceNames();
  let pages: WikiPage[] = [];
  let failure: Error | undefined;
  let path = "";
  let depth = 0;
  let last: string | undefined; // the title of the last page
  let page: Record<string, string> = {}; // what is in an element of that path
  let redirect: string | undefined;
  let key = 0;
  let size = 0; // characters since the page or its last revision began
  let isFresh = false; // one of them began in this piece

  const place = () => {
    const after = last === undefined ? "before the first page" : `after the page "${last}"`;
    return `at line ${xml.line}, column ${xml.column}, ${after}`;
  };
  const addText = (text: string) => {
    if (path.startsWith(PAGE) || path === NAMESPACE) page[path] = (page[path] ?? "") + text;
  };
  xml.on("text", addText);
  xml.on("cdata", addText);
  xml.on("opentag", ({ name, attributes }) => {
    if (path === "" && name !== ROOT) {
      throw new InputError(`Expected a MediaWiki export, which begins with <${ROOT}>, found <${name.slice(0, 60)}>`);
    }
    // The parser keeps each open tag.
    if (++depth > MAX_DEPTH) throw new BrokenStream(`Malformed export ${place()}: more than ${MAX_DEPTH} nested tags`);
    path = path === "" ? name : `${path}/${name}`;
    isFresh ||= path === PAGE || path === REVISION;
    if (path === PAGE) [page, redirect] = [{}, undefined];
    else if (path === `${PAGE}/redirect`) redirect = (attributes["title"] as string | undefined) ?? "";
    else if (path === NAMESPACE) [page, key] = [{}, Number(attributes["key"])];
    else if (path === REVISION) {
      // Only the last counts.
      for (const field of ["id", "timestamp", "text"]) page[`${REVISION}/${field}`] = "";
    }
  });
  xml.on("closetag", ({ name }) => {
    if (path === PAGE) pages.push(finish());
    else if (path === NAMESPACE) namespaces.add(page[NAMESPACE] ?? "", key);
    path = path.slice(0, -name.length - 1);
    depth--;
  });
  const finish = (): WikiPage => {
    const title = page[`${PAGE}/title`] ?? "";
    last = title;
    const namespace = page[`${PAGE}/ns`] ?? "";
    return {
      id: idOf(page[`${PAGE}/id`]) ?? 0,
      title,
      namespace: /^\s*-?\d{1,9}\s*$/.test(namespace) ? Number(namespace) : namespaces.of(title),
      redirect,
      text: page[`${REVISION}/text`] ?? "",
      revision: idOf(page[`${REVISION}/id`]) ?? 0,
      timestamp: page[`${REVISION}/timestamp`] ?? "",
    };
  };
  const explain = (error: unknown): Error => {
    if (error instanceof InputError || error instanceof BrokenStream) return error;
    const reason = (error instanceof Error ? error.message : String(error))
      .replace(/^\d+:\d+: /, "")
      .replace(/\.$/, "");
    const line = reason.replaceAll(/\s+/g, " ").slice(0, 200);
    if (path === "" && last === undefined) return new InputError(`Expected a MediaWiki export, found no XML: ${line}`);
    return new BrokenStream(`Malformed XML ${place()}: ${line}`, { cause: error });
  };
  return {
    read(piece) {
      pages = [];
      try {
        if (piece === undefined) xml.close();
        else {
          isFresh = false;
          xml.write(piece.text);
          size = isFresh ? piece.text.length : size + piece.text.length;
          if (size > MAX_CHARACTERS)
            throw new BrokenStream(`Cannot read the page ${place()}: more than ${MAX_CHARACTERS} characters`);
          if (piece.brokenAt !== undefined && path === "" && last === undefined)
            throw new InputError("Expected a MediaWiki export, found no UTF-8 text");
          if (piece.brokenAt !== undefined)
            throw new BrokenStream(`Not UTF-8 ${place()} (byte ${piece.brokenAt} of the XML)`);
        }
      } catch (error) {
        failure = explain(error);
      }
      return pages;
    },
    failure: () => failure,
  };
}
