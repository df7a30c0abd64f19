// Why a sign-in at a provider came to nothing, from the query of the page that its callback leads to.
import { useQuery } from "@tanstack/react-query";
import { signInMethodsQuery } from "../data/queries";
import { messageFor, messages } from "../messages";
import { Notice } from "./Feedback";

const t = messages.providers;

/** `error` and `provider` are of the address, which anybody can write: only known codes and ids are shown. */
export function ProviderErrorNotice({ error, provider }: { error: string; provider: string | undefined }) {
  const { data: methods } = useQuery(signInMethodsQuery);
  const title = methods?.providers.find(({ id }) => id === provider)?.title ?? t.theProvider;
  const say = messageFor(t.errors, error) ?? t.unknownError;
  return <Notice kind={error === "provider-cancelled" ? "info" : "error"}>{say(title)}</Notice>;
}
