import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { imageColumns, sampleAt } from "../../src/formats/imagerows.ts";
import { parseSample, sampleJson, SAMPLE_JSON_MAX, sampleName } from "../../src/formats/sample.ts";
import { makeImages } from "./imagesamples.ts";

const factors = (...slots: number[][]) => {
  const bytes = new Uint8Array(24);
  slots.forEach((slot, at) => bytes.set(slot, at * 6));
  return bytes;
};

test("a sample is its label and the objects that are present", () => {
  assert.equal(sampleJson(0, factors()), '{"label":0,"objects":[]}');
  assert.equal(
    sampleJson(5, factors([1, 0, 3, 1, 2, 7], [1, 3, 9, 0, 15, 13])),
    '{"label":5,"objects":[{"type":"blob","colour":3,"row":1,"column":2,"pixels":7},' +
      '{"type":"pattern","colour":9,"row":0,"column":15,"pixels":13}]}',
  );
});

test("the types are blob, rectangle, line and pattern", () => {
  const types = [0, 1, 2, 3].map(
    (type) =>
      (JSON.parse(sampleJson(0, factors([1, type, 1, 0, 0, 1]))) as { objects: { type: string }[] }).objects[0]!.type,
  );
  assert.deepEqual(types, ["blob", "rectangle", "line", "pattern"]);
});

test("what is written is read back, and is JSON of no more than its longest", () => {
  const columns = imageColumns(makeImages(64, 500));
  for (let row = 0; row < 500; row++) {
    const { label, factors: expected } = sampleAt(columns, row);
    const text = sampleJson(label, expected);
    assert.deepEqual(parseSample(text), { label, factors: Uint8Array.from(expected) });
    assert.equal(text, JSON.stringify(JSON.parse(text)));
    assert.ok(text.length <= SAMPLE_JSON_MAX);
  }
  const slot = [1, 1, 255, 255, 255, 255];
  assert.equal(sampleJson(255, factors(slot, slot, slot, slot)).length, SAMPLE_JSON_MAX);
});

test("factors that no image has are not written", () => {
  assert.throws(() => sampleJson(0, new Uint8Array(23)), /23 factors.*24/);
  assert.throws(() => sampleJson(0, factors([2, 0, 0, 0, 0, 0])), /factor 0/);
  assert.throws(() => sampleJson(0, factors([0, 0, 0, 0, 0, 7])), /factor 5/);
  assert.throws(() => sampleJson(0, factors([0, 0, 0, 0, 0, 0], [1, 0, 1, 0, 0, 1])), /factor 6/);
  assert.throws(() => sampleJson(0, factors([1, 4, 1, 0, 0, 1])), /type 4/);
});

const object = { type: "line", colour: 1, row: 2, column: 3, pixels: 4 };
const sample = (objects: unknown, label: unknown = 1) => JSON.stringify({ label, objects });
const malformed: Record<string, string> = {
  "no text": "",
  "no JSON": "{",
  "several lines": '{\n"label":\n',
  "another value": "7",
  null: "null",
  "a list": "[1,[]]",
  "no label": '{"objects":[]}',
  "no objects": '{"label":1}',
  "another key": '{"label":1,"objects":[],"cls":1}',
  "a label above 255": sample([], 256),
  "a label below 0": sample([], -1),
  "a fraction": sample([], 1.5),
  "a text as the label": sample([], "1"),
  "objects that are no list": sample({}),
  "five objects": sample([object, object, object, object, object]),
  "an object that is none": sample([null]),
  "an object without a type": sample([{ ...object, type: undefined }]),
  "an unknown type": sample([{ ...object, type: "circle" }]),
  "a type by number": sample([{ ...object, type: 2 }]),
  "an object with another key": sample([{ ...object, shape: 1 }]),
  "a colour that is no byte": sample([{ ...object, colour: 1000 }]),
  "a row that is no number": sample([{ ...object, row: null }]),
};
for (const [what, text] of Object.entries(malformed)) {
  test(`${what}: one clear line`, () => {
    assert.throws(
      () => parseSample(text),
      (error) => {
        assert.ok(error instanceof InputError, String(error));
        assert.match(error.message, /^[\x20-\x7e]{1,160}$/);
        return true;
      },
    );
  });
}

test("names are numbers of at least eight digits", () => {
  assert.deepEqual([0, 7, 12345678, 99_999_999, 100_000_000, 2 ** 53 - 1].map(sampleName), [
    "00000000",
    "00000007",
    "12345678",
    "99999999",
    "100000000",
    "9007199254740991",
  ]);
});
