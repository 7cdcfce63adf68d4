import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { openCheckpoint, type RunIdentity } from "../../src/pipeline/checkpoint.ts";
import { withTempFolder } from "../support/temp.ts";

const identity: RunIdentity = { program: "seedbed 1", dump: "dump.xml", provider: "local", space: null };
const FIRST = `${JSON.stringify(identity)}\n`;

async function open(path: string, resume: boolean, of: RunIdentity = identity, keepsFinished?: boolean) {
  const earlier: unknown[] = [];
  const onEarlier = (entry: unknown) => earlier.push(entry);
  const checkpoint = await openCheckpoint(path, { identity: of, resume, keepsFinished, onEarlier });
  return { ...checkpoint, earlier };
}

async function withCheckpoint(content: string | undefined, use: (path: string) => Promise<void>): Promise<void> {
  await withTempFolder(async (folder) => {
    const path = `${folder}/checkpoint.jsonl`;
    if (content !== undefined) writeFileSync(path, content);
    await use(path);
  });
}

test("a run notes what is done, another one goes on, the last one removes it", () =>
  withCheckpoint(undefined, async (path) => {
    const first = await open(path, false);
    assert.deepEqual([first.isResumed, first.earlier], [false, []]);
    first.note([{ page: 1 }, { page: 2 }]);
    first.close();
    assert.equal(readFileSync(path, "utf8"), `${FIRST}{"page":1}\n{"page":2}\n`);
    const second = await open(path, true);
    assert.deepEqual([second.isResumed, second.earlier], [true, [{ page: 1 }, { page: 2 }]]);
    second.note([{ page: 3 }]);
    second.close();
    const third = await open(path, true);
    assert.deepEqual(third.earlier, [{ page: 1 }, { page: 2 }, { page: 3 }]);
    third.remove();
    assert.equal(existsSync(path), false);
  }));

test("a finished run is begun anew; to resume goes on with it, and what comes after is unfinished until it is finished", () =>
  withCheckpoint(undefined, async (path) => {
    const first = await open(path, false);
    first.note([{ page: 1 }]);
    first.finish();
    first.close();
    assert.equal(readFileSync(path, "utf8"), `${FIRST}{"page":1}\n{"finished":true}\n`);
    const second = await open(path, true);
    assert.deepEqual([second.isResumed, second.earlier], [true, [{ page: 1 }]]);
    second.note([{ page: 2 }]);
    second.close();
    await assert.rejects(open(path, false), /is of an unfinished run: go on with --resume/);
    const third = await open(path, true);
    assert.deepEqual(third.earlier, [{ page: 1 }, { page: 2 }]);
    third.finish();
    third.close();
    const anew = await open(path, false, { ...identity, dump: "other.xml" });
    assert.deepEqual([anew.isResumed, anew.earlier], [false, []]);
    anew.close();
    assert.equal(readFileSync(path, "utf8"), `${JSON.stringify({ ...identity, dump: "other.xml" })}\n`);
  }));

test("a finished run that is to be kept is gone on with unasked, and is unfinished from its next word on", () =>
  withCheckpoint(`${FIRST}{"page":1}\n{"finished":true}\n`, async (path) => {
    const openKept = (resume: boolean, of = identity) => open(path, resume, of, true);
    for (const resume of [false, true]) {
      const again = await openKept(resume);
      assert.deepEqual([again.isResumed, again.earlier], [true, [{ page: 1 }]]);
      again.close();
    }
    assert.equal(readFileSync(path, "utf8"), `${FIRST}{"page":1}\n{"finished":true}\n`);
    await assert.rejects(openKept(false, { ...identity, dump: "other.xml" }), /is of a run with dump dump\.xml/);
    const next = await openKept(false);
    next.note([{ page: 2 }]);
    next.sync();
    next.close();
    await assert.rejects(openKept(false), /is of an unfinished run: go on with --resume/);
    const last = await openKept(true);
    assert.deepEqual(last.earlier, [{ page: 1 }, { page: 2 }]);
    last.finish();
    last.close();
    assert.equal(readFileSync(path, "utf8"), `${FIRST}{"page":1}\n{"finished":true}\n{"page":2}\n{"finished":true}\n`);
    const anew = await open(path, false);
    assert.deepEqual([anew.isResumed, anew.earlier], [false, []]);
    anew.close();
  }));

test("where there is nothing to keep a run begins", async () => {
  for (const content of [undefined, "", FIRST.slice(0, 9)]) {
    await withCheckpoint(content, async (path) => {
      const checkpoint = await open(path, false, identity, true);
      assert.equal(checkpoint.isResumed, false);
      checkpoint.close();
      assert.equal(readFileSync(path, "utf8"), FIRST);
    });
  }
});

test("a run that is cut while it notes that it is finished, or its first word after that, counts as it was before", async () => {
  const line = '{"finished":true}\n';
  for (let length = 0; length < line.length; length++) {
    const content = `${FIRST}{"page":1}\n${line.slice(0, length)}`;
    await withCheckpoint(content, async (path) => {
      await assert.rejects(open(path, false), /is of an unfinished run: go on with --resume/);
      assert.equal(readFileSync(path, "utf8"), content);
    });
  }
  for (const rest of ["{", '{"page":', '{"page":2}']) {
    await withCheckpoint(`${FIRST}{"page":1}\n${line}${rest}`, async (path) => {
      const anew = await open(path, false);
      assert.equal(anew.isResumed, false);
      anew.close();
      assert.equal(readFileSync(path, "utf8"), FIRST);
    });
  }
});

test("to resume where there is nothing is to begin", () =>
  withCheckpoint(undefined, async (path) => {
    const checkpoint = await open(path, true);
    assert.equal(checkpoint.isResumed, false);
    checkpoint.close();
    assert.equal(readFileSync(path, "utf8"), FIRST);
  }));

test("an unfinished run is refused without resume, and untouched", () =>
  withCheckpoint(`${FIRST}{"page":1}\n`, async (path) => {
    const message = `${path} is of an unfinished run: go on with --resume, or delete it to begin anew`;
    await assert.rejects(open(path, false), new InputError(message));
    assert.equal(readFileSync(path, "utf8"), `${FIRST}{"page":1}\n`);
  }));

for (const [name, value, words] of [
  ["dump", "other.xml", "dump dump.xml, not other.xml"],
  ["provider", "none", "provider local, not none"],
  ["space", "other", "space none, not other"],
  ["program", "seedbed 2", "program seedbed 1, not seedbed 2"],
] as const) {
  test(`a run with another ${name} does not go on`, () =>
    withCheckpoint(`${FIRST}{"page":1}\n`, async (path) => {
      const expected = new InputError(`${path} is of a run with ${words}`);
      await assert.rejects(open(path, true, { ...identity, [name]: value }), expected);
      assert.equal(readFileSync(path, "utf8"), `${FIRST}{"page":1}\n`);
    }));
}

test("wherever a crash cut it, what was noted as a whole is known, and no more", async () => {
  const content = `${FIRST}{"page":1}\n{"page":22}\n`;
  for (let length = 0; length <= content.length; length++) {
    await withCheckpoint(content.slice(0, length), async (path) => {
      const checkpoint = await open(path, true);
      const pages = [...content.slice(0, length).matchAll(/"page":(\d+)\}\n/g)].map((match) => ({
        page: Number(match[1]),
      }));
      assert.deepEqual([checkpoint.isResumed, checkpoint.earlier], [length >= FIRST.length, pages], `cut at ${length}`);
      checkpoint.note([{ page: 333 }]);
      checkpoint.close();
      const again = await open(path, true);
      assert.deepEqual([again.isResumed, again.earlier], [true, [...pages, { page: 333 }]], `cut at ${length}`);
      again.close();
    });
  }
});

for (const content of [
  "a letter to my aunt",
  "a letter\nto my aunt\n",
  '{"title":"a letter"}\n{"page":1}\n',
  '{"title":"a letter of one line"}',
  "null\n",
  "[]\n",
  "5\n",
  "\n",
  '{"prog\n',
]) {
  for (const resume of [false, true]) {
    test(`somebody's file ${JSON.stringify(content)} is refused${resume ? " by --resume too" : ""}, and untouched`, () =>
      withCheckpoint(content, async (path) => {
        const message = `${path} is no checkpoint of this program: give another name, or move it away`;
        await assert.rejects(open(path, resume), new InputError(message));
        assert.equal(readFileSync(path, "utf8"), content);
      }));
  }
}

for (const damage of ['{"page":1', "7", "null"]) {
  test(`a damaged line ${damage} in the middle is named`, () =>
    withCheckpoint(`${FIRST}{"page":1}\n${damage}\n{"page":2}\n`, async (path) => {
      await assert.rejects(open(path, true), new InputError(`Line 3 of ${path} is damaged: expected a JSON object`));
    }));
}
