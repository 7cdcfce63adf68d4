import { InputError } from "../../data/errors.ts";
import { absolutePath, isThere } from "../../runtime/files.ts";
import { isUrl, urlOf } from "../../runtime/url.ts";
import { datasetNameAt } from "../datasetname.ts";
import { rawFolder } from "../root.ts";
import { checkHuggingFace, listHuggingFace } from "./huggingface.ts";
import { checkKaggle, listKaggle } from "./kaggle.ts";
import { listLocal } from "./localfiles.ts";
import type { Asked, Listing, Net, Revision, SourceName } from "./remote.ts";
import { shownUrl } from "./shownurl.ts";
import { labelOfUrl, listWebLink, refuseRevision } from "./weblink.ts";

/** What a dataset is called: in paths, before characters are replaced, and in records. */
export interface Names {
  readonly dataset: string;
  readonly name: string;
}

interface Source {
  /** Throws `InputError` for what the source can have nothing of. */
  readonly check: (asked: Asked) => void;
  readonly names: (asked: Asked) => Names;
  /** Under which name it is kept where no split is given. */
  readonly version: (asked: Asked) => string;
  readonly list: (asked: Asked, before: Revision | undefined, net: Net, folder: string) => Promise<Listing> | Listing;
}

const own = ({ name }: Asked): Names => ({ dataset: name, name });

/** The one table of sources. */
const sources: Record<SourceName, Source> = {
  huggingface: {
    check: checkHuggingFace,
    names: own,
    version: ({ revision }) => revision ?? "main",
    list: listHuggingFace,
  },
  kaggle: { check: checkKaggle, names: own, version: ({ revision }) => revision ?? "default", list: listKaggle },
  http: {
    check: refuseRevision,
    names: ({ name }) => ({ dataset: labelOfUrl(name), name: shownUrl(urlOf(name)) }),
    version: () => "default",
    list: (asked, _before, net) => listWebLink(asked, net),
  },
  file: {
    check: refuseRevision,
    names: ({ name }) => ({ dataset: datasetNameAt(name), name: absolutePath(name) }),
    version: () => "default",
    list: (asked, _before, _net, folder) => listLocal(asked, folder),
  },
};

/** The source that a name is plainly of: a URL, a path where something is, or org/dataset. */
export function sourceOf(name: string): SourceName {
  const page = /^https?:\/\/(?:www\.)?(huggingface\.co|kaggle\.com)\/datasets\/([\w.-]+\/[\w.-]+)\/?(?:[?#].*)?$/i.exec(
    name,
  );
  if (page) {
    const source = page[1]!.toLowerCase() === "kaggle.com" ? " --source kaggle" : "";
    throw new InputError(
      `Name "${name}" is not allowed: it is a page about a dataset; give --name ${page[2]}${source}`,
    );
  }
  if (isUrl(name)) return "http";
  if (isThere(name)) return "file";
  if (/^[\w.-]+\/[\w.-]+$/.test(name) && !/^\.\.?\//.test(name)) return "huggingface";
  throw new InputError(
    `Name "${name}" is not allowed: give org/dataset, a URL, a file or folder that is there, or say which with --source`,
  );
}

export function namesOf(asked: Asked): Names {
  return sources[asked.source].names(asked);
}

/** Where the dataset goes. Throws `InputError` for what its source can have nothing of. */
export function folderOf(asked: Asked, root: string): string {
  sources[asked.source].check(asked);
  const version = asked.split ?? sources[asked.source].version(asked);
  return rawFolder(root, asked.source, namesOf(asked).dataset, version);
}

/** What the source has, at the revision that an earlier run chose where there was one. Throws `InputError` for nothing. */
export async function listFiles(
  asked: Asked,
  before: Revision | undefined,
  net: Net,
  folder: string,
): Promise<Listing> {
  const listing = await sources[asked.source].list(asked, before, net, folder);
  const paths = new Set(listing.files.map(({ path }) => path));
  if (paths.size < listing.files.length) throw new InputError(`${asked.name} has two files of the same name`);
  if (paths.size > 0) return listing;
  const what = asked.pattern === undefined ? "of a known format" : `that match "${asked.pattern}"`;
  throw new InputError(
    `${namesOf(asked).name} has no files ${what}${asked.split ? ` in split ${asked.split}` : ""}: choose by --files`,
  );
}
