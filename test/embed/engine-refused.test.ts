import assert from "node:assert/strict";
import test from "node:test";
import { embedTexts, type EmbedOptions } from "../../src/embed/engine.ts";
import { openaiProvider } from "../../src/embed/openai.ts";
import { withOpenai } from "../doubles/withopenai.ts";
import { collector, numbered, textsOf } from "./texts.ts";

const DIM = 8;

const refusing: [what: string, texts: readonly string[], asked: Partial<EmbedOptions>, ends: boolean][] = [
  ["all of 2000", numbered(2000), {}, true],
  ["all of 500", numbered(500), {}, true],
  ["all of 499", numbered(499), {}, false],
  ["the first 499 of 500", [...numbered(499), "a good one"], {}, false],
  ["all but the first of 600", ["a good one", ...numbered(599)], {}, false],
  ["all of 600, but an earlier run was answered", numbered(600), { hasAnswers: true }, false],
];

for (const [what, texts, asked, ends] of refusing) {
  test(`a server that refuses every text is not asked about each, be they enough: ${what}`, () =>
    withOpenai({ poison: "text" }, async (double) => {
      const provider = openaiProvider({ apiKey: double.key, baseUrl: double.url, dimensions: DIM, timeoutMs: 5000 });
      const seen = collector();
      const running = embedTexts(textsOf(texts), provider, seen.options(DIM, { concurrency: 1, ...asked }));
      if (ends) {
        await assert.rejects(running, /^EmbedFailure: The server refuses every text: .*not acceptable/);
        assert.ok(double.counters.requests < 1100, `${double.counters.requests} requests`);
        assert.equal(seen.failures.length, 500);
      } else {
        const good = texts.filter((text) => text === "a good one").length;
        assert.deepEqual([(await running).texts, seen.failures.length], [good, texts.length - good]);
      }
    }));
}
