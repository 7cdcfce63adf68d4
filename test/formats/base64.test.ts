import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { base64Into, base64Length } from "../../src/formats/base64.ts";
import { seededUniform } from "../doubles/seeded.ts";

test("bytes become the base64 that Node makes of them, and none beside them is touched", () => {
  const uniform = seededUniform(7);
  for (let length = 0; length <= 67; length++) {
    const bytes = Uint8Array.from({ length: length + 3 }, () => 256 * uniform()).subarray(3);
    const out = new Uint8Array(base64Length(length) + 4).fill(7);
    const end = base64Into(out, 2, bytes);
    assert.equal(end, out.length - 2);
    assert.equal(Buffer.from(out.subarray(2, end)).toString(), Buffer.from(bytes).toString("base64"));
    assert.deepEqual([...out.subarray(0, 2), ...out.subarray(end)], [7, 7, 7, 7]);
  }
});
