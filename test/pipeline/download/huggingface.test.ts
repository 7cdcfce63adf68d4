import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { InputError } from "../../../src/data/errors.ts";
import type { Asked } from "../../../src/pipeline/download/remote.ts";
import { commit, startHub, type HubDataset, type HubDouble, type HubOptions } from "../../doubles/hub.ts";
import { asking, filesIn, load, patternBytes, sumOf, withEnvironment, withStarted } from "../../support/downloads.ts";
import { withTempFolder } from "../../support/temp.ts";

const EXPORT = "refs/convert/parquet";
const main = {
  "README.md": "about",
  ".gitattributes": "*",
  "data/train-0.jsonl": '{"text":"a"}\n',
  "data/test-0.jsonl": '{"text":"b"}\n',
  "data/train-1.parquet": patternBytes(90_000),
  "dataset.json": "{}",
};
const exported = {
  "default/train/0000.parquet": patternBytes(50_000, 2),
  "default/train/0001.parquet": patternBytes(40_000, 3),
  "default/partial-test/0000.parquet": patternBytes(10, 4),
  "other/train/0000.parquet": patternBytes(20, 5),
};
const open: HubDataset = {
  revisions: { main: commit("a"), v1: commit("b"), [EXPORT]: commit("x") },
  trees: { [commit("a")]: main, [commit("b")]: { "a.csv": "x\n1\n" }, [commit("x")]: exported },
};
const plain: HubDataset = { revisions: { main: commit("a") }, trees: { [commit("a")]: main } };
const several: HubDataset = {
  revisions: { main: commit("a"), [EXPORT]: commit("y") },
  trees: { [commit("a")]: main, [commit("y")]: { "en/train/0000.parquet": "1", "fr/train/0000.parquet": "2" } },
};
const datasets = {
  ...{ "org/open": open, "org/plain": plain, "org/several": several },
  "org/private": { ...plain, token: "hf_secret" },
  "org/gated": { ...plain, token: "hf_secret", isGated: true },
};

interface Hub {
  readonly hub: HubDouble;
  readonly root: string;
}

async function withHub(
  use: (hub: Hub) => Promise<void>,
  options: Partial<HubOptions> = {},
  variables: Record<string, string> = {},
): Promise<void> {
  await withStarted(startHub({ datasets, ...options }), (hub) =>
    withEnvironment({ ...variables, HF_ENDPOINT: hub.url }, () => withTempFolder((root) => use({ hub, root }))),
  );
}

const hf = (name: string, more: Partial<Asked> = {}) => asking("huggingface", name, more);

test("a dataset's data files are loaded at a commit, checked, and told in dataset.json", async () => {
  await withHub(
    async ({ hub, root }) => {
      const { folder, record } = await load(hf("org/open"), root);
      assert.equal(folder, `${root}/datasets/raw/huggingface/org__open/main`);
      assert.deepEqual(record.revision, { asked: "main", resolved: commit("a") });
      const { "dataset.json": _own, ...files } = filesIn(folder);
      assert.deepEqual(files, {
        "_dataset.json": sumOf("{}"),
        "data/test-0.jsonl": sumOf('{"text":"b"}\n'),
        "data/train-0.jsonl": sumOf('{"text":"a"}\n'),
        "data/train-1.parquet": sumOf(main["data/train-1.parquet"]),
      });
      assert.deepEqual(JSON.parse(readFileSync(`${folder}/dataset.json`, "utf8")), record);
      assert.equal(record.created_at, "2023-11-14T22:13:20.000Z");
      const large = record.files.find(({ path }) => path === "data/train-1.parquet")!;
      assert.deepEqual(large, {
        path: "data/train-1.parquet",
        url: `${hub.url}/datasets/org/open/resolve/${commit("a")}/data/train-1.parquet`,
        bytes: 90_000,
        sha256: sumOf(main["data/train-1.parquet"]),
        etag: `"${sumOf(main["data/train-1.parquet"]).slice(0, 32)}"`,
      });
      assert.equal(hub.requests.filter(({ path }) => path.includes("/tree/")).length, 4); // pages of two
    },
    { pageSize: 2 },
    { SOURCE_DATE_EPOCH: "1700000000" },
  );
});

test("--files and --revision choose", async () => {
  await withHub(async ({ root }) => {
    const readme = await load(hf("org/open", { pattern: "*.md" }), root);
    assert.deepEqual(Object.keys(filesIn(readme.folder)), ["README.md", "dataset.json"]);
    const v1 = await load(hf("org/open", { revision: "v1" }), root);
    assert.deepEqual([v1.folder.split("/").at(-1), v1.record.revision?.resolved], ["v1", commit("b")]);
    const pinned = await load(hf("org/open", { revision: commit("b") }), root);
    assert.deepEqual(pinned.record.files[0]!.sha256, sumOf("x\n1\n"));
    await assert.rejects(
      load(hf("org/open", { pattern: "*.xyz" }), `${root}/x`),
      /has no files that match "\*\.xyz": choose by --files$/,
    );
  });
});

test("a split is that of the export to Parquet, pinned to its commit", async () => {
  await withHub(async ({ root }) => {
    const { folder, record, plan } = await load(hf("org/open", { split: "train" }), root);
    assert.equal(folder, `${root}/datasets/raw/huggingface/org__open/train`);
    assert.deepEqual(record.revision, { asked: EXPORT, resolved: commit("x") });
    assert.deepEqual(
      record.files.map(({ path }) => path),
      ["default/train/0000.parquet", "default/train/0001.parquet"],
    );
    assert.deepEqual(plan.kind === "load" && plan.listing.notes, []);
    const partial = await load(hf("org/open", { split: "test" }), root);
    assert.match(
      String(partial.plan.kind === "load" && partial.plan.listing.notes),
      /the first 5 GB of this split only/,
    );
    const other = await load(hf("org/several", { split: "train", pattern: "fr/**" }), root);
    assert.deepEqual(
      other.record.files.map(({ path }) => path),
      ["fr/train/0000.parquet"],
    );
    await assert.rejects(
      load(hf("org/several", { split: "train" }), `${root}/x`),
      /Split train is in en, fr: choose by --files "en\/\*\*"/,
    );
    await assert.rejects(load(hf("org/open", { split: "dev" }), root), /There is no split dev: give test, train$/);
  });
});

test("without an export the names of files tell the split, and the plan says so", async () => {
  await withHub(async ({ root }) => {
    const { record, plan } = await load(hf("org/plain", { split: "train" }), root);
    assert.deepEqual(
      record.files.map(({ path }) => path),
      ["data/train-0.jsonl", "data/train-1.parquet"],
    );
    assert.match(String(plan.kind === "load" && plan.listing.notes), /chosen by "train" in their names/);
    assert.deepEqual(record.revision, { asked: "main", resolved: commit("a") });
    const other = load(hf("org/plain", { split: "train", revision: commit("a") }), root);
    await assert.rejects(other, /holds a dataset with revision main, not [0-9a-f]{40}: give another --root/);
  });
});

test("the token opens what is private, goes to no other host and into no file", async () => {
  await withHub(
    async ({ hub, root }) => {
      const { folder } = await load(hf("org/private"), root);
      assert.ok(hub.requests.every(({ headers }) => headers.authorization === "Bearer hf_secret"));
      assert.ok(hub.storage.requests.length > 0);
      assert.ok(hub.storage.requests.every(({ headers }) => headers.authorization === undefined));
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        if (/\.json/.test(name))
          assert.doesNotMatch(readFileSync(`${folder}/${name}`, "utf8"), /hf_secret|[Ss]ignature/);
      }
    },
    {},
    { HF_TOKEN: "hf_secret\n" },
  );
});

const refusals: [name: string, token: string, more: Partial<Asked>, says: RegExp][] = [
  ["org/private", "", {}, /or it is a private one: check the name, or set HF_TOKEN$/],
  ["org/none", "hf_secret", {}, /there is no such dataset: check the name, and set HF_TOKEN if it is a private one$/],
  ["org/private", "hf_wrong", {}, /no such dataset/],
  ["org/gated", "hf_secret", {}, /gated: accept its terms at http:\/\/\S+\/datasets\/org\/gated, and set HF_TOKEN/],
  ["org/gated", "", {}, /gated: accept its terms/],
  ["org/open", "", { revision: "v9" }, /there is no revision v9: see the branches at/],
  ["../../x", "", {}, /Name "\.\.\/\.\.\/x" is not allowed: give org\/dataset/],
];
for (const [name, token, more, says] of refusals) {
  test(`${name} with ${token || "no token"} ${more.revision ?? ""} is refused in words that say what to do`, async () => {
    await withHub(
      async ({ root }) => {
        await assert.rejects(
          load(hf(name, more), root),
          (error: Error) => error instanceof InputError && says.test(error.message) && !error.message.includes("hf_"),
        );
        assert.deepEqual(readdirSync(root), []);
      },
      {},
      token ? { HF_TOKEN: token } : {},
    );
  });
}

test("a Hub that is busy is asked again; one that stays so is told, with what to do", async () => {
  const busy =
    (times: number): NonNullable<HubOptions["intercept"]> =>
    (_path, response, number) => {
      if (number >= times) return false;
      response.writeHead(number % 2 ? 503 : 429, { ratelimit: '"api";r=0;t=0' }).end();
      return true;
    };
  await withHub(async ({ root }) => void (await load(hf("org/plain"), root)), { intercept: busy(3) });
  await withHub(
    async ({ root }) => {
      await assert.rejects(load(hf("org/plain"), root), /the server answered 503 Service Unavailable$/);
    },
    { intercept: busy(1000) },
  );
});

test("a file of another length, or with other bytes, than the Hub says is not kept", async () => {
  const whole = main["data/train-1.parquet"];
  const wrong = whole.slice();
  wrong[50_000]! ^= 1;
  for (const [bytes, says] of [
    [
      wrong,
      /^Error: Cannot download data\/train-1\.parquet: its checksum is [0-9a-f]{64}, expected [0-9a-f]{64}; it was not kept$/,
    ],
    [new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n"), /43 bytes, expected 90000$/],
  ] as const) {
    await withHub(
      async ({ root }) => {
        await assert.rejects(load(hf("org/plain", { pattern: "*.parquet" }), root), says);
        assert.deepEqual(readdirSync(root), []);
      },
      { replaced: new Map([["data/train-1.parquet", bytes]]) },
    );
  }
});

test("a name in the repository that leads out of the folder is refused before anything is loaded", async () => {
  const evil = { ...plain, trees: { [commit("a")]: { "good.csv": "a", "../../evil.csv": "b" } } };
  await withHub(
    async ({ root }) => {
      await assert.rejects(load(hf("org/evil"), root), /Cannot keep a file of the name "\.\.\/\.\.\/evil\.csv"/);
      assert.deepEqual(readdirSync(root), []);
    },
    { datasets: { "org/evil": evil } },
  );
});
