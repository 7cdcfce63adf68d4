import assert from "node:assert/strict";
import test from "node:test";
import { previewText } from "../../src/report/preview.ts";

const ESCAPE = "\u001b";

function withoutColours(text: string): string {
  return text
    .split(ESCAPE)
    .map((part, i) => (i === 0 ? part : part.replace(/^\[[\d;]*m/, "")))
    .join("");
}

const colours = (columns: number) => ({ columns, colours: true });
const letters = (columns: number) => ({ columns, colours: false });

/** Images of random cells up to `most`. */
function randomImages(count: number, size: number, most: number): Uint8Array {
  let state = 7;
  return Uint8Array.from({ length: count * size * size }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * (most + 1));
  });
}

test("without colours a cell is two letters, and its shade or number one of ten", () => {
  const cells = [0, 28, 57, 85, 113, 142, 170, 198, 227];
  assert.equal(
    previewText(Uint8Array.from(cells), Uint8Array.of(7), 3, "gray", letters(80)),
    "..::--\n==++**\noo##%%\nL:7",
  );
  assert.equal(
    previewText(Uint8Array.of(0, 255, 255, 0), Uint8Array.of(12), 2, "gray", letters(80)),
    "..@@\n@@..\nL:12",
  );
  const arc = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 9);
  assert.equal(previewText(arc, Uint8Array.of(255), 3, "arc", letters(80)), "..1122\n334455\n667799\nL:255");
});

test("images stand side by side, and in further rows where the terminal ends", () => {
  const images = Uint8Array.of(...[9, 0, 0, 9], ...[0, 9, 9, 0], ...[9, 9, 9, 9]);
  const labels = Uint8Array.of(1, 22, 255);
  const text = "99..   ..99\n..99   99..\nL:1    L:22\n\n9999\n9999\nL:255";
  assert.equal(previewText(images, labels, 2, "arc", letters(12)), text);
  assert.equal(previewText(images, labels, 2, "arc", letters(18)), text);
  assert.equal(previewText(images, labels, 2, "arc", letters(19)).split("\n").length, 3);
});

test("with colours two cells share a character: the upper is its ink, the lower its paper", () => {
  const images = Uint8Array.of(0, 255, 28, 28, ...[0, 255, 28, 28], ...[57, 57, 57, 57], ...[0, 0, 0, 0]);
  const text = previewText(images, Uint8Array.of(3), 4, "gray", colours(80));
  const expected = [
    "\u001b[38;2;0;0;0;48;2;0;0;0m▀\u001b[38;2;255;255;255;48;2;255;255;255m▀\u001b[38;2;28;28;28;48;2;28;28;28m▀▀\u001b[0m",
    "\u001b[38;2;57;57;57;48;2;0;0;0m▀▀▀▀\u001b[0m",
    "L:3",
  ];
  assert.equal(text, expected.join("\n"));
});

test("colours are those of ARC, and below an odd last row is the terminal's own", () => {
  const text = previewText(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 9), Uint8Array.of(0), 3, "arc", colours(80));
  const [first, second] = text.split("\n");
  assert.ok(first!.startsWith("\u001b[38;2;0;0;0;48;2;46;204;64m▀\u001b[38;2;0;116;217;48;2;255;220;0m▀"), first);
  assert.ok(second!.startsWith("\u001b[38;2;240;18;190;49m▀\u001b[38;2;255;133;27;49m▀"), second);
});

test("no line is longer than the terminal, and no label is lost", () => {
  for (const size of [1, 2, 8, 9, 16, 33, 64]) {
    for (const columns of [5, 7, 16, 40, 79, 80, 200]) {
      for (const options of [colours(columns), letters(columns)]) {
        const labels = Uint8Array.of(0, 99, 255, 4, 100, 200, 7);
        const text = withoutColours(previewText(randomImages(7, size, 9), labels, size, "arc", options));
        const widest = Math.max(...text.split("\n").map((line) => line.length));
        assert.ok(widest <= columns, `${size} in ${columns} columns: ${widest}`);
        const found = Array.from(text.matchAll(/L:(\d+)/g), ([, label]) => Number(label));
        assert.deepEqual(found, [...labels], `${size} in ${columns} columns`);
      }
    }
  }
});

test("an image wider than the terminal keeps its thin lines", () => {
  const image = new Uint8Array(64 * 64);
  for (let row = 0; row < 64; row++) image[row * 64 + 20] = 9;
  const lines = previewText(image, Uint8Array.of(1), 64, "arc", letters(40)).split("\n");
  assert.equal(lines.length, 33);
  for (const line of lines.slice(0, 32)) assert.equal(line, `${".".repeat(10)}9${".".repeat(21)}`);
});

test("no images make no text, and cells that are no whole images are refused", () => {
  assert.equal(previewText(new Uint8Array(0), new Uint8Array(0), 16, "gray", colours(80)), "");
  assert.throws(() => previewText(new Uint8Array(255), Uint8Array.of(1), 16, "gray", colours(80)), /255 cells/);
});
