import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { canonicalJson } from "../../src/data/recipe.ts";
import { verify } from "../../src/index.ts";
import { hashRecipe, readManifest } from "../../src/pipeline/manifest.ts";
import { writeVectors } from "../support/dataset.ts";
import { editManifest, forgeRecipe, type LooseManifest } from "../support/tamper.ts";
import { withTempFolder } from "../support/temp.ts";

const isOneClearLine = (error: unknown) => {
  assert.ok(error instanceof InputError, String(error));
  assert.match(error.message, /^[^\n]+$/);
  return true;
};

async function refusesAfter(damage: (folder: string) => void, what: string): Promise<void> {
  await withTempFolder(async (folder) => {
    await writeVectors(folder, { rows: 20, dim: 2 });
    damage(folder);
    await assert.rejects(verify(folder), isOneClearLine, what);
  });
}

test("a folder without a manifest is no finished dataset", async () => {
  await refusesAfter((folder) => rmSync(`${folder}/dataset.json`), "removed");
});

test("a manifest that is no manifest is refused", async () => {
  for (const text of ["", "{", "null", "[]", "{}", "7", '"text"', '{"recipe":{}}', "\ufeff", "\0\0\0"]) {
    await refusesAfter((folder) => writeFileSync(`${folder}/dataset.json`, text), text);
  }
});

const edits: Record<string, (manifest: LooseManifest) => void> = {
  "no recipe": (m) => void delete (m as Partial<LooseManifest>).recipe,
  "a recipe that is null": (m) => void (m.recipe = null as never),
  "no hash": (m) => void delete (m as Partial<LooseManifest>).recipe_sha256,
  "no files": (m) => void delete (m as Partial<LooseManifest>).files,
  "files that are no list": (m) => void (m.files = {} as never),
  "a file that is null": (m) => void m.files.push(null as never),
  "a path that leaves the folder": (m) => void (m.files[0]!["path"] = "../vectors.npy"),
  "a path that leaves a folder": (m) => void (m.files[0]!["path"] = "a/../../vectors.npy"),
  "a path to a folder": (m) => void (m.files[0]!["path"] = "a/.."),
  "an empty path": (m) => void (m.files[0]!["path"] = ""),
  "an absolute path": (m) => void (m.files[0]!["path"] = "/etc/passwd"),
  "a path of Windows": (m) => void (m.files[0]!["path"] = "..\\vectors.npy"),
  "a size that is no number": (m) => void (m.files[0]!["bytes"] = "8"),
  "a sum that is no text": (m) => void (m.files[0]!["sha256"] = 8),
};
for (const [what, edit] of Object.entries(edits)) {
  test(`a manifest with ${what} is refused`, () => refusesAfter((folder) => editManifest(folder, edit), what));
}

/** Values that mean the same as none at all. */
function isDefault(key: string, value: unknown): boolean {
  if (key === "compress" && !value) return true;
  return value === null && ["seed", "distribution", "format", "range"].includes(key);
}

test("a forged recipe is refused or its faults are found, whatever is forged", async () => {
  const values = [
    true,
    -1,
    0,
    1.5,
    1e300,
    "",
    "x",
    [],
    [null],
    [1],
    [[1]],
    {},
    { name: "A" },
    [{}],
    [{ name: 5, share: 1 }],
    [{ name: null, share: 1 }],
  ];
  const wrong: string[] = [];
  await withTempFolder(async (folder) => {
    await writeVectors(folder, { rows: 20, dim: 2 });
    const { recipe } = readManifest(folder)!;
    for (const key of ["kind", "rows", "dim", "seed", "distribution", "classes", "range", "format", "compress"]) {
      for (const value of [null, ...values]) {
        if (isDefault(key, value)) continue;
        forgeRecipe(folder, { ...recipe, [key]: value });
        const outcome = await verify(folder).then(
          ({ faults }) => faults.join("; "),
          (error: unknown) => error,
        );
        const isFound = outcome instanceof InputError || (typeof outcome === "string" && outcome !== "");
        if (!isFound) wrong.push(`${key}: ${JSON.stringify(value)} gives ${String(outcome) || "no fault"}`);
      }
    }
  });
  assert.deepEqual(wrong, []);
});

test("the hash of a recipe does not depend on the order of its keys", () => {
  assert.equal(hashRecipe({ a: 1, b: [{ c: "x", d: null }] }), hashRecipe({ b: [{ d: null, c: "x" }], a: 1 }));
  assert.equal(canonicalJson({ b: 1, a: [true, "ü\n", { z: 1, Z: 2 }] }), '{"a":[true,"ü\\n",{"Z":2,"z":1}],"b":1}');
  assert.notEqual(hashRecipe({ a: 1 }), hashRecipe({ a: "1" }));
  assert.throws(() => canonicalJson(NaN), /NaN/);
});
