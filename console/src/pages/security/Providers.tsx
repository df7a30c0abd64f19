// The sign-in providers that are connected with the user, and those that can be. Absent where there are none of either.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useRolecall } from "rolecall/react";
import { issuerName, providerHref } from "../../data/providers";
import { mySignInMethodsQuery, signInMethodsQuery } from "../../data/queries";
import { withStepUp } from "../../data/step-up";
import type { SignInMethod } from "../../data/types";
import { Button, ButtonAnchor } from "../../components/Button";
import { ConfirmDialog } from "../../components/Dialog";
import { useNow } from "../../components/FormattedText";
import { toast } from "../../components/toast";
import { formatRelative } from "../../format-time";
import { messages } from "../../messages";
import cardStyles from "../../components/Card.module.css";
import { cx } from "../../components/cx";

const t = messages.myProviders;
const PAGE = "/settings/security";

export function Providers({ connected }: { connected: SignInMethod[] }) {
  const offered = useQuery(signInMethodsQuery).data?.providers ?? [];
  if (connected.length === 0 && offered.length === 0) return null;
  return (
    <section className={cardStyles.card} aria-labelledby="providers-title">
      <div className={cardStyles.header}>
        <div className="grow">
          <h2 id="providers-title">{t.title}</h2>
          <p className="soft small">{t.lead}</p>
        </div>
      </div>
      <ul>
        {connected.map((method) => (
          <ConnectedProvider key={method.id} method={method} />
        ))}
      </ul>
      {offered.length > 0 && (
        <ul className={cx(cardStyles.body, cardStyles.footer, "stack tight")}>
          {offered.map(({ id, title }) => (
            <li key={id}>
              <ButtonAnchor href={providerHref(id, { purpose: "link", returnTo: PAGE })} fullWidth>
                {t.connect(title)}
              </ButtonAnchor>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function ConnectedProvider({ method: { id, issuer, email, last_used_at: used } }: { method: SignInMethod }) {
  const rolecall = useRolecall();
  const queries = useQueryClient();
  const now = useNow();
  const [removing, setRemoving] = useState(false);
  const name = messages.providerLink.titleWithEmail(issuer === null ? messages.security.methodNames.provider : issuerName(issuer), email);
  return (
    <li className={cx(cardStyles.setting, cardStyles.footer)}>
      <div className="grow">
        <p className="strong">{name}</p>
        <p className="small soft">{used === null ? messages.security.neverUsed : messages.security.lastUsed(formatRelative(used, now))}</p>
      </div>
      <Button small aria-label={t.removeOf(name)} onClick={() => setRemoving(true)}>
        {t.remove}
      </Button>
      <ConfirmDialog
        open={removing}
        onClose={() => setRemoving(false)}
        title={t.removeTitle(name)}
        body={t.removeBody}
        submit={t.remove}
        onConfirm={async () => {
          await withStepUp(() => rolecall.me.removeSignInMethod(id));
          toast(t.removed(name));
          await queries.invalidateQueries({ queryKey: mySignInMethodsQuery.queryKey });
        }}
      />
    </li>
  );
}
