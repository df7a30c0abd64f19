// The initials or icon of a person, team or API key. Decorative: the name stands beside it.
import styles from "./Avatar.module.css";
import { cx } from "./cx";
import { Icon, type IconName } from "./Icon";

const initials = (name: string) =>
  name
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => [...word][0]?.toLocaleUpperCase() ?? "")
    .join("");

export function Avatar({ name, icon, kind }: { name: string; icon?: IconName | undefined; kind?: "square" | "big" }) {
  return (
    <span className={cx(styles.avatar, kind && styles[kind])} aria-hidden="true">
      {icon ? <Icon name={icon} size={16} /> : initials(name) || "?"}
    </span>
  );
}
