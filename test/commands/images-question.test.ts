import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { verify } from "../../src/index.ts";
import { runCli } from "../support/cli.ts";
import { commandLineOf, missingTerminal, runAtTerminal, type Session, type Typing } from "../support/terminal.ts";
import { withTempFolder } from "../support/temp.ts";

const QUESTION = "Proceed with generation? (y/n): ";
const FILES = ["metadata.json", "report.json", "test.npz", "train.npz", "val.npz", "validation_report.png"];
const skip = missingTerminal();

interface Answered extends Session {
  readonly parent: string;
  readonly folder: string;
}

/** Asks for 1,234 images at a terminal and gives the keys as the answer. */
async function answer(
  keys: string,
  use: (session: Answered) => Promise<void> | void,
  { flags = [], ...typing }: Partial<Omit<Typing, "meanwhile">> & Options = {},
): Promise<void> {
  await withTempFolder(async (parent) => {
    const folder = `${parent}/shapes`;
    const meanwhile = typing.meanwhile?.(folder);
    const args = ["images", "--num-images", "1234", "--output-dir", folder, ...flags];
    const session = runAtTerminal(args, {
      question: QUESTION,
      keys,
      folder: parent,
      ...(typing.term === undefined ? {} : { term: typing.term }),
      ...(typing.redirected === undefined ? {} : { redirected: typing.redirected }),
      ...(meanwhile === undefined ? {} : { meanwhile }),
    });
    await use({ ...session, parent, folder });
  });
}

interface Options {
  readonly flags?: readonly string[];
  readonly meanwhile?: (folder: string) => readonly string[];
}

for (const keys of ["y\r", "YES\r", " Yes \n"]) {
  test(`the answer ${JSON.stringify(keys)} goes on`, { skip }, async () => {
    await answer(keys, async ({ code, screen, asked, folder }) => {
      assert.equal(code, 0, screen);
      assert.deepEqual(asked, [], "nothing is written before the answer");
      assert.ok(!screen.includes("cancelled"));
      assert.deepEqual(readdirSync(folder).sort(), FILES);
      assert.deepEqual((await verify(folder)).faults, []);
    });
  });
}

const END_OF_INPUT = "\u0004";
const INTERRUPT = "\u0003";

for (const keys of ["n\r", "\r", "yess\r", "1\r", END_OF_INPUT]) {
  test(`the answer ${JSON.stringify(keys)} writes nothing, and is no error`, { skip }, async () => {
    await answer(keys, ({ code, screen, asked, parent }) => {
      assert.equal(code, 0, screen);
      assert.deepEqual(asked, []);
      assert.match(screen, /Generation cancelled\.\r\n$/);
      assert.deepEqual(readdirSync(parent), []);
    });
  });
}

for (const term of ["xterm", "dumb"]) {
  test(`Ctrl-C at the question ends the program on a terminal of kind ${term}`, { skip }, async () => {
    await answer(
      INTERRUPT,
      ({ code, screen, parent }) => {
        assert.equal(code, 130, screen);
        assert.match(screen, /seedbed: Interrupted[^\r\n]*\r\n$/);
        assert.doesNotMatch(screen, /cancelled|\n\s+at /);
        assert.deepEqual(readdirSync(parent), []);
      },
      { term },
    );
  });
}

test("the plan comes before the question, also with --quiet and with --json", { skip }, async () => {
  for (const flags of [[], ["--quiet"], ["--json"]]) {
    await answer(
      "n\r",
      ({ code, screen, folder }) => {
        assert.equal(code, 0);
        const plan = screen.slice(0, screen.indexOf(QUESTION));
        assert.match(plan, /\b1,234\b/);
        assert.match(plan, /Memory: [^\n]*\d MB/);
        assert.match(plan, /Disk: [^\n]*\d kB/);
        assert.ok(plan.includes(folder), plan);
      },
      { flags },
    );
  }
});

test(
  "standard output in a file: plan and question are at the terminal, the result is in the file",
  { skip },
  async () => {
    await withTempFolder(async (aside) => {
      const path = `${aside}/out`;
      for (const flags of [[], ["--json"]]) {
        await answer(
          "y\r",
          ({ code, screen, folder }) => {
            assert.equal(code, 0, screen);
            assert.match(screen.slice(0, screen.indexOf(QUESTION)), /\b1,234\b[^]*Memory: /);
            assert.deepEqual(readdirSync(folder).sort(), FILES);
            const out = readFileSync(path, "utf8");
            assert.ok(!out.includes(QUESTION) && !out.includes("Memory: "), out);
            if (flags.length > 0) assert.equal(typeof JSON.parse(out), "object");
          },
          { flags, redirected: { stream: "stdout", path } },
        );
      }
    });
  },
);

test("standard error in a file: nobody would see the question, so it is refused", { skip }, async () => {
  await withTempFolder(async (aside) => {
    const path = `${aside}/errors`;
    await answer(
      "y\r",
      ({ code, screen, asked, parent }) => {
        assert.deepEqual([code, screen, asked], [2, "", null]);
        assert.match(readFileSync(path, "utf8"), /^seedbed: [^\n]*--yes[^\n]*\n$/);
        assert.deepEqual(readdirSync(parent), []);
      },
      { redirected: { stream: "stderr", path } },
    );
  });
});

test("bad input is refused before the question", { skip }, async () => {
  await answer(
    "y\r",
    ({ code, screen, asked, parent }) => {
      assert.deepEqual([code, asked], [2, null]);
      assert.match(screen, /^seedbed: [^\r\n]+\r\n$/);
      assert.deepEqual(readdirSync(parent), []);
    },
    { flags: ["--grid-size", "7"] },
  );
});

test("a folder that came while the question stood open is left as it is", { skip }, async () => {
  await answer(
    "y\r",
    async ({ code, screen, folder }) => {
      assert.equal(code, 2, screen);
      const { extras } = JSON.parse(readFileSync(`${folder}/metadata.json`, "utf8"));
      assert.deepEqual([extras.recipe.seed, extras.recipe.images], ["7", 50]);
      assert.deepEqual((await verify(folder)).faults, []);
    },
    {
      meanwhile: (folder) =>
        commandLineOf("images", "--num-images", "50", "--seed", "7", "--yes", "--quiet", "--output-dir", folder),
    },
  );
});

test("somebody's files that came while the question stood open are left as they are", { skip }, async () => {
  await answer(
    "y\r",
    ({ code, screen, folder }) => {
      assert.equal(code, 2, screen);
      assert.deepEqual(readdirSync(folder), ["train.npz"]);
      assert.equal(readFileSync(`${folder}/train.npz`, "utf8"), "mine");
    },
    { meanwhile: (folder) => ["/bin/sh", "-c", `mkdir "$0" && printf mine > "$0/train.npz"`, folder] },
  );
});

test("without a terminal and without --yes: one line, exit code 2, nothing written", async () => {
  await withTempFolder(async (parent) => {
    mkdirSync(`${parent}/below`);
    for (const flags of [[], ["--json"], ["--quiet"]]) {
      const args = ["--num-images", "1000", "--output-dir", `${parent}/below/shapes`, ...flags];
      const { code, stdout, stderr } = await runCli("images", ...args);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /^seedbed: [^\n]*--yes[^\n]*\n$/);
      assert.deepEqual(readdirSync(`${parent}/below`), []);
    }
  });
});
