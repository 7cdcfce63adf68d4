import { InputError } from "../../data/errors.ts";
import { versionOf } from "../../runtime/samefile.ts";
import { retrying, TryAgain } from "../../runtime/retry.ts";
import { urlOf } from "../../runtime/url.ts";
import { askOnce, headerOf } from "./ask.ts";
import type { Answer } from "../../runtime/get.ts";
import type { Asked, Explain, Listing, Net } from "./remote.ts";
import { safePath } from "./safepath.ts";
import { shownUrl } from "./shownurl.ts";

/** The one file at a URL, by the name that the server or the URL gives it. */
export async function listWebLink(asked: Asked, net: Net): Promise<Listing> {
  const url = urlOf(asked.name);
  const headers = {};
  const probe = { range: "bytes=0-0" }; // of a server that ignores it, no more than the head is read
  try {
    const answer = await retrying(net.retry, () => askOnce({ url, headers: probe, explain, signal: net.retry.signal }));
    answer.destroy();
    const file = { path: safePath(nameOf(url, answer)), url: shownUrl(url), from: url, bytes: lengthOf(answer) };
    return { revision: null, files: [file], headers, explain, notes: [] };
  } catch (error) {
    if (!(error instanceof TryAgain)) throw error;
    throw new Error(`Cannot read ${shownUrl(url)}: ${error.message}`, { cause: error });
  }
}

/** What the file is called in paths: its host and path. */
export function labelOfUrl(name: string): string {
  const { host, pathname } = urlOf(name);
  return `${host}${decoded(pathname)}`.replace(/\/+$/, "");
}

const explain: Explain = ({ status }) => {
  if (status === 401 || status === 403)
    return `the server answered ${status}: it asks for a login (https://user:password@host/...), or allows nobody`;
  return status === 404 || status === 410 ? `the server answered ${status}: there is no such file` : undefined;
};

function lengthOf(answer: Answer): number | undefined {
  if (answer.statusCode === 200) return versionOf(answer).byteLength;
  const total = /\/(\d+)$/.exec(headerOf(answer, "content-range") ?? "")?.[1];
  return total === undefined ? undefined : Number(total);
}

/** The last part of what `Content-Disposition` says (RFC 6266), else of the URL's path. */
function nameOf(url: URL, answer: Answer): string {
  const header = headerOf(answer, "content-disposition") ?? "";
  const extended = /filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(header)?.[1];
  const plain = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(header);
  const given = extended === undefined ? (plain?.[1]?.replaceAll(/\\(.)/g, "$1") ?? plain?.[2]) : decoded(extended);
  for (const name of [given, decoded(url.pathname)]) {
    const last = name?.split(/[/\\]/).at(-1);
    if (last && last !== "." && last !== "..") return last;
  }
  return "download";
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Throws `InputError` for what these sources know nothing of. */
export function refuseRevision({ revision, source }: Asked): void {
  if (revision !== undefined) throw new InputError(`--revision says nothing to ${source}: leave it out`);
}
