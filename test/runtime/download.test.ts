import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import test from "node:test";
import { BrokenStream, InputError } from "../../src/data/errors.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { openByteStream } from "../../src/runtime/bytestream.ts";
import { drain } from "../support/chunks.ts";
import { withServer } from "../support/server.ts";
import { soon } from "../support/soon.ts";

const FILE = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7919) >>> 8);
const TAG = { etag: '"v1"' };
const DATE = { "last-modified": "Wed, 01 Jan 2020 00:00:00 GMT" };

interface Manner {
  /** Bytes of each answer before the connection is cut; the last holds on. */
  readonly cuts: readonly number[];
  readonly headers?: Record<string, string>;
  readonly ignoresRanges?: boolean;
  /** What the file becomes after the first answer. */
  readonly later?: { headers?: Record<string, string>; file?: Uint8Array };
  readonly chunked?: boolean;
}

/** Sends FILE as a file server does, and breaks off. */
function server({ cuts, headers = TAG, ignoresRanges = false, later, chunked = false }: Manner) {
  return (request: IncomingMessage, response: ServerResponse, number: number) => {
    const file = number > 0 ? (later?.file ?? FILE) : FILE;
    const now: Record<string, string> = number > 0 ? (later?.headers ?? headers) : headers;
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
    const condition = request.headers["if-range"];
    const holds = condition !== undefined && [now["etag"], now["last-modified"]].includes(String(condition));
    const from = range && holds && !ignoresRanges ? Number(range[1]) : 0;
    const partial = from > 0 ? { "content-range": `bytes ${from}-${file.length - 1}/${file.length}` } : {};
    const length = chunked ? {} : { "content-length": String(file.length - from) };
    response.writeHead(from > 0 ? 206 : 200, { ...now, ...partial, ...length });
    const cut = cuts[Math.min(number, cuts.length - 1)]!;
    if (from + cut >= file.length) return void response.end(file.subarray(from));
    response.write(file.subarray(from, from + cut), () => setTimeout(() => response.destroy(), 20));
  };
}

const read = (manner: Manner | Parameters<typeof withServer>[0], signal?: AbortSignal) =>
  withServer(typeof manner === "function" ? manner : server(manner), async (url) => {
    let told = 0;
    const stream = await openByteStream(url, { pauseMs: 1, signal, onBytes: (count) => (told += count) });
    const { items, error } = await drain(stream);
    const bytes = joinBytes(items);
    assert.deepEqual([stream.position, told], [bytes.length, bytes.length]);
    assert.deepEqual(bytes, FILE.subarray(0, bytes.length));
    return { isWhole: bytes.length === FILE.length, bytes, error, byteLength: stream.byteLength };
  });

const WHOLE = FILE.length;

test("a download that holds is read once", async () => {
  const { isWhole, error, byteLength } = await read({ cuts: [WHOLE] });
  assert.deepEqual([isWhole, error, byteLength], [true, undefined, WHOLE]);
});

const resumed: [what: string, manner: Manner][] = [
  ["by its ETag", { cuts: [100_000, 70_000, 0, 0, 70_000, WHOLE] }],
  ["by its date", { cuts: [100_000, WHOLE], headers: DATE }],
  ["by its date where the ETag is weak", { cuts: [100_000, WHOLE], headers: { etag: 'W/"v1"', ...DATE } }],
  ["from the begin where ranges are ignored", { cuts: [100_000, 200_000, WHOLE], ignoresRanges: true }],
  ["without a length", { cuts: [100_000, 100_000, WHOLE], chunked: true }],
];
for (const [what, manner] of resumed) {
  test(`a lost connection is resumed ${what}`, async () => {
    const { isWhole, error } = await read(manner);
    assert.deepEqual([error, isWhole], [undefined, true]);
  });
}

const OTHER = FILE.map((byte) => byte ^ 1);
const broken: [what: string, manner: Manner, message: RegExp][] = [
  [
    "a changed ETag",
    { cuts: [100_000, WHOLE], later: { headers: { etag: '"v2"' }, file: OTHER } },
    /changed meanwhile$/,
  ],
  [
    "a changed date",
    { cuts: [100_000, WHOLE], headers: DATE, later: { headers: { "last-modified": "x" }, file: OTHER } },
    /changed meanwhile$/,
  ],
  ["a changed length", { cuts: [100_000, WHOLE], later: { file: FILE.subarray(0, 200_000) } }, /changed meanwhile$/],
  [
    "a changed file where ranges are ignored",
    { cuts: [100_000, WHOLE], ignoresRanges: true, later: { headers: { etag: '"v2"' }, file: OTHER } },
    /changed meanwhile$/,
  ],
  ["no word on what it is", { cuts: [100_000, WHOLE], headers: {} }, /does not say whether it is still the same file$/],
  [
    "a weak ETag alone",
    { cuts: [100_000, WHOLE], headers: { etag: 'W/"v1"' } },
    /does not say whether it is still the same file$/,
  ],
  ["a line that stays down", { cuts: [100_000, 0] }, /the connection was lost$/],
];
for (const [what, manner, message] of broken) {
  test(`a download ends with an error after what came: ${what}`, async () => {
    const { bytes, error } = await read(manner);
    assert.equal(bytes.length, 100_000);
    assert.ok(error instanceof BrokenStream, String(error));
    assert.match(error.message, /^The download of http:\/\/127\.0\.0\.1:\d+\/file broke at byte 100000: /);
    assert.match(error.message, message);
  });
}

test("an error of the server that passes is waited for, at the begin and later", async () => {
  const send = server({ cuts: [100_000, WHOLE] });
  let good = 0;
  const { isWhole, error } = await read((request, response, number) => {
    if ([0, 1, 3].includes(number)) response.writeHead(number === 1 ? 503 : 500).end("wait");
    else send(request, response, good++);
  });
  assert.deepEqual([error, isWhole], [undefined, true]);
});

test("what is not there is told at once, and what never comes after some attempts", async () => {
  for (const [status, attempts] of [
    [404, 1],
    [403, 1],
    [500, 6],
  ] as const) {
    let requests = 0;
    const opening = read((_request, response) => {
      requests++;
      response.writeHead(status).end();
    });
    await assert.rejects(opening, (error: Error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(
        error.message,
        new RegExp(`^Cannot read http://127.0.0.1:\\d+/file: the server answered ${status} [A-Z][\\w ]+$`),
      );
      return true;
    });
    assert.equal(requests, attempts);
  }
});

test("redirects are followed, but not for ever nor elsewhere", async () => {
  const send = server({ cuts: [WHOLE] });
  const { isWhole } = await read((request, response, number) => {
    if (number < 3) response.writeHead(302, { location: `/other${number}` }).end();
    else send(request, response, 0);
  });
  assert.ok(isWhole);
  const loop = read((_request, response) => void response.writeHead(301, { location: "/file" }).end());
  await assert.rejects(loop, /more than 10 redirects$/);
  const away = read((_request, response) => void response.writeHead(301, { location: "file:///etc/passwd" }).end());
  await assert.rejects(away, /redirects to something else than http and https$/);
});

test("no server, no host, no URL", async () => {
  const closed = await withServer(
    () => {},
    async (url) => url,
  );
  await assert.rejects(openByteStream(closed), /^InputError: Cannot read http:\/\/127.*: the connection was refused$/);
  await assert.rejects(
    openByteStream("http://user:secret@127.0.0.1:1/x"),
    (error: Error) => !error.message.includes("secret"),
  );
  await assert.rejects(openByteStream("http://"), /it is no URL$/);
});

test("an abort ends it at once, while it waits and while it reads", async () => {
  for (const cuts of [[100_000, 0], [200_000]]) {
    const controller = new AbortController();
    await withServer(server({ cuts }), async (url) => {
      const stream = await openByteStream(url, { pauseMs: 5_000, signal: controller.signal });
      let taken = 0;
      const reading = (async () => {
        for await (const bytes of stream) {
          taken += bytes.length;
          if (taken >= 100_000) setTimeout(() => controller.abort(new Error("enough")), 50);
        }
      })();
      await assert.rejects(reading, /^Error: enough$/);
    });
  }
});

const stalls: [when: string, respond: (response: ServerResponse) => void][] = [
  ["before its answer", () => {}],
  ["within its answer", (response) => void response.writeHead(200, TAG).write(FILE.subarray(0, 1000))],
];
for (const [when, respond] of stalls) {
  test(`an abort ends the waiting for a server that stalls ${when}`, async () => {
    const controller = new AbortController();
    const reading = read((_request, response) => {
      respond(response);
      setTimeout(() => controller.abort(new Error("enough")), 50);
    }, controller.signal);
    await assert.rejects(
      soon(
        reading.then(({ error }) => Promise.reject(error)),
        5_000,
      ),
      /^Error: enough$/,
    );
  });
}

test("another part than asked for is not taken", async () => {
  const { bytes, error } = await read((request, response, number) => {
    if (number === 0) return server({ cuts: [100_000] })(request, response, 0);
    const range = `bytes 5-${WHOLE - 1}/${WHOLE}`;
    response.writeHead(206, { ...TAG, "content-range": range }).end(FILE.subarray(5));
  });
  assert.equal(bytes.length, 100_000);
  assert.match(String(error), /the server sent another part than asked for$/);
});

test("giving up midway, or before the first byte, leaves nothing behind", async () => {
  await withServer(server({ cuts: [WHOLE] }), async (url) => {
    const unread = await openByteStream(url);
    await unread.close();
    const begun = await openByteStream(url);
    for await (const bytes of begun) {
      assert.ok(bytes.length > 0);
      break;
    }
    await begun.close();
  });
});
