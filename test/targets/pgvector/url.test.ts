import assert from "node:assert/strict";
import { test } from "node:test";
import { isPostgresUrl, postgresUrl } from "../../../src/targets/pgvector/url.ts";

test("a URL of PostgreSQL is a server, all without a scheme a folder", () => {
  for (const url of ["postgres://localhost/a", "postgresql://u:p@h:1/a", "POSTGRES://h"]) assert.ok(isPostgresUrl(url));
  for (const folder of ["store", "./store", "/tmp/a b", "..", "C:\\store", "a:b"]) assert.ok(!isPostgresUrl(folder));
});

const SECRET = "s3cret";
const refused = [
  "",
  `http://u:${SECRET}@localhost:5432/a`,
  `postgres:u:${SECRET}@localhost`,
  `user:${SECRET}@localhost/a`,
  `postgres://u:${SECRET}@local host:x/a`,
  `postgres://u:${SECRET}@h:99999/a`,
  `postgres://u:${SECRET}/x@h/a`,
  `postgres://u:12/${SECRET}@h/a`,
  `postgres://u:12?${SECRET}@h/a`,
  `postgres://u:12#${SECRET}@h/a`,
  `postgres://u:${SECRET}@h/a#b`,
  `postgres://u:${SECRET}%@h/a`,
  `postgres://h/a?password=${SECRET}#b`,
];

for (const endpoint of refused) {
  test(`refused, and its password not told: ${endpoint}`, () => {
    assert.throws(
      () => isPostgresUrl(endpoint) && postgresUrl(endpoint),
      (error: Error) => {
        assert.equal(error.name, "InputError");
        assert.match(error.message, /^Endpoint ".*": .*; expected a URL such as postgres:\/\//);
        assert.ok(!error.message.includes(SECRET) && !error.message.includes("12"), error.message);
        return true;
      },
    );
  });
}

test("encryption that must be is asked for in the words that the client does not warn of", () => {
  for (const mode of ["prefer", "require", "verify-ca"]) {
    assert.equal(postgresUrl(`postgres://h/a?sslmode=${mode}`).href, "postgres://h/a?sslmode=verify-full");
  }
  for (const mode of ["disable", "no-verify"]) {
    assert.equal(postgresUrl(`postgres://h/a?sslmode=${mode}`).href, `postgres://h/a?sslmode=${mode}`);
  }
});
