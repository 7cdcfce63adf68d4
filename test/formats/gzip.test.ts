import assert from "node:assert/strict";
import test from "node:test";
import { gunzipSync } from "node:zlib";
import { gzip } from "../../src/formats/gzip.ts";
import { assertSameBytes } from "../reference/same.ts";
import { sha256 } from "../support/sums.ts";
import { createRandom, samples } from "./samples.ts";

for (const [kind, make] of Object.entries(samples)) {
  test(`zlib reads what was written, of any length: ${kind}`, () => {
    for (const length of [0, 1, 1000, 65_535, 65_536, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_000]) {
      const bytes = make(length, createRandom(length));
      assertSameBytes(gunzipSync(gzip(bytes)), bytes, `${length} bytes`);
    }
  });
}

test("a piece refers to the one before it, and the bytes are the same for ever", () => {
  const half = samples["random"]!(30_000, createRandom(1));
  const bytes = new Uint8Array((1 << 20) + half.length);
  bytes.set(half, (1 << 20) - half.length);
  bytes.set(half, 1 << 20);
  assert.ok(gzip(bytes).length < 1.2 * half.length);
  assert.equal(sha256(gzip(bytes)), "7749a87b6e24474abe7caa0acddaa6ccef9949eff6eb70aca5351aaa0204ecbb");
});
