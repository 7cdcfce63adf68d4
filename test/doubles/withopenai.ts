import { using } from "./httpdouble.ts";
import { startOpenai } from "./openai.ts";

export const withOpenai = using(startOpenai);
