import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { InputError } from "../../src/data/errors.ts";
import type { ImageFormat } from "../../src/datasets/images.ts";
import { inspectCorpus, type InspectOptions } from "../../src/report/inspect.ts";
import { createRandom } from "../formats/samples.ts";
import { readNpzBytes, type ByteArray } from "../support/arrays.ts";
import { editMetadata, editSplit, writeImages } from "../support/corpora.ts";
import { editBytes } from "../support/tamper.ts";
import { withTempFolder } from "../support/temp.ts";

const FORMATS = ["npz", "npy", "idx", "imagefolder", "webdataset", "parquet"] as const satisfies readonly ImageFormat[];

/** A sound corpus of 60 images in each container. */
const parent = mkdtempSync(join(tmpdir(), "seedbed-"));
before(async () => {
  for (const format of FORMATS) await writeImages(`${parent}/${format}`, { numImages: 60, gridSize: 8, format });
});
after(() => rmSync(parent, { recursive: true, force: true }));

/** Damages a copy and returns the names of the checks that fail, or the message of the refusal. */
async function inspectDamaged(
  format: ImageFormat,
  damage: (folder: string) => void,
): Promise<readonly string[] | string> {
  return withTempFolder(async (folder) => {
    cpSync(`${parent}/${format}`, folder, { recursive: true });
    damage(folder);
    try {
      const { checks, ok } = await inspectCorpus(folder);
      const failed = checks.filter(({ pass }) => pass === false).map(({ name }) => name);
      assert.equal(ok, failed.length === 0);
      assert.doesNotMatch(checks.map(({ threshold, detail }) => threshold + detail).join("; "), /NaN|undefined/);
      return failed;
    } catch (error) {
      assert.ok(error instanceof InputError, `${(error as Error).name}: ${(error as Error).message}`);
      assert.doesNotMatch(error.message, /\n|undefined|NaN/);
      assert.deepEqual(
        ["report.json", "validation_report.png"].filter((name) => existsSync(`${folder}/${name}`)),
        [],
      );
      return error.message;
    }
  });
}

/** The files of data in a folder, the largest first. */
function dataFiles(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.length + 1))
    .filter((path) => path !== "metadata.json");
  return files.sort((a, b) => readFileSync(`${folder}/${b}`).length - readFileSync(`${folder}/${a}`).length);
}

for (const format of FORMATS) {
  test(`${format}: sound, its files are found to be so`, async () => {
    assert.deepEqual(await inspectDamaged(format, () => {}), []);
  });

  test(`${format}: no flipped byte goes unnoticed or unnamed`, async () => {
    const random = createRandom(3);
    const files = dataFiles(`${parent}/${format}`);
    for (let trial = 0; trial < (format === "imagefolder" ? 10 : 25); trial++) {
      const path = files[Math.floor(random() ** 2 * files.length)]!; // more often a large one
      let what = "";
      const found = await inspectDamaged(format, (folder) =>
        editBytes(`${folder}/${path}`, (bytes) => {
          const at = Math.floor(random() * bytes.length);
          const mask = 1 + Math.floor(random() * 255);
          bytes[at]! ^= mask;
          what = `byte ${at} of ${bytes.length} of ${path} flipped by ${mask}`;
        }),
      );
      assert.ok(found.length > 0, `${what} passes`);
      if (typeof found === "string") assert.match(found, /train|val|test/, `${what}: ${found}`);
    }
  });

  test(`${format}: no file is cut short, emptied or removed unnoticed`, async () => {
    const [path] = dataFiles(`${parent}/${format}`);
    const { length } = readFileSync(`${parent}/${format}/${path}`);
    for (const kept of [0, 1, 9, 50, length >> 1, length - 30, length - 1]) {
      const cut = (folder: string) => editBytes(`${folder}/${path}`, (bytes) => bytes.slice(0, kept));
      const found = await inspectDamaged(format, cut);
      assert.ok(found.length > 0, `${path} of ${kept} bytes passes`);
      if (typeof found === "string") assert.match(found, /train/, `${path} of ${kept} bytes: ${found}`);
    }
    const missing = await inspectDamaged(format, (folder) => rmSync(`${folder}/${path}`));
    assert.match(String(missing), new RegExp(`Cannot read \\S*${path}`));
    const replaced = await inspectDamaged(format, (folder) => {
      rmSync(`${folder}/${path}`);
      mkdirSync(`${folder}/${path}`);
    });
    assert.match(String(replaced), /train.*it is a folder/);
  });
}

test("pictures are listed: a count of rows that is not that of the files is noticed", async () => {
  for (const format of ["imagefolder", "webdataset", "parquet"] as const) {
    for (const rows of [0, 47, 49, undefined, "48", -1]) {
      const found = await inspectDamaged(format, (folder) =>
        editMetadata(folder, ({ extras }) => {
          for (const file of extras.files) if (String(file["path"]).startsWith("train")) Object.assign(file, { rows });
        }),
      );
      assert.match(String(found), /train|metadata\.json/, `${rows} rows of ${format}: ${found}`);
    }
  }
});

test("a damaged manifest gives checks or a refusal, never another error", async () => {
  const random = createRandom(9);
  const text = readFileSync(`${parent}/npz/metadata.json`, "utf8");
  for (let trial = 0; trial < 40; trial++) {
    const at = Math.floor(random() * text.length);
    const mask = 1 << Math.floor(random() * 7);
    const flipped = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ mask) + text.slice(at + 1);
    await inspectDamaged("npz", (folder) => writeFileSync(`${folder}/metadata.json`, flipped)); // asserts what it throws
  }
  for (const value of [null, -1, "x", []]) {
    for (const key of ["recipe", "files", "generator", "recipe_sha256", "measured"]) {
      await inspectDamaged("npz", (folder) => editMetadata(folder, ({ extras }) => (extras[key] = value)));
    }
    for (const key of ["images", "grid_size", "palette", "label", "format", "unique", "splits", "seed"]) {
      await inspectDamaged("npz", (folder) => editMetadata(folder, ({ extras }) => (extras.recipe[key] = value)));
    }
  }
});

test("progress reaches the number of images, and a signal stops it without a trace", async () => {
  await withTempFolder(async (place) => {
    const folder = `${place}/corpus`;
    await writeImages(folder, { numImages: 20_000, seed: 3 });
    const names = readdirSync(folder);
    const seen: number[] = [];
    const controller = new AbortController();
    const options: InspectOptions = {
      signal: controller.signal,
      onProgress(done, total) {
        assert.equal(total, 20_000);
        seen.push(done);
        if (done > 9000) controller.abort(new Error("enough"));
      },
    };
    await assert.rejects(inspectCorpus(folder, options), /enough/);
    assert.deepEqual(readdirSync(folder), names);
    assert.ok(seen.every((done, at) => at === 0 || done > seen[at - 1]!) && seen.at(-1)! < 20_000);
    await inspectCorpus(folder, { onProgress: (done) => void seen.push(done) });
    assert.equal(seen.at(-1), 20_000);
  });
});

test("the images that are shown are of the first split that has any", async () => {
  await withTempFolder(async (place) => {
    const folder = `${place}/corpus`;
    await writeImages(folder, { numImages: 1, gridSize: 8 }); // train and val are empty
    const { shown } = await inspectCorpus(folder);
    const { images, labels } = readNpzBytes(`${folder}/test.npz`) as Record<"images" | "labels", ByteArray>;
    assert.deepEqual([[...shown.images], [...shown.labels]], [[...images.data], [...labels.data]]);
  });
});

test("what the palette does not have is shown as its last colour, and reported", async () => {
  await withTempFolder(async (place) => {
    const folder = `${place}/corpus`;
    await writeImages(folder, { numImages: 10, gridSize: 8, palette: "arc", splits: [1, 0, 0] });
    const whole = (await inspectCorpus(folder)).shown;
    editSplit(folder, "train", ({ images }) => images!.data.forEach((value, at, all) => (all[at] = value && 200)));
    const { shown, checks } = await inspectCorpus(folder);
    assert.deepEqual(shown.labels, whole.labels);
    assert.deepEqual(
      shown.images,
      whole.images.map((value) => value && 9),
    );
    assert.equal(checks.find(({ name }) => name === "pixel values")!.pass, false);
  });
});

test("what a killed run left is no corpus; beside a manifest its claim is of no account", async () => {
  const claim = (folder: string) => writeFileSync(`${folder}/dataset.json.claim.part`, "{}");
  const unfinished = await inspectDamaged("npz", (folder) => (claim(folder), rmSync(`${folder}/metadata.json`)));
  assert.match(String(unfinished), /holds an unfinished run, not a corpus/);
  assert.deepEqual(await inspectDamaged("npz", claim), []);
});

test("images that metadata.json does not count fail, each split by its name", async () => {
  const counts: [value: unknown, said: RegExp][] = [
    [47, /train 47,/],
    [undefined, /train not said,/],
    [null, /train not said,/],
    ["many", /train not said,/],
  ];
  for (const [value, said] of counts) {
    await withTempFolder(async (folder) => {
      cpSync(`${parent}/npz`, folder, { recursive: true });
      editMetadata(folder, ({ dataset_info: info }) => Object.assign(info as object, { train_count: value }));
      const { checks } = await inspectCorpus(folder);
      const failed = checks.filter(({ pass }) => pass === false);
      assert.deepEqual(
        failed.map(({ name }) => name),
        ["number of images"],
        String(value),
      );
      assert.match(failed[0]!.threshold, said);
    });
  }
});
