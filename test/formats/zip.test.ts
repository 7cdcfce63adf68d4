import assert from "node:assert/strict";
import test from "node:test";
import { unzipSync, zipSync } from "fflate";
import { InputError } from "../../src/data/errors.ts";
import type { ByteSource } from "../../src/data/format.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { crc32 } from "../../src/formats/crc32.ts";
import { checkedMemberSource, readZipMember, zipMemberSource } from "../../src/formats/unzip.ts";
import { createZipWriter } from "../../src/formats/zip.ts";
import { readZipDirectory } from "../../src/formats/zipdirectory.ts";
import { assertSameBytes } from "../reference/same.ts";
import { memorySource, samples } from "./samples.ts";
import { archive, contents, random, readAll, zipOf } from "./zips.ts";

test("members come back, here and in fflate", async () => {
  const source = memorySource(archive);
  const entries = await readZipDirectory(source);
  assert.deepEqual(
    entries.map(({ name, size }) => [name, size]),
    contents.map(({ name, data }) => [name, data.length]),
  );
  const elsewhere = unzipSync(archive);
  for (const [i, { name, data }] of contents.entries()) {
    assertSameBytes(await readAll(source, entries[i]!), data, name);
    assertSameBytes(elsewhere[name]!, data, `${name} by fflate`);
  }
});

test("zips of another writer, with comments and extra fields, come back", async () => {
  const data = samples.text!(5000, random);
  const extra = { 0x7075: new Uint8Array(7) };
  const zip = zipSync({ "a.txt": [data, { level: 9, comment: "a comment", extra }], "b.bin": [data, { level: 0 }] });
  const comment = joinBytes([zipOf(), new TextEncoder().encode("end")]); // as if a zip ended in it
  for (const bytes of [zip, joinBytes([zip.subarray(0, -2), Uint8Array.of(comment.length, 0), comment])]) {
    const source = memorySource(bytes);
    const entries = await readZipDirectory(source);
    assert.deepEqual(
      entries.map(({ name }) => name),
      ["a.txt", "b.bin"],
    );
    for (const entry of entries) assertSameBytes(await readAll(source, entry), data, entry.name);
  }
});

test("every byte of a zip is accounted for: no clock, no system", () => {
  const zip = zipOf({ name: "a", method: "stored", data: Uint8Array.of(0x31) });
  const nature = "1400 0800 0000 0000 2100"; // version 2.0, sizes follow, stored, midnight of 1980-01-01
  const sizes = "b7efdc83 01000000 01000000";
  const expected = [
    `504b0304 ${nature} 00000000 00000000 00000000 0100 0000 61`,
    `31 504b0708 ${sizes}`,
    `504b0102 1400 ${nature} ${sizes} 0100 0000 0000 0000 0000 00000000 00000000 61`,
    `504b0506 0000 0000 0100 0100 2f000000 30000000 0000`,
  ];
  assert.equal(Buffer.from(zip).toString("hex"), expected.join("").replaceAll(" ", ""));
  const view = new DataView(archive.buffer);
  const third = contents.slice(0, 2).reduce((at, { name, data }) => at + 30 + name.length + data.length + 16, 0);
  assert.equal(view.getUint16(third + 6, true), 0x808, "a name beyond ASCII is marked as UTF-8");
});

test("what is written must be what was opened", () => {
  const zip = createZipWriter();
  const one = { bytes: Uint8Array.of(1), crc: 1, rawLength: 1 };
  assert.throws(() => zip.add(one), /Cannot write to a zip: no member is open/);
  assert.throws(() => zip.close(), /Cannot write to a zip: no member is open/);
  assert.throws(() => zip.open("", "stored", 0, 0), /Cannot name a zip member in 0 bytes/);
  assert.throws(() => zip.open("n".repeat(65536), "stored", 0, 0), /Cannot name a zip member in 65536 bytes/);
  zip.open("a", "stored", 2, 2);
  assert.throws(() => zip.open("b", "stored", 0, 0), /member "a" is still open/);
  assert.throws(() => zip.end(), /member "a" is still open/);
  assert.throws(() => zip.add({ bytes: one.bytes }), /Cannot add to zip member "a": expected a CRC and a raw length/);
  zip.add(one);
  assert.throws(() => zip.close(), /Cannot close zip member "a": expected 2 bytes, got 1/);
  zip.add(one);
  zip.close();
  assert.throws(() => zip.open("a", "stored", 0, 0), /Cannot write two zip members "a"/);
  zip.open("c", "deflated", 1, 1);
  zip.add({ bytes: { byteLength: 2 ** 32 }, crc: 1, rawLength: 1 });
  assert.throws(() => zip.close(), /Cannot close zip member "c": it outgrew its room/);
});

/** A source of bytes at far offsets, zeros between them. */
function sparseSource(byteLength: number, parts: ReadonlyMap<number, Uint8Array>): ByteSource {
  return {
    byteLength,
    async read(offset, length) {
      assert.ok(offset + length <= byteLength, "read beyond the end");
      const bytes = new Uint8Array(length);
      for (const [at, part] of parts) {
        const [from, to] = [Math.max(at, offset), Math.min(at + part.length, offset + length)];
        if (from < to) bytes.set(part.subarray(from - at, to - at), from - offset);
      }
      return bytes;
    },
  };
}

test("members and offsets beyond 4 GiB", async () => {
  for (const size of [2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, 5 * 2 ** 30 + 7]) {
    const zip = createZipWriter();
    const parts = new Map<number, Uint8Array>();
    let at = 0;
    const put = (bytes: Uint8Array) => {
      parts.set(at, bytes);
      at += bytes.length;
    };
    put(zip.open("large", "stored", size, size));
    zip.add({ bytes: { byteLength: size }, crc: 5, rawLength: size });
    const largeAt = at;
    at += size;
    put(zip.close());
    const data = new TextEncoder().encode("beyond");
    put(zip.open("small", "stored", data.length, data.length));
    zip.add({ bytes: data, crc: crc32(data), rawLength: data.length });
    put(data);
    put(zip.close());
    put(zip.open("grown", "deflated", 10, 2 ** 32));
    zip.add({ bytes: { byteLength: 20 }, crc: 6, rawLength: 10 });
    at += 20;
    put(zip.close());
    put(zip.end());

    const source = sparseSource(at, parts);
    const entries = await readZipDirectory(source);
    assert.deepEqual(
      entries.map((e) => [e.name, e.size, e.compressedSize, e.crc]),
      [
        ["large", size, size, 5],
        ["small", 6, 6, crc32(data)],
        ["grown", 10, 20, 6],
      ],
    );
    assertSameBytes(await readAll(source, entries[1]!), data, "small");
    const large = await zipMemberSource(source, entries[0]!);
    assert.equal(large.byteLength, size);
    parts.set(largeAt + size - 3, Uint8Array.of(7, 8, 9));
    assert.deepEqual([...(await large.read(size - 4, 4))], [0, 7, 8, 9]);

    const local = [...parts.values()][0]!;
    const wide = size >= 2 ** 32 - 1;
    assert.equal(local.length, wide ? 30 + 5 + 20 : 30 + 5, `local header for ${size} bytes`);
    assert.equal(new DataView(local.buffer).getUint16(4, true), wide ? 45 : 20, "version needed");
    assert.equal([...parts.values()][1]!.length, wide ? 24 : 16, "descriptor");
  }
});

test("more members than 16 bits count", async () => {
  for (const count of [65_534, 65_535]) {
    const zip = createZipWriter();
    const parts: Uint8Array[] = [];
    for (let i = 0; i < count; i++) parts.push(zip.open(`${i}`, "stored", 0, 0), zip.close());
    const bytes = joinBytes([...parts, zip.end()]);
    const entries = await readZipDirectory(memorySource(bytes));
    assert.equal(entries.length, count);
    assert.equal(entries.at(-1)!.name, `${count - 1}`);
    assert.equal(Buffer.from(bytes).includes("PK\x06\x06"), count >= 65_535);
    if (count < 65_535) continue;

    const le = (value: number, width: number) =>
      Buffer.from(BigUint64Array.of(BigInt(value)).buffer)
        .subarray(0, width)
        .toString("hex");
    const endAt = bytes.length - 22 - 20 - 56;
    const offset = new DataView(bytes.buffer).getUint32(bytes.length - 6, true);
    const place = [endAt - offset, offset] as const;
    const expected = [
      `504b0606 ${le(44, 8)} 2d00 2d00 00000000 00000000 ${le(count, 8)} ${le(count, 8)} ${place.map((n) => le(n, 8)).join("")}`,
      `504b0607 00000000 ${le(endAt, 8)} 01000000`,
      `504b0506 0000 0000 ffff ffff ${place.map((n) => le(n, 4)).join("")} 0000`,
    ];
    assert.equal(Buffer.from(bytes.subarray(endAt)).toString("hex"), expected.join("").replaceAll(" ", ""));
  }
});

test("a member as a source: any read in any order", async () => {
  const source = memorySource(archive);
  for (const [i, entry] of (await readZipDirectory(source)).entries()) {
    const { data, name } = contents[i]!;
    for (const member of [await zipMemberSource(source, entry), checkedMemberSource(source, entry)]) {
      assert.equal(member.byteLength, data.length);
      for (let trial = 0; trial < 8; trial++) {
        const offset = Math.floor(random() * (data.length + 1));
        const length = Math.floor(random() * (data.length - offset + 1));
        assertSameBytes(
          await member.read(offset, length),
          data.subarray(offset, offset + length),
          `${name} from ${offset}`,
        );
      }
      assertSameBytes(await member.read(0, data.length), data, name);
      assertSameBytes(await member.read(data.length, 0), new Uint8Array(0), name);
      await assert.rejects(member.read(data.length, 1), InputError);
    }
  }
});

test("a chunk of an inflated member is bounded, and reading may stop at any", async () => {
  const data = new Uint8Array(40 << 20);
  const source = memorySource(zipOf({ name: "zeros", method: "deflated", data }));
  const [entry] = await readZipDirectory(source);
  let longest = 0;
  let total = 0;
  for await (const bytes of readZipMember(source, entry!)) {
    longest = Math.max(longest, bytes.length);
    total += bytes.length;
    if (total > data.length / 2) break;
  }
  assert.ok(longest <= 1032 * 16384, `${longest} bytes in one chunk`);
  assert.ok(total < data.length);
});
