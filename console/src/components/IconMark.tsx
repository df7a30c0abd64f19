// An icon in a tinted square, above a heading.
import { cx } from "./cx";
import { Icon, type IconName } from "./Icon";
import styles from "./IconMark.module.css";

export function IconMark({ icon, tone = "accent" }: { icon: IconName; tone?: "accent" | "bad" | "quiet" }) {
  return (
    <span className={cx(styles.mark, tone !== "accent" && styles[tone])}>
      <Icon name={icon} size={24} />
    </span>
  );
}
