import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { withEngram } from "../doubles/withengram.ts";
import { buildCli } from "../support/built.ts";
import { memoryLines, writeLines } from "../support/ingest.ts";
import { withServer } from "../support/server.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const nobody = "http://127.0.0.1:1";

test("flags that are not as asked are refused in one line that says what is allowed", async () => {
  await withTempFolder(async (folder) => {
    const input = `${folder}/m.jsonl`;
    writeLines(input, memoryLines(0, 3));
    writeFileSync(`${folder}/text.jsonl`, '{"content":"no vector"}\n');
    writeFileSync(`${folder}/empty.jsonl`, "");
    mkdirSync(`${folder}/folder`);
    const refusals: [flags: string[], says: RegExp][] = [
      [[], /Required option '--input <path>' not specified/],
      [
        ["--input", input],
        /Give --to engram, pgvector, chroma, or --endpoint for an Engram such as http:\/\/localhost:7432/,
      ],
      [["--input", input, "--to", "milvus"], /.*milvus.*Allowed choices are engram, pgvector, chroma\./],
      [["--input", input, "--to", "pgvector", "--space", "x"], /--space is not of pgvector: give --table/],
      [["--input", input, "--to", "chroma", "--table", "x"], /--table is not of Chroma: give --collection/],
      [
        ["--input", input, "--to", "chroma", "--index", "ivfflat"],
        /Index ivfflat is not allowed for Chroma: give hnsw/,
      ],
      [
        ["--input", input, "--to", "engram", "--index", "hnsw"],
        /Index hnsw is not allowed for Engram: leave --index out/,
      ],
      [["--input", input, "--to", "engram", "--create"], /--create says nothing to Engram: leave it out/],
      [["--input", input, "--to", "pgvector", "--metric", "ip"], /--metric says nothing without an index/],
      [["--input", input, "--to", "engram", "--metric", "ip"], /--metric says nothing to Engram: leave it out/],
      [
        ["--input", input, "--endpoint", nobody, "--concurrent", "0"],
        /Concurrent "0" is not allowed: give a whole number from 1 to 256/,
      ],
      [["--input", input, "--endpoint", nobody, "--batch-size", "x"], /Batch size "x" is not allowed/],
      [
        ["--input", input, "--endpoint", nobody, "--retries", "-1"],
        /Retries "-1" is not allowed: give a whole number from 0 to 1000/,
      ],
      [["--input", input, "--endpoint", nobody, "--space", "a b"], /Memory space "a b": expected 3 to 64 characters/],
      [
        ["--input", input, "--endpoint", "localhost:7432"],
        /Endpoint "localhost:7432": localhost: is not http: or https:/,
      ],
      [["--input", input, "--endpoint", "http://u:secret@h"], /Endpoint: a name or password does not belong there/],
      [
        ["--input", input, "--endpoint", nobody, "--metadata", `${folder}/x`],
        /.*Metadata "\S+x" are not allowed beside JSON lines/,
      ],
      [["--input", `${folder}/none`, "--endpoint", nobody], /Cannot read \S+none: no such file or folder/],
      [["--input", `${folder}/folder`, "--endpoint", nobody], /\S+folder has no vectors: expected one of vectors\.npy/],
      [["--input", `${folder}/text.jsonl`, "--endpoint", nobody], /\S+text\.jsonl: Cannot find vectors: none is in it/],
      [["--input", `${folder}/empty.jsonl`, "--endpoint", nobody], /\S+empty\.jsonl: It is empty/],
      [
        ["--input", input, "--endpoint", nobody],
        /Cannot reach Engram at http:\/\/127\.0\.0\.1:1: nothing listens there; is Engram running\?/,
      ],
    ];
    const before = readdirSync(folder);
    for (const [flags, says] of refusals) {
      const { code, stdout, stderr } = await cli.run("ingest", "--quiet", ...flags);
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, new RegExp(`^seedbed: ${says.source}[^\\n]*\\n$`));
      assert.doesNotMatch(stderr, /secret/);
    }
    assert.deepEqual(readdirSync(folder), before);
  });
});

test("vectors of another dimension than Engram's are refused before anything is sent", async () => {
  await withTempFolder((folder) =>
    withEngram({}, async (double) => {
      assert.equal((await cli.run("vectors", "--size", "20", "--dim", "5", "--out", folder)).code, 0);
      const { code, stderr } = await cli.run("ingest", "--input", `${folder}/20`, "--endpoint", double.url);
      assert.deepEqual([code, stderr], [2, "seedbed: Vectors of 5 values are not allowed: Engram takes 768\n"]);
      assert.equal(double.counters.requests, 0);
      assert.deepEqual(readdirSync(folder), ["20"]);
    }),
  );
});

test("another server, a wrong token and an unhealthy Engram are told", async () => {
  await withTempFolder(async (folder) => {
    const input = `${folder}/m.jsonl`;
    writeLines(input, memoryLines(0, 3));
    const load = (url: string, ...flags: string[]) =>
      cli.run("ingest", "--input", input, "--quiet", "--retries", "1", "--endpoint", url, ...flags);
    await withServer(
      (_, response) => response.end("<html>"),
      async (url) => {
        const { code, stderr } = await load(new URL(url).origin);
        assert.equal(code, 2);
        assert.match(
          stderr,
          /^seedbed: http:\S+ does not answer as an Engram does: expected a JSON object, got "<html>"/,
        );
      },
    );
    await withEngram({ token: "right" }, async ({ url, memories }) => {
      const { code, stderr } = await load(url, "--token", "wrong");
      assert.equal(code, 2);
      assert.match(
        stderr,
        /^seedbed: Engram at \S+ does not let this program in: UNAUTHORIZED: .*; check the token\n$/,
      );
      assert.equal((await load(url, "--token", "right")).code, 0);
      assert.equal(memories.size, 3);
    });
    await withEngram({ faults: { health: "degraded" } }, async ({ url }) => {
      const { stdout } = await cli.run("ingest", "--input", input, "--endpoint", url);
      assert.match(stdout, /: Engram 0\.1\.0, degraded: it may refuse or lose memories$/m);
    });
  });
});

test("files where a ledger is to be that are none are left alone", async () => {
  await withTempFolder((folder) =>
    withEngram({}, async (double) => {
      const input = `${folder}/m.jsonl`;
      writeLines(input, memoryLines(0, 3));
      mkdirSync(`${folder}/mine`);
      writeFileSync(`${folder}/mine/ledger.jsonl`, "dear diary\n");
      const { code, stderr } = await cli.run(
        ...["ingest", "--input", input, "--endpoint", double.url, "--ledger", `${folder}/mine`],
      );
      assert.equal(code, 2);
      assert.match(stderr, /^seedbed: \S+mine\/ledger\.jsonl is no checkpoint of this program/);
      assert.deepEqual(readdirSync(`${folder}/mine`), ["ledger.jsonl"]);
      mkdirSync(`${folder}/other`);
      writeFileSync(`${folder}/other/failures.jsonl`, "of somebody\n");
      const other = await cli.run(
        ...["ingest", "--input", input, "--endpoint", double.url, "--ledger", `${folder}/other`],
      );
      assert.equal(other.code, 2);
      assert.match(other.stderr, /^seedbed: \S+other\/failures\.jsonl is there without a ledger: move it away/);
      assert.deepEqual(readdirSync(`${folder}/other`), ["failures.jsonl"]);
    }),
  );
});
