import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { createBudget } from "../../../src/embed/budget.ts";
import { embedDataset } from "../../../src/pipeline/embed/run.ts";
import { verifyEmbeddings } from "../../../src/report/verifyembeddings.ts";
import { soon } from "../../support/soon.ts";
import { editBytes } from "../../support/tamper.ts";
import { withTempFolder } from "../../support/temp.ts";
import {
  INDEX,
  SHARDS,
  TEXTS,
  dead,
  expectedRows,
  filesIn,
  isFaultless,
  manifestOf,
  noText,
  providerDouble,
  rowsIn,
  runOf,
  textsOf,
  undisturbed,
  type AskedRun,
} from "./runs.ts";

process.env["SOURCE_DATE_EPOCH"] = "1700000000";

for (const broken of [0, 1, 4, 8]) {
  test(`a provider that fails for good at request ${broken} leaves all it answered before, which is not asked for again`, async () => {
    const expected = await undisturbed();
    await withTempFolder(async (root) => {
      const failing = providerDouble((_, request) => {
        if (request === broken) throw dead();
      });
      await assert.rejects(soon(embedDataset(runOf(root, { provider: failing, concurrency: 2 }))), {
        name: "EmbedFailure",
        message: "The key is refused",
      });
      const healthy = providerDouble();
      const { tally } = await embedDataset(runOf(root, { provider: healthy, resume: true }));
      assert.deepEqual(filesIn(root), expected);
      assert.ok([...failing.asked.keys()].every((text) => !healthy.asked.has(text)));
      assert.equal(tally.texts + failing.asked.size, 35);
      await isFaultless(root);
    });
  });
}

test("a budget that is used up ends the run, and a larger one goes on where it ended", async () => {
  await withTempFolder(async (root) => {
    const asked = { budget: createBudget({ maxTokens: 20 }), maxBatchTokens: 4 };
    const withTokens = (run: ReturnType<typeof runOf>) => ({
      ...run,
      async *items() {
        for await (const item of run.items()) yield { ...item, tokens: 1 };
      },
    });
    const first = providerDouble();
    await assert.rejects(embedDataset(withTokens(runOf(root, { ...asked, provider: first }))), {
      name: "BudgetExceeded",
    });
    assert.equal(first.asked.size, 20);
    const second = providerDouble();
    await embedDataset(withTokens(runOf(root, { provider: second, resume: true })));
    assert.equal(second.asked.size, 15);
    assert.deepEqual(await rowsIn(root, manifestOf(root)), expectedRows(TEXTS));
  });
});

test("a line of failures.jsonl that a crash cut short, or zeros in it, do not keep a run from going on", async () => {
  await withTempFolder(async (root) => {
    const refusing = providerDouble((texts) => {
      if (texts.includes(TEXTS[3]!)) throw noText();
    });
    await embedDataset(runOf(root, { provider: refusing }));
    const path = `${root}/${INDEX}/failures.jsonl`;
    const whole = readFileSync(path, "utf8");
    for (const rubbish of [`{"split":"train","shard":1,"i`, "\0\0\0\n", "null\n", "7\n", "\n\n"]) {
      writeFileSync(path, whole);
      appendFileSync(path, rubbish);
      const { failed } = await embedDataset(runOf(root, { resume: true }));
      assert.equal(failed, 1, rubbish);
      assert.equal(readFileSync(path, "utf8"), whole, rubbish);
    }
  });
});

test("the failures of an earlier run may be many", async () => {
  await withTempFolder(async (root) => {
    await embedDataset(runOf(root));
    const line = `${JSON.stringify({ split: "other", shard: 0, id: "x", kind: "rejected", reason: "y".repeat(200) })}\n`;
    writeFileSync(`${root}/${INDEX}/failures.jsonl`, line.repeat(100_000)); // 25 MB
    const { failed } = await embedDataset(runOf(root, { resume: true }));
    assert.equal(failed, 0);
    assert.equal(readFileSync(`${root}/${INDEX}/failures.jsonl`).length, 100_000 * line.length);
  });
});

const damages: [what: string, damage: (path: string) => void][] = [
  ["deleted", (path) => rmSync(path)],
  ["cut", (path) => editBytes(path, (bytes) => bytes.subarray(0, bytes.length - 1))],
  ["flipped", (path) => editBytes(path, (bytes) => void (bytes[bytes.length >> 1]! ^= 1))],
  ["replaced by another", (path) => writeFileSync(path, readFileSync(path.replace("00001", "00002")))],
];
for (const [what, damage] of damages) {
  test(`a shard that is ${what} is made again, the same; the others are not asked for`, async () => {
    await withTempFolder(async (root) => {
      await embedDataset(runOf(root));
      const expected = filesIn(root);
      damage(`${root}/${SHARDS}/shard-00001.parquet`);
      assert.equal((await verifyEmbeddings(root, INDEX)).faults.length > 0, true);
      const provider = providerDouble();
      const { kept, repaired } = await embedDataset(runOf(root, { provider, resume: true }));
      assert.deepEqual([kept, repaired, [...provider.asked.keys()]], [3, 1, TEXTS.slice(10, 20)]);
      assert.deepEqual(filesIn(root), expected);
      await isFaultless(root);
    });
  });
}

test("items that changed are refused: of a shard that is there, of one that is not, and where shards have none any more", async () => {
  const cases: [what: string, texts: readonly string[], missing: number | undefined, named: number][] = [
    ["there", TEXTS.with(15, "other"), undefined, 1],
    ["missing", TEXTS.with(15, "other"), 1, 1],
    ["fewer", TEXTS.slice(0, 30), undefined, 3],
    ["fewer, and the last shard is missing", TEXTS.slice(0, 30), 3, 3],
    ["more", [...TEXTS, "one more"], undefined, 3],
  ];
  await withTempFolder(async (root) => {
    await embedDataset(runOf(root));
    const whole = filesIn(root);
    for (const [what, texts, missing, named] of cases) {
      const path = `${root}/${SHARDS}/shard-0000${missing}.parquet`;
      if (missing !== undefined) rmSync(path);
      await assert.rejects(
        embedDataset(runOf(root, { texts, resume: true })),
        {
          name: "InputError",
          message: `The texts of ${SHARDS}/shard-0000${named}.parquet are not those of the dataset any more: its files were changed. Give another --root`,
        },
        what,
      );
      if (missing !== undefined) assert.ok(!existsSync(path), "no shard of other texts");
      await embedDataset(runOf(root, { resume: true }));
      assert.deepEqual(filesIn(root), whole);
    }
  });
});

test("two splits are in one manifest, and the second one leaves the first as it is", async () => {
  await withTempFolder(async (root) => {
    await embedDataset(runOf(root));
    const before = filesIn(root);
    const first = manifestOf(root);
    const { manifest } = await embedDataset(runOf(root, { split: "test", texts: textsOf(12) }));
    assert.deepEqual(filesIn(root), before);
    assert.deepEqual(
      manifest.splits.map(({ split }) => split),
      ["test", "train"],
    );
    assert.deepEqual(
      manifest.shards.filter(({ split }) => split === "train"),
      first.shards,
    );
    assert.deepEqual([manifest.rows_total, manifest.shards.length], [47, 6]);
    assert.notEqual(manifest.identity, first.identity);
    // Nor does what is wrong with the first one matter to the second.
    rmSync(`${root}/${SHARDS}/shard-00000.parquet`);
    const provider = providerDouble();
    const again = await embedDataset(runOf(root, { split: "test", texts: textsOf(12), provider, resume: true }));
    assert.deepEqual([again.kept, again.repaired, provider.asked.size], [2, 0, 0]);
    assert.deepEqual(manifestOf(root).shards, manifest.shards);
    await embedDataset(runOf(root, { resume: true }));
    assert.deepEqual(filesIn(root), before);
    await isFaultless(root);
  });
});

test("what is there is not changed: without resume, by another identity, or by a split that does not fit", async () => {
  const where = `${INDEX} `;
  const cases: [asked: AskedRun, message: string][] = [
    [{}, "holds split train: add --resume to check, complete and repair it, or give another --root"],
    [
      { resume: true, identity: { seed: 43 } },
      "was made with seed 42, not 43: ask for the same, or give another --root",
    ],
    [{ resume: true, identity: { n: 5 } }, "was made with n none, not 5: ask for the same, or give another --root"],
    [{ resume: true, provider: providerDouble(() => {}, { host: "b" }) }, "was made with host none, not b: "],
    [{ split: "test", provider: providerDouble(() => {}, { dim: 8 }) }, "was made with dimensions 6, not 8: "],
    [{ split: "test", provider: providerDouble(() => {}, { host: "b" }) }, "was made with host none, not b: "],
    [{ split: "test", rowsPerShard: 7 }, "was made with rows_per_shard 10, not 7: "],
  ];
  await withTempFolder(async (root) => {
    await embedDataset(runOf(root));
    const [files, manifest] = [filesIn(root), manifestOf(root)];
    for (const [asked, message] of cases) {
      await assert.rejects(embedDataset(runOf(root, asked)), (error: Error) => {
        assert.equal(error.name, "InputError");
        assert.ok(error.message.includes(where + message), error.message);
        return true;
      });
      assert.deepEqual([filesIn(root), manifestOf(root)], [files, manifest]);
    }
  });
});

test("two splits whose folder would be the same are refused", async () => {
  await withTempFolder(async (root) => {
    await embedDataset(runOf(root, { split: "a-b" }));
    await assert.rejects(embedDataset(runOf(root, { split: "a b" })), {
      ...{ name: "InputError" },
      message: "Split a b would lie in the folder of split a-b: give another name or --root",
    });
  });
});

test("what one server answered is never taken for an answer of another one", async () => {
  const texts = textsOf(8); // less than a shard
  await withTempFolder(async (root) => {
    const stops = providerDouble(
      (_, request) => {
        if (request > 0) throw dead();
      },
      { host: "a" },
    );
    await assert.rejects(embedDataset(runOf(root, { texts, provider: stops, concurrency: 1 })));
    assert.equal(stops.asked.size, 4);
    const other = providerDouble(() => {}, { host: "b" });
    const refused = embedDataset(runOf(root, { texts, provider: other, resume: true }));
    await assert.rejects(refused, /^InputError: .* was made with host a, not b: /);
    assert.equal(other.asked.size, 0);
    const back = providerDouble(() => {}, { host: "a" });
    await embedDataset(runOf(root, { texts, provider: back, resume: true }));
    assert.deepEqual([...back.asked.keys()], texts.slice(4));
    await isFaultless(root);
  });
});

test("while a run is under way another one into the same dataset is refused", async () => {
  await withTempFolder(async (root) => {
    writeFileSync(`${root}/x`, "");
    mkdirSync(`${root}/${INDEX}`, { recursive: true });
    writeFileSync(`${root}/${INDEX}/manifest.json.lock`, String(process.ppid));
    await assert.rejects(embedDataset(runOf(root)), /manifest.json is in use by process \d+: wait for it/);
  });
});

for (const [kept, rowsPerShard] of [
  ["in a shard", 10],
  ["in the cache", 10_000],
] as const) {
  test(`a resume in which all of 600 texts are refused ends, as earlier answers are kept ${kept}`, async () => {
    await withTempFolder(async (root) => {
      const run = (resume: boolean, refusal: () => Error) => {
        const provider = providerDouble((texts) => {
          if (!TEXTS.includes(texts[0]!)) throw refusal();
        });
        const texts = [...TEXTS.slice(0, 10), ...Array.from({ length: 600 }, (_, i) => `bad ${i}`)];
        return embedDataset(runOf(root, { texts, rowsPerShard, provider, resume, batchSize: 10, concurrency: 1 }));
      };
      await assert.rejects(run(false, dead), /The key is refused/);
      const { failed, manifest } = await run(true, noText);
      assert.deepEqual([failed, manifest.rows_total, manifest.splits[0]!.complete], [600, 10, true]);
    });
  });
}
