/** A 32-bit hash of a text under a seed, for orders that differ from insertion order and stay the same. */
export function hash32(text: string, seed: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mixed(hash);
}

/** Uniform numbers in [0, 1) from a seed. */
export function seededUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => mixed((state = (state + 0x9e3779b9) >>> 0)) / 2 ** 32;
}

function mixed(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
