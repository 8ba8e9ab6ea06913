//! What a warning says: launch point, impact point, time left, areas to alert.

mod alert;
mod area;
mod descent;
mod impact;
mod launch;
mod unscented;

#[cfg(test)]
mod impact_tests;
#[cfg(test)]
mod launch_tests;

pub use alert::{impact_probability, impact_threatens, path_threatens};
pub use area::{Area, WarningConfig};
pub use impact::{CHI_SQUARE_95_TWO, Ellipse, GroundMap, Impact, PathPoint, fly_to_ground};
pub use launch::{Launch, back_to_launch};
pub use unscented::fly_to_ground_unscented;
