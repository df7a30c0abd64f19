// Races around whole accounts: Delete Team against joining, converting twice, caps

import { inTurn } from "../e2e/support/world.ts";
import { against, committed, faults, race, statusAndCode, times, together, findViolations } from "./support/race.ts";
import { isMember, newPerson, newTeam, freshEmail } from "./support/teams.ts";

race("Delete Team against an acceptance: a personal account has one member", {
  rounds: 10,
  without: ["account_personal_is_alone", "member_insert_allowed", "invitation_single_use"],
  round: async (world, round) => {
    const team = await newTeam(world);
    const guest = await newPerson(world);
    const { link } = await team.owner.invite(team.id, guest.email, "dev");
    const [accept, deletion] = await against(
      round,
      () => guest.accept(link),
      () => team.owner.deleteTeam(team.id),
    );
    const found = [...faults([accept, deletion]), ...(await findViolations(world, team.id))];
    if (deletion.status !== 200) found.push(`delete ${statusAndCode(deletion)}`);
    if (!["200", "410 invitation-revoked"].includes(statusAndCode(accept))) found.push(`accept ${statusAndCode(accept)}`);
    if (await isMember(world, team, guest)) found.push("inside a personal account");
    return found;
  },
});

race("Delete Team against new invitations: a personal account has none that wait", {
  rounds: 5,
  without: ["account_personal_is_alone", "invitation_only_to_teams"],
  round: async (world, round) => {
    const team = await newTeam(world);
    const acts = times(6, () => () => team.owner.post(`/v1/accounts/${team.id}/invitations`, { email: freshEmail("late"), role: "dev" }));
    acts.splice(round % 6, 0, () => team.owner.deleteTeam(team.id));
    const answers = await together(...acts);
    const [deletion] = answers.splice(round % 6, 1);
    const found = [...faults(answers), ...(await findViolations(world, team.id))];
    if (deletion.status !== 200) found.push(`delete ${statusAndCode(deletion)}`);
    found.push(...answers.map(statusAndCode).filter((text) => text !== "201" && text !== "409 account-not-team"));
    return found;
  },
});

race("ten conversions at once are one conversion", {
  round: async (world) => {
    const owner = await newPerson(world);
    const answers = await together(...times(10, () => () => owner.post(`/v1/accounts/${owner.home}/convert`, { name: "Once" })));
    const found = [...faults(answers), ...(await findViolations(world, owner.home))];
    found.push(...answers.map(statusAndCode).filter((text) => text !== "200"));
    const log = await world.rows("SELECT action FROM audit_event WHERE account = ?", owner.home);
    if (log.length !== 2) found.push(`${log.length} events`);
    return found;
  },
});

race("twenty people join a team that has room for eight: eight get in", {
  rounds: 1,
  mutantRounds: 2,
  instead: [["members             INTEGER NOT NULL DEFAULT 0 CHECK (members BETWEEN 0 AND 20000)", "members             INTEGER NOT NULL DEFAULT 0"]],
  round: async (world) => {
    const team = await newTeam(world);
    const guests = await inTurn(
      times(20, () => 0),
      () => newPerson(world),
    );
    const links = await inTurn(guests, async (guest) => (await team.owner.invite(team.id, guest.email, "dev")).link);
    await world.sql("UPDATE account SET members = 19992 WHERE id = ?", team.id);
    const answers = await together(...guests.map((guest, index) => () => guest.accept(links[index])));
    const found = faults(answers);
    const told = answers.map(statusAndCode).sort();
    if (told.filter((text) => text === "200").length !== 8) found.push(told.join(", "));
    found.push(...told.filter((text) => text !== "200" && text !== "409 limit-reached"));
    const [{ members }] = await world.rows("SELECT members FROM account WHERE id = ?", team.id);
    if (members > 20000) found.push(`${members} members`);
    if ((await committed(world, team.id, "invitation.accept")).length !== (await world.count("member WHERE account = ?", team.id)) - 1)
      found.push("log and members differ");
    return found;
  },
});

race("custom roles made at once stop at their cap", {
  rounds: 2,
  instead: [["CHECK (custom_roles BETWEEN 0 AND 64)", ""]],
  round: async (world) => {
    const team = await newTeam(world);
    await world.sql("UPDATE account SET custom_roles = 60 WHERE id = ?", team.id);
    const answers = await together(
      ...times(10, (index) => () => team.owner.post(`/v1/accounts/${team.id}/roles`, { code: `role-${index}`, title: "X", permissions: [] })),
    );
    const found = faults(answers);
    const made = await world.count("role WHERE account = ?", team.id);
    if (made !== 4) found.push(`${made} made: ${answers.map(statusAndCode).join(", ")}`);
    found.push(...answers.map(statusAndCode).filter((text) => text !== "201" && text !== "409 limit-reached"));
    return found;
  },
});

race("an account is renamed by ten who all saw the same version: one is right, the others are told", {
  rounds: 3,
  round: async (world) => {
    const team = await newTeam(world);
    const { version } = await team.owner.account(team.id);
    const answers = await together(
      ...times(10, (index) => () => team.owner.patch(`/v1/accounts/${team.id}`, { name: `Name ${index}` }, { headers: { "if-match": `"${version}"` } })),
    );
    const found = [...faults(answers), ...(await findViolations(world, team.id))];
    const told = answers.map(statusAndCode).sort().join(", ");
    if (told !== ["200", ...times(9, () => "412 precondition-failed")].join(", ")) found.push(told);
    return found;
  },
});

race("two accounts change and are read at once: the chain of each is sealed whole", {
  rounds: 3,
  // Sealing twice writes the same values, so the mutant has a sealer that writes others.
  without: ["audit_sealed_once"],
  instead: [
    [
      "CREATE TRIGGER audit_delete_never",
      "CREATE TRIGGER audit_sealed_wrong AFTER UPDATE OF hash ON audit_event WHEN NEW.seq = 4 BEGIN UPDATE audit_event SET hash = substr(NEW.hash, 2) || 'x' WHERE account = NEW.account AND seq = 4; END;\nCREATE TRIGGER audit_delete_never",
    ],
  ],
  round: async (world, round) => {
    const [one, other] = [await newTeam(world), await newTeam(world)];
    const acts = times(
      8,
      (index) => () => (index % 2 ? one : other).owner.patch(`/v1/accounts/${(index % 2 ? one : other).id}`, { name: `Round ${round}, ${index}` }),
    );
    const answers = await together(...acts);
    const logs = await together(...[one, other, one, other].map((team) => () => team.owner.get(`/v1/accounts/${team.id}/audit-log`)));
    // Events are sealed a second after the changes.
    await world.settled();
    return [...faults([...answers, ...logs]), ...(await findViolations(world, one.id, other.id))];
  },
});

race("converting against deleting, back and forth: the account is one or the other", {
  rounds: 6,
  without: ["account_personal_is_alone", "role_only_in_teams"],
  round: async (world, round) => {
    const team = await newTeam(world);
    const [make, drop] = await against(
      round,
      () => team.owner.post(`/v1/accounts/${team.id}/roles`, { code: "stray", title: "Stray", permissions: [] }),
      () => team.owner.deleteTeam(team.id),
    );
    const found = [...faults([make, drop]), ...(await findViolations(world, team.id))];
    if (drop.status !== 200) found.push(`delete ${statusAndCode(drop)}`);
    if (!["201", "409 account-not-team"].includes(statusAndCode(make))) found.push(`role ${statusAndCode(make)}`);
    return found;
  },
});
