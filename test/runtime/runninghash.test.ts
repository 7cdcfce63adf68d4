import assert from "node:assert/strict";
import test from "node:test";
import { createRunningHash } from "../../src/runtime/files.ts";
import { samples, createRandom } from "../formats/samples.ts";
import { sha256 } from "../support/sums.ts";

test("the sum is that of the bytes so far, in whatever pieces they come, and more may follow", () => {
  const bytes = samples["random"]!(1000, createRandom(1));
  const hash = createRunningHash();
  assert.equal(hash.digest(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (let at = 0, length = 0; at < bytes.length; at += length, length = (length * 7 + 1) % 97) {
    hash.update(bytes.subarray(at, at + length));
    const sum = sha256(bytes.slice(0, at + length));
    assert.deepEqual([hash.digest(), hash.digest()], [sum, sum]);
  }
});

test("hashes do not disturb each other, and keep no view of what they were given", () => {
  const [one, other] = [createRunningHash(), createRunningHash()];
  const bytes = Uint8Array.of(1, 2, 3);
  one.update(bytes);
  bytes.fill(9);
  other.update(bytes);
  assert.deepEqual([one.digest(), other.digest()], [sha256(Uint8Array.of(1, 2, 3)), sha256(bytes)]);
});
