// The frame of all signed-in pages: account switcher, navigation and user menu.
import { Link, Outlet } from "@tanstack/react-router";
import { Icon, type IconName } from "../components/Icon";
import { messages } from "../messages";
import { AccountSwitcher } from "./AccountSwitcher";
import { UserMenu } from "./UserMenu";
import styles from "./AppShell.module.css";

const pages: { to: "/team" | "/audit-log" | "/permissions" | "/settings"; icon: IconName; label: string }[] = [
  { to: "/team", icon: "team", label: messages.navigation.team },
  { to: "/audit-log", icon: "log", label: messages.navigation.auditLog },
  { to: "/permissions", icon: "shield", label: messages.navigation.permissions },
  { to: "/settings", icon: "settings", label: messages.navigation.settings },
];

export function AppShell() {
  return (
    <>
      <a className={styles.skipLink} href="#content">
        {messages.common.skipToContent}
      </a>
      <div className={styles.shell}>
        <header className={styles.sidebar}>
          <div className={styles.switcherBox}>
            <AccountSwitcher />
          </div>
          <nav className={styles.nav} aria-label={messages.navigation.label}>
            {pages.map(({ to, icon, label }) => (
              <Link key={to} to={to} className={styles.navLink} activeOptions={{ includeSearch: false }}>
                <Icon name={icon} />
                {label}
              </Link>
            ))}
          </nav>
          <div className={styles.sidebarFooter}>
            <UserMenu />
          </div>
        </header>
        <main id="content" className={styles.content} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
    </>
  );
}
