//! Commands on an account as a whole: rename, convert to a team, delete the team, transfer ownership.

use super::{Planned, PlannedChange, changed, unchanged};
use crate::authz::freshness::require_fresh;
use crate::authz::member::{AuthenticatedMember, require_owner, require_permission};
use crate::authz::policy_config::PolicyConfig;
use crate::authz::quotas::check_team_quota;
use crate::domain::account::{Account, AccountChange, AccountKind, Membership};
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, UserId};
use crate::domain::name::Name;
use crate::domain::role::{OWNER_ROLE, RoleCode};
use crate::domain::user::User;
use crate::transaction::audit_event::{EventData, NewEvent, Resource};
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::fact::Fact;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// An account with the caller's role in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountWithRole {
    /// The account.
    pub account: Account,
    /// Role of the caller.
    pub role: RoleCode,
}

impl From<AuthenticatedMember> for AccountWithRole {
    fn from(caller: AuthenticatedMember) -> Self {
        AccountWithRole { account: caller.account, role: caller.role }
    }
}

/// A new personal account with the membership of its owner.
pub(super) fn personal_account(ctx: &DecisionContext, owner: UserId, name: &Name) -> (Account, Membership) {
    let account = Account::personal(AccountId::new(ctx.now, ctx.id_bytes()), owner, name.clone(), ctx.epoch.external_version(1), ctx.now);
    let member = Membership { account: account.id, user: owner, role: RoleCode::owner(), joined_at: ctx.now };
    (account, member)
}

/// First event of every account's audit log.
pub(super) fn account_created(ctx: &DecisionContext, account: &Account, owner: &User) -> NewEvent {
    let data = EventData::none().with("kind", account.kind.as_str()).with_name("name", &account.name).with("owner", owner.id);
    ctx.event(account.id, owner, "account.create", Resource::new("account", account.id), data)
}

/// The effects of changes of the caller's account, and the output with the account after them. Its version is a lower bound:
/// after a concurrent change the stored version is higher, and `If-Match` with this one fails (412). A precondition on the version
/// would reject changes that do not conflict.
fn update_account(caller: &AuthenticatedMember, changes: Vec<AccountChange>) -> (Vec<Effect>, AccountWithRole) {
    let mut output = AccountWithRole::from(caller.clone());
    changes.iter().for_each(|change| change.clone().apply_to(&mut output.account));
    output.account.version += 1;
    (changes.into_iter().map(|change| Effect::UpdateAccount(caller.account.id, change)).collect(), output)
}

/// Input of [`update`].
#[derive(Clone, Debug, Default)]
pub struct AccountUpdate {
    /// New display name.
    pub name: String,
}

impl AccountUpdate {
    /// An update of the name alone.
    pub fn named(name: impl Into<String>) -> Self {
        AccountUpdate { name: name.into() }
    }
}

/// Changes the name of an account (`team.manage`). The same name again changes nothing.
///
/// # Errors
///
/// Those of [`require_permission`], then invalid fields: `/name`.
pub fn update(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    input: Result<&AccountUpdate, Vec<FieldError>>,
) -> Result<Decision<AccountWithRole>, DecisionError> {
    let caller = require_permission(snapshot, config, ctx, id, config.team_manage)?;
    let name = Name::parse(&input.map_err(DecisionError::Invalid)?.name, "/name")?;
    if name == caller.account.name {
        return Ok(unchanged(snapshot, caller.into()));
    }
    // `from` is the name that the caller saw; after a concurrent rename the preceding event has the stored one.
    let data = EventData::none().with_name("from", &caller.account.name).with_name("to", &name);
    let event = ctx.event(id, &caller.user, "account.update", Resource::new("account", id), data);
    let (effects, output) = update_account(&caller, vec![AccountChange::Name(name)]);
    Ok(changed(snapshot, effects, vec![event], output))
}

/// Input of [`convert`].
#[derive(Clone, Debug, Default)]
pub struct Convert {
    /// Name of the team; None keeps the name of the account.
    pub name: Option<String>,
    /// Plan the changes without making them.
    pub dry_run: bool,
}

/// Converts a personal account to a team (owner). For a team it succeeds and changes nothing.
///
/// # Errors
///
/// Those of [`require_owner`], then invalid fields: `/name`, then [`Denial::TooManyChanges`] at the
/// daily quota of new teams, which a dry run does not check.
pub fn convert(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    input: Result<&Convert, Vec<FieldError>>,
) -> Result<Decision<Planned<AccountWithRole>>, DecisionError> {
    let caller = require_owner(snapshot, config, ctx, id)?;
    let input = input.map_err(DecisionError::Invalid)?;
    let name = input.name.as_deref().map(|name| Name::parse(name, "/name")).transpose()?.unwrap_or_else(|| caller.account.name.clone());
    if caller.account.kind == AccountKind::Team {
        let output = if input.dry_run { Planned::DryRun(Vec::new()) } else { Planned::Done(caller.into()) };
        return Ok(unchanged(snapshot, output));
    }
    let resource = Resource::new("account", id);
    let mut plan = vec![PlannedChange::new(
        "account.convert",
        resource.clone(),
        "The personal account becomes a team account; its id and resources stay.",
    )];
    let mut changes = vec![AccountChange::Kind(AccountKind::Team)];
    if name != caller.account.name {
        plan.push(PlannedChange::new("account.update", resource.clone(), format!("The account is named {name}.")));
        changes.push(AccountChange::Name(name.clone()));
    }
    if input.dry_run {
        return Ok(unchanged(snapshot, Planned::DryRun(plan)));
    }
    check_team_quota(snapshot, config, ctx, caller.user.id)?;
    let event = ctx.event(id, &caller.user, "account.convert", resource, EventData::none().with_name("name", &name));
    let (effects, output) = update_account(&caller, changes);
    Ok(changed(snapshot, effects, vec![event], Planned::Done(output)))
}

/// Deletes a team (owner): its account becomes personal again. For a personal account it succeeds and changes nothing.
///
/// # Errors
///
/// Those of [`require_owner`], then, unless it is a dry run, of [`require_fresh`].
pub fn delete_team(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    dry_run: bool,
) -> Result<Decision<Planned<AccountWithRole>>, DecisionError> {
    let caller = require_owner(snapshot, config, ctx, id)?;
    if caller.account.kind == AccountKind::Personal {
        let output = if dry_run { Planned::DryRun(Vec::new()) } else { Planned::Done(caller.into()) };
        return Ok(unchanged(snapshot, output));
    }
    // A preview changes nothing, so that it can be shown before the user is asked to prove who they are.
    if !dry_run {
        require_fresh(snapshot, config, ctx, &caller.session)?;
    }
    let contents = snapshot.team_contents(&caller.account)?.clone();
    let resource = Resource::new("account", id);
    if dry_run {
        let mut plan = vec![PlannedChange::new(
            "team.delete",
            resource.clone(),
            "The team account becomes personal again; its id and resources stay.",
        )];
        if caller.account.name != caller.user.name {
            plan.push(PlannedChange::new("account.update", resource, format!("The account is named {}.", caller.user.name)));
        }
        plan.extend(
            contents.members.iter().map(|m| PlannedChange::new("member.remove", Resource::new("member", m), "The membership ends.")),
        );
        plan.extend(
            contents
                .invitations
                .iter()
                .map(|i| PlannedChange::new("invitation.revoke", Resource::new("invitation", i), "The pending invitation is revoked.")),
        );
        plan.extend(
            contents.roles.iter().map(|r| PlannedChange::new("role.delete", Resource::new("role", r), "The custom role is deleted.")),
        );
        plan.extend(
            contents.api_keys.iter().map(|k| PlannedChange::new("api-key.revoke", Resource::new("api_key", k), "The API key is revoked.")),
        );
        return Ok(unchanged(snapshot, Planned::DryRun(plan)));
    }
    let data = EventData::none()
        .with_name("name", &caller.account.name)
        .with_list("members", &contents.members)
        .with_list("invitations", &contents.invitations)
        .with_list("roles", &contents.roles)
        .with_list("api_keys", &contents.api_keys);
    let event = ctx.event(id, &caller.user, "team.delete", resource, data);
    let changes = vec![AccountChange::Kind(AccountKind::Personal), AccountChange::Name(caller.user.name.clone())];
    let (mut effects, output) = update_account(&caller, changes);
    effects.insert(0, Effect::EmptyTeam(id, caller.user.id, ctx.now));
    Ok(changed(snapshot, effects, vec![event], Planned::Done(output)))
}

/// Transfers ownership to another admin of the team (owner). To the owner themselves it changes nothing.
///
/// An owner who would own no account afterwards gets a new personal one.
///
/// # Errors
///
/// Those of [`require_owner`] and [`require_fresh`], then invalid fields: `/user`, then [`Denial::AccountNotTeam`],
/// [`Denial::MemberNotFound`], [`Denial::TransferNeedsAdmin`].
pub fn transfer(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    to: Result<&str, Vec<FieldError>>,
) -> Result<Decision<AccountWithRole>, DecisionError> {
    let caller = require_owner(snapshot, config, ctx, id)?;
    require_fresh(snapshot, config, ctx, &caller.session)?;
    let to = to.map_err(DecisionError::Invalid)?;
    let to = UserId::parse(to).ok_or_else(|| FieldError::new("/user", "id-malformed", "The value is not a user id."))?;
    if caller.account.kind != AccountKind::Team {
        return Err(Denial::AccountNotTeam.into());
    }
    if to == caller.user.id {
        return Ok(unchanged(snapshot, caller.into()));
    }
    let heir = snapshot.member(id, to)?.ok_or(Denial::MemberNotFound)?;
    if heir.role.as_str() != OWNER_ROLE {
        return Err(Denial::TransferNeedsAdmin.into());
    }
    let (mut effects, output) = update_account(&caller, vec![AccountChange::Owner(to)]);
    let data = EventData::none().with("from", caller.user.id).with("to", to);
    let mut events = vec![ctx.event(id, &caller.user, "account.transfer", Resource::new("account", id), data)];
    if !snapshot.fact(Fact::owner_has_another(id))? {
        let (account, member) = personal_account(ctx, caller.user.id, &caller.user.name);
        events.push(account_created(ctx, &account, &caller.user));
        effects.extend([Effect::InsertAccount(account), Effect::InsertMember(member)]);
    }
    Ok(changed(snapshot, effects, events, output))
}

#[cfg(test)]
mod tests;
