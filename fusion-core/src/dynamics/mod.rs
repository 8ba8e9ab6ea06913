//! How objects move.
//!
//! Every state begins with position (m) and velocity (m/s) in the Earth-fixed frame. A model is its acceleration, the rates
//! of its further states, the derivatives of both, and its noise.

mod aircraft;
pub mod atmosphere;
mod boost;
mod coast;
pub mod gravity;
mod model;
mod propagate;
mod reentry;
pub mod transition;

#[cfg(test)]
mod derivative_tests;
#[cfg(test)]
mod physics_tests;

pub use aircraft::{ConstantAcceleration, ConstantVelocity, CoordinatedTurn, Singer};
pub use boost::{Boost, ThrustAlongVelocity};
pub use coast::Coast;
pub use model::Dynamics;
pub(crate) use model::{position, velocity};
pub(crate) use propagate::equal_steps;
pub use propagate::{LONGEST_STEP_S, propagate, propagate_state, step};
pub(crate) use reentry::fall;
pub use reentry::{LiftingReentry, Reentry};
