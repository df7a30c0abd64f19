// /sign-in, also the page of a mailed code's link, whose code waits for a press.
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useAfterSignIn } from "../data/sign-in-and-out";
import { clearLinkSecrets, readCodeLink } from "../link-secrets";
import { PublicCard } from "../layout/PublicLayout";
import { Notice } from "../components/Feedback";
import { ProviderErrorNotice } from "../components/ProviderErrorNotice";
import { SignInForm } from "../components/SignInForm";
import { messages } from "../messages";

const PAGE = "/sign-in";

export function SignInPage() {
  const { next, ended, error, provider } = useSearch({ from: "/public/sign-in" });
  const [link] = useState(() => readCodeLink(PAGE));
  const navigate = useNavigate();
  const afterSignIn = useAfterSignIn();
  const finish = async () => {
    clearLinkSecrets(PAGE);
    await afterSignIn();
    await navigate({ href: next ?? "/", replace: true });
  };
  const footer = (
    <>
      {messages.signIn.noAccount} <Link to="/sign-up">{messages.signIn.signUp}</Link>
    </>
  );
  return (
    <PublicCard title={messages.signIn.title} lead={messages.signIn.lead} footer={footer}>
      <SignInForm email={link?.email} code={link?.code} submit={messages.signIn.submit} passkeys providers={{ returnTo: next ?? "/" }} onSignedIn={finish}>
        {error !== undefined && <ProviderErrorNotice error={error} provider={provider} />}
        {ended && <Notice kind="warning">{messages.signIn.sessionExpired}</Notice>}
      </SignInForm>
    </PublicCard>
  );
}
