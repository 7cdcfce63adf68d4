import type { Answer } from "./get.ts";

/** What a server says of a file when it sends it; compared, it tells whether two answers are of the same file. */
export interface Version {
  readonly etag: string | undefined;
  readonly modified: string | undefined;
  /** Of the answer's body, which is the file's where all of it was asked for. */
  readonly byteLength: number | undefined;
}

export const CHANGED = "the file on the server has changed meanwhile";

export function versionOf({ headers }: Answer): Version {
  const length = Number(headers["content-length"] ?? Number.NaN);
  return {
    etag: headers.etag,
    modified: headers["last-modified"],
    byteLength: Number.isSafeInteger(length) ? length : undefined,
  };
}

/**
 * Why the answer cannot go on where one with `version` broke, if it cannot: the answer is of the part from `position` on,
 * or the whole file again where that is undefined.
 */
export function changeOf(version: Version, again: Answer, position: number | undefined): string | undefined {
  const isWhole = position === undefined;
  const { etag, modified, byteLength } = versionOf(again);
  const isSame =
    version.etag !== undefined && etag !== undefined ? etag === version.etag : modified === version.modified;
  // An answer of 206 may leave out Last-Modified: it says by itself that the condition held.
  if (!isSame && (isWhole || etag !== undefined || modified !== undefined)) return CHANGED;
  const [from, total] = isWhole ? [0, byteLength] : rangeOf(again);
  if (!isWhole && from !== position) return "the server sent another part than asked for";
  return version.byteLength !== undefined && total !== undefined && total !== version.byteLength ? CHANGED : undefined;
}

/** The first byte of the part and the length of the whole. */
function rangeOf({ headers }: Answer): [from: number | undefined, total: number | undefined] {
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? [];
  return [
    from === undefined ? undefined : Number(from),
    total === undefined || total === "*" ? undefined : Number(total),
  ];
}
