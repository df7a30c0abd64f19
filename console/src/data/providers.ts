// Sign-in providers: the addresses that lead to them, and their names.
import type { ProviderOptions } from "rolecall";
import { providerReturnPath } from "../console-url";
import { rolecall } from "./client";

/** The address of a sign-in at a provider. It is navigated to, never fetched. */
export function providerHref(id: string, { returnTo, ...options }: ProviderOptions): string {
  return rolecall.providers.url(id, { ...options, ...(returnTo === undefined ? {} : { returnTo: providerReturnPath(returnTo) }) });
}

/** The path of this page with its query, without what an earlier sign-in at a provider had to say. */
export function currentPath(): string {
  const url = new URL(location.href);
  for (const name of ["error", "provider"]) if (url.searchParams.has(name)) url.searchParams.delete(name);
  return url.pathname + url.search;
}

/** What a connected provider is called: the host of its issuer, which people know rather than its URL. */
export function issuerName(issuer: string): string {
  return URL.canParse(issuer) ? new URL(issuer).host || issuer : issuer;
}
