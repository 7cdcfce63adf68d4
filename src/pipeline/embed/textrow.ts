import type { Document } from "../../data/documents.ts";

/** Why a row cannot be in a sample. */
export const SKIP_REASONS = [
  "unreadable row",
  "no text field",
  "text not a string",
  "text not Unicode",
  "empty text",
  "duplicate id",
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** Names of the fields that texts and ids are read from. */
export interface DocumentFields {
  readonly textField: string;
  readonly idField: string;
}

/** What would be embedded of a row, or why nothing can be. */
export function textOf({ fields }: Document, name: string): string | { readonly reason: SkipReason } {
  const text = Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;
  if (text === undefined) return { reason: "no text field" };
  if (typeof text !== "string") return { reason: "text not a string" };
  if (!text.isWellFormed()) return { reason: "text not Unicode" };
  return text.trim() === "" ? { reason: "empty text" } : text;
}

/** The id that a row gives itself, or else its number. */
export function idOf({ row, fields }: Document, name: string): string {
  const id = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (typeof id === "number") return String(id);
  return typeof id === "string" && id !== "" && id.isWellFormed() ? id : String(row);
}
