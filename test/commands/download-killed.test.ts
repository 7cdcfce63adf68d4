import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import type { Manner } from "../doubles/fileserver.ts";
import { commit, startHub, type HubDouble } from "../doubles/hub.ts";
import { buildCli } from "../support/built.ts";
import { filesIn, patternBytes, sumOf, withEnvironment, withStarted } from "../support/downloads.ts";
import { interrupted } from "../support/interrupted.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = process.platform === "win32" && "needs signals";
const cli = buildCli();
process.on("exit", cli.remove);

const tree = {
  "a.parquet": patternBytes(1_500_000, 1),
  "b.parquet": patternBytes(1_500_000, 2),
  "c.jsonl": "{}\n",
};
const FILES = {
  "a.parquet": sumOf(tree["a.parquet"]),
  "b.parquet": sumOf(tree["b.parquet"]),
  "c.jsonl": sumOf("{}\n"),
};
const EPOCH = "1700000000";

interface Place {
  readonly hub: HubDouble;
  readonly manner: Manner;
  readonly folder: string;
  readonly args: readonly string[];
}

async function withSlowHub(use: (place: Place) => Promise<void>): Promise<void> {
  const dataset = { revisions: { main: commit("a") }, trees: { [commit("a")]: tree } };
  const manner: Manner = { bytesPerSecond: 600_000 };
  await withStarted(startHub({ datasets: { "org/data": dataset }, manner }), (hub) =>
    withEnvironment({ HF_ENDPOINT: hub.url, SOURCE_DATE_EPOCH: EPOCH, HF_TOKEN: "hf_secret" }, () =>
      withTempFolder(async (root) => {
        const args = ["download", "--name", "org/data", "--root", root, "--concurrent", "1"];
        const folder = `${root}/datasets/raw/huggingface/org__data/main`;
        await use({ hub, manner, folder, args });
      }),
    ),
  );
}

/** Bytes that are there, of finished and unfinished files. */
function sizeOf(folder: string): number {
  const names = ["a.parquet", "b.parquet", "a.parquet.part", "b.parquet.part"];
  return names.reduce((sum, name) => sum + (statSync(`${folder}/${name}`, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Bytes that the storage was asked for from the middle of a file. */
function resumedFrom({ storage }: HubDouble): number[] {
  return storage.requests.flatMap(({ headers }) => {
    const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
    return from > 0 ? [from] : [];
  });
}

for (const signal of ["SIGKILL", "SIGINT"] as const) {
  test(`a download that ${signal} stops three times goes on each time, to the same bytes`, { skip }, async () => {
    await withSlowHub(async ({ hub, manner, folder, args }) => {
      for (const bytes of [700_000, 1_300_000, 2_200_000]) {
        const { code, wasKilled, stderr } = await interrupted(cli.entry, args, signal, () => sizeOf(folder) >= bytes);
        assert.equal(existsSync(`${folder}/dataset.json`), false);
        if (signal === "SIGKILL") assert.ok(wasKilled, stderr);
        else {
          assert.equal(code, 130);
          assert.equal(stderr, "seedbed: Interrupted: what came is kept; run again to go on\n");
        }
        for (const name of readdirSync(folder)) {
          if (name.endsWith(".jsonl") || name.endsWith(".lock")) {
            assert.doesNotMatch(readFileSync(`${folder}/${name}`, "utf8"), /hf_secret|[Ss]ignature/);
          }
        }
      }
      manner.bytesPerSecond = undefined;
      const { code, stdout, stderr } = await cli.run(...args, "--json");
      assert.equal(code, 0, stderr);
      const { files, loaded_bytes: loaded } = JSON.parse(stdout) as { files: object[]; loaded_bytes: number };
      assert.equal(files.length, 3);
      assert.ok(loaded < 3_000_003, String(loaded)); // of the last run
      const { "dataset.json": record, ...there } = filesIn(folder);
      assert.deepEqual(there, FILES);
      assert.ok(resumedFrom(hub).length >= 3, JSON.stringify(hub.storage.requests.map(({ headers }) => headers.range)));
      assert.doesNotMatch(stdout + stderr, /hf_secret/);
      // An undisturbed run writes the same record.
      await withTempFolder(async (root) => {
        const undisturbed = await cli.run("download", "--name", "org/data", "--root", root);
        assert.equal(undisturbed.code, 0);
        assert.equal(filesIn(`${root}/datasets/raw/huggingface/org__data/main`)["dataset.json"], record);
      });
    });
  });
}

test("a download that ends before its first byte leaves nothing", { skip }, async () => {
  await withSlowHub(async ({ hub, folder, args }) => {
    const ended = await interrupted(cli.entry, args, "SIGINT", () => hub.requests.length > 0);
    assert.equal(ended.code, 130, ended.stderr);
    assert.match(ended.stderr, /^seedbed: Interrupted: [^\n]*\n$/);
    assert.equal(existsSync(folder) && sizeOf(folder) === 0, false, "an empty folder");
  });
});

test("of two runs at once the second is refused, and the first is not disturbed", { skip }, async () => {
  await withSlowHub(async ({ manner, folder, args }) => {
    const first = cli.run(...args);
    while (sizeOf(folder) < 100_000) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const flags of [[], ["--force"]]) {
      const { code, stderr } = await cli.run(...args, ...flags);
      assert.deepEqual([code, /^seedbed: \S+ is in use by process \d+: wait for it/.test(stderr)], [2, true], stderr);
    }
    manner.bytesPerSecond = undefined;
    assert.equal((await first).code, 0);
    const { "dataset.json": _own, ...there } = filesIn(folder);
    assert.deepEqual(there, FILES);
  });
});

test("a run goes on at the commit that the first one chose, although the branch has moved", { skip }, async () => {
  const moved = { ...tree, "a.parquet": patternBytes(1_500_000, 9) };
  const revisions: Record<string, string> = { main: commit("a") };
  const dataset = { revisions, trees: { [commit("a")]: tree, [commit("b")]: moved } };
  const manner: Manner = { bytesPerSecond: 600_000 };
  await withStarted(startHub({ datasets: { "org/data": dataset }, manner }), (hub) =>
    withEnvironment({ HF_ENDPOINT: hub.url }, () =>
      withTempFolder(async (root) => {
        const args = ["download", "--name", "org/data", "--root", root];
        const folder = `${root}/datasets/raw/huggingface/org__data/main`;
        await interrupted(cli.entry, args, "SIGKILL", () => sizeOf(folder) > 800_000);
        revisions["main"] = commit("b");
        manner.bytesPerSecond = undefined;
        assert.equal((await cli.run(...args)).code, 0);
        const { "dataset.json": _own, ...there } = filesIn(folder);
        assert.deepEqual(there, FILES);
        assert.equal((await cli.run(...args, "--force")).code, 0);
        assert.equal(filesIn(folder)["a.parquet"], sumOf(moved["a.parquet"]));
      }),
    ),
  );
});
