import { Buffer } from "node:buffer";
import { ConnectionLost } from "../connection.ts";

// The server's half of HTTP/1.1 (RFC 9112), read in the pieces that arrive.

export interface HttpAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  /** The body as UTF-8. */
  readonly text: string;
  /** The first header of that name, which is in lower case. */
  header(name: string): string | undefined;
}

/** An answer that is whole, and what it says of its connection. */
export interface ReadAnswer extends HttpAnswer {
  /** How long the connection may be idle and used again; 0 where it ends with this answer. */
  readonly keepMs: number;
}

export interface AnswerReader {
  /**
   * Takes what came; returns the answer once it is whole. Throws `ConnectionLost` for what is no HTTP, and an `Error` for an
   * answer of more than `maxBytes`.
   */
  take(bytes: Buffer): ReadAnswer | undefined;
  /** The connection has ended: the answer, if that is its end. */
  end(): ReadAnswer | undefined;
}

/** What the lines before a body say. */
interface Head {
  readonly status: number;
  readonly keepMs: number;
  /** Bytes of the body, or what tells its end. */
  readonly body: number | "chunks" | "until-close";
  readonly lines: readonly string[];
}

type Stage = "head" | "body" | "chunk-size" | "chunk" | "chunk-end" | "trailers";

const EMPTY = Buffer.alloc(0);
const MAX_HEAD_BYTES = 1 << 16;
const OWN_BYTES = 1 << 12; // a piece of a body of that many bytes is kept as it came
const BLOCK_BYTES = 1 << 16;
const LINE_END = "\r\n";
/** A header, not folded (RFC 9112, 5). */
const FIELD = /^[!#$%&'*+.^_`|~\w-]+:[^\0\r\n]*$/;
const KEEPS_LONG = 2 ** 31; // where the server does not say when it hangs up
const MARGIN_MS = 1000; // before it does

/** Room for a body of that length; it may be longer. */
export type Room = (byteLength: number) => Uint8Array<ArrayBuffer>;

/** A reader of one answer. A body whose length is stated is read into `room`. */
export function createAnswerReader(maxBytes: number, room: Room = Buffer.allocUnsafe): AnswerReader {
  let stage: Stage = "head";
  let head: Head | undefined;
  let unread: Buffer = EMPTY; // what came of a line that is not whole
  let left = 0; // bytes, to the end of the body or chunk
  let size = 0;
  let came = 0;
  // Of the body: long pieces as they came, short ones together, or a million chunks would be a million objects.
  const parts: Buffer[] = [];
  let [block, filled] = [EMPTY, 0];

  const store = (bytes: Buffer): void => {
    size += bytes.length;
    if (size > maxBytes) throw tooLong(maxBytes);
    if (bytes.length >= OWN_BYTES && filled + bytes.length > block.length) {
      parts.push(block.subarray(0, filled), bytes);
      [block, filled] = [EMPTY, 0];
      return;
    }
    if (filled + bytes.length > block.length) {
      parts.push(block.subarray(0, filled));
      [block, filled] = [Buffer.allocUnsafe(BLOCK_BYTES), 0];
    }
    filled += bytes.copy(block, filled);
  };
  /** What stands before the next `end`, which is skipped; undefined, and all is kept, until it has come. */
  const before = (end: string): string | undefined => {
    const at = unread.indexOf(end, 0, "latin1");
    if ((at < 0 ? unread.length : at) > MAX_HEAD_BYTES) throw noHttp("an endless line");
    if (at < 0) return undefined;
    const text = unread.toString("latin1", 0, at);
    unread = unread.subarray(at + end.length);
    return text;
  };
  /** Whether all that was left has come. */
  const takeLeft = (): boolean => {
    const bytes = unread.length > left ? unread.subarray(0, left) : unread;
    if (bytes.length > 0) store(bytes);
    unread = unread.subarray(bytes.length);
    left -= bytes.length;
    return left === 0;
  };
  const whole = (): ReadAnswer => {
    const { status, keepMs, lines } = head!;
    parts.push(block.subarray(0, filled));
    const [first = EMPTY, ...others] = parts.filter(({ length }) => length > 0);
    const body = others.length === 0 ? first : Buffer.concat([first, ...others], size);
    let text: string | undefined;
    return {
      ...{ status, body },
      get text() {
        return (text ??= body.toString());
      },
      header: (name) => headerOf(lines, name),
      keepMs: unread.length > 0 ? 0 : keepMs, // what comes after an answer belongs to none
    };
  };
  /** One step on; the answer if it is whole, false where more must come. */
  const steps: Record<Stage, () => ReadAnswer | boolean> = {
    head() {
      const text = before("\r\n\r\n");
      if (text === undefined) {
        const begun = unread.toString("latin1", 0, 20);
        if (!begun.startsWith("HTTP/".slice(0, begun.length)) || unread.includes("\n\n")) throw noHttp(begun);
        return false;
      }
      const read = readHead(text);
      if (read.status < 200) return true; // an interim answer: the real one follows
      head = read;
      if (read.body === "chunks") stage = "chunk-size";
      else {
        stage = "body";
        left = read.body === "until-close" ? Infinity : read.body;
        if (read.body !== "until-close" && read.body > maxBytes) throw tooLong(maxBytes);
        if (left > unread.length && left < Infinity) block = bufferOf(room(left)); // all of it, in one place
      }
      return true;
    },
    body: () => takeLeft() && whole(),
    "chunk-size"() {
      const line = before(LINE_END);
      if (line === undefined) return false;
      const digits = /^0*([\da-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
      if (digits === undefined) throw noHttp(line);
      left = Number.parseInt(digits, 16);
      stage = left === 0 ? "trailers" : "chunk";
      return true;
    },
    chunk() {
      if (!takeLeft()) return false;
      stage = "chunk-end";
      return true;
    },
    "chunk-end"() {
      const line = before(LINE_END);
      if (line === undefined) return false;
      if (line !== "") throw noHttp(line);
      stage = "chunk-size";
      return true;
    },
    trailers() {
      const line = before(LINE_END);
      return line === undefined ? false : line === "" ? whole() : true;
    },
  };

  return {
    take(bytes) {
      came += bytes.length;
      if (came > 2 * maxBytes + MAX_HEAD_BYTES) throw noHttp("endless lines"); // interim answers, sizes of chunks, trailers
      unread = unread.length === 0 ? bytes : Buffer.concat([unread, bytes]);
      for (;;) {
        const outcome = steps[stage]();
        if (typeof outcome === "object") return outcome;
        if (!outcome) return undefined;
      }
    },
    end: () => (stage === "body" && head!.body === "until-close" ? whole() : undefined),
  };
}

function readHead(text: string): Head {
  const lines = text.split(LINE_END);
  const [, minor, code] = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/.exec(lines[0]!) ?? [];
  if (code === undefined || code === "101") throw noHttp(lines[0]!); // nobody asked for another protocol
  const status = Number(code);
  let length: string | undefined;
  let coding: string | undefined;
  let keepMs = minor === "1" ? KEEPS_LONG : 0;
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!;
    if (!FIELD.test(line)) throw noHttp(line);
    const colon = line.indexOf(":");
    const value = line.slice(colon + 1).trim();
    switch (line.slice(0, colon).toLowerCase()) {
      case "content-length":
        if (length !== undefined && length !== value) throw noHttp(line);
        length = value;
        break;
      case "transfer-encoding":
        coding = coding === undefined ? value : `${coding}, ${value}`;
        break;
      case "connection":
        if (/\bclose\b/i.test(value)) keepMs = 0;
        break;
      case "keep-alive": {
        const seconds = /\btimeout=(\d+)/i.exec(value)?.[1];
        if (seconds !== undefined) keepMs = Math.min(keepMs, Math.max(0, Number(seconds) * 1000 - MARGIN_MS));
        break;
      }
    }
  }
  const isLength = length === undefined || (/^\d{1,15}$/.test(length) && coding === undefined);
  if (!isLength) throw noHttp(`content-length: ${length}`);
  const hasNone = status === 204 || status === 304;
  const about = { status, lines };
  if (hasNone) return { ...about, keepMs, body: 0 };
  if (coding !== undefined) {
    if (/^chunked$/i.test(coding)) return { ...about, keepMs, body: "chunks" };
    throw new ConnectionLost("no-http", `it answers with the transfer coding "${coding}", for which it was not asked`);
  }
  if (length !== undefined) return { ...about, keepMs, body: Number(length) };
  return { ...about, keepMs: 0, body: "until-close" };
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): Buffer<ArrayBuffer> {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function headerOf(lines: readonly string[], name: string): string | undefined {
  const found = lines.find((line, at) => at > 0 && line.slice(0, name.length + 1).toLowerCase() === `${name}:`);
  return found?.slice(name.length + 1).trim();
}

function tooLong(maxBytes: number): Error {
  return new Error(`Cannot read an answer of more than ${maxBytes} bytes: ask for smaller pages`);
}

function noHttp(got: string): ConnectionLost {
  const shown = got.slice(0, 40).replace(/[^ -~]/g, "?");
  return new ConnectionLost("no-http", `it does not speak HTTP/1.1: "${shown}"`);
}
