export const PACKAGE_NAME = "seedbed";

/** The version of package.json (a test compares them); datasets carry it in their manifest. */
export const VERSION = "0.1.0";
