// Messages of all pages, and of the frame around them.
export const common = {
  product: "Rolecall",
  skipToContent: "Skip to content",
  loading: "Loading…",
  optional: "optional",
  close: "Close",
  cancel: "Cancel",
  done: "Done",
  save: "Save",
  copy: "Copy",
  copied: "Copied",
  copyFailed: "Your browser blocked copying. Select the text and copy it manually.",
  retry: "Try again",
  you: "You",
  never: "Never",
  loadMore: "Load more",
  showPassword: "Show password",
  hidePassword: "Hide password",
  pageTitle: (page: string, product: string) => `${page} · ${product}`,
  personalAccount: "Personal account",
  owner: "Owner",
  ownerWithRole: (role: string) => `Owner, ${role}`,
};

export const navigation = {
  label: "Main",
  team: "Team",
  auditLog: "Audit log",
  permissions: "Permissions",
  settings: "Settings",
};

export const accountSwitcher = {
  labelBefore: "Account: ",
  labelAfter: ". Switch account",
  personal: "Personal",
  teams: "Teams",
  switched: (name: string) => `Switched to ${name}`,
};

export const userMenu = {
  labelBefore: "Signed in as ",
  labelAfter: ". Your menu",
  settings: "Profile",
  security: "Security",
  signOut: "Sign out",
  theme: "Appearance",
  themes: { system: "System", light: "Light", dark: "Dark" },
};
