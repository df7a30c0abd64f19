//! Evaluation of queries about one account, for one authorised caller.

use super::model::{ACCOUNT_TYPES, Action, Decision, Entity, Reason, subject_api_key_id, subject_id_or_email};
use crate::authz::authenticated_principal::authenticate_principal;
use crate::authz::member::{granting_roles, permission_set_from_codes, role_permissions};
use crate::authz::policy_config::PolicyConfig;
use crate::domain::account::{Account, AccountKind};
use crate::domain::api_key::{API_KEY_ROLE, ApiKey};
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, UserId};
use crate::domain::role::RoleCode;
use crate::domain::time::Timestamp;
use crate::transaction::authzen_entities::{ApiKeyWithCreatorRole, LoadedMember};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::tracked_snapshot::TrackedSnapshot;
use rolecall_attribute_policy::{
    Attributes, BudgetExceeded, COMPARISONS_MAX, EntityRef, EvaluationBudget, EvaluationContext, Member, PolicyOutcome, RuleSet,
};
use rolecall_policy::{Permission, PermissionSet};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Evaluates queries about an account.
pub(super) struct Evaluator<'v> {
    pub(super) snapshot: &'v TrackedSnapshot,
    pub(super) config: &'v PolicyConfig,
    pub(super) account: Account,
    pub(super) policy: Option<&'v RuleSet>,
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

/// Effective permissions of a subject in the account.
#[derive(Clone, Debug, Default)]
pub(super) struct SubjectRights {
    /// The membership, if the subject is a member.
    member: Option<LoadedMember>,
    /// Permissions by the member's role, or of the API key.
    rights: PermissionSet,
    /// The API key, if the subject is one; it may be limited to resources.
    key: Option<ApiKey>,
}

impl SubjectRights {
    /// Whether the subject is a member or a live API key of the account.
    pub(super) fn is_known_to_account(&self) -> bool {
        self.member.is_some() || self.key.is_some()
    }
}

impl<'v> Evaluator<'v> {
    /// Authenticates the principal, who must hold `team.access` in the account.
    pub(super) fn open(
        snapshot: &'v TrackedSnapshot,
        config: &'v PolicyConfig,
        ctx: &DecisionContext,
        named: Option<AccountId>,
    ) -> Result<Self, DecisionError> {
        let authorized = authenticate_principal(snapshot, config, ctx, named)?;
        let account = authorized.account.clone();
        authorized.require(snapshot, config, config.team_access, Some(&account.id.to_string()))?;
        let policy = snapshot.attribute_policy(account.id)?.map(|stored| &stored.rules);
        Ok(Evaluator { snapshot, config, account, policy, now: ctx.now, rights: RefCell::default(), budget: EvaluationBudget::default() })
    }

    /// Effective permissions of a query's subject; none for an unknown subject.
    pub(super) fn subject_rights(&self, subject: &Entity) -> Result<SubjectRights, DecisionError> {
        if let Some(name) = subject_id_or_email(subject) {
            let member = self.snapshot.entity_member(self.account.id, &name)?;
            return member.map_or(Ok(SubjectRights::default()), |member| self.member_rights(member));
        }
        if let Some(id) = subject_api_key_id(subject) {
            let key = self.snapshot.entity_key(self.account.id, id)?;
            return key.map_or(Ok(SubjectRights::default()), |key| self.key_rights(key));
        }
        Ok(SubjectRights::default())
    }

    /// Effective permissions of a member: by their role, or all as the owner of a personal account.
    pub(super) fn member_rights(&self, member: &LoadedMember) -> Result<SubjectRights, DecisionError> {
        Ok(SubjectRights { member: Some(member.clone()), rights: self.rights(member.user, &member.role)?, key: None })
    }

    /// Effective permissions of an API key: its set ∩ those of its creator, while it is live.
    pub(super) fn key_rights(&self, found: &ApiKeyWithCreatorRole) -> Result<SubjectRights, DecisionError> {
        if !found.key.is_live(self.now) {
            return Ok(SubjectRights::default());
        }
        let held = match &found.creator_role {
            Some(role) => self.rights(found.key.created_by, role)?,
            None => PermissionSet::EMPTY,
        };
        let rights = permission_set_from_codes(self.config, &found.key.permissions).intersection(held);
        Ok(SubjectRights { rights, key: Some(found.key.clone()), ..SubjectRights::default() })
    }

    fn rights(&self, user: UserId, role: &RoleCode) -> Result<PermissionSet, DecisionError> {
        if self.account.kind == AccountKind::Personal && self.account.owner == user {
            return Ok(self.config.policy.all());
        }
        if let Some(rights) = self.rights.borrow().get(role) {
            return Ok(*rights);
        }
        let rights = role_permissions(self.snapshot, self.config, self.account.id, role)?.unwrap_or(PermissionSet::EMPTY);
        self.rights.borrow_mut().insert(role.clone(), rights);
        Ok(rights)
    }

    /// Evaluates one query. INVARIANT (deny-wins): see [`crate::authzen`].
    pub(super) fn evaluate(
        &self,
        subject_rights: &SubjectRights,
        subject: &Entity,
        action: &Action,
        resource: &Entity,
        context: &Attributes,
        explain: bool,
    ) -> Result<Decision, DecisionError> {
        let id = subject_rights.member.as_ref().map(|member| member.user.to_string()).unwrap_or_default();
        let member =
            subject_rights.member.as_ref().map(|member| Member { id: &id, email: member.email.as_str(), role: member.role.as_str() });
        // Rules match a member by the name in the request, the id and the email; a non-member by the canonical spelling of the
        // email too, which is the only one that a policy can list, so that no other spelling evades a rule that denies.
        let canonical = subject_id_or_email(subject).filter(|name| *name != subject.id);
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
        let (allowed, reason) = match outcome.map_err(|BudgetExceeded| too_much())? {
            PolicyOutcome::Deny(rule) => (false, explain.then(|| Reason::RuleDenies(rule.id.clone()))),
            outcome => match (self.granted(subject_rights, action, resource), outcome) {
                (Some(permission), _) => (true, explain.then(|| role_reason(subject_rights, permission))),
                (None, PolicyOutcome::Permit(rule)) => (true, explain.then(|| Reason::RuleAllows(rule.id.clone()))),
                (None, _) => (false, if explain { Some(self.nothing_allows(action, resource)?) } else { None }),
            },
        };
        Ok(Decision { allowed, reason })
    }

    /// The permission by which the subject's role or API key allows the action.
    fn granted(&self, subject_rights: &SubjectRights, action: &Action, resource: &Entity) -> Option<&'v Permission> {
        let held = |permission: &&Permission| {
            let id = self.config.policy.permission(&permission.code);
            let reached = subject_rights.key.as_ref().is_none_or(|key| key.reaches(&permission.resource, Some(&resource.id)));
            reached && id.is_some_and(|id| subject_rights.rights.contains(id))
        };
        self.permissions(action, resource).find(held)
    }

    /// Permissions any of which allows an action on a resource: those that list the action for the resource type, and the one
    /// whose code is the action, on its own resource type or on the account. No role grants anything on another account.
    fn permissions(&self, action: &Action, resource: &Entity) -> impl Iterator<Item = &'v Permission> {
        let (name, kind) = (action.name.as_str(), resource.kind.as_str());
        let account = ACCOUNT_TYPES.contains(&kind);
        let elsewhere = account && resource.id != self.account.id.to_string();
        self.config.policy.permissions().iter().filter(move |permission| {
            let own = permission.resource == kind;
            let listed = own && permission.actions.iter().any(|action| action == name);
            !elsewhere && (listed || (permission.code == name && (own || account)))
        })
    }

    fn nothing_allows(&self, action: &Action, resource: &Entity) -> Result<Reason, DecisionError> {
        let permission = self.permissions(action, resource).next();
        let id = permission.and_then(|permission| self.config.policy.permission(&permission.code));
        let granted_by = match id {
            Some(id) => granting_roles(self.snapshot, self.config, self.account.id, id)?,
            None => Vec::new(),
        };
        Ok(Reason::NothingAllows { permission: permission.map(|permission| permission.code.clone()), granted_by })
    }
}

fn role_reason(subject_rights: &SubjectRights, permission: &Permission) -> Reason {
    let role = subject_rights.member.as_ref().map_or(API_KEY_ROLE, |member| member.role.as_str());
    Reason::Role { role: role.to_owned(), permission: permission.code.clone() }
}
