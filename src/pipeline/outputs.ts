import type { Framer } from "../data/format.ts";
import type { FileSpec, Pass } from "../data/plan.ts";
import { openFramer, type FilePart } from "../formats/table.ts";
import { openFolderSink } from "../runtime/foldersink.ts";
import { openSink, type FinishedFile, type Sink } from "../runtime/sink.ts";
import type { OwnedBlock } from "./executor.ts";
import { partName, plannedFiles, type PlannedFile } from "./files.ts";

export interface OutputOptions {
  readonly folder: string;
  readonly checksum: boolean;
}

/** The files of a dataset as they are written: each is open from its first pass to its last, and no longer. */
export interface Outputs {
  /** Begins the parts that the pass writes, and the files that begin with it. */
  open(pass: Pass): Promise<void>;
  /** Queues an encoded block of the pass that is open; resolves when its bytes may be reused. */
  write(block: OwnedBlock): Promise<unknown>;
  /** Ends the parts of the pass, and the files that end with it. */
  close(): void;
  /** Waits for all files; they are in the order of `plannedFiles`. Rejects when one could not be written. */
  finish(): Promise<FinishedFile[]>;
  /** Deletes what was written. Never rejects. */
  abort(): Promise<void>;
}

interface Output {
  readonly sink: Sink;
  readonly framer: Framer<FilePart>;
}

export function openOutputs(passes: readonly Pass[], options: OutputOptions): Outputs {
  const files = new Map(plannedFiles(passes).map((file) => [file.name, file]));
  const outputs = new Map<string, Output>();
  const finished = new Map<string, Promise<FinishedFile>>();
  let open: { readonly file: PlannedFile; readonly output: Output; readonly isLast: boolean }[] = [];
  return {
    async open(pass) {
      open = [];
      for (const { name } of pass.files) {
        const file = files.get(name)!;
        const output = outputs.get(name) ?? (await openOutput(file, options));
        outputs.set(name, output);
        open.push({ file, output, isLast: file.parts.at(-1)!.pass === pass });
        frame(output, output.framer.open(file.parts.find((part) => part.pass === pass)!));
      }
    },
    write: ({ encoded }) =>
      Promise.all(
        open.map(({ output }, at) => {
          if (!encoded[at]) return undefined; // there are no rows
          output.framer.add(encoded[at]);
          return output.sink.write(encoded[at]);
        }),
      ),
    close() {
      for (const { file, output, isLast } of open) {
        frame(output, output.framer.close());
        if (!isLast) continue;
        frame(output, output.framer.end());
        const done = output.sink.finish();
        done.catch(() => {}); // `finish` reports it
        finished.set(file.name, done);
      }
    },
    finish: () => Promise.all([...files.keys()].map((name) => finished.get(name)!)),
    async abort() {
      for (const [name, { sink }] of outputs) {
        const file = await finished.get(name)?.catch(() => undefined);
        if (file) file.discard();
        else await sink.abort();
      }
    },
  };
}

/** Begins a file, or a folder of many. */
async function openOutput({ name, format }: FileSpec, { folder, checksum }: OutputOptions): Promise<Output> {
  const framer = await openFramer(format);
  const openAny = format.kind === "imagefolder" ? openFolderSink : openSink;
  return { framer, sink: openAny(`${folder}/${name}`, { partPath: `${folder}/${partName(name)}`, checksum }) };
}

/** Writes what stands around rows; `finish` reports what fails. */
function frame({ sink }: Output, bytes: Uint8Array): void {
  if (bytes.length > 0) sink.write({ bytes }).catch(() => {});
}
