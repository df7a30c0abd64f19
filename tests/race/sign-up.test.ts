// Races around people: verifying twice, two sign-ups of one email, resetting twice, idempotency keys

import assert from "node:assert/strict";
import { test } from "node:test";
import { tokenOf } from "../e2e/support/people.ts";
import { expectStatus } from "../e2e/support/problems.ts";
import { inWorld, passwordFor } from "../e2e/support/world.ts";
import { faults, race, statusAndCode, times, together, findViolations } from "./support/race.ts";
import { newPerson, newTeam, freshEmail } from "./support/teams.ts";

const ONE_EMAIL: [string, string] = ["email          TEXT NOT NULL UNIQUE", "email          TEXT NOT NULL"];

async function signUpLink(world: Parameters<typeof newPerson>[0], email: string, password: string): Promise<string> {
  expectStatus(await world.visitor().post("/v1/signup", { email, password }), 202);
  return tokenOf(await world.mailedLink(email, "/verify-email"));
}

race("one verification link redeemed ten times at once makes one user and signs in once", {
  without: ["user_insert_once", "signup_closed_for_good"],
  instead: [ONE_EMAIL],
  round: async (world) => {
    const email = freshEmail("newcomer");
    const token = await signUpLink(world, email, passwordFor(email));
    const answers = await together(...times(10, () => () => world.visitor().post("/v1/email-verifications", { token })));
    const found = [...faults(answers), ...(await findViolations(world))];
    const told = answers.map(statusAndCode).sort().join(", ");
    if (told !== ["201", ...times(9, () => "410 verification-over")].join(", ")) found.push(told);
    if ((await world.count("session s JOIN user u ON u.id = s.user WHERE u.email = ?", email)) !== 1) found.push("not one session");
    return found;
  },
});

race("two sign-ups of one email verified at once: one user, with the password of the one that won", {
  rounds: 6,
  without: ["user_insert_once", "signup_closed_for_good"],
  instead: [ONE_EMAIL],
  round: async (world) => {
    const email = freshEmail("double");
    const passwords = ["the first long sentence", "the second long sentence"];
    const tokens = [await signUpLink(world, email, passwords[0]), await signUpLink(world, email, passwords[1])];
    const answers = await together(...tokens.map((token) => () => world.visitor().post("/v1/email-verifications", { token })));
    const found = [...faults(answers), ...(await findViolations(world))];
    const told = answers.map(statusAndCode).sort().join(", ");
    if (told !== "201, 410 verification-over") found.push(told);
    const winner = answers.findIndex((answer) => answer.status === 201);
    for (const [index, password] of passwords.entries()) {
      const { status } = await world.visitor().signIn(email, password);
      if (status !== (index === winner ? 201 : 401)) found.push(`password ${index} answers ${status}, winner is ${winner}`);
    }
    return found;
  },
});

race("one reset link used five times at once sets one password", {
  rounds: 3,
  without: ["reset_closed_for_good"],
  round: async (world) => {
    const person = await newPerson(world);
    expectStatus(await world.visitor().post("/v1/password-resets", { email: person.email }), 202);
    const token = tokenOf(await world.mailedLink(person.email, "/reset-password"));
    const passwords = times(5, (index) => `a new long sentence, number ${index}`);
    const answers = await together(...passwords.map((password) => () => world.visitor().put("/v1/password-resets", { token, password })));
    const found = faults(answers);
    const told = answers.map(statusAndCode).sort().join(", ");
    if (told !== ["204", ...times(4, () => "410 reset-over")].join(", ")) found.push(told);
    return found;
  },
});

race("ten requests with one idempotency key at once have one effect", {
  rounds: 4,
  instead: [["PRIMARY KEY (principal, key)\n", "PRIMARY KEY (principal, key, kind, body)\n"]],
  round: async (world, round) => {
    const team = await newTeam(world);
    const headers = { "idempotency-key": `round-${round}` };
    const url = `/v1/accounts/${team.id}/api-keys`;
    const answers = await together(...times(10, () => () => team.owner.post(url, { name: "ci", permissions: ["team.access"] }, { headers })));
    const found = [...faults(answers), ...(await findViolations(world, team.id))];
    found.push(...answers.map(statusAndCode).filter((text) => text !== "201" && text !== "409 conflict"));
    const keys = await world.count("api_key WHERE account = ?", team.id);
    if (keys !== 1) found.push(`${keys} keys`);
    const made = answers.filter((answer) => answer.status === 201);
    if (new Set(made.map((answer) => answer.body.id)).size !== 1) found.push("answers name different keys");
    if (made.filter((answer) => answer.body.secret !== null).length !== 1) found.push("the secret was not told exactly once");
    return found;
  },
});

// Password hashes run one after the other in an isolate, so here nobody can lose this race, with or without guards. Its guards are
// those of the first race above and of the fifty acceptances, which are lost without them.
test("one sign-up by invitation mail sent eight times at once: one user, one member", async () => {
  await inWorld({}, async (world) => {
    const team = await newTeam(world);
    const email = freshEmail("mailed");
    await team.owner.invite(team.id, email, "dev");
    const link = await world.mailedLink(email, "/join");
    const [token, proof] = [tokenOf(link), new URLSearchParams(new URL(link).hash.slice(1)).get("proof")];
    const answers = await together(
      ...times(8, () => () => world.visitor().post("/v1/signup", { email, password: passwordFor(email), invitation: { token, proof } })),
    );
    assert.deepEqual([...faults(answers), ...(await findViolations(world, team.id))], []);
    assert.deepEqual(answers.map(statusAndCode).sort(), ["201", ...times(7, () => "202")]);
    assert.equal(await world.count("member WHERE account = ?", team.id), 2);
  });
});
