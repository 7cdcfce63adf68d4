import process from "node:process";
import { fileURLToPath } from "node:url";
import { Worker, type Transferable as NodeTransferable } from "node:worker_threads";
import type { ThreadMessage } from "./serve.ts";

/** What a thread tells the one that started it. */
export interface ThreadEvents<Answer, Note = never> {
  /** The thread has opened what it needs and answers from now on. */
  onReady(): void;
  onNote?(note: Note): void;
  onAnswer(answer: Answer): void;
  /** The thread threw or ended by itself; nothing more will come of it. Called at most once. */
  onFailure(reason: string, cause: unknown): void;
}

export interface Thread<Request> {
  ask(request: Request, transfer: readonly ArrayBuffer[]): void;
  /** Ends the thread at once. */
  stop(): Promise<void>;
}

/** What a thread runs: a module, or a whole program as text. */
export type ThreadScript = URL | string;

/** Starts a thread that runs `script`, which calls `serveRequests`. */
export function startThread<Start, Request, Answer, Note = never>(
  script: ThreadScript,
  start: Start,
  { onReady, onNote, onAnswer, onFailure }: ThreadEvents<Answer, Note>,
): Thread<Request> {
  let over = false;
  const failOnce = (reason: string, cause?: unknown) => {
    if (!over) onFailure(reason, cause);
    over = true;
  };
  const isText = typeof script === "string";
  // A loader of TypeScript that this thread was started with would be loaded there in vain, which takes 0.1 s.
  const execArgv = isText || !script.pathname.endsWith(".ts") ? { execArgv: [] } : {};
  const worker = new Worker(script, { eval: isText, workerData: start, ...execArgv });
  worker.on("message", (message: ThreadMessage<Answer, Note>) => {
    if (over) return;
    if (message.kind === "ready") onReady();
    else if (message.kind === "note") onNote?.(message.note);
    else if (message.kind === "answer") onAnswer(message.answer);
    else failOnce(wordsOf(message.error), message.error);
  });
  worker.on("messageerror", (error) => failOnce("its answer cannot be read", error));
  worker.on("error", (error) => failOnce(wordsOf(error), error));
  worker.on("exit", (code) => failOnce(`it ended early with code ${code}`));
  return {
    ask: (request, transfer) => worker.postMessage(request, transfer as readonly NodeTransferable[]),
    async stop() {
      over = true;
      await worker.terminate();
    },
  };
}

/** A thread that is asked for promises: each of them rejects when it fails or dies, and so does every later one. */
export interface AskedThread<Request, Answer> {
  ask(request: Request, transfer?: readonly ArrayBuffer[]): Promise<Answer>;
  /** Ends the thread at once; what was asked for is never answered. */
  stop(): Promise<void>;
}

/** The same as `startThread`. */
export function startAskedThread<Start, Request, Answer, Note = never>(
  script: ThreadScript,
  start: Start,
  onNote?: (note: Note) => void,
): AskedThread<Request, Answer> {
  const waiting: { resolve(answer: Answer): void; reject(error: Error): void }[] = []; // answered in this order
  let failure: Error | undefined;
  const thread = startThread<Start, Request, Answer, Note>(script, start, {
    onReady() {},
    onNote: (note) => onNote?.(note),
    onAnswer: (answer) => waiting.shift()?.resolve(answer),
    onFailure(reason, cause) {
      failure = new Error(`A worker failed: ${reason}`, { cause });
      for (const { reject } of waiting.splice(0)) reject(failure);
    },
  });
  return {
    ask: (request, transfer = []) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        waiting.push({ resolve, reject });
        thread.ask(request, transfer);
      }),
    stop: () => thread.stop(),
  };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The script of a module for `startThread`. Node before 22.18 starts no thread from TypeScript, not even under tsx: there
 * the module is bundled in memory, which is also faster than a loader in every thread.
 */
export async function threadScript(module: URL): Promise<ThreadScript> {
  if (!module.pathname.endsWith(".ts") || runsTypeScript()) return module;
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(module)],
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    logLevel: "silent",
    plugins: [
      { name: "installed packages", setup: (hooks) => hooks.onResolve({ filter: WITH_FILES }, resolveInstalled) },
    ],
  });
  return outputFiles[0]!.text;
}

/** Packages that read files of their own and so cannot be bundled: a thread made of text would not find them. */
const WITH_FILES = /^parquet-wasm$/;

function resolveInstalled({ path }: { path: string }): { path: string; external: true } {
  return { path: import.meta.resolve(path), external: true };
}

function runsTypeScript(): boolean {
  return "deno" in process.versions || (process.features as { typescript?: unknown }).typescript !== undefined;
}
