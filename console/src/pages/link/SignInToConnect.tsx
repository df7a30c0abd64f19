// The page of a waiting person for a signed-out visitor: who waits, and why they sign in to their account once.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { signInMethodsQuery } from "../../data/queries";
import { useAfterSignIn } from "../../data/sign-in-and-out";
import type { ProviderLink } from "../../data/types";
import { PublicCard } from "../../layout/PublicLayout";
import { SignInForm } from "../../components/SignInForm";
import { messages } from "../../messages";

const t = messages.providerLink;

export function SignInToConnect({ link: { provider, title, email, email_proven: proven } }: { link: ProviderLink }) {
  const { data: methods } = useQuery(signInMethodsQuery);
  const afterSignIn = useAfterSignIn();
  const canSignUp = methods === undefined || methods.password || methods.email_code;
  const footer = canSignUp && (
    <>
      {t.noAccount}{" "}
      <Link to="/sign-up" search={{ connect: true, ...(email === null ? {} : { email }) }}>
        {t.signUp}
      </Link>
      <br />
      <span className="small">{t.signUpHint(title)}</span>
    </>
  );
  const lead = (
    <>
      {email === null ? t.toldNoEmail(title) : t.told(title, email)} {proven ? t.whyTaken : t.whyUnproven} {t.whyOnce(title)}
    </>
  );
  return (
    <PublicCard key="sign-in" title={t.signInTitle(title)} lead={lead} footer={footer}>
      <SignInForm
        email={email ?? undefined}
        submit={messages.signIn.submit}
        label={t.signInLabel}
        passkeys
        providers={{ returnTo: "/link" }}
        exceptProvider={provider}
        onSignedIn={afterSignIn}
      />
    </PublicCard>
  );
}
