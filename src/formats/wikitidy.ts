import { decodeEntities } from "./entities.ts";
import { bounded, fewTemplates } from "./wikibounds.ts";
import { firstLines } from "./wikicut.ts";
import { withoutTables } from "./wikitables.ts";

// Not in any page of the real encyclopedia: private use.
const DOLLAR = "\u{e024}";

const MAX_PAGE = 1 << 22; // twice what MediaWiki allows
const MAX_CHARACTERS = 1 << 18;

/**
 * Wikitext as wtf_wikipedia reads it best: without what is never shown as text, comments, references and tables,
 * of the rest the lines within 262,144 characters, and bounded in what takes it long.
 */
export function prepare(wikitext: string): string {
  const shown = cut(wikitext.slice(0, MAX_PAGE), /<!--/g, "-->", true);
  const single = shown.replaceAll(/<ref\b[^<>]{0,500}\/>/gi, "");
  const noted = cut(single, /<ref\b[^<>]{0,500}>/gi, "</ref>", false).replaceAll(/<\/?ref\b[^<>]{0,500}>/gi, "");
  const text = firstLines(fewTemplates(withoutTables(noted)), MAX_CHARACTERS);
  // wtf_wikipedia replaces templates by String.replace, in which $' and the like stand for other parts of the text.
  return bounded(text).replaceAll(/\$(?=[$&'`])/g, DOLLAR);
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
