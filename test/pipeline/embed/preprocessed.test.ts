import assert from "node:assert/strict";
import test from "node:test";
import { createPreprocessing } from "../../../src/embed/preprocess.ts";
import { preprocessedDocuments } from "../../../src/pipeline/embed/preprocessed.ts";
import { sampleDocuments } from "../../../src/pipeline/embed/sample.ts";
import { drain } from "../../support/chunks.ts";
import { documentsOf, type FieldsOrBad } from "./documentsof.ts";

const nfkcSpaces = createPreprocessing("nfkc,spaces");
const preprocessed = (rows: readonly FieldsOrBad[], field = "text") =>
  preprocessedDocuments(documentsOf(rows, 2), field, nfkcSpaces);

test("the text field alone is made anew, at its place; what is no text and what cannot be read stay", async () => {
  const odd = JSON.parse('{"__proto__":" a  b ","text":" x "}') as Record<string, unknown>;
  const rows: FieldsOrBad[] = [
    { id: " 1 ", text: " \ufb01  x ", title: " a  b " },
    { text: 5 },
    { text: null, other: " " },
    {},
    "no JSON",
    { text: "\u00a0" },
    odd,
  ];
  const { items: pieces } = await drain(preprocessed(rows).read());
  const found = pieces.flatMap(({ documents }) => documents);
  assert.equal(
    JSON.stringify(found.map(({ fields }) => fields)),
    '[{"id":" 1 ","text":"fi x","title":" a  b "},{"text":5},{"text":null,"other":" "},{},{"text":""},' +
      '{"__proto__":" a  b ","text":"x"}]',
  );
  assert.deepEqual(
    found.map(({ row }) => row),
    [0, 1, 2, 3, 5, 6],
  );
  assert.deepEqual(
    pieces.flatMap(({ bad }) => bad.map(({ row, reason }) => [row, reason])),
    [[4, "no JSON"]],
  );
  const { items: some } = await drain(preprocessed(rows).read({ wants: (row) => row === 0 }));
  assert.deepEqual(
    some.map(({ documents }) => documents.length),
    [1, 0, 0, 0],
  );
  const { items: proto } = await drain(preprocessed([odd], "__proto__").read());
  assert.equal(JSON.stringify(proto[0]!.documents[0]!.fields), '{"__proto__":"a b","text":" x "}');
});

test("a sample is drawn of processed texts: those that become empty are skipped and counted, lone surrogates too", async () => {
  const rows = [{ text: "a" }, { text: "\u0085" }, { text: " \u3000" }, { text: " \ud800 " }, { text: "b " }];
  const spec = { dataset: "d", split: "s", seed: 1, n: 9, textField: "text", idField: "id" };
  const { size, rowsTotal, skipped } = await sampleDocuments(preprocessed(rows), spec);
  assert.deepEqual([size, rowsTotal, skipped["empty text"], skipped["text not Unicode"]], [2, 5, 2, 1]);
  // U+0085 is white space for Unicode, and none for JavaScript.
  assert.equal((await sampleDocuments(documentsOf(rows), spec)).skipped["empty text"], 1);
});
