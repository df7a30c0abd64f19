//! Where questions are decided: one account, as it is now, for one caller who may ask.

use super::{ACCOUNT_TYPES, AccessKey, AccessKnown, AccessMember, Action, Because, Entity, Verdict, key_name, member_name};
use crate::access::{granting_roles, known_permissions, role_permissions};
use crate::denial::{FieldError, Stop};
use crate::id::{AccountId, UserId};
use crate::model::account::{Account, AccountKind};
use crate::model::api_key::{API_KEY_ROLE, ApiKey};
use crate::model::role::RoleCode;
use crate::moment::Moment;
use crate::principal::act;
use crate::rules::Rules;
use crate::time::Timestamp;
use crate::view::View;
use rolecall_attribute_policy::{
    AttributePolicy, Attributes, BudgetExceeded, COMPARISONS_MAX, EntityRef, EvaluationBudget, EvaluationContext, Member, PolicyOutcome,
};
use rolecall_policy::{Permission, PermissionSet};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// An account under question.
pub(super) struct Desk<'v> {
    pub(super) view: &'v View,
    pub(super) rules: &'v Rules,
    pub(super) account: Account,
    pub(super) policy: Option<&'v AttributePolicy>,
    now: Timestamp,
    rights: RefCell<BTreeMap<RoleCode, PermissionSet>>,
    budget: EvaluationBudget,
}

fn too_much() -> FieldError {
    let detail = format!(
        "This request and the account's attribute policy take more than {COMPARISONS_MAX} comparisons: ask fewer questions at once, or send shorter lists."
    );
    FieldError::new("", "too-long", detail)
}

/// How a subject stands in the account.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    /// The member, where it is one.
    member: Option<AccessMember>,
    /// What roles let it do.
    rights: PermissionSet,
    /// The key, where it is one: it may be limited to resources.
    key: Option<ApiKey>,
}

impl Standing {
    /// Whether the account itself knows the subject: a member, or a key that lives.
    pub(super) fn is_stored(&self) -> bool {
        self.member.is_some() || self.key.is_some()
    }
}

impl<'v> Desk<'v> {
    /// For a caller who holds `team.access` in the account.
    pub(super) fn open(view: &'v View, rules: &'v Rules, moment: &Moment, named: Option<AccountId>) -> Result<Self, Stop> {
        let acting = act(view, rules, moment, named)?;
        let account = acting.account.clone();
        acting.require(view, rules, rules.team_access, Some(&account.id.to_string()))?;
        let policy = view.attribute_policy(account.id)?.map(|kept| &kept.policy);
        Ok(Desk { view, rules, account, policy, now: moment.now, rights: RefCell::default(), budget: EvaluationBudget::default() })
    }

    /// What was loaded of members and keys.
    pub(super) fn known(&self) -> &'v AccessKnown {
        &self.view.pages().access
    }

    /// How the subject of a question stands; nothing is held by whom nobody knows.
    pub(super) fn standing(&self, subject: &Entity) -> Result<Standing, Stop> {
        if let Some(name) = member_name(subject) {
            let member = self.known().member(self.account.id, &name)?;
            return member.map_or(Ok(Standing::default()), |member| self.member(member));
        }
        if let Some(id) = key_name(subject) {
            let key = self.known().key(self.account.id, id)?;
            return key.map_or(Ok(Standing::default()), |key| self.key(key));
        }
        Ok(Standing::default())
    }

    /// How a member stands: by their role, and by the ownership of a personal account.
    pub(super) fn member(&self, member: &AccessMember) -> Result<Standing, Stop> {
        Ok(Standing { member: Some(member.clone()), rights: self.rights(member.user, &member.role)?, key: None })
    }

    /// How a key stands: its set ∩ what its creator holds now, while it lives.
    pub(super) fn key(&self, found: &AccessKey) -> Result<Standing, Stop> {
        if !found.key.is_live(self.now) {
            return Ok(Standing::default());
        }
        let held = match &found.creator_role {
            Some(role) => self.rights(found.key.created_by, role)?,
            None => PermissionSet::EMPTY,
        };
        let rights = known_permissions(self.rules, &found.key.permissions).intersection(held);
        Ok(Standing { rights, key: Some(found.key.clone()), ..Standing::default() })
    }

    fn rights(&self, user: UserId, role: &RoleCode) -> Result<PermissionSet, Stop> {
        if self.account.kind == AccountKind::Personal && self.account.owner == user {
            return Ok(self.rules.policy.all());
        }
        if let Some(rights) = self.rights.borrow().get(role) {
            return Ok(*rights);
        }
        let rights = role_permissions(self.view, self.rules, self.account.id, role)?.unwrap_or(PermissionSet::EMPTY);
        self.rights.borrow_mut().insert(role.clone(), rights);
        Ok(rights)
    }

    /// INVARIANT (deny-wins): see the module.
    pub(super) fn decide(
        &self,
        standing: &Standing,
        subject: &Entity,
        action: &Action,
        resource: &Entity,
        context: &Attributes,
        explain: bool,
    ) -> Result<Verdict, Stop> {
        let id = standing.member.as_ref().map(|member| member.user.to_string()).unwrap_or_default();
        let member = standing.member.as_ref().map(|member| Member { id: &id, email: member.email.as_str(), role: member.role.as_str() });
        // A member goes by what they were named, and by their id and their email besides; who is no member goes by the one
        // spelling of their email that a policy can list, so that a rule that denies hears every other.
        let canonical = member_name(subject).filter(|name| *name != subject.id);
        let mut names: Vec<&str> = core::iter::once(subject.id.as_str()).chain(canonical.as_deref()).collect();
        names.extend(member.into_iter().flat_map(|member| [member.id, member.email]).filter(|name| *name != subject.id));
        names.dedup();
        let context = EvaluationContext {
            subject: EntityRef { kind: &subject.kind, ids: &names, properties: &subject.properties },
            member,
            action: &action.name,
            action_properties: &action.properties,
            resource: EntityRef { kind: &resource.kind, ids: &[&resource.id], properties: &resource.properties },
            context,
        };
        let outcome = self.policy.map_or(Ok(PolicyOutcome::NotApplicable), |policy| policy.evaluate(&context, &self.budget));
        let (allowed, because) = match outcome.map_err(|BudgetExceeded| too_much())? {
            PolicyOutcome::Deny(rule) => (false, explain.then(|| Because::RuleDenies(rule.id.clone()))),
            outcome => match (self.granted(standing, action, resource), outcome) {
                (Some(permission), _) => (true, explain.then(|| because_of_role(standing, permission))),
                (None, PolicyOutcome::Permit(rule)) => (true, explain.then(|| Because::RuleAllows(rule.id.clone()))),
                (None, _) => (false, if explain { Some(self.nothing(action, resource)?) } else { None }),
            },
        };
        Ok(Verdict { allowed, because })
    }

    /// The permission by which the subject may.
    fn granted(&self, standing: &Standing, action: &Action, resource: &Entity) -> Option<&'v Permission> {
        let held = |permission: &&Permission| {
            let id = self.rules.policy.permission(&permission.code);
            let reached = standing.key.as_ref().is_none_or(|key| key.reaches(&permission.resource, Some(&resource.id)));
            reached && id.is_some_and(|id| standing.rights.contains(id))
        };
        self.permissions(action, resource).find(held)
    }

    /// The permissions that an action on a type of resource asks for, any of them: those that list both, and the one
    /// whose code the action is, on its own type of resource or on the account. Whatever else calls itself an account is
    /// not this one, however it is written: no role reaches it.
    fn permissions(&self, action: &Action, resource: &Entity) -> impl Iterator<Item = &'v Permission> {
        let (name, kind) = (action.name.as_str(), resource.kind.as_str());
        let account = ACCOUNT_TYPES.contains(&kind);
        let elsewhere = account && resource.id != self.account.id.to_string();
        self.rules.policy.permissions().iter().filter(move |permission| {
            let own = permission.resource == kind;
            let listed = own && permission.actions.iter().any(|action| action == name);
            !elsewhere && (listed || (permission.code == name && (own || account)))
        })
    }

    fn nothing(&self, action: &Action, resource: &Entity) -> Result<Because, Stop> {
        let permission = self.permissions(action, resource).next();
        let id = permission.and_then(|permission| self.rules.policy.permission(&permission.code));
        let granted_by = match id {
            Some(id) => granting_roles(self.view, self.rules, self.account.id, id)?,
            None => Vec::new(),
        };
        Ok(Because::Nothing { permission: permission.map(|permission| permission.code.clone()), granted_by })
    }
}

fn because_of_role(standing: &Standing, permission: &Permission) -> Because {
    let role = standing.member.as_ref().map_or(API_KEY_ROLE, |member| member.role.as_str());
    Because::Role { role: role.to_owned(), permission: permission.code.clone() }
}
