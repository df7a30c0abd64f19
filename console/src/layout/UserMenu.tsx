// The signed-in user's menu: settings, appearance, sign out.
import { useNavigate } from "@tanstack/react-router";
import { useSignOut } from "../data/sign-in-and-out";
import { useSession } from "../data/session";
import { Icon } from "../components/Icon";
import { Menu, MenuItem, MenuSeparator } from "../components/Menu";
import { Avatar } from "../components/Avatar";
import { messages } from "../messages";
import { ThemeMenuItems } from "./ThemeMenuItems";
import menuTriggerStyles from "./MenuTrigger.module.css";
import styles from "./UserMenu.module.css";
import tableStyles from "../components/Table.module.css";
import { cx } from "../components/cx";

export function UserMenu() {
  const { user } = useSession();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const trigger = (
    <button type="button" className={cx(menuTriggerStyles.trigger, styles.trigger)}>
      <span className="hidden">{messages.userMenu.labelBefore}</span>
      <Avatar name={user.name} />
      <span className={cx(tableStyles.personText, styles.triggerText, "grow")}>
        <span className="strong clip block">{user.name}</span>
        <span className="small soft clip block">{user.email}</span>
      </span>
      <span className="hidden">{messages.userMenu.labelAfter}</span>
      <Icon name="dots" />
    </button>
  );
  return (
    <Menu trigger={trigger} align="start">
      <div className={styles.user}>
        <p className="strong">{user.name}</p>
        <p className="small soft">{user.email}</p>
      </div>
      <MenuSeparator />
      <MenuItem icon="settings" onSelect={() => void navigate({ to: "/settings" })}>
        {messages.userMenu.settings}
      </MenuItem>
      <MenuItem icon="lock" onSelect={() => void navigate({ to: "/settings/security" })}>
        {messages.userMenu.security}
      </MenuItem>
      <MenuSeparator />
      <ThemeMenuItems />
      <MenuSeparator />
      <MenuItem icon="out" onSelect={() => void signOut()}>
        {messages.userMenu.signOut}
      </MenuItem>
    </Menu>
  );
}
