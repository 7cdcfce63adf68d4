import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { BrokenStream } from "../../src/data/errors.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { decompress } from "../../src/formats/decompress.ts";
import { unbzip2 } from "../../src/formats/unbzip2.ts";
import { assertSameBytes } from "../reference/same.ts";
import { askPython } from "../support/ask.ts";
import { chunksOf, drain } from "../support/chunks.ts";
import { missingPython } from "../support/python.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = missingPython("bz2", "gzip");

// What is hard for a decoder: no bytes, one kind of byte, runs of all lengths, all bytes, codes of many lengths, several
// blocks, several streams.
const MAKE = String.raw`
import bz2, gzip, json, random, sys

folder, draw = sys.argv[1], random.Random(4)
cases = {
    "empty": b"",
    "one": b"a",
    "zeros": bytes(3_000_000),
    "runs": b"".join(bytes([i % 7]) * i for i in range(1, 600)),
    "fours": b"".join(bytes([draw.randrange(3)]) * draw.choice([3, 4, 5, 8, 255, 259, 260]) for _ in range(20000)),
    "noise": draw.randbytes(1_200_000),
    "steep": bytes(min(255, int(draw.expovariate(0.3))) for _ in range(400_000)),
    "text": " ".join(draw.choice("the of and to in a is that it was".split()) for _ in range(300_000)).encode(),
    "period": bytes(range(256)) * 8000,
}
for name, data in cases.items():
    open(f"{folder}/{name}", "wb").write(data)
    for level in (1, 5, 9):
        open(f"{folder}/{name}.{level}", "wb").write(bz2.compress(data, level))
    open(f"{folder}/{name}.gz", "wb").write(gzip.compress(data, 6, mtime=0))
    third = len(data) // 3
    open(f"{folder}/{name}.many", "wb").write(
        bz2.compress(data[:third], 9) + bz2.compress(b"", 1) + bz2.compress(data[third:], 2))
print(json.dumps(list(cases)))
`;

test("what Python's bz2 and gzip wrote is read back", { skip }, async () => {
  await withTempFolder(async (folder) => {
    for (const name of askPython<string[]>(MAKE, folder)) {
      const whole = new Uint8Array(readFileSync(`${folder}/${name}`));
      for (const kind of ["1", "5", "9", "many", "gz"]) {
        const { items, error } = await drain(decompress(chunksOf(readFileSync(`${folder}/${name}.${kind}`), 10_007)));
        assert.equal(error, undefined, `${name}.${kind}`);
        assertSameBytes(joinBytes(items), whole, `${name}.${kind}`);
      }
    }
  });
});

test("of blocks that are damaged or missing those before are given out, and the place is told", { skip }, async () => {
  await withTempFolder(async (folder) => {
    askPython(MAKE, folder);
    const whole = new Uint8Array(readFileSync(`${folder}/steep`));
    const data = new Uint8Array(readFileSync(`${folder}/steep.1`));
    const step = Math.floor(data.length / 40);
    for (let at = 20; at < data.length; at += step) {
      const changed = data.slice();
      changed[at]! ^= 1 << (at % 8);
      for (const broken of [changed, data.subarray(0, at)]) {
        const { items, error } = await drain(unbzip2(chunksOf(broken)));
        const bytes = joinBytes(items);
        assertSameBytes(bytes, whole.subarray(0, bytes.length), `byte ${at}`);
        assert.ok(error instanceof BrokenStream, `byte ${at}: ${error}`);
        const [, block, from] = /\(stream 1, block (\d+), from byte (\d+) on\)$/.exec(error.message)!;
        assert.ok(Number(from) <= at, `${error.message}, byte ${at}`);
        assert.ok(bytes.length >= 90_000 * (Number(block) - 1), `${error.message}, ${bytes.length} bytes`);
      }
    }
  });
});
