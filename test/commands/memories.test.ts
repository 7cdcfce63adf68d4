import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import type { Manifest } from "../../src/data/manifest.ts";
import { OBJECTS, TOPICS, VERBS } from "../../src/formats/memorywords.ts";
import { readNpy, VERSION } from "../../src/index.ts";
import { decimal } from "../reference/decimals.ts";
import { buildCli } from "../support/built.ts";
import { inParallel } from "../support/parallel.ts";
import { linesOf, readMemories, readTable } from "../support/memories.ts";
import { sha256OfPath } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

/** Runs `memories` around 7 centroids of 5 values; it must succeed. */
async function memories(output: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await cli.run(
    ...["memories", "--centroids", "7", "--dim", "5", "--count", "300", "--output", output],
    ...args,
  );
  assert.equal(code, 0, stderr);
  return { stdout, stderr };
}

interface Result {
  readonly datasets: readonly (Manifest & {
    readonly folder: string;
    readonly state: string;
    readonly rows: number;
    readonly expected_cosine: { readonly to_centroid: number; readonly between_members: number };
  })[];
}

const NUMBER = String.raw`-?\d+\.\d+(?:e-?\d+)?`;
const LINE = new RegExp(
  String.raw`^\{"content":"Synthetic memory (\d{7,}): (${TOPICS.join("|")}) (${VERBS.join("|")}) (${OBJECTS.join("|")})\.",` +
    String.raw`"embedding":\[(${NUMBER}(?:,${NUMBER})*)\],"confidence":(${NUMBER}),"id":"([0-9a-f]{12})-(\d{7,})","cluster":(\d+)\}$`,
);

test("one line a memory, keys in order, and beside them a manifest that tells the truth", async () => {
  await withTempFolder(async (out) => {
    const { stdout, stderr } = await memories(`${out}/a/b/m.jsonl`, "--json"); // folders that are not there are made
    assert.deepEqual(readdirSync(`${out}/a/b`).sort(), ["m.dataset.json", "m.jsonl"]);
    linesOf(`${out}/a/b/m.jsonl`).forEach((line, row) => {
      const [, inContent, , , , values, confidence, prefix, inId, cluster] = LINE.exec(line) ?? assert.fail(line);
      const number = String(row).padStart(7, "0");
      assert.deepEqual([inContent, inId], [number, number]);
      assert.deepEqual([values!.split(",").length, Number(cluster) < 7], [5, true]);
      assert.equal(JSON.parse(line).id, `${prefix}-${number}`);
      for (const text of [...values!.split(","), confidence!]) assert.equal(text, decimal(Math.fround(Number(text))));
    });
    const { datasets } = JSON.parse(stdout) as Result; // one object and nothing else
    const [{ files, recipe, generator, rows, folder, state, expected_cosine: expected }] = datasets as [
      Result["datasets"][0],
    ];
    assert.deepEqual([rows, folder, state, datasets.length], [300, `${out}/a/b`, "written", 1]);
    assert.deepEqual(generator, { name: "seedbed", version: VERSION });
    assert.ok(Math.abs(expected.to_centroid - 1 / Math.sqrt(1.05)) < 1e-6, "5 values, standard deviation 0.1");
    assert.ok(Math.abs(expected.between_members - 1 / 1.05) < 1e-6);
    const manifest = JSON.parse(readFileSync(`${out}/a/b/m.dataset.json`, "utf8")) as Manifest;
    assert.deepEqual([manifest.files, manifest.recipe], [files, recipe]);
    const path = `${out}/a/b/m.jsonl`;
    assert.deepEqual(files, [
      {
        path: "m.jsonl",
        format: "memorylines",
        rows: 300,
        bytes: readFileSync(path).length,
        sha256: sha256OfPath(path),
      },
    ]);
    assert.match(
      stderr,
      /^Plan: [^\n]+\n[^\n]+\n {2}7 clusters of 5 dimensions, standard deviation 0\.1: expected cosine 0\.976 to the centroid, 0\.952 between members\n/,
    );
  });
});

test("without flags it is 950,000 memories of 768 values in synthetic_memories.jsonl, seed 42", async () => {
  await withTempFolder((cwd) => {
    const launch = "deno" in process.versions ? ["run", "-A", "--no-prompt", cli.entry] : [cli.entry];
    const seedbed = (...args: string[]) =>
      spawnSync(process.execPath, [...launch, "memories", "--centroids", "3", "--json", ...args], {
        cwd,
        encoding: "utf8",
      });
    const plan = JSON.parse(seedbed("--dry-run").stdout).datasets[0];
    assert.deepEqual(plan.recipe, {
      ...{ kind: "memories", count: 950_000, range: [0, 950_000], dim: 768, centroids: { count: 3, sha256: null } },
      ...{ std_dev: 0.1, normalize: true, confidence: 0.7, seed: "42", digits: 0, format: "jsonl" },
    });
    assert.deepEqual(
      plan.files.map(({ path }: { path: string }) => path),
      ["synthetic_memories.jsonl"],
    );
    const perValue = plan.files[0].expected_bytes / (950_000 * 768);
    assert.ok(perValue > 12 && perValue < 13, `${perValue} bytes a value, such as -0.012345678 and a comma`);
    assert.equal(plan.expected_cosine.to_centroid.toFixed(3), "0.339");
    assert.equal(plan.expected_cosine.between_members.toFixed(3), "0.115");
    assert.deepEqual(readdirSync(cwd), []);
    const { status, stderr } = seedbed("--count", "9", "--format", "npy");
    assert.equal(status, 0, stderr);
    const names = [
      "synthetic_memories.metadata.jsonl",
      "synthetic_memories.npy",
      "synthetic_memories.npy.dataset.json",
    ];
    assert.deepEqual(readdirSync(cwd).sort(), names);
  });
});

test("more memories begin with the same lines, and --rows are those of the whole", async () => {
  await withTempFolder(async (out) => {
    const ranges = ["0:1", "3:50", "17:300", "299:300"];
    await inParallel(
      [["whole"], ["more", "--count", "2k"], ...ranges.map((r) => [r, "--rows", r])],
      ([name, ...flags]) => memories(`${out}/${name!.replace(":", "-")}.jsonl`, ...flags),
    );
    const whole = linesOf(`${out}/whole.jsonl`);
    const more = linesOf(`${out}/more.jsonl`);
    assert.equal(more.length, 2000);
    assert.deepEqual(more.slice(0, 300), whole);
    for (const range of ranges) {
      const [from, to] = range.split(":").map(Number);
      assert.deepEqual(linesOf(`${out}/${range.replace(":", "-")}.jsonl`), whole.slice(from, to), range);
    }
  });
});

test("rows have at least seven digits", async () => {
  await withTempFolder(async (out) => {
    await memories(`${out}/m.jsonl`, "--count", "1g", "--rows", "9999998:10000002");
    const found = readMemories(`${out}/m.jsonl`).map(({ content, id }) => [content.split(":")[0], id.split("-")[1]]);
    const rows = ["9999998", "9999999", "10000000", "10000001"];
    assert.deepEqual(
      found,
      rows.map((row) => [`Synthetic memory ${row}`, row]),
    );
  });
});

test("ids stand for what a memory depends on, and for nothing else", async () => {
  await withTempFolder(async (out) => {
    const same = [
      [],
      ["--count", "10k"],
      ["--digits", "3"],
      ["--rows", "7:9"],
      ["--workers", "1"],
      ["--format", "npy"],
      ["--format", "parquet"],
    ];
    const others = [
      ...[["--seed", "0"], ["--centroids", "8"], ["--std-dev", "0.2"], ["--no-normalize"], ["--confidence", "0.8"]],
      ...[
        ["--dim", "6"],
        ["--cosine", "0.5"],
      ],
    ];
    const prefixes = await inParallel([...same, ...others], async (flags) => {
      const format = flags[0] === "--format" ? flags[1]! : "jsonl";
      const stem = `${out}/${flags.join("").replace(":", "")}x`;
      await memories(`${stem}.${format}`, ...flags);
      const ids =
        format === "parquet"
          ? (await readTable(`${stem}.parquet`)).map(({ id }) => id)
          : readMemories(format === "npy" ? `${stem}.metadata.jsonl` : `${stem}.jsonl`).map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      const found = new Set(ids.map((id) => id.split("-")[0]!));
      assert.equal(found.size, 1);
      return [...found][0]!;
    });
    assert.equal(new Set(prefixes.slice(0, same.length)).size, 1);
    assert.equal(new Set(prefixes).size, 1 + others.length);
  });
});

test("--format npy has the same embeddings bit for bit, and the rest of each line beside them", async () => {
  await withTempFolder(async (out) => {
    await inParallel(["m.jsonl", "n.npy"], (name) => memories(`${out}/${name}`, "--format", name.slice(2)));
    assert.deepEqual(readdirSync(out).sort(), [
      "m.dataset.json",
      "m.jsonl",
      "n.metadata.jsonl",
      "n.npy",
      "n.npy.dataset.json",
    ]);
    const { shape, dtype, data } = await readNpy(`${out}/n.npy`);
    assert.deepEqual([shape, dtype], [[300, 5], "<f4"]);
    const values = readMemories(`${out}/m.jsonl`).flatMap(({ embedding }) => embedding.map(Math.fround));
    assert.ok(values.length === 1500 && values.every((value, at) => Object.is(value, data[at])));
    const rest = linesOf(`${out}/m.jsonl`).map((line) => line.replace(/"embedding":[^\]]*\],/, ""));
    assert.deepEqual(linesOf(`${out}/n.metadata.jsonl`), rest);
  });
});

test("--format parquet has the same rows, and part of them are those of the whole", async () => {
  await withTempFolder(async (out) => {
    const parts = ["0:1", "17:300"];
    await Promise.all([
      memories(`${out}/m.jsonl`),
      memories(`${out}/m.parquet`, "--format", "parquet"),
      ...parts.map((rows, at) => memories(`${out}/${at}.parquet`, "--format", "parquet", "--rows", rows)),
    ]);
    assert.ok(existsSync(`${out}/m.parquet.dataset.json`) && existsSync(`${out}/m.dataset.json`));
    const expected = readMemories(`${out}/m.jsonl`).map((memory) => ({
      ...memory,
      confidence: Math.fround(memory.confidence),
      embedding: memory.embedding.map(Math.fround),
    }));
    assert.deepEqual(await readTable(`${out}/m.parquet`), expected);
    for (const [at, rows] of parts.entries()) {
      const [from, to] = rows.split(":").map(Number);
      assert.deepEqual(await readTable(`${out}/${at}.parquet`), expected.slice(from, to), rows);
    }
  });
});

test("centroids and memories read the embeddings of a Parquet file as those of the .npy", async () => {
  await withTempFolder(async (out) => {
    await inParallel(["parquet", "npy"], (format) => memories(`${out}/m.${format}`, "--format", format));
    const found = await inParallel(["parquet", "npy"], async (format) => {
      const stem = `${out}/from-${format}`;
      const input = `${out}/m.${format}`;
      const flags = ["--input", input, "--num-centroids", "4", "--output", `${stem}.npy`, "--quiet"];
      assert.equal((await cli.run("centroids", ...flags)).code, 0);
      const around = ["--centroids", input, "--count", "20", "--output", `${stem}.jsonl`, "--quiet"];
      assert.equal((await cli.run("memories", ...around)).code, 0);
      return [sha256OfPath(`${stem}.npy`), sha256OfPath(`${stem}.jsonl`)];
    });
    assert.deepEqual(found[0], found[1]);
  });
});

test("--digits writes so many significant digits of the embeddings, rounded exactly, and all of the confidence", async () => {
  await withTempFolder(async (out) => {
    await memories(`${out}/m.jsonl`);
    const whole = readMemories(`${out}/m.jsonl`);
    await inParallel(["1", "2", "6", "9"], (digits) => memories(`${out}/${digits}.jsonl`, "--digits", digits));
    for (const digits of [1, 2, 6, 9]) {
      linesOf(`${out}/${digits}.jsonl`).forEach((line, row) => {
        const { embedding, ...rest } = whole[row]!;
        const text = embedding.map((value) => decimal(Math.fround(value), digits)).join(",");
        assert.ok(line.includes(`"embedding":[${text}]`), `${digits} digits: ${line}, expected ${text}`);
        assert.deepEqual({ ...JSON.parse(line), embedding: undefined }, { ...rest, embedding: undefined });
      });
    }
  });
});

test("threads beside the main one change no byte", async () => {
  await withTempFolder(async (out) => {
    const flags = ["--dim", "768", "--count", "1500"]; // blocks of 336 rows
    const sums = await inParallel(["0", "1", "3"], async (workers) => {
      await memories(`${out}/${workers}.jsonl`, ...flags, "--workers", workers);
      await memories(`${out}/${workers}n.npy`, ...flags, "--workers", workers, "--format", "npy");
      return [".jsonl", "n.npy", "n.metadata.jsonl"].map((ending) => sha256OfPath(`${out}/${workers}${ending}`)).join();
    });
    assert.equal(new Set(sums).size, 1);
    const tables = await inParallel(["0", "1", "4"], async (workers) => {
      const more = ["--dim", "768", "--count", "6k", "--format", "parquet"]; // row groups of 1360 rows
      await memories(`${out}/${workers}.parquet`, ...more, "--workers", workers);
      return sha256OfPath(`${out}/${workers}.parquet`);
    });
    assert.equal(new Set(tables).size, 1);
  });
});

test("--dry-run writes nothing and foretells the sizes; --quiet says nothing", async () => {
  await withTempFolder(async (out) => {
    for (const format of ["jsonl", "npy", "parquet"]) {
      const flags = ["--format", format, "--count", "3k", "--dim", "50"];
      const { stdout } = await memories(`${out}/none/m.${format}`, ...flags, "--dry-run", "--json");
      assert.deepEqual(existsSync(`${out}/none`), false);
      const plan = JSON.parse(stdout);
      assert.equal(plan.dry_run, true);
      assert.deepEqual(await memories(`${out}/${format}/m.${format}`, ...flags, "--quiet"), { stdout: "", stderr: "" });
      for (const { path, expected_bytes: expected } of plan.datasets[0].files) {
        const { length } = readFileSync(`${out}/${format}/${path}`);
        assert.ok(Math.abs(expected / length - 1) < 0.01, `${path}: ${expected} bytes foretold, ${length} written`);
      }
    }
  });
});
