//! Quotas of changes per account and per user: bounds on what the audit log keeps for ever, far above honest use.
//!
//! A quota is a precondition of the change, so that concurrent requests cannot exceed it. Quotas and mail limits are off in
//! tests of load and races ([`PolicyConfig::quotas_enforced`]). The schema counts an event when it is written, in fixed windows
//! of the clock: up to twice a quota can fall into one window's length around a boundary.

use crate::authz::policy_config::PolicyConfig;
use crate::domain::activity_counts::ClockWindow;
use crate::domain::audit::Actor;
use crate::domain::id::UserId;
use crate::transaction::change::ChangeSet;
use crate::transaction::context::DecisionContext;
use crate::transaction::denial::Denial;
use crate::transaction::precondition::Precondition;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Changes per account and hour: each is kept in the audit log for ever.
pub const ACCOUNT_CHANGES: i64 = 5_000;
/// Changes per user and hour, in all accounts together: a script that works through a large team waits at times.
pub const USER_CHANGES: i64 = 2_000;
/// Invitation mails per user and hour, in all teams together: as many as one team may send.
pub const USER_INVITATIONS: i64 = 500;
/// Personal accounts that a user converts to teams per day.
pub const USER_TEAMS: i64 = 20;
/// Changes reserved for the owner above [`ACCOUNT_CHANGES`]: other admins must not be able to keep the owner from revoking a
/// role.
pub const OWNER_RESERVE: i64 = USER_CHANGES;

/// Actions that no quota counts, as in the schema (`0009_brakes.sql`): each follows at most once on an action that was
/// counted. An action that only revokes is never refused, so that nobody can make themselves irremovable.
pub const QUOTA_EXEMPT_ACTIONS: [&str; 10] = [
    "account.create",
    "invitation.accept",
    "invitation.decline",
    "invitation.revoke",
    "member.leave",
    "member.remove",
    "api-key.revoke",
    "role.delete",
    "attribute-policy.delete",
    "team.delete",
];

/// Checks the quotas of a change's accounts and actors, and adds them to its preconditions.
///
/// # Errors
///
/// For each counted event in order: [`Denial::TooManyChanges`] of the account, then of the user.
pub fn check_change_quota(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    change: &mut ChangeSet,
) -> Result<(), Denial> {
    if !config.quotas_enforced {
        return Ok(());
    }
    let hour = ClockWindow::Hour.window_number(ctx.now);
    let too_many = |what| Denial::TooManyChanges { what, retry_after: ClockWindow::Hour.seconds_left(ctx.now) };
    for event in change.events.iter().filter(|event| !QUOTA_EXEMPT_ACTIONS.contains(&event.action)) {
        let user = if let Actor::User(user, _) = &event.actor { Some(*user) } else { None };
        let of_owner = user.is_some_and(|user| snapshot.is_owner(event.account, user));
        let max = if of_owner { ACCOUNT_CHANGES + OWNER_RESERVE } else { ACCOUNT_CHANGES };
        if snapshot.changes_of(event.account).count_in(hour) >= max {
            return Err(too_many("in this account within the hour"));
        }
        if user.is_some_and(|user| snapshot.recent_of(user).changes.count_in(hour) >= USER_CHANGES) {
            return Err(too_many("by you within the hour"));
        }
        let precondition = Precondition::ChangesBelow(event.account, max, user, hour);
        if !change.preconditions.contains(&precondition) {
            change.preconditions.push(precondition);
        }
    }
    Ok(())
}

/// Checks the daily quota of new teams.
///
/// # Errors
///
/// [`Denial::TooManyChanges`] if it is used up.
pub(crate) fn check_team_quota(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    user: UserId,
) -> Result<(), Denial> {
    let day = ClockWindow::Day.window_number(ctx.now);
    if config.quotas_enforced && snapshot.recent_of(user).teams.count_in(day) >= USER_TEAMS {
        return Err(Denial::TooManyChanges {
            what: "(conversions to teams) by you today",
            retry_after: ClockWindow::Day.seconds_left(ctx.now),
        });
    }
    if config.quotas_enforced {
        snapshot.record_precondition(Precondition::TeamsBelow(user, day));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
