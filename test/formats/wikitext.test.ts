import assert from "node:assert/strict";
import test from "node:test";
import wtf from "wtf_wikipedia";
import { plainText } from "../../src/formats/wikitext.ts";

const textOf = async (text: string, timestamp = "2016-05-05T00:00:00Z"): Promise<string> => {
  const result = await plainText({ title: "T", text, timestamp });
  assert.equal(result.fault, undefined, text.slice(0, 100));
  return result.text;
};

test("paragraphs and lists stay, all else goes", async () => {
  const text = await textOf(`{{Infobox a|b=c}}
'''A''' is [[beta|the ''second'' letter]].<ref>{{cite web|title=x}} [[y]]</ref> It costs $5,<ref name="q" /> & [http://example.org more].<!-- hidden
{{x}} -->

Second paragraph <ref>unclosed, so text
== Heading ==
* one
* two [[gamma]]
{| class="wikitable"
| cell || cell
|}
[[File:A.jpg|thumb|caption]]
<gallery>
A.jpg|caption
</gallery>
[[Category:Letters]]`);
  assert.equal(
    text,
    "A is the second letter. It costs $5, & more.\n\nSecond paragraph unclosed, so text\n\n* one\n* two gamma",
  );
});

test("what a page is", async () => {
  const kind = async (title: string, text: string) => {
    const { isRedirect, isDisambiguation } = await plainText({ title, text, timestamp: "" });
    return isRedirect ? "redirect" : isDisambiguation ? "disambiguation" : "article";
  };
  assert.equal(await kind("A", "#REDIRECT [[Beta]]"), "redirect");
  assert.equal(await kind("A", "#redirect [[Beta#c]] {{R from move}}"), "redirect");
  assert.equal(await kind("A", "'''A''' may refer to:\n* [[B]]\n{{disambiguation}}"), "disambiguation");
  assert.equal(await kind("A (disambiguation)", "'''A''' is B."), "disambiguation");
  assert.equal(await kind("A", "'''A''' is B. The #redirect [[C]] is text."), "article");
});

test("no template reads the clock, the time zone or the language of the machine", async () => {
  let names: string[] = [];
  wtf.extend((_models: unknown, templates: Record<string, unknown>) => (names = Object.keys(templates)));
  assert.ok(names.length > 500);
  const values = [
    "",
    "|2001|5|6",
    "|2001|5|6|2011|2|3",
    "|May 6, 2001",
    "|2001-05-06",
    "|12345.678|99999|3",
    "|b|1976|6|6|1990|8|8",
  ];
  const read = async (): Promise<string> => {
    const texts: string[] = [];
    for (const name of names)
      texts.push(await textOf(values.map((list) => `${name}: {{${name}${list}}}`).join("\n\n")));
    return texts.join("\n");
  };

  const expected = await read();
  const { toLocaleString } = Number.prototype;
  const RealDate = Date;
  class OtherDate extends RealDate {
    constructor(...args: [] | [number]) {
      if (args.length === 0) super(4e12);
      else super(...args);
    }
    static override now = () => 4e12;
    override getFullYear = () => super.getUTCFullYear() + 1; // as if in another time zone, by much
    override getDate = () => (super.getUTCDate() % 28) + 1;
  }
  try {
    globalThis.Date = OtherDate as DateConstructor;
    Reflect.set(Number.prototype, "toLocaleString", () => "a number in another language");
    assert.equal(await read(), expected);
  } finally {
    globalThis.Date = RealDate;
    Reflect.set(Number.prototype, "toLocaleString", toLocaleString);
  }
});

test("ages and dates are those of the revision", async () => {
  const known: [wikitext: string, text: string][] = [
    ["{{age|2000|5|6}}", "15"],
    ["{{age|2000|5|5}}", "16"],
    ["{{Age in years|2000|may|5|2001|5|4}}", "0 years"],
    ["{{age in years, months and days|2000|5|6|2001|7|1}}", "1 year, 1 month, 25 days"],
    ["{{age in years and months|2000|5|6|2001|6|7}}", "1 year, 1 month"],
    ["{{age in years and days|2000|1|1|2001|1|11}}", "1 year, 10 days"],
    ["{{age in days|2000|1|1|2001|1|1}}", "366 days"],
    ["{{CURRENTDAYNAME}}, {{LOCALDAY}} {{CURRENTMONTHNAME}} {{CURRENTYEAR}}", "Thursday, 5 May 2016"],
    ["{{MONTHYEAR-1}}, {{monthyear}}, {{monthyear+1}}", "April 2016, May 2016, June 2016"],
    ["{{birth year and age|1990|4}}", "April 1990 (age 26)"],
    ["{{year|May 5, 1987}}", "1987"],
    ["a {{time ago|2001-01-01}} b", "a b"],
  ];
  for (const [wikitext, text] of known) assert.equal(await textOf(wikitext), text, wikitext);
  assert.equal(await textOf("In {{CURRENTYEAR}} {{age|2000|1|1}} x", ""), "In x");
});

test("numbers are grouped as in English", async () => {
  assert.equal(
    await textOf("{{formatnum:1234567.8910}} {{formatnum:-1000}} {{formatnum:abc}}"),
    "1,234,567.8910 -1,000 abc",
  );
  assert.equal(await textOf("{{val|12345.6|u=km}} {{val|999}}"), "12,345.6 km 999");
  assert.equal(await textOf("{{percent and number|1234|5000|1}}"), "24.7% (1,234)");
});

test("a dollar before a quote is no order to repeat the page", async () => {
  const hostile = "{{sic|$'}} {{sic|$`}} {{sic|$&}} ".repeat(30);
  const text = await textOf(`Begin ${hostile} end`);
  assert.ok(text.length < 2 * hostile.length, `${text.length}`);
  assert.ok(text.includes("$' [sic] $` [sic] $& [sic]"));
});

test("no template makes more text than MediaWiki would", async () => {
  assert.equal(
    await textOf("{{padleft:7|3|0}} {{padleft|7|4}} {{padright:7|3|x}} {{loop|3|ab}}"),
    "007 0007 7xx ababab",
  );
  const long = await textOf("{{padleft|7|999999999}} {{padright|7|999999999}} {{loop|999999999|ab}}");
  assert.equal(long.length, 500 + 1 + 500 + 1 + 1000);
});

test("whatever is in a page, it is read", async () => {
  const units = [
    "{{",
    "}}",
    "{{a|",
    "[[",
    "]]",
    "[[a|",
    "{|\n",
    "|}",
    "<ref>",
    "<ref name=a />",
    "<!--",
    "'''",
    "==a==\n",
    "* a\n",
    "<math>",
    "(",
  ];
  for (const unit of units) {
    const { text } = await plainText({ title: "T", text: `Before it. ${unit.repeat(300)}`, timestamp: "" });
    assert.equal(typeof text, "string");
  }
  const { text, fault } = await plainText({
    title: "T",
    text: "{{a|".repeat(20_000) + "}}".repeat(20_000),
    timestamp: "",
  });
  assert.deepEqual([fault, text.startsWith("a|")], [undefined, true]); // deeper than templates may be nested
});

test("of a long page the first part is read, and long lines are broken", async () => {
  const text = await textOf(`${"A sentence with some words in it.\n\n".repeat(20_000)}`);
  assert.ok(text.length > 200_000 && text.length <= 1 << 18, `${text.length}`);
  assert.ok(text.endsWith("A sentence with some words in it."));
  // One sentence that never ends took all memory: the library keeps each of its beginnings.
  const abbreviations = await textOf("a. ".repeat(40_000));
  assert.equal(abbreviations.replaceAll(/\s+/g, "").length, 80_000);
  const line = await textOf("Many words are in this line. ".repeat(2_000));
  assert.equal(line.replaceAll(/\s+/g, " ").length, "Many words are in this line. ".length * 2_000 - 1);
});
