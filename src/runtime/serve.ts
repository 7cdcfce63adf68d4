import { isMainThread, parentPort, workerData, type Transferable as NodeTransferable } from "node:worker_threads";

// Apart from threads.ts, so that a thread loads nothing but what it runs: its start-up is on the clock.

/** The first message of a thread: it answers from now on. */
export const READY = "ready";

/**
 * The thread's side: `open` gets what the thread was started with and returns what answers each request. Whatever throws
 * ends the thread, which the starter is told.
 */
export function serveRequests<Start, Request, Answer>(
  open: (start: Start) => Promise<(request: Request) => { answer: Answer; transfer: ArrayBuffer[] }>,
): void {
  if (isMainThread || !parentPort) throw new Error("Cannot serve requests: expected to run in a worker thread");
  const port = parentPort;
  void open(workerData as Start).then((answerTo) => {
    port.on("message", (request: Request) => {
      const { answer, transfer } = answerTo(request);
      port.postMessage(answer, transfer as readonly NodeTransferable[]);
    });
    port.postMessage(READY);
  });
}
