import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The folder of real data beside the project, or the one that SEEDBED_SHARED names; a user's clone has none. */
const sharedFolder = process.env["SEEDBED_SHARED"] ?? fileURLToPath(new URL("../../../shared", import.meta.url));

/** 206 real pages of the English Wikipedia. */
export const wikipediaSample = `${sharedFolder}/data/wikipedia/enwiki-sample.xml.bz2`;

/** Why a test cannot read that file; false where it can. */
export function missingShared(path: string): string | false {
  return !existsSync(path) && "the shared data is not beside the project: SEEDBED_SHARED names its folder";
}
