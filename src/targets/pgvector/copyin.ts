/** What of Node's streams is used here. */
export interface CopySink {
  write(piece: Uint8Array): boolean;
  end(): void;
  destroy(error: Error): void;
  once(event: "drain" | "finish", run: () => void): void;
  on(event: "error", run: (error: Error) => void): void;
}

/** Writes the pieces, no more at a time than the sink takes, until it has finished. */
export function feed(sink: CopySink, pieces: Iterable<Uint8Array>): Promise<void> {
  return new Promise((resolve, reject) => {
    const rest = pieces[Symbol.iterator]();
    let hasFailed = false;
    const fail = (error: unknown): void => {
      hasFailed = true;
      reject(error);
    };
    const go = (): void => {
      if (hasFailed) return;
      try {
        for (let next = rest.next(); !next.done; next = rest.next()) {
          if (!sink.write(next.value)) return sink.once("drain", go);
        }
        sink.end();
      } catch (error) {
        fail(error);
        sink.destroy(error as Error); // the server waits for an end
      }
    };
    sink.on("error", fail);
    sink.once("finish", resolve);
    go();
  });
}
