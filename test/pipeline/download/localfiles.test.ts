import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { openLedger } from "../../../src/pipeline/download/ledger.ts";
import { readRecord } from "../../../src/pipeline/download/record.ts";
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

test("originals that are not what was copied are refused by name, and loaded anew with force", async () => {
  const changes: [what: string, path: string, change: (path: string) => void][] = [
    ["another length", "a.jsonl", (path) => writeFileSync(path, "other")],
    ["the same length", "a.jsonl", (path) => writeFileSync(path, patternBytes(3_000_000, 2))],
    ["a new one", "new.csv", (path) => writeFileSync(path, "x\n")],
    ["one that is gone", "deep/b c.csv", (path) => rmSync(path)],
  ];
  for (const [what, path, change] of changes) {
    await withFolder(async (from, root) => {
      const { folder } = await load(asking("file", from), root);
      const before = filesIn(folder);
      change(`${from}/${path}`);
      const says = `${from}/${path} is not what was copied to ${folder}: give --force to copy it anew`;
      await assert.rejects(load(asking("file", from), root), { name: "InputError", message: says }, what);
      assert.deepEqual(filesIn(folder), before);
      const { record } = await load(asking("file", from), root, { force: true });
      assert.deepEqual(
        record.files.map((file) => file.sha256),
        record.files.map((file) => sumOf(readFileSync(`${from}/${file.path}`))),
      );
      assert.equal((await load(asking("file", from), root)).plan.kind, "there");
    });
  }
});

test("what was copied stays, where there is no original any more or a file changed that is none of it", async () => {
  await withFolder(async (from, root) => {
    await load(asking("file", from), root);
    writeFileSync(`${from}/picture.png`, "another");
    assert.equal((await load(asking("file", from), root)).plan.kind, "there");
    rmSync(from, { recursive: true });
    assert.equal((await load(asking("file", from), root)).plan.kind, "there");
  });
});

test("files that an earlier run copied before it broke off are copied again where the originals changed since", async () => {
  await withFolder(async (from, root) => {
    const { folder } = await load(asking("file", from), root);
    const { source, dataset, name, split, pattern, revision, files } = readRecord(folder)!;
    rmSync(`${folder}/dataset.json`);
    const ledger = await openLedger(
      folder,
      { source, dataset, name, split, pattern, revision },
      { isNew: true, hadRecord: false, kept: [] },
    );
    ledger.note(files);
    ledger.close();
    writeFileSync(`${from}/a.jsonl`, "other");
    const { plan } = await load(asking("file", from), root);
    assert.deepEqual(plan.kind === "load" && plan.kept.map(({ path }) => path), ["deep/b c.csv"]);
    assert.equal(readFileSync(`${folder}/a.jsonl`, "utf8"), "other");
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
