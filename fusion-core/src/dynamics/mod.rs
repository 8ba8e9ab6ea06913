//! How objects move.

pub mod atmosphere;
pub mod gravity;
mod model;
mod propagate;

pub use model::{Boost, Coast, Dynamics, Reentry};
pub use propagate::{LONGEST_STEP_S, propagate, step};
