// The frame of all signed-in pages: account switcher, navigation and user menu.
import { Link, Outlet } from "@tanstack/react-router";
import { Icon, type IconName } from "../components/Icon";
import { text } from "../text";
import { AccountSwitcher } from "./AccountSwitcher";
import { UserMenu } from "./UserMenu";

const pages: { to: "/team" | "/audit-log" | "/permissions" | "/settings"; icon: IconName; label: string }[] = [
  { to: "/team", icon: "team", label: text.nav.team },
  { to: "/audit-log", icon: "log", label: text.nav.audit },
  { to: "/permissions", icon: "shield", label: text.nav.permissions },
  { to: "/settings", icon: "settings", label: text.nav.settings },
];

export function AppShell() {
  return (
    <>
      <a className="skip" href="#content">
        {text.skip}
      </a>
      <div className="shell">
        <header className="side">
          <div className="switcher-box">
            <AccountSwitcher />
          </div>
          <nav className="nav" aria-label={text.nav.label}>
            {pages.map(({ to, icon, label }) => (
              <Link key={to} to={to} className="nav-link" activeOptions={{ includeSearch: false }}>
                <Icon name={icon} />
                {label}
              </Link>
            ))}
          </nav>
          <div className="side-foot">
            <UserMenu />
          </div>
        </header>
        <main id="content" className="content" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
    </>
  );
}
