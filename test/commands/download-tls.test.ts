import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { launcher, runToEnd } from "../support/cli.ts";
import { patternBytes, sumOf } from "../support/downloads.ts";
import { spawn } from "node:child_process";
import { withTempFolder } from "../support/temp.ts";
import { authority, withTls } from "../support/tls.ts";

test("a file comes over https whole, where the certificate is trusted, and not at all where it is not", () =>
  withTempFolder((folder) => {
    const bytes = patternBytes(5_000_003);
    return withTls(
      (request, response) => {
        const isProbe = request.headers.range === "bytes=0-0";
        response.setHeader("content-length", bytes.length);
        if (isProbe) response.write(bytes.subarray(0, 1));
        else response.end(bytes);
      },
      async (port) => {
        const run = (trust: Record<string, string>) => {
          const args = ["download", "--name", `https://localhost:${port}/a.csv`, "--root", folder, "--quiet"];
          const env = { ...process.env, ...trust };
          return runToEnd(spawn(process.execPath, [...launcher, ...args], { env, stdio: ["ignore", "pipe", "pipe"] }));
        };
        const refused = await run({});
        assert.equal(refused.code, 2, refused.stderr);
        assert.match(refused.stderr, /^seedbed: Cannot read https:[^\n]*certificate[^\n]*\n$/i);
        const { code, stderr } = await run({ NODE_EXTRA_CA_CERTS: authority, DENO_CERT: authority });
        assert.deepEqual([code, stderr], [0, ""]);
        const kept = readFileSync(`${folder}/datasets/raw/http/localhost-${port}__a.csv/default/a.csv`);
        assert.equal(sumOf(kept), sumOf(bytes));
      },
    );
  }));
