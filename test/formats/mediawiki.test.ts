import assert from "node:assert/strict";
import test from "node:test";
import { BrokenStream, InputError } from "../../src/data/errors.ts";
import { readPages } from "../../src/formats/mediawiki.ts";
import { chunksOf, drain } from "../support/chunks.ts";

const read = (xml: string | Uint8Array, length?: number) =>
  drain(readPages(chunksOf(typeof xml === "string" ? new TextEncoder().encode(xml) : xml, length)));
const page = (body: string, revisions = "<revision><id>9</id><timestamp>t</timestamp><text>x</text></revision>") =>
  `<page>${body}${revisions}</page>`;
const PLAIN = { redirect: undefined, text: "x", revision: 9, timestamp: "t" };

test("pages come with their last revision, whatever else is in them", async () => {
  const xml = `<?xml version="1.0" encoding="utf-8"?>
<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/"><siteinfo><id>99</id><title>no</title></siteinfo>
${page("<title>A &amp; B &#x1F955; &lt;</title><ns>0</ns><id>1</id>")}
${page('<title>C</title><ns>14</ns><id>2</id><redirect title="D &quot;e&quot;" />')}
${page("<title>F</title><ns>0</ns><id>3</id>", "<revision><id>1</id><contributor><id>77</id></contributor><timestamp>a</timestamp><text>old</text></revision><revision><id>2</id><timestamp>b</timestamp><text xml:space='preserve'>new <![CDATA[<raw> & ]]>end\r\n</text><sha1>s</sha1></revision>")}
${page("<title>G</title><ns>0</ns><id>4</id>", "<revision><id>5</id><timestamp>c</timestamp><text>shown</text></revision><revision><id>6</id><text deleted='deleted' /></revision>")}
${page("<title>H</title><ns>0</ns><id>5</id>", "")}
${page("<title>I</title><ns>0</ns><id>6</id>", "<revision><id>7</id><text>one</text><content><role>aux</role><text>two</text></content></revision><discussionthreadinginfo><id>8</id></discussionthreadinginfo>")}
<logitem><id>1</id></logitem></mediawiki>`;
  const expected = [
    { id: 1, title: "A & B 🥕 <", namespace: 0, ...PLAIN },
    { id: 2, title: "C", namespace: 14, ...PLAIN, redirect: 'D "e"' },
    { id: 3, title: "F", namespace: 0, redirect: undefined, text: "new <raw> & end\n", revision: 2, timestamp: "b" },
    { id: 4, title: "G", namespace: 0, redirect: undefined, text: "", revision: 6, timestamp: "" },
    { id: 5, title: "H", namespace: 0, redirect: undefined, text: "", revision: 0, timestamp: "" },
    { id: 6, title: "I", namespace: 0, redirect: undefined, text: "one", revision: 7, timestamp: "" },
  ];
  for (const length of [1, 3, 100, 65_536])
    assert.deepEqual(await read(xml, length), { items: expected, error: undefined });
});

test("without <ns> the namespace is that of the title's prefix", async () => {
  const info =
    '<siteinfo><namespaces><namespace key="4">Gardenpedia</namespace><namespace key="10">Vorlage</namespace><namespace key="0" /></namespaces></siteinfo>';
  const titles = [
    "Gardenpedia:A",
    "vorlage:B",
    "Template:C",
    "User talk:D",
    "User_talk:E",
    "2001: a",
    ":F",
    "G",
    "Talk:H",
  ];
  const xml = `<mediawiki>${info}${titles.map((title, at) => page(`<title>${title}</title><id>${at}</id>`)).join("")}</mediawiki>`;
  const { items } = await read(xml);
  assert.deepEqual(
    items.map(({ namespace }) => namespace),
    [4, 10, 10, 3, 3, 0, 0, 0, 1],
  );
});

test("ids are whole numbers and nothing else; pages without id or title stay in the line", async () => {
  const known: [id: string, expected: number][] = [
    ["7", 7],
    [" 12\n", 12],
    ["999999999999999", 999_999_999_999_999],
  ];
  for (const id of ["-5", "12abc", "1e5", "0x10", "+1", "1.0", "1 2", "", "x", "9999999999999999"]) known.push([id, 0]);
  const xml = known.map(([id]) => page(`<title>B</title><ns>0</ns><id>${id}</id>`)).join("");
  const { items, error } = await read(`<mediawiki>${xml}${page("<id>1</id>")}${page("<title>C</title>")}</mediawiki>`);
  assert.equal(error, undefined);
  assert.deepEqual(
    items.map(({ id, title }) => [id, title]),
    [...known.map(([, expected]) => [expected, "B"]), [1, ""], [0, "C"]],
  );
});

test("namespaces are numbers, or those of the titles", async () => {
  const known: [ns: string, expected: number][] = [
    ["-2", -2],
    [" 14 ", 14],
    ["0x", 1],
    ["", 1],
  ];
  const xml = known.map(([ns]) => page(`<title>Talk:B</title><ns>${ns}</ns><id>1</id>`)).join("");
  const { items } = await read(`<mediawiki>${xml}</mediawiki>`);
  assert.deepEqual(
    items.map(({ namespace }) => namespace),
    known.map(([, expected]) => expected),
  );
});

const BEGIN = `<mediawiki>${page("<title>A</title><id>1</id>")}`;
const broken: [what: string, xml: string, message: RegExp][] = [
  ["an end too early", BEGIN, /^Malformed XML at line 1, column \d+, after the page "A": unclosed tag: mediawiki$/],
  [
    "an end in a page",
    `${BEGIN}\n<page><title>B`,
    /^Malformed XML at line 2, column 14, after the page "A": unclosed tag: title$/,
  ],
  ["a wrong tag", `${BEGIN}<page><b></pages>`, /after the page "A": unexpected close tag/],
  ["an unknown entity", `${BEGIN}<page>&nbsp;`, /undefined entity/],
  ["entities of its own", `<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${BEGIN}<page>&b;`, /undefined entity/],
  ["a tag in 64 others", `${BEGIN}${"<a>".repeat(64)}`, /after the page "A": more than 64 nested tags$/],
];
for (const [what, xml, message] of broken) {
  test(`${what} is told after the pages before it`, async () => {
    for (const length of [1, 65_536]) {
      const { items, error } = await read(xml, length);
      assert.deepEqual(items, [{ id: 1, title: "A", namespace: 0, ...PLAIN }]);
      assert.ok(error instanceof BrokenStream, String(error));
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
    }
  });
}

test("what is no UTF-8 is told after the pages before it", async () => {
  const { items, error } = await read(Uint8Array.from([...new TextEncoder().encode(`${BEGIN}<page>`), 0xff, 0x61]));
  assert.equal(items.length, 1);
  assert.ok(error instanceof BrokenStream);
  assert.match(error.message, /^Not UTF-8 at line 1, column \d+, after the page "A" \(byte \d+ of the XML\)$/);
});

test("tags nested in tags without end are told at once", async () => {
  let chunks = 0;
  async function* nested() {
    yield new TextEncoder().encode("<mediawiki>");
    for (; chunks < 1000; chunks++) yield new TextEncoder().encode("<a>".repeat(100));
  }
  const { items, error } = await drain(readPages(nested()));
  assert.deepEqual([items.length, chunks], [0, 0]);
  assert.ok(error instanceof BrokenStream);
  assert.equal(
    error.message,
    "Malformed export at line 1, column 203, before the first page: more than 64 nested tags",
  );
  const deep = `${BEGIN}${`${"<a>".repeat(62)}<b/>${"</a>".repeat(62)}`.repeat(2)}</mediawiki>`;
  assert.equal((await read(deep)).error, undefined);
});

test("a file that is no export is refused, with what it is instead", async () => {
  const others: [content: string | Uint8Array, message: RegExp][] = [
    ["", /^the file is empty$/],
    [" ", /found no XML: document must contain a root element$/],
    ["hello", /found no XML: text data outside of root node$/],
    ["<html><page/></html>", /which begins with <mediawiki>, found <html>$/],
    ["\n<rss version='2.0'/>", /found/],
    [Uint8Array.of(0xff, 0xfe, 0x3c, 0), /found no UTF-8 text$/],
    ["PK\u0003\u0004", /found no XML/],
  ];
  for (const [content, message] of others) {
    const { items, error } = await read(content);
    assert.deepEqual(items, []);
    assert.ok(error instanceof InputError, String(error));
    assert.match(error.message, message);
  }
});

test("a page that is too long is told, and many revisions are not too long", async () => {
  const mebibyte = new Uint8Array(1 << 20).fill(0x61);
  async function* endless(between: string, times: number) {
    yield new TextEncoder().encode(`${BEGIN}<page><title>B</title><id>2</id><revision><text>`);
    for (let i = 0; i < times; i++) {
      yield mebibyte;
      yield new TextEncoder().encode(between);
    }
    yield new TextEncoder().encode("</text></revision></page></mediawiki>");
  }
  const { items, error } = await drain(readPages(endless("", 1000)));
  assert.equal(items.length, 1);
  assert.ok(error instanceof BrokenStream);
  assert.match(error.message, /after the page "A": more than 67108864 characters$/);
  const many = await drain(readPages(endless("</text></revision><revision><text>", 80)));
  assert.deepEqual(
    many.items.map(({ id }) => id),
    [1, 2],
  );
});
