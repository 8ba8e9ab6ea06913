//! What crosses a link: messages with pedigree, release, delay, and how a receiver fuses them.

mod intersection;
mod link;
mod message;
mod regime;
mod tracklet;

pub use intersection::{
    Intersection, covariance_intersection, intersection_weight, intersection_weight_by_trace,
};
pub use link::{Delivery, Link, Report};
pub use message::{Estimate, Fact, Message};
pub use regime::{Delay, FusionRule, Level, LinkConfig, Regime, RegimeError, Release};
pub use tracklet::{InformationRow, Tracklet, rows_of};
