import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { listDatasets, type Listed } from "../../src/commands/listed.ts";
import { buildCli } from "../support/built.ts";
import * as embed from "../support/embed.ts";
import { assertRefused } from "../support/refused.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const DIM = ["--dimensions", "128"];
const isWindows = process.platform === "win32";

/** Runs `use` with a root that has a raw dataset and one of embeddings, both whole. */
async function withRoot(use: (root: string) => Promise<void> | void): Promise<void> {
  await withTempFolder(async (folder) => {
    const [root, path] = [`${folder}/root`, `${folder}/texts.jsonl`];
    embed.writeRows(path, embed.textRows(40));
    for (const args of [
      ["download", "--name", path],
      ["embed", "--dataset", path, ...DIM],
    ])
      assert.equal((await embed.runWith(cli, embed.FIXED, ...args, "--root", root, "--quiet")).code, 0);
    await use(root);
  });
}

function put(path: string, text: string): void {
  mkdirSync(path.replace(/\/[^/]*$/, ""), { recursive: true });
  writeFileSync(path, text);
}

const brief = (listed: readonly Listed[]) =>
  listed.map(({ kind, dataset, split, by, rows, files, state }) => [kind, dataset, split, by, rows, files, state]);

const RAW = ["raw", "texts", "default", "file", null, 1];
const EMBEDDED = ["embeddings", "texts", "default", embed.LOCAL, 40, 1];
const INDEX = `indexes/${embed.LOCAL}`;
const FILE = { path: "a.jsonl", bytes: 3 };
const processed = (more: object = {}) => JSON.stringify({ dataset: "d", files: [FILE], ...more });

/** What is put under a root, and the lines that it adds to those of what was there. */
const strays: [what: string, make: (root: string) => void, lines: unknown[][]][] = [
  ["nothing", () => {}, []],
  [
    "a download that was broken off",
    (root) => put(`${root}/datasets/raw/http/d/default/dataset.part.jsonl`, "{}"),
    [["raw", "d", "default", "http", null, null, "unfinished"]],
  ],
  [
    "folders that somebody made by hand, and empty ones",
    (root) => {
      put(`${root}/datasets/raw/mine/d/v1/a.csv`, "x");
      put(`${root}/datasets/processed/e/v1/a.csv`, "x");
      put(`${root}/indexes/faiss/f/index.bin`, "x");
      put(`${root}/embeddings/m/g/train/shard-00000.parquet`, "x");
      for (const path of ["datasets/raw/x/y/z", "datasets/processed/y/z", "indexes/m/n", "embeddings/m/n/o"])
        mkdirSync(`${root}/${path}`, { recursive: true });
    },
    [
      ["raw", "d", "v1", "mine", null, null, "foreign"],
      ["processed", "e", "v1", "", null, null, "foreign"],
      ["embeddings", "f", "", "faiss", null, null, "foreign"],
      ["embeddings", "g", "train", "m", null, null, "foreign"],
    ],
  ],
  [
    "processed datasets: whole, with and without rows, cut, of another length, and being written",
    (root) => {
      const at = (version: string) => `${root}/datasets/processed/d/${version}`;
      for (const version of ["a", "b", "short"]) put(`${at(version)}/a.jsonl`, version === "short" ? "{}" : "{}\n");
      put(`${at("a")}/dataset.json`, processed({ source: "huggingface", rows: 7 }));
      put(`${at("b")}/dataset.json`, processed({ source: 1, rows: -1 }));
      put(`${at("cut")}/dataset.json`, processed().slice(0, 20));
      put(`${at("lost")}/dataset.json`, processed());
      put(`${at("odd")}/dataset.json`, processed({ files: [{ path: 1, bytes: "3" }] }));
      put(`${at("short")}/dataset.json`, processed());
      put(`${at("part")}/a.jsonl.part`, "{}");
    },
    [
      ["processed", "d", "a", "huggingface", 7, 1, "complete"],
      ["processed", "d", "b", "", null, 1, "complete"],
      ["processed", "d", "lost", "", null, 1, "damaged"],
      ["processed", "d", "short", "", null, 1, "damaged"],
      ["processed", "d", "cut", "", null, null, "damaged"],
      ["processed", "d", "odd", "", null, null, "damaged"],
      ["processed", "d", "part", "", null, null, "unfinished"],
    ],
  ],
  [
    "records that are folders, and files where folders belong",
    (root) => {
      mkdirSync(`${root}/datasets/raw/http/d/default/dataset.json`, { recursive: true });
      mkdirSync(`${root}/${INDEX}/d/manifest.json`, { recursive: true });
      put(`${root}/datasets/processed`, "x");
      put(`${root}/datasets/raw/x`, "x");
    },
    [
      ["raw", "d", "default", "http", null, null, "damaged"],
      ["processed", "", "", "", null, null, "damaged"],
      ["embeddings", "d", "", embed.LOCAL, null, null, "damaged"],
    ],
  ],
  [
    "ledgers of loads beside splits, and what is only called so",
    (root) => {
      put(`${root}/embeddings/${embed.LOCAL}/texts/default.ingest/pgvector-0123abcd/ledger.jsonl`, "{}\n");
      put(`${root}/embeddings/${embed.LOCAL}/texts/ingest/a.csv`, "x");
    },
    [["embeddings", "texts", "ingest", embed.LOCAL, null, null, "foreign"]],
  ],
  [
    "a run that was killed at its beginning, and an index that was copied",
    (root) => {
      put(`${root}/${INDEX}/d/manifest.json.lock`, "1");
      cpSync(`${root}/${INDEX}/texts`, `${root}/${INDEX}/z`, { recursive: true });
    },
    [
      [...EMBEDDED, "foreign"],
      ["embeddings", "d", "", embed.LOCAL, null, null, "unfinished"],
    ],
  ],
];

test("list tells of each thing that lies where a dataset should what it is, and crashes at none", async () => {
  await withRoot((whole) => {
    for (const [what, make, lines] of strays) {
      const root = `${whole}-${strays.findIndex(([name]) => name === what)}`;
      cpSync(whole, root, { recursive: true });
      make(root);
      const listed = brief(listDatasets(root));
      const expected = [[...RAW, "complete"], [...EMBEDDED, "complete"], ...lines];
      const sorted = (rows: readonly unknown[][]) => rows.map((row) => JSON.stringify(row)).sort();
      assert.deepEqual(sorted(listed), sorted(expected), what);
      const kinds = listed.map(([kind]) => ["raw", "processed", "embeddings"].indexOf(kind as string));
      assert.deepEqual(kinds, kinds.toSorted(), what);
    }
  });
});

/** Changes to what was whole, and the state of the embeddings then. */
const damages: [what: string, damage: (root: string, index: string) => void, state: unknown[]][] = [
  ["without its manifest", (_, index) => rmSync(`${index}/manifest.json`), ["foreign", "foreign"]],
  ["without its shards", (root) => rmSync(`${root}/embeddings`, { recursive: true }), ["damaged"]],
  ...[
    ["a path that no system takes", "a\\u0000b"],
    ["a path that is too long", "x".repeat(5000)],
  ].map(([what, name]): (typeof damages)[number] => [
    what!,
    (_, index) => {
      const text = readFileSync(`${index}/manifest.json`, "utf8");
      writeFileSync(`${index}/manifest.json`, text.replace(/shard-00000\.parquet/, name!));
    },
    ["damaged"],
  ]),
  ...["", "null", "{}", "[".repeat(1e5), "\u0000"].map((text): (typeof damages)[number] => [
    JSON.stringify(text.slice(0, 9)),
    (_, index) => writeFileSync(`${index}/manifest.json`, text),
    ["damaged"],
  ]),
];

test("embeddings whose manifest or shards are wrong are shown so", async () => {
  await withRoot((whole) => {
    for (const [at, [what, damage, states]] of damages.entries()) {
      const root = `${whole}-${at}`;
      cpSync(whole, root, { recursive: true });
      damage(root, `${root}/${INDEX}/texts`);
      const listed = listDatasets(root).filter(({ kind }) => kind === "embeddings");
      assert.deepEqual(
        listed.map(({ state }) => state),
        states,
        what,
      );
    }
  });
});

test("links that lead nowhere, pipes and folders that nobody may read end nothing", { skip: isWindows }, async () => {
  await withRoot(async (root) => {
    for (const path of ["datasets/raw/loop", `${INDEX}/loop`, "embeddings/loop"])
      symlinkSync("loop", `${root}/${path}`);
    symlinkSync("nothing", `${root}/indexes/nothing`);
    const raw = `${root}/datasets/raw/file/texts/default/texts.jsonl`;
    rmSync(raw);
    symlinkSync("texts.jsonl", raw);
    mkdirSync(`${root}/datasets/raw/http/d/default`, { recursive: true });
    execFileSync("mkfifo", [`${root}/datasets/raw/http/d/default/dataset.json`]);
    const hidden = `${root}/datasets/raw/kaggle`;
    mkdirSync(`${hidden}/d`, { recursive: true });
    chmodSync(hidden, 0);
    try {
      const isHidden = process.getuid?.() !== 0; // root reads everything
      const { code, stdout, stderr } = await embed.runWith(cli, {}, "list", "--root", root, "--json");
      assert.equal(code, 0, stderr);
      assert.deepEqual(brief((JSON.parse(stdout) as { datasets: Listed[] }).datasets), [
        [...RAW, "damaged"],
        ["raw", "d", "default", "http", null, null, "damaged"],
        ...(isHidden ? [["raw", "", "", "kaggle", null, null, "damaged"]] : []),
        [...EMBEDDED, "complete"],
      ]);
      // What is whole can be worked with.
      assert.equal((await embed.runWith(cli, {}, "verify", "--dataset", "texts", "--root", root)).code, 0);
    } finally {
      chmodSync(hidden, 0o700);
    }
  });
});

test("the table has a line for each, whatever names say; a root that is a file is refused", async () => {
  await withTempFolder(async (root) => {
    const path = "datasets/raw/http/d/default";
    const record = { source: "http", dataset: "a\n\u001b[31mb", name: "n", files: [] };
    put(`${root}/${path}/dataset.json`, JSON.stringify(record));
    put(`${root}/datasets/processed/p/v1/a.csv`, "x");
    const { code, stdout, stderr } = await embed.runWith(cli, {}, "list", "--root", `${root}/`);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(
      stdout
        .split("\n")
        .slice(2)
        .map((line) => line.split(/ {2,}/)),
      [["raw", "a [31mb", "default", "http", "0", "0 bytes", "complete"], ["processed", "p", "v1", "foreign"], [""]],
    );
    const json = await embed.runWith(cli, {}, "list", "--root", `${root}/`, "--json");
    const { datasets } = JSON.parse(json.stdout) as { datasets: Listed[] };
    assert.deepEqual([datasets[0]!.path, datasets[0]!.dataset], [path, record.dataset]);
    put(`${root}/file`, "x");
    const refused = await embed.runWith(cli, {}, "list", "--root", `${root}/file`);
    assertRefused(refused, /Cannot read folder \S+file: a part of the path is a file/);
  });
});
