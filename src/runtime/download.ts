import type { ByteStream } from "../data/bytestream.ts";
import { BrokenStream, InputError } from "../data/errors.ts";
import { ConnectionLost, get, nameOf, wordsOf, type Answer } from "./request.ts";
import { sleep } from "./sleep.ts";

export interface ByteStreamOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told the length of each piece. */
  readonly onBytes?: ((count: number) => void) | undefined;
  /** Before the first of the attempts to go on with a download; then twice as long each time. */
  readonly pauseMs?: number | undefined;
}

const ATTEMPTS = 6; // without a byte between them
const PAUSE_MS = 500;

/** What says whether two answers are of the same file. */
interface Validator {
  readonly etag: string | undefined;
  readonly modified: string | undefined;
}

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
  const validator = validatorOf(answer);
  const byteLength = lengthOf(answer);

  /** Asks for what is left; returns how many bytes of the answer were seen already. */
  const resume = async (): Promise<number> => {
    const condition = validator.etag?.startsWith('"') ? validator.etag : validator.modified;
    if (condition === undefined) throw cannotResume("the server does not say whether it is still the same file");
    answer = await ask({ range: `bytes=${position}-`, "if-range": condition }, cannotResume);
    const isWhole = answer.statusCode === 200;
    const reason =
      isWhole || answer.statusCode === 206
        ? changeOf(answer, isWhole)
        : answer.statusCode === 416
          ? CHANGED
          : statusWords(answer);
    if (reason === undefined) return isWhole ? position : 0;
    answer.destroy();
    throw cannotResume(reason);
  };
  const changeOf = (again: Answer, isWhole: boolean): string | undefined => {
    const { etag, modified } = validatorOf(again);
    const isSame =
      validator.etag !== undefined && etag !== undefined ? etag === validator.etag : modified === validator.modified;
    // An answer of 206 may leave out Last-Modified: it says by itself that the condition held.
    if (!isSame && (isWhole || etag !== undefined || modified !== undefined)) return CHANGED;
    const [from, total] = isWhole ? [0, lengthOf(again)] : rangeOf(again);
    if (!isWhole && from !== position) return `the server sent another part than asked for`;
    return byteLength !== undefined && total !== undefined && total !== byteLength ? CHANGED : undefined;
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
    const abort = () => answer.destroy();
    signal?.addEventListener("abort", abort, { once: true });
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
      return wordsOf(error);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    signal?.throwIfAborted();
    if (byteLength !== undefined && position > byteLength) throw cannotResume("it is longer than the server said");
    return skip > 0 || (byteLength !== undefined && position < byteLength) || !answer.complete
      ? "the connection was lost"
      : undefined;
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

const CHANGED = "the file on the server has changed meanwhile";

function validatorOf({ headers }: Answer): Validator {
  return { etag: headers.etag, modified: headers["last-modified"] };
}

function lengthOf({ headers }: Answer): number | undefined {
  const length = Number(headers["content-length"] ?? Number.NaN);
  return Number.isSafeInteger(length) ? length : undefined;
}

/** The first byte of the part and the length of the whole. */
function rangeOf({ headers }: Answer): [from: number | undefined, total: number | undefined] {
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? [];
  return [
    from === undefined ? undefined : Number(from),
    total === undefined || total === "*" ? undefined : Number(total),
  ];
}

/** Whether the same request may succeed later. */
function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** Whether a connection that never came about never will. */
function isFinal(cause: unknown): boolean {
  const code = (cause as { code?: string } | undefined)?.code ?? "";
  return ["ENOTFOUND", "ECONNREFUSED"].includes(code) || code.startsWith("ERR_TLS") || code.includes("CERT");
}

function statusWords({ statusCode, statusMessage }: Answer): string {
  return `the server answered ${statusCode}${statusMessage ? ` ${statusMessage}` : ""}`;
}
