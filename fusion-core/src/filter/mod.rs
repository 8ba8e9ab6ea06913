//! Kalman filters and the interacting multiple models that carry a missile from boost to re-entry.

pub mod block;

// A Gaussian belief with the two steps of the hot path, for one number and for four side by side.
mod gaussian;
mod observe;

// Measurements that come late.
mod retrodict;

// The textbook filters on any state and measurement.
mod kalman;

// Interacting multiple models with a common state, and when a mode changed.
mod modes;

// Estimates of the past from all that was seen since.
mod smoother;

// A missile: modes of different size.
mod missile;

#[cfg(test)]
mod lanes_tests;

pub use gaussian::{Gaussian, ScalarUpdate};
pub use kalman::{
    BearingOnly, ElevationAzimuthRange, Information, Innovation, MeasurementModel, RangeElevation, RangeRate,
    SigmaRule, SquareRootGaussian, UnitDiagonalGaussian,
};
pub use missile::{
    AIR_RULE, Burnout, Kinematic, LateMissile, MissileFilter, MissileModels, Mode, PositionMode,
    PositionModes,
};
pub use modes::{ChangeError, ChangeInstant, Interacting, ModeError, ModeTransition, change_instant};
pub use retrodict::Retrodicted;
pub use smoother::{
    FilteredStep, FixedLagSmoother, InteractingStep, Motion, SmootherError, smooth_interacting,
    smooth_interval,
};
