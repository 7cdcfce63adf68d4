import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { readTextIfThere, sha256 } from "./files.ts";

const MAX_DEPTH = 4;

/** The commit that this program was checked out from; null where it was installed as a package, or cannot be told. */
export function gitRevision(): string | null {
  const head = ownText(".git/HEAD")?.trim();
  const ref = /^ref: (\S+)$/.exec(head ?? "")?.[1];
  const sum = ref === undefined ? head : (ownText(`.git/${ref}`)?.trim() ?? packedRef(ref));
  return sum !== undefined && /^[\da-f]{40,64}$/.test(sum) ? sum : null;
}

/** SHA-256 of the file that pins what this program depends on; null where it is not there. */
export function lockHash(): string | null {
  const text = ownText("package-lock.json");
  return text === undefined ? null : sha256(text);
}

function packedRef(ref: string): string | undefined {
  return ownText(".git/packed-refs")
    ?.split("\n")
    .find((line) => line.endsWith(` ${ref}`))
    ?.split(" ")[0];
}

/** A file of the folder that this program's package.json is in. */
function ownText(name: string): string | undefined {
  try {
    let folder = dirname(fileURLToPath(import.meta.url));
    for (let depth = 0; depth < MAX_DEPTH; depth++, folder = dirname(folder)) {
      if (readTextIfThere(`${folder}/package.json`) !== undefined) return readTextIfThere(`${folder}/${name}`);
    }
  } catch {
    // Deno may not allow it to be read.
  }
  return undefined;
}
