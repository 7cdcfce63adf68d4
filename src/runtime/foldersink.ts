import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { dirname } from "node:path";
import { attempt } from "./failure.ts";
import type { Sink, SinkOptions } from "./sink.ts";

/**
 * One output folder of many small files, written under a name of its own. What is hashed are the files one after the
 * other. Small files are written at once: handing each to the system's threads would take longer.
 */
export function openFolderSink(path: string, { partPath, checksum }: SinkOptions): Sink {
  const hash = checksum ? createHash("sha256") : undefined;
  const folders = new Set<string>();
  const remove = (folder: string) => {
    try {
      fs.rmSync(folder, { recursive: true, force: true });
    } catch {
      // The run has failed already; the next one replaces what is left.
    }
  };
  attempt(`create folder ${partPath}`, () => {
    fs.rmSync(partPath, { recursive: true, force: true });
    fs.mkdirSync(partPath);
  });
  let bytes = 0;
  let failure: unknown;
  let isPublished = false;
  const writeFile = (name: string, content: Uint8Array) => {
    const file = `${partPath}/${name}`;
    attempt(`write ${file}`, () => {
      const folder = dirname(file);
      if (!folders.has(folder)) fs.mkdirSync(folder, { recursive: true });
      folders.add(folder);
      fs.writeFileSync(file, content);
    });
  };
  return {
    async write({ bytes: content, files = [] }) {
      if (failure) throw failure;
      try {
        let at = 0;
        for (const file of files) writeFile(file.path, content.subarray(at, (at += file.length)));
        if (at !== content.length) throw new Error(`Cannot write ${content.length} bytes as files of ${at}`);
      } catch (error) {
        throw (failure = error);
      }
      bytes += content.length;
      hash?.update(content);
    },
    async finish() {
      if (failure) throw failure;
      return {
        bytes,
        sha256: hash ? hash.digest("hex") : null,
        publish() {
          attempt(`rename ${partPath}`, () => fs.renameSync(partPath, path));
          isPublished = true;
        },
        discard: () => remove(isPublished ? path : partPath),
      };
    },
    abort: async () => remove(partPath),
  };
}
