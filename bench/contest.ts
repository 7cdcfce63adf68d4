/** One of several that do the same work. */
export interface Contender<Sample> {
  readonly name: string;
  measure(): Promise<Sample>;
}

/**
 * Measures all contenders in turn, round after round, so that a slow moment of the machine meets all of them. Returns the
 * samples of each, one a round, in the order given.
 */
export async function alternate<Sample>(contenders: readonly Contender<Sample>[], rounds: number): Promise<Sample[][]> {
  const samples: Sample[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [at, contender] of contenders.entries()) samples[at]!.push(await contender.measure());
  }
  return samples;
}
