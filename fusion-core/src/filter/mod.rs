//! Kalman filters and the interacting multiple models that carry a missile from boost to re-entry.

mod gaussian;
mod missile;
mod mixing;
mod positions;

#[cfg(test)]
mod missile_tests;

pub use gaussian::{Gaussian, ScalarUpdate};
pub use missile::{Kinematic, MissileFilter, MissileModels, Mode};
pub use positions::{PositionMode, PositionModes};
