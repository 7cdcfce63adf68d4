/** JSON that was read without its long strings. */
export interface SparseJson {
  /** In the place of each long string, its number in `strings`. */
  readonly value: unknown;
  /** The bytes of the long strings, as views of what was read. */
  readonly strings: readonly Uint8Array[];
}

const QUOTE = 34;
const BACKSLASH = 92;

/**
 * Reads JSON in UTF-8 but for its strings of `longFrom` bytes or more, such as base64: these stay where they are, so that nobody
 * copies them. Where something is escaped, all of it is read. Throws `SyntaxError` as `JSON.parse` does.
 */
export function parseSparse(json: Uint8Array, longFrom: number): SparseJson {
  const utf8 = new TextDecoder();
  const strings: Uint8Array[] = [];
  let text = "";
  let done = 0; // bytes that are in `text` or in `strings`
  const endOf = (open: number): number => json.indexOf(QUOTE, open + 1);
  for (let open = json.includes(BACKSLASH) ? -1 : json.indexOf(QUOTE); open >= 0;) {
    const close = endOf(open);
    if (close < 0) break;
    if (close - open > longFrom) {
      text += utf8.decode(json.subarray(done, open)) + String(strings.length);
      strings.push(json.subarray(open + 1, close));
      done = close + 1;
    }
    open = endOf(close);
  }
  return { value: JSON.parse(text + utf8.decode(json.subarray(done))), strings };
}
