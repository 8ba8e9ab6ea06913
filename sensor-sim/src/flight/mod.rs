//! Flights from what the public record says: place, bearing, apogee, range, burn time.

mod boost;
mod geodesic;
mod integrate;
mod solve;
mod trajectory;

pub use geodesic::geodesic;
pub use integrate::IntegrationError;
pub use solve::{Flight, FlightError, FlightPlan};
pub use trajectory::{Phase, REENTRY_HEIGHT_M, Trajectory, TrueState};

#[cfg(test)]
mod tests;
