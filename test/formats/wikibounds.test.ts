import assert from "node:assert/strict";
import test from "node:test";
import { bounded, fewTemplates } from "../../src/formats/wikibounds.ts";
import { plainText } from "../../src/formats/wikitext.ts";

test("short lines without end do not take all memory", async () => {
  for (const unit of ["\n!", "\n}"]) {
    const { text, fault } = await plainText({
      title: "T",
      text: `Before.${unit.repeat(130_000)}\n\nAfter.`,
      timestamp: "",
    });
    assert.deepEqual([fault, text.startsWith("Before."), text.endsWith("After.")], [undefined, true, true], unit);
  }
});

test("paragraphs have 256 lines of prose at most, and headings begin new ones", () => {
  for (const unit of ["\n!", "\na", "\n{a}", "\n=", "\n}\n* b"]) {
    const text = bounded(unit.repeat(10_000));
    assert.equal(text.replaceAll("\n\n", "\n"), unit.repeat(10_000), unit);
    for (const part of text.split("\n\n")) {
      assert.ok(part.split("\n").filter((line) => !/^[*#:;|]|^$/.test(line)).length <= 256, unit);
    }
  }
  const sections = "== A ==\na line of text\n".repeat(1000);
  assert.equal(bounded(sections), sections);
});

test("what is opened again and again is dropped, what is closed stays", () => {
  for (const unit of ["<gallery>", "<math display=x>", "<Table>", "< sub >", "[[", "[[File:a|", "{{", "{{a|", "{|\n"]) {
    const text = bounded(`a ${unit.repeat(5000)} b`);
    assert.doesNotMatch(text, /<|\[\[|\{/, unit);
    assert.match(text, /^a[^]*b$/);
    const few = `a ${unit.repeat(100)} b`;
    assert.equal(bounded(few), few);
  }
  const closed = "[[a]] <math>x</math> <gallery /> {{a|{{b}}}}\n".repeat(150);
  assert.equal(bounded(closed), closed);
});

test("of very many templates the first are read, and the prose after them", async () => {
  const text = fewTemplates("{{coord|1|2}}\n\n".repeat(5000));
  assert.equal(text.split("{{coord|1|2}}").length - 1, 4096);
  const page = await plainText({ title: "T", text: `${"{{a|b}}".repeat(50_000)}\n\nAfter it.`, timestamp: "" });
  assert.ok(page.text.endsWith("After it."));
});
