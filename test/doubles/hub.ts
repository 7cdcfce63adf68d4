import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { sendFile, startServer, startStorage, type Manner, type Server, type ServedFile } from "./fileserver.ts";

/** Files by their paths: text is kept in git, bytes in the large file storage. */
type Tree = Readonly<Record<string, string | Uint8Array>>;

export interface HubDataset {
  /** Commits by the names of branches and tags. */
  readonly revisions: Record<string, string>;
  /** Trees by commit. */
  readonly trees: Record<string, Tree>;
  /** Who may read it; undefined for all. */
  readonly token?: string;
  /** Whether that one has accepted the terms. */
  readonly isGated?: boolean;
}

export interface HubOptions {
  readonly datasets: Record<string, HubDataset>;
  readonly pageSize?: number;
  /** Of the large files. */
  readonly manner?: Manner;
  /** Files of the storage in place of the right ones, by name. */
  readonly replaced?: Map<string, Uint8Array>;
  /** Answers of its own, before anything else. */
  readonly intercept?: (path: string, response: ServerResponse, number: number) => boolean;
}

export interface HubDouble extends Server {
  readonly storage: Server;
}

/** A commit's name out of a letter or two. */
export function commit(seed: string): string {
  return createHash("sha1").update(seed).digest("hex");
}

/** A stand-in for the Hugging Face Hub: its API for datasets, and the files, of which the large ones are at another host. */
export async function startHub(options: HubOptions): Promise<HubDouble> {
  const { datasets, pageSize = 1000, manner = {}, replaced = new Map(), intercept } = options;
  const stored = new Map<string, ServedFile>();
  for (const [name, { trees }] of Object.entries(datasets)) {
    for (const tree of Object.values(trees)) {
      for (const [path, content] of Object.entries(tree)) {
        if (typeof content === "string") continue;
        const sum = sha256(content);
        stored.set(`/${name}/${sum}`, { bytes: replaced.get(path) ?? content, etag: `"${sum.slice(0, 32)}"` });
      }
    }
  }
  const storage = await startStorage(stored, manner);
  let number = 0;
  const server = await startServer((request, response, target) => {
    if (intercept?.(target, response, number++)) return;
    const url = new URL(target, "http://hub");
    const match = /^\/(api\/)?datasets\/([\w.-]+\/[\w.-]+)\/(revision|tree|resolve)\/([^/]+)(?:\/(.+))?$/.exec(
      url.pathname,
    );
    const dataset = match && datasets[match[2]!];
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    const refuse = (status: number, code: string): void =>
      void response.writeHead(status, { "x-error-code": code, "x-error-message": "no" }).end('{"error":"no"}');
    // To whoever is not logged in, what is not there and what is private look the same.
    if (!dataset || (dataset.token !== undefined && !dataset.isGated && token !== dataset.token))
      return refuse(token === undefined ? 401 : 404, "RepoNotFound");
    const [, , name, what, revision] = match;
    const asked = decodeURIComponent(revision!);
    const sha = dataset.trees[asked] ? asked : dataset.revisions[asked];
    const tree = sha === undefined ? undefined : dataset.trees[sha];
    if (!tree) return refuse(404, "RevisionNotFound");
    if (what === "revision") return json(response, { id: name, sha, gated: dataset.isGated ? "manual" : false });
    if (what === "tree") return sendTree(tree, url, request, response, pageSize);
    if (dataset.isGated) return refuse(token === undefined ? 401 : 403, "GatedRepo");
    const path = decodeURIComponent(match[5] ?? "");
    const content = tree[path];
    if (content === undefined) return refuse(404, "EntryNotFound");
    const about = { "x-repo-commit": sha! };
    if (typeof content === "string") {
      const bytes = new TextEncoder().encode(content);
      const etag = `"${gitSum(bytes)}"`;
      // The Hub sends small files by way of a cache on the same host.
      if (!url.searchParams.has("cached"))
        return void response.writeHead(307, { ...about, location: `${url.pathname}?cached=1` }).end();
      return void sendFile({ bytes, etag, headers: about }, request, response, {}, undefined);
    }
    const linked = { "x-linked-etag": `"${sha256(content)}"`, "x-linked-size": String(content.length) };
    const location = `${storage.url}/${name}/${sha256(content)}?X-Amz-Signature=signature&Expires=1`;
    response.writeHead(302, { ...about, ...linked, location }).end();
  });
  return {
    ...server,
    storage,
    async close() {
      await server.close();
      await storage.close();
    },
  };
}

function sendTree(tree: Tree, url: URL, request: IncomingMessage, response: ServerResponse, pageSize: number): void {
  const entries = Object.entries(tree).map(([path, content]) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const plain = { type: "file", path, size: bytes.length, oid: gitSum(bytes) };
    if (typeof content === "string") return plain;
    return {
      ...plain,
      oid: gitSum(pointerOf(content)),
      lfs: { oid: sha256(content), size: content.length, pointerSize: 134 },
    };
  });
  const folders = [...new Set(Object.keys(tree).flatMap((path) => (path.includes("/") ? [path.split("/")[0]!] : [])))];
  const all = [...folders.map((path) => ({ type: "directory", path, size: 0, oid: "0".repeat(40) })), ...entries];
  const from = Number(url.searchParams.get("cursor") ?? 0);
  const next = new URL(url.pathname + url.search, `http://${request.headers.host}`);
  next.searchParams.set("cursor", String(from + pageSize));
  const link: Record<string, string> = from + pageSize < all.length ? { link: `<${next.href}>; rel="next"` } : {};
  json(response, all.slice(from, from + pageSize), link);
}

function json(response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

/** What git has in place of a large file. */
function pointerOf(content: Uint8Array): Uint8Array {
  return new TextEncoder().encode(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(content)}\nsize ${content.length}\n`,
  );
}

function gitSum(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
