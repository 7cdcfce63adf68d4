import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { clearTimeout, setTimeout } from "node:timers";
import { ConnectionLost, lossOfService } from "../connection.ts";
import { createAnswerReader, type AnswerReader, type ReadAnswer, type Room } from "./answer.ts";

/** A connection that takes one request at a time. */
export interface Connection {
  /** Whether it can take a request: it has none, and the server is not about to hang up. */
  isReady(): boolean;
  /** Sends a request; its whole answer. Throws `ConnectionLost`, or the reason of `end`; after that it is of no use. */
  send(head: string, body: Uint8Array | string | undefined, room?: Room): Promise<ReadAnswer>;
  /** Ends it; a request under way fails for that reason. */
  end(reason: unknown): void;
}

export interface ConnectionLimits {
  /** How long a server may say nothing. */
  readonly silenceMs: number;
  readonly maxAnswerBytes: number;
}

interface Exchange {
  readonly reader: AnswerReader;
  resolve(answer: ReadAnswer): void;
  reject(reason: unknown): void;
}

const MAX_COPIED_BYTES = 1 << 16;
const SLICE_BYTES = 1 << 18;

/** Takes requests at once, while the socket is still being opened. */
export function createConnection(socket: Socket, { silenceMs, maxAnswerBytes }: ConnectionLimits): Connection {
  let underWay: Exchange | undefined;
  let hasEnded = false;
  let isSent = true; // what was written last
  let usableUntil = Infinity;
  let whole = Buffer.alloc(0); // a request, head and body: one write, and no buffer for each

  const end = (reason: unknown): void => {
    if (hasEnded) return;
    hasEnded = true;
    clearTimeout(silence);
    underWay?.reject(reason);
    underWay = undefined;
    socket.destroy();
  };
  const silence = setTimeout(
    () => end(new ConnectionLost("silent", `no word from it for ${silenceMs / 1000} s`)),
    silenceMs,
  );
  const take = (read: (reader: AnswerReader) => ReadAnswer | undefined): void => {
    if (!underWay) return end(lossOfService()); // words without a question
    let answer: ReadAnswer | undefined;
    try {
      answer = read(underWay.reader);
    } catch (error) {
      return end(error);
    }
    if (!answer) return;
    underWay.resolve(answer);
    underWay = undefined;
    usableUntil = performance.now() + answer.keepMs;
    if (answer.keepMs === 0 || !isSent) end(undefined); // an answer to half a request: the server reads no further
  };
  socket.on("data", (bytes: Buffer) => {
    silence.refresh();
    take((reader) => reader.take(bytes));
  });
  socket.on("end", () => {
    if (underWay) take((reader) => reader.end());
    end(lossOfService());
  });
  socket.on("error", (error) => end(lossOfService(error)));
  socket.on("close", () => end(lossOfService()));

  /** The bytes of a request, the small ones in a buffer that is used again once they were answered. */
  const joined = (head: string, body: Uint8Array): Buffer => {
    const size = head.length + body.length;
    if (whole.length < size) whole = Buffer.allocUnsafe(size * 2);
    whole.write(head, "latin1");
    whole.set(body, head.length);
    return whole.subarray(0, size);
  };
  const onSent = (): void => void (isSent = true);
  /** Slice by slice, each when the one before was taken: a server that takes a long request slowly is not silent. */
  const writeFrom = (bytes: Uint8Array, from: number): void => {
    if (hasEnded) return;
    silence.refresh();
    const to = from + SLICE_BYTES;
    socket.write(bytes.subarray(from, to), to < bytes.length ? () => writeFrom(bytes, to) : onSent);
  };

  return {
    isReady: () => !hasEnded && !underWay && performance.now() < usableUntil,
    send(head, body = "", room) {
      return new Promise((resolve, reject) => {
        underWay = { reader: createAnswerReader(maxAnswerBytes, room), resolve, reject };
        silence.refresh();
        isSent = false;
        const bytes = typeof body === "string" ? Buffer.from(body) : body;
        if (bytes.length <= MAX_COPIED_BYTES) socket.write(joined(head, bytes), onSent);
        else socket.write(head, "latin1", () => writeFrom(bytes, 0));
      });
    },
    end,
  };
}
