import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createServer, type AddressInfo, type Socket } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { ConnectionLost } from "../../../src/runtime/connection.ts";
import { createAnswerReader, type ReadAnswer } from "../../../src/runtime/http/answer.ts";
import { rawRequest } from "../../doubles/rawhttp.ts";

const MAX = 1000;
const bytesOf = (...lines: string[]): Buffer => Buffer.from(lines.join("\r\n"));

interface Taken {
  readonly answer: ReadAnswer | undefined;
  readonly error: unknown;
  /** How many bytes were taken before it was whole. */
  readonly taken: number;
}

/** Reads an answer in pieces of `step` bytes, and then the connection's end. */
function read(bytes: Buffer, step: number, maxBytes = MAX): Taken {
  const reader = createAnswerReader(maxBytes);
  let taken = 0;
  try {
    while (taken < bytes.length) {
      const piece = bytes.subarray(taken, taken + step);
      taken += piece.length;
      const answer = reader.take(piece);
      if (answer) return { answer, error: undefined, taken };
    }
    return { answer: reader.end(), error: undefined, taken };
  } catch (error) {
    return { answer: undefined, error, taken };
  }
}

const LONG = 2 ** 31;
type Told = Pick<ReadAnswer, "status" | "text" | "keepMs"> & { readonly retryAfter: string | undefined };
const good: [what: string, bytes: Buffer, answer: Told][] = [
  [
    "a length",
    bytesOf("HTTP/1.1 201 Created", "Content-Type: text/plain", "Content-Length: 7", "", "größe"),
    { status: 201, retryAfter: undefined, text: "größe", keepMs: LONG },
  ],
  [
    "nothing",
    bytesOf("HTTP/1.1 200 OK", "content-length:0", "", ""),
    { status: 200, retryAfter: undefined, text: "", keepMs: LONG },
  ],
  [
    "no word for the status",
    bytesOf("HTTP/1.1 299", "content-length: 1", "", "a"),
    { status: 299, retryAfter: undefined, text: "a", keepMs: LONG },
  ],
  [
    "chunks",
    bytesOf(
      "HTTP/1.1 200 OK",
      "Transfer-Encoding: Chunked",
      "",
      "5",
      "hello",
      "00A;why=not",
      ", world\r\n!",
      "0",
      "",
      "",
    ),
    { status: 200, retryAfter: undefined, text: "hello, world\r\n!", keepMs: LONG },
  ],
  [
    "chunks and trailers",
    bytesOf("HTTP/1.1 200 OK", "transfer-encoding: chunked", "", "1", "a", "0", "x: y", "z:", "", ""),
    { status: 200, retryAfter: undefined, text: "a", keepMs: LONG },
  ],
  [
    "interim answers before it",
    bytesOf(
      "HTTP/1.1 100 Continue",
      "",
      "HTTP/1.1 103 Early Hints",
      "link: a",
      "",
      "HTTP/1.1 200 OK",
      "content-length: 2",
      "",
      "ab",
    ),
    { status: 200, retryAfter: undefined, text: "ab", keepMs: LONG },
  ],
  [
    "no body, although there is a length",
    bytesOf("HTTP/1.1 304 Not Modified", "content-length: 20", "", ""),
    { status: 304, retryAfter: undefined, text: "", keepMs: LONG },
  ],
  [
    "a wait, and a connection that ends",
    bytesOf("HTTP/1.1 429 Slow down", "Retry-After:  7 ", "Connection: Close", "content-length: 2", "", "no"),
    { status: 429, retryAfter: "7", text: "no", keepMs: 0 },
  ],
  [
    "a connection that is kept for a time",
    bytesOf(
      "HTTP/1.1 200 OK",
      "Connection: keep-alive",
      "Keep-Alive: timeout=5, max=100",
      "content-length: 2",
      "",
      "ok",
    ),
    { status: 200, retryAfter: undefined, text: "ok", keepMs: 4000 },
  ],
  [
    "a connection that is kept for no time",
    bytesOf("HTTP/1.1 200 OK", "keep-alive: timeout=1", "content-length: 2", "", "ok"),
    { status: 200, retryAfter: undefined, text: "ok", keepMs: 0 },
  ],
  [
    "an end instead of a length",
    bytesOf("HTTP/1.1 200 OK", "content-type: text/plain", "", "all\r\n\r\nof it"),
    { status: 200, retryAfter: undefined, text: "all\r\n\r\nof it", keepMs: 0 },
  ],
  [
    "an older server",
    bytesOf("HTTP/1.0 200 OK", "content-length: 2", "", "ok"),
    { status: 200, retryAfter: undefined, text: "ok", keepMs: 0 },
  ],
];

for (const [what, bytes, answer] of good) {
  test(`an answer with ${what}, whatever the pieces`, () => {
    for (let step = 1; step <= bytes.length; step++) {
      const { answer: got, ...rest } = read(bytes, step);
      assert.deepEqual(rest, { error: undefined, taken: bytes.length }, `pieces of ${step}`);
      const { status, text, keepMs, body, header } = got!;
      assert.deepEqual({ status, retryAfter: header("retry-after"), text, keepMs }, answer, `pieces of ${step}`);
      assert.deepEqual([...body], [...Buffer.from(answer.text)]);
    }
  });

  test(`Node's own client reads the same from an answer with ${what}`, async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {}).once("data", () => socket.end(bytes));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const got = await rawRequest(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      assert.deepEqual([got.status, got.text], [answer.status, answer.text]);
      assert.equal(got.headers["retry-after"], answer.retryAfter);
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  });
}

test("headers are found by their names, the first of several, and no others", () => {
  const bytes = bytesOf("HTTP/1.1 200 OK", "X-Rate:  5 ", "x-rate-limit: 7", "x-rate: 6", "content-length: 0", "", "");
  const { header } = read(bytes, bytes.length).answer!;
  assert.deepEqual(["x-rate", "x-rate-limit", "x-rat", "http/1.1 200 ok"].map(header), [
    ...["5", "7"],
    ...[undefined, undefined],
  ]);
});

test("a body of a stated length is in one place, and is cut where more comes", () => {
  const body = "a".repeat(100_000);
  const bytes = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}HTTP`);
  for (const step of [10, 4096, 65_536, 1e6]) {
    const { answer } = read(bytes, step, 1e6);
    assert.equal(answer!.text, body, `pieces of ${step}`);
  }
  assert.equal(read(bytes, 1e6, 1e6).answer!.keepMs, 0);
});

const bad: [what: string, bytes: Buffer, message: RegExp][] = [
  ["another protocol", bytesOf("SSH-2.0-OpenSSH_9.2", ""), /^it does not speak HTTP\/1\.1: "S/],
  ["binary bytes", Buffer.from("\x00\x01\x02\x03\x04\x05\x1b[2J", "latin1"), /: "\?/],
  ["another version", bytesOf("HTTP/2.0 200 OK", "", ""), /: "HTTP\/2\.0 200 OK"$/],
  ["no number for a status", bytesOf("HTTP/1.1 abc OK", "", ""), /"HTTP\/1\.1 abc OK"/],
  ["a header without a name", bytesOf("HTTP/1.1 200 OK", ": x", "", ""), /": x"/],
  [
    "a space before a colon",
    bytesOf("HTTP/1.1 200 OK", "transfer-encoding : chunked", "", ""),
    /"transfer-encoding : chunked"/,
  ],
  ["a header on two lines", bytesOf("HTTP/1.1 200 OK", "x: a", " b: c", "", ""), /" b: c"/],
  ["a zero byte in a header", bytesOf("HTTP/1.1 200 OK", "x: a\0b", "", ""), /"x: a\?b"/],
  ["a line that ends in a newline alone", bytesOf("HTTP/1.1 200 OK", "x: a\ny: b", "", ""), /"x: a\?y: b"/],
  ["a head of such lines", Buffer.from("HTTP/1.1 200 OK\ncontent-length: 2\n\nok"), /"HTTP\/1\.1 200 OK\?/],
  ["a few bytes of something else", Buffer.from("No"), /"N/],
  ["a status that is none", bytesOf("HTTP/1.1 099 What", "", ""), /"HTTP\/1\.1 099 What"/],
  ["another protocol that nobody asked for", bytesOf("HTTP/1.1 101 Switching Protocols", "", ""), /101/],
  [
    "trailers without end",
    bytesOf("HTTP/1.1 200 OK", "transfer-encoding: chunked", "", "0", "x: y\r\n".repeat(12_000)),
    /"endless lines"/,
  ],
  ["interim answers without end", bytesOf("HTTP/1.1 102 Wait\r\n\r\n".repeat(4000)), /"endless lines"/],
  ["a header without a colon", bytesOf("HTTP/1.1 200 OK", "content-length", "", ""), /"content-length"/],
  ["a length that is none", bytesOf("HTTP/1.1 200 OK", "content-length: -1", "", ""), /"content-length: -1"/],
  [
    "two lengths",
    bytesOf("HTTP/1.1 200 OK", "content-length: 1", "content-length: 2", "", "ab"),
    /"content-length: 2"/,
  ],
  [
    "a length and chunks",
    bytesOf("HTTP/1.1 200 OK", "content-length: 3", "transfer-encoding: chunked", "", ""),
    /"content-length: 3"/,
  ],
  ["a chunk of no size", bytesOf("HTTP/1.1 200 OK", "transfer-encoding: chunked", "", "x", ""), /"x"/],
  [
    "a chunk of another size",
    bytesOf("HTTP/1.1 200 OK", "transfer-encoding: chunked", "", "1", "abc", "0", "", ""),
    /"bc"/,
  ],
  [
    "a coding that is unknown",
    bytesOf("HTTP/1.1 200 OK", "transfer-encoding: gzip, chunked", "", ""),
    /"gzip, chunked"/,
  ],
  ["an endless line", bytesOf("HTTP/1.1 200 OK", "x".repeat(70_000)), /"(?:an endless line|endless lines)"/],
];

for (const [what, bytes, message] of bad) {
  test(`${what} is no answer`, () => {
    for (const step of [1, 7, bytes.length]) {
      const { answer, error } = read(bytes, step);
      assert.equal(answer, undefined);
      assert.ok(error instanceof ConnectionLost && error.kind === "no-http", String(error));
      assert.match(error.message, message);
    }
  });
}

test("an answer that is longer than asked for is not kept", () => {
  const long = "x".repeat(101);
  const tooLong = /^Cannot read an answer of more than 100 bytes: ask for smaller pages$/;
  for (const bytes of [
    bytesOf("HTTP/1.1 200 OK", "content-length: 101", "", long),
    bytesOf("HTTP/1.1 200 OK", "content-length: 101", "", ""),
    bytesOf("HTTP/1.1 200 OK", "transfer-encoding: chunked", "", "65", long, "0", "", ""),
    bytesOf("HTTP/1.1 200 OK", "", long),
  ]) {
    for (const step of [1, bytes.length]) {
      const { answer, error } = read(bytes, step, 100);
      assert.equal(answer, undefined);
      assert.match((error as Error).message, tooLong);
    }
    if (bytes.includes(long)) assert.equal(read(bytes, 1, 101).answer?.text, long);
  }
});

test("what comes after an answer ends the connection", () => {
  const bytes = bytesOf("HTTP/1.1 200 OK", "content-length: 3", "", "abcd");
  const { text, keepMs } = read(bytes, bytes.length).answer!;
  assert.deepEqual({ text, keepMs }, { text: "abc", keepMs: 0 });
});

test("an answer of many small chunks takes no more memory than its bytes", () => {
  const reader = createAnswerReader(1 << 22);
  const before = process.memoryUsage();
  reader.take(bytesOf("HTTP/1.1 200 OK", "transfer-encoding: chunked", "", ""));
  for (let i = 0; i < 200; i++) assert.equal(reader.take(Buffer.from("1\r\na\r\n".repeat(5000))), undefined);
  const { heapUsed } = process.memoryUsage();
  assert.ok(heapUsed - before.heapUsed < 60e6, `${heapUsed - before.heapUsed} bytes`);
  assert.equal(reader.take(bytesOf("0", "", ""))?.text, "a".repeat(1e6));
});

test("a size of a chunk may have zeros before it", () => {
  const bytes = bytesOf(
    "HTTP/1.1 200 OK",
    "transfer-encoding: chunked",
    "",
    "0000000000000002",
    "ok",
    "000000000000000",
    "",
    "",
  );
  assert.equal(read(bytes, 1).answer?.text, "ok");
});

test("an answer that ends early is none", () => {
  for (const bytes of [
    bytesOf("HTTP/1.1 200 OK", "content-length: 3", "", "abc"),
    bytesOf("HTTP/1.1 200 OK", "transfer-encoding: chunked", "", "3", "abc", "0", "", ""),
  ]) {
    for (let length = 0; length < bytes.length; length++) {
      assert.deepEqual(read(bytes.subarray(0, length), 5), { answer: undefined, error: undefined, taken: length });
    }
  }
});
