import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { renderImage } from "../../src/index.ts";
import { image, label } from "../reference/images.ts";
import { assertSameBytes } from "../reference/same.ts";
import { readNpzBytes, type ByteArray } from "../support/arrays.ts";
import { buildCli } from "../support/built.ts";
import { readMetadata } from "../support/corpora.ts";
import { inParallel } from "../support/parallel.ts";
import { sha256OfPath } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const SPLITS = ["train", "val", "test"] as const;

const cli = buildCli();
process.on("exit", cli.remove);

/** Runs `images --yes`, which must succeed. */
async function images(folder: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await cli.run("images", "--yes", "--quiet", "--output-dir", folder, ...args);
  assert.deepEqual([code, stderr], [0, ""]);
}

/** The rows of an array, one after the other. */
function rowsOf({ shape, data }: ByteArray): Uint8Array[] {
  const length = shape.slice(1).reduce((product, axis) => product * axis, 1);
  return Array.from({ length: shape[0]! }, (_, row) => data.subarray(row * length, (row + 1) * length));
}

test("train and val have the floor of their share, test the rest", async () => {
  const cases: [args: string[], counts: [number, number, number]][] = [
    [["1"], [0, 0, 1]],
    [["3"], [2, 0, 1]],
    [["10"], [8, 1, 1]],
    [["1000"], [800, 100, 100]],
    [
      ["100", "--splits", "0.29,0.57,0.14"],
      [29, 57, 14],
    ], // 0.29 * 100 is 28.999999999999996
    [
      ["7", "--splits", "1,0,0"],
      [7, 0, 0],
    ],
    [
      ["7", "--splits", "0,0,1"],
      [0, 0, 7],
    ],
    [
      ["7", "--splits", "0,1,0"],
      [0, 7, 0],
    ],
  ];
  await withTempFolder(async (parent) => {
    await inParallel(cases, async ([args, counts]) => {
      const folder = `${parent}/${args.join("")}`;
      await images(folder, "--num-images", ...args);
      const [train, val, rest] = counts;
      assert.deepEqual(readMetadata(folder)["dataset_info"], {
        train_count: train,
        val_count: val,
        test_count: rest,
        total_count: train + val + rest,
      });
      for (const [at, split] of SPLITS.entries()) {
        const arrays = Object.entries(readNpzBytes(`${folder}/${split}.npz`));
        assert.deepEqual(
          arrays.map(([name, { shape, data }]) => [name, shape, data.length]),
          [
            ["images", [counts[at], 16, 16], counts[at]! * 256],
            ["labels", [counts[at]], counts[at]],
            ["factors", [counts[at], 4, 6], counts[at]! * 24],
          ],
        );
      }
    });
  });
});

test("--unique leaves no duplicate within or across splits: of equal images all but the first are drawn anew", async () => {
  await withTempFolder(async (parent) => {
    const [plain, unique] = await inParallel([[], ["--unique"]], async (flags) => {
      const folder = `${parent}/a${flags.join("")}`;
      await images(folder, "--num-images", "6000", "--grid-size", "8", ...flags);
      return SPLITS.flatMap((split, at) => {
        const rows = rowsOf(readNpzBytes(`${folder}/${split}.npz`)["images"]!);
        return rows.map((pixels, row) => ({ stream: 4 + at, row, text: pixels.join() }));
      });
    });
    assert.equal(new Set(unique!.map(({ text }) => text)).size, 6000);
    const seen = new Set<string>();
    let redrawn = 0;
    for (const [at, { stream, row, text }] of plain!.entries()) {
      let expected = text;
      for (let redraw = 1; seen.has(expected); redraw++) {
        expected = image({ key: [42, 0], stream, size: 8, palette: "gray", redraw }, BigInt(row)).pixels.join();
        redrawn++;
      }
      seen.add(expected);
      assert.equal(unique![at]!.text, expected, `row ${row} of stream ${stream}`);
    }
    assert.ok(redrawn > 10, "hardly any duplicates to remove");
  });
});

test("labels are what --label says", async () => {
  await withTempFolder(async (parent) => {
    await inParallel(["composition", "count", "type"] as const, async (kind) => {
      await images(`${parent}/${kind}`, "--num-images", "500", "--label", kind);
      for (const split of SPLITS) {
        const { labels, factors } = readNpzBytes(`${parent}/${kind}/${split}.npz`);
        const expected = rowsOf(factors!).map((row) => label(row, kind));
        assert.deepEqual([...labels!.data], expected, `${kind} of ${split}`);
      }
    });
  });
});

test("workers change no byte", async () => {
  await withTempFolder(async (parent) => {
    const runs = ["npz", "webdataset", "parquet"].flatMap((format) => ["0", "1", "4"].map((n) => [format, n] as const));
    const sums = await inParallel(runs, async ([format, workers]) => {
      const folder = `${parent}/${format}${workers}`;
      await images(folder, "--num-images", "20k", "--format", format, "--workers", workers, "--no-report");
      const names = readdirSync(folder).filter((name) => name !== "metadata.json");
      return names.map((name) => `${name} ${sha256OfPath(`${folder}/${name}`)}`).join();
    });
    assert.equal(new Set(sums).size, 3, sums.join("\n"));
  });
});

test("image 7 of a split is the same in a small corpus, in a large one, and drawn alone", async () => {
  await withTempFolder(async (parent) => {
    await images(`${parent}/1k`, "--num-images", "1k", "--seed", "my-paper", "--no-report");
    await images(`${parent}/100k`, "--num-images", "100k", "--seed", "my-paper", "--no-report");
    for (const split of SPLITS) {
      const alone = renderImage({ numImages: 1e9, seed: "my-paper" }, split, 7);
      for (const folder of ["1k", "100k"]) {
        const arrays = readNpzBytes(`${parent}/${folder}/${split}.npz`);
        const [pixels, labels, factors] = ["images", "labels", "factors"].map((name) => rowsOf(arrays[name]!)[7]!);
        assertSameBytes(pixels!, alone.image, `${split} of ${folder}`);
        assertSameBytes(factors!, alone.factors, `factors of ${split} of ${folder}`);
        assert.equal(labels![0], alone.label);
      }
    }
    // Row 7 of stream 4, drawn by rules written down a second time.
    const twin = image({ key: [42, 0], stream: 4, size: 16, palette: "gray" }, 7n);
    assertSameBytes(renderImage({ numImages: 10 }, "train", 7).image, twin.pixels, "the twin's");
  });
});
