import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { InputError } from "../../../src/data/errors.ts";
import { startServer, startStorage } from "../../doubles/fileserver.ts";
import { asking, load, withEnvironment, withStarted } from "../../support/downloads.ts";
import { withTempFolder } from "../../support/temp.ts";

const names: [path: string, disposition: string | undefined, name: string][] = [
  ["/a/b.csv", undefined, "b.csv"],
  ["/a/caf%C3%A9%20x.csv?v=1", undefined, "café x.csv"],
  ["/", undefined, "download"],
  ["/x/..%2f..%2f..%2fevil", undefined, "evil"],
  ["/get?id=1", 'attachment; filename="real name.csv"', "real name.csv"],
  ["/get", "attachment; filename=plain.csv; size=3", "plain.csv"],
  ["/get", "attachment; filename=\"fallback.csv\"; filename*=UTF-8''d%C3%A9.csv", "dé.csv"],
  ["/get", 'attachment; filename="../../../etc/passwd"', "passwd"],
  ["/get", 'attachment; filename="C:\\\\windows\\\\x.csv"', "x.csv"],
  ["/get", "attachment; filename*=UTF-8''..%2F..%2Fup.csv", "up.csv"],
  ["/get", 'attachment; filename=".."', "get"],
  ["/get", "inline", "get"],
  ["/get", 'attachment; filename="dataset.json"', "_dataset.json"],
];

test("a file has the name that the server gives it, or the URL, and stays in its folder", async () => {
  for (const [path, disposition, name] of names) {
    const answering = startServer((_request, response) => {
      response.writeHead(200, disposition === undefined ? {} : { "content-disposition": disposition }).end("text");
    });
    await withStarted(answering, ({ url }) =>
      withEnvironment({}, () =>
        withTempFolder(async (root) => {
          const { folder } = await load(asking("http", url + path), root);
          assert.deepEqual(readdirSync(folder).sort(), [name, "dataset.json"].sort(), `${path} ${disposition}`);
          assert.ok(folder.startsWith(`${root}/datasets/raw/http/127.0.0.1-`));
          assert.deepEqual(readdirSync(root), ["datasets"]);
        }),
      ),
    );
  }
});

test("names that cannot be kept are refused, and nothing is left", async () => {
  for (const name of ["evil.part", "a%00b", "a%0Ab", "%1b[31m"]) {
    const answering = startServer((_request, response) => void response.end("text"));
    await withStarted(answering, ({ url }) =>
      withTempFolder(async (root) => {
        await assert.rejects(
          load(asking("http", `${url}/${name}`), root),
          /^InputError: Cannot keep a file of the name "[^\n]*"/,
        );
        assert.deepEqual(readdirSync(root), []);
      }),
    );
  }
});

test("the login of a URL and what its query hides are used, and told to nobody", async () => {
  const storage = startStorage(new Map([["/file", { bytes: new TextEncoder().encode("x"), etag: '"1"' }]]));
  await withStarted(storage, (other) =>
    withStarted(
      startServer((request, response) => {
        const isKnown = request.headers.authorization === `Basic ${btoa("me:pass_secret")}`;
        if (!isKnown || !request.url?.includes("token=query_secret")) return void response.writeHead(401).end();
        response.writeHead(302, { location: `${other.url}/file` }).end();
      }),
      ({ url }) =>
        withEnvironment({}, () =>
          withTempFolder(async (root) => {
            const place = url.replace("http://", "http://me:pass_secret@");
            const { folder } = await load(asking("http", `${place}/a.csv?token=query_secret`), root);
            const told = readFileSync(`${folder}/dataset.json`, "utf8");
            assert.doesNotMatch(told + folder, /secret/);
            assert.match(told, /"url": "http:\/\/127\.0\.0\.1:\d+\/a\.csv\?token=hidden"/);
            assert.ok(other.requests.every(({ headers }) => headers.authorization === undefined));
            const refused = load(asking("http", `${place}/a.csv?token=wrong_secret`), `${root}/x`);
            await assert.rejects(
              refused,
              (error: Error) => /it asks for a login/.test(error.message) && !/secret/.test(error.message),
            );
          }),
        ),
    ),
  );
});

test("what is not there, not reachable or no URL is refused in one line", async () => {
  await withStarted(startStorage(new Map()), ({ url }) =>
    withTempFolder(async (root) => {
      const cases: [name: string, says: RegExp][] = [
        [`${url}/a.csv`, /the server answered 404: there is no such file$/],
        ["http://127.0.0.1:1/a.csv", /the connection was refused$/],
        ["http://nowhere.invalid/a.csv", /(no such host|could not be looked up)$/],
        ["http://", /it is no URL$/],
      ];
      for (const [name, says] of cases) {
        await assert.rejects(
          load(asking("http", name), root),
          (error: Error) => error instanceof InputError && says.test(error.message),
        );
      }
      await assert.rejects(
        load(asking("http", `${url}/a`, { revision: "1" }), root),
        /--revision says nothing to http: leave it out/,
      );
      assert.deepEqual(readdirSync(root), []);
    }),
  );
});
