// /settings/security: how the user signs in, and where they are signed in.
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { issuerName } from "../data/providers";
import { mySignInMethodsQuery, signInMethodsQuery } from "../data/queries";
import { Page } from "../layout/Page";
import { ButtonLink } from "../components/Button";
import { ErrorState, Skeleton } from "../components/Feedback";
import { ProviderErrorNotice } from "../components/ProviderErrorNotice";
import { useNow } from "../components/FormattedText";
import { formatRelative } from "../format-time";
import { messageFor, messages } from "../messages";
import { AuthenticatorApp } from "./security/AuthenticatorApp";
import { Passkeys } from "./security/Passkeys";
import { Password } from "./security/Password";
import { Providers } from "./security/Providers";
import { RecoveryCodes } from "./security/RecoveryCodes";
import { Sessions } from "./security/Sessions";
import cardStyles from "../components/Card.module.css";
import { cx } from "../components/cx";

const t = messages.security;

/** Kinds that sign nobody in, and have sections of their own. */
const SECOND_FACTORS = ["totp", "recovery"];

export function SecurityPage() {
  const methods = useQuery(mySignInMethodsQuery);
  const offered = useQuery(signInMethodsQuery);
  const app = methods.data?.find(({ kind }) => kind === "totp");
  const { error, provider } = useSearch({ from: "/console/settings/security" });
  return (
    <Page title={t.title} lead={t.lead} actions={<ButtonLink to="/settings">{t.back}</ButtonLink>}>
      {error !== undefined && <ProviderErrorNotice error={error} provider={provider} />}
      <section className={cardStyles.card} aria-labelledby="methods-title">
        <div className={cardStyles.header}>
          <div className="grow">
            <h2 id="methods-title">{t.methods}</h2>
            <p className="soft small">{t.methodsLead}</p>
          </div>
        </div>
        {methods.isPending && <Skeleton lines={2} height="row" />}
        {methods.error && !methods.data && <ErrorState error={methods.error} onRetry={() => void methods.refetch()} />}
        <ul>
          {methods.data
            ?.filter(({ kind }) => !SECOND_FACTORS.includes(kind))
            .map(({ id, kind, issuer, last_used_at: lastUsed }) => (
              <li key={id} className={cx(cardStyles.setting, cardStyles.footer)}>
                <div className="grow">
                  <p className="strong">{issuer === null ? (messageFor(t.methodNames, kind) ?? kind) : issuerName(issuer)}</p>
                  <p className="small soft">{lastUsed === null ? t.neverUsed : <LastUsed at={lastUsed} />}</p>
                </div>
              </li>
            ))}
        </ul>
      </section>
      {offered.data?.passkey && <Passkeys />}
      {methods.data && <Providers connected={methods.data.filter(({ kind }) => kind === "provider")} />}
      {methods.data && !offered.isPending && offered.data?.password !== false && <Password exists={methods.data.some(({ kind }) => kind === "password")} />}
      {methods.data && <AuthenticatorApp app={app} />}
      {app && <RecoveryCodes remaining={methods.data?.find(({ kind }) => kind === "recovery")?.remaining ?? 0} />}
      <Sessions />
    </Page>
  );
}

function LastUsed({ at }: { at: string }) {
  return t.lastUsed(formatRelative(at, useNow()));
}
