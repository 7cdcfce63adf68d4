import { Buffer } from "node:buffer";

/** Decodes base64 into `out`, which it may not fill; returns how many bytes it wrote. Characters of no base64 are passed over. */
export function decodeBase64Into(out: Uint8Array, text: string): number {
  return Buffer.from(out.buffer, out.byteOffset, out.byteLength).write(text, "base64");
}

/** The text whose characters are these bytes. */
export function latin1Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
