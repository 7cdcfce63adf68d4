import { createHash, type Hash } from "node:crypto";

/** How a server tells what its bytes are; `git` is the SHA-1 of a blob, which has its length before the bytes. */
export type ChecksumKind = "sha256" | "md5" | "git";

/** Checksums of bytes as they come, lower-case hexadecimal. */
export interface Checksums {
  update(bytes: Uint8Array): void;
  /** Of the bytes so far; more may follow. */
  digest(kind: ChecksumKind): string;
}

/** SHA-256, and the kinds that are asked for; `byteLength` of all that will come, which `git` needs. */
export function createChecksums(kinds: readonly ChecksumKind[], byteLength: number | undefined): Checksums {
  const hashes = new Map<ChecksumKind, Hash>([["sha256", createHash("sha256")]]);
  if (kinds.includes("md5")) hashes.set("md5", createHash("md5"));
  if (kinds.includes("git")) hashes.set("git", createHash("sha1").update(`blob ${byteLength}\0`));
  return {
    update(bytes) {
      for (const hash of hashes.values()) hash.update(bytes);
    },
    digest: (kind) => hashes.get(kind)!.copy().digest("hex"),
  };
}
