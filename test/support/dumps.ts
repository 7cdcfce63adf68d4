import { seededUniform } from "../doubles/seeded.ts";

/** A page of a MediaWiki export. */
export interface DumpPage {
  readonly id: number;
  readonly title: string;
  readonly text: string;
  readonly namespace?: number;
  readonly redirect?: string;
}

const SYLLABLES = [
  "ba",
  "cor",
  "den",
  "fil",
  "gor",
  "hun",
  "jat",
  "kel",
  "lom",
  "mir",
  "nup",
  "ras",
  "sel",
  "tiv",
  "wex",
];

/** An article of its own for each id, far from near copies of the others: no markup, so its text is its wikitext. */
export function articlePage(id: number, words = 30): DumpPage {
  const uniform = seededUniform(id);
  const syllable = () => SYLLABLES[Math.floor(uniform() * SYLLABLES.length)]!;
  const text = Array.from({ length: words }, () => syllable() + syllable() + syllable()).join(" ");
  return { id, title: `Page ${id}`, text };
}

/** Articles with those ids, or from 1 to a number. */
export function articlePages(ids: number | readonly number[]): DumpPage[] {
  const all = typeof ids === "number" ? Array.from({ length: ids }, (_, at) => at + 1) : ids;
  return all.map((id) => articlePage(id));
}

/** Pages of each kind that is skipped, with ids from `id` on. */
export function skippedPages(id: number): DumpPage[] {
  const { text } = articlePage(id);
  return [
    { id, title: `Talk:Page ${id}`, namespace: 1, text },
    { id: id + 1, title: `Page ${id + 1}`, redirect: "Page 1", text: "#REDIRECT [[Page 1]]" },
    { id: id + 2, title: `Page ${id + 2} (disambiguation)`, text: `${text}\n* [[Page 1]]\n{{disambiguation}}` },
    { id: id + 3, title: `Page ${id + 3}`, text: "Short." },
  ];
}

/** A MediaWiki export of these pages. */
export function dumpOf(pages: readonly DumpPage[]): string {
  return `<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xml:lang="en">\n${pages.map(xmlOf).join("")}</mediawiki>\n`;
}

function xmlOf({ id, title, text, namespace = 0, redirect }: DumpPage): string {
  return (
    `<page><title>${escaped(title)}</title><ns>${namespace}</ns><id>${id}</id>` +
    (redirect === undefined ? "" : `<redirect title="${escaped(redirect)}"/>`) +
    `<revision><id>${1000 + id}</id><timestamp>2025-01-01T00:00:00Z</timestamp>` +
    `<text xml:space="preserve">${escaped(text)}</text></revision></page>\n`
  );
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
