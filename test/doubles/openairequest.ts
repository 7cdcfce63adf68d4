import { countTokens } from "gpt-tokenizer/encoding/cl100k_base";
import { refuse } from "./openaianswers.ts";
import { modelDimensions } from "./openaivectors.ts";

/** A request that may be answered. */
export interface EmbeddingRequest {
  readonly model: string;
  readonly dimensions: number;
  readonly isBase64: boolean;
  /** One key for each input: the text, or its tokens as text. */
  readonly inputs: readonly string[];
  readonly tokens: readonly number[];
  readonly total: number;
}

const MAX_INPUTS = 2048;
const MAX_REQUEST_TOKENS = 300_000;
const MAX_INPUT_TOKENS = 8192;
const AS_TEXT = { disallowedSpecial: new Set<string>() }; // "<|endoftext|>" is text like any other

const decoder = new TextDecoder();
const counts = new Map<string, number>();
const MAX_COUNTS = 200_000;

/** Tokens of a text in cl100k_base. */
export function tokensOf(text: string): number {
  const known = counts.get(text);
  if (known !== undefined) return known;
  const count = countTokens(text, AS_TEXT);
  if (counts.size >= MAX_COUNTS) counts.clear();
  counts.set(text, count);
  return count;
}

/** The request in a body, or the refusal that the real server would send. */
export function checkedRequest(bytes: Uint8Array, poison: string | undefined): EmbeddingRequest {
  const body = parsed(bytes);
  const { model, input } = body;
  if (model === undefined || model === null || model === "")
    refuse(400, { message: "you must provide a model parameter" });
  if (typeof model !== "string")
    refuse(400, { message: "Invalid type for 'model': expected a string.", param: "model" });
  const full = Object.hasOwn(modelDimensions, model) ? modelDimensions[model]! : undefined;
  if (full === undefined) {
    const message = `The model \`${model}\` does not exist or you do not have access to it.`;
    refuse(404, { message, code: "model_not_found" });
  }
  const format = body["encoding_format"] ?? "float";
  if (format !== "float" && format !== "base64") {
    const message = `Invalid value: '${String(format)}'. Supported values are: 'float' and 'base64'.`;
    refuse(400, { message, param: "encoding_format", code: "invalid_value" });
  }
  const dimensions = checkedDimensions(body["dimensions"], model, full);
  const inputs = inputsOf(input);
  const tokens = inputs.map((each) => (typeof each === "string" ? tokensOf(each) : each.length));
  const tooLong = tokens.findIndex((count) => count > MAX_INPUT_TOKENS);
  if (tooLong >= 0) {
    refuse(400, { message: `Invalid 'input[${tooLong}]': maximum input length is ${MAX_INPUT_TOKENS} tokens.` });
  }
  const total = tokens.reduce((sum, count) => sum + count, 0);
  if (total > MAX_REQUEST_TOKENS) {
    const message = `Requested ${total} tokens, max ${MAX_REQUEST_TOKENS} tokens per request`;
    refuse(400, { message, type: "max_tokens_per_request", code: "max_tokens_per_request" });
  }
  const keys = inputs.map((each) => (typeof each === "string" ? each : each.join(" ")));
  if (poison !== undefined && keys.some((key) => key.includes(poison))) {
    refuse(400, { message: "'$.input' cannot be processed: a text is not acceptable." });
  }
  return { model, dimensions, isBase64: format === "base64", inputs: keys, tokens, total };
}

function parsed(bytes: Uint8Array): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(decoder.decode(bytes));
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  } catch {
    // It gets the same answer.
  }
  return refuse(400, { message: "We could not parse the JSON body of your request." });
}

function checkedDimensions(given: unknown, model: string, full: number): number {
  if (given === undefined || given === null) return full;
  const wrong = (message: string): never => refuse(400, { message, param: "dimensions" });
  if (!model.startsWith("text-embedding-3-")) return wrong("This model does not support specifying dimensions.");
  if (!Number.isInteger(given) || (given as number) < 1)
    return wrong(`Invalid value for 'dimensions' = ${String(given)}.`);
  if ((given as number) > full) {
    return wrong(`Invalid value for 'dimensions' = ${String(given)}. Must be less than or equal to ${full}.`);
  }
  return given as number;
}

/** One text, several, the tokens of one, or those of several. */
function inputsOf(input: unknown): (string | number[])[] {
  const invalid = (why = ""): never =>
    refuse(400, {
      message: `'$.input' is invalid${why}. Please check the API reference: https://platform.openai.com/docs/api-reference.`,
    });
  if (typeof input === "string") return input === "" ? invalid() : [input];
  if (!Array.isArray(input) || input.length === 0) return invalid();
  const isTokens = (value: unknown): value is number[] =>
    Array.isArray(value) && value.length > 0 && value.every((token) => Number.isInteger(token) && token >= 0);
  if (isTokens(input)) return [input];
  if (input.length > MAX_INPUTS) return invalid(`: array length must be ${MAX_INPUTS} or less`);
  if (input.every((each) => typeof each === "string" && each !== "")) return input as string[];
  return input.every(isTokens) ? (input as number[][]) : invalid();
}
