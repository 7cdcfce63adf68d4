import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import type { ByteSource } from "../../src/data/format.ts";
import { checkedMemberSource } from "../../src/formats/unzip.ts";
import { readZipDirectory } from "../../src/formats/zipdirectory.ts";
import { createRandom, memorySource, samples } from "./samples.ts";
import { archive, readAll, zipOf } from "./zips.ts";

const smallData = [new TextEncoder().encode("stored text"), samples.text!(300, createRandom(2))] as const;
const small = zipOf(
  { name: "s", method: "stored", data: smallData[0] },
  { name: "d", method: "deflated", data: smallData[1] },
);

/** What reading everything fails with in a copy of `small` after the change; when it does not, all data is as it was. */
async function failureOf(change: (bytes: Uint8Array, view: DataView) => Uint8Array | void): Promise<string> {
  const copy = small.slice();
  const source = memorySource(change(copy, new DataView(copy.buffer)) ?? copy);
  const found: Uint8Array[] = [];
  try {
    for (const entry of await readZipDirectory(source)) found.push(await readAll(source, entry));
  } catch (error) {
    assert.ok(error instanceof InputError, `not an InputError: ${error}`);
    assert.ok(!error.message.includes("\n"));
    return error.message;
  }
  assert.deepEqual(found, smallData);
  return "";
}

test("what is wrong with a zip is said in one line", async () => {
  const directory = new DataView(small.buffer).getUint32(small.length - 6, true);
  const second = directory + 46 + 1;
  const cases: [RegExp, (bytes: Uint8Array, view: DataView) => Uint8Array | void][] = [
    [/^$/, () => {}],
    [
      /^Not a zip file: no directory at its end$/,
      () => new TextEncoder().encode("no zip, but longer than its end record would be"),
    ],
    [/^Not a zip file: no directory at its end$/, () => new Uint8Array(0)],
    [/^The zip is cut short: its directory is missing$/, (bytes) => bytes.subarray(0, -1)],
    [/^The zip is cut short: its directory is missing$/, (bytes) => bytes.subarray(0, 40)],
    [/^The zip is damaged: its directory is not where its end says$/, (bytes) => bytes.subarray(10)],
    [
      /^The zip is damaged: its directory has 1 entries, expected 2$/,
      (bytes) => void bytes.fill(0, second, second + 4),
    ],
    [/^The zip is damaged: its directory has 2 entries, expected 3$/, (bytes) => void (bytes[bytes.length - 12] = 3)],
    [/^Cannot read "s" in the zip: CRC-32 [0-9a-f]{8}, expected [0-9a-f]{8}$/, (bytes) => void (bytes[31]! ^= 1)],
    [
      /^Cannot read "d" in the zip: CRC-32 [0-9a-f]{8}, expected [0-9a-f]{8}$/,
      (_, view) => view.setUint32(second + 16, 1, true),
    ],
    [/^Cannot read "d" in the zip: 300 bytes, expected 301$/, (_, view) => view.setUint32(second + 24, 301, true)],
    [
      /^Cannot read "d" in the zip: more than the 299 bytes that the directory says$/,
      (_, view) => view.setUint32(second + 24, 299, true),
    ],
    [
      /^Cannot read "d" in the zip: \d+ bytes cannot hold 4000000000$/,
      (_, view) => view.setUint32(second + 24, 4e9, true),
    ],
    // Deno hands out what a stream that is cut short holds, Node says so.
    [
      /^Cannot read "d" in the zip: (its bytes are not a whole deflate stream|\d+ bytes, expected 300)$/,
      (_, view) => view.setUint32(second + 20, 60, true),
    ],
    [
      /^Cannot read "d" in the zip: its bytes are not a whole deflate stream$/,
      (bytes) => void bytes.fill(0xff, 30 + 1 + 11 + 16 + 31, second - 100),
    ],
    [/^Cannot read "s" in the zip: it is encrypted$/, (_, view) => view.setUint16(directory + 8, 9, true)],
    [
      /^Cannot read "s" in the zip: compression method 12, expected 0 \(stored\) or 8 \(deflated\)$/,
      (_, view) => view.setUint16(directory + 10, 12, true),
    ],
    [
      /^Cannot read "s" in the zip: stored in 10 bytes, expected 11$/,
      (_, view) => view.setUint32(directory + 20, 10, true),
    ],
    [/^Cannot read "s" in the zip: no member begins at byte 1$/, (_, view) => view.setUint32(directory + 42, 1, true)],
    [
      /^Cannot read "s" in the zip: it begins beyond the end of the zip$/,
      (_, view) => view.setUint32(directory + 42, 1e6, true),
    ],
    [
      /^Cannot read "d" in the zip: it ends beyond the end of the zip$/,
      (_, view) => view.setUint32(second + 20, 1e6, true),
    ],
  ];
  for (const [expected, change] of cases) assert.match(await failureOf(change), expected);
});

test("a zip cut anywhere, or with any byte changed, gives an InputError or the same bytes", async () => {
  for (let length = 0; length < small.length; length++)
    assert.notEqual(await failureOf((bytes) => bytes.subarray(0, length)), "");
  for (let at = 0; at < small.length; at++) {
    for (const flip of [1, 0x80, 0xff]) await failureOf((bytes) => void (bytes[at]! ^= flip));
  }
});

test("a damaged member fails again when read again", async () => {
  const [long, short] = [archive.slice(), small.slice()];
  long[archive.length >> 1]! ^= 1;
  short[31]! ^= 1;
  for (const [bytes, name] of [
    [long, "größe/Ω.txt"],
    [short, "s"],
  ] as const) {
    const source = memorySource(bytes);
    const entry = (await readZipDirectory(source)).find((candidate) => candidate.name === name)!;
    const member = checkedMemberSource(source, entry);
    for (let i = 0; i < 3; i++) await assert.rejects(member.read(0, entry.size), InputError, `${name}, read ${i}`);
  }
});

test("a failing source speaks for itself", async () => {
  for (const entry of await readZipDirectory(memorySource(archive))) {
    let reads = 0;
    const failing: ByteSource = {
      byteLength: archive.length,
      async read(offset, length) {
        if (reads++ > 0) throw new Error("the disk is gone");
        return archive.slice(offset, offset + length);
      },
    };
    if (entry.compressedSize > 0) await assert.rejects(readAll(failing, entry), /^Error: the disk is gone$/);
  }
});
