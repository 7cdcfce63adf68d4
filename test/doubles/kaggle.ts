import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { startServer, startStorage, type Manner, type ServedFile, type Server } from "./fileserver.ts";

export interface KaggleFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What comes in its place: the zip around it. */
  readonly zip?: Uint8Array;
  /** The length that the list tells, where it is another one; null for none. */
  readonly listed?: number | null;
  /** The MD5 that the storage tells, where it is a wrong one. */
  readonly md5?: string;
}

export interface KaggleOptions {
  /** The newest version of `owner/slug`, and its files. */
  readonly dataset: { readonly name: string; readonly version: number; readonly files: readonly KaggleFile[] };
  /** `user:key` of who may read it; undefined for all. */
  readonly login?: string;
  /** Whether that one has to accept terms. */
  readonly hasTerms?: boolean;
  readonly pageSize?: number;
  readonly manner?: Manner;
}

export interface KaggleDouble extends Server {
  readonly storage: Server;
}

/** A stand-in for Kaggle's API of datasets; files are at a storage like Google's, which tells their MD5. */
export async function startKaggle(options: KaggleOptions): Promise<KaggleDouble> {
  const { dataset, login, hasTerms = false, pageSize = 2, manner = {} } = options;
  const stored = new Map<string, ServedFile>(
    dataset.files.map(({ name, bytes, zip, md5 }) => {
      const sent = zip ?? bytes;
      const sum = md5 ?? createHash("md5").update(sent).digest("base64");
      const headers = {
        "x-goog-hash": `crc32c=AAAAAA==,md5=${sum}`,
        "content-type": zip ? "application/zip" : "text/csv",
      };
      return [`/bucket/${name}${zip ? ".zip" : ""}`, { bytes: sent, etag: `"${sum}"`, headers }];
    }),
  );
  const storage = await startStorage(stored, manner);
  const expected = login === undefined ? undefined : `Basic ${Buffer.from(login).toString("base64")}`;
  const server = await startServer((request, response, target) => {
    const url = new URL(target, "http://kaggle");
    const query = url.searchParams;
    const send = (status: number, value: unknown): void =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    const [, what, name] = /^\/datasets\/(view|list|download)\/([\w.-]+\/[\w.-]+)$/.exec(url.pathname) ?? [];
    if (expected !== undefined && request.headers.authorization !== expected)
      return send(request.headers.authorization === undefined ? 403 : 401, { code: 401, message: "Unauthenticated" });
    if (name !== dataset.name) return send(404, { code: 404, message: "Dataset not found" });
    if (hasTerms) return send(403, { code: 403, message: "Permission denied" });
    if (what === "view") return send(200, { ref: name, currentVersionNumber: dataset.version });
    if (query.get("dataset_version_number") !== String(dataset.version)) return send(404, { code: 404 });
    if (what === "list") {
      const from = Number(query.get("page_token") || 0);
      const files = dataset.files.slice(from, from + pageSize).map((file) => ({
        name: file.name,
        ...(file.listed === null ? {} : { totalBytes: file.listed ?? file.bytes.length }),
      }));
      const isLast = from + pageSize >= dataset.files.length;
      return send(200, { datasetFiles: files, nextPageToken: isLast ? "" : String(from + pageSize) });
    }
    const file = dataset.files.find((each) => each.name === query.get("file_name"));
    if (!file) return send(404, { code: 404, message: "File not found" });
    const path = `/bucket/${file.name.split("/").map(encodeURIComponent).join("/")}${file.zip ? ".zip" : ""}`;
    response.writeHead(302, { location: `${storage.url}${path}?X-Goog-Signature=signature` }).end();
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
