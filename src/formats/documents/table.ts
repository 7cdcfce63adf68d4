import { createCsvParser } from "./csv.ts";
import { createJsonLinesParser, createJsonParser } from "./json.ts";
import { createTextParser } from "./lines.ts";
import { withoutBom, type RowParser } from "./rows.ts";

/** The formats of text by the ends of files' names. */
const parsers: Readonly<Record<string, () => RowParser>> = {
  ".jsonl": createJsonLinesParser,
  ".ndjson": createJsonLinesParser,
  ".json": createJsonParser,
  ".csv": () => createCsvParser(","),
  ".tsv": () => createCsvParser("\t"),
  ".txt": createTextParser,
  ".text": createTextParser,
};

export const DOCUMENT_ENDINGS = [...Object.keys(parsers), ".parquet"];

/** What a file of documents is, told by its name. */
export type DocumentFormat =
  { readonly kind: "parquet" } | { readonly kind: "text"; readonly isGzip: boolean; createParser(): RowParser };

/** Undefined for a name with another end. */
export function formatOfName(name: string): DocumentFormat | undefined {
  const [, ending, gzip] = /(\.[a-z]+)(\.gz)?$/.exec(name.toLowerCase()) ?? [];
  if (ending === ".parquet" && !gzip) return { kind: "parquet" };
  const create = ending !== undefined && Object.hasOwn(parsers, ending) ? parsers[ending] : undefined;
  return create && { kind: "text", isGzip: gzip !== undefined, createParser: () => withoutBom(create()) };
}
