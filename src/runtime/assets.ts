import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The bytes of a file of an installed package, such as `package/folder/file.ttf`. Throws where it is not installed. */
export function readPackageFile(specifier: string): Uint8Array {
  return readFileSync(createRequire(import.meta.url).resolve(specifier));
}
