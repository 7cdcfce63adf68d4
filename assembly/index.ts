export { alloc } from "./memory";
export { setKey, bits } from "./philox";
export { uniforms } from "./uniform";
export { normals } from "./normal";
export { codes } from "./categories";
export { summarize } from "./summary";
export { crc32 } from "./crc32";
export { join } from "./join";
