import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { BrokenStream } from "../../src/data/errors.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { compressionOf, decompress } from "../../src/formats/decompress.ts";
import { chunksOf, drain } from "../support/chunks.ts";

// Made by Python: see test/fixtures/wiki/make.py.
const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`../fixtures/wiki/${name}`, import.meta.url)));
const xml = fixture("pages.xml");
const compressed = ["pages.xml.bz2", "pages-multistream.xml.bz2", "pages.xml.gz", "pages-members.xml.gz"];

const read = async (bytes: Uint8Array, length?: number) => {
  const { items, error } = await drain(decompress(chunksOf(bytes, length)));
  return { bytes: joinBytes(items), error };
};

/** Fails unless all was given out, or the error says that it was not. Of gzip, damage may show only at a member's end. */
const assertNotSilent = (
  { bytes, error }: Awaited<ReturnType<typeof read>>,
  what: string,
  isDamagedGzip = false,
): void => {
  if (error === undefined || !isDamagedGzip) assert.deepEqual(bytes, xml.subarray(0, bytes.length), what);
  if (error === undefined) assert.equal(bytes.length, xml.length, `${what}: silent`);
  else assert.ok(error instanceof BrokenStream, `${what}: ${error}`);
};

test("the first bytes say how a file is compressed", () => {
  assert.deepEqual(
    [...compressed, "pages.xml"].map((name) => compressionOf(fixture(name))),
    ["bzip2", "bzip2", "gzip", "gzip", "none"],
  );
  assert.equal(compressionOf(new Uint8Array(0)), "none");
  assert.equal(compressionOf(Uint8Array.of(0x1f)), "none");
});

test("streams and members one after the other are one text, in pieces of any length", async () => {
  for (const name of [...compressed, "pages.xml"]) {
    for (const length of [1, 7, 1000, 65_536]) {
      const { bytes, error } = await read(fixture(name), length);
      assert.equal(error, undefined);
      assert.deepEqual(bytes, xml, `${name} by ${length}`);
    }
  }
});

for (const name of compressed) {
  const whole = fixture(name);

  test(`${name}: an end that comes too early is told, and what came before is given out`, async () => {
    for (let length = 4; length < whole.length; length += length < 40 || length > whole.length - 20 ? 1 : 23) {
      const result = await read(whole.subarray(0, length));
      assertNotSilent(result, `cut at ${length}`);
      assert.ok(result.error, `cut at ${length}`);
    }
  });

  test(`${name}: a changed bit is told`, async () => {
    for (let at = 0; at < whole.length; at += at < 30 || at > whole.length - 15 ? 1 : 29) {
      const changed = whole.slice();
      changed[at]! ^= 1 << (at % 8);
      if (compressionOf(changed) === compressionOf(whole))
        assertNotSilent(await read(changed), `bit of byte ${at}`, name.endsWith(".gz"));
    }
  });

  test(`${name}: what follows is told`, async () => {
    const { bytes, error } = await read(joinBytes([whole, new TextEncoder().encode("something else")]));
    assert.deepEqual(bytes, xml);
    assert.ok(error instanceof BrokenStream, String(error));
    assert.match(error.message, /data are followed by something else \(/);
  });
}

for (const name of ["pages.xml.gz", "pages-members.xml.gz"]) {
  test(`${name}: zeros that follow are left out, and what follows them is told`, async () => {
    const whole = fixture(name);
    for (const count of [1, 2, 3, 4, 5, 20, 512, 10_000]) {
      for (const length of [1, 7, 65_536]) {
        const padded = joinBytes([whole, new Uint8Array(count)]);
        assert.deepEqual(await read(padded, length), { bytes: xml, error: undefined }, `${count} by ${length}`);
        for (const end of [1, 0x1f]) {
          const { bytes, error } = await read(joinBytes([padded, Uint8Array.of(end, 0, 0, 0)]), length);
          assert.deepEqual(bytes, xml);
          assert.match(
            (error as Error).message,
            /^The gzip data are followed by something else \(member \d, before byte \d+\)$/,
          );
        }
      }
    }
  });
}

test("a gzip head of no member, or zeros after one that is cut, are no end", async () => {
  const whole = fixture("pages.xml.gz");
  for (const bytes of [
    Uint8Array.from([0x1f, 0x8b, 0x07, ...new Uint8Array(100)]),
    joinBytes([whole.subarray(0, 500), new Uint8Array(100)]),
    joinBytes([whole, whole.subarray(0, 3)]),
    joinBytes([whole, whole.subarray(0, 12)]),
  ]) {
    const { error } = await read(bytes);
    assert.match((error as Error).message, /^The gzip data (end too early|are damaged)/);
  }
});

test("streams that end between two are given out whole", async () => {
  const whole = fixture("pages-multistream.xml.bz2");
  const second = Buffer.from(whole).indexOf("BZh", 1);
  const { bytes, error } = await read(whole.subarray(0, second));
  assert.equal(error, undefined); // as bunzip2 has it: the XML shows that more is missing
  assert.ok(bytes.length > 1000 && bytes.length < xml.length);
});

test("a source that fails is told after what it gave", async () => {
  async function* failing(name: string, length: number) {
    yield* chunksOf(fixture(name).subarray(0, length), 100);
    throw new BrokenStream("The line is down");
  }
  for (const name of [...compressed, "pages.xml"]) {
    for (const length of [0, 2, 800, fixture(name).length]) {
      const { items, error } = await drain(decompress(failing(name, length)));
      assert.equal((error as Error).message, "The line is down", `${name} ${length}`);
      if (length === fixture(name).length) assert.deepEqual(joinBytes(items), xml, name);
    }
  }
});

test("giving up midway closes the source", async () => {
  for (const name of [...compressed, "pages.xml"]) {
    let isClosed = false;
    async function* source() {
      try {
        yield* chunksOf(fixture(name), 400);
        yield* chunksOf(fixture(name), 400);
      } finally {
        isClosed = true;
      }
    }
    for await (const bytes of decompress(source())) {
      assert.ok(bytes.length > 0);
      break;
    }
    assert.ok(isClosed, name);
  }
});
