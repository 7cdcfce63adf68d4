import { InputError } from "../data/errors.ts";
import type { LoadPlan, ThereAlready } from "../pipeline/download/download.ts";
import type { DatasetRecord } from "../pipeline/download/record.ts";
import type { RemoteFile, Revision } from "../pipeline/download/remote.ts";
import type { Root } from "../pipeline/root.ts";
import { fileLength } from "../runtime/files.ts";
import { shown } from "../data/fields.ts";
import type { Output } from "./output.ts";
import { showBytes, showCount, showDuration } from "./show.ts";

const FILES_SHOWN = 10;

/** Says that nothing is to be done. */
export function reportThere({ folder, record }: ThereAlready, output: Output): void {
  const bytes = sumOf(record.files);
  output.say(
    `${folder} is there already: ${filesOf(record.files.length)}, ${showBytes(bytes)}, all as dataset.json says; --force loads it anew`,
  );
  output.result({ ...resultOf(record, folder), already_there: true });
}

/** The plan for people; for programs too, where it is all that is asked for. */
export function reportPlan(plan: LoadPlan, root: Root, output: Output, isAll: boolean): void {
  const { folder, identity, listing, kept, damaged } = plan;
  const missing = missingOf(plan);
  const total = totalBytes(plan);
  const size = total === undefined ? "of unknown length" : showBytes(total);
  output.say(`Dataset:   ${identity.name} (${identity.source}${identity.split ? `, split ${identity.split}` : ""})`);
  if (listing.revision) output.say(`Revision:  ${revisionWords(listing.revision)}`);
  output.say(`Files:     ${showCount(missing.length)} to load, ${size}`);
  const more = missing.length - FILES_SHOWN;
  for (const { path, bytes } of missing.slice(0, FILES_SHOWN)) {
    output.say(`  ${shown(path)}${bytes === undefined ? "" : `  ${showBytes(bytes)}`}`);
  }
  if (more > 0) output.say(`  and ${showCount(more)} more`);
  const begun = begunBytes(plan);
  if (begun > 0) output.say(`Begun:     ${showBytes(begun)} are there of an earlier run`);
  if (kept.length > 0) output.say(`Kept:      ${filesOf(kept.length)} of an earlier run`);
  if (damaged > 0) output.say(`Damaged:   ${filesOf(damaged)} of an earlier run, loaded anew`);
  output.say(`To:        ${folder}`);
  output.say(`Root:      ${root.path} (${root.why})`);
  for (const note of listing.notes) output.say(`Note: ${note}`);
  if (!isAll) return;
  output.result({
    ...{ ...identity, revision: listing.revision, folder, root: root.path, dry_run: true, already_there: false },
    files: listing.files.map(({ path, url, bytes }) => ({ path, url, bytes: bytes ?? null })),
    bytes_to_load: total ?? null,
  });
}

/** Bytes of unfinished files that an earlier run left; some of them may have to be loaded again. */
export function begunBytes(plan: LoadPlan): number {
  if (plan.isNew) return 0;
  return missingOf(plan).reduce((sum, { path }) => sum + (fileLength(`${plan.folder}/${path}.part`) ?? 0), 0);
}

/** Refuses what does not fit on the disk, before the first byte. */
export function checkRoom(plan: LoadPlan, free: number | undefined): void {
  const needed = (totalBytes(plan) ?? 0) - begunBytes(plan);
  if (free === undefined || needed <= free) return;
  throw new InputError(
    `${plan.folder} has ${showBytes(free)} free, the files need ${showBytes(needed)}: give another --root, or fewer --files`,
  );
}

/** Says what was loaded. */
export function reportLoaded(
  plan: LoadPlan,
  record: DatasetRecord,
  { bytes, ms }: { readonly bytes: number; readonly ms: number },
  output: Output,
): void {
  const count = missingOf(plan).length;
  const wrapped = record.files.filter(({ received }) => received !== undefined).length;
  output.say(`Loaded:    ${filesOf(count)}, ${showBytes(bytes)} in ${showDuration(ms)}`);
  if (wrapped > 0) output.say(`Unwrapped: ${filesOf(wrapped)} that the server had put in a zip`);
  output.say(`Dataset:   ${filesOf(record.files.length)}, ${showBytes(sumOf(record.files))} in ${plan.folder}`);
  output.result({
    ...{ ...resultOf(record, plan.folder), already_there: false },
    ...{ loaded_files: count, loaded_bytes: bytes, seconds: ms / 1000 },
  });
}

/** Bytes of the files that are to be loaded; undefined where one is not known. */
export function totalBytes(plan: LoadPlan): number | undefined {
  return missingOf(plan).reduce<number | undefined>(
    (sum, { bytes }) => (sum === undefined || bytes === undefined ? undefined : sum + bytes),
    0,
  );
}

function missingOf({ listing, kept }: LoadPlan): readonly RemoteFile[] {
  const paths = new Set(kept.map(({ path }) => path));
  return listing.files.filter(({ path }) => !paths.has(path));
}

function resultOf(record: DatasetRecord, folder: string): object {
  const { source, dataset, name, split, revision, files } = record;
  return { source, dataset, name, split, revision, folder, files, bytes: sumOf(files) };
}

function revisionWords({ asked, resolved }: Revision): string {
  return asked === resolved ? asked : `${asked}, which is ${resolved}`;
}

function filesOf(count: number): string {
  return count === 1 ? "1 file" : `${showCount(count)} files`;
}

function sumOf(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
