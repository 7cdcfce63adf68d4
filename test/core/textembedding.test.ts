import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { stopWords } from "../../src/core/stopwords.ts";
import { createTextEmbedder, MAX_TEXT_BYTES } from "../../src/core/textembedding.ts";
import { topics } from "../embed/topics.ts";
import { createRandom } from "../formats/samples.ts";
import { localEmbedding, localFeatures } from "../reference/localembedding.ts";
import { assertSameBits } from "../reference/same.ts";

const DIM = 768;
const core = createCore();
const embedInto = createTextEmbedder(core, DIM);

function embed(text: string): Float32Array {
  const out = new Float32Array(DIM);
  embedInto([text], out);
  return out;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

const paragraphs = Object.values(topics).flat();
const nasty: Record<string, string> = {
  empty: "",
  "one byte": "x",
  "two bytes": "xy",
  NUL: "\0nul\0\0 inside\0word\0",
  punctuation: " .,;:!?()[]{}<>@`/^_~|\"'\u2014\u201c\u00a0\u3000\uff0c",
  "stop words": stopWords,
  "a stop word in capitals": "THE",
  "lone surrogates": "high \ud800 low \udc00 last\udbff",
  "reversed pair": "a\udc00\ud800b",
  emoji: "\u{1f600} smile\u{1f600}\u{1f601} \u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u{1f1e9}\u{1f1ea}",
  CJK: "\u5410\u706b\u5c71\u662f\u5730\u7403\u3002\u65e5\u672c\u8a9e\u306e\u6587\u7ae0\u3001 \ud55c\uad6d\uc5b4",
  "combining marks": "cafe\u0301 u\u0308ber e\u0301e\u0301e\u0301",
  "Latin capitals": "\u00c0\u00c9\u00d6\u00d7\u00d8\u00de\u00df\u00e0\u00f7\u00ff \u0130stanbul \u017dilina",
  Greek: "\u0391\u0398\u0397\u039d\u0391 \u03a9\u03a1\u0391 \u03a2 \u03a3\u03b1\u03c2 \u0386\u03b8",
  Cyrillic: "\u041c\u041e\u0421\u041a\u0412\u0410 \u0401\u043b\u043a\u0430 \u0409\u0416 \u0460",
  "ends of the planes":
    "\u007f\u0080\u00bf\u00c0\u07ff\u0800\u1fff\u2070\u302f\u3040\ufeff\uff10\uffff\u{10000}\u{10ffff}",
  "repeated words": "volcano ".repeat(500),
  "one long word": "abcdefghijklmnopqrstuvwxyz0123456789".repeat(40),
  "apostrophes and digits": "don't it's 1990\u20131995 3.14 R2-D2",
};

test("an embedding is its twin's bit for bit, whatever the text", () => {
  for (const [name, text] of Object.entries(nasty)) assertSameBits(embed(text), localEmbedding(text, DIM), name);
  for (const text of paragraphs) assertSameBits(embed(text), localEmbedding(text, DIM), text);
});

test("the same for words of every length, at every place", () => {
  for (let length = 0; length <= 67; length++) {
    const text = `${"q".repeat(length % 9)} ${"abcdefghij".repeat(7).slice(0, length)}`;
    assertSameBits(embed(text), localEmbedding(text, DIM), `${length} letters`);
    assertSameBits(embed(text.trim()), localEmbedding(text.trim(), DIM), `${length} letters alone`);
  }
});

test("the same for texts of random characters of all lengths in UTF-8", () => {
  const random = createRandom(7);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
  const ranges = [
    [0x61, 4],
    [0x41, 4],
    [0x20, 1],
    [0, 128],
    [0x80, 0x780],
    [0x800, 0xf800],
    [0x10000, 0x100000],
  ] as const;
  for (let round = 0; round < 60; round++) {
    const codes = Array.from({ length: 1 + random() * 60 }, () => {
      const [first, count] = pick(ranges);
      return first + Math.floor(random() * count);
    });
    const text = String.fromCodePoint(...codes);
    assertSameBits(embed(text), localEmbedding(text, DIM), JSON.stringify(text));
  }
});

test("only the first bytes of a text count, to the end of a character", () => {
  const long = paragraphs.join(" ").repeat(Math.ceil(100_000 / paragraphs.join(" ").length));
  assertSameBits(embed(long), localEmbedding(long, DIM), "100 kB");
  assertSameBits(embed(long), embed(long.slice(0, MAX_TEXT_BYTES)), "its beginning");
  assert.notDeepEqual(embed(long.slice(0, MAX_TEXT_BYTES)), embed(long.slice(0, MAX_TEXT_BYTES - 20)));
  for (const cut of ["\u00e9", "\u5c71", "\u{1f600}", "e\u5c71 "]) {
    for (let shift = 0; shift < 4; shift++) {
      const text = "z".repeat(shift) + cut.repeat(MAX_TEXT_BYTES);
      assertSameBits(embed(text), localEmbedding(text, DIM), `${JSON.stringify(cut)} after ${shift}`);
    }
  }
  for (const dense of ["ab ", "a b", "xyz,"]) {
    const random = createRandom(dense.length);
    const text = Array.from({ length: MAX_TEXT_BYTES }, (_, i) =>
      dense[i % dense.length] === " " ? " " : String.fromCharCode(97 + random() * 26),
    ).join("");
    assertSameBits(embed(text), localEmbedding(text, DIM), `as many features as fit, like "${dense}"`);
  }
});

test("the same in other numbers of dimensions, whose first ones point the same way", () => {
  const text = paragraphs[4]!;
  for (const dim of [128, 256, 384, 512, 640, 1024, 1536, 4096]) {
    const out = new Float32Array(dim);
    createTextEmbedder(createCore(), dim)([text], out);
    assertSameBits(out, localEmbedding(text, dim), `${dim} dimensions`);
    const [few, many] = [out.subarray(0, 128), embed(text).subarray(0, 128)];
    assert.ok(dot(few, many) / Math.sqrt(dot(few, few) * dot(many, many)) > 1 - 1e-6, `${dim} dimensions`);
  }
});

test("rows do not depend on those beside them, nor on other streams of the core", () => {
  const texts = [...Object.values(nasty), ...paragraphs];
  const out = new Float32Array(texts.length * DIM);
  core.kernels.setKey(1, 2);
  embedInto(texts, out);
  texts.forEach((text, row) => assertSameBits(out.slice(row * DIM, (row + 1) * DIM), embed(text), text.slice(0, 40)));
  embedInto([], new Float32Array(0));
});

test("nothing beyond the regions is written", () => {
  const guarded = createCore();
  const lent: [pointer: number, length: number][] = [];
  const inner = { ...guarded, alloc: (length: number) => guard(guarded.alloc(length + 128), length) };
  const guard = (pointer: number, length: number) => {
    guarded.bytes(pointer, length + 128).fill(0xa5);
    lent.push([pointer + 64, length]);
    return pointer + 64;
  };
  const into = createTextEmbedder(inner, DIM);
  const texts = [...Object.values(nasty), "a ".repeat(5000), "\u{1f600}".repeat(3000), "abcdefgh".repeat(1100)];
  into(texts, new Float32Array(texts.length * DIM));
  assert.equal(lent.length, 4);
  for (const [pointer, length] of lent) {
    const sides = [...guarded.bytes(pointer - 64, 64), ...guarded.bytes(pointer + length, 64)];
    assert.ok(sides.every((byte) => byte === 0xa5));
  }
});

test("cosines are those of the features, to the noise of a random projection", () => {
  const vectors = paragraphs.map((text) => ({ made: embed(text), features: localFeatures(text) }));
  const cosine = (a: Map<bigint, number>, b: Map<bigint, number>) =>
    sparseDot(a, b) / Math.sqrt(sparseDot(a, a) * sparseDot(b, b));
  let [squares, sum, pairs, worst] = [0, 0, 0, 0];
  vectors.forEach((a, i) => {
    for (const b of vectors.slice(0, i)) {
      // in units of the deviation of one pair; that of the mean of all is about 0.05
      const error = (dot(a.made, b.made) - cosine(a.features, b.features)) * Math.sqrt(DIM);
      squares += error * error;
      sum += error;
      worst = Math.max(worst, Math.abs(error));
      pairs++;
    }
  });
  assert.equal(pairs, 1770);
  assert.ok(Math.abs(Math.sqrt(squares / pairs) - 1) < 0.1, `rms ${Math.sqrt(squares / pairs)}`);
  assert.ok(Math.abs(sum / pairs) < 0.25, `mean ${sum / pairs}`);
  assert.ok(worst < 5, `worst ${worst}`);
});

function sparseDot(a: Map<bigint, number>, b: Map<bigint, number>): number {
  let sum = 0;
  for (const [feature, weight] of a) sum += weight * (b.get(feature) ?? 0);
  return sum;
}

test("capitals, spaces, punctuation and stop words do not matter; the order of words does", () => {
  const plain = embed(
    "river flows past stra\u00dfe \u00e9cole \u043c\u043e\u0441\u043a\u0432\u0430 \u03b1\u03b8\u03ae\u03bd\u03b1",
  );
  const loud =
    "  The RIVER, it flows\n\npast\u2014Stra\u00dfe \u00c9COLE? \u041c\u041e\u0421\u041a\u0412\u0410 (\u0391\u0398\u03ae\u039d\u0391)!\0";
  assertSameBits(embed(loud), plain, "capitals and signs");
  const [one, other] = [embed("dog bites man"), embed("man bites dog")];
  assert.ok(dot(one, other) > 0.9 && dot(one, other) < 0.99);
});

test("texts without a word have one fixed embedding of unit length, all signs in it", () => {
  const none = embed("");
  for (const name of ["punctuation", "stop words", "a stop word in capitals"])
    assertSameBits(embed(nasty[name]!), none, name);
  const size = Math.fround(1 / Math.sqrt(DIM));
  assert.ok(none.every((value) => Math.abs(value) === size));
  const minus = none.filter((value) => value < 0).length;
  assert.ok(Math.abs(minus - DIM / 2) < 5 * Math.sqrt(DIM / 4), `${minus} negative`);
  assert.notDeepEqual(embed("x"), none);
});

test("every row has unit length", () => {
  for (const text of [...Object.values(nasty), ...paragraphs]) {
    assert.ok(Math.abs(Math.sqrt(dot(embed(text), embed(text))) - 1) < 1e-6, text.slice(0, 40));
  }
});

test("dimensions and room that do not fit are refused", () => {
  for (const dim of [0, -128, 64, 100, 129, 4224, 768.5, Number.NaN])
    assert.throws(() => createTextEmbedder(createCore(), dim), /Cannot embed texts in .* dimensions/);
  assert.throws(() => embedInto(["a", "b"], new Float32Array(DIM)), /expected room for 1536 values/);
});
