//! What crosses a link.

mod regime;

pub use regime::{Delay, FusionRule, Level, LinkConfig, Regime, RegimeError, Release};
