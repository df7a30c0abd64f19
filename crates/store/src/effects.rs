//! Effects as constant SQL statements. They write what was decided and check nothing: conditions belong in `preconditions`.

use crate::database::Statement;
use crate::statement;
use rolecall_core::credential::one_time_code::TRIES_MAX;
use rolecall_core::domain::account::AccountChange;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::identity::Proof;
use rolecall_core::domain::restore_epoch::RestoreEpoch;
use rolecall_core::transaction::change::Effect;

const INSERT_ACCOUNT: &str = "INSERT INTO account (id, kind, name, owner, version, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const INSERT_MEMBER: &str = "INSERT INTO member (account, user, role, joined_at) VALUES (?1, ?2, ?3, ?4)";
const INSERT_USER: &str = "INSERT INTO user (id, email, name, active_account, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
const RENAME_ACCOUNT: &str = "UPDATE account SET name = ?2 WHERE id = ?1";
const SET_ACCOUNT_KIND: &str = "UPDATE account SET kind = ?2 WHERE id = ?1";
const SET_ACCOUNT_OWNER: &str = "UPDATE account SET owner = ?2 WHERE id = ?1";
const DELETE_OTHER_MEMBERS: &str = "DELETE FROM member WHERE account = ?1 AND user <> ?2";
const REVOKE_PENDING: &str = "UPDATE invitation SET state = 'revoked', closed_at = ?2 WHERE account = ?1 AND state = 'pending'";
const REVOKE_KEYS_OF_OTHERS: &str = "UPDATE api_key SET revoked_at = ?3, permissions = '[]', resources = '[]' WHERE account = ?1 AND created_by <> ?2 AND revoked_at IS NULL";
const DELETE_ROLES: &str = "DELETE FROM role WHERE account = ?1";
const SET_MEMBER_ROLE: &str = "UPDATE member SET role = ?3 WHERE account = ?1 AND user = ?2";
const DELETE_MEMBER: &str = "DELETE FROM member WHERE account = ?1 AND user = ?2";
const RENAME_USER: &str = "UPDATE user SET name = ?2 WHERE id = ?1";
const SET_ACTIVE: &str = "UPDATE user SET active_account = ?2 WHERE id = ?1";
const INSERT_INVITATION: &str = "INSERT INTO invitation (id, account, email, role, state, link_version, lifetime, expires_at, invited_by, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const CLOSE_INVITATION: &str = "UPDATE invitation SET state = ?2, closed_by = ?3, closed_at = ?4 WHERE id = ?1";
const RENEW_INVITATION: &str = "UPDATE invitation SET link_version = ?2, expires_at = ?3, invited_by = ?4 WHERE id = ?1";
const CLOSE_EXPIRED: &str =
    "UPDATE invitation SET state = 'expired', closed_at = ?3 WHERE account = ?1 AND role = ?2 AND state = 'pending' AND expires_at <= ?3";
const CLOSE_FIRST_EXPIRED: &str = "UPDATE invitation SET state = 'expired', closed_at = ?2 WHERE id = \
    (SELECT id FROM invitation WHERE account = ?1 AND state = 'pending' AND expires_at <= ?2 ORDER BY expires_at, id LIMIT 1)";
const INSERT_ROLE: &str = "INSERT INTO role (account, code, title, permissions) VALUES (?1, ?2, ?3, ?4)";
const UPDATE_ROLE: &str = "UPDATE role SET title = ?3, permissions = ?4 WHERE account = ?1 AND code = ?2";
const DELETE_ROLE: &str = "DELETE FROM role WHERE account = ?1 AND code = ?2";
const INSERT_SESSION: &str = "INSERT INTO session (id, user, token, user_agent, created_at, last_seen_at, aal, amr, auth_time) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const RENEW_SESSION: &str = "UPDATE session SET token = ?2, last_seen_at = ?3, aal = ?4, amr = ?5, auth_time = ?6 WHERE id = ?1";
const DELETE_SESSION: &str = "DELETE FROM session WHERE id = ?1";
const DELETE_SESSIONS: &str = "DELETE FROM session WHERE user = ?1 AND id IS NOT ?2";
const INSERT_SIGNUP: &str = "INSERT INTO signup (id, email, name, password, open, created_at, browser) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const CLOSE_SIGNUPS: &str = "UPDATE signup SET open = 0 WHERE email = ?1 AND open = 1";
const INSERT_RESET: &str = "INSERT INTO reset (id, email, user, open, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
const CLOSE_RESETS: &str = "UPDATE reset SET open = 0 WHERE email = ?1 AND open = 1";
const USE_RESET: &str = "UPDATE reset SET open = 0 WHERE id = ?1";
const SET_PASSWORD: &str = "INSERT INTO identity (user, id, kind, proof, epoch, created_at) VALUES (?1, ?2, 'password', ?3, ?4, ?5) \
    ON CONFLICT (user) WHERE kind = 'password' DO UPDATE SET proof = excluded.proof, epoch = excluded.epoch";
const CLOSE_EMAIL_CODES: &str = "UPDATE email_code SET open = 0 WHERE email = ?1 AND browser = ?2 AND open = 1";
const INSERT_EMAIL_CODE: &str =
    "INSERT INTO email_code (id, email, user, browser, network, open, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const COUNT_EMAIL_CODE_TRY: &str = "UPDATE email_code SET tries = tries + 1, open = tries + 1 < ?2 WHERE id = ?1";
const USE_EMAIL_CODE: &str = "UPDATE email_code SET open = 0 WHERE id = ?1";
const INSERT_MAILBOX: &str = "INSERT INTO identity (user, id, kind, proof, epoch, created_at) VALUES (?1, ?2, 'email', ?3, ?4, ?5)";
const USE_IDENTITY: &str = "UPDATE identity SET last_used_at = ?3 WHERE user = ?1 AND kind = ?2";
const INSERT_PASSKEY: &str = "INSERT INTO identity (user, id, kind, proof, epoch, created_at, credential, sign_count, backup_eligible, backed_up, transports, aaguid, user_verified, label) \
    VALUES (?1, ?2, 'passkey', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
const RENAME_PASSKEY: &str = "UPDATE identity SET label = ?3 WHERE user = ?1 AND id = ?2 AND kind = 'passkey'";
const USE_PASSKEY: &str =
    "UPDATE identity SET sign_count = ?3, backed_up = ?4, last_used_at = ?5 WHERE user = ?1 AND id = ?2 AND kind = 'passkey'";
const INSERT_PROVIDER_IDENTITY: &str = "INSERT INTO identity (user, id, kind, proof, epoch, created_at, last_used_at, issuer, subject, told_email) \
    VALUES (?1, ?2, 'provider', '', ?3, ?4, ?4, ?5, ?6, ?7)";
const RECONNECT_PROVIDER: &str = "UPDATE identity SET epoch = ?3 WHERE user = ?1 AND id = ?2 AND kind = 'provider'";
const USE_PROVIDER: &str = "UPDATE identity SET told_email = ?3, last_used_at = ?4 WHERE user = ?1 AND id = ?2 AND kind = 'provider'";
const DELETE_IDENTITY: &str = "DELETE FROM identity WHERE user = ?1 AND id = ?2";
const INSERT_TOTP: &str = "INSERT INTO identity (user, id, kind, proof, epoch, created_at) VALUES (?1, ?2, 'totp', ?3, ?4, ?5)";
const USE_TOTP: &str =
    "UPDATE identity SET last_step = ?3, proof = coalesce(?4, proof), last_used_at = ?5 WHERE user = ?1 AND id = ?2 AND kind = 'totp'";
const DELETE_RECOVERY_CODES: &str = "DELETE FROM identity WHERE user = ?1 AND kind = 'recovery'";
const INSERT_RECOVERY_CODES: &str =
    "INSERT INTO identity (user, id, kind, proof, epoch, created_at) VALUES (?1, ?2, 'recovery', ?3, ?4, ?5)";
const USE_RECOVERY_CODE: &str = "UPDATE identity SET proof = ?3, last_used_at = ?4 WHERE user = ?1 AND id = ?2 AND kind = 'recovery'";
const DELETE_SECOND_FACTORS: &str = "DELETE FROM identity WHERE user = ?1 AND kind IN ('totp', 'recovery')";
const SPEND_CHALLENGE: &str = "INSERT INTO spent_challenge (id, expires_at) VALUES (?1, ?2)";
const COUNT_FAILURE: &str = "INSERT INTO attempt (scope, failures, last_failure) VALUES (?1, 1, ?2) ON CONFLICT (scope) DO UPDATE SET failures = failures + 1, last_failure = max(last_failure, excluded.last_failure)";
const CLEAR_FAILURES: &str = "DELETE FROM attempt WHERE scope = ?1";
const INSERT_API_KEY: &str = "INSERT INTO api_key (id, account, name, secret, permissions, resources, created_by, created_at, expires_at, epoch) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
/// Clears the permissions and resources of a revoked key; the rest of the row still identifies it.
const REVOKE_API_KEY: &str = "UPDATE api_key SET revoked_at = ?2, permissions = '[]', resources = '[]' WHERE id = ?1";
const REVOKE_KEYS_OF_CREATOR: &str = "UPDATE api_key SET revoked_at = ?3, permissions = '[]', resources = '[]' WHERE account = ?1 AND created_by = ?2 AND revoked_at IS NULL";
const REVOKE_EXPIRED_KEY: &str = "UPDATE api_key SET revoked_at = ?2, permissions = '[]', resources = '[]' WHERE id = \
    (SELECT id FROM api_key WHERE account = ?1 AND revoked_at IS NULL AND expires_at <= ?2 ORDER BY expires_at, id LIMIT 1)";
const PUT_ATTRIBUTE_POLICY: &str = "INSERT INTO attribute_policy (account, document, revision, updated_by, updated_at) VALUES (?1, ?2, ?3, ?4, ?5) \
    ON CONFLICT (account) DO UPDATE SET document = excluded.document, revision = excluded.revision, updated_by = excluded.updated_by, updated_at = excluded.updated_at";
const DELETE_ATTRIBUTE_POLICY: &str = "DELETE FROM attribute_policy WHERE account = ?1";

/// Adds the statements of an effect to the batch.
pub(crate) fn push(batch: &mut Vec<Statement>, effect: &Effect, epoch: RestoreEpoch) {
    let statement = match effect {
        // The account's first event increments the version, so the insert starts one below.
        Effect::InsertAccount(a) => statement!(
            INSERT_ACCOUNT,
            a.id.to_string(),
            a.kind.as_str(),
            a.name.as_str(),
            a.owner.to_string(),
            epoch.stored_version(a.version) - 1,
            a.created_at.millis()
        ),
        Effect::InsertMember(m) => {
            statement!(INSERT_MEMBER, m.account.to_string(), m.user.to_string(), m.role.as_str(), m.joined_at.millis())
        }
        Effect::InsertUser(u) => statement!(
            INSERT_USER,
            u.id.to_string(),
            u.email.as_str(),
            u.name.as_str(),
            u.active_account.to_string(),
            u.created_at.millis()
        ),
        Effect::UpdateAccount(id, AccountChange::Name(name)) => statement!(RENAME_ACCOUNT, id.to_string(), name.as_str()),
        Effect::UpdateAccount(id, AccountChange::Kind(kind)) => statement!(SET_ACCOUNT_KIND, id.to_string(), kind.as_str()),
        Effect::UpdateAccount(id, AccountChange::Owner(owner)) => statement!(SET_ACCOUNT_OWNER, id.to_string(), owner.to_string()),
        Effect::EmptyTeam(id, owner, now) => {
            batch.push(statement!(REVOKE_KEYS_OF_OTHERS, id.to_string(), owner.to_string(), now.millis()));
            batch.push(statement!(DELETE_OTHER_MEMBERS, id.to_string(), owner.to_string()));
            batch.push(statement!(REVOKE_PENDING, id.to_string(), now.millis()));
            statement!(DELETE_ROLES, id.to_string())
        }
        Effect::SetMemberRole(account, user, role) => statement!(SET_MEMBER_ROLE, account.to_string(), user.to_string(), role.as_str()),
        Effect::DeleteMember(account, user, now) => {
            batch.push(statement!(REVOKE_KEYS_OF_CREATOR, account.to_string(), user.to_string(), now.millis()));
            statement!(DELETE_MEMBER, account.to_string(), user.to_string())
        }
        Effect::RenameUser(id, name) => statement!(RENAME_USER, id.to_string(), name.as_str()),
        Effect::SetActiveAccount(user, account) => statement!(SET_ACTIVE, user.to_string(), account.to_string()),
        Effect::InsertInvitation(i) => statement!(
            INSERT_INVITATION,
            i.id.to_string(),
            i.account.to_string(),
            i.email.as_str(),
            i.role.as_str(),
            i.stored.as_str(),
            i64::from(i.link_version),
            i.lifetime,
            i.expires_at.map(|t| t.millis()),
            i.invited_by.to_string(),
            i.created_at.millis()
        ),
        Effect::CloseInvitation(id, state, by, at) => {
            statement!(CLOSE_INVITATION, id.to_string(), state.as_str(), by.map(|u| u.to_string()), at.millis())
        }
        Effect::RenewInvitation(id, version, end, by) => {
            statement!(RENEW_INVITATION, id.to_string(), i64::from(*version), end.map(|t| t.millis()), by.to_string())
        }
        Effect::CloseExpired(account, role, now) => statement!(CLOSE_EXPIRED, account.to_string(), role.as_str(), now.millis()),
        Effect::EndExpiredInvitation(account, now) => statement!(CLOSE_FIRST_EXPIRED, account.to_string(), now.millis()),
        Effect::InsertRole(r) => {
            statement!(INSERT_ROLE, r.account.to_string(), r.code.as_str(), r.title.as_str(), crate::rows::json_list(&r.permissions))
        }
        Effect::UpdateRole(r) => {
            statement!(UPDATE_ROLE, r.account.to_string(), r.code.as_str(), r.title.as_str(), crate::rows::json_list(&r.permissions))
        }
        Effect::DeleteRole(account, code) => statement!(DELETE_ROLE, account.to_string(), code.as_str()),
        Effect::InsertSession(s) => statement!(
            INSERT_SESSION,
            s.id.to_string(),
            s.user.to_string(),
            s.token.to_hex(),
            s.user_agent.as_str(),
            s.created_at.millis(),
            s.last_seen_at.millis(),
            i64::from(s.authentication.level.number()),
            crate::rows::json_list(&s.authentication.amr()),
            s.authentication.at.millis()
        ),
        Effect::RenewSession(s) => statement!(
            RENEW_SESSION,
            s.id.to_string(),
            s.token.to_hex(),
            s.last_seen_at.millis(),
            i64::from(s.authentication.level.number()),
            crate::rows::json_list(&s.authentication.amr()),
            s.authentication.at.millis()
        ),
        Effect::EndSession(id) => statement!(DELETE_SESSION, id.to_string()),
        Effect::EndSessions(user, except) => statement!(DELETE_SESSIONS, user.to_string(), except.map(|id| id.to_string())),
        Effect::InsertSignup(s) => statement!(
            INSERT_SIGNUP,
            s.id.to_string(),
            s.email.as_str(),
            s.name.as_str(),
            s.password.as_ref().map_or("", |hash| hash.as_str()),
            i64::from(s.open),
            s.created_at.millis(),
            s.browser.as_ref().map(|browser| browser.to_hex())
        ),
        Effect::CloseSignups(email) => statement!(CLOSE_SIGNUPS, email.as_str()),
        Effect::InsertReset(r) => statement!(
            INSERT_RESET,
            r.id.to_string(),
            r.email.as_str(),
            r.user.map(|u| u.to_string()),
            i64::from(r.open),
            r.created_at.millis()
        ),
        Effect::CloseResets(email) => statement!(CLOSE_RESETS, email.as_str()),
        Effect::UseReset(id) => statement!(USE_RESET, id.to_string()),
        Effect::CloseEmailCodes(email, browser) => statement!(CLOSE_EMAIL_CODES, email.as_str(), browser.to_hex()),
        Effect::InsertEmailCode(c) => statement!(
            INSERT_EMAIL_CODE,
            c.id.to_string(),
            c.email.as_str(),
            c.user.map(|u| u.to_string()),
            c.browser.to_hex(),
            c.network.as_str(),
            i64::from(c.open),
            c.created_at.millis()
        ),
        Effect::CountEmailCodeTry(id) => statement!(COUNT_EMAIL_CODE_TRY, id.to_string(), i64::from(TRIES_MAX)),
        Effect::UseEmailCode(id) => statement!(USE_EMAIL_CODE, id.to_string()),
        Effect::SetIdentity(identity) => {
            let (sql, proof) = match &identity.proof {
                Proof::Password(hash) => (SET_PASSWORD, hash.as_str()),
                Proof::Email => (INSERT_MAILBOX, ""),
            };
            statement!(sql, identity.user.to_string(), identity.id.to_string(), proof, epoch.number(), identity.created_at.millis())
        }
        Effect::UseIdentity(user, kind, at) => statement!(USE_IDENTITY, user.to_string(), kind.as_str(), at.millis()),
        Effect::InsertPasskey(p) => statement!(
            INSERT_PASSKEY,
            p.user.to_string(),
            p.id.to_string(),
            p.public_key_text(),
            epoch.number(),
            p.created_at.millis(),
            p.credential.as_str(),
            i64::from(p.sign_count),
            i64::from(p.backup_eligible),
            i64::from(p.backed_up),
            crate::rows::json_list(&p.transports),
            p.aaguid.to_string(),
            i64::from(p.user_verified),
            p.label.as_str()
        ),
        Effect::RenamePasskey(user, id, label) => statement!(RENAME_PASSKEY, user.to_string(), id.to_string(), label.as_str()),
        Effect::UsePasskey(used) => statement!(
            USE_PASSKEY,
            used.user.to_string(),
            used.id.to_string(),
            i64::from(used.sign_count),
            i64::from(used.backed_up),
            used.at.millis()
        ),
        Effect::InsertProviderIdentity(identity) => statement!(
            INSERT_PROVIDER_IDENTITY,
            identity.user.to_string(),
            identity.id.to_string(),
            epoch.number(),
            identity.created_at.millis(),
            identity.person.issuer.as_str(),
            identity.person.subject.as_str(),
            identity.told_email.as_ref().map(Email::as_str)
        ),
        Effect::ReconnectProvider(user, id) => statement!(RECONNECT_PROVIDER, user.to_string(), id.to_string(), epoch.number()),
        Effect::UseProvider(user, id, told_email, at) => {
            statement!(USE_PROVIDER, user.to_string(), id.to_string(), told_email.as_ref().map(Email::as_str), at.millis())
        }
        Effect::DeleteIdentity(user, id) => statement!(DELETE_IDENTITY, user.to_string(), id.to_string()),
        Effect::InsertTotp(totp) => statement!(
            INSERT_TOTP,
            totp.user.to_string(),
            totp.id.to_string(),
            totp.secret.as_str(),
            epoch.number(),
            totp.created_at.millis()
        ),
        Effect::UseTotp(used) => statement!(
            USE_TOTP,
            used.user.to_string(),
            used.id.to_string(),
            used.step,
            used.secret.as_ref().map(|secret| secret.as_str()),
            used.at.millis()
        ),
        Effect::ReplaceRecoveryCodes(codes) => {
            batch.push(statement!(DELETE_RECOVERY_CODES, codes.user.to_string()));
            statement!(
                INSERT_RECOVERY_CODES,
                codes.user.to_string(),
                codes.id.to_string(),
                crate::rows::recovery_proof(codes),
                epoch.number(),
                codes.created_at.millis()
            )
        }
        Effect::UseRecoveryCode(left, at) => {
            statement!(USE_RECOVERY_CODE, left.user.to_string(), left.id.to_string(), crate::rows::recovery_proof(left), at.millis())
        }
        Effect::DeleteSecondFactors(user) => statement!(DELETE_SECOND_FACTORS, user.to_string()),
        Effect::SpendChallenge(id, expires_at) => statement!(SPEND_CHALLENGE, id.as_str(), expires_at.millis()),
        Effect::CountFailure(scope, at) => statement!(COUNT_FAILURE, scope.as_str(), at.millis()),
        Effect::ClearFailures(scope) => statement!(CLEAR_FAILURES, scope.as_str()),
        Effect::InsertApiKey(k) => statement!(
            INSERT_API_KEY,
            k.id.to_string(),
            k.account.to_string(),
            k.name.as_str(),
            k.secret.to_hex(),
            crate::rows::json_list(&k.permissions),
            crate::rows::json_list(&k.resources),
            k.created_by.to_string(),
            k.created_at.millis(),
            k.expires_at.map(|t| t.millis()),
            epoch.number()
        ),
        Effect::RevokeApiKey(id, at) => statement!(REVOKE_API_KEY, id.to_string(), at.millis()),
        Effect::EndExpiredApiKey(account, now) => statement!(REVOKE_EXPIRED_KEY, account.to_string(), now.millis()),
        Effect::PutAttributePolicy(p) => statement!(
            PUT_ATTRIBUTE_POLICY,
            p.account.to_string(),
            p.document.as_str(),
            epoch.stored_version(p.revision),
            p.updated_by.to_string(),
            p.updated_at.millis()
        ),
        Effect::DropAttributePolicy(account) => statement!(DELETE_ATTRIBUTE_POLICY, account.to_string()),
        Effect::InsertMail(mail) => crate::outbox::insert(mail, epoch),
        Effect::InsertMailToUser(mail) => crate::outbox::insert_to_user(mail, epoch),
    };
    batch.push(statement);
}
