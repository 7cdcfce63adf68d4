import { decodeEntities } from "./entities.ts";

// Not in any page of the real encyclopedia: private use.
const DOLLAR = "\u{e024}";

const MAX_CHARACTERS = 1 << 18;
const MAX_LINE = 8192;
const MAX_PARAGRAPH = 2 * MAX_LINE;
const MAX_DEPTH = 100;

/**
 * Wikitext as wtf_wikipedia reads it best: without what is never shown as text, comments and references; and, because it
 * takes a time that grows with the square of a line's or a page's length, with long lines and paragraphs broken, up to the last whole
 * line of 262,144 characters.
 */
export function prepare(wikitext: string): string {
  const shown = cut(wikitext, /<!--/g, "-->", true);
  const single = shown.replaceAll(/<ref\b[^<>]{0,500}\/>/gi, "");
  const noted = cut(single, /<ref\b[^<>]{0,500}>/gi, "</ref>", false).replaceAll(/<\/?ref\b[^<>]{0,500}>/gi, "");
  const end = noted.length > MAX_CHARACTERS ? noted.lastIndexOf("\n", MAX_CHARACTERS) : noted.length;
  const text = noted.slice(0, end > 0 ? end : MAX_CHARACTERS);
  const nested = shallow(shallow(text, /\{\{|\}\}/g), /\{\||\|\}/g);
  const lines = nested.length > MAX_LINE ? withBreaks(nested.split("\n").flatMap(broken)) : nested;
  // wtf_wikipedia replaces templates by String.replace, in which $' and the like stand for other parts of the text.
  return lines.replaceAll(/\$(?=[$&'`])/g, DOLLAR);
}

/** The text without these brackets, which begin and end with a brace, where they are nested deeper than MediaWiki reads them. */
function shallow(text: string, brackets: RegExp): string {
  let depth = 0;
  for (const [bracket] of text.matchAll(brackets)) {
    depth = bracket.startsWith("{") ? depth + 1 : Math.max(0, depth - 1);
    if (depth > MAX_DEPTH) return text.replaceAll(brackets, " ");
  }
  return text;
}

/** The lines, with a blank one where a paragraph of prose would become too long. */
function withBreaks(lines: readonly string[]): string {
  let length = 0;
  const apart = lines.map((line) => {
    if (line.trim() === "") length = 0;
    if (line.trim() === "" || /^[*#:;|!{}=]/.test(line)) return line;
    length += line.length;
    if (length <= MAX_PARAGRAPH) return line;
    length = line.length;
    return `\n${line}`;
  });
  return apart.join("\n");
}

/** A line in parts that are not too long, broken at a space where there is one. */
function broken(line: string): string[] {
  const parts: string[] = [];
  let rest = line;
  while (rest.length > MAX_LINE) {
    const space = rest.lastIndexOf(" ", MAX_LINE);
    const isInPair = /[\ud800-\udbff]/.test(rest[MAX_LINE - 1]!);
    const end = space > MAX_LINE / 2 ? space : isInPair ? MAX_LINE - 1 : MAX_LINE;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...parts, rest];
}

/**
 * Without what stands between `open` and `close`, both included; what is never closed goes to the end `toEnd`, or stays.
 * The time is linear, however they stand.
 */
function cut(text: string, open: RegExp, close: string, toEnd: boolean): string {
  const parts: string[] = [];
  const lower = text.toLowerCase();
  // Lower case may have another length in rare scripts; then only what is written in lower case is found.
  const searched = lower.length === text.length ? lower : text;
  let from = 0;
  for (const match of text.matchAll(open)) {
    if (match.index < from) continue;
    const end = searched.indexOf(close, match.index + match[0].length);
    if (end < 0 && !toEnd) break;
    parts.push(text.slice(from, match.index));
    if (end < 0) return parts.join("");
    from = end + close.length;
  }
  return parts.join("") + text.slice(from);
}

const TAGS =
  "abbr|b|big|blockquote|br|center|cite|code|dd|del|div|dl|dt|em|font|gallery|h\\d|hr|i|ins|kbd|li|math|nowiki|ol|p|poem|pre|q|ref|references|s|samp|section|small|span|strike|strong|sub|sup|syntaxhighlight|table|td|th|tr|tt|u|ul|var";
const TAG = new RegExp(`</?(?:${TAGS})(?:\\s[^<>]{0,300})?/?>`, "gi");

/** What wtf_wikipedia leaves of markup that is not well formed goes; lines without their margins; one blank line between paragraphs. */
export function tidy(text: string): string {
  const plain = text
    .replaceAll(DOLLAR, "$")
    .replaceAll(/\{\{[^{}]{0,500}\}\}/g, "")
    .replaceAll(TAG, " ")
    .replaceAll(/\{\{|\}\}|\[\[|\]\]|\{\||\|\}|'{2,}|__[A-Z]{3,30}__/g, "");
  return decodeEntities(plain)
    .replaceAll(/[^\S\n]+/g, " ")
    .replaceAll(/ ?\n ?/g, "\n")
    .replaceAll(/ (?=[,;:.!?)](?:\s|$))/g, "")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
}
