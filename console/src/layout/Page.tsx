// A page's heading, its actions and its body. The heading takes the focus when the page is opened, so that a screen
// reader says where one is.
import { type ReactNode, useEffect, useRef } from "react";
import { useProduct } from "../data/product";
import { text } from "../text";

interface Props {
  title: string;
  lead?: ReactNode;
  /** Stands beside the heading. */
  badge?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, lead, badge, actions, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const product = useProduct();
  useEffect(() => {
    document.title = text.pageTitle(title, product);
  }, [title, product]);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className="page">
      <div className="page-head">
        <div className="grow">
          <div className="row wrap">
            <h1 ref={heading} tabIndex={-1} className="break">
              {title}
            </h1>
            {badge}
          </div>
          {lead && <p className="soft">{lead}</p>}
        </div>
        {actions && <div className="page-head-actions">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
