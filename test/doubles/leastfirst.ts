export interface Ranked {
  readonly rank: number;
  readonly id: string;
}

/** A binary heap that gives back what has the lowest rank, then the lowest id. */
export function leastFirst(): { add(rank: number, id: string): void; take(): Ranked | undefined } {
  const heap: Ranked[] = [];
  const isBefore = (a: Ranked, b: Ranked) => a.rank < b.rank || (a.rank === b.rank && a.id < b.id);
  return {
    add(rank, id) {
      const item = { rank, id };
      let at = heap.push(item) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!isBefore(item, heap[parent]!)) break;
        heap[at] = heap[parent]!;
        at = parent;
      }
      heap[at] = item;
    },
    take() {
      const least = heap[0];
      const item = heap.pop();
      if (!least || !item || heap.length === 0) return least;
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
        if (child >= heap.length || !isBefore(heap[child]!, item)) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = item;
      return least;
    },
  };
}
