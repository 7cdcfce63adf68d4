import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { createPreprocessing } from "../../src/embed/preprocess.ts";
import { missingPython, runPython } from "../support/python.ts";

// Known answers of NFC and NFKC: the examples of Unicode Standard Annex 15.
const answers: [steps: string, text: string, expected: string][] = [
  ["nfc", "plain", "plain"],
  ["nfc", "cafe\u0301", "caf\u00e9"],
  ["nfc", "\u212b", "\u00c5"],
  ["nfc", "s\u0323\u0307", "\u1e69"],
  ["nfc", "s\u0307\u0323", "\u1e69"],
  ["nfc", "\u1e0b\u0323", "\u1e0d\u0307"],
  ["nfc", "q\u0307\u0323", "q\u0323\u0307"],
  ["nfc", "\u1100\u1161\u11a8", "\uac01"],
  ["nfc", "\u0958", "\u0915\u093c"], // one that is never composed
  ["nfc", "\ufb01 2\u2075 \u00a0", "\ufb01 2\u2075 \u00a0"],
  ["nfc", "e\ud800\u0301", "e\ud800\u0301"],
  ["nfkc", "\ufb01 2\u2075", "fi 25"],
  ["nfkc", "\u1e9b\u0323", "\u1e69"],
  ["nfkc", "\uff21\u3000\u2460\u00bd", "A 11\u20442"],
  ["nfkc", "\u00a8", " \u0308"],
  ["nfkc", "\udc00\ufb01\ud800", "\udc00fi\ud800"],
  ["spaces", "", ""],
  ["spaces", " ", ""],
  ["spaces", "\r\n\t \u0085\u3000", ""],
  ["spaces", "a", "a"],
  ["spaces", "  a  b\r\n\r\nc\t", "a b c"],
  ["spaces", "a\u00a0\u2003\u2028b\u202f", "a b"],
  ["spaces", "a \u200b b", "a \u200b b"], // zero width space is none
  ["spaces", "\ufeffa\ufeff", "\ufeffa\ufeff"],
  ["spaces", "\ud83d \udca9", "\ud83d \udca9"], // halves that are apart do not meet
  ["spaces", " \ud800 ", "\ud800"],
  ["spaces", " \u0301", "\u0301"],
  ["nfkc,spaces", "\u00a8a", "\u0308a"],
  ["spaces,nfkc", "\u00a8a", " \u0308a"],
  ["nfc,spaces", " e\u0301 \u2003 \ufb01", "\u00e9 \ufb01"],
  ["nfc,spaces,nfkc", " e\u0301 \u2003 \ufb01", "\u00e9 fi"],
];

const codes = (text: string) => [...text].map((each) => each.codePointAt(0)!.toString(16)).join(" ");

test("each step gives its known answers, and steps are done in their order", () => {
  for (const [steps, text, expected] of answers) {
    const { name, apply } = createPreprocessing(steps);
    assert.equal(name, steps);
    assert.equal(codes(apply(text)), codes(expected), `${steps} of ${codes(text)}`);
  }
});

test("white space is what Unicode calls so, of all characters", () => {
  const { apply } = createPreprocessing("spaces");
  const wrong: string[] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    const text = String.fromCodePoint(code);
    const isSpace = apply(`a${text}${text}b`) === "a b";
    if (isSpace !== /^\p{White_Space}$/u.test(text)) wrong.push(codes(text));
  }
  assert.deepEqual(wrong, []);
});

const ORACLE = `
import hashlib, json, unicodedata
assigned = [c for c in range(0x110000) if unicodedata.category(chr(c)) not in ("Cn", "Cs")]
ranges = []
for c in assigned:
    if ranges and ranges[-1][1] == c - 1: ranges[-1][1] = c
    else: ranges.append([c, c])
def sum_of(form):
    lines = (unicodedata.normalize(form, "a" + chr(c) + "\\u0323\\u0301") + "\\n" for c in assigned)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
print(json.dumps({"ranges": ranges, "nfc": sum_of("NFC"), "nfkc": sum_of("NFKC")}))
`;

test(
  "Python, of another version of Unicode, normalises all characters alike that it knows",
  { skip: missingPython("unicodedata") },
  () => {
    const result = runPython(ORACLE);
    assert.ok(result.ok, "reason" in result ? result.reason : "");
    const oracle = JSON.parse(result.stdout) as { ranges: [number, number][]; nfc: string; nfkc: string };
    for (const form of ["nfc", "nfkc"] as const) {
      const { apply } = createPreprocessing(form);
      const hash = createHash("sha256");
      for (const [first, last] of oracle.ranges)
        for (let code = first; code <= last; code++)
          hash.update(`${apply(`a${String.fromCodePoint(code)}\u0323\u0301`)}\n`);
      assert.equal(hash.digest("hex"), oracle[form], form);
    }
  },
);

test("long runs of white space take no more time than their length", () => {
  const { apply } = createPreprocessing("spaces");
  const began = performance.now();
  assert.equal(apply(`a${" ".repeat(3_000_000)}b${"\n x".repeat(1_000_000)}`).length, 3 + 2 * 1_000_000);
  assert.ok(performance.now() - began < 5000);
});

test("unknown and repeated steps are refused with those that there are", () => {
  const refusals: [list: string, says: string][] = [
    ["", '"" of preprocessing is not known'],
    ["none", '"none" of preprocessing is not known'],
    ["lower", '"lower" of preprocessing is not known'],
    ["NFC", '"NFC" of preprocessing is not known'],
    ["nfc, spaces", '" spaces" of preprocessing is not known'],
    ["nfc,", '"" of preprocessing is not known'],
    ["constructor", '"constructor" of preprocessing is not known'],
    ["nfc,spaces,nfc", '"nfc" of preprocessing comes twice'],
  ];
  for (const [list, says] of refusals)
    assert.throws(() => createPreprocessing(list), {
      name: "InputError",
      message: `Step ${says}: give some of nfc, nfkc, spaces`,
    });
});
