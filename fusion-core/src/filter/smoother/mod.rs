//! Smoothers: what was, from all that was seen since.

mod interacting;
mod interval;

#[cfg(test)]
mod interacting_tests;
#[cfg(test)]
mod interval_tests;

pub use interacting::{InteractingStep, smooth_interacting};
pub use interval::{FilteredStep, FixedLagSmoother, Motion, SmootherError, smooth_interval};
