import type { ByteStream } from "../data/bytestream.ts";
import { BrokenStream, InputError } from "../data/errors.ts";
import { onAbort } from "./abort.ts";
import { ConnectionLost, LOST, lossOfUrl } from "./connection.ts";
import { codeOf } from "./failure.ts";
import { get, type Answer } from "./get.ts";
import { CHANGED, changeOf, versionOf } from "./samefile.ts";
import { sleep } from "./sleep.ts";
import { nameOf } from "./url.ts";

export interface ByteStreamOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told the length of each piece. */
  readonly onBytes?: ((count: number) => void) | undefined;
  /** Before the first of the attempts to go on with a download; then twice as long each time. */
  readonly pauseMs?: number | undefined;
}

const ATTEMPTS = 6; // without a byte between them
const PAUSE_MS = 500;

/** Opens a download that survives lost connections: see `openByteStream`. */
export async function openDownload(url: URL, options: ByteStreamOptions): Promise<ByteStream> {
  const { signal, onBytes, pauseMs = PAUSE_MS } = options;
  const name = nameOf(url);
  let position = 0;
  let attempts = 0;

  /** Waits before another attempt, or throws `lost` when there were enough. */
  const waitOr = async (lost: Error): Promise<void> => {
    if (++attempts >= ATTEMPTS) throw lost;
    await sleep(pauseMs * 2 ** (attempts - 1), signal);
  };
  const ask = async (
    headers: Record<string, string>,
    fail: (reason: string, cause?: unknown) => Error,
  ): Promise<Answer> => {
    for (;;) {
      let reason: string;
      let cause: unknown;
      try {
        const answer = await get(url, headers, signal);
        if (!isPassing(answer.statusCode)) return answer;
        answer.destroy();
        reason = statusWords(answer);
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        if (position === 0 && isFinal(error.cause)) throw fail(error.message, error);
        [reason, cause] = [error.message, error];
      }
      await waitOr(fail(reason, cause));
    }
  };
  const cannotOpen = (reason: string, cause?: unknown) => new InputError(`Cannot read ${name}: ${reason}`, { cause });
  const cannotResume = (reason: string, cause?: unknown) =>
    new BrokenStream(`The download of ${name} broke at byte ${position}: ${reason}`, { cause });

  let answer = await ask({}, cannotOpen);
  if (answer.statusCode !== 200) {
    answer.destroy();
    throw cannotOpen(statusWords(answer));
  }
  const version = versionOf(answer);
  const { etag, modified, byteLength } = version;

  /** Asks for what is left; returns how many bytes of the answer were seen already. */
  const resume = async (): Promise<number> => {
    const condition = etag?.startsWith('"') ? etag : modified;
    if (condition === undefined) throw cannotResume("the server does not say whether it is still the same file");
    answer = await ask({ range: `bytes=${position}-`, "if-range": condition }, cannotResume);
    const isWhole = answer.statusCode === 200;
    const reason =
      isWhole || answer.statusCode === 206
        ? changeOf(version, answer, isWhole ? undefined : position)
        : answer.statusCode === 416
          ? CHANGED
          : statusWords(answer);
    if (reason === undefined) return isWhole ? position : 0;
    answer.destroy();
    throw cannotResume(reason);
  };

  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      for (let skip = 0; ;) {
        const lost = yield* readAnswer(skip);
        if (lost === undefined) return;
        answer.destroy();
        signal?.throwIfAborted();
        await waitOr(cannotResume(lost));
        skip = await resume();
      }
    } finally {
      answer.destroy();
    }
  }
  /** The bytes of the answer behind the first `skip`; returns why they ended too early, if they did. */
  async function* readAnswer(skip: number): AsyncGenerator<Uint8Array, string | undefined> {
    const release = onAbort(signal, () => answer.destroy());
    try {
      for await (const piece of answer as AsyncIterable<Uint8Array>) {
        signal?.throwIfAborted();
        const bytes = piece.subarray(Math.min(skip, piece.length));
        skip -= piece.length - bytes.length;
        if (bytes.length === 0) continue;
        position += bytes.length;
        attempts = 0;
        onBytes?.(bytes.length);
        yield bytes;
      }
    } catch (error) {
      signal?.throwIfAborted();
      return lossOfUrl(error as Error).message;
    } finally {
      release();
    }
    signal?.throwIfAborted();
    if (byteLength !== undefined && position > byteLength) throw cannotResume("it is longer than the server said");
    return skip > 0 || (byteLength !== undefined && position < byteLength) || !answer.complete ? LOST : undefined;
  }

  const generator = pieces();
  return {
    byteLength,
    get position() {
      return position;
    },
    [Symbol.asyncIterator]: () => generator,
    async close() {
      answer.destroy();
      await generator.return(undefined);
    },
  };
}

/** Whether the same request may succeed later. */
function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** Whether a connection that never came about never will. */
function isFinal(cause: unknown): boolean {
  const code = codeOf(cause) ?? "";
  return ["ENOTFOUND", "ECONNREFUSED"].includes(code) || code.startsWith("ERR_TLS") || code.includes("CERT");
}

function statusWords({ statusCode, statusMessage }: Answer): string {
  return `the server answered ${statusCode}${statusMessage ? ` ${statusMessage}` : ""}`;
}
