import { Worker, isMainThread, parentPort, workerData, type Transferable as NodeTransferable } from "node:worker_threads";

/** What a thread tells the one that started it. */
export interface ThreadEvents<Answer> {
  onAnswer(answer: Answer): void;
  /** The thread threw or ended by itself; nothing more will come of it. Called at most once. */
  onFailure(reason: string, cause: unknown): void;
}

export interface Thread<Request> {
  ask(request: Request, transfer: readonly ArrayBuffer[]): void;
  /** Ends the thread at once. */
  stop(): Promise<void>;
}

/** Starts a thread that runs `url`, which calls `serveRequests`. */
export function startThread<Start, Request, Answer>(
  url: URL,
  start: Start,
  { onAnswer, onFailure }: ThreadEvents<Answer>,
): Thread<Request> {
  let over = false;
  const failOnce = (reason: string, cause?: unknown) => {
    if (!over) onFailure(reason, cause);
    over = true;
  };
  const worker = createWorker(url, start);
  worker.on("message", (answer: Answer) => {
    if (!over) onAnswer(answer);
  });
  worker.on("messageerror", (error) => failOnce("its answer cannot be read", error));
  worker.on("error", (error) => failOnce(error instanceof Error ? error.message : String(error), error));
  worker.on("exit", (code) => failOnce(`it ended early with code ${code}`));
  return {
    ask: (request, transfer) => worker.postMessage(request, transfer as readonly NodeTransferable[]),
    async stop() {
      over = true;
      await worker.terminate();
    },
  };
}

/**
 * The thread's side: `open` gets what the thread was started with and returns what answers each request. Whatever throws
 * ends the thread, which the starter is told.
 */
export function serveRequests<Start, Request, Answer>(
  open: (start: Start) => Promise<(request: Request) => { answer: Answer; transfer: ArrayBuffer[] }>,
): void {
  if (isMainThread || !parentPort) throw new Error("Cannot serve requests: expected to run in a worker thread");
  const port = parentPort;
  const opened = open(workerData as Start);
  port.on("message", async (request: Request) => {
    const { answer, transfer } = (await opened)(request);
    port.postMessage(answer, transfer as readonly NodeTransferable[]);
  });
}

function createWorker(url: URL, workerData: unknown): Worker {
  return new Worker(url, { workerData });
}
