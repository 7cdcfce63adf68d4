import { palettes } from "../data/palettes.ts";
import { chiSquareTest, homogeneityTest, type ChiSquare } from "./chisquare.ts";
import type { Corpus } from "./corpus.ts";
import { law, objectPixelsLaw } from "./law.ts";
import { addTallies, type SplitTally, type Tally } from "./tally.ts";

/** One question about a corpus and its answer. */
export interface Check {
  readonly name: string;
  /** Null where the question does not apply. */
  readonly pass: boolean | null;
  /** What was found, what is asked of it, and by how much in words. */
  readonly value: number | null;
  readonly threshold: string;
  readonly detail: string;
  /** Of a check of frequencies. */
  readonly chi_square?: { readonly statistic: number | null; readonly degrees: number; readonly p: number };
  /** The counts that the law expects, by the value that is counted from 0 on. */
  readonly expected?: readonly number[];
}

/** Below it a frequency is not taken for chance: of a million correct corpora, each such check fails one. */
const LEAST_P = 1e-6;
/** Standard errors of the mean that count as chance. */
const MOST_ERRORS = 5;
/** On small grids large objects fail to find a place: measured, images have 1.6 pixels fewer at 8, 0.4 at 10, none from 14 on. */
const lackOfRoom = (size: number) => (size >= 14 ? 0 : size >= 10 ? 0.5 : 2);
/** Chance repeats simple images; more than this share of copies is none. */
const MOST_COPIES = 0.5;

/** Asks everything of what was counted. `wrongSums` has the files whose checksum is not that of the manifest. */
export function checkCorpus(
  corpus: Corpus,
  { splits, duplicatesOneIn }: Tally,
  { recipeHash, wrongSums }: { readonly recipeHash: string | undefined; readonly wrongSums: readonly string[] | null },
): Check[] {
  const recipe = corpus.manifest?.recipe;
  const isUnique = recipe?.["unique"] === true;
  const all = splits.reduce(addTallies);
  const hasFactors = all.objects.some((count) => count > 0);
  const lawApplies = hasFactors && !isUnique && recipe !== undefined;
  const why = !hasFactors
    ? "there are no factors"
    : recipe
      ? "a corpus without duplicates gives up this law"
      : "the law it was drawn from is not known";
  const frequency = (name: string, counts: readonly number[], shares: readonly number[]): Check =>
    lawApplies ? frequencyCheck(name, counts, shares) : notAsked(name, `p >= ${LEAST_P}`, why);
  return [
    manifestCheck(corpus, recipeHash),
    countCheck(corpus, splits),
    valueCheck(corpus, all),
    lawApplies ? backgroundCheck(corpus.size, all) : notAsked("background share", "as the law says", why),
    pixelCheck(splits),
    frequency("objects in an image", all.objects, law.objects),
    frequency("object types", all.types, law.types),
    frequency("object colours", all.colours, law.colours),
    corpus.size >= 16
      ? frequency("blob sizes", all.blobSizes, law.blobSizes)
      : notAsked("blob sizes", `p >= ${LEAST_P}`, "on grids below 16 large blobs find less room"),
    labelCheck(splits),
    isUnique ? notAsked("labels of the splits", `p >= ${LEAST_P}`, why) : splitCheck(splits),
    ...duplicateChecks(splits, duplicatesOneIn, isUnique),
    wrongSums === null
      ? notAsked("checksums", "all as in the manifest", "there are none")
      : {
          name: "checksums",
          pass: wrongSums.length === 0,
          value: wrongSums.length,
          threshold: "0 files differ",
          detail:
            wrongSums.length === 0
              ? "all files that were hashed are as the manifest says"
              : `changed: ${wrongSums.join(", ")}`,
        },
  ];
}

function notAsked(name: string, threshold: string, why: string): Check {
  return { name, pass: null, value: null, threshold, detail: `not asked: ${why}` };
}

function countCheck({ expectedRows, splits }: Corpus, found: readonly SplitTally[]): Check {
  const expected = found.map(({ name }, at) => expectedRows?.[name] ?? (expectedRows ? NaN : splits[at]!.rows));
  const shown = found.map(({ name }, at) => `${name} ${Number.isNaN(expected[at]!) ? "not said" : expected[at]}`);
  return {
    name: "number of images",
    pass:
      found.some(({ rows }) => rows > 0) &&
      found.every(({ rows }, at) => rows === expected[at] && rows === splits[at]!.rows),
    value: found.reduce((sum, { rows }) => sum + rows, 0),
    threshold: shown.join(", "),
    detail: found.map(({ name, rows }) => `${name} ${rows}`).join(", "),
  };
}

/** Whether the manifest is whole: its recipe has its hash and is what the metadata say, and it lists files. */
function manifestCheck({ manifest, hasOwnHead }: Corpus, recipeHash: string | undefined): Check {
  const threshold = "a recipe with its hash and with the parameters of the metadata, and a list of files";
  if (!manifest) return notAsked("manifest", threshold, "there is none");
  const wrong = [
    manifest.recipe_sha256 === recipeHash ? "" : "the recipe or its hash was changed",
    hasOwnHead ? "" : "generation_params are not those of the recipe",
    manifest.files.length > 0 ? "" : "no files are listed",
  ].filter((fault) => fault !== "");
  return {
    name: "manifest",
    pass: wrong.length === 0,
    value: wrong.length,
    threshold,
    detail: wrong.join(", ") || "whole",
  };
}

function valueCheck({ palette, manifest }: Corpus, { values }: SplitTally): Check {
  const allowed: readonly number[] = manifest
    ? palettes[palette].values
    : Array.from({ length: 256 }, (_, value) => value);
  const present = indices(values);
  const strange = present.filter((value) => !allowed.includes(value));
  return {
    name: "pixel values",
    pass: strange.length === 0,
    value: strange.length,
    threshold: manifest ? `0 outside the palette ${palette}` : "0 outside 0 to 255",
    detail:
      strange.length > 0
        ? `strange: ${strange.slice(0, 9).join(", ")}`
        : `${present[0] ?? "-"} to ${present.at(-1) ?? "-"}`,
  };
}

function backgroundCheck(size: number, { rows, values }: SplitTally): Check {
  const pixels = size * size;
  const share = rows > 0 ? values[0]! / (rows * pixels) : 1;
  const { mean, variance } = objectPixelsLaw();
  const expected = 1 - mean / pixels;
  const slack = (MOST_ERRORS * Math.sqrt(variance / Math.max(1, rows)) + lackOfRoom(size)) / pixels;
  return {
    name: "background share",
    pass: rows === 0 || Math.abs(share - expected) <= slack,
    value: round(share),
    threshold: `${round(expected)} +- ${round(slack)}`,
    detail: `${(100 * share).toFixed(1)} % of the pixels`,
  };
}

function pixelCheck(splits: readonly SplitTally[]): Check {
  const wrong = splits.reduce((sum, { wrongPixels }) => sum + wrongPixels, 0);
  if (Number.isNaN(wrong)) return notAsked("pixels and factors", "0 images differ", "there are no factors");
  return {
    name: "pixels and factors",
    pass: wrong === 0,
    value: wrong,
    threshold: "0 images differ",
    detail: wrong === 0 ? "pixels of each colour and corners are as the factors say" : `${wrong} images differ`,
  };
}

function frequencyCheck(name: string, counts: readonly number[], shares: readonly number[]): Check {
  const cells = Array.from({ length: Math.max(counts.length, shares.length) }, (_, at) => at);
  const test = chiSquareTest(
    cells.map((at) => counts[at] ?? 0),
    cells.map((at) => shares[at] ?? 0),
  );
  return { ...testCheck(name, test), expected: test.expected.map(round) };
}

function testCheck(name: string, { statistic, degrees, p }: Pick<ChiSquare, "statistic" | "degrees" | "p">): Check {
  return {
    name,
    pass: p >= LEAST_P,
    value: p,
    threshold: `p >= ${LEAST_P}`,
    detail: `chi-square ${round(statistic)} with ${degrees} degrees of freedom`,
    // JSON knows no infinity, which stands for something that cannot be.
    chi_square: { statistic: Number.isFinite(statistic) ? round(statistic) : null, degrees, p },
  };
}

function labelCheck(splits: readonly SplitTally[]): Check {
  const wrong = splits.reduce((sum, { wrongLabels }) => sum + wrongLabels, 0);
  if (Number.isNaN(wrong))
    return notAsked("labels and factors", "equal", "there are no factors, or the kind of label is unknown");
  return {
    name: "labels and factors",
    pass: wrong === 0,
    value: wrong,
    threshold: "0 labels differ",
    detail: wrong === 0 ? "all labels follow from the factors" : `${wrong} labels do not follow from the factors`,
  };
}

/** Whether the splits have the same law of labels. */
function splitCheck(splits: readonly SplitTally[]): Check {
  const filled = splits.filter(({ rows }) => rows > 0);
  const test = homogeneityTest(filled.map(({ labels }) => Array.from(labels)));
  if (test.degrees < 1) return notAsked("labels of the splits", `p >= ${LEAST_P}`, "there are too few images");
  return testCheck("labels of the splits", test);
}

function duplicateChecks(splits: readonly SplitTally[], oneIn: number, isUnique: boolean): Check[] {
  const total = splits.reduce((sum, { rows }) => sum + rows, 0);
  const most = isUnique ? 0 : MOST_COPIES;
  const note = oneIn > 1 ? `, estimated from one image in ${oneIn}` : "";
  const check = (name: string, copies: number, of: number): Check => ({
    name,
    pass: of === 0 || (copies * oneIn) / of <= most,
    value: of === 0 ? 0 : round((copies * oneIn) / of),
    threshold: isUnique ? "share 0" : `share <= ${most}`,
    detail: `${copies * oneIn} of ${of} images${note}`,
  });
  const within = splits.reduce((sum, { name, copiesOf }) => sum + copiesOf[name]!, 0);
  const later = splits.slice(1);
  const leaks = later.reduce((sum, { name, copiesOf }) => sum + othersOf(copiesOf, name), 0);
  return [
    check("copies within a split", within, total),
    check(
      "copies of another split",
      leaks,
      later.reduce((sum, { rows }) => sum + rows, 0),
    ),
  ];
}

function othersOf(copiesOf: Readonly<Record<string, number>>, own: string): number {
  return Object.entries(copiesOf).reduce((sum, [name, copies]) => sum + (name === own ? 0 : copies), 0);
}

function indices(counts: ArrayLike<number>): number[] {
  return Array.from({ length: counts.length }, (_, value) => value).filter((value) => counts[value]! > 0);
}

/** Six digits: what a reader can use. */
function round(value: number): number {
  return Number(value.toPrecision(6));
}
