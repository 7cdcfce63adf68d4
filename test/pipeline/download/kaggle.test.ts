import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import test from "node:test";
import { zipSync } from "fflate";
import { InputError } from "../../../src/data/errors.ts";
import { startKaggle, type KaggleFile, type KaggleOptions } from "../../doubles/kaggle.ts";
import { asking, filesIn, load, patternBytes, sumOf, withEnvironment, withStarted } from "../../support/downloads.ts";
import { withTempFolder } from "../../support/temp.ts";

const text = (letters: string) => new TextEncoder().encode(letters);
const large = text("a,b\n1,2\n".repeat(20_000));
const files: KaggleFile[] = [
  { name: "small.csv", bytes: text("a\n1\n") },
  { name: "large.csv", bytes: large, zip: zipSync({ "large.csv": large }) },
  {
    name: "train/deep file.csv",
    bytes: patternBytes(40_000),
    zip: zipSync({ "deep file.csv": patternBytes(40_000) }),
    listed: null,
  },
  { name: "picture.png", bytes: text("png") },
  { name: "all.zip", bytes: zipSync({ "all.zip": text("inner") }) },
];
const NAME = "owner/some-data";

async function withKaggle(
  use: (root: string, kaggle: Awaited<ReturnType<typeof startKaggle>>) => Promise<void>,
  options: Partial<KaggleOptions> & { files?: readonly KaggleFile[] } = {},
  login: Record<string, string> = {},
): Promise<void> {
  const dataset = { name: NAME, version: 7, files: options.files ?? files };
  await withStarted(startKaggle({ dataset, ...options }), (kaggle) =>
    withEnvironment({ ...login, KAGGLE_API: kaggle.url }, () => withTempFolder((root) => use(root, kaggle))),
  );
}

test("files come one by one at a version, without the zips that the server puts around them", async () => {
  await withKaggle(
    async (root, kaggle) => {
      const { folder, record } = await load(asking("kaggle", NAME), root);
      assert.equal(folder, `${root}/datasets/raw/kaggle/owner__some-data/default`);
      assert.deepEqual(record.revision, { asked: "newest", resolved: "7" });
      const { "dataset.json": _own, ...there } = filesIn(folder);
      assert.deepEqual(there, {
        "large.csv": sumOf(large),
        "small.csv": sumOf("a\n1\n"),
        "train/deep file.csv": sumOf(patternBytes(40_000)),
      });
      const zip = files[1]!.zip!;
      const told = record.files.find(({ path }) => path === "large.csv")!;
      assert.deepEqual(
        [told.bytes, told.sha256, told.received],
        [large.length, sumOf(large), { as: "zip", bytes: zip.length, sha256: sumOf(zip) }],
      );
      const basic = `Basic ${Buffer.from("me:key_secret").toString("base64")}`;
      assert.ok(kaggle.requests.every(({ headers }) => headers.authorization === basic));
      assert.ok(kaggle.storage.requests.every(({ headers }) => headers.authorization === undefined));
      assert.doesNotMatch(readFileSync(`${folder}/dataset.json`, "utf8"), /key_secret|[Ss]ignature/);
    },
    { login: "me:key_secret" },
    { KAGGLE_USERNAME: "me", KAGGLE_KEY: "key_secret" },
  );
});

test("a run that ended between the last byte and the file's name goes on without asking for the file again", async () => {
  await withKaggle(async (root, kaggle) => {
    const asked = asking("kaggle", NAME, { pattern: "large.csv" });
    const folder = `${root}/datasets/raw/kaggle/owner__some-data/default`;
    mkdirSync(`${folder}/large.csv/in the way`, { recursive: true });
    await assert.rejects(load(asked, root), /Cannot rename \S+/);
    rmSync(`${folder}/large.csv`, { recursive: true });
    assert.deepEqual(readdirSync(folder).includes("large.csv.part"), true);
    kaggle.storage.requests.length = 0;
    const { record } = await load(asked, root);
    assert.deepEqual([kaggle.storage.requests.length, record.files[0]!.sha256], [0, sumOf(large)]);
    assert.deepEqual(readdirSync(folder), ["dataset.json", "large.csv"]);
  });
});

test("a zip that is asked for stays one", async () => {
  await withKaggle(async (root) => {
    const { folder } = await load(asking("kaggle", NAME, { pattern: "*.zip", revision: "7" }), root);
    assert.deepEqual([folder.split("/").at(-1), filesIn(folder)["all.zip"]], ["7", sumOf(files[4]!.bytes)]);
  });
});

test("wrong lengths and checksums, and names that lead out, are refused and leave nothing", async () => {
  const cases: [file: KaggleFile, says: RegExp][] = [
    [{ name: "a.csv", bytes: text("abc"), listed: 4 }, /^Error: Cannot download a\.csv: 3 bytes came, expected 4$/],
    [{ name: "a.csv", bytes: large, zip: zipSync({ "a.csv": large }), listed: 4 }, /: 160000 bytes came, expected 4$/],
    [
      { name: "a.csv", bytes: text("abc"), md5: `${"A".repeat(22)}==` },
      /its checksum is 900150983cd24fb0d6963f7d28e17f72, expected 0{32}; it was not kept$/,
    ],
    [{ name: "../../a.csv", bytes: text("abc") }, /^InputError: Cannot keep a file of the name "\.\.\/\.\.\/a\.csv"/],
  ];
  for (const [file, says] of cases) {
    await withKaggle(
      async (root) => {
        await assert.rejects(load(asking("kaggle", NAME), root), says);
        assert.deepEqual(readdirSync(root), []);
      },
      { files: [file] },
    );
  }
});

const refusals: [options: Partial<KaggleOptions>, login: [string, string] | undefined, name: string, says: RegExp][] = [
  [
    { login: "me:key" },
    undefined,
    NAME,
    /set KAGGLE_USERNAME and KAGGLE_KEY, and accept the dataset's terms if it has some$/,
  ],
  [{ login: "me:key" }, ["me", "key_wrong"], NAME, /KAGGLE_USERNAME and KAGGLE_KEY are not accepted/],
  [
    { hasTerms: true },
    ["me", "key_secret"],
    NAME,
    /accept the terms at https:\/\/www\.kaggle\.com\/datasets\/owner\/some-data$/,
  ],
  [{}, undefined, "owner/other", /there is no such dataset, version or file/],
  [{}, undefined, "justone", /Name "justone" is not allowed: give owner\/dataset/],
];
for (const [options, login, name, says] of refusals) {
  test(`Kaggle's refusal says what to do: ${says.source.slice(0, 60)}`, async () => {
    await withKaggle(
      async (root) => {
        await assert.rejects(
          load(asking("kaggle", name), root),
          (error: Error) => error instanceof InputError && says.test(error.message) && !/key_/.test(error.message),
        );
        assert.deepEqual(readdirSync(root), []);
      },
      options,
      login ? { KAGGLE_USERNAME: login[0], KAGGLE_KEY: login[1] } : {},
    );
  });
}
