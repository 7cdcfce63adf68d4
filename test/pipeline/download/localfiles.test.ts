import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { asking, filesIn, load, patternBytes, sumOf } from "../../support/downloads.ts";
import { withTempFolder } from "../../support/temp.ts";

const withFolder = (use: (from: string, root: string) => Promise<void>) =>
  withTempFolder(async (parent) => {
    mkdirSync(`${parent}/texts/deep`, { recursive: true });
    writeFileSync(`${parent}/texts/a.jsonl`, patternBytes(3_000_000));
    writeFileSync(`${parent}/texts/deep/b c.csv`, "x\n");
    writeFileSync(`${parent}/texts/picture.png`, "png");
    await use(`${parent}/texts`, `${parent}/root`);
  });

test("a folder is copied with its checksums, and so is a file", async () => {
  await withFolder(async (from, root) => {
    const { folder, record } = await load(asking("file", from), root);
    assert.equal(folder, `${root}/datasets/raw/file/texts/default`);
    const { "dataset.json": _own, ...files } = filesIn(folder);
    assert.deepEqual(files, { "a.jsonl": sumOf(patternBytes(3_000_000)), "deep/b c.csv": sumOf("x\n") });
    assert.deepEqual(
      record.files.map(({ sha256 }) => sha256),
      Object.values(files),
    );
    assert.notEqual(statSync(`${folder}/a.jsonl`).ino, statSync(`${from}/a.jsonl`).ino);
    const one = await load(asking("file", `${from}/picture.png`, { split: "train" }), root);
    assert.deepEqual(readdirSync(one.folder), ["dataset.json", "picture.png"]);
    assert.equal(one.folder, `${root}/datasets/raw/file/picture.png/train`);
  });
});

test("an original that changed later does not matter to what was copied", async () => {
  await withFolder(async (from, root) => {
    const { folder } = await load(asking("file", from), root);
    writeFileSync(`${from}/a.jsonl`, "other");
    assert.equal((await load(asking("file", from), root)).plan.kind, "there");
    assert.equal(sumOf(readFileSync(`${folder}/a.jsonl`)), sumOf(patternBytes(3_000_000)));
  });
});

test(
  "links that stay in the folder are copied as files; those that leave it are refused",
  { skip: process.platform === "win32" },
  async () => {
    await withFolder(async (from, root) => {
      symlinkSync("a.jsonl", `${from}/inside.jsonl`);
      const { folder } = await load(asking("file", from), root);
      assert.equal(filesIn(folder)["inside.jsonl"], sumOf(patternBytes(3_000_000)));
    });
    const links: [to: string, says: RegExp][] = [
      ["/etc/passwd", /it is a link out of /],
      ["..", /it is a link out of /],
      ["deep", /it is a link to a folder$/],
      ["nowhere", /no such file or folder$/],
    ];
    for (const [to, says] of links) {
      await withFolder(async (from, root) => {
        symlinkSync(to, `${from}/link.csv`);
        await assert.rejects(load(asking("file", from), root), says);
        assert.deepEqual(readdirSync(`${from}/..`), ["texts"]);
      });
    }
  },
);

test("what is not there, a folder that holds the root, and another of the same name are refused", async () => {
  await withFolder(async (from, root) => {
    await assert.rejects(load(asking("file", `${from}/none`), root), /Cannot find \S+none: no such file or folder$/);
    await assert.rejects(load(asking("file", from), `${from}/deep`), /where it would go, lies in it$/);
    await load(asking("file", `${from}/a.jsonl`), root);
    mkdirSync(`${from}/other`);
    writeFileSync(`${from}/other/a.jsonl`, "x");
    await assert.rejects(
      load(asking("file", `${from}/other/a.jsonl`), root),
      /holds a dataset with name \S+texts\/a\.jsonl, not \S+other\/a\.jsonl: give another --root, or --force to replace it$/,
    );
    await load(asking("file", `${from}/other/a.jsonl`), root, { force: true });
    assert.equal(readFileSync(`${root}/datasets/raw/file/a/default/a.jsonl`, "utf8"), "x");
  });
});

test(
  "a file that cannot be read is told, and what was copied is not lost",
  { skip: process.getuid?.() === 0 && "root reads everything" },
  async () => {
    await withFolder(async (from, root) => {
      chmodSync(`${from}/deep/b c.csv`, 0);
      await assert.rejects(
        load(asking("file", from), root, { concurrent: 1 }),
        /Cannot read \S+deep\/b c\.csv: permission denied$/,
      );
      chmodSync(`${from}/deep/b c.csv`, 0o600);
      await load(asking("file", from), root);
    });
  },
);
