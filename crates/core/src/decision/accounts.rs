//! Accounts as wholes: rename, convert to a team, Delete Team, transfer of ownership.

use super::{Planned, PlannedChange, change, nothing};
use crate::authz::member::{Insider, authorise, authorise_owner};
use crate::authz::policy_config::Rules;
use crate::authz::quotas::demand_team;
use crate::domain::account::{Account, AccountKind, Membership};
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, UserId};
use crate::domain::name::Name;
use crate::domain::role::{OWNER_ROLE, RoleCode};
use crate::domain::usage::Tally;
use crate::domain::user::User;
use crate::transaction::audit_event::Data;
use crate::transaction::audit_event::{NewEvent, Resource};
use crate::transaction::change::{Decided, Effect};
use crate::transaction::context::Moment;
use crate::transaction::decision_error::Stop;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::View;

/// An account as its member sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountAnswer {
    /// The account.
    pub account: Account,
    /// The caller's role in it.
    pub role: RoleCode,
}

impl From<Insider> for AccountAnswer {
    fn from(insider: Insider) -> Self {
        AccountAnswer { account: insider.account, role: insider.role }
    }
}

/// A fresh personal account of a user, with the membership that makes it theirs.
pub(super) fn personal_account(moment: &Moment, owner: UserId, name: &Name) -> (Account, Membership) {
    let account = Account {
        id: AccountId::new(moment.now, moment.id_bytes()),
        kind: AccountKind::Personal,
        name: name.clone(),
        owner,
        version: moment.epoch.version(1),
        created_at: moment.now,
        members: 1,
        pending_invitations: 0,
        custom_roles: 0,
        api_keys: 0,
        changes: Tally::default(),
    };
    let member = Membership { account: account.id, user: owner, role: RoleCode::owner(), joined_at: moment.now };
    (account, member)
}

/// The event by which every account's log begins.
pub(super) fn account_created(moment: &Moment, account: &Account, owner: &User) -> NewEvent {
    let data = Data::none().with("kind", account.kind.as_str()).with_name("name", &account.name).with("owner", owner.id);
    moment.event(account.id, owner, "account.create", Resource::new("account", account.id), data)
}

/// The account after a change. The version is what it is at least: where others changed the account at the same moment it is
/// higher, and who demands this one afterwards is told so (412). Holding it would lose changes that do not touch each other.
fn changed(insider: &Insider, edit: impl FnOnce(&mut Account)) -> AccountAnswer {
    let mut answer = AccountAnswer::from(insider.clone());
    edit(&mut answer.account);
    answer.account.version += 1;
    answer
}

/// Gives an account another name (`team.manage`).
pub fn rename(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    id: AccountId,
    name: Result<&str, Vec<FieldError>>,
) -> Result<Decided<AccountAnswer>, Stop> {
    let insider = authorise(view, rules, moment, id, rules.team_manage)?;
    let name = Name::parse(name.map_err(Stop::Invalid)?, "/name")?;
    if name == insider.account.name {
        return Ok(nothing(view, insider.into()));
    }
    // The name that whoever renames saw; what it was in truth, the event before says.
    let data = Data::none().with_name("from", &insider.account.name).with_name("to", &name);
    let event = moment.event(id, &insider.user, "account.update", Resource::new("account", id), data);
    let answer = changed(&insider, |account| account.name = name.clone());
    Ok(change(view, vec![Effect::RenameAccount(id, name)], vec![event], answer))
}

/// What convert is asked to do.
#[derive(Clone, Debug, Default)]
pub struct Convert<'a> {
    /// The team's name; the account keeps its own where none is given.
    pub name: Option<&'a str>,
    /// Only say what would change.
    pub dry_run: bool,
}

/// Personal to team (owner). A team already: the same success, and nothing changes.
pub fn convert(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    id: AccountId,
    input: Result<Convert<'_>, Vec<FieldError>>,
) -> Result<Decided<Planned<AccountAnswer>>, Stop> {
    let insider = authorise_owner(view, rules, moment, id)?;
    let input = input.map_err(Stop::Invalid)?;
    let name = input.name.map(|name| Name::parse(name, "/name")).transpose()?.unwrap_or_else(|| insider.account.name.clone());
    if insider.account.kind == AccountKind::Team {
        let answer = if input.dry_run { Planned::DryRun(Vec::new()) } else { Planned::Done(insider.into()) };
        return Ok(nothing(view, answer));
    }
    let resource = Resource::new("account", id);
    let mut plan = vec![PlannedChange::new(
        "account.convert",
        resource.clone(),
        "The personal account becomes a team account; its id and resources stay.",
    )];
    let mut effects = vec![Effect::SetAccountKind(id, AccountKind::Team)];
    if name != insider.account.name {
        plan.push(PlannedChange::new("account.update", resource.clone(), format!("The account is named {name}.")));
        effects.push(Effect::RenameAccount(id, name.clone()));
    }
    if input.dry_run {
        return Ok(nothing(view, Planned::DryRun(plan)));
    }
    demand_team(view, rules, moment, insider.user.id)?;
    let event = moment.event(id, &insider.user, "account.convert", resource, Data::none().with_name("name", &name));
    let answer = changed(&insider, |account| {
        account.kind = AccountKind::Team;
        account.name = name;
    });
    Ok(change(view, effects, vec![event], Planned::Done(answer)))
}

/// Delete Team: team to personal (owner). Personal already: the same success, and nothing changes.
pub fn delete_team(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    id: AccountId,
    dry_run: bool,
) -> Result<Decided<Planned<AccountAnswer>>, Stop> {
    let insider = authorise_owner(view, rules, moment, id)?;
    if insider.account.kind == AccountKind::Personal {
        let answer = if dry_run { Planned::DryRun(Vec::new()) } else { Planned::Done(insider.into()) };
        return Ok(nothing(view, answer));
    }
    let contents = view.team_contents(&insider.account)?.clone();
    let resource = Resource::new("account", id);
    if dry_run {
        let mut plan = vec![PlannedChange::new(
            "team.delete",
            resource.clone(),
            "The team account becomes personal again; its id and resources stay.",
        )];
        if insider.account.name != insider.user.name {
            plan.push(PlannedChange::new("account.update", resource, format!("The account is named {}.", insider.user.name)));
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
        return Ok(nothing(view, Planned::DryRun(plan)));
    }
    let data = Data::none()
        .with_name("name", &insider.account.name)
        .with_list("members", &contents.members)
        .with_list("invitations", &contents.invitations)
        .with_list("roles", &contents.roles)
        .with_list("api_keys", &contents.api_keys);
    let event = moment.event(id, &insider.user, "team.delete", resource, data);
    let effects = vec![
        Effect::EmptyTeam(id, insider.user.id, moment.now),
        Effect::SetAccountKind(id, AccountKind::Personal),
        Effect::RenameAccount(id, insider.user.name.clone()),
    ];
    let name = insider.user.name.clone();
    let answer = changed(&insider, |account| {
        account.kind = AccountKind::Personal;
        account.name = name;
    });
    Ok(change(view, effects, vec![event], Planned::Done(answer)))
}

/// Hands ownership to another admin of the team (owner); to the owner themselves it changes nothing.
pub fn transfer(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    id: AccountId,
    to: Result<&str, Vec<FieldError>>,
) -> Result<Decided<AccountAnswer>, Stop> {
    let insider = authorise_owner(view, rules, moment, id)?;
    let to = to.map_err(Stop::Invalid)?;
    let to = UserId::parse(to).ok_or_else(|| FieldError::new("/user", "id-malformed", "This is no user id."))?;
    if insider.account.kind != AccountKind::Team {
        return Err(Denial::AccountNotTeam.into());
    }
    if to == insider.user.id {
        return Ok(nothing(view, insider.into()));
    }
    let heir = view.member(id, to)?.ok_or(Denial::MemberNotFound)?;
    if heir.role.as_str() != OWNER_ROLE {
        return Err(Denial::TransferNeedsAdmin.into());
    }
    let mut effects = vec![Effect::SetAccountOwner(id, to)];
    let data = Data::none().with("from", insider.user.id).with("to", to);
    let mut events = vec![moment.event(id, &insider.user, "account.transfer", Resource::new("account", id), data)];
    if !view.owns_another(insider.user.id, id)? {
        let (account, member) = personal_account(moment, insider.user.id, &insider.user.name);
        events.push(account_created(moment, &account, &insider.user));
        effects.extend([Effect::InsertAccount(account), Effect::InsertMember(member)]);
    }
    let answer = changed(&insider, |account| account.owner = to);
    Ok(change(view, effects, events, answer))
}
