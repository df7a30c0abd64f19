//! Custom roles of a team: made, edited, deleted by who manages members, never beyond what they hold.

use super::joining::codes_in_order;
use super::members::excerpt;
use super::{change, nothing};
use crate::authz::member::{authorise, built_in_role, known_permissions};
use crate::authz::policy_config::Rules;
use crate::domain::account::{AccountKind, CUSTOM_ROLES_MAX};
use crate::domain::field_error::FieldError;
use crate::domain::id::AccountId;
use crate::domain::name::Name;
use crate::domain::role::{CustomRole, RoleCode};
use crate::transaction::audit_event::Data;
use crate::transaction::audit_event::Resource;
use crate::transaction::change::{Decided, Effect};
use crate::transaction::context::Moment;
use crate::transaction::decision_error::Stop;
use crate::transaction::denial::Denial;
use crate::transaction::precondition::Fact;
use crate::transaction::tracked_snapshot::View;
use rolecall_policy::PermissionSet;

/// A role as it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleAnswer {
    /// Its code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Whether the policy defines it.
    pub built_in: bool,
    /// Whether the policy has a role of this code too, later than the team: in this account the team's counts.
    pub overrides_built_in: bool,
    /// What it grants, in the policy's order.
    pub permissions: Vec<String>,
}

impl RoleAnswer {
    pub(super) fn custom(rules: &Rules, role: &CustomRole) -> Self {
        RoleAnswer {
            code: role.code.as_str().to_owned(),
            title: role.title.as_str().to_owned(),
            built_in: false,
            overrides_built_in: rules.policy.role(role.code.as_str()).is_some(),
            permissions: codes_in_order(rules, &role.permissions),
        }
    }
}

/// A role to be made.
#[derive(Clone, Debug)]
pub struct NewRole<'a> {
    /// Code as sent.
    pub code: &'a str,
    /// Title as sent.
    pub title: &'a str,
    /// Permission codes as sent.
    pub permissions: &'a [String],
}

/// What to change of a role; None leaves a part as it is.
#[derive(Clone, Debug, Default)]
pub struct RoleEdit<'a> {
    /// Another title.
    pub title: Option<&'a str>,
    /// Other permissions, all of them.
    pub permissions: Option<&'a [String]>,
}

/// The set that codes of a request name; unknown ones are faulty fields at `/permissions/{index}`.
pub(super) fn parse_permissions(rules: &Rules, codes: &[String]) -> Result<PermissionSet, Vec<FieldError>> {
    let mut set = PermissionSet::EMPTY;
    let mut errors = Vec::new();
    for (index, code) in codes.iter().enumerate() {
        match rules.policy.permission(code) {
            Some(id) => set.insert(id),
            None => {
                let detail = format!("There is no permission `{}`.", excerpt(code));
                errors.push(FieldError::new(&format!("/permissions/{index}"), "permission-unknown", detail));
            }
        }
    }
    if errors.is_empty() { Ok(set) } else { Err(errors) }
}

fn owned_codes(rules: &Rules, set: PermissionSet) -> Vec<String> {
    rules.policy.codes(set).into_iter().map(str::to_owned).collect()
}

/// Makes a custom role (`members.manage`, no-escalation).
pub fn create(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    id: AccountId,
    input: Result<NewRole<'_>, Vec<FieldError>>,
) -> Result<Decided<RoleAnswer>, Stop> {
    let insider = authorise(view, rules, moment, id, rules.members_manage)?;
    let input = input.map_err(Stop::Invalid)?;
    if insider.account.kind != AccountKind::Team {
        return Err(Denial::AccountNotTeam.into());
    }
    let (code, title, set) =
        (RoleCode::parse(input.code, "/code"), Name::parse(input.title, "/title"), parse_permissions(rules, input.permissions));
    let (code, title, set) = match (code, title, set) {
        (Ok(code), Ok(title), Ok(set)) => (code, title, set),
        (code, title, set) => {
            let mut errors: Vec<FieldError> = code.err().into_iter().chain(title.err()).collect();
            errors.extend(set.err().unwrap_or_default());
            return Err(Stop::Invalid(errors));
        }
    };
    if rules.policy.role(code.as_str()).is_some() || view.custom_role(id, &code)?.is_some() {
        return Err(Denial::RoleCodeTaken.into());
    }
    insider.may_grant(view, rules, set)?;
    view.room(insider.account.custom_roles, CUSTOM_ROLES_MAX, "custom roles", Fact::CustomRolesBelowCap(id))?;
    let role = CustomRole { account: id, code, title, permissions: owned_codes(rules, set) };
    let data = Data::none().with_name("title", &role.title).with_list("permissions", &role.permissions);
    let event = moment.event(id, &insider.user, "role.create", Resource::new("role", &role.code), data);
    let answer = RoleAnswer::custom(rules, &role);
    Ok(change(view, vec![Effect::InsertRole(role)], vec![event], answer))
}

fn editable(view: &View, rules: &Rules, id: AccountId, code: &str) -> Result<CustomRole, Stop> {
    if built_in_role(view, rules, id, code)?.is_some() {
        return Err(Denial::RoleBuiltIn.into());
    }
    let code = RoleCode::parse(code, "/code").map_err(|_| Denial::RoleNotFound)?;
    Ok(view.custom_role(id, &code)?.ok_or(Denial::RoleNotFound)?)
}

/// Changes a custom role (`members.manage`); what it grants anew must be held by who grants it (no-escalation).
pub fn update(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    id: AccountId,
    code: &str,
    input: Result<RoleEdit<'_>, Vec<FieldError>>,
) -> Result<Decided<RoleAnswer>, Stop> {
    let insider = authorise(view, rules, moment, id, rules.members_manage)?;
    let old = editable(view, rules, id, code)?;
    let input = input.map_err(Stop::Invalid)?;
    let mut role = old.clone();
    if let Some(title) = input.title {
        role.title = Name::parse(title, "/title")?;
    }
    if let Some(codes) = input.permissions {
        let set = parse_permissions(rules, codes).map_err(Stop::Invalid)?;
        insider.may_grant(view, rules, set.difference(known_permissions(rules, &old.permissions)))?;
        role.permissions = owned_codes(rules, set);
    }
    let answer = RoleAnswer::custom(rules, &role);
    if role == old {
        return Ok(nothing(view, answer));
    }
    let data = Data::none().with_name("title", &role.title).with_list("from", &old.permissions).with_list("permissions", &role.permissions);
    let event = moment.event(id, &insider.user, "role.update", Resource::new("role", &role.code), data);
    Ok(change(view, vec![Effect::UpdateRole(role)], vec![event], answer))
}

/// Deletes a custom role that nobody has and no invitation that still waits offers (`members.manage`).
pub fn delete(view: &View, rules: &Rules, moment: &Moment, id: AccountId, code: &str) -> Result<Decided<()>, Stop> {
    let insider = authorise(view, rules, moment, id, rules.members_manage)?;
    let role = editable(view, rules, id, code)?;
    if !view.role_is_unused(id, &role.code, moment.now)? {
        return Err(Denial::RoleInUse.into());
    }
    let data = Data::none().with_name("title", &role.title).with_list("permissions", &role.permissions);
    let event = moment.event(id, &insider.user, "role.delete", Resource::new("role", &role.code), data);
    let effects = vec![Effect::CloseExpired(id, role.code.clone(), moment.now), Effect::DeleteRole(id, role.code)];
    Ok(change(view, effects, vec![event], ()))
}
