import { isMainThread, parentPort, workerData, type Transferable as NodeTransferable } from "node:worker_threads";

// Apart from threads.ts, so that a thread loads nothing but what it runs: its start-up is on the clock.

/** What a thread says: that it answers from now on, a note, an answer, or why there will be no more of them. */
export type ThreadMessage<Answer, Note> =
  | { readonly kind: "ready" }
  | { readonly kind: "note"; readonly note: Note }
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "failure"; readonly error: unknown };

/**
 * The thread's side: `open` gets what the thread was started with, and what tells the starter of the work meanwhile, and
 * returns what answers each request. The starter is told of whatever throws.
 */
export function serveRequests<Start, Request, Answer, Note = never>(
  open: (
    start: Start,
    note: (note: Note) => void,
  ) => (request: Request) => Promise<{ answer: Answer; transfer: ArrayBuffer[] }>,
): void {
  if (isMainThread || !parentPort) throw new Error("Cannot serve requests: expected to run in a worker thread");
  const port = parentPort;
  const tell = (message: ThreadMessage<Answer, Note>, transfer: readonly ArrayBuffer[] = []) =>
    port.postMessage(message, transfer as readonly NodeTransferable[]);
  const fail = (error: unknown) => tell({ kind: "failure", error });
  try {
    const answerTo = open(workerData as Start, (note) => tell({ kind: "note", note }));
    let last: Promise<void> = Promise.resolve(); // one request at a time
    port.on("message", (request: Request) => {
      last = last
        .then(() => answerTo(request))
        .then(({ answer, transfer }) => tell({ kind: "answer", answer }, transfer))
        .catch(fail);
    });
    tell({ kind: "ready" });
  } catch (error) {
    fail(error);
  }
}
