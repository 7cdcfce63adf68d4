import assert from "node:assert/strict";
import test from "node:test";
import { openByteStream } from "../../src/runtime/bytestream.ts";
import { withoutPassword } from "../../src/runtime/url.ts";
import { openEngram } from "../../src/targets/engram/client.ts";

const urls: [given: string, shown: string][] = [
  ["http://user:secret@host/x", "http://host/x"],
  ["http://user:se@cret@host/x", "http://host/x"],
  ["http://secret@host/x?y=1", "http://host/x?y=1"],
  ["HTTPS://user:sec%40ret@host:8/x", "https://host:8/x"],
  ["http:/user:secret@host", "http://host/"],
  ["http:user:secret@host", "http://host/"],
  [" http://user:secret@host", "http://host/"],
  ["ftp://user:secret@host", "ftp://host/"],
  ["foo://user:secret@host", "foo://host"],
  ["http://user:secret@loc alhost", "http://loc alhost"],
  ["http://user:se/c@ret@host/x", "http://host/x"],
  ["http://user:secret@", "http://"],
  ["//user:secret@host/x", "//host/x"],
  ["user:secret@host:7432", "host:7432"],
  ["the_user:se/cret@host", "host"],
];

for (const [given, shown] of urls) {
  test(`${given} is shown without its password, by the messages of --dump and --endpoint too`, async () => {
    assert.equal(withoutPassword(given), shown);
    const words = /secret|se@cret|cret|user/;
    const isClean = (error: Error) => error.message !== "" && !words.test(error.message.replace(/user: is not/, ""));
    assert.throws(() => openEngram({ endpoint: given }), isClean);
    if (!/^https?:\/\/[^ ]*@host/i.test(given)) await assert.rejects(openByteStream(given), isClean);
  });
}

const others = [
  "dump.xml",
  "/data/a:b@c/d.xml",
  "../a@b:c@d",
  "me@home.xml",
  "C:\\me@home\\d.xml",
  "c:/a@b",
  "dir/a:b@c",
];

test("paths, and URLs without a password, stay as they are", () => {
  const plain = [
    "http://host/@user/d:e@f",
    "https://host",
    "https://dumps.example.org/a%40b.xml.bz2",
    "//server/share",
  ];
  for (const place of [...others, ...plain]) assert.equal(withoutPassword(place), place);
});
