import { startEngram } from "./engram.ts";
import { using } from "./httpdouble.ts";

export const withEngram = using(startEngram);
