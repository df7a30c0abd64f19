// The account one acts in, always in view, and the way to any other: the personal account and every team, with one's role.
import { Menu, MenuChoice, MenuChoices, MenuGroup, MenuLine } from "../parts/Menu";
import { useActive, useSwitchAccount } from "../data/session";
import type { Membership } from "../data/types";
import { Icon } from "../parts/Icon";
import { Avatar } from "../parts/Words";
import { text } from "../text";
import { useRoleTitle } from "../data/roles";

export function AccountSwitcher() {
  const { account, memberships } = useActive();
  const switchTo = useSwitchAccount();
  const roleTitle = useRoleTitle();
  const role = roleOf(account, roleTitle);
  const trigger = (
    <button type="button" className="switcher">
      <span className="hidden">{text.switcher.before}</span>
      <Avatar name={account.name} kind="square" />
      <span className="person-words grow">
        <span className="account-name clip block">{account.name}</span>
        <span className="small soft clip block">{role}</span>
      </span>
      <span className="hidden">{text.switcher.after}</span>
      <Icon name="updown" />
    </button>
  );
  const personal = memberships.filter((membership) => membership.account.kind === "personal");
  const teams = memberships.filter((membership) => membership.account.kind === "team");
  return (
    <Menu trigger={trigger} align="start" className="switcher-menu">
      <MenuChoices value={account.id} onChange={(id) => void switchTo(id)}>
        {personal.length > 0 && <MenuGroup label={text.switcher.personal}>{personal.map(choice)}</MenuGroup>}
        {personal.length > 0 && teams.length > 0 && <MenuLine />}
        {teams.length > 0 && <MenuGroup label={text.switcher.teams}>{teams.map(choice)}</MenuGroup>}
      </MenuChoices>
    </Menu>
  );

  function choice({ account: one }: Membership) {
    return (
      <MenuChoice key={one.id} value={one.id}>
        <span className="person">
          <Avatar name={one.name} kind="square" />
          <span className="person-words">
            <span className="strong block">{one.name}</span>
            <span className="small soft block">{roleOf(one, roleTitle)}</span>
          </span>
        </span>
      </MenuChoice>
    );
  }
}

function roleOf(account: Membership["account"], roleTitle: (code: string) => string): string {
  if (account.kind === "personal") return text.kinds.personal;
  return roleTitle(account.role);
}
