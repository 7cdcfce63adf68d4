import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { withEngram } from "../doubles/withengram.ts";
import { buildCli } from "../support/built.ts";
import { articlePages, dumpOf } from "../support/dumps.ts";
import { inParallel } from "../support/parallel.ts";
import { withServer } from "../support/server.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const xml = new TextEncoder().encode(dumpOf(articlePages(300)));
const fixture = (name: string) => readFileSync(fileURLToPath(new URL(`../fixtures/wiki/${name}`, import.meta.url)));

const toFile = (dump: string, out: string, ...flags: string[]) =>
  cli.run("wikipedia", "--dump", dump, "--out", out, "--provider", "none", ...flags);
const idsIn = (path: string) =>
  [...readFileSync(path, "utf8").matchAll(/"id":"wikipedia-(\d+)"\}\n/g)].map(([, id]) => Number(id));

const truncated: [name: string, bytes: Uint8Array, articles: [least: number, most: number], says: RegExp][] = [
  [
    "dump.xml",
    xml.subarray(0, xml.length >> 1),
    [140, 150],
    /Malformed XML at line \d+, .*after the page "Page 1\d\d"/,
  ],
  ["dump.xml.gz", cutGzip(), [100, 299], /The gzip data end too early/],
  ["pages.xml.bz2", fixture("pages-multistream.xml.bz2").subarray(0, -20), [1, 1], /The bzip2 data .*stream 2/],
];

function cutGzip(): Uint8Array {
  const bytes = gzipSync(xml);
  return bytes.subarray(0, (bytes.length * 3) >> 2);
}

for (const [name, bytes, [least, most], says] of truncated) {
  test(`what comes before the end of a truncated ${name} is written; the message says where it broke`, async () => {
    await withTempFolder(async (folder) => {
      writeFileSync(`${folder}/${name}`, bytes);
      const { code, stdout, stderr } = await toFile(`${folder}/${name}`, `${folder}/memories.jsonl`, "--json");
      assert.equal(code, 1);
      assert.match(
        stderr,
        new RegExp(`\nseedbed: Cannot read ${folder}/${name}: ${says.source}.*: what came before is written\n$`),
      );
      const ids = idsIn(`${folder}/memories.jsonl`);
      assert.ok(ids.length >= least && ids.length <= most, `${ids.length} articles`);
      if (least > 1) assert.ok(ids.every((id, at) => id === at + 1));
      const { ingested, broken } = JSON.parse(stdout) as { ingested: number; broken: string };
      assert.deepEqual([ingested, says.test(broken)], [ids.length, true]);
      const made = ["memories.jsonl", "memories.jsonl.checkpoint.jsonl"];
      assert.deepEqual(readdirSync(folder).sort(), [name, ...made].sort());
    });
  });
}

test("--resume goes on with the file of a truncated dump, to the bytes of an undisturbed run; a plain run refuses it", async () => {
  await withTempFolder(async (folder) => {
    const [dump, out] = [`${folder}/dump.xml`, `${folder}/memories.jsonl`];
    writeFileSync(dump, xml);
    assert.equal((await toFile(dump, `${folder}/whole.jsonl`)).code, 0);
    const whole = readFileSync(`${folder}/whole.jsonl`, "utf8");
    writeFileSync(dump, xml.subarray(0, xml.length >> 1));
    assert.equal((await toFile(dump, out)).code, 1);
    const before = readFileSync(out, "utf8");
    assert.ok(whole.startsWith(before) && before !== whole);
    writeFileSync(dump, xml);
    const plain = await toFile(dump, out);
    assert.deepEqual([plain.code, plain.stderr], [2, `seedbed: ${out} exists: give another --out, or remove it\n`]);
    const other = await toFile(dump, out, "--resume", "--provider", "local");
    assert.equal(other.code, 2);
    assert.match(other.stderr, /^seedbed: \S+ is of a run with provider none, not \S+\n$/);
    assert.equal(readFileSync(out, "utf8"), before);
    const { code, stdout, stderr } = await toFile(dump, out, "--resume");
    assert.deepEqual([code, stderr], [0, ""]);
    const count = before.split("\n").length - 1;
    assert.ok(stdout.includes(`\nIngested:      ${300 - count}, and ${count} by an earlier run\n`), stdout);
    assert.equal(readFileSync(out, "utf8"), whole);
    const names = readdirSync(folder).sort();
    assert.deepEqual(names, ["dump.xml", "memories.jsonl", "whole.jsonl"]);
    const last = await toFile(dump, out, "--resume"); // complete: nothing to go on with
    assert.deepEqual([last.code, last.stderr], [2, `seedbed: ${out} exists: give another --out, or remove it\n`]);
  });
});

test("--limit stops at its last article: damage behind it is not met", async () => {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/dump.xml`, xml.subarray(0, xml.length >> 1));
    const text = new TextDecoder().decode(xml.subarray(0, xml.length >> 1));
    const whole = text.split("</page>").length - 1;
    for (const [limit, expected] of [
      [whole, 0],
      [whole + 1, 1],
    ] as const) {
      const out = `${folder}/${limit}.jsonl`;
      const { code, stderr } = await toFile(`${folder}/dump.xml`, out, "--limit", `${limit}`);
      assert.equal(code, expected, stderr);
      assert.equal(idsIn(out).length, whole);
    }
  });
});

test("a truncated dump fills a store with what comes before, and --resume goes on with the whole one", async () => {
  await withTempFolder(async (folder) => {
    const dump = `${folder}/dump.xml`;
    const small = dumpOf(articlePages(30));
    writeFileSync(dump, small.slice(0, small.length >> 1));
    await withEngram({}, async (double) => {
      const flags = ["wikipedia", "--dump", dump, "--endpoint", double.url, "--checkpoint", `${folder}/checkpoint`];
      const { code, stderr } = await cli.run(...flags);
      assert.equal(code, 1);
      assert.match(stderr, /^seedbed: Cannot read .*: what came before is stored: --resume goes on\n$/);
      assert.equal(double.memories.size, 14);
      writeFileSync(dump, small);
      const second = await cli.run(...flags, "--resume");
      assert.deepEqual([second.code, second.stderr], [0, ""]);
      assert.match(second.stdout, /\nIngested: {6}16, and 14 by an earlier run\n/);
      assert.equal(double.memories.size, 30);
    });
  });
});

test("a dump that breaks before its first article makes no file", async () => {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/dump.bz2`, fixture("pages.xml.bz2").subarray(0, 500));
    const { code, stderr } = await toFile(`${folder}/dump.bz2`, `${folder}/memories.jsonl`);
    assert.equal(code, 1);
    assert.match(stderr, /^seedbed: Cannot read .*\(stream 1, block 1, from byte \d+ on\): nothing is written\n$/);
    assert.deepEqual(readdirSync(folder), ["dump.bz2"]);
  });
});

test("what is no dump is refused in one line, and leaves nothing", async () => {
  await withTempFolder(async (folder) => {
    mkdirSync(`${folder}/folder`);
    const files: [name: string, content: string | Uint8Array, says: RegExp][] = [
      ["empty", "", /the file is empty/],
      ["text", "Dear aunt,\n", /Expected a MediaWiki export, found no XML/],
      ["page.html", "<html><body>404</body></html>", /Expected a MediaWiki export.*found <html>/],
      ["zeros", new Uint8Array(5000), /Expected a MediaWiki export/],
      ["latin1", new Uint8Array([0x3c, 0xe4, 0xf6, 0xfc]), /no UTF-8/],
      ["text.gz", gzipSync("Dear aunt,\n"), /Expected a MediaWiki export/],
    ];
    for (const [name, content] of files) writeFileSync(`${folder}/${name}`, content);
    const names = readdirSync(folder);
    const places: [string, RegExp][] = [
      ...files.map(([name, , says]): [string, RegExp] => [`${folder}/${name}`, says]),
      [`${folder}/missing.xml`, /no such file or folder/],
      [`${folder}/folder`, /it is a folder/],
      ["ftp://localhost/dump.xml", /expected a file, http/],
      ["http://127.0.0.1:1/dump.xml", /refused/],
    ];
    await inParallel(places, async ([place, says]) => {
      const { code, stdout, stderr } = await toFile(
        place,
        `${folder}/${places.findIndex(([other]) => other === place)}.jsonl`,
      );
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, new RegExp(`^seedbed: Cannot read [^\\n]*${says.source}[^\\n]*\\n$`));
    });
    assert.deepEqual(readdirSync(folder), names);
  });
});

test("a download that breaks goes on where it broke", async () => {
  await withTempFolder(async (folder) => {
    let requests = 0;
    await withServer(
      (request, response, number) => {
        requests = number + 1;
        const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
        const rest = xml.subarray(from);
        const range = from > 0 ? { "content-range": `bytes ${from}-${xml.length - 1}/${xml.length}` } : {};
        response.writeHead(from > 0 ? 206 : 200, { etag: '"1"', "content-length": rest.length, ...range });
        if (number < 2) response.write(rest.subarray(0, 30_000), () => response.destroy());
        else response.end(rest);
      },
      async (url) => {
        const { code, stderr } = await toFile(url, `${folder}/memories.jsonl`);
        assert.deepEqual([code, stderr, requests], [0, "", 3]);
        assert.equal(idsIn(`${folder}/memories.jsonl`).length, 300);
      },
    );
  });
});

test("a download that cannot go on keeps what came before", async () => {
  await withTempFolder(async (folder) => {
    await withServer(
      (_request, response) => {
        response.writeHead(200, { "content-length": xml.length }); // no ETag: nobody can say whether it is the same file
        response.write(xml.subarray(0, 50_000), () => setTimeout(() => response.destroy(), 100)); // when it has arrived
      },
      async (url) => {
        const { code, stderr } = await toFile(url, `${folder}/memories.jsonl`);
        assert.equal(code, 1);
        assert.match(
          stderr,
          /^seedbed: The download of http:\S+ broke at byte 50000: .*: what came before is written\n$/,
        );
        const ids = idsIn(`${folder}/memories.jsonl`);
        assert.ok(ids.length > 50 && ids.every((id, at) => id === at + 1), `${ids.length}`);
      },
    );
  });
});

test("a page of another kind at a URL is refused, and its status told; no password is shown or kept", async () => {
  await withTempFolder(async (folder) => {
    await withServer(
      (_request, response, number) => {
        response.writeHead(number === 0 ? 404 : 200);
        response.end(number === 0 ? "none" : "<html></html>");
      },
      async (url) => {
        const secret = url.replace("//", "//me:secret@");
        const missing = await toFile(secret, `${folder}/memories.jsonl`);
        assert.deepEqual(
          [missing.code, missing.stderr],
          [2, `seedbed: Cannot read ${url}: the server answered 404 Not Found\n`],
        );
        const other = await toFile(secret, `${folder}/memories.jsonl`);
        assert.equal(other.code, 2);
        assert.match(other.stderr, /found <html>/);
        assert.doesNotMatch(missing.stderr + other.stderr, /secret/);
      },
    );
    assert.deepEqual(readdirSync(folder), []);
  });
});
