import test from "node:test";
import { askPglite } from "../support/pglite.ts";
import { assertTable, killed, load, withVectors } from "../support/storeloads.ts";

test("a folder is a store without a server: killed at random moments, it has every row once", () =>
  withVectors(async (input, folder, dataset) => {
    const to = ["--to", "pgvector", "--endpoint", `${folder}/store`];
    await killed(input, [...to, "--batch-size", "50", "--concurrent", "1"]);
    await load(input, ...to);
    await askPglite(`${folder}/store`, (ask) => assertTable(ask, "vectors_10k", dataset, true));
  }));
