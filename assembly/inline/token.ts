import { MIN_MATCH } from "./symbols";

// A token is a u32: its kind in the low half, the distance of a match, 0 for a literal, in the high half. A kind is a
// literal's byte or, from 256 on, a match's length, so that there are 512.

// @ts-ignore: decorator
@inline
export function lengthKind(length: u32): u32 {
  return 256 - MIN_MATCH + length;
}

// @ts-ignore: decorator
@inline
export function matchToken(length: u32, distance: u32): u32 {
  return lengthKind(length) | (distance << 16);
}

// @ts-ignore: decorator
@inline
export function kindOf(token: u32): u32 {
  return token & 511;
}

// @ts-ignore: decorator
@inline
export function distanceOf(token: u32): u32 {
  return token >> 16;
}
