import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import test from "node:test";
import { joinBytes } from "../../src/formats/bytes.ts";
import { openByteStream } from "../../src/runtime/bytestream.ts";
import { drain } from "../support/chunks.ts";
import { withTempFolder } from "../support/temp.ts";

test("a file is read from the first byte to the last", async () => {
  await withTempFolder(async (folder) => {
    const bytes = Uint8Array.from({ length: 700_001 }, (_, at) => at >> 4);
    writeFileSync(`${folder}/a`, bytes);
    let told = 0;
    const stream = await openByteStream(`${folder}/a`, { onBytes: (count) => (told += count) });
    assert.deepEqual([stream.byteLength, stream.position], [bytes.length, 0]);
    const { items, error } = await drain(stream);
    assert.equal(error, undefined);
    assert.deepEqual(joinBytes(items), bytes);
    assert.deepEqual([stream.position, told], [bytes.length, bytes.length]);
    await stream.close();

    const unread = await openByteStream(`${folder}/a`);
    await unread.close();
    const controller = new AbortController();
    const aborted = await openByteStream(`${folder}/a`, { signal: controller.signal });
    controller.abort(new Error("enough"));
    assert.match(String((await drain(aborted)).error), /enough/);
  });
});

test("what is no file is told", async () => {
  await withTempFolder(async (folder) => {
    await assert.rejects(
      openByteStream(`${folder}/none`),
      /^InputError: Cannot read .*\/none: no such file or folder$/,
    );
    await assert.rejects(openByteStream(folder), /^InputError: Cannot read .*: it is a folder$/);
  });
  await assert.rejects(
    openByteStream("ftp://host/x"),
    /^InputError: Cannot read ftp:\/\/host\/x: expected a file, http/,
  );
});
