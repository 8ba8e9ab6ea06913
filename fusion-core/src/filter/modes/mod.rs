//! Interacting multiple models with a common state.

mod change;
mod interacting;

#[cfg(test)]
mod interacting_tests;

pub use change::{ChangeError, ChangeInstant, change_instant};
pub(super) use interacting::normalise;
pub use interacting::{Interacting, ModeError, ModeTransition};
