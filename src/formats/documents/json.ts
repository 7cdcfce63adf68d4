import { isBlankLine, parseLine } from "../recordjson.ts";
import { createJsonArrayParser } from "./jsonarray.ts";
import { createLineParser } from "./lines.ts";
import type { Fields, RowParser } from "./rows.ts";

/** An object of JSON on each line; blank lines are no rows. */
export function createJsonLinesParser(): RowParser {
  return createLineParser((bytes, line) => {
    if (isBlankLine({ number: line, bytes, byteLength: 0 })) return undefined;
    return { line, read: () => fieldsOfJson(bytes, line) };
  });
}

/** One array of objects, or an object on each line: the first character tells. */
export function createJsonParser(): RowParser {
  const start: Uint8Array[] = []; // white space
  let parser: RowParser | undefined;
  return {
    push(bytes) {
      if (parser) return parser.push(bytes);
      const first = bytes.find((byte) => byte > 32);
      if (first === undefined) start.push(bytes);
      if (first === undefined) return [];
      parser = first === BRACKET ? createJsonArrayParser(fieldsOfJson) : createJsonLinesParser();
      return [...start, bytes].flatMap((piece) => parser!.push(piece));
    },
    end: () => parser?.end() ?? [],
  };
}

const BRACKET = 0x5b;

/**
 * The values of an object of JSON. Whole numbers beyond 2^53, which ids often are, become texts of their digits; no digit
 * is lost.
 */
function fieldsOfJson(bytes: Uint8Array | undefined, line: number): Fields | string {
  const parsed = parseLine({ number: line, bytes, byteLength: 0 });
  if (typeof parsed === "string") return parsed;
  const value: unknown = /\d{16}/.test(parsed.text) ? JSON.parse(withLongNumbersAsTexts(parsed.text)) : parsed.value;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : "no JSON object";
}

function withLongNumbersAsTexts(json: string): string {
  const parts: string[] = [];
  let done = 0;
  for (const { index, end } of longNumbersOf(json)) {
    parts.push(json.slice(done, index), '"', json.slice(index, end), '"');
    done = end;
  }
  return parts.join("") + json.slice(done);
}

/** Where whole numbers stand, outside of texts, that a float64 does not hold. */
function* longNumbersOf(json: string): Generator<{ index: number; end: number }> {
  // A text's begin, or a number: texts may be too long for a regular expression.
  const begin = /"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
  for (let found; (found = begin.exec(json));) {
    const [token] = found;
    if (token === '"') begin.lastIndex = endOfText(json, found.index);
    else if (/^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)))
      yield { index: found.index, end: begin.lastIndex };
  }
}

function endOfText(json: string, begin: number): number {
  const special = /["\\]/g;
  special.lastIndex = begin + 1;
  for (let found; (found = special.exec(json)) && found[0] === "\\";) special.lastIndex++;
  return special.lastIndex;
}
