import assert from "node:assert/strict";
import test from "node:test";
import { localProvider } from "../../src/embed/local.ts";
import type { EmbeddingProvider } from "../../src/embed/provider.ts";
import { createArticleMemories } from "../../src/pipeline/articlememories.ts";
import type { Article } from "../../src/pipeline/articles.ts";
import { articlePages } from "../support/dumps.ts";

const MAX_BYTES = 100_000;
const bytesOf = (text: string) => new TextEncoder().encode(text).length;
const withText = (text: string, title = "Title"): Article => ({ id: 7, title, text });

async function memoriesOf(articles: readonly Article[], provider?: EmbeddingProvider) {
  const memories = await createArticleMemories(provider)(articles);
  return memories.map((memory) => ({ ...memory, parsed: JSON.parse(memory.json) as Record<string, unknown> }));
}

async function memoryOf(article: Article) {
  return (await memoriesOf([article]))[0]!;
}

test("a memory has content, embedding, confidence and id, in that order, on one line", async () => {
  const articles = articlePages([3, 5]);
  const [first, second] = await memoriesOf(articles, localProvider());
  assert.deepEqual(Object.keys(first!.parsed), ["content", "embedding", "confidence", "id"]);
  assert.deepEqual([first!.id, first!.pageId, first!.isCut], ["wikipedia-3", 3, false]);
  assert.equal(second!.parsed["id"], "wikipedia-5");
  assert.equal(first!.parsed["content"], `${articles[0]!.title}\n\n${articles[0]!.text}`);
  assert.doesNotMatch(first!.json, /[\n\r]/);
});

test("embeddings are those of title, blank line and the first 1000 characters, bit for bit", async () => {
  const long = ["ü", "漢", "😀", "ab "].map((piece, id) => ({ id, title: `T${id} 😀`, text: piece.repeat(1500) }));
  const articles = [...long, ...articlePages([8, 9])];
  const provider = localProvider();
  const expected = await provider.embed(
    articles.map(({ title, text }) => `${title}\n\n${Array.from(text).slice(0, 1000).join("")}`),
  );
  const memories = await memoriesOf(articles, provider);
  for (const [at, { parsed }] of memories.entries()) {
    const row = expected.subarray(at * provider.dim, (at + 1) * provider.dim);
    const read = Float32Array.from(parsed["embedding"] as number[]);
    assert.deepEqual(new Uint32Array(read.buffer), new Uint32Array(row.slice().buffer));
  }
});

test("what comes after 1000 characters does not change the embedding, the one before does", async () => {
  const base = "x😀".repeat(500);
  const texts = [base, `${base} and more`, `${base.slice(0, -2)}z`];
  const [exact, longer, other] = await memoriesOf(
    texts.map((text) => withText(text)),
    localProvider(),
  );
  assert.deepEqual(longer!.parsed["embedding"], exact!.parsed["embedding"]);
  assert.notDeepEqual(other!.parsed["embedding"], exact!.parsed["embedding"]);
});

test("without a provider there is no embedding", async () => {
  const { parsed } = await memoryOf(withText("Some text."));
  assert.deepEqual(Object.keys(parsed), ["content", "confidence", "id"]);
});

for (const [characters, shown] of [
  [50, "0.605"],
  [123, "0.6123"],
  [1000, "0.7"],
  [1001, "0.7001"],
  [2999, "0.8999"],
  [3000, "0.9"],
  [3001, "0.9"],
  [90_000, "0.9"],
] as const) {
  for (const character of ["a", "😀"]) {
    if (character === "😀" && characters > 3001) continue;
    test(`${characters} characters ${character} have the confidence ${shown}`, async () => {
      const { json } = await memoryOf(withText(character.repeat(characters)));
      assert.ok(json.includes(`,"confidence":${shown},"id"`), json.slice(-60));
    });
  }
}

test("texts around 100,000 bytes are cut between characters, as late as possible, and counted", async () => {
  for (const character of ["a", "ü", "漢", "😀"]) {
    const width = bytesOf(character);
    for (let over = -4; over <= 5; over++) {
      // The tail begins at another place of a character each time.
      for (let shift = 0; shift < width; shift++) {
        const head = `Title\n\n${"a".repeat(shift)}`;
        const text = "a".repeat(shift) + character.repeat(Math.floor((MAX_BYTES + over - bytesOf(head)) / width));
        const whole = `Title\n\n${text}`;
        const { parsed, isCut } = await memoryOf(withText(text));
        const content = parsed["content"] as string;
        const expected = bytesOf(whole) <= MAX_BYTES ? whole : longestPrefix(whole);
        assert.ok(content === expected, `${character}, ${over} over, shift ${shift}: ${bytesOf(content)} bytes`);
        assert.equal(isCut, bytesOf(whole) > MAX_BYTES);
      }
    }
  }
});

/** The slow way: characters from the end are left out until it fits. */
function longestPrefix(text: string): string {
  const characters = Array.from(text);
  while (bytesOf(characters.join("")) > MAX_BYTES) characters.pop();
  return characters.join("");
}

test("a text of far more than 100,000 bytes is cut too", async () => {
  const { parsed, isCut } = await memoryOf(withText("漢ü".repeat(1_000_000)));
  const content = parsed["content"] as string;
  assert.ok(isCut && bytesOf(content) > MAX_BYTES - 4 && bytesOf(content) <= MAX_BYTES);
  assert.ok(`Title\n\n${"漢ü".repeat(40_000)}`.startsWith(content));
});

test("controls, quotes, line separators and halves of characters leave one line of JSON", async () => {
  const title = '"A\\B"\u2028';
  const text = "tab\t line\n \u0000 \u007f \u2028 \u2029 </script> half \ud83d";
  const { json, parsed } = await memoryOf(withText(text, title));
  assert.equal(parsed["content"], `${title}\n\n${text.replace("\ud83d", "\ufffd")}`);
  assert.ok([...json].every((character) => character >= " "));
});

test("a batch is aborted before it is embedded", async () => {
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  const make = createArticleMemories(localProvider());
  await assert.rejects(make([withText("Some text.")], controller.signal), { message: "enough" });
});
