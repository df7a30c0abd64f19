// People and teams for races: fresh ones for every round, by the front door.

import type { Person } from "../../e2e/support/people.ts";
import type { World } from "../../e2e/support/world.ts";

export interface Team {
  owner: Person;
  id: string;
}

let count = 0;

/** An email that nobody had before. */
export function freshEmail(who: string): string {
  return `${who}-${(count += 1)}@example.com`;
}

export async function newTeam(world: World): Promise<Team> {
  const owner = await world.signUp(freshEmail("owner"));
  return { owner, id: await owner.convert("Racers") };
}

export function newPerson(world: World): Promise<Person> {
  return world.signUp(freshEmail("guest"));
}

export function newMember(world: World, team: Team, role: string): Promise<Person> {
  return world.hire(team.owner, team.id, freshEmail(role), role);
}

export async function isMember(world: World, team: Team, person: Person): Promise<boolean> {
  return (await world.count("member WHERE account = ? AND user = ?", team.id, person.id)) === 1;
}
