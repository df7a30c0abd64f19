// Parsing of console URLs that mail and chat programs altered.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { readAddress } from "../../console/src/console-url.ts";

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

test("every page of the router is known", () => {
  const router = readFileSync(path.join(import.meta.dirname, "../../console/src/router.tsx"), "utf8");
  const pages = Array.from(router.matchAll(/path: "\/?([a-z-]*)"/g), (match) => `/${match[1]}`);
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
