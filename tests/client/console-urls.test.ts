// Parsing of console URLs that mail and chat programs altered.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { providerReturnPath, readAddress } from "../../console/src/console-url.ts";

const token = `k1.${"Ab-_".repeat(17)}9x`;
const proof = `k1.${"Zy_-".repeat(17)}w-`;

test("a link's token is found wherever mail and chat programs move it", () => {
  for (const [path, hash] of [
    ["/join", `#token=${token}`],
    ["/join/", `#token=${token}`],
    ["//join//", `#token=${token}`],
    ["/JOIN", `#token=${token}`],
    [`/join%23token=${token}`, ""],
    [`/join%2523token%3D${token}`, ""],
    [`/join/%23token=${token}`, ""],
    ["/join", `#token%3D${token}`],
    ["/join", `#%23token%253D${token}`],
    ["/join", `#/?token=${token}`],
    ["/join", `##token=${token}`],
    ...[")", ".", ">", "%20", ",", "%3E", "%29.", "'", "%22", ";", "…", "%E2%80%8B", "%0D%0A", "%2520", "x"].map(
      (sign) => ["/join", `#token=${token}${sign}`] as const,
    ),
    ["/join", `#token=%3C${token}%3E`],
    ["/join", `#token=${token.slice(0, 40)}%0A%20${token.slice(40)}`],
    ["/join", `#token=${token}&proof=${proof.slice(0, -4)}`],
  ] as const) {
    assert.deepEqual(readAddress(path, hash), { path: "/join", known: true, link: { token } }, path + hash);
  }
  for (const hash of [
    `#token=${token}&proof=${proof}`,
    `#token=${token}&amp;proof=${proof})`,
    `#token%3D${token}%26proof%3D${proof}`,
    `#proof=${proof}&token=${token}`,
  ]) {
    assert.deepEqual(readAddress("/join", hash), { path: "/join", known: true, link: { token, proof } }, hash);
  }
  for (const page of ["/verify-email", "/reset-password"])
    assert.deepEqual(readAddress(`${page}/%23token=${token})`, ""), { path: page, known: true, link: { token } });
});

test("a truncated token is damaged; a missing one is absent", () => {
  for (const hash of [`#token=${token.slice(0, -1)}`, "#token=", "#token=nothing", "#token", "#tok", `#${token}`, "#token=%E0%A4%A"]) {
    assert.deepEqual(readAddress("/verify-email", hash), { path: "/verify-email", known: true, damaged: true }, hash);
  }
  for (const hash of ["", "#"]) assert.deepEqual(readAddress("/join", hash), { path: "/join", known: true }, hash);
  assert.deepEqual(readAddress("/team", "#content"), { path: "/team", known: true });
});

test("the email and code of a mailed code's link are found; anything incomplete is no link", () => {
  const link = { email: "ann+work@example.com", code: "12345678" };
  for (const [path, hash] of [
    ["/sign-in", "#email=ann%2Bwork%40example.com&code=12345678"],
    ["/sign-in", "#email=ann+work@example.com&code=12345678"],
    ["/sign-in", "#email=ann%2Bwork%40example.com&amp;code=12345678)."],
    ["/Sign-In/", "#code=1234%205678&email=ann%2Bwork%40example.com"],
    ["/sign-in%23email=ann%252Bwork%2540example.com&code=12345678", ""],
    ["/sign-in", "#email%3Dann%252Bwork%2540example.com%26code%3D12345678"],
  ] as const)
    assert.deepEqual(readAddress(path, hash), { path: "/sign-in", known: true, link }, path + hash);
  for (const hash of [
    "#code=12345678",
    "#email=ann@example.com",
    "#email=ann@example.com&code=1234567",
    "#email=&code=12345678",
    "#code=123456789&email=a@b.c",
  ])
    assert.deepEqual(readAddress("/sign-in", hash), { path: "/sign-in", known: true }, hash);
});

test("every page of the router is known", () => {
  const router = readFileSync(path.join(import.meta.dirname, "../../console/src/router.tsx"), "utf8");
  const pages = Array.from(router.matchAll(/path: "\/?([a-z/-]*)"/g), (match) => `/${match[1]}`);
  assert.ok(pages.includes("/verify-email") && pages.length > 8, JSON.stringify(pages));
  for (const page of pages) assert.deepEqual(readAddress(`${page.toUpperCase()}/`, ""), { path: page, known: true });
});

test("trailing punctuation is ignored; no other path matches a page", () => {
  for (const path of ["/team", "/team/", "/TEAM", "/team)", "/team.", "/team%20", "/team%3E", "//team", "/team/).", "/team%2F"]) {
    assert.deepEqual(readAddress(path, ""), { path: "/team", known: true }, path);
  }
  assert.deepEqual(readAddress("//", ""), { path: "/", known: true });
  for (const path of ["/teams", "/team/x", "/x/team", "/no-such-page", "/%E0%A4%A", "/%", "/)", "/evil.example/team", "//evil.example", "/\\evil.example"]) {
    assert.deepEqual(readAddress(path, ""), { path, known: false }, path);
  }
});

test("a path to return to after a sign-in at a provider is one that the Worker takes", () => {
  for (const path of ["/", "/team?tab=roles", "/audit-log?from=%222026-01-01T00:00:00Z%22&actor=usr_1", "/audit-log?q=%C3%A9%2F", "/join?a?b"])
    assert.equal(providerReturnPath(path), path);
  // As `URL.search` leaves them.
  assert.equal(providerReturnPath('/team?a=["b"]|{c}^`d`\\'), "/team?a=%5B%22b%22%5D%7C%7Bc%7D%5E%60d%60%5C");
  for (const query of ["%0a", "%1F", "%7f", "%", "%2", "%zz", "\u00e9", "\ud800", "a".repeat(512)])
    assert.equal(providerReturnPath(`/team?a=${query}`), "/team");
});
