// Who is signed in, and what concerns them rather than an account: profile, appearance, signing out.
import { useNavigate } from "@tanstack/react-router";
import { useActive, useSignOut } from "../data/session";
import { Icon } from "../parts/Icon";
import { Menu, MenuItem, MenuLine } from "../parts/Menu";
import { Avatar } from "../parts/Words";
import { text } from "../text";
import { ThemeChoices } from "./ThemeChoices";

export function PersonMenu() {
  const { user } = useActive();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const trigger = (
    <button type="button" className="switcher">
      <span className="hidden">{text.person.before}</span>
      <Avatar name={user.name} />
      <span className="person-words grow">
        <span className="strong clip block">{user.name}</span>
        <span className="small soft clip block">{user.email}</span>
      </span>
      <span className="hidden">{text.person.after}</span>
      <Icon name="dots" />
    </button>
  );
  return (
    <Menu trigger={trigger} align="start">
      <div className="menu-who">
        <p className="strong">{user.name}</p>
        <p className="small soft">{user.email}</p>
      </div>
      <MenuLine />
      <MenuItem icon="settings" onSelect={() => void navigate({ to: "/settings" })}>
        {text.person.settings}
      </MenuItem>
      <MenuLine />
      <ThemeChoices />
      <MenuLine />
      <MenuItem icon="out" onSelect={() => void signOut()}>
        {text.person.signOut}
      </MenuItem>
    </Menu>
  );
}
