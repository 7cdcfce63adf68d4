import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import wtf from "wtf_wikipedia";
import { BrokenStream, InputError } from "../../src/data/errors.ts";
import { createArticleMemories } from "../../src/pipeline/articlememories.ts";
import { readArticles } from "../../src/pipeline/articles.ts";
import { runArticles } from "../../src/pipeline/articlerun.ts";
import { drain } from "../support/chunks.ts";
import { articlePage, dumpOf, skippedPages } from "../support/dumps.ts";
import { withServer } from "../support/server.ts";
import { withTempFolder } from "../support/temp.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/wiki/${name}`, import.meta.url));

const EXPECTED = [
  {
    id: 1,
    title: "Seedbed",
    text: `A seedbed is the local soil environment in which seeds are planted. It is often 5 cm deep.

The bed of this page was 19 years old in 2021.

* Remove the weeds.
* Break up the larger clods.`,
  },
  { id: 2, title: "Seed bed", reason: "redirect" },
  { id: 3, title: "Talk:Seedbed", reason: "namespace" },
  { id: 4, title: "Bed (disambiguation)", reason: "disambiguation" },
  { id: 5, title: "Clod", reason: "short" },
  {
    id: 6,
    title: "Möhre 🥕",
    text: "The Möhre (🥕, Daucus carota) is a root vegetable, & it is typically orange in colour, though heirloom variants are purple.",
  },
  { id: 7, title: "Hidden bed", reason: "short" },
];

for (const name of [
  "pages.xml",
  "pages.xml.bz2",
  "pages-multistream.xml.bz2",
  "pages.xml.gz",
  "pages-members.xml.gz",
]) {
  test(`${name}: articles, and why the other pages are none`, async () => {
    let bytes = 0;
    let length: number | undefined;
    const options = {
      onBytes: (count: number) => (bytes += count),
      onOpen: (all: number | undefined) => (length = all),
    };
    assert.deepEqual(await drain(readArticles(fixture(name), options)), { items: EXPECTED, error: undefined });
    assert.deepEqual([bytes, length], [readFileSync(fixture(name)).length, bytes]);
  });
}

test("the same from a server, whose connections break", async () => {
  const file = readFileSync(fixture("pages.xml.bz2"));
  await withServer(
    (request, response, number) => {
      const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      const range = { "content-range": `bytes ${from}-${file.length - 1}/${file.length}` };
      response.writeHead(from > 0 ? 206 : 200, {
        etag: '"1"',
        "content-length": file.length - from,
        ...(from > 0 ? range : {}),
      });
      if (number >= 1) response.end(file.subarray(from));
      else response.write(file.subarray(from, from + 500), () => setTimeout(() => response.destroy(), 20));
    },
    async (url) => assert.deepEqual(await drain(readArticles(url)), { items: EXPECTED, error: undefined }),
  );
});

test("pages that are left out are not read", async () => {
  const { items } = await drain(readArticles(fixture("pages.xml"), { skip: (id) => id !== 5 && id !== 6 }));
  assert.deepEqual(items, [EXPECTED[4], EXPECTED[5]]);
});

test("pages that the library cannot read are counted under a reason of their own, however short they are", async () => {
  // No page is known that makes it fail: a template does, which no other test uses.
  wtf.extend((_models: unknown, templates: Record<string, unknown>) => {
    templates["seedbed fault"] = () => {
      throw new Error("no such page");
    };
  });
  const faulty = (id: number, text: string) => ({ id, title: `Page ${id}`, text: `{{seedbed fault}} ${text}` });
  const pages = [articlePage(1), faulty(2, articlePage(2).text), faulty(3, ""), ...skippedPages(4), articlePage(8)];
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/dump.xml`, dumpOf(pages));
    const { items, error } = await drain(readArticles(`${folder}/dump.xml`));
    assert.equal(error, undefined);
    assert.deepEqual(
      items.map((item) => ("reason" in item ? item.reason : item.id)),
      [1, "unreadable", "unreadable", "namespace", "redirect", "disambiguation", "short", 8],
    );
    const ids: number[] = [];
    const sink = {
      has: () => false,
      write: async (memories: readonly { readonly pageId: number }[]) =>
        void ids.push(...memories.map(({ pageId }) => pageId)),
      flush: async () => ({ written: ids.length, failed: [] }),
      count: () => ids.length,
      close: async () => {},
    };
    const makeMemories = createArticleMemories(undefined);
    const options = { makeMemories, batchSize: 3, limit: Infinity };
    const { pages: read, skipped } = await runArticles(`${folder}/dump.xml`, sink, options);
    assert.deepEqual([read, ids], [8, [1, 8]]);
    assert.deepEqual(skipped, { namespace: 1, redirect: 1, disambiguation: 1, short: 1, unreadable: 2 });
  });
});

test("a page without a title or a valid id is left out, and those after it are read", async () => {
  const body =
    "<revision><id>9</id><text>A seedbed is the local soil environment in which seeds are planted.</text></revision>";
  const heads = ["<title>A</title><id>-5</id>", "<id>2</id>", "<title> </title><id>3</id>", "<title>D</title>"];
  const pages = [...heads, "<title>E</title><id>5</id>"].map((head) => `<page>${head}<ns>0</ns>${body}</page>`);
  const isSeen: number[] = [];
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/a.xml`, `<mediawiki>${pages.join("")}</mediawiki>`);
    const skip = (id: number) => isSeen.push(id) < 0;
    const { items, error } = await drain(readArticles(`${folder}/a.xml`, { skip }));
    assert.equal(error, undefined);
    assert.deepEqual(items, [
      { id: 0, title: "A", reason: "unreadable" },
      { id: 2, title: "", reason: "unreadable" },
      { id: 3, title: " ", reason: "unreadable" },
      { id: 0, title: "D", reason: "unreadable" },
      { id: 5, title: "E", text: "A seedbed is the local soil environment in which seeds are planted." },
    ]);
    assert.deepEqual(isSeen, [2, 3, 5]);
  });
});

test("a broken file gives its pages first, then says where it breaks", async () => {
  const xml = readFileSync(fixture("pages.xml"));
  await withTempFolder(async (folder) => {
    for (const [name, length, message] of [
      ["cut.xml", xml.length - 300, /Malformed XML at line \d+, column \d+, after the page "Clod": unclosed tag: \w+$/],
      ["cut.bz2", 1000, /The bzip2 data end too early \(stream 1, block 1, from byte 14 on\)$/],
      ["cut.gz", 1200, /The gzip data end too early or are damaged/],
    ] as const) {
      const whole = name === "cut.xml" ? xml : readFileSync(fixture(`pages.xml.${name.slice(4)}`));
      writeFileSync(`${folder}/${name}`, whole.subarray(0, length));
      const { items, error } = await drain(readArticles(`${folder}/${name}`));
      assert.deepEqual(items, EXPECTED.slice(0, items.length));
      assert.equal(items.length > 0, name !== "cut.bz2", name);
      assert.ok(error instanceof BrokenStream, String(error));
      assert.match(error.message, message);
      assert.ok(error.message.startsWith(`Cannot read ${folder}/${name}: `), error.message);
    }
  });
});

test("what is no export, and what is not there, is told", async () => {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/a.xml`, "<rss></rss>");
    const { error } = await drain(readArticles(`${folder}/a.xml`));
    assert.ok(error instanceof InputError);
    assert.equal(
      error.message,
      `Cannot read ${folder}/a.xml: Expected a MediaWiki export, which begins with <mediawiki>, found <rss>`,
    );
    writeFileSync(`${folder}/empty`, "");
    writeFileSync(`${folder}/empty.gz`, gzipSync(""));
    for (const name of ["empty", "empty.gz"]) {
      const { error: said } = await drain(readArticles(`${folder}/${name}`));
      assert.equal(String(said), `InputError: Cannot read ${folder}/${name}: the file is empty`);
    }
    const none = await drain(readArticles(`${folder}/none`));
    assert.match(String(none.error), /^InputError: Cannot read .*none: no such file or folder$/);
  });
});

test("an abort ends it", async () => {
  const controller = new AbortController();
  const reading = (async () => {
    for await (const { id } of readArticles(fixture("pages.xml"), { signal: controller.signal })) {
      if (id === 2) controller.abort(new Error("enough"));
      assert.ok(id <= 2);
    }
  })();
  await assert.rejects(reading, /^Error: enough$/);
});
