//! The bound on what one request may cost. A policy and a request are each small, but a condition may walk a list of the
//! request, and every evaluation of a batch and every candidate of a search evaluates all conditions.

use core::cell::Cell;
use core::fmt;

/// Comparisons that one request may cause: some tens of milliseconds of CPU in an isolate shared with other requests, which wait for
/// all of it.
pub const COMPARISONS_MAX: u32 = 300_000;
/// Bytes of text that count as one comparison.
const BYTES_PER_COMPARISON: usize = 64;

/// The comparisons that a request has left, at first [`COMPARISONS_MAX`].
#[derive(Debug)]
pub struct EvaluationBudget(Cell<u32>);

/// The request's budget of comparisons is spent.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct BudgetExceeded;

impl fmt::Display for BudgetExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {COMPARISONS_MAX} comparisons of attributes")
    }
}

impl core::error::Error for BudgetExceeded {}

impl Default for EvaluationBudget {
    fn default() -> Self {
        EvaluationBudget(Cell::new(COMPARISONS_MAX))
    }
}

impl EvaluationBudget {
    /// Charges one comparison of up to so many bytes of text; false once the budget is spent.
    pub(super) fn spend(&self, bytes: usize) -> bool {
        let cost = u32::try_from(1 + bytes / BYTES_PER_COMPARISON).unwrap_or(u32::MAX);
        let left = self.0.get().saturating_sub(cost);
        self.0.set(left);
        left > 0
    }

    /// Fails where the budget is spent, so that no result of an interrupted comparison is used.
    pub(super) fn check(&self) -> Result<(), BudgetExceeded> {
        if self.0.get() > 0 { Ok(()) } else { Err(BudgetExceeded) }
    }
}
