import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { writeRecord } from "../../../src/pipeline/download/record.ts";
import {
  downloaded,
  findRawDataset,
  type AskedDataset,
  type RawDataset,
} from "../../../src/pipeline/embed/rawdataset.ts";
import { component, rawFolder } from "../../../src/pipeline/root.ts";
import { asking, load } from "../../support/downloads.ts";
import { withTempFolder } from "../../support/temp.ts";

interface Given {
  readonly source?: string;
  readonly dataset: string;
  readonly name?: string;
  readonly version?: string;
  readonly split?: string;
  readonly revision?: string;
  readonly files?: readonly string[];
}

/** A dataset as `download` leaves it. */
function download(
  root: string,
  { source = "huggingface", dataset, name = dataset, version = "main", split, revision, files = ["a.jsonl"] }: Given,
): string {
  const folder = rawFolder(root, source, dataset, version);
  for (const path of files) {
    mkdirSync(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    writeFileSync(`${folder}/${path}`, "{}\n");
  }
  writeRecord(
    folder,
    { source, dataset, name, split: split ?? null, pattern: null },
    revision === undefined ? null : { asked: version, resolved: revision },
    files.map((path) => ({ path, url: `https://x/${path}`, bytes: 3, sha256: "0".repeat(64), etag: null })) as never,
  );
  return folder;
}

test("a file is a dataset, named by it without its ending", async () => {
  await withTempFolder((folder) => {
    for (const [file, dataset] of [
      ["articles.jsonl", "articles"],
      ["a.b.csv", "a.b"],
      ["texts.txt.gz", "texts"],
      ["x.parquet", "x"],
      ["Y.JSONL.GZ", "Y"],
      [".csv", ".csv"],
      ["z..csv", "z..csv"], // "z." is no name of a folder
    ]) {
      const path = `${folder}/${file}`;
      writeFileSync(path, "x");
      assert.deepEqual(findRawDataset("/nowhere", { dataset: path }), {
        ...{ source: "file", dataset, split: "default", revision: null, files: [path] },
      });
      assert.equal(findRawDataset("/nowhere", { dataset: path, split: "train" }).split, "train");
    }
  });
});

test("a folder is a dataset of the files in it that can be read", async () => {
  await withTempFolder((parent) => {
    const folder = `${parent}/corpus`;
    mkdirSync(`${folder}/c.jsonl`, { recursive: true }); // a folder
    for (const name of ["b.jsonl", "a.csv", "README.md"]) writeFileSync(`${folder}/${name}`, "x");
    symlinkSync(`${folder}/b.jsonl`, `${folder}/d.jsonl`);
    const expected: RawDataset = {
      ...{ source: "file", dataset: "corpus", split: "default", revision: null },
      files: ["a.csv", "b.jsonl", "d.jsonl"].map((name) => `${folder}/${name}`),
    };
    assert.deepEqual(findRawDataset("/nowhere", { dataset: folder }), expected);
    assert.equal(findRawDataset("/nowhere", { dataset: `${folder}/` }).dataset, "corpus");
    assert.equal(findRawDataset("/nowhere", { dataset: `${folder}/../corpus/.` }).dataset, "corpus");
    mkdirSync(`${parent}/empty`);
    assert.throws(() => findRawDataset("/nowhere", { dataset: `${parent}/empty` }), {
      ...{ name: "InputError", message: /^.*\/empty has no file that ends in \.jsonl, .*\.parquet$/ },
    });
  });
});

test("the record in a folder of ours is no document of it; a file of that name elsewhere is", async () => {
  await withTempFolder((root) => {
    const folder = download(root, { dataset: "d" });
    assert.deepEqual(findRawDataset(root, { dataset: folder }).files, [`${folder}/a.jsonl`]);
    writeFileSync(`${folder}/dataset.json`, '[{"text":"one"}]');
    assert.deepEqual(findRawDataset(root, { dataset: folder }).files, [`${folder}/a.jsonl`, `${folder}/dataset.json`]);
  });
});

test("a folder has the same files where it is and as a copy, those in folders in it and no records among them", async () => {
  await withTempFolder(async (parent) => {
    const folder = `${parent}/corpus`;
    const taken = ["a.jsonl", "b.ndjson", "deep/a.csv", "deep/deeper/c.text", "deep/dataset.json"];
    mkdirSync(`${folder}/deep/deeper`, { recursive: true });
    for (const name of [...taken, "README.md", "deep/picture.png"]) writeFileSync(`${folder}/${name}`, "[]");
    writeFileSync(`${folder}/dataset.json`, '{"files":[]}');
    const inPlace = findRawDataset("/nowhere", { dataset: folder });
    const { folder: at } = await load(asking("file", folder), `${parent}/root`);
    const copied = findRawDataset(`${parent}/root`, { dataset: "corpus" });
    const below = (files: readonly string[], place: string) => files.map((file) => file.slice(place.length + 1)).sort();
    assert.deepEqual(below(inPlace.files, folder), [...taken].sort());
    assert.deepEqual(below(copied.files, at), below(inPlace.files, folder));
  });
});

test("the folder that the program runs in has a name too", async () => {
  await withTempFolder((parent) => {
    mkdirSync(`${parent}/here`);
    writeFileSync(`${parent}/here/a.txt`, "x");
    const before = process.cwd();
    process.chdir(`${parent}/here`);
    try {
      assert.equal(findRawDataset("/nowhere", { dataset: "." }).dataset, "here");
    } finally {
      process.chdir(before);
    }
  });
});

test("what was downloaded is found by its name, its name at the source, or as it is in paths", async () => {
  await withTempFolder((root) => {
    const folder = download(root, { dataset: "org/corpus", name: "https://x/org/corpus", revision: "abc" });
    download(root, { dataset: "other" });
    const expected: RawDataset = {
      ...{ source: "huggingface", dataset: "org/corpus", split: "default", revision: "abc" },
      files: [`${folder}/a.jsonl`],
    };
    for (const dataset of ["org/corpus", "https://x/org/corpus", component("org/corpus")])
      assert.deepEqual(findRawDataset(root, { dataset }), expected);
  });
});

test("a file is called the same where it lies and where it was copied to", async () => {
  await withTempFolder(async (folder) => {
    for (const [path, called] of [
      ["articles.jsonl", "articles"],
      ["b.csv.gz", "b"],
      ["pages.html", "pages.html"],
      ["v1.2/c.txt", "v1.2"],
      ["d.parquet/e.parquet", "d.parquet"], // a folder
    ] as const) {
      const top = `${folder}/${path.split("/")[0]}`;
      mkdirSync(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      writeFileSync(`${folder}/${path}`, "x");
      const root = `${folder}/root of ${called}`;
      const { record } = await load(asking("file", top), root);
      assert.equal(record.dataset, called);
      if (called === "pages.html") continue; // no documents
      assert.equal(findRawDataset("/nowhere", { dataset: top }).dataset, called);
      for (const dataset of [called, top.slice(folder.length + 1)])
        assert.equal(findRawDataset(root, { dataset }).dataset, called);
    }
  });
});

test("one of several versions, splits or sources has to be named", async () => {
  await withTempFolder((root) => {
    const folders = {
      train: download(root, { dataset: "d", version: "train", split: "train" }),
      test: download(root, { dataset: "d", version: "test", split: "test" }),
      kaggle: download(root, { dataset: "d", source: "kaggle", version: "newest" }),
    };
    const fileOf = (asked: AskedDataset) => findRawDataset(root, asked).files[0];
    assert.equal(fileOf({ dataset: "d", split: "train" }), `${folders.train}/a.jsonl`);
    assert.equal(fileOf({ dataset: "d", split: "test" }), `${folders.test}/a.jsonl`);
    assert.equal(fileOf({ dataset: "d", source: "kaggle" }), `${folders.kaggle}/a.jsonl`);
    assert.equal(findRawDataset(root, { dataset: "d", split: "train" }).split, "train");
    for (const [asked, choices] of [
      [{}, "test of huggingface, train of huggingface, newest of kaggle"],
      [{ source: "huggingface" }, "test of huggingface, train of huggingface"],
      [{ split: "dev" }, "test of huggingface, train of huggingface, newest of kaggle"],
    ] as const)
      assert.throws(() => findRawDataset(root, { dataset: "d", ...asked }), {
        ...{ name: "InputError" },
        message: `Several versions of d are there: ${choices}; give --split or --source`,
      });
  });
});

test("a split of a version that holds several is that of the files with its name in their paths", async () => {
  await withTempFolder((root) => {
    const files = [
      "data/train-00000.parquet",
      "data/train-00001.parquet",
      "data/test-0.parquet",
      "README.md",
      "Test.csv",
    ];
    const folder = download(root, { dataset: "d", files });
    const pathsOf = (split?: string) =>
      findRawDataset(root, { dataset: "d", split }).files.map((path) => path.slice(folder.length + 1));
    assert.deepEqual(pathsOf("train"), files.slice(0, 2));
    assert.deepEqual(pathsOf("test"), ["data/test-0.parquet", "Test.csv"]);
    assert.deepEqual(
      pathsOf(),
      files.filter((path) => path !== "README.md"),
    );
    assert.deepEqual(pathsOf("main"), pathsOf()); // the version itself
    assert.throws(() => pathsOf("dev"), {
      ...{ name: "InputError", message: `${folder} has no file of split "dev": its files are ${files.join(", ")}` },
    });
    assert.throws(() => pathsOf("rain"), /no file of split "rain"/); // not a part of a word
  });
});

test("what is not there is refused with what there is", async () => {
  await withTempFolder((root) => {
    assert.throws(() => findRawDataset(root, { dataset: "d" }), {
      ...{ name: "InputError" },
      message: `No dataset "d" under ${root}: nothing was downloaded; see seedbed download, or give the path of a file`,
    });
    download(root, { dataset: "b" });
    download(root, { dataset: "a" });
    download(root, { dataset: "b", version: "other" });
    assert.throws(() => findRawDataset(root, { dataset: "d" }), /there are a, b; see/);
    assert.throws(() => findRawDataset(root, { dataset: "a", source: "kaggle" }), /No dataset "a"/);
    const folder = download(root, { dataset: "pictures", files: ["a.png", "b.png"] });
    assert.throws(() => findRawDataset(root, { dataset: "pictures" }), {
      ...{ name: "InputError" },
      message: new RegExp(`^${folder} has no file that ends in .*: its files are a.png, b.png$`),
    });
  });
});

test("an unfinished download is not there, and stray files do not matter", async () => {
  await withTempFolder((root) => {
    const folder = download(root, { dataset: "a" });
    mkdirSync(`${root}/datasets/raw/http/b/main`, { recursive: true });
    writeFileSync(`${root}/datasets/raw/x.txt`, "x");
    writeFileSync(`${root}/datasets/raw/http/y.txt`, "x");
    writeFileSync(`${root}/datasets/raw/http/b/z.txt`, "x");
    assert.deepEqual(
      downloaded(root).whole.map((each) => each.folder),
      [folder],
    );
  });
});

test("a damaged record is refused in one line", async () => {
  await withTempFolder((root) => {
    const path = `${download(root, { dataset: "a" })}/dataset.json`;
    const whole = readFileSync(path, "utf8");
    const without = (name: string) => JSON.stringify({ ...(JSON.parse(whole) as object), [name]: undefined });
    for (const text of ["{", "null", "[]", ...["source", "dataset", "name", "files"].map(without)]) {
      writeFileSync(path, text);
      assert.throws(
        () => findRawDataset(root, { dataset: "a" }),
        (error: Error) => {
          assert.equal(error.name, "InputError");
          assert.match(error.message, /^[^\n]*dataset\.json is (not JSON|no record of a download)[^\n]*$/);
          return true;
        },
      );
    }
  });
});
