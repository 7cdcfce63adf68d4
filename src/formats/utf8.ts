import { joinBytes } from "./bytes.ts";

/** What could be read of a text, and at which byte of the whole it stops being UTF-8, if it does. */
export interface DecodedText {
  readonly text: string;
  readonly brokenAt?: number;
}

/** Reads UTF-8 piece by piece, characters across their borders too; a byte order mark at the begin is left out. */
export function utf8Reader(): { read(bytes: Uint8Array): DecodedText; end(): DecodedText } {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let position = 0;
  let begun: Uint8Array = new Uint8Array(0); // of a character whose end is still to come
  return {
    read(bytes) {
      try {
        const text = decoder.decode(bytes, { stream: true });
        begun = unfinished(bytes.length < 3 ? joinBytes([begun, bytes]) : bytes).slice();
        position += bytes.length;
        return { text };
      } catch {
        const all = joinBytes([begun, bytes]);
        const length = validLength(all);
        return { text: decodeStart(all.subarray(0, length)), brokenAt: position - begun.length + length };
      }
    },
    end() {
      try {
        return { text: decoder.decode() };
      } catch {
        return { text: "", brokenAt: position - begun.length };
      }
    },
  };
}

/** The bytes at the end that begin a character without ending it. */
function unfinished(bytes: Uint8Array): Uint8Array {
  for (let count = 1; count <= Math.min(3, bytes.length); count++) {
    const byte = bytes[bytes.length - count]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return bytes.subarray(count < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? -count : bytes.length);
  }
  return bytes.subarray(bytes.length);
}

/** How many bytes can be read before those that are no UTF-8; there are such. */
function validLength(bytes: Uint8Array): number {
  let [low, high] = [0, bytes.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    try {
      decodeStart(bytes.subarray(0, middle));
      low = middle;
    } catch {
      high = middle;
    }
  }
  return low;
}

function decodeStart(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
}
