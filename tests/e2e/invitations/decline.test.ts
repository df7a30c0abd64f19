// POST /v1/invitations/{token}/decline

import assert from "node:assert/strict";
import { test } from "node:test";
import { proofOf } from "../support/people.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("olive@example.com");
const team = await owner.convert("Acme");

test("declining ends the invitation; doing it again is the same success", async () => {
  const bob = await world.signUp("bob@example.com");
  const { link, id } = await owner.invite(team, bob.email, "dev");
  expectStatus(await bob.decline(link), 204);
  expectStatus(await bob.decline(link), 204);
  assert.equal((await owner.invitations(team)).find((item) => item.id === id)?.state, "declined");
  expectProblem(await bob.accept(link), "invitation-used", 410);
  const events = (await owner.auditLog(team)).filter((event) => event.resource.id === id);
  assert.deepEqual(
    events.map((event) => event.action),
    ["invitation.create", "invitation.decline"],
  );
  assert.equal(events[1].actor.id, bob.id);
});

test("after declining another invitation may be sent and accepted", async () => {
  const carl = await world.signUp("carl@example.com");
  const first = await owner.invite(team, carl.email, "dev");
  expectStatus(await carl.decline(first.link), 204);
  const second = await owner.invite(team, carl.email, "dev");
  await carl.join(second.link);
  expectProblem(await carl.decline(second.link), "invitation-used", 410);
  expectStatus(await carl.get(`/v1/accounts/${team}`), 200);
});

test("somebody else cannot decline, signed in or not", async () => {
  const dora = await world.signUp("dora@example.com");
  const { link, id } = await owner.invite(team, "invited@example.com", "dev");
  expectProblem(await dora.decline(link), "invitation-email-mismatch");
  expectProblem(await owner.decline(link), "invitation-email-mismatch");
  expectProblem(await world.visitor().decline(link), "session-missing");
  assert.equal(
    (await owner.invitations(team, "pending")).some((item) => item.id === id),
    true,
  );
});

test("the proof from the mail lets its reader decline without an account; a wrong proof does not", async () => {
  const { link, id, email } = await owner.invite(team, "noaccount@example.com", "dev");
  const proof = proofOf(await world.mailedLink(email, "/join"));
  assert.ok(proof);
  for (const wrong of ["", "x", proof.slice(0, -3), `${proof}A`]) {
    expectProblem(await world.visitor().decline(link, { json: { proof: wrong } }), "session-missing");
  }
  assert.ok((await owner.invitations(team, "pending")).some((item) => item.id === id));
  expectStatus(await world.visitor().decline(link, { json: { proof } }), 204);
  assert.equal((await owner.invitations(team)).find((item) => item.id === id)?.state, "declined");
});

test("what is over cannot be declined, and says how it ended", async () => {
  const [eve, finn] = await world.signUpAll("eve", "finn");
  const revoked = await owner.invite(team, eve.email, "dev");
  expectStatus(await owner.revoke(team, revoked.id), 204);
  expectProblem(await eve.decline(revoked.link), "invitation-revoked");
  const expired = await owner.invite(team, finn.email, "dev");
  await world.sql("UPDATE invitation SET expires_at = 1000 WHERE id = ?", expired.id);
  expectProblem(await finn.decline(expired.link), "invitation-expired");
});

test("only a proof may stand in the body", async () => {
  const gus = await world.signUp("gus@example.com");
  const { link } = await owner.invite(team, gus.email, "dev");
  expectInvalid(await gus.decline(link, { json: { reason: "no" } }), { "/reason": "unknown" });
  expectInvalid(await gus.decline(link, { json: { proof: 5 } }), { "/proof": "type-wrong" });
  expectStatus(await gus.decline(link, { json: {} }), 204);
});
