// /sign-in, also the page of a mailed code's link, whose code waits for a press, and of the second step after a sign-in at a provider.
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { readAddress } from "../console-url";
import { useAfterSignIn } from "../data/sign-in-and-out";
import { clearLinkSecrets, readCodeLink } from "../link-secrets";
import { PublicCard } from "../layout/PublicLayout";
import { Notice } from "../components/Feedback";
import { ProviderErrorNotice } from "../components/ProviderErrorNotice";
import { SignInForm } from "../components/SignInForm";
import { messages } from "../messages";

const PAGE = "/sign-in";

export function SignInPage() {
  const { next, ended, error, provider, second_factor: secondStep } = useSearch({ from: "/public/sign-in" });
  const [link] = useState(() => readCodeLink(PAGE));
  const navigate = useNavigate();
  const afterSignIn = useAfterSignIn();
  const finish = async () => {
    clearLinkSecrets(PAGE);
    await afterSignIn();
    // After a sign-in at a provider, any path of this origin may have been asked for.
    if (next !== undefined && !readAddress(new URL(next, location.origin).pathname, "").known) return location.assign(next);
    await navigate({ href: next ?? "/", replace: true });
  };
  const footer = (
    <>
      {messages.signIn.noAccount} <Link to="/sign-up">{messages.signIn.signUp}</Link>
    </>
  );
  return (
    <PublicCard title={messages.signIn.title} lead={messages.signIn.lead} footer={footer}>
      <SignInForm
        email={link?.email}
        code={link?.code}
        submit={messages.signIn.submit}
        passkeys
        providers={{ returnTo: next ?? "/" }}
        secondStep={secondStep === true}
        onSignedIn={finish}
      >
        {error !== undefined && <ProviderErrorNotice error={error} provider={provider} />}
        {ended && <Notice kind="warning">{messages.signIn.sessionExpired}</Notice>}
      </SignInForm>
    </PublicCard>
  );
}
