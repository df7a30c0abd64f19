// A menu of the user's accounts, with their role in each; shows and switches the active account.
import { Menu, MenuRadioItem, MenuRadioGroup, MenuGroup, MenuSeparator } from "../components/Menu";
import { useSession } from "../data/session";
import { useSwitchAccount } from "../data/switch-account";
import type { Membership } from "../data/types";
import { Icon } from "../components/Icon";
import { Avatar } from "../components/Avatar";
import { messages } from "../messages";
import { useRoleTitle } from "../data/roles";
import menuTriggerStyles from "./MenuTrigger.module.css";
import styles from "./AccountSwitcher.module.css";
import tableStyles from "../components/Table.module.css";
import { cx } from "../components/cx";

export function AccountSwitcher() {
  const { account, memberships } = useSession();
  const switchTo = useSwitchAccount();
  const roleTitle = useRoleTitle();
  const role = roleOf(account, roleTitle);
  const trigger = (
    <button type="button" className={menuTriggerStyles.trigger}>
      <span className="hidden">{messages.accountSwitcher.labelBefore}</span>
      <Avatar name={account.name} kind="square" />
      <span className={cx(tableStyles.personText, "grow")}>
        <span className={cx(styles.accountName, "clip block")}>{account.name}</span>
        <span className="small soft clip block">{role}</span>
      </span>
      <span className="hidden">{messages.accountSwitcher.labelAfter}</span>
      <Icon name="updown" />
    </button>
  );
  const personal = memberships.filter((membership) => membership.account.kind === "personal");
  const teams = memberships.filter((membership) => membership.account.kind === "team");
  return (
    <Menu trigger={trigger} align="start" className={styles.menu}>
      <MenuRadioGroup value={account.id} onChange={(id) => void switchTo(id)}>
        {personal.length > 0 && <MenuGroup label={messages.accountSwitcher.personal}>{personal.map(choice)}</MenuGroup>}
        {personal.length > 0 && teams.length > 0 && <MenuSeparator />}
        {teams.length > 0 && <MenuGroup label={messages.accountSwitcher.teams}>{teams.map(choice)}</MenuGroup>}
      </MenuRadioGroup>
    </Menu>
  );

  function choice({ account: option }: Membership) {
    return (
      <MenuRadioItem key={option.id} value={option.id}>
        <span className={cx(tableStyles.person, styles.account)}>
          <Avatar name={option.name} kind="square" />
          <span className={tableStyles.personText}>
            <span className="strong block">{option.name}</span>
            <span className="small soft block">{roleOf(option, roleTitle)}</span>
          </span>
        </span>
      </MenuRadioItem>
    );
  }
}

function roleOf(account: Membership["account"], roleTitle: (code: string) => string): string {
  if (account.kind === "personal") return messages.common.personalAccount;
  return roleTitle(account.role);
}
