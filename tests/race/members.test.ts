// Races around members and roles: role changes, leaving, removal, transfer, custom roles, no-escalation

import { inTurn } from "../e2e/support/world.ts";
import { against, committed, faults, race, statusAndCode, times, together, findViolations } from "./support/race.ts";
import { isMember, newMember, newTeam, freshEmail } from "./support/teams.ts";

const OWNER_GUARDS = ["account_owner_is_admin", "member_owner_stays", "member_owner_keeps_role"];
const OWNER_IS_MEMBER: [string, string] = [
  ",\n  -- Owner-is-admin, first half: the owner is always a member.\n  FOREIGN KEY (id, owner) REFERENCES member (account, user) DEFERRABLE INITIALLY DEFERRED",
  "",
];

race("eight changes of one member's role at once: one history, each change from what the one before left", {
  round: async (world) => {
    const team = await newTeam(world);
    const admin = await newMember(world, team, "admin");
    const member = await newMember(world, team, "basic");
    const roles = ["dev", "billing", "basic", "admin"];
    const answers = await together(...times(8, (index) => () => (index % 2 ? admin : team.owner).setRole(team.id, member.id, roles[index % 4])));
    const found = [...faults(answers), ...(await findViolations(world, team.id))];
    found.push(...answers.map(statusAndCode).filter((text) => text !== "200" && text !== "409 conflict"));
    const log = await world.rows("SELECT data FROM audit_event WHERE account = ? AND action = 'member.update' ORDER BY seq", team.id);
    let role = "basic";
    for (const { from, to } of log.map((row) => JSON.parse(row.data))) {
      if (from !== role) found.push(`changed from ${from} when it was ${role}`);
      role = to;
    }
    const [{ role: stored }] = await world.rows("SELECT role FROM member WHERE account = ? AND user = ?", team.id, member.id);
    if (stored !== role) found.push(`stored ${stored}, logged ${role}`);
    return found;
  },
});

race("two admins demote each other: only the first still may", {
  rounds: 8,
  round: async (world, round) => {
    const team = await newTeam(world);
    const [one, other] = [await newMember(world, team, "admin"), await newMember(world, team, "admin")];
    const answers = await against(
      round,
      () => one.setRole(team.id, other.id, "basic"),
      () => other.setRole(team.id, one.id, "basic"),
    );
    const found = [...faults(answers), ...(await findViolations(world, team.id))];
    const told = answers.map(statusAndCode).sort().join(", ");
    if (told !== "200, 403 permission-missing") found.push(told);
    return found;
  },
});

race("the new owner leaves while the team is given to them: the owner is an admin of the team at all times", {
  rounds: 10,
  without: OWNER_GUARDS,
  instead: [OWNER_IS_MEMBER],
  round: async (world, round) => {
    const team = await newTeam(world);
    const heir = await newMember(world, team, "admin");
    const [leave, transfer] = await against(
      round,
      () => heir.leave(team.id),
      () => team.owner.transfer(team.id, heir.id),
    );
    const found = [...faults([leave, transfer]), ...(await findViolations(world, team.id))];
    const outcome = `leave ${statusAndCode(leave)}, transfer ${statusAndCode(transfer)}`;
    if (!["leave 204, transfer 404 member-not-found", "leave 409 owner-must-stay, transfer 200"].includes(outcome)) found.push(outcome);
    return found;
  },
});

race("the new owner is demoted while the team is given to them: one of the two", {
  rounds: 10,
  without: OWNER_GUARDS,
  round: async (world, round) => {
    const team = await newTeam(world);
    const [heir, admin] = [await newMember(world, team, "admin"), await newMember(world, team, "admin")];
    const [demote, transfer] = await against(
      round,
      () => admin.setRole(team.id, heir.id, "dev"),
      () => team.owner.transfer(team.id, heir.id),
    );
    const found = [...faults([demote, transfer]), ...(await findViolations(world, team.id))];
    const outcome = `demote ${statusAndCode(demote)}, transfer ${statusAndCode(transfer)}`;
    if (!["demote 200, transfer 409 transfer-needs-admin", "demote 409 owner-must-stay, transfer 200"].includes(outcome)) found.push(outcome);
    return found;
  },
});

race("the team is given to two people at once: it has one new owner", {
  rounds: 8,
  round: async (world, round) => {
    const team = await newTeam(world);
    const heirs = [await newMember(world, team, "admin"), await newMember(world, team, "admin")];
    const answers = await against(
      round,
      () => team.owner.transfer(team.id, heirs[0].id),
      () => team.owner.transfer(team.id, heirs[1].id),
    );
    const found = [...faults(answers), ...(await findViolations(world, team.id))];
    const told = answers.map(statusAndCode).sort().join(", ");
    if (told !== "200, 403 owner-only") found.push(told);
    if ((await world.count("account WHERE owner = ? AND kind = 'personal'", team.owner.id)) !== 1) found.push("not one personal account for the old owner");
    return found;
  },
});

race("a removed admin's last requests: nothing is done after the removal", {
  rounds: 4,
  round: async (world, round) => {
    const team = await newTeam(world);
    const admin = await newMember(world, team, "admin");
    const emails = times(6, () => freshEmail("late"));
    const acts = emails.map((email) => () => admin.post(`/v1/accounts/${team.id}/invitations`, { email, role: "dev" }));
    acts.splice(round % 6, 0, () => team.owner.remove(team.id, admin.id));
    const answers = await together(...acts);
    const [removal] = answers.splice(round % 6, 1);
    const found = [...faults(answers), ...(await findViolations(world, team.id))];
    if (removal.status !== 204) found.push(`removal ${statusAndCode(removal)}`);
    found.push(...answers.map(statusAndCode).filter((text) => text !== "201" && text !== "404 account-not-found"));
    const [removed] = await committed(world, team.id, "member.remove", admin.id);
    const rows = await world.rows<{ seq: number }>(
      "SELECT seq FROM audit_event WHERE account = ? AND actor_id = ? AND outcome = 'done' AND seq > ?",
      team.id,
      admin.id,
      removed,
    );
    if (rows.length > 0) found.push(`${rows.length} changes after the removal`);
    if (await isMember(world, team, admin)) found.push("still a member");
    return found;
  },
});

race("a role grows while somebody of fewer rights hands it out: nobody grants what they do not hold", {
  rounds: 4,
  round: async (world, round) => {
    const team = await newTeam(world);
    await team.owner.makeRole(team.id, "manager", ["team.access", "members.manage", "pods.connect"]);
    await team.owner.makeRole(team.id, "clay", ["team.access"]);
    const manager = await newMember(world, team, "manager");
    const targets = await inTurn(
      times(6, () => 0),
      () => newMember(world, team, "basic"),
    );
    for (const target of targets) await world.sql("UPDATE member SET role = 'manager' WHERE account = ? AND user = ?", team.id, target.id);
    const acts = targets.map((target) => () => manager.setRole(team.id, target.id, "clay"));
    acts.splice(round % 6, 0, () => team.owner.patch(`/v1/accounts/${team.id}/roles/clay`, { permissions: ["team.access", "clusters.manage"] }));
    const answers = await together(...acts);
    const [growth] = answers.splice(round % 6, 1);
    const found = [...faults(answers), ...(await findViolations(world, team.id))];
    if (growth.status !== 200) found.push(`growth ${statusAndCode(growth)}`);
    found.push(...answers.map(statusAndCode).filter((text) => text !== "200" && text !== "403 permission-escalation"));
    const [grown] = await committed(world, team.id, "role.update");
    const late = (await committed(world, team.id, "member.update")).filter((seq) => seq > grown);
    if (late.length > 0) found.push(`${late.length} grants of a role that had grown`);
    return found;
  },
});

race("a role is deleted while it is given to somebody: nobody is left with a role that is none", {
  rounds: 8,
  without: ["role_in_use"],
  round: async (world, round) => {
    const team = await newTeam(world);
    await team.owner.makeRole(team.id, "brief", ["team.access"]);
    const admin = await newMember(world, team, "admin");
    const member = await newMember(world, team, "basic");
    const [give, drop] = await against(
      round,
      () => admin.setRole(team.id, member.id, "brief"),
      () => team.owner.delete(`/v1/accounts/${team.id}/roles/brief`),
    );
    const found = [...faults([give, drop]), ...(await findViolations(world, team.id))];
    const outcome = `give ${statusAndCode(give)}, drop ${statusAndCode(drop)}`;
    if (!["give 200, drop 409 role-in-use", "give 422 fields-invalid, drop 204"].includes(outcome)) found.push(outcome);
    return found;
  },
});
