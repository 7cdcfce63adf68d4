/** Sorts `count` keys (u32), ascending: Shell's sort, for the few hundred at most that a code has. */
export function sort(keys: usize, count: u32): void {
  for (let gap: u32 = 40; gap; gap /= 3) {
    for (let i = gap; i < count; i++) {
      const key = load<u32>(keys + 4 * i);
      let at = i;
      for (; at >= gap && load<u32>(keys + 4 * (at - gap)) > key; at -= gap) {
        store<u32>(keys + 4 * at, load<u32>(keys + 4 * (at - gap)));
      }
      store<u32>(keys + 4 * at, key);
    }
  }
}
