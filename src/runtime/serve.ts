import { isMainThread, parentPort, workerData, type Transferable as NodeTransferable } from "node:worker_threads";

// Apart from threads.ts, so that a thread loads nothing but what it runs: its start-up is on the clock.

/** What a thread says: that it answers from now on, an answer, or why there will be no more of them. */
export type ThreadMessage<Answer> =
  | { readonly kind: "ready" }
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "failure"; readonly error: unknown };

/**
 * The thread's side: `open` gets what the thread was started with and returns what answers each request. The starter is
 * told of whatever throws.
 */
export function serveRequests<Start, Request, Answer>(
  open: (start: Start) => Promise<(request: Request) => { answer: Answer; transfer: ArrayBuffer[] }>,
): void {
  if (isMainThread || !parentPort) throw new Error("Cannot serve requests: expected to run in a worker thread");
  const port = parentPort;
  const tell = (message: ThreadMessage<Answer>, transfer: readonly ArrayBuffer[] = []) =>
    port.postMessage(message, transfer as readonly NodeTransferable[]);
  const fail = (error: unknown) => tell({ kind: "failure", error });
  open(workerData as Start).then((answerTo) => {
    port.on("message", (request: Request) => {
      try {
        const { answer, transfer } = answerTo(request);
        tell({ kind: "answer", answer }, transfer);
      } catch (error) {
        fail(error);
      }
    });
    tell({ kind: "ready" });
  }, fail);
}
