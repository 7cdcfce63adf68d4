import { readFileSync, writeFileSync } from "node:fs";
import { canonicalJson, type Json } from "../../src/data/recipe.ts";
import { sha256, sha256OfPath } from "./sums.ts";

/** A manifest with nothing fixed, so that tests can break it. */
export interface LooseManifest {
  recipe: Record<string, unknown>;
  recipe_sha256: string;
  files: Record<string, unknown>[];
  [key: string]: unknown;
}

/** Changes the bytes of a file in place. */
export function editBytes(path: string, edit: (bytes: Uint8Array) => Uint8Array | void): void {
  const bytes = new Uint8Array(readFileSync(path));
  writeFileSync(path, edit(bytes) ?? bytes);
}

/** Changes the manifest of a folder in place. */
export function editManifest(folder: string, edit: (manifest: LooseManifest) => void, name = "dataset.json"): void {
  const manifest = JSON.parse(readFileSync(`${folder}/${name}`, "utf8")) as LooseManifest;
  edit(manifest);
  writeFileSync(`${folder}/${name}`, JSON.stringify(manifest));
}

/** Changes the recipe and makes its hash agree, as a careful forger would. */
export function forgeRecipe(folder: string, change: Record<string, unknown>, name?: string): void {
  const forge = (manifest: LooseManifest) => {
    Object.assign(manifest.recipe, change);
    manifest.recipe_sha256 = sha256(canonicalJson(manifest.recipe as Json));
  };
  editManifest(folder, forge, name);
}

/** Makes the sizes and sums of the manifest agree with the files. */
export function forgeSums(folder: string, name?: string): void {
  const forge = ({ files }: LooseManifest) => {
    for (const file of files) {
      const path = `${folder}/${String(file["path"])}`;
      Object.assign(file, { bytes: readFileSync(path).length, sha256: sha256OfPath(path) });
    }
  };
  editManifest(folder, forge, name);
}
