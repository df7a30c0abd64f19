// The layout of pages that need no session: the product's name and one centred card.
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { cookieProblem } from "../data/cookie-support";
import { useProductName } from "../data/product-name";
import { Icon, type IconName, Logo } from "../components/Icon";
import { Notice } from "../components/Feedback";
import { messages } from "../messages";
import { ThemeButton } from "./ThemeButton";

export function PublicLayout({ children }: { children: ReactNode }) {
  const product = useProductName();
  const [problem] = useState(cookieProblem);
  return (
    <div className="gate">
      <header className="gate-head">
        <Link to="/" className="brand">
          <Logo />
          {product}
        </Link>
        <ThemeButton />
      </header>
      <main className="gate-main" id="content">
        {problem !== undefined && (
          <div className="gate-notice">
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
    <div className={`gate-card ${wide ? "wide" : ""}`}>
      <section className="card">
        <div className="stack wide">
          <header className="gate-title">
            {emblem}
            {icon && (
              <span className={`gate-mark ${tone}`}>
                <Icon name={icon} size={24} />
              </span>
            )}
            <h1 ref={heading} tabIndex={-1}>
              {title}
            </h1>
            {lead && <p className="soft">{lead}</p>}
          </header>
          {children}
        </div>
      </section>
      {footer && <p className="gate-foot">{footer}</p>}
    </div>
  );
}
