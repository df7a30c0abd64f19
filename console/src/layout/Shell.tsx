// The frame of every page behind the sign-in: account switcher, navigation, the person's menu, and the page itself.
import { Link, Outlet } from "@tanstack/react-router";
import { Icon, type IconName } from "../parts/Icon";
import { text } from "../text";
import { AccountSwitcher } from "./AccountSwitcher";
import { PersonMenu } from "./PersonMenu";

const pages: { to: "/team" | "/audit-log" | "/permissions" | "/settings"; icon: IconName; words: string }[] = [
  { to: "/team", icon: "team", words: text.nav.team },
  { to: "/audit-log", icon: "log", words: text.nav.audit },
  { to: "/permissions", icon: "shield", words: text.nav.permissions },
  { to: "/settings", icon: "settings", words: text.nav.settings },
];

export function Shell() {
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
            {pages.map(({ to, icon, words }) => (
              <Link key={to} to={to} className="nav-link" activeOptions={{ includeSearch: false }}>
                <Icon name={icon} />
                {words}
              </Link>
            ))}
          </nav>
          <div className="side-foot">
            <PersonMenu />
          </div>
        </header>
        <main id="content" className="content" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
    </>
  );
}
