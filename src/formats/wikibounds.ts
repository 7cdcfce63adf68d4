const MAX_LINE = 8192;
const MAX_PARAGRAPH = 2 * MAX_LINE;
const MAX_LINES = 256; // of prose in a paragraph
const MAX_DEPTH = 100;
const MAX_TEMPLATES = 4096; // MediaWiki's pages have some hundred; those in tables and references do not count

const BRACKETS = [/\{\{|\}\}/g, /\{\||\|\}/g, /\[\[|\]\]/g];
// Those that wtf_wikipedia looks for the end of, from each begin anew.
const PAIRED =
  "b|blockquote|categorytree|charinsert|code|data|gallery|hiero|i|imagemap|inputbox|maplink|math|nowiki|poem|references|score|source|sub|sup|syntaxhighlight|table|timeline";
const PAIRED_TAG = new RegExp(`< ?(/?) ?(${PAIRED})\\b[^<>]{0,200}>`, "gi");
const HEADING = /^={2,6}[^=]{1,200}={2,6}\s*$/;

/**
 * Wikitext of which wtf_wikipedia makes text in a bounded time, which else grows with the square of a line's, a
 * paragraph's or a page's length: without brackets and tags that are opened again and again, with
 * long lines and paragraphs broken.
 */
export function bounded(wikitext: string): string {
  const text = closed(BRACKETS.reduce(shallow, wikitext));
  return text.length > MAX_LINE ? withBreaks(text.split("\n").flatMap(broken)) : text;
}

/** The text without these brackets, of two characters, where they are nested deeper than MediaWiki reads them. */
function shallow(text: string, brackets: RegExp): string {
  let depth = 0;
  for (const [bracket] of text.matchAll(brackets)) {
    depth = /^[[{]/.test(bracket) ? depth + 1 : Math.max(0, depth - 1);
    if (depth > MAX_DEPTH) return text.replaceAll(brackets, " ");
  }
  return text;
}

/** The text without the tags of a name of which many are open at once. */
function closed(text: string): string {
  const open = new Map<string, number>();
  const endless = new Set<string>();
  for (const [tag, slash, name] of text.matchAll(PAIRED_TAG)) {
    if (tag.endsWith("/>")) continue;
    const key = name!.toLowerCase();
    const count = Math.max(0, (open.get(key) ?? 0) + (slash === "/" ? -1 : 1));
    open.set(key, count);
    if (count > MAX_DEPTH) endless.add(key);
  }
  if (endless.size === 0) return text;
  return text.replaceAll(PAIRED_TAG, (tag, _slash, name: string) => (endless.has(name.toLowerCase()) ? " " : tag));
}

/** The text without templates beyond 4,096, of those that hold no other. */
export function fewTemplates(text: string): string {
  let count = 0;
  return text.replaceAll(/\{\{[^{}]{0,500}\}\}/g, (template) => (++count > MAX_TEMPLATES ? "" : template));
}

/** The lines, with a blank one where a paragraph of prose would become too long. */
function withBreaks(lines: readonly string[]): string {
  let [length, count] = [0, 0];
  const apart = lines.map((line) => {
    const isEnd = line.trim() === "" || HEADING.test(line);
    if (isEnd) [length, count] = [0, 0];
    if (isEnd || /^[*#:;|]/.test(line)) return line; // wtf_wikipedia takes lists out of the paragraph
    length += line.length;
    count++;
    if (length <= MAX_PARAGRAPH && count <= MAX_LINES) return line;
    [length, count] = [line.length, 1];
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
