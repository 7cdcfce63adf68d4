// What is known of the objects of an image: slots of u8 present, type, colour, row, column, pixels.

export const MAX_OBJECTS: u32 = 4;
export const SLOT_BYTES: u32 = 6;
export const FACTOR_BYTES: u32 = MAX_OBJECTS * SLOT_BYTES;
