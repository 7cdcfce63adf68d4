import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { loadTokenizer } from "../../src/embed/tokens.ts";
import { createRandom } from "../formats/samples.ts";
import { runPython } from "../support/python.ts";
import { withTempFolder } from "../support/temp.ts";

// tiktoken would download its table: the same file, by the hash that tiktoken expects, comes with gpt-tokenizer.
const PYTHON = String.raw`
import json, sys
import tiktoken
from tiktoken.load import load_tiktoken_bpe
ranks = load_tiktoken_bpe(sys.argv[1], expected_hash="223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7")
pattern = r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"""
encoding = tiktoken.Encoding("cl100k", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
print(json.dumps([encoding.encode_ordinary(text) for text in json.load(open(sys.argv[2], encoding="utf-8"))]))
`;

const ALPHABET = [
  "a",
  "b",
  " ",
  "  ",
  "\n",
  "\r\n",
  "\t",
  "'s",
  "'S",
  "'ſ",
  "'ll",
  "\u0085",
  "\ufeff",
  "\u00a0",
  "é",
  "日本",
  "語",
];
ALPHABET.push(
  "🙂",
  "👨‍👩‍👧",
  "1",
  "23",
  "4567",
  ".",
  "!!",
  "…",
  "<|endoftext|>",
  "Hello",
  "\u3000",
  "ß",
  "ก็",
  "\u0301",
  "\0",
  "٣",
  "Ⅷ",
  "zqx",
);

function textsOf(): string[] {
  const random = createRandom(3);
  const draw = (length: number) =>
    Array.from({ length }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join("");
  const texts = Array.from({ length: 5000 }, () => draw(Math.floor(random() * 40)));
  for (let first = 0; first < 0x20000; first += 16) {
    if (first >= 0xd800 && first < 0xe000) continue;
    texts.push(String.fromCodePoint(...Array.from({ length: 16 }, (_, at) => first + at)));
  }
  return [...texts, draw(200_000), "a".repeat(60_000), "zq".repeat(20_000), "日".repeat(9000), " ".repeat(60_000)];
}

const found = runPython("import tiktoken");

test(
  "tokens are those of tiktoken for texts of all kinds",
  { skip: found.ok ? false : `needs Python with tiktoken: ${found.reason}` },
  async () => {
    await withTempFolder(async (folder) => {
      const texts = textsOf();
      writeFileSync(`${folder}/texts.json`, JSON.stringify(texts));
      const table = fileURLToPath(
        new URL("../../node_modules/gpt-tokenizer/data/cl100k_base.tiktoken", import.meta.url),
      );
      const told = runPython(PYTHON, [table, `${folder}/texts.json`]);
      assert.ok(told.ok, told.ok ? "" : told.reason);
      const expected = JSON.parse(told.stdout) as number[][];
      const tokenizer = await loadTokenizer();
      for (const [at, text] of texts.entries())
        assert.deepEqual(tokenizer.encode(text), expected[at], JSON.stringify(text.slice(0, 100)));
    });
  },
);
