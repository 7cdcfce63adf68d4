const SPECIAL: Record<string, string> = { "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" };

/**
 * Whether paths match a pattern: `*` and `?` stand for characters but "/", `**` for any, `{a,b}` for either. One without "/"
 * is of the file's name in whatever folder.
 */
export function matcherOf(pattern: string): (path: string) => boolean {
  let depth = 0;
  const source = pattern.replaceAll(/\*\*\/|\*\*|\*|\?|[{},]|[^*?{},]+/g, (token) => {
    if (token === "{") return (depth++, "(?:");
    if (token === "}" && depth > 0) return (depth--, ")");
    if (token === "," && depth > 0) return "|";
    return SPECIAL[token] ?? token.replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`);
  });
  const expression = new RegExp(`^${pattern.includes("/") ? "" : "(?:.*/)?"}${source}${")".repeat(depth)}$`, "s");
  return (path) => expression.test(path);
}

const KNOWN = /\.(?:parquet|jsonl|ndjson|json|csv|tsv|txt|text)(?:\.gz)?$/i;

/** Files of these formats are taken where no pattern is given. */
export const KNOWN_FORMATS = ".parquet, .jsonl, .ndjson, .json, .csv, .tsv, .txt, .text, each also with .gz";

/** Whether its name says that it is data in a format that this program reads. */
export function isKnownFormat(path: string): boolean {
  return KNOWN.test(path);
}
