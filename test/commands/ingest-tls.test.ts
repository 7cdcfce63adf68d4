import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect, type AddressInfo, type Socket } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { createServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { withEngram } from "../doubles/withengram.ts";
import { launcher, runToEnd, type CliResult } from "../support/cli.ts";
import { assertHolds, memoryLines, writeLines } from "../support/ingest.ts";
import { withTempFolder } from "../support/temp.ts";

const pem = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));

/** Runs `use` with the port of what takes the encryption off for a server, as one before it would. */
async function withTls(url: string, use: (port: number) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer({ cert: readFileSync(pem("cert")), key: readFileSync(pem("key")) }, (incoming) => {
    const outgoing = connect(Number(new URL(url).port), "127.0.0.1");
    for (const socket of [incoming, outgoing]) sockets.add(socket.on("error", () => {}));
    incoming.pipe(outgoing).pipe(incoming);
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Runs the command line with the tests' authority trusted, or none but the usual ones. */
function run(args: readonly string[], isTrusted: boolean): Promise<CliResult> {
  const trust = isTrusted ? { NODE_EXTRA_CA_CERTS: pem("authority"), DENO_CERT: pem("authority") } : {};
  const env = { ...process.env, ...trust };
  return runToEnd(spawn(process.execPath, [...launcher, ...args], { env, stdio: ["ignore", "pipe", "pipe"] }));
}

test("memories are stored over https, by name and by number, where the certificate is trusted", () =>
  withTempFolder((folder) =>
    withEngram({}, (double) =>
      withTls(double.url, async (port) => {
        const load = (from: number, endpoint: string, isTrusted: boolean): Promise<CliResult> => {
          const input = `${folder}/${from}.jsonl`;
          writeLines(input, memoryLines(from, from + 100));
          return run(["ingest", "--input", input, "--endpoint", endpoint], isTrusted);
        };
        const refused = await load(0, `https://localhost:${port}`, false);
        assert.equal(refused.code, 2, refused.stderr);
        assert.match(refused.stderr, /^.*no encrypted connection is possible.*a certificate that is trusted here\?\n$/);
        assert.equal(double.memories.size, 0);
        for (const [from, host] of [
          [0, "localhost"],
          [100, "127.0.0.1"],
        ] as const) {
          const loaded = await load(from, `https://${host}:${port}`, true);
          assert.equal(loaded.code, 0, loaded.stderr);
        }
        assertHolds(
          double,
          Array.from({ length: 200 }, (_, i) => i),
        );
      }),
    ),
  ));
