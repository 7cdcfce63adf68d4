/** A page of a MediaWiki export, with its last revision. */
export interface WikiPage {
  /** From 1 on; 0 where the page has none that is valid. */
  readonly id: number;
  /** Empty where the page has none. */
  readonly title: string;
  readonly namespace: number;
  /** The title that it redirects to ("" where the export does not say), or undefined where it is no redirect. */
  readonly redirect: string | undefined;
  /** Wikitext; empty where it was deleted or is not exported. */
  readonly text: string;
  readonly revision: number;
  readonly timestamp: string;
}

const MEDIA = -2;
// What every MediaWiki knows beside its own names.
const CANONICAL =
  "Media,Special,,Talk,User,User talk,Project,Project talk,File,File talk,MediaWiki,MediaWiki talk,Template,Template talk,Help,Help talk,Category,Category talk";

/** The names of namespaces, for exports that do not number those of their pages (before version 0.6). */
export function namespaceNames(): { add(name: string, key: number): void; of(title: string): number } {
  const keys = new Map(CANONICAL.split(",").map((name, at) => [name.toLowerCase(), at + MEDIA]));
  keys.delete("");
  const fold = (name: string) => name.replaceAll("_", " ").trim().toLowerCase();
  return {
    add(name, key) {
      if (name !== "") keys.set(fold(name), key);
    },
    of(title) {
      const colon = title.indexOf(":");
      return colon > 0 ? (keys.get(fold(title.slice(0, colon))) ?? 0) : 0;
    },
  };
}
