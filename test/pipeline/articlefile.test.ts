import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { localProvider } from "../../src/embed/local.ts";
import { openArticleFile } from "../../src/pipeline/articlefile.ts";
import { createArticleMemories } from "../../src/pipeline/articlememories.ts";
import { runArticles, type ArticleSummary } from "../../src/pipeline/articlerun.ts";
import { seededUniform } from "../doubles/seeded.ts";
import { articlePages, dumpOf, skippedPages } from "../support/dumps.ts";
import { withTempFolder } from "../support/temp.ts";

const identity = { program: "seedbed test", dump: "dump.xml" };
// Ids neither sorted nor without gaps, pages of each kind between them.
const pages = [
  ...articlePages([900, 3, 4]),
  ...skippedPages(20),
  ...articlePages([77, 5, 1_000_000_007]),
  ...skippedPages(40),
  ...articlePages([11, 12, 13, 14, 15, 16, 17]),
];
const articleIds = [900, 3, 4, 77, 5, 1_000_000_007, 11, 12, 13, 14, 15, 16, 17];

interface Settings {
  readonly batchSize?: number;
  readonly limit?: number;
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (articles: number, share: number | undefined) => void;
  readonly withEmbeddings?: boolean;
}

const makeMemories = createArticleMemories(localProvider());
const makeTexts = createArticleMemories(undefined);

/** Reads the dump of a folder into memories.jsonl there. */
async function run(folder: string, settings: Settings = {}): Promise<ArticleSummary> {
  const { batchSize = 4, limit = Infinity, resume = false, withEmbeddings = true, ...rest } = settings;
  const file = await openArticleFile(`${folder}/memories.jsonl`, identity, resume);
  try {
    const make = withEmbeddings ? makeMemories : makeTexts;
    const summary = await runArticles(`${folder}/dump.xml`, file, { makeMemories: make, batchSize, limit, ...rest });
    file.publish(summary.broken === undefined);
    return summary;
  } finally {
    await file.close();
  }
}

async function withDump<T>(use: (folder: string) => Promise<T>, content = dumpOf(pages)): Promise<T> {
  return withTempFolder(async (folder) => {
    writeFileSync(`${folder}/dump.xml`, content);
    return use(folder);
  });
}

const contentOf = (folder: string) => readFileSync(`${folder}/memories.jsonl`, "utf8");
const idsOf = (content: string) => [...content.matchAll(/"id":"wikipedia-(\d+)"\}\n/g)].map(([, id]) => Number(id));

let undisturbedBytes: Promise<string> | undefined;

/** What a run without disturbance writes. */
function undisturbed(): Promise<string> {
  return (undisturbedBytes ??= withDump(async (folder) => {
    await run(folder);
    return contentOf(folder);
  }));
}

test("articles are in the order of the dump, the rest is counted by reason, and nothing else is left", async () => {
  await withDump(async (folder) => {
    const summary = await run(folder);
    assert.deepEqual(summary, {
      ...{ pages: 21, written: 13, writtenBefore: 0, absent: 0, failed: [], cut: 0, broken: undefined },
      skipped: { namespace: 2, redirect: 2, disambiguation: 2, short: 2, unreadable: 0 },
    });
    assert.deepEqual(idsOf(contentOf(folder)), articleIds);
    assert.deepEqual(readdirSync(folder).sort(), ["dump.xml", "memories.jsonl"]);
  });
});

for (const batchSize of [1, 2, 3, 5, 13, 14, 256]) {
  test(`batches of ${batchSize} make the same bytes`, async () => {
    const whole = await undisturbed();
    await withDump(async (folder) => {
      await run(folder, { batchSize });
      assert.equal(contentOf(folder), whole);
    });
  });
}

test("until it is complete, the file has another name, and only whole batches are in it", async () => {
  await withDump(async (folder) => {
    const seen: number[] = [];
    await run(folder, {
      batchSize: 4,
      onProgress() {
        assert.equal(existsSync(`${folder}/memories.jsonl`), false);
        seen.push(idsOf(readFileSync(`${folder}/memories.jsonl.part`, "utf8")).length);
      },
    });
    assert.deepEqual([...new Set(seen)], [0, 4, 8, 12]);
  });
});

test("wherever a kill cut the file, the next run completes it to the same bytes", async () => {
  const whole = Buffer.from(await undisturbed());
  const uniform = seededUniform(1);
  const newlines = [...whole.keys()].filter((at) => whole[at] === 10);
  const lengths = [
    0,
    1,
    ...newlines.flatMap((at) => [at, at + 1]),
    ...newlines.map(() => Math.floor(uniform() * whole.length)),
  ];
  await withDump(async (folder) => {
    for (const length of lengths) {
      await stopAfter(folder, 13); // leaves all of it but the name
      truncateSync(`${folder}/memories.jsonl.part`, length);
      const { written, writtenBefore } = await run(folder, { resume: true, batchSize: 3 });
      assert.ok(whole.equals(readFileSync(`${folder}/memories.jsonl`)), `cut at ${length}`);
      assert.deepEqual([writtenBefore, written], [newlines.filter((at) => at < length).length, 13 - writtenBefore]);
      assert.deepEqual(readdirSync(folder).sort(), ["dump.xml", "memories.jsonl"]);
      rmSync(`${folder}/memories.jsonl`);
    }
  });
});

/** A run that ends, without its last word, after so many articles. */
async function stopAfter(folder: string, articles: number): Promise<void> {
  const controller = new AbortController();
  const onProgress = (read: number) => read > articles && controller.abort(new Error("stopped"));
  const settings = { batchSize: 1, limit: articles, signal: controller.signal, onProgress };
  const file = await openArticleFile(`${folder}/memories.jsonl`, identity, false);
  await runArticles(`${folder}/dump.xml`, file, { makeMemories, ...settings });
  await file.close();
}

test("a killed run that had noted nothing but its identity, or a part of it, is gone on with", async () => {
  const whole = await undisturbed();
  await withDump(async (folder) => {
    const path = `${folder}/memories.jsonl.checkpoint.jsonl`;
    const line = `${JSON.stringify(identity)}\n`;
    for (const length of [1, 5, line.length - 1, line.length]) {
      writeFileSync(path, line.slice(0, length));
      await run(folder, { resume: true });
      assert.equal(contentOf(folder), whole);
      rmSync(`${folder}/memories.jsonl`);
    }
  });
});

test("an interrupted run leaves its part, and several interruptions cost nothing", async () => {
  const whole = await undisturbed();
  await withDump(async (folder) => {
    let before = 0;
    for (const stopAt of [2, 5, 9, 12]) {
      const controller = new AbortController();
      const onProgress = (articles: number) => articles === stopAt && controller.abort(new Error("stopped"));
      const settings = { batchSize: 1, resume: before > 0, signal: controller.signal, onProgress };
      await assert.rejects(run(folder, settings), { message: "stopped" });
      const part = readFileSync(`${folder}/memories.jsonl.part`, "utf8");
      assert.ok(idsOf(part).length > before && whole.startsWith(part));
      before = idsOf(part).length;
    }
    await run(folder, { resume: true });
    assert.equal(contentOf(folder), whole);
  });
});

test("a run that ended before its first article leaves no trace", async () => {
  await withDump(async (folder) => {
    writeFileSync(`${folder}/dump.xml`, "no dump");
    await assert.rejects(run(folder), InputError);
    assert.deepEqual(readdirSync(folder), ["dump.xml"]);
  });
});

test("a limit counts the articles of earlier runs too", async () => {
  const lines = (await undisturbed()).split(/(?<=\n)/);
  await withDump(async (folder) => {
    await stopAfter(folder, 3);
    const { written, writtenBefore, pages: read } = await run(folder, { resume: true, limit: 8 });
    assert.deepEqual([written, writtenBefore, read], [5, 3, 16]); // pages up to the eighth article
    assert.equal(contentOf(folder), lines.slice(0, 8).join(""));
  });
});

for (const limit of [1, 4, 12, 13, 14]) {
  test(`a limit of ${limit} takes the first articles`, async () => {
    const lines = (await undisturbed()).split(/(?<=\n)/);
    await withDump(async (folder) => {
      const { written } = await run(folder, { limit });
      assert.equal(written, Math.min(limit, 13));
      assert.equal(contentOf(folder), lines.slice(0, limit).join(""));
    });
  });
}

test("progress tells the share of the dump, or of the limit where that is more", async () => {
  await withDump(async (folder) => {
    const shares: (number | undefined)[] = [];
    await run(folder, { withEmbeddings: false, onProgress: (_, share) => shares.push(share) });
    assert.equal(shares.at(-1), 1);
  });
  const long = dumpOf([...articlePages(5000)]);
  await withDump(async (folder) => {
    const told: [number, number | undefined][] = [];
    await run(folder, {
      withEmbeddings: false,
      limit: 10,
      onProgress: (articles, share) => told.push([articles, share]),
    });
    assert.deepEqual(told.at(-1), [10, 1]);
    assert.ok(told.every(([, share], at) => at === 0 || share! >= told[at - 1]![1]!));
  }, long);
});

test("a part without its checkpoint is somebody's: it is neither gone on with nor replaced", async () => {
  await withDump(async (folder) => {
    const part = `${folder}/memories.jsonl.part`;
    writeFileSync(part, "somebody's\n");
    const message = `${part} is there without its checkpoint ${folder}/memories.jsonl.checkpoint.jsonl: remove it to begin anew`;
    for (const resume of [true, false]) {
      await assert.rejects(run(folder, { resume }), new InputError(message));
      assert.equal(readFileSync(part, "utf8"), "somebody's\n");
      assert.deepEqual(readdirSync(folder).sort(), ["dump.xml", "memories.jsonl.part"]);
    }
  });
});

test("a part with a line that is no memory is not gone on with", async () => {
  await withDump(async (folder) => {
    await stopAfter(folder, 3);
    const part = `${folder}/memories.jsonl.part`;
    writeFileSync(part, readFileSync(part, "utf8").replace(/\n/, "\nsomething else\n"));
    const message = `Line 2 of ${part} is damaged: remove the file and its checkpoint`;
    await assert.rejects(run(folder, { resume: true }), new InputError(message));
    assert.ok(readFileSync(part, "utf8").includes("something else"));
  });
});
