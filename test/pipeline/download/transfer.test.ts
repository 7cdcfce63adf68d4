import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import test from "node:test";
import { BrokenStream } from "../../../src/data/errors.ts";
import { startStorage, type Manner, type ServedFile, type Server } from "../../doubles/fileserver.ts";
import { asking, filesIn, load, patternBytes, sumOf, withEnvironment, withStarted } from "../../support/downloads.ts";
import { withTempFolder } from "../../support/temp.ts";

const FILE = patternBytes(300_000);
const TAG = '"v1"';
const DATE = "Wed, 01 Jan 2020 00:00:00 GMT";

interface Place {
  readonly root: string;
  readonly folder: string;
  readonly part: string;
  readonly server: Server;
  readonly files: Map<string, ServedFile>;
  readonly manner: Manner;
  run(force?: boolean): ReturnType<typeof load>;
}

/** A server with one file, and the folder that it is loaded into. */
async function withFile(
  file: Partial<ServedFile>,
  manner: Manner,
  use: (place: Place) => Promise<void>,
): Promise<void> {
  const files = new Map([["/data/x.jsonl", { bytes: FILE, ...file }]]);
  await withStarted(startStorage(files, manner, "127.0.0.1"), (server) =>
    withEnvironment({}, () =>
      withTempFolder((root) => {
        const url = `${server.url}/data/x.jsonl`;
        const folder = `${root}/datasets/raw/http/${new URL(url).host.replace(":", "-")}__data__x.jsonl/default`;
        const run = (force = false) => load(asking("http", url), root, { force });
        return use({ root, folder, part: `${folder}/x.jsonl.part`, server, files, manner, run });
      }),
    ),
  );
}

/** The ranges that were asked for, without the look at the beginning. */
const rangesOf = ({ requests }: Server) =>
  requests.map(({ headers }) => headers.range ?? "all").filter((range) => range !== "bytes=0-0");

/** Cuts answers of the file after so many bytes each; the look at the beginning is number 0. */
const cutting =
  (...cuts: number[]) =>
  (_path: string, number: number) =>
    number === 0 ? undefined : cuts[number - 1];
/** The same, and then every answer at its begin. */
const cuttingForEver =
  (...cuts: number[]) =>
  (_path: string, number: number) =>
    number === 0 ? undefined : (cuts[number - 1] ?? 0);

const manners: [what: string, file: Partial<ServedFile>, manner: Manner, ranges: string[]][] = [
  ["by its ETag", { etag: TAG }, { cutAfter: cutting(100_000, 50_000) }, ["all", "bytes=100000-", "bytes=150000-"]],
  ["by its date", { modified: DATE }, { cutAfter: cutting(100_000) }, ["all", "bytes=100000-"]],
  [
    "by its date where the ETag is weak",
    { etag: 'W/"1"', modified: DATE },
    { cutAfter: cutting(100_000) },
    ["all", "bytes=100000-"],
  ],
  [
    "from the begin where ranges are ignored",
    { etag: TAG },
    { cutAfter: cutting(100_000), ignoresRanges: true },
    ["all", "bytes=100000-"],
  ],
  ["from the begin where nothing tells that it is the same", {}, { cutAfter: cutting(100_000) }, ["all", "all"]],
  [
    "without a length",
    { etag: TAG },
    { cutAfter: cutting(100_000, 0, 0, 100_000), isChunked: true },
    ["all", "bytes=100000-", "bytes=100000-", "bytes=100000-", "bytes=200000-"],
  ],
];
for (const [what, file, manner, ranges] of manners) {
  test(`a download that breaks goes on ${what}`, async () => {
    await withFile(file, manner, async ({ server, folder, run }) => {
      const { record } = await run();
      assert.deepEqual(record.files[0]!.sha256, sumOf(FILE));
      assert.deepEqual(Object.keys(filesIn(folder)), ["dataset.json", "x.jsonl"]);
      assert.deepEqual(rangesOf(server), ranges);
      assert.deepEqual([record.files[0]!.etag, record.files[0]!.last_modified], [file.etag, file.modified]);
    });
  });
}

test("a run that gives up says so, keeps what came, and the next one goes on from there", async () => {
  const manner = { cutAfter: cuttingForEver(120_000) };
  await withFile({ etag: TAG }, manner, async ({ server, folder, part, run, manner: now }) => {
    await assert.rejects(
      run(),
      /^Error: Cannot download x\.jsonl: the connection was lost; what came is kept: run again to go on$/,
    );
    assert.deepEqual(readdirSync(folder), ["dataset.part.jsonl", "x.jsonl.part", "x.jsonl.part.jsonl"]);
    assert.equal(statSync(part).size, 120_000);
    now.cutAfter = undefined;
    server.requests.length = 0;
    const { record } = await run();
    assert.deepEqual(rangesOf(server), ["bytes=120000-"]);
    assert.equal(server.requests.at(-1)!.headers["if-range"], TAG);
    assert.equal(record.files[0]!.sha256, sumOf(FILE));
    assert.deepEqual(readdirSync(folder), ["dataset.json", "x.jsonl"]);
  });
});

const damages: [what: string, damage: (part: string) => void, ranges: string[]][] = [
  ["a byte of it is another", (part) => flip(part, 60_000), ["all"]],
  ["it is cut", (part) => truncateSync(part, 60_000), ["all"]],
  ["it is empty", (part) => truncateSync(part, 0), ["all"]],
  [
    "more was written than was noted",
    (part) => writeFileSync(part, patternBytes(5000, 9), { flag: "a" }),
    ["bytes=120000-"],
  ],
  ["the note beside it is cut", (part) => truncateSync(`${part}.jsonl`, statSync(`${part}.jsonl`).size - 3), ["all"]],
  ["the note beside it is of something else", (part) => writeFileSync(`${part}.jsonl`, "mine\n{}\n"), ["all"]],
  ["the note beside it is of another URL", (part) => replaceIn(`${part}.jsonl`, "/data/", "/other/"), ["all"]],
];
for (const [what, damage, ranges] of damages) {
  test(`a half-loaded file is relied on only as far as it is known to be right: ${what}`, async () => {
    await withFile(
      { etag: TAG },
      { cutAfter: cuttingForEver(120_000) },
      async ({ server, folder, part, run, manner }) => {
        await assert.rejects(run());
        damage(part);
        manner.cutAfter = undefined;
        server.requests.length = 0;
        const { record } = await run();
        assert.equal(record.files[0]!.sha256, sumOf(FILE));
        assert.equal(sumOf(readFileSync(`${folder}/x.jsonl`)), sumOf(FILE));
        assert.deepEqual(rangesOf(server), ranges);
      },
    );
  });
}

test("a file that changed between two runs, or between two answers, is loaded from its begin", async () => {
  const other = patternBytes(250_000, 7);
  const later: Partial<ServedFile>[] = [{ etag: '"v2"' }, { etag: TAG }, {}]; // the second has lied about its tag
  for (const [at, { etag }] of later.entries()) {
    await withFile({ etag: TAG }, { cutAfter: cuttingForEver(120_000) }, async ({ folder, files, run, manner }) => {
      await assert.rejects(run());
      manner.cutAfter = undefined;
      files.set("/data/x.jsonl", { bytes: other, ...(etag === undefined ? {} : { etag }) });
      const { record } = await run();
      assert.deepEqual([at, record.files[0]!.sha256, record.files[0]!.bytes], [at, sumOf(other), other.length]);
      assert.equal(sumOf(readFileSync(`${folder}/x.jsonl`)), sumOf(other));
    });
  }
  await withFile({ etag: TAG }, {}, async ({ folder, files, run, manner }) => {
    manner.cutAfter = (_path, number) => {
      if (number === 1) files.set("/data/x.jsonl", { bytes: patternBytes(300_000, 8), etag: '"v2"' });
      return number === 1 ? 100_000 : undefined;
    };
    await run();
    assert.equal(sumOf(readFileSync(`${folder}/x.jsonl`)), sumOf(patternBytes(300_000, 8)));
  });
});

test("what is there and right is not asked for again; --force does", async () => {
  await withFile({ etag: TAG }, {}, async ({ server, folder, run, files }) => {
    await run();
    const count = server.requests.length;
    const before = readFileSync(`${folder}/dataset.json`, "utf8");
    assert.equal((await run()).plan.kind, "there");
    assert.deepEqual([server.requests.length, readFileSync(`${folder}/dataset.json`, "utf8")], [count, before]);
    flip(`${folder}/x.jsonl`, 5); // of the same length
    const { plan } = await run();
    assert.deepEqual([plan.kind, plan.kind === "load" && plan.damaged], ["load", 1]);
    assert.equal(sumOf(readFileSync(`${folder}/x.jsonl`)), sumOf(FILE));
    files.set("/data/x.jsonl", { bytes: patternBytes(10, 3) });
    assert.equal((await run()).plan.kind, "there");
    await run(true);
    assert.equal(sumOf(readFileSync(`${folder}/x.jsonl`)), sumOf(patternBytes(10, 3)));
    assert.deepEqual(readdirSync(folder), ["dataset.json", "x.jsonl"]);
  });
});

test("an empty file is one", async () => {
  await withFile({ bytes: new Uint8Array(0), etag: TAG }, {}, async ({ folder, run }) => {
    assert.equal((await run()).record.files[0]!.bytes, 0);
    assert.equal(statSync(`${folder}/x.jsonl`).size, 0);
  });
});

test("a link that lies where the file is to grow is not followed", async () => {
  await withFile({ etag: TAG }, { cutAfter: cuttingForEver(1000) }, async ({ root, folder, part, run, manner }) => {
    await assert.rejects(run());
    writeFileSync(`${root}/precious`, "mine");
    truncateSync(part, 0);
    const { rmSync } = await import("node:fs");
    rmSync(part);
    symlinkSync(`${root}/precious`, part);
    manner.cutAfter = undefined;
    await run();
    assert.equal(readFileSync(`${root}/precious`, "utf8"), "mine");
    assert.equal(sumOf(readFileSync(`${folder}/x.jsonl`)), sumOf(FILE));
  });
});

test("of several files one that fails ends the others, and they go on later", async () => {
  const controller = new AbortController();
  await withFile({ etag: TAG }, { bytesPerSecond: 200_000 }, async ({ root, server, folder, part }) => {
    const reason = new BrokenStream("enough");
    setTimeout(() => controller.abort(reason), 700);
    const asked = asking("http", `${server.url}/data/x.jsonl`);
    await assert.rejects(load(asked, root, { signal: controller.signal }), (error) => error === reason);
    assert.ok(statSync(part).size > 0);
    assert.equal(existsSync(`${folder}/dataset.part.jsonl.lock`), false);
  });
});

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 255;
  writeFileSync(path, bytes);
}

function replaceIn(path: string, from: string, to: string): void {
  const text = readFileSync(path, "utf8");
  assert.ok(text.includes(from));
  writeFileSync(path, text.replaceAll(from, to));
}
