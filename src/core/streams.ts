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
  /** Of a memory: the noise around its centroid, which centroid that is, its confidence, the words of its text. */
  memoryNoise: 8,
  memoryClusters: 9,
  memoryConfidence: 10,
  memoryWords: 11,
  /** Random unit centroids, where none are given. */
  centroids: 12,
  /** Choices that k-means makes: its first centroids, and new places for clusters that lost their rows. */
  kmeans: 13,
  /** Which rows are in a sample: those with the smallest draws. */
  sampled: 14,
  /** Signs of the random projection that embeds texts offline. */
  textSigns: 15,
} as const;
