// The layout of pages that need no session: the product's name and one centred card.
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { cookieProblem } from "../data/cookie-support";
import { useProductName } from "../data/product-name";
import { type IconName, Logo } from "../components/Icon";
import { IconMark } from "../components/IconMark";
import { Notice } from "../components/Feedback";
import { messages } from "../messages";
import { ThemeButton } from "./ThemeButton";
import cardStyles from "../components/Card.module.css";
import styles from "./PublicLayout.module.css";
import { cx } from "../components/cx";

export function PublicLayout({ children }: { children: ReactNode }) {
  const product = useProductName();
  const [problem] = useState(cookieProblem);
  return (
    <div className={styles.layout}>
      <header className={styles.header}>
        <Link to="/" className={styles.brand}>
          <Logo />
          {product}
        </Link>
        <ThemeButton />
      </header>
      <main className={styles.main} id="content">
        {problem !== undefined && (
          <div className={styles.notice}>
            <Notice kind="warning">{problem}</Notice>
          </div>
        )}
        {children}
      </main>
    </div>
  );
}

interface PublicCardProps {
  /** The heading, and the document's title. */
  title: string;
  lead?: ReactNode;
  icon?: IconName;
  /** Shown above the heading instead of an icon. */
  emblem?: ReactNode;
  tone?: "accent" | "bad" | "quiet";
  wide?: boolean;
  footer?: ReactNode;
  children?: ReactNode;
}

/** A card with a heading. A new heading takes the focus, so that screen readers announce it. */
export function PublicCard({ title, lead, icon, emblem, tone = "accent", wide = false, footer, children }: PublicCardProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const product = useProductName();
  useEffect(() => {
    document.title = messages.common.pageTitle(title, product);
    // Unless a field has taken it with autoFocus.
    if (!(document.activeElement instanceof HTMLInputElement)) heading.current?.focus();
  }, [title, product]);
  return (
    <div className={cx(styles.publicCard, wide && styles.wide)}>
      <section className={cx(cardStyles.card, styles.card)}>
        <div className="stack wide">
          <header className={styles.title}>
            {emblem}
            {icon && <IconMark icon={icon} tone={tone} />}
            <h1 ref={heading} tabIndex={-1}>
              {title}
            </h1>
            {lead && <p className="soft">{lead}</p>}
          </header>
          {children}
        </div>
      </section>
      {footer && <p className={styles.footer}>{footer}</p>}
    </div>
  );
}
