import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { withEngram } from "../doubles/withengram.ts";
import { launcher, spawnQuietly, runToEnd } from "../support/cli.ts";
import { missingShared, wikipediaSample } from "../support/shared.ts";
import { sha256OfPath } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const MEMORIES = 19_000;
const root = fileURLToPath(new URL("../../", import.meta.url));
const hasBash = spawnSync("bash", ["--version"]).status === 0;

// The last step takes the store some time: one of the two tests has it.
const noSample = missingShared(wikipediaSample);

/** Articles about ten subjects, each with many words of its own: none is so near to another that the store drops one. */
function writeDump(path: string, articles: number): void {
  const wordNumbers = [...Array(60).keys()];
  const pages = Array.from({ length: articles }, (_, at) => {
    const words = wordNumbers.map((i) => (i % 2 ? `subject${at % 10}word${i}` : `article${at}word${i}`)).join(" ");
    return `<page><title>Article ${at}</title><ns>0</ns><id>${at + 1}</id><revision><id>${at}</id><text>${words}</text></revision></page>`;
  });
  const namespace = "http://www.mediawiki.org/xml/export-0.10/";
  writeFileSync(path, `<mediawiki xmlns="${namespace}" version="0.10" xml:lang="en">${pages.join("\n")}</mediawiki>\n`);
}

/** Runs the example; returns the sums of what it made. The manifest beside them says when. */
async function runScript(
  out: string,
  dump: string,
  endpoint: string,
  isIngested: boolean,
): Promise<Record<string, string>> {
  const child = spawnQuietly("env", [
    ...[
      `DUMP=${dump}`,
      `ENDPOINT=${endpoint}`,
      `OUT=${out}`,
      "SCALE=50",
      "CENTROIDS=10",
      `INGEST=${isIngested ? "yes" : "no"}`,
    ],
    ...[`SEEDBED=${[process.execPath, ...launcher].join(" ")}`, "bash", `${root}examples/engram.sh`],
  ]);
  const { code, stdout, stderr } = await runToEnd(child);
  assert.equal(code, 0, stdout + stderr);
  const made = ["centroids.json", "centroids.npy", "synthetic_memories.jsonl"];
  assert.deepEqual(
    readdirSync(out).sort(),
    [
      ...made,
      ...["synthetic_memories.dataset.json", "wikipedia.checkpoint.jsonl"],
      ...(isIngested ? ["synthetic_memories.jsonl.ingest"] : []),
    ].sort(),
  );
  return Object.fromEntries(made.map((name) => [name, sha256OfPath(`${out}/${name}`)]));
}

/**
 * Runs the example against a store whose pages come in an order of their own, with its last step where `isIngested`, and
 * again where `isRepeated`; returns the sums of what it made.
 */
async function runExample(
  out: string,
  dump: string,
  store: { readonly seed: number; readonly isRepeated: boolean; readonly isIngested: boolean },
): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  await withEngram({ seed: store.seed }, async ({ url, memories, counters }) => {
    const made = await runScript(out, dump, url, store.isIngested);
    if (store.isRepeated) {
      const sent = [...counters.attempts];
      assert.deepEqual(await runScript(out, dump, url, store.isIngested), made);
      assert.deepEqual([...counters.attempts], sent); // nothing twice
    }
    const { num_centroids, num_source_embeddings, embedding_dim, seed, endpoint, extras } = JSON.parse(
      readFileSync(`${out}/centroids.json`, "utf8"),
    ) as Record<string, unknown>;
    assert.deepEqual([num_centroids, embedding_dim, seed, endpoint], [10, 768, 42, url]);
    assert.ok(extras);
    assert.equal(num_source_embeddings, memories.size - (store.isIngested ? MEMORIES : 0));
  });
  for (const name of ["centroids.npy", "synthetic_memories.jsonl"]) sums[name] = sha256OfPath(`${out}/${name}`);
  return sums;
}

async function checkExample(dump: string, isIngested: boolean): Promise<void> {
  await withTempFolder(async (folder) => {
    const first = await runExample(`${folder}/first`, dump, { seed: 1, isRepeated: true, isIngested });
    const lines = readFileSync(`${folder}/first/synthetic_memories.jsonl`, "utf8").split("\n");
    assert.equal(lines.pop(), "");
    assert.equal(lines.length, MEMORIES);
    const { id, content, embedding, confidence, cluster } = JSON.parse(lines[18_999]!) as Record<string, unknown>;
    assert.match(String(id), /^[0-9a-f]{12}-0018999$/);
    assert.match(String(content), /^Synthetic memory 0018999: /);
    assert.equal((embedding as number[]).length, 768);
    assert.ok(Number(confidence) >= 0.5 && Number(confidence) <= 1 && Number(cluster) < 10);
    assert.deepEqual(
      await runExample(`${folder}/second`, dump, { seed: 2, isRepeated: false, isIngested: false }),
      first,
    );
  });
}

test(
  "the workflow of the example makes the same bytes whatever order the store has",
  { skip: !hasBash && "no bash" },
  async () => {
    await withTempFolder(async (folder) => {
      writeDump(`${folder}/dump.xml`, 60);
      await checkExample(`${folder}/dump.xml`, noSample !== false);
    });
  },
);

test("the same with real articles", { skip: (!hasBash && "no bash") || noSample }, () =>
  checkExample(wikipediaSample, true),
);
