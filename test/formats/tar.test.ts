import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { readTar, TAR_BLOCK, tarEnd, tarEntryBytes, writeTarHeader, type TarEntry } from "../../src/formats/tar.ts";
import { memorySource } from "../support/memory.ts";

/** A file in a tar, of as many bytes that are 7. */
function entryOf(name: string, size: number): Uint8Array {
  const entry = new Uint8Array(tarEntryBytes(size)).fill(0xa5, 0, TAR_BLOCK);
  writeTarHeader(name, size, entry, 0);
  return entry.fill(7, TAR_BLOCK, TAR_BLOCK + size);
}

async function entriesOf(tar: Uint8Array): Promise<TarEntry[]> {
  const all: TarEntry[] = [];
  for await (const entries of readTar(memorySource(tar))) all.push(...entries);
  return all;
}

test("a header says the name, the size and nothing of whoever wrote it", () => {
  const text = new TextDecoder("latin1").decode(entryOf("a/b.txt", 0o1234567).subarray(0, TAR_BLOCK));
  assert.equal(text.slice(0, 100), "a/b.txt".padEnd(100, "\0"));
  assert.equal(text.slice(100, 148), "0000644\0|0000000\0|0000000\0|00001234567\0|00000000000\0".replaceAll("|", ""));
  assert.equal(text.slice(148, 157), `${checksumOf(text)}\0 0`);
  assert.equal(text.slice(157, 265), `${"\0".repeat(100)}ustar\x0000`);
  assert.equal(text.slice(265), "\0".repeat(247));
});

/** POSIX: the sum of all bytes, those of the checksum taken as spaces, in six octal digits. */
function checksumOf(header: string): string {
  const bytes = [...header].map((character, at) => (at >= 148 && at < 156 ? 32 : character.charCodeAt(0)));
  return bytes
    .reduce((sum, byte) => sum + byte, 0)
    .toString(8)
    .padStart(6, "0");
}

test("files of all sizes are found where they are", async () => {
  const sizes = [0, 1, 511, 512, 513, 2 ** 20, 3, 2 ** 20 - 512, 5, 2 ** 20 - 1024];
  const tar = joinBytes([...sizes.map((size, at) => entryOf(`${at}.bin`, size)), tarEnd]);
  const entries = await entriesOf(tar);
  assert.deepEqual(
    entries.map(({ name, size }) => [name, size]),
    sizes.map((size, at) => [`${at}.bin`, size]),
  );
  let at = 0;
  for (const { start, offset, size, end } of entries) {
    assert.deepEqual([start, offset, end], [at, at + TAR_BLOCK, at + tarEntryBytes(size)]);
    assert.ok(tar.subarray(offset, offset + size).every((byte) => byte === 7));
    at = end;
  }
});

test("many small files lie across many reads", async () => {
  const tar = joinBytes([...Array.from({ length: 5000 }, (_, i) => entryOf(`${i}`, i % 700)), tarEnd]);
  const entries = await entriesOf(tar);
  assert.equal(entries.length, 5000);
  assert.ok(entries.every(({ name, size }, i) => name === `${i}` && size === i % 700));
});

test("reading may begin at any header", async () => {
  const tar = joinBytes([entryOf("a", 600), entryOf("b", 10), tarEnd]);
  for await (const entries of readTar(memorySource(tar), tarEntryBytes(600))) {
    assert.deepEqual(
      entries.map(({ name }) => name),
      ["b"],
    );
  }
});

test("an empty archive has no files, and what follows its end does not matter", async () => {
  assert.deepEqual(await entriesOf(tarEnd), []);
  assert.equal((await entriesOf(joinBytes([entryOf("a", 1), tarEnd, entryOf("b", 1)]))).length, 1);
});

test("what ustar cannot say is not written", () => {
  const out = new Uint8Array(TAR_BLOCK);
  for (const name of ["", "x".repeat(101), "zwölf"])
    assert.throws(() => writeTarHeader(name, 1, out, 0), /Cannot name/);
  for (const size of [-1, 2 ** 33, Number.NaN]) assert.throws(() => writeTarHeader("a", size, out, 0), /Cannot write/);
  writeTarHeader("x".repeat(100), 2 ** 33 - 1, out, 0);
});

const good = joinBytes([entryOf("a.txt", 600), entryOf("b.txt", 3), tarEnd]);

async function assertRefused(tar: Uint8Array, what: string): Promise<void> {
  await assert.rejects(entriesOf(tar), (error) => {
    assert.ok(error instanceof InputError, `${what}: ${String(error)}`);
    assert.match(error.message, /^[\x20-\x7e]+$/);
    return true;
  });
}

test("an archive cut short anywhere is refused", async () => {
  for (let length = 0; length < good.length; length += length % 512 === 511 ? 1 : 73)
    await assertRefused(good.slice(0, length), `${length} bytes`);
  await assertRefused(good.slice(0, -1), "a byte less");
  await assertRefused(good.slice(0, -512), "one empty block");
});

test("no file is given whose content is cut off", async () => {
  const found: string[] = [];
  await assert.rejects(async () => {
    const cut = good.slice(0, tarEntryBytes(600) + TAR_BLOCK + 2);
    for await (const entries of readTar(memorySource(cut))) found.push(...entries.map(({ name }) => name));
  }, InputError);
  assert.ok(!found.includes("b.txt"));
});

test("any byte of a header changed is refused", async () => {
  for (let at = 0; at < TAR_BLOCK; at++) {
    if (at === 155) continue; // after the checksum's end
    await assertRefused(
      good.map((byte, i) => (i === at ? byte ^ 1 : byte)),
      `byte ${at}`,
    );
  }
});

/** The good archive with other bytes in its first header, and the checksum of these. */
function withHeader(at: number, text: string): Uint8Array {
  const tar = good.slice();
  tar.set(new TextEncoder().encode(text), at);
  const sum = checksumOf(new TextDecoder("latin1").decode(tar.subarray(0, TAR_BLOCK)));
  tar.set(new TextEncoder().encode(sum), 148);
  return tar;
}

test("what is no regular file of a ustar archive is refused", async () => {
  for (const type of ["1", "2", "5", "x", "g", "L", "\n"]) await assertRefused(withHeader(156, type), `type ${type}`);
  await assertRefused(withHeader(257, "gnuta"), "another magic");
  await assertRefused(withHeader(124, "x"), "a size that is not octal");
  await assertRefused(withHeader(124, "77777777777"), "a size beyond the archive");
  assert.equal((await entriesOf(withHeader(156, "\0"))).length, 2); // regular too
});

test("a prefix stands before the name", async () => {
  assert.deepEqual((await entriesOf(withHeader(345, "far/away")))[0]?.name, "far/away/a.txt");
});
