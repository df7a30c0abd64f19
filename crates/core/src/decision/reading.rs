//! What a member may see: the account, its lists, what they may do. Nothing here changes anything.

use super::accounts::AccountAnswer;
use super::members::MemberAnswer;
use super::roles::RoleAnswer;
use crate::authz::member::{Insider, built_in_role, enter, granting_roles};
use crate::authz::policy_config::Rules;
use crate::domain::account::Account;
use crate::domain::api_key::ApiKey;
use crate::domain::audit::{Event, fill};
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, ApiKeyId};
use crate::domain::invitation::Invitation;
use crate::domain::session::Session;
use crate::transaction::context::Moment;
use crate::transaction::decision_error::Stop;
use crate::transaction::denial::Denial;
use crate::transaction::lookup::Want;
use crate::transaction::snapshot::Snapshot;
use crate::transaction::tracked_snapshot::View;
use rolecall_policy::PermissionId;

/// Somebody who may read: made by [`look`] alone, and what a list is not handed out without.
struct Reader(Insider);

/// Steps into an account to read, holding a permission.
fn look(view: &View, rules: &Rules, moment: &Moment, id: AccountId, permission: PermissionId) -> Result<Reader, Stop> {
    let insider = enter(view, rules, moment, id)?;
    insider.require(view, rules, permission)?;
    Ok(Reader(insider))
}

impl Reader {
    fn page<T: Clone>(&self, view: &View, want: &Want, page: impl Fn(&Snapshot) -> Option<&T>) -> Result<T, Stop> {
        page(view.pages()).cloned().ok_or_else(|| want.clone().into())
    }
}

/// The account (`team.access`).
pub fn account(view: &View, rules: &Rules, moment: &Moment, id: AccountId) -> Result<AccountAnswer, Stop> {
    Ok(look(view, rules, moment, id, rules.team_access)?.0.into())
}

/// A page of members (`team.access`).
pub fn members(view: &View, rules: &Rules, moment: &Moment, id: AccountId, want: &Want) -> Result<Vec<MemberAnswer>, Stop> {
    let reader = look(view, rules, moment, id, rules.team_access)?;
    let rows = reader.page(view, want, |pages| pages.member_page.as_ref())?;
    Ok(rows.into_iter().map(|(member, user)| MemberAnswer { member, user }).collect())
}

/// A page of invitations (`members.invite`).
pub fn invitations(view: &View, rules: &Rules, moment: &Moment, id: AccountId, want: &Want) -> Result<Vec<Invitation>, Stop> {
    look(view, rules, moment, id, rules.members_invite)?.page(view, want, |pages| pages.invitation_page.as_ref())
}

/// Whether the caller may invite now (`members.invite`).
pub fn inviting(view: &View, rules: &Rules, moment: &Moment, id: AccountId) -> Result<(), Stop> {
    look(view, rules, moment, id, rules.members_invite).map(|_| ())
}

/// A page of API keys (`team.manage`).
pub fn api_keys(view: &View, rules: &Rules, moment: &Moment, id: AccountId, want: &Want) -> Result<Vec<ApiKey>, Stop> {
    look(view, rules, moment, id, rules.team_manage)?.page(view, want, |pages| pages.api_key_page.as_ref())
}

/// One API key, whether it has ended or not (`team.manage`).
pub fn api_key(view: &View, rules: &Rules, moment: &Moment, id: AccountId, key: ApiKeyId) -> Result<ApiKey, Stop> {
    look(view, rules, moment, id, rules.team_manage)?;
    Ok(view.api_key(key)?.filter(|key| key.account == id).ok_or(Denial::ApiKeyNotFound)?)
}

/// A page of the audit log (`audit.read`), with the hashes that its new events will have; whether all have one.
pub fn audit_log(view: &View, rules: &Rules, moment: &Moment, id: AccountId, want: &Want, unsealed: &Want) -> Result<AuditPage, Stop> {
    let reader = look(view, rules, moment, id, rules.audit_read)?;
    let mut events = reader.page(view, want, |pages| pages.audit_page.as_ref())?;
    let fresh = events.iter().any(|event| event.hash.is_none());
    let (prev_hash, run) = reader.page(view, unsealed, |pages| pages.unsealed.as_ref())?;
    let whole = !fresh || fill(&mut events, &prev_hash, &run);
    Ok(AuditPage { events, fresh, whole })
}

/// A page of the audit log.
#[derive(Clone, PartialEq, Debug)]
pub struct AuditPage {
    /// The events.
    pub events: Vec<Event>,
    /// Whether some of their hashes are not stored yet.
    pub fresh: bool,
    /// Whether each has its hash.
    pub whole: bool,
}

/// The roles of the account, built-in first (`team.access`).
pub fn roles(view: &View, rules: &Rules, moment: &Moment, id: AccountId) -> Result<Vec<RoleAnswer>, Stop> {
    let reader = look(view, rules, moment, id, rules.team_access)?;
    let account = reader.0.account.id;
    let mut roles = Vec::new();
    for role in rules.policy.roles() {
        roles.extend(built_in_role(view, rules, account, &role.code)?.map(|role| RoleAnswer {
            code: role.code.clone(),
            title: role.title.clone(),
            built_in: true,
            overrides_built_in: false,
            permissions: rules.policy.codes(role.permissions).into_iter().map(str::to_owned).collect(),
        }));
    }
    roles.extend(view.custom_roles(account)?.iter().map(|role| RoleAnswer::custom(rules, role)));
    Ok(roles)
}

/// One of the account's own roles (`team.access`).
pub fn role(view: &View, rules: &Rules, moment: &Moment, id: AccountId, code: &str) -> Result<RoleAnswer, Stop> {
    let reader = look(view, rules, moment, id, rules.team_access)?;
    let found = view.custom_roles(reader.0.account.id)?.iter().find(|role| role.code.as_str() == code);
    Ok(RoleAnswer::custom(rules, found.ok_or(Denial::RoleNotFound)?))
}

/// A page of the caller's live sessions, and which of them all asks.
pub fn sessions(view: &View, moment: &Moment, want: &Want) -> Result<(Session, Vec<Session>), Stop> {
    let caller = view.caller(moment.now)?;
    let sessions = view.pages().caller_session_page.clone().ok_or_else(|| Stop::from(want.clone()))?;
    Ok((caller.session, sessions))
}

/// One answered check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// The permission asked for.
    pub permission: String,
    /// Whether the caller holds it in the account now.
    pub allowed: bool,
    /// The caller's role.
    pub role: String,
    /// Roles that would allow; only where an explanation was asked for.
    pub granted_by: Option<Vec<String>>,
}

/// Most permissions of one `checks` request: as many as a policy can have.
pub const CHECKS_MAX: usize = rolecall_policy::PERMISSIONS_MAX;

/// Says for each permission whether the caller holds it; unknown codes are faulty fields, never a silent no. Open to every member.
pub fn checks(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    id: AccountId,
    input: Result<(&[String], bool), Vec<FieldError>>,
) -> Result<Vec<Check>, Stop> {
    let insider = enter(view, rules, moment, id)?;
    let (codes, explain) = input.map_err(Stop::Invalid)?;
    if codes.len() > CHECKS_MAX {
        return Err(FieldError::new("/permissions", "too-long", format!("At most {CHECKS_MAX} permissions at once.")).into());
    }
    super::roles::parse_permissions(rules, codes).map_err(Stop::Invalid)?;
    let mut checks = Vec::with_capacity(codes.len());
    for code in codes {
        let Some(permission) = rules.policy.permission(code) else { continue };
        checks.push(Check {
            permission: code.clone(),
            allowed: insider.rights.contains(permission),
            role: insider.role.as_str().to_owned(),
            granted_by: if explain { Some(granting_roles(view, rules, id, permission)?) } else { None },
        });
    }
    Ok(checks)
}

/// What a permission token says about its holder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rights {
    /// Who.
    pub user: crate::domain::id::UserId,
    /// Where.
    pub account: Account,
    /// As what.
    pub role: String,
    /// Holding what, in the policy's order.
    pub permissions: Vec<String>,
}

/// The caller's rights in an account, for a permission token. Open to every member.
pub fn rights(view: &View, rules: &Rules, moment: &Moment, id: AccountId) -> Result<Rights, Stop> {
    let insider = enter(view, rules, moment, id)?;
    Ok(Rights {
        user: insider.user.id,
        role: insider.role.as_str().to_owned(),
        permissions: rules.policy.codes(insider.rights).into_iter().map(str::to_owned).collect(),
        account: insider.account,
    })
}

/// Faulty query parameters of the audit log, told only to who may read it.
pub fn refuse_fields<T>(view: &View, rules: &Rules, moment: &Moment, id: AccountId, errors: Vec<FieldError>) -> Result<T, Stop> {
    look(view, rules, moment, id, rules.audit_read)?;
    Err(Stop::Invalid(errors))
}
