// Which passwords are taken: at sign-up and at a reset, by the same rules

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { tokenOf } from "./support/people.ts";
import { expectInvalid, expectProblem, expectStatus } from "./support/problems.ts";
import { ROOT } from "./support/worker.ts";
import { inTurn, openWorld } from "./support/world.ts";

const world = await openWorld();
let count = 0;

function signUp(password: unknown, email = `person${(count += 1)}@example.com`) {
  return world.visitor().post("/v1/signup", { email, password });
}

test("fifteen characters are enough, fourteen are not", async () => {
  expectInvalid(await signUp("fourteen chars"), { "/password": "password-too-short" });
  expectStatus(await signUp("fifteen letters"), 202);
});

test("characters are counted, not bytes", async () => {
  expectInvalid(await signUp("日本語の長い合言葉です十四"), { "/password": "password-too-short" });
  expectStatus(await signUp("日本語のとても長い合言葉ですよね"), 202);
  expectStatus(await signUp("🦀🐙🐚🦑🐡🐠🐟🐬🐳🐋🦈🐊🐅🐆🦓"), 202);
});

test("256 bytes are taken, 257 are refused and never cut", async () => {
  const long = Array.from({ length: 64 }, (_, index) => String.fromCharCode(97 + ((index * 7) % 26)) + String(100 + index))
    .join("")
    .slice(0, 256);
  assert.equal(Buffer.byteLength(long), 256);
  const person = await world.signUp("longest@example.com", { password: long });
  expectStatus(await world.visitor().signIn(person.email, long), 201);
  expectProblem(await world.visitor().signIn(person.email, long.slice(0, 255)), "credentials-invalid");
  expectInvalid(await signUp(`${long}x`), { "/password": "password-too-long" });
});

test("no rule asks for digits, capitals or signs", async () => {
  for (const password of ["only lower case words here", "ONLYCAPITALSHEREMYFRIEND", "correcthorsebatterystaple but mine", "731946 580273 462915"])
    expectStatus(await signUp(password), 202);
});

test("common passwords are refused, in any letter case", async () => {
  for (const password of ["passwordpassword", "PasswordPassword", "qwertyuiopasdfghjkl", "1234567890123456", "iloveyouiloveyou"]) {
    const answer = expectProblem(await signUp(password), "fields-invalid");
    assert.match(answer.errors[0].code, /^password-(common|repetitive)$/, password);
  }
});

test("repetitions are refused", async () => {
  for (const password of ["aaaaaaaaaaaaaaaaaaaa", "abababababababababab", "abcabcabcabcabcabc", "1111111111111111111"]) {
    const answer = expectProblem(await signUp(password), "fields-invalid");
    assert.match(answer.errors[0].code, /^password-(repetitive|common)$/, password);
  }
  for (const password of ["lanternslanterns", "Summer2026!Summer2026!"]) expectInvalid(await signUp(password), { "/password": "password-repetitive" });
  expectStatus(await signUp("lanterns drift above lanterns"), 202);
});

test("a password made of the email or the product's name is refused", async () => {
  expectInvalid(await signUp("konstantinopel99", "konstantinopel@example.com"), { "/password": "password-context" });
  expectInvalid(await signUp("Konstantinopel-99", "konstantinopel@example.com"), { "/password": "password-context" });
  expectInvalid(await signUp("rolecallrolecall1"), { "/password": "password-context" });
});

test("the reason names the field and never repeats the password", async () => {
  const answer = await signUp("short one");
  expectInvalid(answer, { "/password": "password-too-short" });
  assert.ok(!answer.text.includes("short one"));
});

const vectors: {
  spellings: { name: string; chosen: string; typed: string; same: boolean }[];
  lengths: { name: string; password: string; refused: string | null }[];
} = JSON.parse(readFileSync(path.join(ROOT, "tests/vectors/passwords.json"), "utf8"));

test("spellings of a letter that mean one are one password, at sign-up, sign-in and reset", async () => {
  await inTurn(vectors.spellings, async ({ name, chosen, typed, same }, index) => {
    const person = await world.signUp(`spelling${index}@example.com`, { password: chosen });
    const signIn = () => world.visitor().signIn(person.email, typed);
    if (same) return void expectStatus(await signIn(), 201);
    expectProblem(await signIn(), "credentials-invalid");
    expectStatus(await world.visitor().post("/v1/password-resets", { email: person.email }), 202);
    const token = tokenOf(await world.mailedLink(person.email, "/reset-password"));
    expectStatus(await world.visitor().put("/v1/password-resets", { token, password: typed.normalize("NFD") }), 204);
    assert.equal((await signIn()).status, 201, name);
  });
});

test("length is counted in the form in which a password is kept", async () => {
  await inTurn(vectors.lengths, async ({ password, refused }) => {
    const answer = await signUp(password);
    if (refused === null) expectStatus(answer, 202);
    else expectInvalid(answer, { "/password": refused });
  });
});

test("a reset holds the new password to the same rules, and the refused try does not use the link up", async () => {
  const person = await world.signUp("konstanze@example.com");
  expectStatus(await world.visitor().post("/v1/password-resets", { email: person.email }), 202);
  const token = tokenOf(await world.mailedLink(person.email, "/reset-password"));
  const faults = { "too short": "password-too-short", aaaaaaaaaaaaaaaaaaaaa: "password-repetitive", "konstanze konstanze": "password-context" };
  await inTurn(Object.entries(faults), async ([password, code]) => {
    expectInvalid(await world.visitor().put("/v1/password-resets", { token, password }), { "/password": code });
  });
  expectStatus(await world.visitor().put("/v1/password-resets", { token, password: "a new and decent sentence" }), 204);
});

test("nothing stored, logged or mailed holds a password", async () => {
  const password = "canary sings at midnight 4711";
  const person = await world.signUp("canary@example.com", { password });
  expectProblem(await world.visitor().signIn(person.email, `${password}x`), "credentials-invalid");
  const tables = await world.rows<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
  );
  for (const { name } of tables) {
    assert.ok(!JSON.stringify(await world.rows(`SELECT * FROM "${name}"`)).includes("canary sings"), `table ${name}`);
  }
  assert.ok(!world.running.log.join("\n").includes("canary sings"), "the log");
  const [stored] = await world.rows<{ proof: string }>("SELECT proof FROM identity WHERE user = ? AND kind = 'password'", person.id);
  assert.match(stored.proof, /\$argon2id\$v=19\$m=(\d+),t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/, "a PHC string with its parameters");
});
