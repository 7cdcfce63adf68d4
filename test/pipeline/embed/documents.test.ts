import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { BrokenStream, InputError } from "../../../src/data/errors.ts";
import { loadParquet } from "../../../src/formats/parquet.ts";
import { openDocuments, type Documents } from "../../../src/pipeline/embed/documents.ts";
import { withTempFolder } from "../../support/temp.ts";

/** What a reading gives in all, after its bytes were found to be those of the files. */
async function readAll(documents: Documents, wants?: (row: number) => boolean) {
  const [all, bad] = [[] as unknown[], [] as unknown[]];
  let bytes = 0;
  for await (const piece of documents.read(wants && { wants })) {
    all.push(...piece.documents.map(({ row, fields }) => [row, fields["text"]]));
    bad.push(...piece.bad);
    bytes += piece.bytes;
  }
  assert.equal(bytes, documents.byteLength);
  return { all, bad };
}

async function writeAll(folder: string): Promise<string[]> {
  mkdirSync(`${folder}/x`);
  mkdirSync(`${folder}/y`);
  const parquet = await loadParquet();
  const content: Record<string, string | Uint8Array> = {
    "y/a.jsonl": '{"text":"0"}\n{"text":\n\n{"text":"2"}\n',
    "x/b.csv.gz": gzipSync("text\n3\n1,2\n"),
    "x/c.json": '[{"text":"5"}]',
    "y/d.parquet": parquet.encode([{ name: "text", type: "string", values: ["6", "7"] }]),
    "x/e.TXT.GZ": gzipSync("8\n\n"),
    "x/f.tsv": "text\tn\n10\t1\n",
    "x/g.ndjson": "",
    "x/h.txt.gz": "11\n", // that a server unpacked
    "x/z.json.gz": gzipSync('{"text":"12"}\n{"text":"13"}'),
  };
  for (const [name, bytes] of Object.entries(content)) writeFileSync(`${folder}/${name}`, bytes);
  return Object.keys(content).map((name) => `${folder}/${name}`);
}

test("rows are numbered over all files in the order of their names, as often as they are read", async () => {
  await withTempFolder(async (folder) => {
    const paths = await writeAll(folder);
    const documents = openDocuments([...paths].reverse());
    assert.deepEqual(
      documents.files.map(({ path }) => path),
      paths,
    );
    const texts = ["0", "2", "3", "5", "6", "7", "8", "", "10", "11", "12", "13"];
    const rows = [0, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13];
    const expected = {
      all: rows.map((row, at) => [row, texts[at]]),
      bad: [
        { row: 1, file: `${folder}/y/a.jsonl`, line: 2, reason: 'not JSON: "{\\"text\\":"' },
        { row: 4, file: `${folder}/x/b.csv.gz`, line: 3, reason: "2 values, expected 1 as in the row of names" },
      ],
    };
    assert.deepEqual(await readAll(documents), expected);
    assert.deepEqual(await readAll(documents), expected);
    const some = await readAll(documents, (row) => row === 7 || row === 4);
    assert.deepEqual(some, { all: [[7, "7"]], bad: expected.bad.slice(1) });
  });
});

test("names are ordered by their characters' codes, then folders are", async () => {
  await withTempFolder((folder) => {
    for (const name of ["one", "two"]) mkdirSync(`${folder}/${name}`);
    const paths = ["one/B.txt", "two/B.txt", "two/a-10.txt", "one/a-9.txt", "one/é.txt"].map(
      (name) => `${folder}/${name}`,
    );
    for (const path of paths) writeFileSync(path, "x");
    const { files, byteLength } = openDocuments([paths[4]!, paths[2]!, paths[1]!, paths[3]!, paths[0]!]);
    assert.deepEqual(
      files,
      paths.map((path) => ({ path, bytes: 1 })),
    );
    assert.equal(byteLength, 5);
  });
});

test("files that cannot be read are refused before any is read", async () => {
  await withTempFolder((folder) => {
    writeFileSync(`${folder}/a.txt`, "x");
    mkdirSync(`${folder}/b.txt`);
    for (const name of ["a.docx", "a.bin", "a", "a.parquet.gz", "a.gz", "txt", "a.toString"])
      writeFileSync(`${folder}/${name}`, "x");
    const allowed = /: expected a file that ends in \.jsonl, .*\.parquet, or \.gz after one of them but \.parquet$/;
    for (const [paths, message] of [
      [[], /^No file of documents was given/],
      [[`${folder}/none.txt`], /none\.txt: no such file$/],
      [[`${folder}/b.txt`], /b\.txt: no such file$/],
      ...["a.docx", "a.bin", "a", "a.parquet.gz", "a.gz", "txt", "a.toString"].map(
        (name) => [[`${folder}/a.txt`, `${folder}/${name}`], allowed] as const,
      ),
    ] as const) {
      assert.throws(
        () => openDocuments(paths),
        (error) => error instanceof InputError && message.test(error.message),
      );
    }
  });
});

test("a damaged file ends the reading with its name, after the rows before the damage", async () => {
  await withTempFolder(async (folder) => {
    const lines = Array.from({ length: 20_000 }, (_, row) => `line ${row} ${row * 7919}`).join("\n");
    writeFileSync(`${folder}/a.txt.gz`, gzipSync(lines).subarray(0, -5000));
    writeFileSync(`${folder}/b.parquet`, "no Parquet at all");
    const [gzip, parquet] = [`${folder}/a.txt.gz`, `${folder}/b.parquet`].map((path) => openDocuments([path]));
    let rows = 0;
    const read = async () => {
      for await (const { documents } of gzip!.read()) rows += documents.length;
    };
    await assert.rejects(read(), (error) => {
      assert.ok(
        error instanceof BrokenStream && error.message.startsWith(`${folder}/a.txt.gz: The gzip data end too early`),
      );
      return true;
    });
    assert.ok(rows > 10_000 && rows < 20_000, `${rows} rows`);
    await assert.rejects(readAll(parquet!), (error) => {
      assert.ok(
        error instanceof InputError && error.message.startsWith(`${folder}/b.parquet: Not a whole Parquet file`),
      );
      return true;
    });
  });
});

test("reading ends when it is aborted, and files are closed when it is given up", async () => {
  await withTempFolder(async (folder) => {
    const paths = await writeAll(folder);
    const controller = new AbortController();
    const documents = openDocuments(paths, controller.signal);
    for await (const piece of documents.read()) {
      assert.ok(piece);
      break;
    }
    const read = async () => {
      for await (const piece of documents.read())
        if (piece.documents.some(({ row }) => row === 3)) controller.abort("enough");
    };
    await assert.rejects(read(), (error) => error === "enough");
  });
});
