import { InputError } from "../../data/errors.ts";
import { environment, toBeSet } from "../../runtime/environment.ts";
import { asFields, isCount } from "../../data/fields.ts";
import { askJson } from "./ask.ts";
import { EXPORT_REVISION, filesOfSplit, type ExportChoice } from "./parquetexport.ts";
import { isKnownFormat, matcherOf } from "./glob.ts";
import { endpointOf } from "./endpoint.ts";
import type { Asked, Explain, Listing, Net, RemoteFile, Revision } from "./remote.ts";
import { safePath } from "./safepath.ts";

const MAX_PAGES = 10_000;
const NAME = /^(?!.*\.\.)[\w.-]+(?:\/[\w.-]+)?$/;

/** What the Hub says of a file of a repository. */
interface TreeEntry {
  readonly path: string;
  readonly bytes: number;
  readonly sum: NonNullable<RemoteFile["sum"]>;
}

/** Throws `InputError` for what no dataset there can be called. */
export function checkHuggingFace({ name }: Asked): void {
  if (!NAME.test(name)) throw new InputError(`Name "${name}" is not allowed: give org/dataset`);
}

/**
 * The files of a dataset on the Hugging Face Hub at a commit: `before`, where an earlier run chose it. For a split those of
 * the Hub's own export to Parquet, or where there is none, or another revision is asked for, those with the split in their
 * names. HF_ENDPOINT is another Hub, HF_TOKEN opens private datasets.
 */
export async function listHuggingFace(asked: Asked, before: Revision | undefined, net: Net): Promise<Listing> {
  const endpoint = endpointOf("HF_ENDPOINT", "https://huggingface.co");
  const token = environment("HF_TOKEN")?.trim();
  const hub: Hub = {
    api: `${endpoint}/api/datasets/${asked.name}`,
    files: `${endpoint}/datasets/${asked.name}/resolve`,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    explain: explainFor(asked, endpoint, token !== undefined),
    net,
  };
  const { revision, choice } = await choose(asked, before, hub);
  return {
    revision,
    ...{ headers: hub.headers, explain: hub.explain, notes: choice.notes },
    files: choice.entries.map(({ path, bytes, sum }) => {
      const url = new URL(`${hub.files}/${revision.resolved}/${path.split("/").map(encodeURIComponent).join("/")}`);
      return { path: safePath(path), url: url.href, from: url, bytes, sum };
    }),
  };
}

interface Hub {
  readonly api: string;
  readonly files: string;
  readonly headers: Record<string, string>;
  readonly explain: Explain;
  readonly net: Net;
}

async function choose(
  asked: Asked,
  before: Revision | undefined,
  hub: Hub,
): Promise<{ revision: Revision; choice: ExportChoice<TreeEntry> }> {
  const matches = asked.pattern === undefined ? isKnownFormat : matcherOf(asked.pattern);
  const taken = async ({ resolved }: Revision) => (await tree(hub, resolved)).filter(({ path }) => matches(path));
  const wantsExport = asked.split !== undefined && asked.revision === undefined;
  if (wantsExport && (before === undefined || before.asked === EXPORT_REVISION)) {
    const revision = before ?? (await resolve(hub, EXPORT_REVISION, [404]));
    const choice = revision && filesOfSplit(await taken(revision), asked.split!);
    if (revision && choice) return { revision, choice };
  }
  const revision = before ?? (await resolve(hub, asked.revision ?? "main"))!;
  const entries = await taken(revision);
  if (asked.split === undefined) return { revision, choice: { entries, notes: [] } };
  const note = `The files were chosen by "${asked.split}" in their names: there is no export to Parquet of this revision`;
  return { revision, choice: { entries: entries.filter(({ path }) => isNamed(path, asked.split!)), notes: [note] } };
}

/** Whether the split is a word of the path. */
function isNamed(path: string, split: string): boolean {
  return path.toLowerCase().split(/[/_.\-\s]/).includes(split.toLowerCase()); // prettier-ignore
}

/** The commit that a revision stands for; undefined where the answer is one of `absent`. */
async function resolve(hub: Hub, asked: string, absent: readonly number[] = []): Promise<Revision | undefined> {
  const url = new URL(`${hub.api}/revision/${encodeURIComponent(asked)}`);
  let isAbsent = false;
  const explain: Explain = (refusal) => {
    isAbsent ||= absent.includes(refusal.status) && refusal.code !== "RepoNotFound";
    return hub.explain(refusal);
  };
  try {
    const { json } = await askJson({ url, headers: hub.headers, explain }, hub.net);
    const resolved = asFields(json)?.["sha"];
    if (typeof resolved === "string" && /^[0-9a-f]{40}$/.test(resolved)) return { asked, resolved };
    throw new InputError(`Cannot read ${url.href}: expected the commit of ${asked}`);
  } catch (error) {
    if (isAbsent) return undefined;
    throw error;
  }
}

async function tree(hub: Hub, commit: string): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const first = new URL(`${hub.api}/tree/${commit}?recursive=true`);
  let url: URL | undefined = first;
  for (let page = 0; url; page++) {
    if (page === MAX_PAGES) throw new InputError(`Cannot read ${first.href}: more than ${MAX_PAGES} pages`);
    const { json, next } = await askJson({ url, headers: hub.headers, explain: hub.explain }, hub.net);
    if (!Array.isArray(json)) throw new InputError(`Cannot read ${url.href}: expected a list of files`);
    entries.push(...json.map(entryOf).filter((entry) => entry !== undefined));
    // Whatever host the next page names, the token goes to this one.
    url = next && new URL(next.pathname + next.search, first);
  }
  return entries;
}

function entryOf(value: unknown): TreeEntry | undefined {
  const { type, path, size, oid, lfs } = asFields(value) ?? {};
  const large = asFields(lfs);
  const [bytes, sum] = [large?.["size"] ?? size, large?.["oid"] ?? oid];
  if (type !== "file" || typeof path !== "string" || !isCount(bytes) || typeof sum !== "string") return undefined;
  const value_ = sum.replace(/^sha256:/, "").toLowerCase();
  return { path, bytes, sum: { kind: large ? "sha256" : "git", value: value_ } };
}

function explainFor({ name, revision }: Asked, endpoint: string, hasToken: boolean): Explain {
  const page = `${endpoint}/datasets/${name}`;
  return ({ status, code }) => {
    if (code === "GatedRepo")
      return `the dataset is gated: accept its terms at ${page}, and set ${toBeSet("HF_TOKEN")} to a token of that account`;
    if (status === 401)
      return hasToken
        ? "HF_TOKEN is not accepted, or there is no such dataset: check both"
        : `there is no such dataset, or it is a private one: check the name, or set ${toBeSet("HF_TOKEN")}`;
    if (status === 403) return `HF_TOKEN has no access to it: see ${page}`;
    if (status === 404 && code === "RevisionNotFound")
      return `there is no revision ${revision ?? "main"}: see the branches at ${page}/tree/main`;
    if (status === 404 && code !== "EntryNotFound")
      return `there is no such dataset: check the name, and set ${toBeSet("HF_TOKEN")} if it is a private one`;
    if (status === 429)
      return hasToken ? "try again later" : `set ${toBeSet("HF_TOKEN")} for a higher limit, or try again later`;
    return undefined;
  };
}
