/** The parts of a corpus, in the order in which duplicates are looked for. */
export const SPLITS = ["train", "val", "test"] as const;

export type Split = (typeof SPLITS)[number];
