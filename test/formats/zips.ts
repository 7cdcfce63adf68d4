import { deflateRawSync } from "node:zlib";
import type { ByteSource } from "../../src/data/format.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { crc32 } from "../../src/formats/crc32.ts";
import { readZipMember } from "../../src/formats/unzip.ts";
import { createZipWriter, type ZipMethod } from "../../src/formats/zip.ts";
import type { ZipEntry } from "../../src/formats/zipdirectory.ts";
import { createRandom, samples } from "./samples.ts";

export interface Content {
  readonly name: string;
  readonly method: ZipMethod;
  readonly data: Uint8Array;
}

export function zipOf(...contents: readonly Content[]): Uint8Array {
  const zip = createZipWriter();
  const parts = contents.flatMap(({ name, method, data }) => {
    const bytes = method === "stored" ? data : new Uint8Array(deflateRawSync(data));
    const before = zip.open(name, method, data.length, bytes.length);
    zip.add({ bytes, crc: crc32(data), rawLength: data.length });
    return [before, bytes, zip.close()];
  });
  return joinBytes([...parts, zip.end()]);
}

export async function readAll(source: ByteSource, entry: ZipEntry): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const bytes of readZipMember(source, entry)) parts.push(bytes);
  return joinBytes(parts);
}

export const random = createRandom(1);
export const contents: readonly Content[] = [
  { name: "first.npy", method: "stored", data: samples.random!(70_000, random) },
  { name: "empty", method: "stored", data: new Uint8Array(0) },
  { name: "größe/Ω.txt", method: "deflated", data: samples.text!(600_000, random) },
  { name: "zeros", method: "deflated", data: new Uint8Array(300_000) },
  { name: "nothing", method: "deflated", data: new Uint8Array(0) },
];
export const archive = zipOf(...contents);
