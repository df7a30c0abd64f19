// `return_to` of GET /v1/providers/{provider}/authorize: a path of this origin and nothing that a browser reads as another site

import assert from "node:assert/strict";
import { test } from "node:test";
import { startHostileIssuers } from "../support/hostile-provider.ts";
import { signInVars } from "../support/openid-provider.ts";
import { expectProblem } from "../support/problems.ts";
import { FLOW_COOKIE, expectRedirect, expectUnchanged, newBrowser, signInAt } from "../support/providers.ts";
import { openWorld } from "../support/world.ts";

const { idp } = await startHostileIssuers("idp");
const world = await openWorld({ vars: signInVars([idp.entry("idp", ["example.com"])]) });
idp.person = { sub: "1", email: "ann@example.com", email_verified: true };
const signIn = (query?: Record<string, string>) => signInAt(newBrowser(world), "idp", async (url) => idp.authorize(url), query);

/** Payloads of the open-redirect lists of OWASP, PortSwigger and PayloadsAllTheThings, and texts that URL parsers read differently. */
const HOSTILE = [
  " ",
  "evil.example",
  "//evil.example",
  "///evil.example",
  "////evil.example",
  "/\\evil.example",
  "\\/evil.example",
  "\\\\evil.example",
  "/\\/evil.example",
  "//\\evil.example",
  "\\evil.example",
  "/ /evil.example",
  " //evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "/\r\n/evil.example",
  "\t//evil.example",
  "/\u0000/evil.example",
  "/%09/evil.example",
  "/%0a/evil.example",
  "/%0D%0ALocation:%20https://evil.example",
  "/%2Fevil.example",
  "/%2F%2Fevil.example",
  "/%5Cevil.example",
  "/%252F%252Fevil.example",
  "/.//evil.example",
  "/..//evil.example",
  "/../evil.example",
  "/a/..//evil.example",
  "/%2e%2e//evil.example",
  "/;@evil.example//",
  "//evil.example/%2f..",
  "//team.example.com@evil.example",
  "//user:pass@evil.example/",
  "http://evil.example",
  "https://evil.example",
  "https:evil.example",
  "https:/evil.example",
  "https:///evil.example",
  "HTTPS://evil.example",
  "http:\\\\evil.example",
  "https://team.example.com.evil.example/",
  "https://team.example.com/team",
  "ftp://evil.example",
  "javascript:alert(1)",
  "javascript://evil.example/%0aalert(1)",
  "JaVaScRiPt:alert(1)",
  "java\nscript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:msgbox(1)",
  "about:blank",
  "blob:https://team.example.com/1",
  "@evil.example",
  ":80",
  "?next=/a",
  "#//evil.example",
  "/#//evil.example",
  "/a#b",
  "/〱evil.example",
  "／／evil.example",
  "/／evil.example",
  "//evil。example",
  "/\u200b/evil.example",
  "\ufeff//evil.example",
  "/<script>",
  '/a"b',
  "/a b",
  "/a?b c",
  "/a?b=%0d%0aSet-Cookie:x",
  "/a?b=%00",
  "/a?b=%",
  "/a?b=\\",
  "./a",
  "../a",
  "team",
  `/${"a".repeat(512)}`,
];

test(`${HOSTILE.length} texts that are no path of this origin are refused, before the provider hears of them`, async () => {
  await expectUnchanged(world, async () => {
    for (const text of HOSTILE) {
      const browser = newBrowser(world);
      const answer = await browser.get(`/v1/providers/idp/authorize?return_to=${encodeURIComponent(text)}`);
      const { errors } = expectProblem(answer, "fields-invalid");
      assert.equal(errors.length, 1, text);
      assert.equal(browser.flow, null, text);
      assert.equal(answer.headers.location, undefined, text);
    }
  });
});

test("as they stand in a link, without an encoding of their own, they lead nowhere else either", async () => {
  const unencoded = [
    "//evil.example",
    "/%5cevil.example",
    "/%09/evil.example",
    "%2F%2Fevil.example",
    "/%2Fevil.example",
    "https://evil.example",
    "https%3A%2F%2Fevil.example",
    "/a&return_to=//evil.example",
    "//evil.example&return_to=/a",
    "+//evil.example",
    "/+/evil.example",
  ];
  for (const text of unencoded) {
    const answer = await newBrowser(world).get(`/v1/providers/idp/authorize?return_to=${text}`);
    assert.ok([400, 422].includes(answer.status), `${text}: ${answer.status} ${answer.headers.location}`);
    assert.ok(!answer.cookies.some((line) => line.startsWith(FLOW_COOKIE)), text);
  }
});

test("a path of this origin, with its query, is where the browser ends", async () => {
  for (const path of [
    "/",
    "/team",
    "/join",
    "/teams/acct_0199f0a1b2c37d4e8f00112233445566/members?tab=a&next=/b",
    "/a?b=https://evil.example",
    "/a?b=//evil.example/%2F",
    "/?q=%20%C3%A9%2F",
    `/${"a".repeat(511)}`,
  ])
    expectRedirect(await signIn({ return_to: path }), path);
});

test("without it the browser ends at the start page", async () => expectRedirect(await signIn(), "/"));
