import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import { joinBytes } from "../../src/formats/bytes.ts";
import { imageColumns, pixelsAt, sampleAt } from "../../src/formats/imagerows.ts";
import { encodePng } from "../../src/formats/png.ts";
import { sampleJson, sampleName } from "../../src/formats/sample.ts";
import { readWebDataset, webDatasetEncoder, webDatasetEnd } from "../../src/formats/webdataset.ts";
import { makeImages } from "../formats/imagesamples.ts";
import { assertSameBytes } from "../reference/same.ts";
import { askPython } from "../support/ask.ts";
import { memorySource } from "../support/memory.ts";
import { missingPython } from "../support/python.ts";
import { sha256 } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = missingPython("tarfile");

const READ = `
import hashlib, json, sys, tarfile

with tarfile.open(sys.argv[1], "r:") as tar:
    members = tar.getmembers()
    print(json.dumps([
        [m.name, m.isreg(), m.mode, m.uid, m.gid, m.uname, m.gname, m.mtime, hashlib.sha256(tar.extractfile(m).read()).hexdigest()]
        for m in members
    ]))
`;

// The same files by Python's own writer, which fills the archive up to a record of 20 blocks.
const WRITE = `
import io, sys, tarfile

with tarfile.open(sys.argv[1], "r:") as old, tarfile.open(sys.argv[2], "w:", format=tarfile.USTAR_FORMAT) as new:
    for member in old.getmembers():
        info = tarfile.TarInfo(member.name)
        info.size = member.size
        new.addfile(info, old.extractfile(member))
`;

const start = 99_999_998;
const block = makeImages(16, 50, { start });
const shard = joinBytes([webDatasetEncoder({ size: 16 }).encode(block).bytes, webDatasetEnd]);

test(
  "Python's tarfile finds the files of each sample in order, with nothing of whoever wrote them",
  { skip },
  async () => {
    const columns = imageColumns(block);
    const expected = Array.from({ length: 50 }, (_, row) => {
      const { label, factors } = sampleAt(columns, row);
      const files = {
        png: encodePng(pixelsAt(columns, row, 16), 16),
        json: sampleJson(label, factors),
        cls: `${label}`,
      };
      return Object.entries(files).map(([kind, content]) => {
        return [`${sampleName(start + row)}.${kind}`, true, 0o644, 0, 0, "", "", 0, sha256(content)];
      });
    });
    await withTempFolder((folder) => {
      writeFileSync(`${folder}/shard.tar`, shard);
      assert.deepEqual(askPython(READ, `${folder}/shard.tar`), expected.flat());
    });
  },
);

test("Python's tarfile writes the same bytes, and we read them", { skip }, async () => {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/shard.tar`, shard);
    askPython(`${WRITE}\nprint("true")`, `${folder}/shard.tar`, `${folder}/theirs.tar`);
    const theirs = new Uint8Array(readFileSync(`${folder}/theirs.tar`));
    assertSameBytes(theirs.subarray(0, shard.length), shard, "archive");
    let rows = 0;
    for await (const { name } of readWebDataset(memorySource(theirs))) assert.equal(name, sampleName(start + rows++));
    assert.equal(rows, 50);
  });
});
