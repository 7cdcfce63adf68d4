import type { ByteStream } from "../data/bytestream.ts";
import { InputError } from "../data/errors.ts";
import { reasonOf } from "./failure.ts";
import { openFile } from "./files.ts";
import { openDownload, type ByteStreamOptions } from "./download.ts";
import { isUrl, urlOf, withoutPassword } from "./url.ts";

export type { ByteStreamOptions } from "./download.ts";

const READ_BYTES = 1 << 18;

/**
 * Opens a local file or an http(s) URL. A download that breaks is resumed where it broke, as long as the server says that
 * it is still the same. Throws `InputError` when it cannot be opened; reading throws `BrokenStream` where a download cannot
 * be resumed, and the signal's reason when it was aborted.
 */
export async function openByteStream(place: string, options: ByteStreamOptions = {}): Promise<ByteStream> {
  options.signal?.throwIfAborted();
  return isUrl(place) ? openDownload(urlOf(place), options) : openLocal(place, options);
}

async function openLocal(path: string, { signal, onBytes }: ByteStreamOptions): Promise<ByteStream> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path))
    throw new InputError(`Cannot read ${withoutPassword(path)}: expected a file, http:// or https://`);
  const file = await openFile(path);
  let position = 0;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      while (position < file.byteLength) {
        signal?.throwIfAborted();
        const bytes = await readPiece(Math.min(READ_BYTES, file.byteLength - position));
        position += bytes.length;
        onBytes?.(bytes.length);
        yield bytes;
      }
    } finally {
      await file.close();
    }
  }
  const readPiece = async (length: number): Promise<Uint8Array> => {
    try {
      return await file.read(position, length);
    } catch (cause) {
      throw cause instanceof InputError ? cause : new Error(`Cannot read ${path}: ${reasonOf(cause)}`, { cause });
    }
  };
  const generator = pieces();
  return {
    byteLength: file.byteLength,
    get position() {
      return position;
    },
    [Symbol.asyncIterator]: () => generator,
    async close() {
      await generator.return(undefined);
      await file.close(); // a generator that was not begun has no end; closing twice does no harm
    },
  };
}
