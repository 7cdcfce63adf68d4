import assert from "node:assert/strict";
import test from "node:test";
import { decodeEntities } from "../../src/formats/entities.ts";
import { askPython } from "../support/ask.ts";
import { missingPython } from "../support/python.ts";

test("characters by name and by number", () => {
  assert.equal(decodeEntities("2 &times; &#215; &#xD7; &eta;&hellip; &amp;lt; &lt;b&gt;"), "2 × × × η… &lt; <b>");
  assert.equal(decodeEntities("&nosuch; &; & &#; &#x; AT&T; &amp"), "&nosuch; &; & &#; &#x; AT&T; &amp");
  assert.equal(decodeEntities("&#0;&#xD800;&#1114112;&#128512;"), "   😀");
});

// The two angle brackets are those of HTML 4 here, and of HTML 5 in Python's other table.
test("the names are those of HTML 4", { skip: missingPython("html.entities") }, () => {
  const known = askPython<Record<string, number>>(
    "import html.entities, json; print(json.dumps(html.entities.name2codepoint))",
  );
  assert.equal(Object.keys(known).length, 252);
  for (const [name, code] of Object.entries(known)) {
    assert.equal(decodeEntities(`&${name};`).codePointAt(0), code, name);
  }
});
