// Text to vector by hashed features and random signs:
// - words.ts parts the text into lower-cased words; features.ts lists what they are made of, without stop words
//   (stopwords.ts); signs.ts adds a vector of random signs for each.
import { FEATURE, listFeatures } from "./features";
import { AT_ONCE, addSigns } from "./signs";
import { splitWords } from "./words";

const MAX_TEXT: usize = 8192;
const WORDS_BYTES: usize = MAX_TEXT + 64;
const FEATURES_BYTES: usize = 2 * FEATURE * WORDS_BYTES;

/**
 * Writes the embedding of a text of at most 8192 bytes of valid UTF-8: `dim` float32 of unit length, `dim` a multiple of
 * 128 up to 4096. A text without features has the signs of feature 0. `stopWords` is what `listStopWords` made; `work` has
 * 1 MiB. The key must be set.
 */
export function embedText(
  out: usize, dim: u32, text: usize, length: u32, stopWords: usize, work: usize, stream: u32, // prettier-ignore
): void {
  const features = work + WORDS_BYTES, slots = features + FEATURES_BYTES;
  const wordsEnd = splitWords(work, text, length);
  let end = listFeatures(features, slots, work, wordsEnd, stopWords);
  if (end == features) end = put(end, 1);
  while ((end - features) % (AT_ONCE * FEATURE)) end = put(end, 0); // adds nothing
  memory.fill(out, 0, 4 * dim);
  addSigns(out, features, end, dim, stream);
  scaleToUnit(out, dim);
}

function put(feature: usize, weight: f32): usize {
  store<u64>(feature, 0);
  store<f32>(feature, weight, 8);
  return feature + FEATURE;
}

/** Squares are exact and summed in two lanes of float64, even and odd dimensions. */
function scaleToUnit(values: usize, dim: u32): void {
  const end = values + 4 * dim;
  let squares = f64x2.splat(0);
  for (let at = values; at < end; at += 8) {
    const pair = f64x2.promote_low_f32x4(v128.load64_zero(at));
    squares = f64x2.add(squares, f64x2.mul(pair, pair));
  }
  const norm = f64x2.splat(sqrt(f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1)));
  for (let at = values; at < end; at += 8) {
    const pair = f64x2.promote_low_f32x4(v128.load64_zero(at));
    v128.store64_lane(at, f32x4.demote_f64x2_zero(f64x2.div(pair, norm)), 0);
  }
}
