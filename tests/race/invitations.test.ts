// Races around invitations: single-use, revocation, resending, the inviter's right, one waiting per email

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "../e2e/support/http.ts";
import { inTurn, inWorld } from "../e2e/support/world.ts";
import { against, committed, faults, race, statusAndCode, times, together, withoutGuards, findViolations } from "./support/race.ts";
import { isMember, newMember, newPerson, newTeam, freshEmail } from "./support/teams.ts";

/** What code does that inserts "unless it is there": the usual way to write it without a guard. */
const IGNORING: [string, string] = [
  "CREATE TRIGGER member_insert_allowed",
  "CREATE TRIGGER member_or_ignore BEFORE INSERT ON member WHEN EXISTS (SELECT 1 FROM member WHERE account = NEW.account AND user = NEW.user) BEGIN SELECT RAISE(IGNORE); END;\nCREATE TRIGGER member_insert_allowed",
];

race("fifty acceptances of one invitation at once are one acceptance, and every one is told the same success", {
  rounds: 3,
  without: ["invitation_single_use", "member_insert_once"],
  instead: [IGNORING],
  round: async (world) => {
    const team = await newTeam(world);
    const guest = await newPerson(world);
    const browsers = [guest, await guest.elsewhere(), await guest.elsewhere()];
    const { id, link } = await team.owner.invite(team.id, guest.email, "dev");
    const answers = await together(...times(50, (index) => () => browsers[index % browsers.length].accept(link)));
    const found = [...faults(answers), ...(await findViolations(world, team.id))];
    found.push(...answers.filter((answer) => answer.status !== 200 || answer.body.account.role !== "dev").map(statusAndCode));
    const accepted = await committed(world, team.id, "invitation.accept", id);
    if (accepted.length !== 1) found.push(`${accepted.length} acceptances in the log`);
    const { members } = (await world.rows("SELECT members FROM account WHERE id = ?", team.id))[0];
    if (members !== 2) found.push(`${members} members`);
    return found;
  },
});

race("accepting against revoking: never both", {
  rounds: 12,
  without: ["invitation_single_use"],
  round: async (world, round) => {
    const team = await newTeam(world);
    const guest = await newPerson(world);
    const { id, link } = await team.owner.invite(team.id, guest.email, "dev");
    const [accept, revoke] = await against(
      round,
      () => guest.accept(link),
      () => team.owner.revoke(team.id, id),
    );
    const found = [...faults([accept, revoke]), ...(await findViolations(world, team.id))];
    const inside = await isMember(world, team, guest);
    const outcome = `accept ${statusAndCode(accept)}, revoke ${statusAndCode(revoke)}, ${inside ? "inside" : "outside"}`;
    if (!["accept 200, revoke 409 invitation-used, inside", "accept 410 invitation-revoked, revoke 204, outside"].includes(outcome)) found.push(outcome);
    return found;
  },
});

race("accepting against declining, by the same person: one of the two", {
  rounds: 8,
  without: ["invitation_single_use"],
  round: async (world, round) => {
    const team = await newTeam(world);
    const guest = await newPerson(world);
    const { link } = await team.owner.invite(team.id, guest.email, "dev");
    const answers = await against(
      round,
      () => guest.accept(link),
      () => guest.decline(link),
    );
    const found = [...faults(answers), ...(await findViolations(world, team.id))];
    const outcome = `accept ${answers[0].status}, decline ${answers[1].status}, ${(await isMember(world, team, guest)) ? "inside" : "outside"}`;
    if (!["accept 200, decline 410, inside", "accept 410, decline 204, outside"].includes(outcome)) found.push(outcome);
    return found;
  },
});

race("accepting by the old link against resending: nobody joins by a link that is dead already", {
  rounds: 10,
  without: ["invitation_single_use", "invitation_link_grows"],
  round: async (world, round) => {
    const team = await newTeam(world);
    const guest = await newPerson(world);
    const { id, link } = await team.owner.invite(team.id, guest.email, "dev");
    const answers = await against(
      round,
      () => guest.accept(link),
      () => team.owner.post(`/v1/accounts/${team.id}/invitations/${id}/resend`),
    );
    const found = [...faults(answers), ...(await findViolations(world, team.id))];
    const [accepted] = await committed(world, team.id, "invitation.accept", id);
    const [resent] = await committed(world, team.id, "invitation.resend", id);
    if (accepted !== undefined && resent !== undefined) found.push(accepted > resent ? "joined by a dead link" : "resent what was accepted");
    return found;
  },
});

race("six accept while their inviter is demoted: nobody joins on a right that is gone", {
  rounds: 5,
  round: async (world, round) => {
    const team = await newTeam(world);
    const inviter = await newMember(world, team, "admin");
    const guests = await inTurn(
      times(6, () => 0),
      () => newPerson(world),
    );
    const links = await inTurn(guests, async (guest) => (await inviter.invite(team.id, guest.email, "dev")).link);
    // With a body, so that all take equally long to be read.
    const acts = guests.map((guest, index) => () => guest.accept(links[index], { json: {} }));
    acts.splice(round % 6, 0, () => team.owner.setRole(team.id, inviter.id, "dev"));
    const answers = await together(...acts);
    const [demote] = answers.splice(round % 6, 1);
    const found = [...faults(answers), ...(await findViolations(world, team.id))];
    if (demote.status !== 200) found.push(`demote ${statusAndCode(demote)}`);
    found.push(...answers.map(statusAndCode).filter((text) => text !== "200" && text !== "409 inviter-lacks-permission"));
    const [demoted] = await committed(world, team.id, "member.update", inviter.id);
    const late = (await committed(world, team.id, "invitation.accept")).filter((seq) => seq > demoted);
    if (late.length > 0) found.push(`${late.length} joined after the inviter was demoted`);
    return found;
  },
});

race("twelve invitations of one email at once: one waits, the others are told so", {
  without: ["invitation_insert_once"],
  instead: [["CREATE UNIQUE INDEX invitation_pending", "CREATE INDEX invitation_pending"]],
  round: async (world, round) => {
    const team = await newTeam(world);
    const email = freshEmail("wanted");
    // The first comes late by up to four milliseconds: ahead of all others it would be done before they begin.
    const later = (index: number) => new Promise((resolve) => setTimeout(resolve, index === 0 ? round % 5 : 0));
    const answers = await together(
      ...times(12, (index) => () => later(index).then(() => team.owner.post(`/v1/accounts/${team.id}/invitations`, { email, role: "dev" }))),
    );
    const found = [...faults(answers), ...(await findViolations(world, team.id))];
    const told = answers.map(statusAndCode);
    if (told.filter((text) => text === "201").length !== 1 || told.some((text) => !["201", "409 invitation-pending"].includes(text)))
      found.push(told.join(", "));
    if ((await world.count("mail WHERE recipient = ?", email)) !== 1) found.push("not one mail");
    return found;
  },
});

async function thirty(world: Parameters<Parameters<typeof inWorld>[1]>[0]): Promise<{ answers: Answer[]; team: string }> {
  const team = await newTeam(world);
  const guests = await inTurn(
    times(30, () => 0),
    () => newPerson(world),
  );
  const links = await inTurn(guests, async (guest) => (await team.owner.invite(team.id, guest.email, "dev")).link);
  return { answers: await together(...guests.map((guest, index) => () => guest.accept(links[index]))), team: team.id };
}

const tries = (answers: Answer[]) => answers.map((answer) => Number(answer.headers["rolecall-tries"]));

test("thirty invitations of one account accepted at once all commit, and none has to try twice", async () => {
  await inWorld({}, async (world) => {
    const { answers, team } = await thirty(world);
    assert.deepEqual(
      answers.map((answer) => answer.status),
      times(30, () => 200),
    );
    assert.deepEqual(
      tries(answers),
      times(30, () => 1),
    );
    assert.deepEqual(await findViolations(world, team), []);
    assert.equal(await world.count("member WHERE account = ?", team), 31);
  });
});

test("thirty acceptances at once: a guard that refuses without need is noticed by the count of tries", async () => {
  // Preconditions that fail by chance, as one version number for the whole account would make them.
  const nervous: [string, string] = [
    "INSTEAD OF INSERT ON fact BEGIN",
    "INSTEAD OF INSERT ON fact WHEN NEW.name = 'MembersBelowCap' AND random() % 3 = 0 BEGIN",
  ];
  const factless = withoutGuards({});
  const schema = (sql: string) =>
    factless(sql).replace(nervous[0], nervous[1]).replace("BEGIN SELECT 1; END;", "BEGIN SELECT RAISE(ABORT, 'rolecall: stale'); END;");
  await inWorld({ schema }, async (world) => {
    const { answers } = await thirty(world);
    assert.ok(
      tries(answers).some((count) => count > 1),
      "no acceptance was tried twice",
    );
  });
});
