import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { withOpenai } from "../doubles/withopenai.ts";
import { buildCli } from "../support/built.ts";
import { runToEnd } from "../support/cli.ts";
import { filesIn } from "../support/downloads.ts";
import * as embed from "../support/embed.ts";
import { inParallel } from "../support/parallel.ts";
import { assertRefused } from "../support/refused.ts";
import { withTempFolder } from "../support/temp.ts";
import { until } from "../support/until.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const rows = embed.textRows(60);
const DIM = ["--dimensions", "128"];
const openai = ["--provider", "openai"];
const keyed = { OPENAI_API_KEY: "sk-nothing-to-see", OPENAI_BASE_URL: "http://127.0.0.1:1/v1" };

test("flags, variables and inputs that are not as asked are refused in one line, and nothing is written", async () => {
  await withTempFolder(async (folder) => {
    const root = `${folder}/root`;
    const texts = `${folder}/texts.jsonl`;
    embed.writeRows(texts, rows);
    writeFileSync(`${folder}/broken.jsonl.gz`, gzipSync('{"text":"a"}\n'.repeat(1000)).subarray(0, 40));
    writeFileSync(`${folder}/texts.pdf`, "%PDF");
    mkdirSync(`${folder}/empty`);
    writeFileSync(`${folder}/lines.jsonl`, '{"text":\nno\n');
    writeFileSync(`${folder}/blank.jsonl`, '{"text":" "}\n{"text":"\\u2003\\n"}\n{"text":7}\n');
    writeFileSync(`${folder}/nothing.jsonl`, "");
    embed.writeRows(`${folder}/five.jsonl`, rows.slice(0, 5));
    for (const split of ["v1", "v2"]) {
      const args = ["--source", "file", "--name", texts, "--split", split, "--root", root];
      assert.equal((await embed.runWith(cli, {}, "download", ...args)).code, 0);
    }
    const dataset = ["--dataset", texts];
    const refusals: [flags: string[], says: RegExp, variables?: Record<string, string>][] = [
      [[], /Required option '--dataset <name>' not specified/],
      [[...dataset, "--n", "5", "--p", "0.5"], /--n and --p cannot go together: give one of them/],
      [[...dataset, "--p", "0"], /p "0" is not allowed: give a share above 0, up to 1/],
      [[...dataset, "--p", "2"], /p "2" is not allowed: give a share above 0, up to 1/],
      [[...dataset, "--p", "x"], /[Pp] "x" is not allowed/],
      [[...dataset, "--n", "0"], /n "0" is not allowed: give a whole number from 1/],
      ...["-1", "0.5", "1e6", "18446744073709551616"].map((seed): [string[], RegExp] => [
        [...dataset, "--seed", seed],
        /Seed "\S+" is not allowed: give an integer from 0 to 18446744073709551615, or a word/,
      ]),
      [[...dataset, "--provider", "cohere"], /'cohere' is invalid\. Allowed choices are openai, local/],
      [[...dataset, "--model", embed.SMALL], /--model "text-embedding-3-small" is for --provider openai/],
      [[...dataset, "--dimensions", "100"], /100 dimensions: expected a multiple of 128 up to 4096/],
      [[...dataset, ...openai, "--dimensions", "2000"], /Dimensions 2000: expected 1 to 1536/, keyed],
      [[...dataset, ...openai, "--model", "other"], /The dimension of other is not known: give --dimensions/, keyed],
      [[...dataset, ...openai], /OPENAI_API_KEY is not set: the provider openai needs it/],
      [
        [...dataset, ...openai],
        /OPENAI_API_KEY has a character that no key has/,
        { OPENAI_API_KEY: "sk-nothing\ttab" },
      ],
      [
        [...dataset, ...openai],
        /OPENAI_BASE_URL: not a URL; expected a URL such as https/,
        { ...keyed, OPENAI_BASE_URL: "here" },
      ],
      [
        [...dataset, ...openai],
        /OPENAI_BASE_URL: a name or password does not belong there/,
        { ...keyed, OPENAI_BASE_URL: "https://u:sk-nothing@host/v1" },
      ],
      ...["0", "-1", "soon", "1e6"].map((timeout): [string[], RegExp, Record<string, string>] => [
        [...dataset, ...openai],
        /OPENAI_TIMEOUT "\S+" is not allowed: give seconds, such as 60/,
        { ...keyed, OPENAI_TIMEOUT: timeout },
      ]),
      [[...dataset], /SOURCE_DATE_EPOCH "today" is not allowed/, { SOURCE_DATE_EPOCH: "today" }],
      [[...dataset, "--chunk-tokens", "15"], /Chunks of 15 tokens are not allowed: give a whole number from 16/],
      [
        [...dataset, "--chunk-tokens", "16", "--chunk-overlap", "9"],
        /An overlap of 9 tokens is not allowed: give a whole number from 0 to 8, half of a chunk/,
      ],
      [[...dataset, "--chunk-overlap", "4"], /An overlap of 4 tokens is not allowed: give --chunk-tokens/],
      [
        [...dataset, ...openai, "--chunk-tokens", "9000"],
        /Chunks of 9000 tokens are not allowed: text-embedding-3-small takes up to 8192/,
        keyed,
      ],
      [[...dataset, "--batch-size", "3000"], /Batch size "3000" is not allowed: give a whole number from 1 to 2048/],
      [[...dataset, "--max-batch-tokens", "1m"], /Max batch tokens "1m" is not allowed/],
      [[...dataset, "--concurrency", "0"], /Concurrency "0" is not allowed: give a whole number from 1 to 128/],
      [[...dataset, "--rows-per-shard", "0"], /Rows per shard "0" is not allowed/],
      [[...dataset, "--price", "-1"], /Price "-1" is not allowed: give USD for a million tokens/],
      [[...dataset, "--max-cost", "0"], /Max cost "0" is not allowed: give USD, such as 2\.50/],
      [
        [...dataset, ...openai, "--model", "other", "--dimensions", "9", "--max-cost", "1"],
        /A maximum cost needs a price: give one/,
        keyed,
      ],
      [[...dataset, "--text-field", "body"], /None of 60 rows has the field "body": its fields are id, text, label/],
      [[...dataset, "--stratify", "tag"], /No row has the field "tag" to stratify by/],
      [["--dataset", "none"], /No dataset "none" under \S+root: there are texts; see seedbed download/],
      [["--dataset", "none", "--source", "kaggle"], /No dataset "none" under \S+root: there are texts/],
      ...["texts", "texts.jsonl"].map((name): [string[], RegExp] => [
        ["--dataset", name],
        new RegExp(`Several versions of ${name} are there: v1 of file, v2 of file; give --split or --source`),
      ]),
      [
        ["--dataset", `${folder}/texts.pdf`],
        /Cannot read \S+texts\.pdf: expected a file that ends in \.parquet|\.jsonl/,
      ],
      ...[[], ["--preprocess", "spaces"], ["--dry-run"], ["--stratify", "label"]].flatMap(
        (more): [string[], RegExp][] => [
          [
            ["--dataset", `${folder}/lines.jsonl`, ...more],
            /None of 2 rows can be embedded \(unreadable row: 2\): mend [^\n]*; the first [^\n]*lines\.jsonl, line 1: \S/,
          ],
          [
            ["--dataset", `${folder}/blank.jsonl`, ...more],
            /None of 3 rows can be embedded \(text not a string: 1, empty text: 2\): mend the dataset, or give another --text-field/,
          ],
          [["--dataset", `${folder}/nothing.jsonl`, ...more], /The dataset has no rows: give one that has/],
          [
            ["--dataset", `${folder}/five.jsonl`, "--p", "0.01", ...more],
            /A part of 0\.01 of 5 rows that can be embedded is none: give a greater --p, or --n/,
          ],
        ],
      ),
      [["--dataset", `${folder}/empty`], /\S+empty has no file that ends in /],
    ];
    const before = filesIn(folder);
    await inParallel(refusals, async ([flags, says, variables = {}]) => {
      const { code, stdout, stderr } = await embed.runWith(
        cli,
        variables,
        "embed",
        "--root",
        root,
        "--quiet",
        ...flags,
      );
      assertRefused({ code, stdout, stderr }, says);
    });
    assert.deepEqual(filesIn(folder), before);
    const cut = await embed.runWith(
      cli,
      {},
      "embed",
      "--dataset",
      `${folder}/broken.jsonl.gz`,
      "--root",
      root,
      "--quiet",
    );
    assert.equal(cut.code, 1);
    assert.match(cut.stderr, /^seedbed: \S+broken\.jsonl\.gz: The gzip data end too early or are damaged [^\n]*\n$/);
    const lost = await embed.runWith(cli, {}, "embed", "--dataset", "x", "--root", `${folder}/nowhere`);
    assertRefused(lost, /No dataset "x" under \S+nowhere: nothing was downloaded; see seedbed download/);
    const verified = await embed.runWith(cli, {}, "verify", "--dataset", "texts", "--root", root);
    assertRefused(verified, /No embeddings of "texts" under \S+root: nothing was embedded/);
  });
});

const damages: [what: string, damage: (text: string) => string, says: RegExp][] = [
  ["cut", (text) => text.slice(0, text.length >> 1), /manifest\.json is not JSON/],
  ["of something else", () => '{"recipe":{}}', /manifest\.json is not a manifest of embeddings/],
  ["null", () => "null", /manifest\.json is not a manifest of embeddings/],
  ["without a sum", (text) => text.replaceAll("sha256", "sum"), /manifest\.json is not a whole manifest/],
  [
    "with a null among its shards",
    (text) => text.replace('"shards": [', '"shards": [null,'),
    /is not a whole manifest/,
  ],
  ["with a split that is null", (text) => text.replace('"splits": [', '"splits": [null,'), /is not a whole manifest/],
  ["that leads outside", (text) => text.replace('"embeddings/', '"../'), /is not a whole manifest/],
  ["that leads to the top", (text) => text.replace('"embeddings/', '"/etc/'), /is not a whole manifest/],
];

test("a damaged manifest is refused by embed and verify, and left as it is", async () => {
  await withTempFolder(async (folder) => {
    const root = `${folder}/root`;
    embed.writeRows(`${folder}/texts.jsonl`, rows);
    const run = (...args: string[]) => embed.runWith(cli, embed.FIXED, ...args, "--root", root, "--quiet");
    const args = ["embed", "--dataset", `${folder}/texts.jsonl`, ...DIM];
    assert.equal((await run(...args)).code, 0);
    const { manifest } = embed.placesOf(root, embed.LOCAL, "texts");
    const text = JSON.stringify(embed.manifestIn(manifest.slice(0, -"/manifest.json".length)), null, 2);
    for (const [what, damage, says] of damages) {
      writeFileSync(manifest, damage(text));
      const before = filesIn(root);
      for (const command of [[...args, "--resume"], args, ["verify", "--dataset", "texts"]])
        assertRefused(await run(...command), says);
      assert.deepEqual(filesIn(root), before, what);
    }

    // Others can still be worked with.
    embed.writeRows(`${folder}/others.jsonl`, rows);
    assert.equal((await run("download", "--source", "file", "--name", `${folder}/others.jsonl`)).code, 0);
    assert.equal((await run("download", "--source", "file", "--name", `${folder}/texts.jsonl`)).code, 0);
    writeFileSync(`${root}/datasets/raw/file/texts/default/dataset.json`, "{");
    assert.equal((await run("embed", "--dataset", "others", ...DIM)).code, 0);
    assert.equal((await run("verify", "--dataset", "others")).code, 0);
    assertRefused(await run("embed", "--dataset", "texts", ...DIM), /texts\/default\/dataset\.json is not JSON/);
    const { code, stdout } = await embed.runWith(cli, {}, "list", "--root", root);
    assert.equal(code, 0);
    assert.deepEqual(
      stdout
        .split("\n")
        .slice(2, -1)
        .map((line) => line.split(/ {2,}/).filter((_, at, { length }) => at < 2 || at === length - 1)),
      [
        ["raw", "others", "complete"],
        ["raw", "texts", "damaged"],
        ["embeddings", "others", "complete"],
        ["embeddings", "texts", "damaged"],
      ],
    );
  });
});

test("two runs into one dataset at a time are refused", async () => {
  await withTempFolder(async (folder) => {
    const root = `${folder}/root`;
    embed.writeRows(`${folder}/texts.jsonl`, rows);
    await withOpenai({ faults: { delayMs: 10_000 } }, async (double) => {
      const variables = { ...embed.FIXED, ...embed.openaiVariables(double) };
      const args = [
        "embed",
        "--dataset",
        `${folder}/texts.jsonl`,
        "--root",
        root,
        ...openai,
        "--dimensions",
        "8",
        "--quiet",
      ];
      const first = runToEnd(embed.startWith(cli, variables, args));
      await until(() => double.counters.requests > 0);
      for (const more of [[], ["--resume"]]) {
        const second = await embed.runWith(cli, variables, ...args, ...more);
        assertRefused(second, /texts\/manifest\.json is in use by process \d+: wait for it, or end it and delete /);
      }
      assert.deepEqual(await first, { code: 0, stdout: "", stderr: "" });
      assert.deepEqual([...new Set(double.bill.texts.values())], [1]);
    });
  });
});
