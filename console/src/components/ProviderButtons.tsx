// Links to the sign-in providers of the deployment. Renders nothing while the list loads, and where it is empty.
import { useQuery } from "@tanstack/react-query";
import type { ProviderOptions } from "rolecall";
import { providerHref } from "../data/providers";
import { signInMethodsQuery } from "../data/queries";
import { messages } from "../messages";
import { ButtonAnchor } from "./Button";
import styles from "./ProviderButtons.module.css";

interface Props {
  /** What the sign-in is for, and where it returns to. */
  options: ProviderOptions;
  /** Id of a provider to leave out. */
  except?: string | null | undefined;
  /** Whether only OpenID providers are shown: those that tell when a person signed in. */
  openidOnly?: boolean;
  /** Whether another way to sign in follows, which a divider sets apart. */
  followed?: boolean;
}

export function ProviderButtons({ options, except, openidOnly = false, followed = true }: Props) {
  const { data: methods } = useQuery(signInMethodsQuery);
  const providers = methods?.providers.filter(({ id, kind }) => id !== except && (!openidOnly || kind === "oidc")) ?? [];
  if (providers.length === 0) return null;
  return (
    <>
      <ul className="stack tight">
        {providers.map(({ id, title }) => (
          <li key={id}>
            <ButtonAnchor href={providerHref(id, options)} fullWidth>
              {messages.providers.continueWith(title)}
            </ButtonAnchor>
          </li>
        ))}
      </ul>
      {followed && <p className={styles.divider}>{messages.providers.or}</p>}
    </>
  );
}
