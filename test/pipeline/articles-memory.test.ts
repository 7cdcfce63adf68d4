import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { withTempFolder } from "../support/temp.ts";

// Reads 200 MB of XML that is made as it is read, of pages of 100 KB each, and prints how many there were and the most
// memory that the process took, in MB, above what it took before.
const PROGRAM = (root: string) => `
import process from "node:process";
import { readPages } from "${root}src/formats/mediawiki.ts";
const encoder = new TextEncoder();
const body = "Some words of an article, &amp; more of them. ".repeat(2200);
async function* chunks() {
  yield encoder.encode("<mediawiki>");
  for (let id = 1; id <= 2000; id++) {
    yield encoder.encode(\`<page><title>\${id}</title><ns>0</ns><id>\${id}</id><revision><text>\${body}</text></revision></page>\`);
  }
  yield encoder.encode("</mediawiki>");
}
let [pages, most] = [0, 0];
for await (const page of readPages(chunks())) {
  pages++;
  most = Math.max(most, process.memoryUsage().rss);
}
console.log(JSON.stringify([pages, Math.round(most / 1e6)]));
`;

test(
  "memory does not grow with the export: 200 MB of XML in less than 150 MB",
  { skip: "Deno" in globalThis && "by Node" },
  async () => {
    await withTempFolder((folder) => {
      const root = new URL("../../", import.meta.url).href;
      writeFileSync(`${folder}/read.mjs`, PROGRAM(root));
      // Compiled beforehand: the compiler's own memory is not what is measured.
      const bundled = spawnSync(
        process.execPath,
        [
          "--input-type=module",
          "-e",
          `import { build } from "esbuild"; await build({ entryPoints: ["${folder}/read.mjs"], bundle: true, platform: "node", format: "esm", outfile: "${folder}/out.mjs", plugins: [{ name: "urls", setup(b) { b.onResolve({ filter: /^file:/ }, ({ path }) => ({ path: new URL(path).pathname })); } }] });`,
        ],
        { encoding: "utf8", cwd: new URL("../../", import.meta.url) },
      );
      assert.equal(bundled.status, 0, bundled.stderr);
      const { stdout, stderr } = spawnSync(process.execPath, [`${folder}/out.mjs`], { encoding: "utf8" });
      const [pages, most] = JSON.parse(stdout || "[]") as [number, number];
      assert.equal(pages, 2000, stderr);
      assert.ok(most < 150, `${most} MB`);
    });
  },
);
