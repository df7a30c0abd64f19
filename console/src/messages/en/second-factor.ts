// The second step of a sign-in, and the sections of the security settings for it.

export const secondFactor = {
  title: "Enter your second factor",
  lead: {
    totp: "Your account is protected by an authenticator app.",
    recovery_code: "Use one of the codes that you kept when you set up your authenticator app. Each works once.",
  },
  leadPasskey: "Use a passkey to finish signing in.",
  code: "Code from your authenticator app",
  codeHint: "The six digits that it shows now.",
  recoveryCode: "Recovery code",
  recoveryCodeHint: "Ten letters and digits, such as abcde-12345.",
  incomplete: "Enter all six digits.",
  wrongCode: "This code is not right, or was used already. Enter the one that your app shows now; if it is the same, wait for the next.",
  wrongRecoveryCode: "This code is not right, or was used already. Check it, or enter another one of your list.",
  use: { totp: "Use your authenticator app", recovery_code: "Use a recovery code", passkey: "Use a passkey" },
  startOver: "Sign in another way",
  expired: "Your sign-in took longer than ten minutes, or something about it changed. Sign in again.",
};

export const authenticatorApp = {
  lead: "A code from an app on your phone, asked for whenever you sign in. Somebody who has your password alone does not get in.",
  on: (date: string) => `On since ${date}`,
  setUp: "Set up",
  setUpOf: "Set up an authenticator app",
  scan: "Scan this with your authenticator app, such as the one of your phone or your password manager.",
  qrCode: "QR code for your authenticator app",
  secret: "Or type this key into it",
  secretCopied: "Key copied",
  openApp: "Open an app on this device",
  confirm: "Turn on",
  confirmed: "Your authenticator app is set up. It is asked for from your next sign-in on.",
  remove: "Remove",
  removeOf: "Remove the authenticator app",
  removeTitle: "Remove the authenticator app?",
  removeBody: "You sign in without a second factor from then on, and your recovery codes stop working.",
  removed: "Authenticator app removed",
};

export const recoveryCodes = {
  lead: "For when you do not have your phone: each one is good for one sign-in.",
  left: (left: number) => `${left} of 10 left`,
  none: "You have none. Without them, losing your phone locks you out.",
  make: "Make recovery codes",
  renew: "Make new codes",
  renewTitle: "Make new recovery codes?",
  renewBody: "The ones that you have now stop working.",
  title: "Keep your recovery codes",
  keepTitle: "Keep these codes now",
  keep: "They are not shown again. Keep them where you find them without your phone, such as in a password manager or on paper.",
  list: "Recovery codes",
  copied: "Recovery codes copied",
  download: "Download",
  fileName: "recovery-codes.txt",
  file: (product: string, email: string, date: string, codes: readonly string[]) =>
    `Recovery codes of ${email} for ${product}, made on ${date}.\nEach one is good for one sign-in.\n\n${codes.join("\n")}\n`,
};
