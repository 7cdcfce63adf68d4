import assert from "node:assert/strict";
import type { Manifest } from "../../src/data/manifest.ts";
import { palettes, type PaletteName } from "../../src/data/palettes.ts";
import { resolveImages, splitCounts, type ImagesOptions } from "../../src/datasets/images.ts";
import { hashRecipe } from "../../src/pipeline/manifest.ts";
import { checkCorpus, type Check } from "../../src/report/checks.ts";
import type { Corpus } from "../../src/report/corpus.ts";
import type { SplitTally } from "../../src/report/tally.ts";

export const IMAGES = 3600;
const OBJECTS = 9000; // 2.5 an image
const PIXELS = 63_450; // 17.625 an image
const SHARES = { train: 0.5, val: 0.25, test: 0.25 };
const SPLITS = Object.keys(SHARES) as (keyof typeof SHARES)[];

const times = (counts: readonly number[], share: number) => counts.map((count) => count * share);

/** Counts of a split that are exactly what the law says; labels are one of four kinds. */
function perfect(name: keyof typeof SHARES, palette: PaletteName = "gray", size = 16): SplitTally {
  const share = SHARES[name];
  const labels = new Float64Array(256);
  for (const label of [1, 2, 3, 255]) labels[label] = (IMAGES / 4) * share;
  const values = new Float64Array(256);
  for (const value of palettes[palette].values) values[value] = (PIXELS / 9) * share;
  values[0] = (IMAGES * size * size - PIXELS) * share;
  return {
    name,
    rows: IMAGES * share,
    values,
    labels,
    objects: times([0, 900, 900, 900, 900], share),
    types: times([3600, 1800, 1800, 1800], share),
    colours: times([0, ...new Array<number>(9).fill(OBJECTS / 9)], share),
    blobSizes: [0, 0, ...new Array<number>(14).fill(share * 252)],
    wrongPixels: 0,
    wrongLabels: 0,
    copiesOf: Object.fromEntries(SPLITS.map((split) => [split, 0])),
  };
}

export type Tallies = Record<keyof typeof SHARES, SplitTally>;

export interface Case {
  readonly recipe?: Partial<ImagesOptions> | null;
  readonly duplicatesOneIn?: number;
  readonly wrongSums?: readonly string[] | null;
  /** What `metadata.json` says; default is what the recipe gives. */
  readonly expectedRows?: Record<string, number>;
  /** Whether the other parameters of `metadata.json` are those of the recipe. */
  readonly hasOwnHead?: boolean;
  readonly editManifest?: ((manifest: { recipe_sha256: string; files: Manifest["files"] }) => void) | undefined;
}

/** The checks, by name, of perfect counts that were edited; null for a recipe is a corpus of another program. */
export function checksOf(
  edit: (tallies: Tallies) => void,
  {
    recipe: options = {},
    duplicatesOneIn = 1,
    wrongSums = [],
    expectedRows,
    editManifest,
    hasOwnHead = true,
  }: Case = {},
): Record<string, Check> {
  const palette = options?.palette ?? "gray";
  const size = options?.gridSize ?? 16;
  const splits = SPLITS.map((name) => ({ name, rows: IMAGES * SHARES[name], size, read: () => assert.fail("read") }));
  const tallies = Object.fromEntries(SPLITS.map((name) => [name, perfect(name, palette, size)]));
  edit(tallies as Tallies);
  const recipe = options && resolveImages({ numImages: IMAGES, splits: Object.values(SHARES), ...options });
  const manifest: Manifest | undefined = recipe
    ? {
        generator: { name: "seedbed", version: "0.1.0" },
        recipe,
        recipe_sha256: hashRecipe(recipe),
        files: SPLITS.map((name) => ({
          path: `${name}.npz`,
          format: "npz",
          rows: 1,
          bytes: 1,
          sha256: "0".repeat(64),
        })),
        measured: {},
        created_at: "",
      }
    : undefined;
  if (manifest) editManifest?.(manifest as { recipe_sha256: string; files: Manifest["files"] });
  const corpus: Corpus = {
    folder: "made",
    manifest,
    expectedRows: expectedRows ?? (recipe ? splitCounts(recipe) : undefined),
    hasOwnHead,
    size,
    palette,
    splits,
  };
  const tally = { splits: SPLITS.map((name) => tallies[name]!), duplicatesOneIn };
  const checks = checkCorpus(corpus, tally, { recipeHash: recipe ? hashRecipe(recipe) : undefined, wrongSums });
  for (const { name, threshold, detail } of checks) {
    assert.doesNotMatch(`${threshold} ${detail}`, /NaN|undefined/, name);
    assert.match(detail, /\S/, name);
  }
  assert.equal(new Set(checks.map(({ name }) => name)).size, checks.length, "names are unique");
  return Object.fromEntries(checks.map((check) => [check.name, check]));
}

export const namesWith = (checks: Record<string, Check>, pass: boolean | null) =>
  Object.values(checks).flatMap((check) => (check.pass === pass ? [check.name] : []));

/** Asserts that these checks fail and no other. */
export function assertFails(names: readonly string[], ...args: Parameters<typeof checksOf>): void {
  assert.deepEqual(namesWith(checksOf(...args), false), names);
}
