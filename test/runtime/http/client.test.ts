import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ConnectionLost } from "../../../src/runtime/connection.ts";
import { openHttp, type HttpClient, type HttpOptions, type HttpRequest } from "../../../src/runtime/http/client.ts";
import { soon } from "../../support/soon.ts";

interface Served {
  readonly http: HttpClient;
  /** How many connections there were. */
  connections(): number;
}

/** Runs `use` with a client of that server. */
async function withClient(
  server: Server,
  use: (served: Served) => Promise<void>,
  options: Partial<HttpOptions> = {},
): Promise<void> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const http = openHttp(origin, { silenceMs: 10_000, maxAnswerBytes: 1 << 20, ...options });
  try {
    await soon(use({ http, connections: () => sockets.size }));
  } finally {
    http.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** A server that answers with what it was asked. */
const echo = (delayMs = 0): Server =>
  createHttpServer(async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    if (delayMs > 0) await pause(delayMs);
    const { method, url, headers } = request;
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
  });

/** A server that does with each connection's n-th piece as told. */
const raw = (answer: (socket: Socket, piece: number) => void): Server =>
  createServer((socket) => {
    let piece = 0;
    socket.on("error", () => {}).on("data", () => answer(socket, piece++));
  });

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const GET: HttpRequest = { method: "GET", path: "/" };
const post = (body: Uint8Array | string): HttpRequest => ({ method: "POST", path: "/", body });
const lost = (kind: ConnectionLost["kind"]) => (error: unknown) =>
  error instanceof ConnectionLost && error.kind === kind ? true : assert.fail(String(error));

test("a server gets the method, path, headers and body as they were given", () =>
  withClient(echo(), async ({ http }) => {
    const send = async (request: HttpRequest) => JSON.parse((await http.send(request)).text) as Record<string, unknown>;
    const got = await send({
      method: "POST",
      path: "/a%20b?c=d&e=%22",
      headers: { "x-a": "1", b: "ü" },
      body: "größer",
    });
    const { host, ...headers } = got["headers"] as Record<string, string>;
    assert.match(host!, /^127\.0\.0\.1:\d+$/);
    assert.deepEqual(headers, { "x-a": "1", b: "ü", "content-length": "8" });
    assert.deepEqual([got["method"], got["url"], got["body"]], ["POST", "/a%20b?c=d&e=%22", "größer"]);
    const none = await send(GET);
    assert.deepEqual([none["method"], none["body"], Object.keys(none["headers"] as object)], ["GET", "", ["host"]]);
    for (const length of [1, 65_000, 65_536, 65_537, 500_000]) {
      const body = Buffer.alloc(length, "abcdefg");
      assert.equal((await send(post(body)))["body"], body.toString());
    }
  }));

test("a connection is used again, and as many are opened as are under way at once", () =>
  withClient(echo(5), async ({ http, connections }) => {
    for (let i = 0; i < 5; i++) await http.send(GET);
    assert.equal(connections(), 1);
    for (let i = 0; i < 3; i++) {
      const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => http.send(post(`${i} ${at}`))));
      answers.forEach(({ text }, at) => assert.equal((JSON.parse(text) as { body: string }).body, `${i} ${at}`));
    }
    assert.equal(connections(), 20);
  }));

test("a connection that the server is about to end, or ended, is not used again", async () => {
  for (const header of ["connection: close", "keep-alive: timeout=1"]) {
    const server = raw((socket) => socket.write(`HTTP/1.1 200 OK\r\n${header}\r\ncontent-length: 2\r\n\r\nok`));
    await withClient(server, async ({ http, connections }) => {
      for (let i = 0; i < 3; i++) assert.equal((await http.send(GET)).text, "ok");
      assert.equal(connections(), 3);
    });
  }
  const hangsUp = raw((socket) => socket.end(OK));
  await withClient(hangsUp, async ({ http, connections }) => {
    for (let i = 0; i < 3; i++) {
      assert.equal((await http.send(GET)).text, "ok");
      await pause(50);
    }
    assert.equal(connections(), 3);
  });
});

test("words without a question are no answer to the next one", () => {
  const server = raw((socket, piece) => {
    socket.write(OK);
    if (piece === 0) setTimeout(() => socket.write(OK.replaceAll("ok", "no")), 20);
  });
  return withClient(server, async ({ http, connections }) => {
    assert.equal((await http.send(GET)).text, "ok");
    await pause(100);
    assert.equal((await http.send(GET)).text, "ok");
    assert.equal(connections(), 2);
  });
});

test("an answer to half a request is an answer, on a connection that is used no more", () => {
  const server = raw((socket) => {
    socket.pause().write("HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno");
  });
  return withClient(server, async ({ http, connections }) => {
    const body = Buffer.alloc(32 << 20);
    for (let i = 0; i < 2; i++) {
      const { status, text } = await http.send(post(body));
      assert.deepEqual([status, text], [413, "no"]);
    }
    assert.equal(connections(), 2);
  });
});

const losses: [what: string, server: () => Server, kind: ConnectionLost["kind"]][] = [
  ["an end instead of an answer", () => raw((socket) => socket.end()), "lost"],
  ["a cut instead of an answer", () => raw((socket) => socket.resetAndDestroy()), "lost"],
  ["an end in the middle of it", () => raw((socket) => socket.end(OK.slice(0, -1))), "lost"],
  ["silence", () => raw(() => {}), "silent"],
  ["silence in the middle of it", () => raw((socket) => socket.write(OK.slice(0, -1))), "silent"],
  ["another protocol", () => raw((socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n")), "no-http"],
];

for (const [what, server, kind] of losses) {
  test(`${what} is a loss: ${kind}`, () =>
    withClient(
      server(),
      async ({ http, connections }) => {
        await assert.rejects(http.send(GET), lost(kind));
        await assert.rejects(http.send(post("body")), lost(kind));
        assert.equal(connections(), 2);
      },
      { silenceMs: 100 },
    ));
}

test("a server that says a little now and then is waited for", () => {
  const server = raw((socket) => {
    let sent = 0;
    const timer = setInterval(() => {
      socket.write(OK.slice(sent, ++sent));
      if (sent === OK.length) clearInterval(timer);
    }, 15);
  });
  return withClient(server, async ({ http }) => assert.equal((await http.send(GET)).text, "ok"), { silenceMs: 200 });
});

test("a server that takes a long request slowly is waited for", () => {
  let taken = 0;
  const server = raw((socket) => {
    socket.pause();
    setTimeout(() => socket.resume(), 5);
  });
  server.on("connection", (socket: Socket) =>
    socket.on("data", (bytes) => {
      taken += bytes.length;
      if (taken > LONG) socket.write(OK);
    }),
  );
  const LONG = 48 << 20;
  return withClient(server, async ({ http }) => assert.equal((await http.send(post(Buffer.alloc(LONG)))).text, "ok"), {
    silenceMs: 1000,
  });
});

test("an abort ends what is under way, for its reason, and all that comes after", () => {
  const controller = new AbortController();
  return withClient(
    raw(() => {}),
    async ({ http, connections }) => {
      const underWay = [http.send(GET), http.send(GET)];
      setTimeout(() => controller.abort(new Error("enough")), 50);
      for (const each of underWay) await assert.rejects(each, /^Error: enough$/);
      await assert.rejects(http.send(GET), /^Error: enough$/);
      assert.equal(connections(), 2);
    },
    { signal: controller.signal },
  );
});

test("a client that is closed ends what is under way, and says so", () =>
  withClient(
    raw(() => {}),
    async ({ http }) => {
      const underWay = http.send(GET);
      setTimeout(() => http.close(), 50);
      await assert.rejects(underWay, /was closed by this program$/);
      await assert.rejects(http.send(GET), /the client is closed$/);
    },
  ));

test("what would break out of a header is not sent", () =>
  withClient(echo(), async ({ http, connections }) => {
    const bad: Partial<HttpRequest>[] = [
      { path: "/ HTTP/1.1\r\nx: y" },
      { path: "/ a" },
      { path: "/ü" },
      { headers: { "x-a": "1\r\nx-b: 2" } },
      { headers: { "x-a": "1\n" } },
      { headers: { "x-a": "€" } },
      { headers: { "x a": "1" } },
      { headers: { "": "1" } },
    ];
    for (const part of bad) await assert.rejects(http.send({ ...GET, ...part }), /is not allowed$/);
    assert.equal(connections(), 0);
  }));

test("an abort of one request ends it alone, with its connection", () =>
  withClient(echo(200), async ({ http, connections }) => {
    const controller = new AbortController();
    const ended = http.send({ ...post("one"), signal: controller.signal });
    const other = http.send(post("two"));
    setTimeout(() => controller.abort(new Error("enough")), 50);
    await assert.rejects(ended, /^Error: enough$/);
    await assert.rejects(http.send({ ...GET, signal: controller.signal }), /^Error: enough$/);
    assert.match((await other).text, /"body":"two"/);
    assert.match((await http.send(post("three"))).text, /"body":"three"/);
    assert.equal(connections(), 2);
  }));

test("a long body is in the room that was given for it", () =>
  withClient(echo(), async ({ http }) => {
    const asked: number[] = [];
    const whole = new Uint8Array(1 << 20);
    const room = (byteLength: number) => {
      asked.push(byteLength);
      return whole;
    };
    const body = "x".repeat(500_000);
    const answer = await http.send({ ...post(body), room });
    assert.ok(answer.text.includes(body));
    assert.deepEqual(asked, [answer.body.length]);
    assert.equal(answer.body.buffer, whole.buffer);
  }));

test("where nothing listens the connection is refused", async () => {
  const server = echo();
  let origin: URL | undefined;
  await withClient(server, async () => {
    origin = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  const http = openHttp(origin!, { silenceMs: 1000, maxAnswerBytes: 1000 });
  await assert.rejects(soon(http.send(GET)), lost("refused"));
  http.close();
});
