import { keyOf, type Key, type Seed } from "../../core/key.ts";
import type { BadDocument, DocumentPiece } from "../../data/documents.ts";
import { InputError } from "../../data/errors.ts";
import { createRunningHash } from "../../runtime/files.ts";
import { priorityOfId } from "../rowsample.ts";
import type { Documents } from "./documents.ts";
import { createPriorities } from "./priorities.ts";
import { createRowSet } from "./rowset.ts";
import { sharesOf } from "./shares.ts";
import { idOf, SKIP_REASONS, textOf, type DocumentFields, type SkipReason } from "./textrow.ts";
import { createStrata, type Strata } from "./strata.ts";

export interface SampleSpec extends DocumentFields {
  readonly dataset: string;
  readonly split: string;
  readonly seed: Seed;
  /** How many rows; more than there are takes all. */
  readonly n?: number | undefined;
  /** Or the part of the rows that can be taken, in (0, 1]. Neither: `DEFAULT_ROWS`. */
  readonly p?: number | undefined;
  /** The field whose values keep their shares. */
  readonly stratify?: string | undefined;
}

/** Rows with one value of the field that the sample is stratified by; null: without a value. */
interface Stratum {
  readonly value: string | null;
  readonly rows: number;
  readonly selected: number;
}

/** Which rows of a dataset were selected. */
export interface Sample {
  readonly rowsTotal: number;
  /** Rows that could be selected: `rowsTotal` without those that were skipped. */
  readonly eligible: number;
  readonly skipped: Readonly<Record<SkipReason, number>>;
  /** Rows that were selected. */
  readonly size: number;
  isSelected(row: number): boolean;
  /** In the order of their values. */
  readonly strata?: readonly Stratum[] | undefined;
  /** SHA-256 over the ids of the selected rows in the order of rows, a newline after each; lower-case hexadecimal. */
  readonly selectedHash: string;
}

export interface SelectedDocument {
  readonly row: number;
  readonly id: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const DEFAULT_ROWS = 100;
const CHECKED_ROWS = 1000; // that may lack the text field, until it is taken for a wrong name

/**
 * Draws a sample: the rows of the least priorities, which are SHA-256 of the seed, the dataset, the split and the id; so
 * neither the order of rows nor of files changes which ids are in it, and a smaller sample of the whole is a part of a
 * larger one. Reads the documents once, and the selected rows again for the hash of their ids unless all are selected. Of
 * rows with one id the first counts. Takes up to about 32 bytes a row. Throws `InputError` where the spec is not allowed,
 * no row has one of its fields, or no row is selected. `onPiece` is told each piece of the first reading, which waits for it.
 */
export async function sampleDocuments(
  documents: Documents,
  spec: SampleSpec,
  onPiece?: (piece: DocumentPiece) => void | Promise<void>,
): Promise<Sample> {
  checkSpec(spec);
  const key = keyOf(spec.seed);
  const priorities = createPriorities();
  const eligibleRows = createRowSet();
  const strata = spec.stratify === undefined ? undefined : createStrata(spec.stratify);
  const skipped = Object.fromEntries(SKIP_REASONS.map((reason) => [reason, 0])) as Record<SkipReason, number>;
  const hashOfAll = createIdHash();
  let rowsTotal = 0;
  let someFields: readonly string[] = [];
  let firstBad: BadDocument | undefined;
  for await (const piece of documents.read()) {
    const { documents: found, bad } = piece;
    skipped["unreadable row"] += bad.length;
    rowsTotal += bad.length + found.length;
    firstBad ??= bad[0];
    for (const document of found) {
      const text = textOf(document, spec.textField);
      if (typeof text !== "string") {
        skipped[text.reason]++;
        continue;
      }
      const id = idOf(document, spec.idField);
      if (!priorities.add(...priorityOf(key, spec, id), strata?.numberOf(document.fields) ?? 0)) {
        skipped["duplicate id"]++;
        continue;
      }
      eligibleRows.add(document.row);
      hashOfAll.add(id);
    }
    if (someFields.length === 0) someFields = Object.keys(found[0]?.fields ?? {});
    await onPiece?.(piece);
    if (rowsTotal >= CHECKED_ROWS) checkTextField(spec, skipped, rowsTotal, someFields);
  }
  checkTextField(spec, skipped, rowsTotal, someFields);
  const eligible = priorities.count;
  const size = sizeOf(spec, eligible);
  if (size === 0) throw emptySample(spec, rowsTotal, eligible, skipped, firstBad);
  strata?.check();
  const counts = priorities.groupSizes(strata?.values.length ?? 1);
  const shares = sharesInOrder(size, counts, strata);
  const isLeast = priorities.least(shares);
  const selected = createRowSet();
  for (let row = 0, at = 0; at < eligible; row++) if (eligibleRows.has(row) && isLeast(at++)) selected.add(row);
  const sample = {
    ...{ rowsTotal, eligible, skipped, size },
    isSelected: (row: number) => selected.has(row),
    strata: strata?.order.map((at) => ({ value: strata.values[at]!, rows: counts[at]!, selected: shares[at]! })),
  };
  const hash = size === eligible ? hashOfAll : await hashOfSelected(documents, sample, spec);
  return { ...sample, selectedHash: hash.digest() };
}

/**
 * The selected rows in their order; reads the documents again. Throws `InputError` where they are not what they were when
 * the sample was drawn.
 */
export async function* selectedDocuments(
  documents: Documents,
  sample: Pick<Sample, "size" | "isSelected">,
  { textField, idField }: DocumentFields,
): AsyncGenerator<SelectedDocument> {
  const changed = () => new InputError("The dataset changed while it was read: the rows of the sample are others now");
  let count = 0;
  for await (const { documents: found, bad } of documents.read({ wants: sample.isSelected })) {
    if (bad.length > 0) throw changed();
    for (const document of found) {
      const text = textOf(document, textField);
      if (typeof text !== "string") throw changed();
      count++;
      yield { row: document.row, id: idOf(document, idField), text, fields: document.fields };
    }
  }
  if (count !== sample.size) throw changed();
}

function checkSpec({ n, p }: SampleSpec): void {
  if (n !== undefined && p !== undefined)
    throw new InputError("Both a number and a part of the rows were given: expected one of n and p");
  if (n !== undefined && !(Number.isSafeInteger(n) && n > 0))
    throw new InputError(`A sample of ${n} rows is not allowed: give a whole number from 1`);
  if (p !== undefined && !(p > 0 && p <= 1))
    throw new InputError(`A part of ${p} of the rows is not allowed: give a number above 0, up to 1`);
}

function sizeOf({ n, p }: SampleSpec, eligible: number): number {
  return p === undefined ? Math.min(n ?? DEFAULT_ROWS, eligible) : Math.round(p * eligible);
}

/** Shares of the strata by their numbers; those of equal remainders are taken in the order of their values. */
function sharesInOrder(size: number, counts: readonly number[], strata: Strata | undefined): number[] {
  if (!strata) return [size];
  const shares = new Array<number>(counts.length).fill(0);
  const ordered = sharesOf(
    size,
    strata.order.map((at) => counts[at]!),
  );
  strata.order.forEach((at, place) => (shares[at] = ordered[place]!));
  return shares;
}

function checkTextField(
  { textField }: SampleSpec,
  skipped: Readonly<Record<SkipReason, number>>,
  rows: number,
  fields: readonly string[],
): void {
  if (skipped["no text field"] === 0 || skipped["no text field"] + skipped["unreadable row"] < rows) return;
  throw new InputError(`None of ${rows} rows has the field "${textField}": its fields are ${fields.join(", ")}`);
}

function emptySample(
  { p }: SampleSpec,
  rows: number,
  eligible: number,
  skipped: Readonly<Record<SkipReason, number>>,
  bad: BadDocument | undefined,
): InputError {
  if (rows === 0) return new InputError("The dataset has no rows: give one that has, or another --split");
  if (eligible > 0)
    return new InputError(
      `A part of ${p} of ${eligible} rows that can be embedded is none: give a greater --p, or --n`,
    );
  const counts = SKIP_REASONS.filter((reason) => skipped[reason] > 0).map((reason) => `${reason}: ${skipped[reason]}`);
  const first = bad ? `; the first that is unreadable is in ${bad.file}, line ${bad.line}: ${bad.reason}` : "";
  return new InputError(
    `None of ${rows} rows can be embedded (${counts.join(", ")}): mend the dataset, or give another --text-field${first}`,
  );
}

function priorityOf(key: Key, { dataset, split }: SampleSpec, id: string): readonly [high: number, low: number] {
  return priorityOfId(key, JSON.stringify([dataset, split, id]));
}

function createIdHash() {
  const hash = createRunningHash();
  const utf8 = new TextEncoder();
  return { add: (id: string) => hash.update(utf8.encode(`${id}\n`)), digest: () => hash.digest() };
}

async function hashOfSelected(
  documents: Documents,
  sample: Pick<Sample, "size" | "isSelected">,
  fields: DocumentFields,
): Promise<ReturnType<typeof createIdHash>> {
  const hash = createIdHash();
  for await (const { id } of selectedDocuments(documents, sample, fields)) hash.add(id);
  return hash;
}
