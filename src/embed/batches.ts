/** A text to embed. */
export interface EmbedText {
  /** Its number among all, by which its vector is told apart. */
  readonly index: number;
  readonly text: string;
  /** As the model counts them; 0 where nobody counts. */
  readonly tokens: number;
}

/** Texts that go into one request. */
export interface TextBatch {
  readonly texts: readonly EmbedText[];
  readonly tokens: number;
}

/** What fits into a batch; all of them may be Infinity. */
export interface BatchLimits {
  readonly texts: number;
  readonly tokens: number;
}

/** Groups texts in their order. Asked for its limits whenever a text has come, since a server may tell its own meanwhile. */
export async function* createBatches(
  texts: AsyncIterable<EmbedText>,
  limits: () => BatchLimits,
): AsyncGenerator<TextBatch> {
  let batch: EmbedText[] = [];
  let tokens = 0;
  for await (const text of texts) {
    const most = limits();
    if (batch.length > 0 && (batch.length >= most.texts || tokens + text.tokens > most.tokens)) {
      yield { texts: batch, tokens };
      [batch, tokens] = [[], 0];
    }
    batch.push(text);
    tokens += text.tokens;
    if (batch.length < most.texts && tokens < most.tokens) continue;
    yield { texts: batch, tokens };
    [batch, tokens] = [[], 0];
  }
  if (batch.length > 0) yield { texts: batch, tokens };
}

/** Two batches of about as many texts each. */
export function halves({ texts }: TextBatch): TextBatch[] {
  const middle = texts.length >> 1;
  return [texts.slice(0, middle), texts.slice(middle)].map((half) => ({
    texts: half,
    tokens: half.reduce((sum, { tokens }) => sum + tokens, 0),
  }));
}
