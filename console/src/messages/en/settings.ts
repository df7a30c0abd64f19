// The user's own settings.
export const settings = {
  title: "Settings",
  lead: "Your profile and security.",
  profile: "Profile",
  name: "Name",
  email: "Email",
  emailHint: "Confirmed. Used to sign in and for invitations.",
  nameSaved: "Name saved",
  security: "Security",
  securityLead: "Your password, other ways to sign in, and your sessions.",
  securityOpen: "Open security settings",
  keys: "API keys",
  keysLead: (account: string) => `API keys belong to an account, not to a person. Those of ${account} are on its page.`,
  keysOpen: "Open API keys",
};
