// The frame of the pages that need no session: the product's name above, one card in the middle.
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { hindrance } from "../data/precondition";
import { useProduct } from "../data/product";
import { Icon, type IconName, Mark } from "../parts/Icon";
import { Notice } from "../parts/States";
import { text } from "../text";
import { ThemeButton } from "./ThemeButton";

export function Gate({ children }: { children: ReactNode }) {
  const product = useProduct();
  const [hinders] = useState(hindrance);
  return (
    <div className="gate">
      <header className="gate-head">
        <Link to="/" className="brand">
          <Mark />
          {product}
        </Link>
        <ThemeButton />
      </header>
      <main className="gate-main" id="content">
        {hinders !== undefined && (
          <div className="gate-notice">
            <Notice kind="warn">{hinders}</Notice>
          </div>
        )}
        {children}
      </main>
    </div>
  );
}

interface GateCardProps {
  /** The page's heading, and the browser's title. */
  title: string;
  lead?: ReactNode;
  icon?: IconName;
  /** Stands above the heading instead of an icon. */
  sign?: ReactNode;
  tone?: "accent" | "bad" | "quiet";
  wide?: boolean;
  foot?: ReactNode;
  children?: ReactNode;
}

/** A card with its heading. A new heading takes the focus, so that a screen reader says what happened. */
export function GateCard({ title, lead, icon, sign, tone = "accent", wide = false, foot, children }: GateCardProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const product = useProduct();
  useEffect(() => {
    document.title = text.pageTitle(title, product);
    // A field with autoFocus keeps it.
    if (!(document.activeElement instanceof HTMLInputElement)) heading.current?.focus();
  }, [title, product]);
  return (
    <div className={`gate-card ${wide ? "wide" : ""}`}>
      <section className="card">
        <div className="stack wide">
          <header className="gate-title">
            {sign}
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
      {foot && <p className="gate-foot">{foot}</p>}
    </div>
  );
}
