import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { imageMetadata } from "../../src/datasets/imagemetadata.ts";
import { resolveImages } from "../../src/datasets/images.ts";
import { readNpzBytes } from "../support/arrays.ts";
import { buildCli } from "../support/built.ts";
import { readMetadata } from "../support/corpora.ts";
import { inParallel } from "../support/parallel.ts";
import { sha256OfPath } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const DATA = ["train.npz", "val.npz", "test.npz"];

const cli = buildCli();
process.on("exit", cli.remove);

/** Runs `images --yes`, which must succeed; standard output and error as they are. */
async function images(folder: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await cli.run("images", "--yes", "--output-dir", folder, ...args);
  assert.equal(code, 0, stderr);
  return { stdout, stderr };
}

const sumsOf = (folder: string, names: readonly string[]) => names.map((name) => sha256OfPath(`${folder}/${name}`));

test("the plan says images, memory, disk and folder, and --dry-run writes nothing", async () => {
  await withTempFolder(async (parent) => {
    const { stdout, stderr } = await images(`${parent}/new`, "--num-images", "1234567", "--dry-run");
    assert.equal(stderr, "");
    assert.match(stdout, /^Dataset generation plan:\n/);
    assert.match(stdout, /Images: 1,234,567 .*train 987,653, val 123,456, test 123,458/);
    assert.match(stdout, /Memory: [^\n]*\d [MG]B/);
    assert.match(stdout, /Disk: [^\n]*\d MB .*train\.npz \d.*val\.npz \d.*test\.npz \d/);
    assert.ok(stdout.includes(`Output: ${parent}/new\n`), stdout);
    assert.deepEqual(readdirSync(parent), []);
  });
});

test("--dry-run needs no --yes, and foretells folder, recipe, counts and sizes", async () => {
  await withTempFolder(async (parent) => {
    const args = ["images", "--num-images", "20k", "--output-dir", `${parent}/new`, "--json"];
    const planned = await cli.run(...args, "--dry-run");
    assert.equal(planned.code, 0);
    const plan = JSON.parse(planned.stdout);
    assert.deepEqual([plan.dry_run, plan.folder], [true, `${parent}/new`]);
    assert.deepEqual(plan.images, { train: 16_000, val: 2000, test: 2000 });
    assert.deepEqual(plan.recipe, {
      kind: "images",
      images: 20_000,
      seed: "42",
      grid_size: 16,
      palette: "gray",
      label: "composition",
      splits: { train: 0.8, val: 0.1, test: 0.1 },
      unique: false,
      format: "npz",
    });
    assert.deepEqual(readdirSync(parent), []);
    const written = JSON.parse((await cli.run(...args, "--yes", "--no-report")).stdout);
    assert.equal(written.recipe_sha256, plan.recipe_sha256);
    assert.deepEqual(
      plan.files.map(({ path }: { path: string }) => path),
      DATA,
    );
    plan.files.forEach(({ expected_bytes: expected }: { expected_bytes: number }, at: number) => {
      const { bytes } = written.files[at];
      assert.ok(Math.abs(expected / bytes - 1) < 0.1, `${expected} bytes foretold, ${bytes} written`);
    });
  });
});

test("people are told sums and checks; --quiet says nothing; --json prints one object and moves the rest aside", async () => {
  await withTempFolder(async (parent) => {
    const [loud, quiet, json] = await inParallel([[], ["--quiet"], ["--json"]], (flags) =>
      images(`${parent}/a${flags.join("")}`, "--num-images", "500", ...flags),
    );
    assert.equal(loud!.stderr, "");
    for (const sum of sumsOf(`${parent}/a`, DATA)) assert.ok(loud!.stdout.includes(sum));
    assert.match(loud!.stdout, /\n {2}validation_report\.png, report\.json: (\d+) of \1 checks passed\n$/);
    assert.deepEqual(quiet, { stdout: "", stderr: "" });
    assert.match(json!.stderr, /^Dataset generation plan:\n/);
    const result = JSON.parse(json!.stdout);
    assert.deepEqual([result.folder, result.report.ok], [`${parent}/a--json`, true]);
    const stored = JSON.parse(readFileSync(`${parent}/a--json/report.json`, "utf8"));
    assert.deepEqual(result.report, stored);
    assert.deepEqual(result.recipe, readMetadata(`${parent}/a--json`).extras.recipe);
    for (const text of [json!.stdout, loud!.stdout, json!.stderr]) {
      assert.ok(!text.includes("\u001b") && !text.includes("\r"), "control characters without a terminal");
    }
  });
});

test("--no-report and --no-checksum leave out what they say; --show prints images without colours", async () => {
  await withTempFolder(async (parent) => {
    await images(`${parent}/a`, "--num-images", "100", "--no-report", "--no-checksum");
    assert.deepEqual(readdirSync(`${parent}/a`).sort(), ["metadata.json", "test.npz", "train.npz", "val.npz"]);
    const { files } = readMetadata(`${parent}/a`).extras;
    assert.deepEqual(
      files.map(({ sha256 }) => sha256),
      [null, null, null],
    );
    const { stdout } = await images(`${parent}/b`, "--num-images", "100", "--show");
    const { labels } = readNpzBytes(`${parent}/b/train.npz`);
    const shown = [...stdout.matchAll(/\bL:(\d+)/g)].map(([, value]) => Number(value));
    assert.equal(shown.length, 8);
    assert.ok(shown.every((value) => labels!.data.includes(value)));
    assert.ok(!stdout.includes("\u001b"));
  });
});

test("without --output-dir it is the first free version of today", async (t) => {
  await withTempFolder(async (folder) => {
    const day = today();
    const home = process.cwd();
    const run = async () => {
      process.chdir(folder);
      const result = cli.run("images", "--num-images", "20", "--yes", "--no-report", "--quiet"); // starts at once
      process.chdir(home);
      assert.deepEqual(await result, { code: 0, stdout: "", stderr: "" });
      return readdirSync(`${folder}/datasets`).sort();
    };
    const versions = (...numbers: number[]) => numbers.map((version) => `${day}-v${version}`);
    const found = [await run(), await run()];
    mkdirSync(`${folder}/datasets/${day}-v3`);
    found.push(await run());
    rmSync(`${folder}/datasets/${day}-v1`, { recursive: true });
    rmSync(`${folder}/datasets/${day}-v3`, { recursive: true });
    writeFileSync(`${folder}/datasets/${day}-v3`, "a file takes the name too");
    found.push(await run(), await run());
    if (today() !== day) return t.skip("midnight passed");
    assert.deepEqual(found, [
      versions(1),
      versions(1, 2),
      versions(1, 2, 3, 4),
      versions(1, 2, 3, 4),
      versions(1, 2, 3, 4, 5),
    ]);
  });
});

/** The day where the clock of the wall is read. */
function today(): string {
  const date = new Date();
  const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}

test("metadata.json has exactly the agreed keys and values", async () => {
  await withTempFolder(async (parent) => {
    const before = Date.now();
    await images(`${parent}/a`, "--num-images", "1003", "--seed", "7", "--grid-size", "20", "--no-report");
    const { extras, timestamp, ...metadata } = readMetadata(`${parent}/a`);
    assert.deepEqual(metadata, {
      version: "1.0.0",
      generation_params: { num_images: 1003, seed: 7, grid_size: 20, splits: { train: 0.8, val: 0.1, test: 0.1 } },
      dataset_info: { train_count: 802, val_count: 100, test_count: 101, total_count: 1003 },
      memory_info: { bytes_per_image: 400, total_bytes: 401_200, readable: "391.80 KB" },
      file_format: { dtype: "uint8", compression: "npz" },
    });
    const time = Date.parse(String(timestamp));
    assert.ok(time >= before && time <= Date.now(), String(timestamp));
    const keys = ["generator", "recipe", "recipe_sha256", "files", "measured", "created_at"];
    assert.deepEqual(Object.keys(extras), keys);
    const files = DATA.map((path) => [path, sha256OfPath(`${parent}/a/${path}`)]);
    assert.deepEqual(
      extras.files.map(({ path, sha256 }) => [path, sha256]),
      files,
    );
  });
});

test("memory is told in units of 1024", () => {
  const readable = (numImages: number, gridSize = 16) =>
    (imageMetadata(resolveImages({ numImages, gridSize }), "") as { memory_info: { readable: string } }).memory_info
      .readable;
  assert.equal(readable(100_000), "24.41 MB");
  assert.deepEqual([readable(1), readable(3), readable(4)], ["256 bytes", "768 bytes", "1.00 KB"]);
  assert.deepEqual([readable(4096), readable(10 ** 7), readable(64, 64)], ["1.00 MB", "2.38 GB", "256.00 KB"]);
});
