//! How things move that are not missiles: ships, submarines, aircraft, airborne radars; satellites.

mod course;
mod orbit;

pub use course::{Course, CourseError, CoursePlan, Leg};
pub use orbit::{Orbit, OrbitError};
