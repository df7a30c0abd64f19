// English. Messages with values are functions, so that each language can place the values as its grammar needs.
import { apiKeys } from "./api-keys.ts";
import { auditLog } from "./audit-log.ts";
import { auth, resetPassword, signIn, signUp, verifyEmail } from "./auth.ts";
import { accountSwitcher, common, navigation, userMenu } from "./common.ts";
import { cookies, errors, links, membership } from "./errors.ts";
import { invitations, join } from "./invitations.ts";
import { permissions } from "./permissions.ts";
import { myProviders, providerLink, providers } from "./providers.ts";
import { roles } from "./roles.ts";
import { authenticatorApp, recoveryCodes, secondFactor } from "./second-factor.ts";
import { codes, passkeys, security, stepUp } from "./security.ts";
import { settings } from "./settings.ts";
import { team, teamSettings } from "./team.ts";

export const en = {
  common,
  navigation,
  accountSwitcher,
  userMenu,
  errors,
  cookies,
  links,
  membership,
  auth,
  signUp,
  signIn,
  verifyEmail,
  resetPassword,
  join,
  team,
  teamSettings,
  invitations,
  roles,
  apiKeys,
  auditLog,
  permissions,
  settings,
  codes,
  stepUp,
  passkeys,
  providers,
  providerLink,
  myProviders,
  secondFactor,
  authenticatorApp,
  recoveryCodes,
  security,
};
