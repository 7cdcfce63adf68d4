/**
 * The numbers of the random streams. Append only: a number is never reused, reordered or given another meaning, because
 * it is part of the address of every value (CHANGELOG.md would need a major version).
 */
export const streams = {
  /** The library's `fillNormals` and `fillUniforms`, when no other stream is asked for. */
  fill: 0,
  /** Values of the vectors of a dataset. */
  vectors: 1,
  /** The `cls` field beside the vectors. */
  cls: 2,
  /** Which rows `verify` regenerates; never reaches a data file. */
  audit: 3,
  /** The images of the splits of a corpus: each split has its own, so that none moves another. */
  trainImages: 4,
  valImages: 5,
  testImages: 6,
  /** Which images a report shows; never reaches a data file. */
  shown: 7,
} as const;
