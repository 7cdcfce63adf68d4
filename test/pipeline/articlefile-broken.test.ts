import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { openArticleFile } from "../../src/pipeline/articlefile.ts";
import { createArticleMemories } from "../../src/pipeline/articlememories.ts";
import { runArticles, type ArticleSummary } from "../../src/pipeline/articlerun.ts";
import { articlePage, articlePages, dumpOf, skippedPages } from "../support/dumps.ts";
import { withTempFolder } from "../support/temp.ts";

const identity = { program: "seedbed test", dump: "dump.xml" };
const xml = dumpOf([...articlePages(9), ...skippedPages(20), ...articlePages([10, 11, 12, 13])]);
/** The dump up to the text of an article: those before it are whole. */
const brokenAt = (id: number) => xml.slice(0, xml.indexOf(articlePage(id).text));
const makeMemories = createArticleMemories(undefined);

const outOf = (folder: string) => `${folder}/memories.jsonl`;
const checkpointOf = (folder: string) => `${outOf(folder)}.checkpoint.jsonl`;
const contentOf = (folder: string) => readFileSync(outOf(folder), "utf8");
const countIn = (folder: string) => contentOf(folder).split("\n").length - 1;

interface Settings {
  readonly resume?: boolean;
  readonly limit?: number;
  readonly of?: Record<string, string>;
}

/** Reads a dump into memories.jsonl of the folder. */
async function run(folder: string, dump: string, settings: Settings = {}): Promise<ArticleSummary> {
  const { resume = false, limit = Infinity, of = identity } = settings;
  writeFileSync(`${folder}/dump.xml`, dump);
  const file = await openArticleFile(outOf(folder), of, resume);
  try {
    const summary = await runArticles(`${folder}/dump.xml`, file, { makeMemories, batchSize: 4, limit });
    file.publish(summary.broken === undefined);
    return summary;
  } finally {
    await file.close();
  }
}

let wholeBytes: Promise<string> | undefined;

/** What a run without disturbance writes. */
function whole(): Promise<string> {
  return (wholeBytes ??= withTempFolder(async (folder) => {
    await run(folder, xml);
    return contentOf(folder);
  }));
}

test("a dump that breaks keeps what came before under its name, and the checkpoint beside it", async () => {
  const lines = (await whole()).split(/(?<=\n)/);
  await withTempFolder(async (folder) => {
    const { written, broken } = await run(folder, brokenAt(10));
    assert.match(broken!, /^Cannot read .*dump\.xml: .* after the page "Page 23"/);
    assert.equal(written, 9);
    assert.equal(contentOf(folder), lines.slice(0, 9).join(""));
    assert.deepEqual(readdirSync(folder), ["dump.xml", "memories.jsonl", "memories.jsonl.checkpoint.jsonl"]);
  });
});

test("runs that resume go on with it, however often the dump breaks, to the bytes of an undisturbed run", async () => {
  await withTempFolder(async (folder) => {
    let before = 0;
    for (const id of [3, 7, 7, 12]) {
      const { written, writtenBefore, broken } = await run(folder, brokenAt(id), { resume: before > 0 });
      assert.ok(broken);
      assert.deepEqual([writtenBefore, written], [before, id - 1 - before]);
      before = id - 1;
      assert.equal(countIn(folder), before);
      assert.ok((await whole()).startsWith(contentOf(folder)));
    }
    const { written, writtenBefore } = await run(folder, xml, { resume: true });
    assert.deepEqual([writtenBefore, written], [11, 2]);
    assert.equal(contentOf(folder), await whole());
    assert.deepEqual(readdirSync(folder), ["dump.xml", "memories.jsonl"]);
  });
});

test("a run that is refused, or whose file somebody changed, leaves the file its name and its bytes", async () => {
  await withTempFolder(async (folder) => {
    await run(folder, brokenAt(7));
    const content = contentOf(folder);
    const checkpoint = readFileSync(checkpointOf(folder), "utf8");
    const refusals: [Settings, string][] = [
      [{}, `${checkpointOf(folder)} is of an unfinished run: go on with --resume, or delete it to begin anew`],
      [
        { resume: true, of: { ...identity, dump: "other.xml" } },
        `${checkpointOf(folder)} is of a run with dump dump.xml, not other.xml`,
      ],
    ];
    for (const [settings, message] of refusals) {
      await assert.rejects(run(folder, xml, settings), new InputError(message));
      assert.equal(contentOf(folder), content);
    }
    const edited = content.replace("\n", "\nmine\n");
    writeFileSync(outOf(folder), edited);
    const message = `Line 2 of ${outOf(folder)} is damaged: remove the file and its checkpoint`;
    await assert.rejects(run(folder, xml, { resume: true }), new InputError(message));
    assert.deepEqual([contentOf(folder), readFileSync(checkpointOf(folder), "utf8")], [edited, checkpoint]);
    assert.equal(existsSync(`${outOf(folder)}.part`), false);
  });
});

test("a file that is not of the run is never replaced by one that resumes", async () => {
  await withTempFolder(async (folder) => {
    const file = await openArticleFile(outOf(folder), identity, false); // a run that is killed
    await file.write(await makeMemories([{ id: 1, title: "Page 1", text: "One" }]));
    await file.close();
    writeFileSync(outOf(folder), "mine\n");
    const part = `${outOf(folder)}.part`;
    const message = `${outOf(folder)} and ${part} are both there: remove the one that is not to be gone on with`;
    await assert.rejects(run(folder, xml, { resume: true }), new InputError(message));
    rmSync(part);
    writeFileSync(checkpointOf(folder), '{"prog'); // all that a crash left
    const exists = `${outOf(folder)} exists: give another name, or remove it`;
    await assert.rejects(run(folder, xml, { resume: true }), new InputError(exists));
    assert.equal(contentOf(folder), "mine\n");
  });
});

for (const limit of [1, 4, 9]) {
  test(`a limit of ${limit} is met before the damage behind its last article, also where earlier runs wrote them`, async () => {
    const lines = (await whole()).split(/(?<=\n)/).slice(0, limit);
    await withTempFolder(async (folder) => {
      const { written, broken } = await run(folder, brokenAt(limit + 1), { limit });
      assert.deepEqual([written, broken], [limit, undefined]);
      assert.equal(contentOf(folder), lines.join(""));
      rmSync(outOf(folder));
      assert.ok((await run(folder, brokenAt(limit + 1))).broken);
      const again = await run(folder, brokenAt(limit + 1), { resume: true, limit });
      assert.deepEqual([again.written, again.writtenBefore, again.pages, again.broken], [0, limit, 0, undefined]);
      assert.equal(contentOf(folder), lines.join(""));
      assert.deepEqual(readdirSync(folder), ["dump.xml", "memories.jsonl"]);
    });
  });
}
