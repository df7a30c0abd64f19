// The frame of all signed-in pages: account switcher, navigation and user menu.
import { Link, Outlet } from "@tanstack/react-router";
import { Icon, type IconName } from "../components/Icon";
import { messages } from "../messages";
import { AccountSwitcher } from "./AccountSwitcher";
import { UserMenu } from "./UserMenu";

const pages: { to: "/team" | "/audit-log" | "/permissions" | "/settings"; icon: IconName; label: string }[] = [
  { to: "/team", icon: "team", label: messages.navigation.team },
  { to: "/audit-log", icon: "log", label: messages.navigation.auditLog },
  { to: "/permissions", icon: "shield", label: messages.navigation.permissions },
  { to: "/settings", icon: "settings", label: messages.navigation.settings },
];

export function AppShell() {
  return (
    <>
      <a className="skip" href="#content">
        {messages.common.skipToContent}
      </a>
      <div className="shell">
        <header className="side">
          <div className="switcher-box">
            <AccountSwitcher />
          </div>
          <nav className="nav" aria-label={messages.navigation.label}>
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
