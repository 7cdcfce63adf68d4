// The store's own rate: sends the lines of a file as they are, all of them in memory before the clock starts, and looks at
// no answer. `node rawsender.mjs FILE URL CONNECTIONS http|sockets [TOKEN]` prints {"per_second"}.
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import process from "node:process";

const NEWLINE = 10;

/** Sends one body after the other over a connection of its own, until none is left. */
type Line = (next: () => Buffer | undefined) => Promise<void>;

/** By Node's client, as a program for one store would. */
function overHttp({ hostname, port, pathname: path }: URL, given: Record<string, string>): Line {
  return async (next) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = (body: Buffer): Promise<void> =>
      new Promise((resolve, reject) => {
        const headers = { ...given, "content-length": body.length };
        const options = { agent, hostname, port, path, method: "POST", headers };
        const sent = request(options, (answer) => answer.resume().on("end", resolve));
        sent.on("error", reject).end(body);
      });
    for (let body = next(); body; body = next()) await send(body);
    agent.destroy();
  };
}

/** Whole requests as bytes, written to a socket: there is no cheaper client. */
function overSockets({ hostname, port }: URL): Line {
  return (next) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      const go = (): void => {
        const whole = next();
        if (whole) socket.write(whole);
        else socket.end(resolve);
      };
      let text = "";
      socket.on("connect", go).on("error", reject);
      socket.on("data", (bytes: Buffer) => {
        text += bytes.toString("latin1");
        const headEnd = text.indexOf("\r\n\r\n");
        if (headEnd < 0 || text.length < headEnd + 4 + Number(/\ncontent-length: (\d+)/i.exec(text)![1])) return;
        text = "";
        go();
      });
    });
}

function withHead(body: Buffer, { host, pathname }: URL, given: Record<string, string>): Buffer {
  const lines = [`POST ${pathname} HTTP/1.1`, `host: ${host}`];
  for (const [name, value] of Object.entries(given)) lines.push(`${name}: ${value}`);
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\ncontent-length: ${body.length}\r\n\r\n`), body]);
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, at);
    lines.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return lines;
}

type Args = [file: string, endpoint: string, connections: string, way: "http" | "sockets", token?: string];
const [file, endpoint, connections, way, token] = process.argv.slice(2) as Args;
const given = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
const url = new URL(endpoint);
const lines = linesOf(readFileSync(file));
const bodies = way === "http" ? lines : lines.map((body) => withHead(body, url, given));
const line = way === "http" ? overHttp(url, given) : overSockets(url);
const began = performance.now();
const left = bodies.values();
const next = () => left.next().value;
await Promise.all(Array.from({ length: Number(connections) }, () => line(next)));
console.log(JSON.stringify({ per_second: (bodies.length * 1000) / (performance.now() - began) }));
