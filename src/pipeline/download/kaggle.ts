import { InputError } from "../../data/errors.ts";
import { environment, toBeSet } from "../../runtime/environment.ts";
import { asFields, isCount, shown } from "../../data/fields.ts";
import { askJson } from "./ask.ts";
import { endpointOf } from "./endpoint.ts";
import { isKnownFormat, matcherOf } from "./glob.ts";
import type { Asked, Explain, Listing, Net, RemoteFile, Revision } from "./remote.ts";
import { safePath } from "./safepath.ts";

const PAGE_SIZE = "200";
const MAX_PAGES = 10_000;

/** Throws `InputError` for what no dataset or version there can be called. */
export function checkKaggle({ name, revision }: Asked): void {
  if (!/^(?!.*\.\.)[\w.-]+\/[\w.-]+$/.test(name))
    throw new InputError(`Name "${name}" is not allowed: give owner/dataset`);
  if (revision !== undefined && !/^[1-9]\d{0,8}$/.test(revision))
    throw new InputError(`Revision "${revision}" is not allowed: give the number of a version, such as 3`);
}

/**
 * The files of a dataset on Kaggle at a version: `before`, where an earlier run chose it, else the one asked for, else the
 * newest. KAGGLE_USERNAME and KAGGLE_KEY say who asks; KAGGLE_API is another server.
 */
export async function listKaggle(asked: Asked, before: Revision | undefined, net: Net): Promise<Listing> {
  const api = endpointOf("KAGGLE_API", "https://www.kaggle.com/api/v1");
  const [user, key] = [environment("KAGGLE_USERNAME"), environment("KAGGLE_KEY")];
  const headers: Record<string, string> =
    user !== undefined && key !== undefined ? { authorization: `Basic ${base64(`${user}:${key}`)}` } : {};
  const explain = explainFor(asked.name, "authorization" in headers);
  const ask = (path: string, query: Record<string, string> = {}) => {
    const url = new URL(`${api}/datasets/${path}/${asked.name}?${String(new URLSearchParams(query))}`);
    return askJson({ url, headers, explain }, net).then(({ json }) => asFields(json) ?? {});
  };
  const number = asked.revision ?? before?.resolved ?? String((await ask("view"))["currentVersionNumber"]);
  if (!/^\d+$/.test(number)) throw new InputError(`Kaggle does not tell the version of ${asked.name}: give --revision`);
  const version = { dataset_version_number: number };
  const matches = asked.pattern === undefined ? isKnownFormat : matcherOf(asked.pattern);
  const files: RemoteFile[] = [];
  let page = "";
  for (let pages = 0; pages === 0 || page !== ""; pages++) {
    if (pages === MAX_PAGES) throw new InputError(`Kaggle lists more than ${MAX_PAGES} pages of ${asked.name}`);
    const answer = await ask("list", {
      ...version,
      page_size: PAGE_SIZE,
      ...(page === "" ? {} : { page_token: page }),
    });
    const listed = answer["datasetFiles"];
    if (!Array.isArray(listed))
      throw new InputError(
        `Kaggle lists no files of ${asked.name}: ${shown(String(answer["errorMessage"] ?? ""), 80)}`,
      );
    for (const { name, bytes } of listed.map(entryOf)) {
      if (!matches(name)) continue;
      const query = new URLSearchParams({ ...version, file_name: name });
      const from = new URL(`${api}/datasets/download/${asked.name}?${String(query)}`);
      files.push({ path: safePath(name), url: from.href, from, bytes, mayBeWrapped: true });
    }
    page = String(answer["nextPageToken"] ?? "");
  }
  const revision = { asked: asked.revision ?? "newest", resolved: number };
  return { revision, files, headers, explain, notes: [] };
}

function entryOf(value: unknown): { name: string; bytes: number | undefined } {
  const { name, totalBytes } = asFields(value) ?? {};
  if (typeof name !== "string") throw new InputError("Kaggle lists a file without a name");
  return { name, bytes: isCount(totalBytes) ? totalBytes : undefined };
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function explainFor(name: string, hasKey: boolean): Explain {
  return ({ status }) => {
    if (status === 401)
      return hasKey
        ? "KAGGLE_USERNAME and KAGGLE_KEY are not accepted: make a new key in your account's settings"
        : `Kaggle asks who you are: set ${toBeSet("KAGGLE_USERNAME", "KAGGLE_KEY")}`;
    if (status === 403)
      return hasKey
        ? `you have no access: check the name, and accept the terms at https://www.kaggle.com/datasets/${name}`
        : `set ${toBeSet("KAGGLE_USERNAME", "KAGGLE_KEY")}, and accept the dataset's terms if it has some`;
    if (status === 404) return "there is no such dataset, version or file: check the name and --revision";
    return status === 429 ? "try again later" : undefined;
  };
}
