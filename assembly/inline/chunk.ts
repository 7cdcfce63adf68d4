/** Groups of words that are drawn and then transformed at a time: 5 KiB, which stay in the first-level cache. */
export const CHUNK: u32 = 80;
