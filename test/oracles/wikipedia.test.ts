import assert from "node:assert/strict";
import test from "node:test";
import { decompress } from "../../src/formats/decompress.ts";
import { readPages } from "../../src/formats/mediawiki.ts";
import { plainText } from "../../src/formats/wikitext.ts";
import { readArticles } from "../../src/pipeline/articles.ts";
import { openByteStream } from "../../src/runtime/bytestream.ts";
import { askPython } from "../support/ask.ts";
import { drain } from "../support/chunks.ts";
import { missingPython } from "../support/python.ts";
import { missingShared, wikipediaSample } from "../support/shared.ts";
import { sha256 } from "../support/sums.ts";

// 206 real pages; they lie beside the project, not in it.
const sample = wikipediaSample;
const skip = missingShared(sample) || missingPython("bz2", "xml.etree.ElementTree");

// Another reader of both formats, and a crude way from wikitext to words.
const READ = String.raw`
import bz2, hashlib, html, json, re, sys
import xml.etree.ElementTree as tree

root = tree.fromstring(bz2.open(sys.argv[1]).read())
space = root.tag[: root.tag.index("}") + 1]

def innermost(text, pattern, replacement):
    while True:
        stripped = re.sub(pattern, replacement, text)
        if stripped == text:
            return text
        text = stripped

def words(text):
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r"<ref[^<>]*/>", "", text)
    text = re.sub(r"<(ref|math|gallery|source|timeline)\b[^<>]*>.*?</\1>", "", text, flags=re.S)
    text = innermost(text, r"\{\{[^{}]*\}\}", "")
    text = innermost(text, r"(?s)\{\|(?:(?!\{\|).)*?\|\}", "")
    text = innermost(text, r"\[\[(?:File|Image|Category):[^\[\]]*\]\]", "")
    text = innermost(text, r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]", r"\1")
    text = re.sub(r"\[https?://\S+ ?([^\]]*)\]", r"\1", text)
    text = re.sub(r"(?m)^=+.*=+ *$", "", text)
    text = html.unescape(re.sub(r"<[^<>]*>", " ", text))
    return re.findall(r"[^\W\d_]+", text.replace("''", "").lower())

pages = []
for page in root.iter(space + "page"):
    redirect = page.find(space + "redirect")
    revision = page.findall(space + "revision")[-1]
    text = revision.findtext(space + "text") or ""
    pages.append({
        "id": int(page.findtext(space + "id")),
        "title": page.findtext(space + "title"),
        "namespace": int(page.findtext(space + "ns")),
        "redirect": None if redirect is None else redirect.get("title"),
        "revision": int(revision.findtext(space + "id")),
        "timestamp": revision.findtext(space + "timestamp"),
        "length": len(text.encode("utf-16-le")) // 2,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "words": words(text) if redirect is None else [],
        "isDisambiguation": bool(re.search(r"\{\{\s*(disambig|dab|geodis|hndis|[\w ]+disambiguation)", text, re.I)),
    })
print(json.dumps(pages))
`;

interface Page {
  readonly id: number;
  readonly title: string;
  readonly namespace: number;
  readonly redirect: string | null;
  readonly words: readonly string[];
  readonly isDisambiguation: boolean;
}

/** The page that Python printed, without what it says of its words. */
const withoutWords = ({ words: _words, isDisambiguation: _isDisambiguation, ...page }: Page) => page;

const wordsOf = (text: string) => text.toLowerCase().match(/[^\W\d_]+|\p{Alphabetic}+/gu) ?? [];

/** How many of the first words, each as often as it occurs, are among the second. */
function overlap(words: readonly string[], among: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const word of among) counts.set(word, (counts.get(word) ?? 0) + 1);
  let found = 0;
  for (const word of words) {
    const left = counts.get(word) ?? 0;
    if (left > 0) found++;
    counts.set(word, left - 1);
  }
  return found / Math.max(1, words.length);
}

let asked: Page[] | undefined;
const pagesOfPython = () => (asked ??= askPython<Page[]>(READ, sample));
const pagesOfOurs = async () => drain(readPages(decompress(await openByteStream(sample))));

test("the pages of a real export are those that Python reads", { skip }, async () => {
  const { items, error } = await pagesOfOurs();
  assert.equal(error, undefined);
  const ours = items.map(({ text, redirect, ...page }) => ({
    ...page,
    redirect: redirect ?? null,
    length: text.length,
    sha256: sha256(new TextEncoder().encode(text)),
  }));
  assert.equal(ours.length, 206);
  assert.deepEqual(ours, pagesOfPython().map(withoutWords));
});

test("their articles are those that are no redirect and no disambiguation", { skip }, async () => {
  const { items } = await drain(readArticles(sample));
  const kindOf = (page: Page): string => {
    if (page.namespace !== 0) return "namespace";
    if (page.redirect !== null) return "redirect";
    return page.isDisambiguation ? "disambiguation" : "article";
  };
  assert.deepEqual(
    items.map((item) => [item.id, "reason" in item ? item.reason : "article"]),
    pagesOfPython().map((page) => [page.id, kindOf(page)]),
  );
});

test("their text has the words of the wikitext, in order, and no markup", { skip }, async () => {
  const { items } = await pagesOfOurs();
  const byId = new Map(pagesOfPython().map((page) => [page.id, page]));
  const kept: number[] = [];
  const told: number[] = [];
  const ordered: number[] = [];
  for (const page of items.filter(({ redirect }) => redirect === undefined)) {
    const { text, fault } = await plainText(page);
    assert.equal(fault, undefined, page.title);
    assert.doesNotMatch(text, /\[\[|\]\]|\{\{|\}\}|<\/?ref|<!--|'''|\{\||&[a-z]{2,6};|\n\n\n| {2}|^\s|\s$/, page.title);
    const crude = byId.get(page.id)!.words;
    const ours = wordsOf(text);
    kept.push(overlap(crude, ours));
    told.push(overlap(ours, crude));
    // The first words of the first sentence, in their order.
    let [at, inOrder] = [0, 0];
    const first = wordsOf(text.split(/\n|\. /)[0]!).slice(0, 20);
    for (const word of first) {
      const ahead = crude.slice(at, at + 40).indexOf(word); // a word of a template may not be there
      if (ahead >= 0) [at, inOrder] = [at + ahead + 1, inOrder + 1];
    }
    ordered.push(inOrder / Math.max(1, first.length));
  }
  const least = (shares: number[]) => shares.toSorted((a, b) => a - b);
  const mean = (shares: number[]) => shares.reduce((sum, share) => sum + share, 0) / shares.length;
  assert.ok(mean(ordered) > 0.9, `${mean(ordered)}`);
  assert.ok(mean(kept) > 0.97 && mean(told) > 0.97, `${mean(kept)} ${mean(told)}`);
  assert.ok(least(kept)[0]! > 0.8 && least(told)[0]! > 0.8, `${least(kept)[0]} ${least(told)[0]}`);
});
