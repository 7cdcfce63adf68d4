import type { Templates } from "./wikiclock.ts";
import type { WikiPage } from "./wikipage.ts";

/** A page as plain text. */
export interface PlainText {
  /** Paragraphs, with blank lines between them; lists as lines; "" for a redirect. */
  readonly text: string;
  readonly isRedirect: boolean;
  readonly isDisambiguation: boolean;
  /** Why there is no text, where the page could not be read. */
  readonly fault?: string;
}

type Wtf = typeof import("wtf_wikipedia").default;
let loading: Promise<Wtf> | undefined;

/**
 * The text that a reader of the page sees, without tables, references, infoboxes, galleries and images. Depends on the
 * page only, of long ones on the first 262,144 characters without tables, references and comments; where a template tells an
 * age or the date, it is that of the revision. Never throws for what is in a page.
 */
export async function plainText(page: Pick<WikiPage, "title" | "text" | "timestamp">): Promise<PlainText> {
  const wtf = await (loading ??= load());
  const { prepare, tidy } = await import("./wikitidy.ts");
  try {
    const document = wtf(prepare(page.text), { title: page.title, timestamp: page.timestamp });
    const isRedirect = document.isRedirect();
    return {
      text: isRedirect ? "" : tidy(document.text()),
      isRedirect,
      isDisambiguation: !isRedirect && document.isDisambiguation(),
    };
  } catch (error) {
    return unreadable(error instanceof Error ? error.message : String(error));
  }
}

function unreadable(fault: string): PlainText {
  return { text: "", isRedirect: false, isDisambiguation: false, fault: fault.split("\n")[0]! };
}

async function load(): Promise<Wtf> {
  const [{ default: wtf }, { fixTemplates }] = await Promise.all([import("wtf_wikipedia"), import("./wikiclock.ts")]);
  wtf.extend((_models: unknown, templates: Templates) => fixTemplates(templates));
  return wtf;
}
