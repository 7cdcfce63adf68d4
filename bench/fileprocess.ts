// Serves one file of so many random bytes, and prints where it is and its SHA-256.
import { createHash, randomFillSync } from "node:crypto";
import process from "node:process";
import { startStorage } from "../test/doubles/fileserver.ts";

const bytes = new Uint8Array(Number(process.argv[2]));
const PIECE = 2 ** 30; // the most that is filled at once
for (let at = 0; at < bytes.length; at += PIECE) randomFillSync(bytes, at, Math.min(PIECE, bytes.length - at));
const { url } = await startStorage(new Map([["/texts.jsonl", { bytes, etag: '"1"' }]]), {}, "127.0.0.1");
console.log(`${url}/texts.jsonl ${createHash("sha256").update(bytes).digest("hex")}`);
