//! Flights from what the public record says: place, bearing, apogee, range, burn times.
//!
//! ```text
//! plan ─► ascent (steered burn, gravity turn, pauses) ─► fall ─► trajectory
//!   ▲                                                               │
//!   └── solve: speed and pitch-over until apogee and range are met ◄┘ ─► bodies: payload, stages, fragments
//! ```
//!
//! Everything is kinematic: how fast and where, never why. Nothing here knows a thrust, a mass or a propellant.

mod ascent;
mod bodies;
mod error;
mod geodesic;
pub(crate) mod integrate;
mod leg;
mod plan;
mod solve;
mod steered;
mod trajectory;

pub use bodies::{Body, BodyKind, Failure, Kick, MAXIMUM_FRAGMENTS, Variation};
pub use error::FlightError;
pub use geodesic::geodesic;
pub use integrate::IntegrationError;
pub use plan::{BoostProfile, Dropped, FlightPlan, MAXIMUM_STAGES, PullUp, StagePlan};
pub use solve::Flight;
pub use trajectory::{Phase, REENTRY_HEIGHT_M, Trajectory, TrueState};

#[cfg(test)]
mod tests;
