import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { bytesOf, type TypedArray } from "../../src/data/dtype.ts";

/** SHA-256 of the parts one after the other, lower-case hexadecimal; by the runtime's own means, not by the product's. */
export function sha256(...parts: readonly (TypedArray | string)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(typeof part === "string" ? part : bytesOf(part));
  return hash.digest("hex");
}

export function sha256OfPath(path: string): string {
  return sha256(new Uint8Array(readFileSync(path)));
}
