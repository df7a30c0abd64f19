// Sign-in providers: their buttons, what came to nothing there, and connecting one with an account.
export const providers = {
  continueWith: (title: string) => `Continue with ${title}`,
  or: "or",
  theProvider: "the provider",
  /** By error code of a provider's callback. `title` may be {@link providers.theProvider}, so that it never begins a sentence. */
  errors: {
    "provider-cancelled": (title: string) => `You cancelled the sign-in at ${title}, and nothing was changed. Try again, or choose another way.`,
    "provider-expired": (title: string) => `The sign-in at ${title} took longer than ten minutes, and nothing was changed. Start it again.`,
    "provider-not-started": (title: string) =>
      `This sign-in at ${title} was not started in this browser, or has already ended. Start it again here. If that does not help, allow cookies for this site.`,
    "provider-mismatch": (title: string) =>
      `What came back from ${title} belongs to another sign-in, such as one in another tab, and nothing was changed. Close the other tabs of this site and start again.`,
    "provider-refused": (title: string) =>
      `The sign-in was refused by ${title}. Try again, or choose another way. If it is always refused, ask whoever manages your account there.`,
    "provider-unavailable": (title: string) => `There is no response from ${title} right now. Try again in a few minutes, or choose another way.`,
    "provider-invalid": (title: string) =>
      `The response of ${title} is not valid, so it was not accepted, and nothing was changed. Try again, or choose another way. If it happens again, tell whoever runs this service.`,
    "identity-taken": (title: string) =>
      `You signed in at ${title} as somebody who is not connected with your account here. Try again and choose another account there, or choose another way.`,
  },
  unknownError: (title: string) => `The sign-in at ${title} came to nothing. Try again, or choose another way.`,
};

/** The page on which a person at a provider waits to be connected with an account. */
export const providerLink = {
  loadingTitle: "Connect a sign-in provider",
  signInTitle: (title: string) => `Sign in once to connect ${title}`,
  told: (title: string, email: string) => `${title} says you are ${email}.`,
  toldNoEmail: (title: string) => `${title} did not say which email you have.`,
  whyTaken: "An account with this email exists here already.",
  whyUnproven: "This alone does not prove that the address is yours.",
  whyOnce: (title: string) => `Sign in to your account here once, and ${title} can sign you in from then on.`,
  signInLabel: "Sign in to your account",
  noAccount: "No account here yet?",
  signUp: "Create one",
  signUpHint: (title: string) => `When you have confirmed your email, you come back here to connect ${title}, which waits for ten minutes.`,
  title: (title: string) => `Connect ${title}?`,
  question: (title: string, email: string) => `Connect ${title} with your account ${email}? It can sign you in from then on.`,
  /** Where the provider does not prove the address of the account. */
  makeSure: (title: string) => `Make sure that the account at ${title} is yours: whoever has it can sign in here as you.`,
  /** The provider together with the address that it told. */
  titleWithEmail: (title: string, email: string | null) => (email === null ? title : `${title} (${email})`),
  connect: "Connect",
  notNow: "Not now",
  connected: (title: string) => `${title} connected. You can sign in with it now`,
  wrongAccount: "Is this not your account?",
  switchUser: "Use another account",
  noneTitle: "There is nothing to connect",
  none: "No sign-in at a provider waits in this browser. One waits for ten minutes, until it is connected.",
  openSecurity: "Open security settings",
};

/** The section of the security settings. */
export const myProviders = {
  title: "Sign-in providers",
  lead: "Sign in with an account that you have elsewhere.",
  connect: (title: string) => `Connect ${title}`,
  remove: "Remove",
  removeOf: (name: string) => `Remove ${name}`,
  removeTitle: (name: string) => `Remove ${name}?`,
  removeBody: "It no longer signs you in here. Your account there stays as it is, and you can connect it again.",
  removed: (name: string) => `${name} removed`,
};
