import type { Inspection } from "../report/inspect.ts";
import { hasColours, terminalColumns } from "../runtime/system.ts";
import { withProgress, type Output } from "./output.ts";

const PREVIEWED = 8;

export interface ReportOptions {
  readonly show?: boolean | undefined;
}

/** Inspects the corpus of a folder and says what came of it; `failed` names the checks that did. */
export async function inspectFolder(
  folder: string,
  { show = false }: ReportOptions,
  output: Output,
  signal: AbortSignal,
): Promise<Inspection & { readonly failed: readonly string[] }> {
  const { inspectCorpus, PICTURE_NAME, REPORT_NAME } = await import("../report/inspect.ts");
  const inspection = await withProgress(output, "Inspecting images", 100, "%", ({ update }) =>
    inspectCorpus(folder, { signal, onProgress: (done, total) => update(Math.floor((100 * done) / total)) }),
  );
  const { checks, shown } = inspection;
  const asked = checks.filter(({ pass }) => pass !== null);
  const failed = asked.filter(({ pass }) => pass === false);
  output.say(`  ${PICTURE_NAME}, ${REPORT_NAME}: ${asked.length - failed.length} of ${asked.length} checks passed`);
  for (const { name, value, threshold, detail } of failed) {
    output.say(`  failed: ${name}: ${value} (${detail}), expected ${threshold}`);
  }
  if (show) {
    const { previewText } = await import("../report/preview.ts");
    const images = shown.images.subarray(0, PREVIEWED * shown.size * shown.size);
    const options = { columns: terminalColumns(), colours: hasColours() };
    output.say(previewText(images, shown.labels.subarray(0, PREVIEWED), shown.size, shown.palette, options));
  }
  return { ...inspection, failed: failed.map(({ name }) => name) };
}
