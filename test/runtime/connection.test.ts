import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionLost, lossOfService, lossOfUrl } from "../../src/runtime/connection.ts";

const failure = (code: string | undefined, message = "in its own words\nand more", name = "Error") =>
  Object.assign(new Error(message), { name }, code === undefined ? {} : { code });

const LOST = "the connection was lost";
const UNTOLD = "in its own words";
const NO_TLS = "no encrypted connection is possible";
const twice = (words: string) => [words, words] as const;
const losses: [error: Error, kind: string, ofService: string, ofUrl: string][] = [
  [failure("ECONNREFUSED"), "refused", "nothing listens there", "the connection was refused"],
  [failure(undefined, "Connection refused"), "refused", "nothing listens there", "Connection refused"],
  [failure("ENOTFOUND"), "unknown-host", "no such host", "no such host"],
  [failure("EAI_AGAIN"), "unknown-host", "no such host", "the host's name could not be looked up"],
  [failure(undefined, "failed to lookup address"), "unknown-host", "no such host", "failed to lookup address"],
  [failure("EACCES"), "denied", ...twice("not permitted (Deno: see --allow-net)")],
  [
    failure(undefined, "run with --allow-sys", "NotCapable"),
    "denied",
    ...twice("not permitted (Deno: see --allow-sys)"),
  ],
  [failure("EPROTO"), "no-tls", `${NO_TLS} (EPROTO)`, UNTOLD],
  [failure(undefined, "invalid peer certificate"), "no-tls", `${NO_TLS} (invalid peer certificate)`, ""],
  [failure("ECONNRESET"), "lost", `${LOST} (ECONNRESET)`, LOST],
  [failure("EPIPE"), "lost", `${LOST} (EPIPE)`, LOST],
  [failure("ETIMEDOUT"), "lost", `${LOST} (ETIMEDOUT)`, "the connection timed out"],
  [failure("EHOSTUNREACH", ""), "lost", `${LOST} (EHOSTUNREACH)`, "EHOSTUNREACH"],
  [failure(undefined, ""), "lost", LOST, "the connection failed"],
];

for (const [error, kind, ofService, ofUrl] of losses) {
  test(`a lost connection in words: ${(error as { code?: string }).code ?? error.message}`, () => {
    const [service, url] = [lossOfService(error), lossOfUrl(error)];
    assert.deepEqual([service.kind, service.message, service.cause], [kind, ofService, error]);
    assert.deepEqual([url.kind, url.message, url.cause], [kind, ofUrl || error.message, error]);
  });
}

test("an answer that ends too early has no error, and a loss that has its words keeps them", () => {
  assert.deepEqual([lossOfService().kind, lossOfService().message], ["lost", LOST]);
  const silent = new ConnectionLost("silent", "the server is silent");
  assert.equal(lossOfUrl(silent), silent);
});
