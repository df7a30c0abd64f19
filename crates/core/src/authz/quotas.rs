//! How much one account and one person may do in a while: bounds on what is kept for ever, which no honest team meets.
//!
//! They are facts of the change, so that requests sent all at once do not slip through; and like the brakes on mail
//! they are off while a developer tests load and races ([`PolicyConfig::quotas_enforced`]). The schema counts as it writes an event down, in
//! windows of the clock: between two windows as much as two of them hold can come together.

use crate::authz::policy_config::PolicyConfig;
use crate::domain::audit::Actor;
use crate::domain::id::UserId;
use crate::domain::usage::ClockWindow;
use crate::transaction::change::ChangeSet;
use crate::transaction::context::DecisionContext;
use crate::transaction::denial::Denial;
use crate::transaction::precondition::Precondition;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Changes of one account in an hour: each is kept in its audit log for ever.
pub const ACCOUNT_CHANGES: i64 = 5_000;
/// Changes that one person makes in an hour, wherever: a script that works through a large team waits once in a while.
pub const USER_CHANGES: i64 = 2_000;
/// Invitation mails that one person causes in an hour, from whatever teams: as many as one team may send.
pub const USER_INVITATIONS: i64 = 500;
/// Teams that one person makes in a day, by converting a personal account.
pub const USER_TEAMS: i64 = 20;
/// What the owner may change beyond what an account's admins have used up: others must not be able to keep an owner from
/// taking a role away.
pub const OWNER_RESERVE: i64 = USER_CHANGES;

/// What the schema does not count (`0009_brakes.sql`): there is one of these at most for something that was counted when it
/// came. Whatever only takes away is never refused, so that nobody can make themselves irremovable.
pub const UNCOUNTED: [&str; 10] = [
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

/// Demands room for a change in its accounts and for its actor.
pub fn check_change_quota(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    change: &mut ChangeSet,
) -> Result<(), Denial> {
    if !config.quotas_enforced {
        return Ok(());
    }
    let hour = ClockWindow::Hour.of(ctx.now);
    let too_many = |what| Denial::TooManyChanges { what, retry_after: ClockWindow::Hour.seconds_left(ctx.now) };
    for event in change.events.iter().filter(|event| !UNCOUNTED.contains(&event.action)) {
        let user = if let Actor::User(user, _) = &event.actor { Some(*user) } else { None };
        let of_owner = user.is_some_and(|user| snapshot.is_owner(event.account, user));
        let max = if of_owner { ACCOUNT_CHANGES + OWNER_RESERVE } else { ACCOUNT_CHANGES };
        if snapshot.changes_of(event.account).at(hour) >= max {
            return Err(too_many("in this account in this hour"));
        }
        if user.is_some_and(|user| snapshot.recent_of(user).changes.at(hour) >= USER_CHANGES) {
            return Err(too_many("by you in this hour"));
        }
        let precondition = Precondition::ChangesBelow(event.account, max, user, hour);
        if !change.preconditions.contains(&precondition) {
            change.preconditions.push(precondition);
        }
    }
    Ok(())
}

/// Refuses where a person made as many teams today as one may.
pub(crate) fn check_team_quota(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    user: UserId,
) -> Result<(), Denial> {
    let day = ClockWindow::Day.of(ctx.now);
    if config.quotas_enforced && snapshot.recent_of(user).teams.at(day) >= USER_TEAMS {
        return Err(Denial::TooManyChanges {
            what: "of accounts into teams by you in this day",
            retry_after: ClockWindow::Day.seconds_left(ctx.now),
        });
    }
    if config.quotas_enforced {
        snapshot.record(Precondition::TeamsBelow(user, day));
    }
    Ok(())
}
