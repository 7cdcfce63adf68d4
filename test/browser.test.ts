import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { fingerprint } from "./support/fingerprint.ts";
import { withTempFolder } from "./support/temp.ts";

const browser = process.env["SEEDBED_CHROMIUM"] ?? "chromium";
const entry = fileURLToPath(new URL("support/fingerprint.ts", import.meta.url));

test("Chromium makes the same values", { skip: missingBrowser() }, () =>
  withTempFolder(async (folder) => {
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: "iife",
      globalName: "page",
      platform: "browser",
      external: ["node:*", "crypto"], // reached only by what reads files
      logLevel: "silent",
    });
    const page = `<!doctype html><body></body><script>${outputFiles[0]!.text}</script><script>
      const say = (text) => { document.body.textContent = text; };
      page.fingerprint().then(say, (error) => say(error.stack));
    </script>`;
    writeFileSync(`${folder}/page.html`, page);
    const shown = await showPage(`${folder}/page.html`, `${folder}/profile`);
    assert.match(shown, new RegExp(`<body>${await fingerprint()}`));
  }),
);

/** The page's document as text, once its scripts have come to rest. */
async function showPage(path: string, profile: string): Promise<string> {
  const { stdout } = await promisify(execFile)(browser, [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    `--user-data-dir=${profile}`,
    "--virtual-time-budget=10000",
    "--dump-dom",
    `file://${path}`,
  ]);
  return stdout;
}

function missingBrowser(): string | false {
  if (process.env["SEEDBED_ORACLES"] === "required") return false;
  return spawnSync(browser, ["--version"]).status === 0 ? false : `needs ${browser} (SEEDBED_CHROMIUM names another)`;
}
