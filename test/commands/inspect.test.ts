import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { decode } from "fast-png";
import { readNpzBytes, type ByteArray } from "../support/arrays.ts";
import { buildCli } from "../support/built.ts";
import { npzOf, readMetadata, writeImages } from "../support/corpora.ts";
import { writeVectors } from "../support/dataset.ts";
import { inParallel } from "../support/parallel.ts";
import { sha256OfPath } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const SPLITS = ["train", "val", "test"] as const;
const LAWS = ["background share", "objects in an image", "object types", "object colours", "blob sizes"];

const cli = buildCli();
process.on("exit", cli.remove);

interface Report {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly pass: boolean | null; readonly detail: string }[];
  readonly [key: string]: unknown;
}

const readReport = (folder: string) => JSON.parse(readFileSync(`${folder}/report.json`, "utf8")) as Report;

/** How often each value occurs, as the report says it: only those that do. */
function countsOf(values: Iterable<number>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

test("a corpus of ours passes; --json prints the report, --quiet nothing; the data stay as they are", async () => {
  await withTempFolder(async (parent) => {
    const folder = `${parent}/corpus`;
    const { files } = await writeImages(folder, { numImages: 1000, seed: 7 });
    const [loud, json, quiet] = [
      await cli.run("inspect", folder),
      await cli.run("inspect", folder, "--json"),
      await cli.run("inspect", folder, "--quiet"),
    ];
    for (const { code } of [loud, json, quiet]) assert.equal(code, 0);
    assert.match(loud.stdout, /^ {2}validation_report\.png, report\.json: (\d+) of \1 checks passed\n$/);
    assert.deepEqual([loud.stderr, quiet.stdout, quiet.stderr], ["", "", ""]);
    const { folder: asked, ...report } = JSON.parse(json.stdout);
    assert.deepEqual([asked, report], [folder, readReport(folder)]);
    assert.deepEqual([report.ok, report.images, report.grid_size, report.palette], [true, 1000, 16, "gray"]);
    assert.equal(report.recipe_sha256, readMetadata(folder).extras["recipe_sha256"]);
    assert.deepEqual(report.files, files);
    for (const { path, sha256 } of files) assert.equal(sha256OfPath(`${folder}/${path}`), sha256);
    const { width, height } = decode(readFileSync(`${folder}/validation_report.png`), { checkCrc: true });
    assert.ok(width >= 1000 && height >= 1000, `${width} x ${height}`);
    assert.ok(readdirSync(folder).every((name) => !name.endsWith(".part")));
  });
});

test("the report counts what is in the files", async () => {
  await withTempFolder(async (parent) => {
    const folder = `${parent}/corpus`;
    await writeImages(folder, { numImages: 2000, gridSize: 12, label: "count" });
    const { stdout } = await cli.run("inspect", folder, "--json");
    const report = JSON.parse(stdout);
    for (const split of SPLITS) {
      const { images, labels, factors } = readNpzBytes(`${folder}/${split}.npz`) as Record<string, ByteArray>;
      const found = report.splits[split];
      const slots = Array.from({ length: factors!.data.length / 6 }, (_, at) =>
        factors!.data.subarray(6 * at, 6 * at + 6),
      );
      const objects = slots.filter(([present]) => present === 1);
      const background = images!.data.filter((value) => value === 0).length / images!.data.length;
      assert.equal(found.images, labels!.data.length);
      assert.deepEqual(found.value_range, [0, Math.max(...new Set(images!.data))]);
      assert.ok(Math.abs(found.background_share - background) < 1e-6);
      assert.deepEqual(found.labels, countsOf(labels!.data));
      assert.deepEqual(found.objects_in_an_image, countsOf(labels!.data)); // which are what the labels say here
      const types = Object.values(countsOf(objects.map(([, type]) => type!)));
      assert.deepEqual(Object.entries(found.object_types), [
        ["blob", types[0]],
        ["rectangle", types[1]],
        ["line", types[2]],
        ["pattern", types[3]],
      ]);
      assert.deepEqual(found.object_colours, countsOf(objects.map(([, , colour]) => colour!)));
      assert.deepEqual(found.blob_sizes, countsOf(objects.filter(([, type]) => type === 0).map((slot) => slot[5]!)));
    }
    const bytes = SPLITS.reduce((sum, split) => sum + readFileSync(`${folder}/${split}.npz`).length, 0);
    assert.deepEqual(
      [report.size_bytes.pixels, report.size_bytes.files, report.size_bytes.pixels_to_files],
      [2000 * 144, bytes, Number(((2000 * 144) / bytes).toPrecision(4))],
    );
  });
});

test("looking twice finds the same and draws the same picture", async () => {
  await withTempFolder(async (parent) => {
    await writeImages(`${parent}/a`, { numImages: 300, palette: "arc" });
    const looks: string[] = [];
    for (let look = 0; look < 2; look++) {
      assert.equal((await cli.run("inspect", `${parent}/a`, "--quiet")).code, 0);
      looks.push(["report.json", "validation_report.png"].map((name) => sha256OfPath(`${parent}/a/${name}`)).join());
    }
    assert.equal(looks[0], looks[1]);
  });
});

test("--show prints images in letters where there are no colours", async () => {
  await withTempFolder(async (parent) => {
    for (const palette of ["gray", "arc"] as const) {
      const folder = `${parent}/${palette}`;
      await writeImages(folder, { numImages: 400, palette });
      const { code, stdout } = await cli.run("inspect", folder, "--show");
      assert.equal(code, 0);
      const lines = stdout.split("\n");
      assert.ok(!stdout.includes("\u001b") && lines.every((line) => line.length <= 80));
      assert.equal(stdout.match(/\bL:\d+/g)?.length, 8);
      const pixels = lines.filter((line) => /^[.:\-=+*o#%@\d ]{30,}$/.test(line));
      assert.equal(pixels.length, 64, "four rows of two images of 16 lines");
      assert.equal(/\d\d/.test(pixels.join()), palette === "arc");
    }
  });
});

/** Images of random pixels, as another program may have them. */
function foreign(count: number, height = 16, { width = height, seed = 5 } = {}): Record<string, ByteArray> {
  let state = seed;
  const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24;
  return {
    images: { shape: [count, height, width], data: Uint8Array.from({ length: count * height * width }, next) },
    labels: { shape: [count], data: Uint8Array.from({ length: count }, (_, i) => i % 10) },
  };
}

const save = (path: string, arrays: Record<string, ByteArray>) => writeFileSync(path, npzOf(arrays));

test("a corpus of another program is counted, and not held against our laws", async () => {
  await withTempFolder(async (folder) => {
    save(`${folder}/train.npz`, foreign(500, 28));
    save(`${folder}/val.npz`, foreign(50, 28, { seed: 6 }));
    const { code, stdout, stderr } = await cli.run("inspect", folder);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /(\d+) of \1 checks passed/);
    const { ok, checks, ...report } = readReport(folder);
    assert.deepEqual([ok, report["images"], report["grid_size"], report["recipe_sha256"]], [true, 550, 28, null]);
    const notAsked = checks.filter(({ pass }) => pass === null).map(({ name }) => name);
    assert.deepEqual(
      notAsked.sort(),
      [...LAWS, "checksums", "labels and factors", "manifest", "pixels and factors"].sort(),
    );
    assert.ok(checks.every(({ pass, detail }) => (pass === null) === detail.startsWith("not asked: ")));
    assert.ok(checks.filter(({ name }) => LAWS.includes(name)).every(({ detail }) => /no factors/.test(detail)));
  });
});

test("what a corpus of another program may be: one split, stored or deflated, of any size", async () => {
  await withTempFolder(async (parent) => {
    const corpora: Record<string, [split: string, arrays: Record<string, ByteArray>, images: number, size: number]> = {
      train: ["train", foreign(30), 30, 16],
      test: ["test", foreign(30), 30, 16],
      tiny: ["val", foreign(30, 1), 30, 1],
      large: ["train", foreign(5, 128), 5, 128],
    };
    await inParallel(Object.entries(corpora), async ([name, [split, arrays, images, size]]) => {
      const folder = `${parent}/${name}`;
      mkdirSync(folder);
      save(`${folder}/${split}.npz`, arrays);
      const { code, stdout, stderr } = await cli.run("inspect", folder, "--json");
      assert.equal(code, 0, `${name}: ${stderr}`);
      const { splits, ...report } = JSON.parse(stdout);
      assert.deepEqual([Object.keys(splits), report.images, report.grid_size], [[split], images, size], name);
      assert.doesNotMatch(stdout, /NaN|undefined|Infinity/, name);
    });
  });
});

test("a corpus without images fails, and is shown all the same", async () => {
  await withTempFolder(async (folder) => {
    save(`${folder}/train.npz`, foreign(0));
    const { code, stderr } = await cli.run("inspect", folder, "--quiet");
    assert.deepEqual([code, stderr], [1, `seedbed: ${folder} fails number of images: see its report.json\n`]);
    const { ok, splits, ...report } = readReport(folder);
    assert.deepEqual([ok, Object.keys(splits as object), report["images"]], [false, ["train"], 0]);
    assert.doesNotMatch(JSON.stringify(report), /NaN|undefined|Infinity/);
    assert.ok(decode(readFileSync(`${folder}/validation_report.png`), { checkCrc: true }).width >= 1000);
  });
});

test("metadata.json of another program is no reason to refuse its images", async () => {
  await withTempFolder(async (folder) => {
    save(`${folder}/train.npz`, foreign(30));
    const metadata = { version: "1.0.0", generation_params: { num_images: 30 }, file_format: { dtype: "uint8" } };
    writeFileSync(`${folder}/metadata.json`, JSON.stringify(metadata));
    const { code, stderr } = await cli.run("inspect", folder);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(readReport(folder).ok, true);
  });
});

/** What is in a folder that cannot be inspected, and what the refusal must say. */
const unreadable: Record<string, [fill: (folder: string) => unknown, says: RegExp]> = {
  nothing: [() => {}, /no corpus/],
  vectors: [(folder) => writeVectors(folder, { rows: 10, dim: 2 }), /vectors, not images/],
  "an unfinished run": [
    (folder) => {
      save(`${folder}/train.npz`, foreign(30));
      writeFileSync(`${folder}/val.npz.part`, "half");
      writeFileSync(`${folder}/dataset.json.claim.part`, '{ "pid": 1, "files": ["train.npz", "val.npz"] }');
    },
    /holds an unfinished run, not a corpus/,
  ],
  "no labels": [(f) => save(`${f}/train.npz`, { images: foreign(5)["images"]! }), /train\.npz.*labels/],
  "no images": [(f) => save(`${f}/train.npz`, { labels: foreign(5)["labels"]! }), /train\.npz.*images/],
  "fewer labels": [
    (f) => save(`${f}/train.npz`, { ...foreign(5), labels: foreign(4)["labels"]! }),
    /train\.npz.*labels.* 4 rows.* 5/,
  ],
  "factors of another kind": [
    (f) => save(`${f}/train.npz`, { ...foreign(5), factors: { shape: [5, 3], data: new Uint8Array(15) } }),
    /train\.npz.*factors/,
  ],
  "images of several sizes": [
    (f) => (save(`${f}/train.npz`, foreign(5)), save(`${f}/val.npz`, foreign(5, 28))),
    /several sizes: 16, 28/,
  ],
  "images that are not square": [
    (f) => save(`${f}/train.npz`, foreign(5, 16, { width: 12 })),
    /train\.npz.*\(5, 16, 12\)/,
  ],
  "images with channels": [
    (f) => save(`${f}/train.npz`, { ...foreign(5), images: { shape: [5, 8, 8, 3], data: new Uint8Array(960) } }),
    /train\.npz.*\(5, 8, 8, 3\)/,
  ],
  "images without pixels": [(f) => save(`${f}/train.npz`, foreign(5, 0)), /train\.npz|0 x 0: expected 1 to 128/],
  "images too large to draw": [(f) => save(`${f}/train.npz`, foreign(5, 129)), /129 x 129: expected 1 to 128/],
  "a text in place of an npz": [(f) => writeFileSync(`${f}/train.npz`, "no zip at all"), /train\.npz/],
  "a folder in place of an npz": [(f) => mkdirSync(`${f}/train.npz`), /train\.npz.*folder/],
};

for (const [what, [fill, says]] of Object.entries(unreadable)) {
  test(`a folder with ${what} is refused in one line, and nothing is written`, async () => {
    await withTempFolder(async (folder) => {
      await fill(folder);
      const before = readdirSync(folder);
      const { code, stdout, stderr } = await cli.run("inspect", folder, "--json");
      assert.match(stderr, /^seedbed: [^\n]+\n$/);
      assert.match(stderr, says);
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.deepEqual(readdirSync(folder), before);
    });
  });
}

test("what is no folder is refused in one line", async () => {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/file`, "mine");
    const cases: [args: string[], says: RegExp][] = [
      [[`${folder}/nowhere`], /nowhere/],
      [[`${folder}/file`], /file/],
      [[""], /empty|folder/i],
      [[], /missing required argument 'folder'/i],
      [[folder, folder], /too many arguments/i],
      [[folder, "--sho"], /unknown option '--sho' \(Did you mean --show\?\)/i],
    ];
    await inParallel(cases, async ([args, says]) => {
      const { code, stdout, stderr } = await cli.run("inspect", ...args);
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, /^seedbed: \S[^\n]+\n$/);
      assert.match(stderr, says);
    });
  });
});
