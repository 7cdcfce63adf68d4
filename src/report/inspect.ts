import { wordStream } from "../core/flat.ts";
import { LABEL_KINDS, OBJECT_TYPES, type LabelKind } from "../core/images.ts";
import { createCore } from "../core/instance.ts";
import { streams } from "../core/streams.ts";
import type { Json } from "../data/recipe.ts";
import { openFile, sha256OfFile, writeWhole, type OpenFile } from "../runtime/files.ts";
import { pause } from "../runtime/pause.ts";
import { hashRecipe } from "../pipeline/manifest.ts";
import { checkCorpus, type Check } from "./checks.ts";
import { openCorpus, storedBytes, type Corpus } from "./corpus.ts";
import type { ImageRows, Open } from "./readers.ts";
import { groupThousands } from "./histogram.ts";
import { maxCell } from "./palette.ts";
import { tallyCorpus, type SplitTally, type Tally } from "./tally.ts";

export const PICTURE_NAME = "validation_report.png";
export const REPORT_NAME = "report.json";

export interface InspectOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how many images of how many were looked at. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Some images of the first split that has any, chosen by chance, the same at every look. */
interface ShownImages {
  readonly size: number;
  readonly palette: Corpus["palette"];
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

export interface Inspection {
  readonly folder: string;
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly shown: ShownImages;
  /** What `report.json` says. */
  readonly report: { readonly [key: string]: Json };
}

const SHOWN = 100;

/**
 * Reads a corpus of images from its files, counts what is in it, and writes `validation_report.png` and `report.json`
 * beside them. Throws `InputError` when it cannot be read; checks that fail are listed in what it returns.
 */
export async function inspectCorpus(folder: string, options: InspectOptions = {}): Promise<Inspection> {
  const opened: OpenFile[] = [];
  const open: Open = async (path) => {
    const file = await openFile(path);
    opened.push(file);
    return file;
  };
  try {
    const corpus = await openCorpus(folder, open);
    const picked = createPicker(corpus);
    const tally = await countAll(corpus, picked, options);
    const wrongSums = await compareSums(corpus, options.signal);
    const recipeHash = corpus.manifest && hashRecipe(corpus.manifest.recipe);
    const checks = checkCorpus(corpus, tally, { recipeHash, wrongSums });
    const ok = checks.every(({ pass }) => pass !== false);
    const report = describe(corpus, tally, checks, ok);
    const shown = picked.shown();
    const { drawReport } = await import("./sheet.ts");
    const { name, rows: images, labels } = tally.splits.find((split) => split.name === picked.split)!;
    const total = tally.splits.reduce((sum, { rows }) => sum + rows, 0);
    const picture = await drawReport({
      ...shown,
      title: titleOf(corpus, total),
      histogram: Array.from(labels),
      histogramTitle: `Label distribution (${name}, ${groupThousands(images)} images)`,
    });
    options.signal?.throwIfAborted();
    writeWhole(`${folder}/${PICTURE_NAME}`, picture);
    writeWhole(`${folder}/${REPORT_NAME}`, `${JSON.stringify(report, null, 2)}\n`);
    return { folder, ok, checks, shown, report };
  } finally {
    await Promise.all(opened.map((file) => file.close()));
  }
}

async function countAll(corpus: Corpus, picked: Picker, { signal, onProgress }: InspectOptions): Promise<Tally> {
  const label = corpus.manifest?.recipe["label"] as LabelKind | undefined;
  const total = corpus.splits.reduce((sum, { rows }) => sum + rows, 0);
  let done = 0;
  let blocks = 0;
  return tallyCorpus(corpus, {
    label: label && LABEL_KINDS.includes(label) ? label : undefined,
    async onBlock(split, start, block) {
      if (split === picked.split) picked.look(start, block);
      onProgress?.((done += block.labels.length), total);
      if (++blocks % BLOCKS_BETWEEN_PAUSES === 0) await pause();
      signal?.throwIfAborted();
    },
  });
}

const BLOCKS_BETWEEN_PAUSES = 16;

interface Picker {
  /** The split that is shown: the first that has any images. */
  readonly split: string;
  look(start: number, block: ImageRows): void;
  shown(): ShownImages;
}

/** Picks the images that are shown, without repetition and in the order of chance. */
function createPicker({ manifest, splits, size, palette }: Corpus): Picker {
  const { name: split, rows } = splits.find((candidate) => candidate.rows > 0) ?? splits[0]!;
  const chosen = chooseRows(rows, Math.min(SHOWN, rows), manifest?.recipe_sha256 ?? "0".repeat(16));
  const imageBytes = size * size;
  const images = new Uint8Array(chosen.length * imageBytes);
  const labels = new Uint8Array(chosen.length);
  const most = maxCell(palette);
  return {
    split,
    look(start, block) {
      for (const [place, row] of chosen.entries()) {
        const at = row - start;
        if (at < 0 || at >= block.labels.length) continue;
        images.set(block.images.subarray(at * imageBytes, (at + 1) * imageBytes), place * imageBytes);
        labels[place] = block.labels[at]!;
      }
    },
    // What the palette does not have is shown as its last colour; a check reports it.
    shown: () => ({ size, palette, images: images.map((value) => Math.min(value, most)), labels }),
  };
}

/** `count` of the rows, all different. */
function chooseRows(rows: number, count: number, recipeSha256: string): number[] {
  const key = [0, 8].map((at) => Number.parseInt(recipeSha256.slice(at, at + 8), 16) || 0) as [number, number];
  const words = wordStream(createCore(), { key, stream: streams.shown }, SHOWN);
  const chosen = new Set<number>();
  for (let first = 0n; chosen.size < count; first += BigInt(SHOWN)) {
    for (const word of words.read(first, SHOWN)) {
      if (chosen.size < count) chosen.add(Math.floor((word / 2 ** 32) * rows));
    }
  }
  return [...chosen];
}

/** The files that are not as the manifest says; null where it has no checksums. */
async function compareSums({ folder, manifest }: Corpus, signal?: AbortSignal): Promise<string[] | null> {
  const files = (manifest?.files ?? []).filter(({ sha256, format }) => sha256 !== null && format !== "imagefolder");
  if (files.length === 0) return null;
  const wrong: string[] = [];
  for (const { path, sha256, bytes } of files) {
    const file = await openFile(`${folder}/${path}`);
    const isAsLong = file.byteLength === bytes;
    const found = isAsLong ? sha256OfFile(file, () => signal?.throwIfAborted()) : undefined;
    const sum = await Promise.resolve(found).finally(() => file.close());
    if (sum !== sha256) wrong.push(path);
  }
  return wrong;
}

/** What a picture is called; not where it lies, so that a picture given away tells nothing of its maker's disk. */
function titleOf({ folder, manifest }: Corpus, total: number): string {
  const name = folder.split(/[/\\]/).findLast((part) => /\w/.test(part));
  const parts = [...(name ? [name] : []), `${groupThousands(total)} ${total === 1 ? "image" : "images"}`];
  if (manifest) parts.push(`seed ${String(manifest.recipe["seed"])}`);
  return parts.join(" · ");
}

function describe(corpus: Corpus, { splits, duplicatesOneIn }: Tally, checks: readonly Check[], ok: boolean) {
  const { manifest, size } = corpus;
  const total = splits.reduce((sum, { rows }) => sum + rows, 0);
  const pixelBytes = total * size * size;
  const stored = storedBytes(corpus);
  return {
    ok,
    recipe_sha256: manifest?.recipe_sha256 ?? null,
    images: total,
    grid_size: size,
    palette: corpus.palette,
    checks: checks.map((check) => ({ ...check })),
    splits: Object.fromEntries(splits.map((split) => [split.name, describeSplit(split, size)])),
    duplicates: {
      counted_in_one_of: duplicatesOneIn,
      first_seen_in: Object.fromEntries(splits.map(({ name, copiesOf }) => [name, copiesOf])),
    },
    size_bytes: {
      pixels: pixelBytes,
      files: stored,
      // What uint8 saves, and what compression saves besides.
      float64_to_uint8: 8,
      pixels_to_files: stored > 0 ? Number((pixelBytes / stored).toPrecision(4)) : null,
    },
    files: (manifest?.files ?? []).map((file) => ({ ...file })),
  };
}

function describeSplit(split: SplitTally, size: number): { readonly [key: string]: Json } {
  const { rows, values, labels, objects, types, colours, blobSizes } = split;
  const present = present256(values);
  const pixels = rows * size * size;
  return {
    images: rows,
    value_range: rows > 0 ? [Number(present[0]![0]), Number(present.at(-1)![0])] : null,
    background_share: rows > 0 ? Number((values[0]! / pixels).toPrecision(6)) : null,
    labels: Object.fromEntries(present256(labels)),
    objects_in_an_image: named(objects.slice(1), (at) => String(at + 1)),
    object_types: named(types, (at) => OBJECT_TYPES[at] ?? String(at)),
    object_colours: named(colours.slice(1), (at) => String(at + 1)),
    blob_sizes: named(blobSizes.slice(2), (at) => String(at + 2)),
  };
}

function present256(counts: Float64Array): [string, number][] {
  return Array.from(counts, (count, value): [string, number] => [String(value), count]).filter(
    ([, count]) => count > 0,
  );
}

function named(counts: readonly number[], nameOf: (at: number) => string): Record<string, number> {
  return Object.fromEntries(Array.from(counts, (count, at) => [nameOf(at), count ?? 0]));
}
