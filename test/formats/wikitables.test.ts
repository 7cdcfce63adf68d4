import assert from "node:assert/strict";
import test from "node:test";
import { withoutTables } from "../../src/formats/wikitables.ts";
import { plainText } from "../../src/formats/wikitext.ts";

const textOf = async (text: string) => (await plainText({ title: "T", text, timestamp: "" })).text;

test("tables go, those in others too, and what stands beside them stays", () => {
  const known: [wikitext: string, rest: string][] = [
    ["a\n{| class=x\n| b\n|}\nc", "a\nc"],
    ["a\n:{|\n| b\n{|\n| c\n|}\n| d\n  |} e\nf", "a\n e\nf"],
    ["{{Infobox\n| a = b\n|}}\n{|\n{{t\n|}}\n|}\nc", "{{Infobox\n| a = b\n|}}\nc"],
    ["|}\na {| b\n|}c\n! d", "\na {| b\nc\n! d"],
    ["a\n{|\n| b\n|}", "a"],
    ["{|\n== in a cell ==\n|}\na", "a"],
    ["a\n{|\n| b\n\n| c", "a"],
    ["a\n{|\n| b\n== C ==\nd\n{|\n| e", "a\n== C ==\nd"],
    ["a\n{|\n| b\n{|\n| c\n== D ==\n|} e\n| f\n== G ==\nh", "a\n== G ==\nh"],
    ["{|\n".repeat(3) + "|}\n".repeat(2) + "a\n==B==", "==B=="],
    ["none", "none"],
  ];
  for (const [wikitext, rest] of known) assert.equal(withoutTables(wikitext), rest, wikitext);
});

test("the time does not grow with the square of the number of tables", () => {
  for (const unit of ["{|\n", "{|\n|}\n", "|}\n", "==a==\n{|\n"]) {
    const rest = withoutTables(`a\n${unit.repeat(300_000)}`);
    assert.ok(rest.startsWith("a"), unit);
  }
});

test("prose after a table of 500,000 characters is read, and nothing of the table", async () => {
  const rows = '|-\n| * || "Name" || {{flag|X}}\n'.repeat(18_000);
  const text = await textOf(`Before it.\n\n{| class="wikitable"\n${rows}|}\n\nAfter it.`);
  assert.equal(text, "Before it.\n\nAfter it.");
});

test("what is open where a long page is cut goes", async () => {
  const prose = "A line of prose, which is short.\n\n".repeat(7709); // up to 40 characters before the cut
  const inside = "secret | ]\n".repeat(2000);
  for (const begin of ["{{Quote|", "[[File:A.jpg|", "<gallery>", "<syntaxhighlight lang=c>", "{{a|{{b}} [[c]] [[d|"]) {
    assert.equal(await textOf(`${prose}${begin}\n${inside}`), prose.trim(), begin);
  }
});

test("what is open long before the cut takes nothing with it", async () => {
  const prose = "A line of prose, which is short.\n\n".repeat(9000);
  for (const begin of ["{{", "[["]) assert.ok((await textOf(`${begin}a ${prose}`)).length > 200_000, begin);
});

test("the cut is never within a character", async () => {
  for (const begin of ["", "a"]) assert.ok((await textOf(begin + "🥕".repeat(140_000))).isWellFormed(), begin);
});
