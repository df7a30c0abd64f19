// A page's heading, actions and content. Focuses the heading when the page opens, so that screen readers announce it.
import { type ReactNode, useEffect, useRef } from "react";
import { useProductName } from "../data/product-name";
import { messages } from "../messages";
import styles from "./Page.module.css";

interface Props {
  title: string;
  lead?: ReactNode;
  /** Shown beside the heading. */
  badge?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, lead, badge, actions, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const product = useProductName();
  useEffect(() => {
    document.title = messages.common.pageTitle(title, product);
  }, [title, product]);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className={styles.page}>
      <div className={styles.header}>
        <div className="grow">
          <div className="row wrap">
            <h1 ref={heading} tabIndex={-1} className="break">
              {title}
            </h1>
            {badge}
          </div>
          {lead && <p className="soft">{lead}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}
