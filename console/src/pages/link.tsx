// /link: a person at a sign-in provider waits in this browser to be connected with an account. Opening the page changes nothing.
import { useQuery } from "@tanstack/react-query";
import { meQuery, providerLinkQuery, signInMethodsQuery } from "../data/queries";
import { PublicCard } from "../layout/PublicLayout";
import { ButtonLink } from "../components/Button";
import { ErrorState, Skeleton } from "../components/Feedback";
import { messages } from "../messages";
import { ConnectProvider } from "./link/ConnectProvider";
import { SignInToConnect } from "./link/SignInToConnect";

const t = messages.providerLink;

export function LinkPage() {
  const link = useQuery(providerLinkQuery);
  const me = useQuery(meQuery);
  const methods = useQuery(signInMethodsQuery);

  if (link.isPending || me.isPending || methods.isPending) {
    return (
      <PublicCard title={t.loadingTitle}>
        <Skeleton lines={3} />
      </PublicCard>
    );
  }
  const failed = [link, me].find(({ data }) => data === undefined);
  if (failed) {
    return (
      <PublicCard title={t.loadingTitle}>
        <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />
      </PublicCard>
    );
  }
  if (!link.data) return <NobodyWaits isSignedIn={Boolean(me.data)} />;
  return me.data ? <ConnectProvider key={me.data.user.id} link={link.data} email={me.data.user.email} /> : <SignInToConnect link={link.data} />;
}

function NobodyWaits({ isSignedIn }: { isSignedIn: boolean }) {
  return (
    <PublicCard key="none" title={t.noneTitle} lead={t.none} icon="lock" tone="quiet">
      <ButtonLink to={isSignedIn ? "/settings/security" : "/sign-in"} variant="primary" fullWidth>
        {isSignedIn ? t.openSecurity : messages.signIn.submit}
      </ButtonLink>
    </PublicCard>
  );
}
