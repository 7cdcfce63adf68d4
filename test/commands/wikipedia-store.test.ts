import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import process from "node:process";
import test from "node:test";
import type { EngramDouble, EngramDoubleOptions } from "../doubles/engram.ts";
import { withEngram } from "../doubles/withengram.ts";
import { buildCli } from "../support/built.ts";
import { runToEnd, type CliResult } from "../support/cli.ts";
import { articlePages, dumpOf } from "../support/dumps.ts";
import { withServer } from "../support/server.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const COUNT = 40;
const pages = articlePages(COUNT);

interface Store {
  readonly folder: string;
  readonly double: EngramDouble;
  run(...flags: string[]): Promise<CliResult>;
}

/** A dump, a store, and the command that brings the one into the other. */
async function withStore(
  options: EngramDoubleOptions,
  use: (store: Store) => Promise<void>,
  of = pages,
): Promise<void> {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/dump.xml`, dumpOf(of));
    await withEngram(options, (double) =>
      use({ folder, double, run: (...flags) => cli.run(...commandOf(folder, double.url), ...flags) }),
    );
  });
}

const commandOf = (folder: string, url: string) => [
  ...["wikipedia", "--dump", `${folder}/dump.xml`],
  ...["--endpoint", url, "--checkpoint", `${folder}/checkpoint.jsonl`],
];

test("a dump goes to a store, into the space that was named; what is stored stays noted", async () => {
  await withStore({}, async ({ folder, double, run }) => {
    const { code, stdout, stderr } = await run("--space", "wiki-1", "--concurrent", "3");
    assert.deepEqual([code, stderr], [0, ""]);
    const begin = `${double.url}: Engram 0.1.0, healthy\nTotal pages:   40\nIngested:      40\nFailed:        0\nSkipped:       0\n`;
    assert.ok(stdout.startsWith(begin), stdout);
    assert.doesNotMatch(stdout, /Warning/);
    assert.deepEqual([double.memories.size, double.space("wiki-1").memories.size], [0, COUNT]);
    const stored = double.space("wiki-1").memories.get("wikipedia-7")!;
    assert.deepEqual([stored.content, stored.hasEmbedding], [`Page 7\n\n${pages[6]!.text}`, true]);
    assert.deepEqual(readdirSync(folder), ["checkpoint.jsonl", "dump.xml"]);
    assert.ok(double.counters.connections <= 3 + 1);
  });
});

test("near copies that the store drops are told, and counted in --json", async () => {
  const copies = pages.map((page, at) => ({ ...page, text: at % 4 === 0 ? pages[0]!.text : page.text, title: "Same" }));
  await withStore(
    {},
    async ({ double, run }) => {
      const { code, stdout, stderr } = await run("--json");
      assert.equal(code, 0);
      assert.match(
        stderr,
        /\nWarning: 40 memories were accepted, but the store holds only 31 more: it drops what is nearly the same/,
      );
      assert.equal(double.memories.size, 31);
      const { ingested, store_grew_by: grew, target } = JSON.parse(stdout) as Record<string, unknown>;
      assert.deepEqual([ingested, grew, target], [40, 31, double.url]);
    },
    copies,
  );
});

test("texts without embeddings are refused: to a store they are copies of each other", async () => {
  await withStore({}, async ({ double, run }) => {
    const { code, stderr } = await run("--provider", "none");
    assert.equal(code, 2);
    assert.match(stderr, /^seedbed: Provider none needs --out: [^\n]+\n$/);
    assert.equal(double.memories.size, 0);
  });
});

for (const health of ["degraded", "unhealthy"] as const) {
  test(`a store that is ${health} is used, with a warning`, async () => {
    await withStore({ faults: { health } }, async ({ double, run }) => {
      const { code, stdout } = await run();
      assert.equal(code, 0);
      const words = `${double.url}: Engram 0.1.0, ${health}\nWarning: it says that it is ${health}, and may refuse or lose memories\n`;
      assert.ok(stdout.startsWith(words), stdout);
      assert.equal(double.memories.size, COUNT);
    });
  });
}

test("a store with every fault at once holds each article once", async () => {
  const faults = { afterStoring: 0.1, unavailable: 0.1, tooMany: 0.1, cutRequest: 0.05, cutAnswer: 0.05 };
  await withStore({ faults }, async ({ double, run }) => {
    const { code, stdout, stderr } = await run();
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /\nIngested: {6}40\nFailed: {8}0\n/);
    assert.equal(double.memories.size, COUNT);
  });
});

test("where nothing listens, one line says what to check", async () => {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/dump.xml`, dumpOf(pages));
    const { code, stdout, stderr } = await cli.run(...commandOf(folder, "http://127.0.0.1:1"));
    const words = "seedbed: Cannot reach Engram at http://127.0.0.1:1: nothing listens there; is Engram running? ";
    assert.deepEqual([code, stdout, stderr], [2, "", `${words}Check with: curl http://127.0.0.1:1/health\n`]);
    assert.deepEqual(readdirSync(folder), ["dump.xml"]);
  });
});

/** A store of which nothing is known but that it refuses some memories. */
function refusing(refused: () => ReadonlyMap<string, number>) {
  const stored = new Set<string>();
  const sent: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const say = (status: number, json: unknown) => response.writeHead(status).end(JSON.stringify(json));
      if (request.url!.endsWith("/health")) return say(200, { status: "healthy", version: "9" });
      const counts = { hot: stored.size, warm: 0, cold: 0, total: stored.size };
      if (request.method === "GET") return say(200, { memories: [], count: 0, tier_counts: counts });
      const { id } = JSON.parse(body) as { id: string };
      sent.push(id);
      const status = refused().get(id);
      if (status !== undefined) return response.writeHead(status).end(`No\n${id}`);
      stored.add(id);
      say(201, { memory_id: id });
    });
  };
  return { stored, sent, answer };
}

test("refused articles are listed with their reasons, exit code 1; --resume sends them again, and only them", async () => {
  let refused = new Map(pages.slice(5, 30).map(({ id }) => [`wikipedia-${id}`, id % 2 ? 413 : 400]));
  const { stored, sent, answer } = refusing(() => refused);
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/dump.xml`, dumpOf(pages));
    await withServer(answer, async (url) => {
      const endpoint = url.replace("/file", "");
      const first = await cli.run(...commandOf(folder, endpoint), "--json");
      assert.equal(first.code, 1);
      assert.match(first.stderr, /\nIngested: {6}15\nFailed: {8}25\n {2}wikipedia-\d+: .*(400|413).*\n/);
      assert.match(first.stderr, /\n {2}and 5 more; --json lists them all\n/);
      assert.match(first.stderr, /\nseedbed: 25 articles were refused: --resume tries again\n$/);
      const { failed, store_grew_by: grew } = JSON.parse(first.stdout) as {
        failed: { id: string }[];
        store_grew_by: number;
      };
      assert.deepEqual(failed.map(({ id }) => id).sort(), [...refused.keys()].sort());
      assert.equal(grew, 15);
      refused = new Map([...refused].slice(0, 1));
      sent.length = 0;
      const second = await cli.run(...commandOf(folder, endpoint), "--resume");
      assert.equal(second.code, 1);
      assert.match(second.stdout, /\nIngested: {6}24, and 15 by an earlier run\nFailed: {8}1\n {2}wikipedia-6: /);
      assert.match(second.stderr, /^seedbed: 1 article was refused: --resume tries again\n$/);
      assert.equal(sent.length, 25);
      refused = new Map();
      const third = await cli.run(...commandOf(folder, endpoint), "--resume");
      assert.deepEqual([third.code, sent.length, stored.size], [0, 26, COUNT]);
      assert.ok(readFileSync(`${folder}/checkpoint.jsonl`, "utf8").endsWith('\n{"finished":true}\n'));
    });
  });
});

test("a store that stops letting the program in ends the run at once, whatever else waits; it can be gone on with", async () => {
  const { stored, answer } = refusing(() => new Map());
  let late = 0;
  const guarded = (request: IncomingMessage, response: ServerResponse): void => {
    if (stored.size < 20) answer(request, response);
    else if (late++ === 0) response.writeHead(503, { "retry-after": "200" }).end();
    else response.writeHead(401).end();
  };
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/dump.xml`, dumpOf(pages));
    await withServer(guarded, async (url) => {
      const { code, stderr } = await cli.run(...commandOf(folder, url.replace("/file", "")), "--concurrent", "2");
      assert.equal(code, 2);
      assert.match(
        stderr,
        /^seedbed: Engram at .* does not let this program in.*; \d+ articles are stored; go on with --resume\n$/,
      );
      const noted = readFileSync(`${folder}/checkpoint.jsonl`, "utf8").split("\n").length - 2;
      assert.ok(stderr.includes(` ${noted} articles are stored`) && noted >= 18, stderr);
    });
  });
});

test("--resume with another endpoint or space is refused; by default the checkpoint is in this folder", async () => {
  await withStore({}, async ({ folder, double }) => {
    const isDeno = "deno" in process.versions;
    const start = isDeno ? ["run", "-A", "--no-prompt", cli.entry] : [cli.entry];
    const runThere = (...flags: string[]) =>
      runToEnd(
        spawn(process.execPath, [...start, "wikipedia", "--dump", "dump.xml", ...flags], {
          cwd: folder,
          stdio: ["ignore", "pipe", "pipe"],
        }),
      );
    const whole = readFileSync(`${folder}/dump.xml`, "utf8");
    writeFileSync(`${folder}/dump.xml`, whole.slice(0, whole.length >> 1));
    assert.equal((await runThere("--endpoint", double.url)).code, 1); // the dump breaks
    assert.deepEqual(readdirSync(folder).sort(), ["dump.xml", "dump.xml.checkpoint.jsonl"]);
    writeFileSync(`${folder}/dump.xml`, whole);
    const here = ["--endpoint", double.url];
    const other = double.url.replace("127.0.0.1", "localhost");
    const refusals: [string[], string][] = [
      [here, "an unfinished run: go on with --resume, or delete it to begin anew"],
      [["--endpoint", other, "--resume"], `a run with endpoint ${double.url}, not ${other}`],
      [[...here, "--space", "other", "--resume"], "a run with space none, not other"],
    ];
    for (const [flags, reason] of refusals) {
      const { code, stderr } = await runThere(...flags);
      assert.deepEqual([code, stderr], [2, `seedbed: dump.xml.checkpoint.jsonl is of ${reason}\n`]);
    }
    const last = await runThere("--endpoint", `${double.url}/`, "--resume");
    assert.deepEqual([last.code, last.stderr, double.memories.size], [0, "", COUNT]);
    assert.deepEqual(readdirSync(folder).sort(), ["dump.xml", "dump.xml.checkpoint.jsonl"]);
  });
});
