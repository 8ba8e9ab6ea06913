//! How good a picture is, given the truth, and how good it could have been.
//!
//! Needs the truth: for tests and studies, never for a node.

mod bound;
mod consistency;
mod gospa;
mod identity;
mod linear_oracle;
mod look;
mod ospa;
mod rmse;
mod siap;

pub use bound::{BoundError, EpochInformation, PosteriorBound, measurement_information};
pub use consistency::{Band, Consistency, ConsistencyError, DETECTABLE_FACTOR, Verdict, judge, nees, nis};
pub use gospa::{Gospa, gospa};
pub use identity::{Custody, IdentityAccumulator};
pub use linear_oracle::{LinearProblem, LinearStep, OracleError, OracleNees, ScalarMeasurement};
pub use look::look_information;
pub use ospa::{MetricError, ospa};
pub use rmse::{Rmse, RmseError};
pub use siap::{Siap, SiapAccumulator, SiapTrack};
