import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import test, { after, before } from "node:test";
import type { Split } from "../../src/index.ts";
import type { ByteArray } from "../support/arrays.ts";
import { buildCli } from "../support/built.ts";
import { editMetadata, editSplit, forgeImageSums, writeImages, type LooseMetadata } from "../support/corpora.ts";
import { editBytes } from "../support/tamper.ts";

const cli = buildCli();
process.on("exit", cli.remove);

/** Sound corpora that are copied and damaged; `bare` has no checksums. */
const corpora = {
  gray: { numImages: 600, seed: 7 },
  arc: { numImages: 600, palette: "arc" },
  unique: { numImages: 600, unique: true },
  bare: { numImages: 600 },
} as const;

const parent = mkdtempSync(join(tmpdir(), "seedbed-"));
before(async () => {
  for (const [name, options] of Object.entries(corpora)) {
    await writeImages(`${parent}/${name}`, options, { checksum: name !== "bare" });
  }
});
after(() => rmSync(parent, { recursive: true, force: true }));

interface Damage {
  /** Default `gray`. */
  readonly corpus?: keyof typeof corpora;
  readonly damage: (folder: string) => void;
  /** The checks that must fail, no other; or what the refusal must say. */
  readonly gives: readonly string[] | RegExp;
}

type Arrays = Record<"images" | "labels" | "factors", ByteArray>;

/** Changes the arrays of a split, and the manifest so that no checksum tells. */
const edited =
  (edit: (arrays: Arrays) => void, split: Split = "train") =>
  (folder: string): void => {
    editSplit(folder, split, (arrays) => edit(arrays as Arrays));
    forgeImageSums(folder);
  };

const told = (edit: (metadata: LooseMetadata) => void) => (folder: string) => editMetadata(folder, edit);
const bytesAt = (path: string, edit: (bytes: Uint8Array) => Uint8Array | void) => (folder: string) =>
  editBytes(`${folder}/${path}`, edit);

/** Rows of every array in another order, or others in their place. */
function takeRows(arrays: Arrays, rowsOf: (row: number) => number, names: readonly (keyof Arrays)[]): void {
  for (const name of names) {
    const { shape, data } = arrays[name];
    const length = data.length / shape[0]!;
    const old = data.slice();
    for (let row = 0; row < shape[0]!; row++) {
      data.set(old.subarray(rowsOf(row) * length, (rowsOf(row) + 1) * length), row * length);
    }
  }
}

const ALL = ["images", "labels", "factors"] as const;
const firstObject = (pixels: Uint8Array) => pixels.findIndex((value) => value > 0);
const COLOUR_STEP = 255 / 9;

const damages: Record<string, Damage> = {
  "a missing split": { damage: (f) => rmSync(`${f}/val.npz`), gives: /Cannot read \S*\/val\.npz: no such file/ },
  "a folder for a split": {
    damage: (f) => (rmSync(`${f}/val.npz`), mkdirSync(`${f}/val.npz`)),
    gives: /val\.npz.* folder/,
  },
  ...Object.fromEntries(
    [0, 1, 21, 22, 100, 4000, -1, -22, -60].map((length): [string, Damage] => [
      `an npz cut to ${length} bytes`,
      { damage: bytesAt("train.npz", (bytes) => bytes.slice(0, length)), gives: /train\.npz/ },
    ]),
  ),
  "an npz with bytes behind it": {
    damage: bytesAt("train.npz", (bytes) => Uint8Array.of(...bytes, ...new Uint8Array(100))),
    gives: /train\.npz|checksums/,
  },
  "a flipped byte in the pixels": {
    damage: bytesAt("train.npz", (bytes) => void (bytes[3000]! ^= 0x55)),
    gives: /train\.npz \(images\)/,
  },
  "a flipped byte in the directory": {
    damage: bytesAt("test.npz", (bytes) => void (bytes[bytes.length - 100]! ^= 0x55)),
    gives: /test\.npz|checksums/,
  },
  "a flipped byte in a date": {
    damage: bytesAt("train.npz", (bytes) => void (bytes[11]! ^= 1)),
    gives: ["checksums"],
  },
  "splits that changed places": {
    damage: (f) => {
      renameSync(`${f}/train.npz`, `${f}/x`);
      renameSync(`${f}/val.npz`, `${f}/train.npz`);
      renameSync(`${f}/x`, `${f}/val.npz`);
    },
    gives: ["number of images", "checksums"],
  },
  "splits that changed places, without checksums": {
    corpus: "bare",
    damage: (f) => {
      renameSync(`${f}/train.npz`, `${f}/x`);
      renameSync(`${f}/val.npz`, `${f}/train.npz`);
      renameSync(`${f}/x`, `${f}/val.npz`);
    },
    gives: ["number of images"],
  },
  "a missing image": {
    damage: edited((arrays) => {
      for (const name of ALL) {
        const { shape, data } = arrays[name];
        const [rows, ...rest] = shape as [number, ...number[]];
        arrays[name] = { shape: [rows - 1, ...rest], data: data.subarray(0, (data.length / rows) * (rows - 1)) };
      }
    }),
    gives: ["number of images"],
  },
  "an array that is missing": {
    damage: edited((arrays) => delete (arrays as Partial<Arrays>).labels),
    gives: /train\.npz.*labels/,
  },
  "factors that are missing": {
    damage: edited((arrays) => delete (arrays as Partial<Arrays>).factors),
    gives: /factors/,
  },
  "edited labels": { damage: edited(({ labels }) => void (labels.data[5]! ^= 1)), gives: ["labels and factors"] },
  "labels in another order": {
    damage: edited((arrays) => takeRows(arrays, (row) => 479 - row, ["labels"])),
    gives: ["labels and factors"],
  },
  "two images that changed places": {
    damage: edited((arrays) => takeRows(arrays, (row) => ({ 3: 4, 4: 3 })[row] ?? row, ["images"])),
    gives: ["pixels and factors"],
  },
  "images in another order than labels and factors": {
    damage: edited((arrays) => takeRows(arrays, (row) => 479 - row, ["images"])),
    gives: ["pixels and factors"],
  },
  "a factor that counts one pixel more": {
    damage: edited(({ factors }) => void factors.data[5]!++),
    gives: ["pixels and factors"],
  },
  "a factor of another colour": {
    damage: edited(({ factors }) => void (factors.data[2] = (factors.data[2]! % 9) + 1)),
    gives: ["pixels and factors"],
  },
  "a pixel too many": {
    damage: edited(({ images }) => void (images.data[firstObject(images.data) - 1] = 255)),
    gives: ["pixels and factors"],
  },
  "a value outside the palette gray": {
    damage: edited(({ images }) => void images.data[firstObject(images.data)]!--),
    gives: ["pixel values", "pixels and factors"],
  },
  "a value outside the palette arc": {
    corpus: "arc",
    damage: edited(({ images }) => void (images.data[firstObject(images.data)] = 10)),
    gives: ["pixel values", "pixels and factors"],
  },
  "values far outside the palette arc, in images that are shown too": {
    corpus: "arc",
    damage: edited(({ images }) => {
      for (let at = 0; at < images.data.length; at += 256) {
        const pixels = images.data.subarray(at, at + 256);
        pixels[firstObject(pixels)] = 255;
      }
    }),
    gives: ["pixel values", "pixels and factors"],
  },
  "objects of one colour": {
    damage: edited(({ images, factors }) => {
      images.data.forEach((value, at) => value > 0 && (images.data[at] = Math.round(COLOUR_STEP)));
      for (let at = 0; at < factors.data.length; at += 6) if (factors.data[at] === 1) factors.data[at + 2] = 1;
    }),
    gives: ["object colours"],
  },
  "images of only two kinds": {
    damage: edited((arrays) => takeRows(arrays, (row) => row % 2, ALL)),
    gives: /copies within a split/,
  },
  "images that are all equal": {
    damage: edited((arrays) => takeRows(arrays, () => 0, ALL)),
    gives: /fails .*copies within a split/,
  },
  "one copy in a corpus without duplicates": {
    corpus: "unique",
    damage: edited((arrays) => takeRows(arrays, (row) => (row === 9 ? 3 : row), ALL)),
    gives: ["copies within a split"],
  },
  "images without objects": {
    damage: edited(({ images }) => void images.data.fill(0)),
    gives: /pixels and factors/,
  },
};

const recipeChanges: Record<string, unknown> = {
  seed: "43",
  images: 601,
  grid_size: 32,
  palette: "arc",
  label: "x",
  splits: { train: 0.1, val: 0.1, test: 0.8 },
  unique: true,
  format: "npy",
};
for (const [key, value] of Object.entries(recipeChanges)) {
  damages[`another ${key} in the recipe`] = {
    damage: told(({ extras }) => (extras.recipe[key] = value)),
    gives: /recipe|metadata\.json|fails|train_images\.npy/,
  };
}
Object.assign(damages, {
  "another hash of the recipe": {
    damage: told(({ extras }) => (extras["recipe_sha256"] = "0".repeat(64))),
    gives: ["manifest"],
  },
  "another checksum": {
    damage: told(({ extras }) => (extras.files[1]!["sha256"] = "0".repeat(64))),
    gives: ["checksums"],
  },
  "no list of files": { damage: told(({ extras }) => (extras.files = [])), gives: ["manifest"] },
  "another file in the list": {
    damage: told(({ extras }) => (extras.files[1]!["path"] = "other.npz")),
    gives: /other\.npz/,
  },
  "a file from elsewhere in the list": {
    damage: told(({ extras }) => (extras.files[1]!["path"] = "../other.npz")),
    gives: /metadata\.json/,
  },
  "no manifest in metadata.json": { damage: told((json) => (json.extras = null as never)), gives: /metadata\.json/ },
  "half a metadata.json": { damage: bytesAt("metadata.json", (b) => b.slice(0, 700)), gives: /metadata\.json/ },
  "an empty metadata.json": { damage: bytesAt("metadata.json", () => new Uint8Array(0)), gives: /metadata\.json/ },
} satisfies Record<string, Damage>);

for (const [what, { corpus = "gray", damage, gives }] of Object.entries(damages)) {
  test(`${what}: named, in one line, and the older report stays or is replaced as a whole`, async () => {
    const folder = `${parent}/${what.replaceAll(/\W/g, "-")}`;
    cpSync(`${parent}/${corpus}`, folder, { recursive: true });
    for (const name of ["report.json", "validation_report.png"]) writeFileSync(`${folder}/${name}`, "older");
    damage(folder);
    const { code, stdout, stderr } = await cli.run("inspect", folder, "--json", "--quiet");
    assert.match(stderr, /^seedbed: [^\n]+\n$/);
    assert.ok(code === 1 || code === 2, `exit code ${code}: ${stderr}`);
    const [report, picture] = ["report.json", "validation_report.png"].map((name) =>
      readFileSync(`${folder}/${name}`, "latin1"),
    );
    assert.ok(readdirSync(folder).every((name) => !name.endsWith(".part")));
    if (code === 2) {
      assert.deepEqual([stdout, report, picture], ["", "older", "older"]);
    } else {
      const { ok, checks } = JSON.parse(report!) as { ok: boolean; checks: { name: string; pass: boolean | null }[] };
      const failed = checks.filter(({ pass }) => pass === false).map(({ name }) => name);
      assert.equal(JSON.parse(stdout).ok, false);
      assert.deepEqual([ok, picture!.slice(1, 4)], [false, "PNG"]);
      assert.equal(stderr, `seedbed: ${folder} fails ${failed.join(", ")}: see its report.json\n`);
      if (!(gives instanceof RegExp)) assert.deepEqual(failed, gives);
    }
    if (gives instanceof RegExp) assert.match(stderr, gives);
    else assert.equal(code, 1, stderr);
  });
}
