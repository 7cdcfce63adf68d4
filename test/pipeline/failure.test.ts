import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import test from "node:test";
import type { Pass } from "../../src/data/plan.ts";
import { runPasses } from "../../src/pipeline/run.ts";
import { startThread } from "../../src/runtime/threads.ts";
import { brokenInWorkers, passOf, pause } from "../support/passes.ts";
import { soon } from "../support/soon.ts";
import { withTempFolder } from "../support/temp.ts";

const MANY_BLOCKS = passOf({ rows: 10 ** 9, dim: 4 }, 160);

/** Runs a pass that cannot end well; asserts one clear error and an empty folder, and returns the error. */
async function failureOf(pass: Pass, workers: number): Promise<Error> {
  return withTempFolder(async (folder) => {
    const controller = new AbortController();
    const running = runPasses([pass], {
      folder,
      workers,
      checksum: true,
      signal: controller.signal,
      onProgress: pause,
    });
    const ended = running.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const error = await soon(ended).finally(() => controller.abort());
    assert.ok(error instanceof Error, "the run did not fail");
    assert.deepEqual(readdirSync(folder), []);
    return error;
  });
}

test("a worker that fails as it starts fails the run", async () => {
  for (const workers of [1, 3]) {
    const { message, cause } = await failureOf(brokenInWorkers(MANY_BLOCKS, "kind"), workers);
    assert.match(message, /^A worker failed: [^\n]+$/);
    assert.ok(cause instanceof Error);
  }
});

test("a worker that fails at a block fails the run", async () => {
  for (const workers of [1, 3]) {
    const { message, cause } = await failureOf(brokenInWorkers(MANY_BLOCKS, "key"), workers);
    assert.match(message, /^A worker failed: [^\n]+$/);
    assert.ok(cause instanceof Error);
  }
});

test("a plan that cannot be sent to a worker fails the run", async () => {
  const [vectors, classes] = MANY_BLOCKS.sources;
  const unsendable = { ...vectors!, note: () => {} };
  const { message } = await failureOf({ ...MANY_BLOCKS, sources: [unsendable, classes!] }, 2);
  assert.match(message, /^A worker failed: it cannot be started$/);
});

test("a source, a format or a field that cannot be opened fails the run, with workers or without", async () => {
  const [vectors, classes] = MANY_BLOCKS.sources;
  const [npy, jsonl] = MANY_BLOCKS.files;
  const thresholds = Array.from({ length: 256 }, (_, i) => i);
  const broken: Pass[] = [
    { ...MANY_BLOCKS, sources: [vectors!, { ...classes!, thresholds } as typeof classes & object] },
    { ...MANY_BLOCKS, files: [npy!, { ...jsonl!, format: { kind: "jsonl", fields: ["nope"] } }] },
    { ...MANY_BLOCKS, files: [npy!, { ...jsonl!, format: { kind: "jsonl", fields: ["vectors"] } }] },
    { ...MANY_BLOCKS, files: [npy!, { ...jsonl!, format: { kind: "csv" } as never }] },
  ];
  for (const pass of broken) for (const workers of [0, 2]) await failureOf(pass, workers);
});

test("a file that cannot be created fails the run, and removes the one before it", async () => {
  await withTempFolder(async (folder) => {
    const [npy, jsonl] = MANY_BLOCKS.files;
    const files = [npy!, { ...jsonl!, name: `${"m".repeat(300)}.jsonl` }];
    for (const workers of [0, 2]) {
      const running = runPasses([{ ...MANY_BLOCKS, files }], { folder, workers, checksum: true });
      await assert.rejects(soon(running), /^InputError: Cannot create .*\/m{300}\.jsonl\.part: the path is too long$/);
      assert.deepEqual(readdirSync(folder), []);
    }
  });
});

const threads: Record<string, [script: string, reason: RegExp]> = {
  "throws as it starts": ['throw new Error("no")', /no/],
  "rejects as it starts": ['Promise.reject(new Error("no"))', /no/],
  "throws what is no error": ['throw "no"', /no/],
  "ends by itself": ["process.exit(3)", /it ended early with code 3/],
  "is no program": ["const const", /const/],
};
for (const [what, [script, expected]] of Object.entries(threads)) {
  const code = `import process from "node:process"; void process; ${script}`;
  test(`a thread that ${what} is reported once`, async () => {
    const reasons: string[] = [];
    await soon(
      new Promise<void>((resolve) => {
        const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
        const events = {
          onReady() {},
          onAnswer() {},
          onFailure: (reason: string) => (reasons.push(reason), setTimeout(resolve, 100)),
        };
        startThread(url, {}, events);
      }),
    );
    assert.equal(reasons.length, 1);
    assert.match(reasons[0]!, expected);
  });
}
