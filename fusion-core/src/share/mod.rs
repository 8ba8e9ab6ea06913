//! What crosses a link: messages with pedigree, release, delay, and how a receiver fuses them.

mod audience;
mod correlated;
mod delay;
mod information;
mod intersection;
mod inverse_intersection;
mod link;
mod matching;
mod message;
mod regime;
mod release;
mod tracklet;
mod wire;

#[cfg(test)]
mod random_tests;

pub use audience::Audience;
pub use correlated::{CrossCovariance, fuse_correlated};
pub use delay::Delay;
pub use information::EquivalentMeasurement;
pub use intersection::{
    Criterion, covariance_intersection, covariance_intersection_of, difference_bound, intersection_weight,
    intersection_weight_by_trace, intersection_weights,
};
pub use inverse_intersection::{inverse_covariance_intersection, inverse_intersection_weight};
pub use link::{Delivery, Link, Report};
pub use matching::{Correlation, MatchRules, Matching, log_ratio_of_one, match_tracks};
pub use message::{Estimate, Fact, MAX_MESSAGE_BYTES, Message, Released};
pub use regime::{FusionRule, Level, LinkConfig, Regime, RegimeError, SharedScans};
pub use release::{ObjectClass, Release, Shape, WithheldArea};
pub use tracklet::{InformationRow, Tracklet, rows_of};
pub use wire::LinkCounts;
