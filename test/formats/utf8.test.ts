import assert from "node:assert/strict";
import test from "node:test";
import { utf8Reader } from "../../src/formats/utf8.ts";

const TEXT = "a é € 🥕 \ufffd z";
const bytes = new TextEncoder().encode(TEXT);

test("characters across the borders of pieces stay whole", () => {
  for (let length = 1; length <= bytes.length; length++) {
    const reader = utf8Reader();
    let text = "";
    for (let at = 0; at < bytes.length; at += length) text += reader.read(bytes.subarray(at, at + length)).text;
    assert.equal(text + reader.end().text, TEXT);
  }
});

test("a byte order mark at the begin is left out", () => {
  assert.equal(utf8Reader().read(new TextEncoder().encode("\ufeffab")).text, "ab");
});

test("what is no UTF-8 is told with its place, after what comes before it", () => {
  for (let length = 1; length <= bytes.length; length++) {
    for (const bad of [[0xff], [0xc3, 0x28], [0xe2, 0x82, 0x41], [0xf0, 0x9f, 0xa5, 0x20], [0xed, 0xa0, 0x80]]) {
      const broken = Uint8Array.from([...bytes, ...bad, 0x61, 0x62]);
      const reader = utf8Reader();
      let text = "";
      let brokenAt: number | undefined;
      for (let at = 0; at < broken.length && brokenAt === undefined; at += length) {
        const piece = reader.read(broken.subarray(at, at + length));
        text += piece.text;
        brokenAt = piece.brokenAt;
      }
      assert.equal(text, TEXT, `pieces of ${length}`);
      // Whether the bytes of a character that breaks off were read depends on the borders only up to three bytes.
      assert.ok(brokenAt! >= bytes.length && brokenAt! <= bytes.length + 3, `${brokenAt} of ${bytes.length}`);
    }
  }
});

test("a character whose end is missing is told at the end", () => {
  const reader = utf8Reader();
  assert.deepEqual(reader.read(Uint8Array.of(0x61, 0xe2, 0x82)), { text: "a" });
  assert.deepEqual(reader.end(), { text: "", brokenAt: 1 });
});
