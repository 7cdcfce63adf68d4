import { build } from "esbuild";

/** Bundles `rawsender.ts` into a folder and returns its path, so that nothing is compiled while it is measured. */
export async function buildRawSender(folder: string): Promise<string> {
  const outfile = `${folder}/rawsender.mjs`;
  const common = { platform: "node", format: "esm", target: "node20", logLevel: "warning" } as const;
  await build({ ...common, entryPoints: ["bench/rawsender.ts"], outfile });
  return outfile;
}
