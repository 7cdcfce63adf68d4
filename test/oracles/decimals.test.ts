import assert from "node:assert/strict";
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import test from "node:test";
import { createDecimalWriter } from "../../src/core/decimals.ts";
import { createCore } from "../../src/core/instance.ts";
import { createRandom } from "../formats/samples.ts";
import { askPython } from "../support/ask.ts";
import { missingPython } from "../support/python.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = missingPython("numpy");
const PIECE = 1 << 16;

/** Float32 with the bits that `next` makes, as a file of their bytes and a file of their texts, a comma after each. */
function writeFiles(folder: string, count: number, digits: number, next: (at: number) => number): void {
  const write = createDecimalWriter(createCore(), PIECE, digits);
  const bits = new Uint32Array(count);
  for (let at = 0; at < count; at++) bits[at] = next(at);
  writeFileSync(`${folder}/values`, bits);
  const file = openSync(`${folder}/texts`, "w");
  for (let at = 0; at < count; at += PIECE) {
    const text = write(new Float32Array(bits.buffer, 4 * at, Math.min(PIECE, count - at)));
    writeSync(file, text);
    writeSync(file, ",");
  }
  closeSync(file);
}

/** How many finite values' texts read back as other bits, and how many have other digits than NumPy's own, by Dragon4. */
const SHORTEST = `
import json, sys
import numpy as np

values = np.fromfile(sys.argv[1] + "/values", np.float32)
read = np.fromstring(open(sys.argv[1] + "/texts").read(), np.float64, sep=",")
assert len(read) == len(values)
unread = np.sum(read.astype(np.float32).view(np.uint32) != values.view(np.uint32))
# Decimals of up to 9 digits are the same where they read as the same float64.
parts = np.array_split(np.arange(len(values)), 10)
different = sum(np.sum(values[part].astype("S").astype(np.float64) != read[part]) for part in parts)
print(json.dumps({ "unread": int(unread), "different": int(different), "compared": len(values) }))
`;

function compare(count: number, next: (at: number) => number): Promise<void> {
  return withTempFolder((folder) => {
    writeFiles(folder, count, 0, next);
    assert.deepEqual(askPython(SHORTEST, folder), { unread: 0, different: 0, compared: count });
  });
}

const FINITE = 255 * 2 ** 23; // bits below which a magnitude is finite
const NEGATIVE = 2 ** 31;

test("NumPy reads back ten million random values and writes the same digits", { skip }, async () => {
  const random = createRandom(1);
  await compare(10_000_000, (at) => random() * FINITE + (at & 1) * NEGATIVE);
});

test("NumPy agrees on all exponents and many fractions", { skip }, async () => {
  const random = createRandom(2);
  const fractions = [0, 1, 2, 3, 2 ** 22, 2 ** 23 - 2, 2 ** 23 - 1];
  await compare(510 * 1024, (at) => {
    const fraction = fractions[at % 1024] ?? Math.floor(random() * 2 ** 23);
    return (at >> 11) * 2 ** 23 + fraction + ((at >> 10) & 1) * NEGATIVE;
  });
});

/** Python writes a float64 to so many digits exactly, ties to even, and repr lays out up to 9 digits as they are. */
const ROUNDED = `
import json, re, sys
import numpy as np

digits = int(sys.argv[2])
values = np.fromfile(sys.argv[1] + "/values", np.float32)
texts = open(sys.argv[1] + "/texts").read().split(",")[:-1]
assert len(texts) == len(values)

def parts(text):
    """Sign, digits without zeros at either end, and how far the point is before them."""
    sign, whole, fraction, exponent = re.fullmatch(r"(-?)(\\d+)(?:\\.(\\d+))?(?:e([+-]?\\d+))?", text).groups()
    digits = whole + (fraction or "")
    point = len(whole) + int(exponent or 0) - (len(digits) - len(digits.lstrip("0")))
    return sign, digits.strip("0"), point if digits.strip("0") else 0

wrong = [
    [text, value]
    for text, value in zip(texts, values.tolist())
    if value - value == 0 and parts(text) != parts(f"{value:.{digits - 1}e}")
]
print(json.dumps({ "wrong": wrong[:5], "compared": int(np.sum(np.isfinite(values))) }))
`;

test("Python rounds to the same digits", { skip }, async () => {
  await withTempFolder((folder) => {
    for (let digits = 1; digits <= 9; digits++) {
      const random = createRandom(10 + digits);
      const exponents = [() => random() * 256, () => 111 + random() * 39, () => 111 + random() * 39];
      writeFiles(folder, 36_000, digits, (at) => {
        // Two of three runs of four are of ordinary magnitudes; half of those have few bits, so that halves occur.
        const kind = (at >> 2) % 3;
        const fraction = Math.floor(random() * 2 ** 23) & (kind === 2 ? 0x7ff << (12 - (at % 8)) : 0x7fffff);
        return Math.floor(exponents[kind]!()) * 2 ** 23 + fraction + (random() < 0.5 ? 2 ** 31 : 0);
      });
      const { wrong, compared } = askPython<{ wrong: unknown[]; compared: number }>(ROUNDED, folder, String(digits));
      assert.deepEqual(wrong, [], `${digits} digits`);
      assert.ok(compared > 35_000, `${compared} compared`);
    }
  });
});
