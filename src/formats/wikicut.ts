const MAX_OPEN = 1 << 15; // characters that go with what is open at the cut
const BRACKETS =
  /\{\{|\}\}|\[\[|\]\]|< ?(\/?) ?(gallery|math|poem|score|source|syntaxhighlight|table|timeline)\b[^<>]{0,200}>/gi;

/**
 * The first lines of wikitext, of that many characters at most (a part of the first line, if that is longer); without what
 * begins in the last 32,768 of them and has not ended, as templates.
 */
export function firstLines(wikitext: string, maxCharacters: number): string {
  if (wikitext.length <= maxCharacters) return wikitext;
  const end = wikitext.lastIndexOf("\n", maxCharacters);
  const text = wikitext.slice(0, end > 0 ? end : maxCharacters).replace(/[\ud800-\udbff]$/, "");
  const from = Math.max(0, text.length - MAX_OPEN);
  const open = openIn(text).find((at) => at >= from);
  return open === undefined ? text : text.slice(0, open);
}

/** Where templates, links and tags begin that do not end, in order. */
function openIn(text: string): number[] {
  const open = new Map<string, number[]>();
  for (const { index, 0: bracket, 1: slash, 2: name } of text.matchAll(BRACKETS)) {
    if (bracket.endsWith("/>")) continue;
    const kind = name?.toLowerCase() ?? (/[{}]/.test(bracket) ? "{{" : "[[");
    const begun = open.get(kind) ?? [];
    if (slash === "/" || /^[}\]]/.test(bracket)) begun.pop();
    else begun.push(index);
    open.set(kind, begun);
  }
  return [...open.values()].flat().sort((a, b) => a - b);
}
