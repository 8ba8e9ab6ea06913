//! Messages from node to node.

use super::{Audience, FusionRule, Tracklet};
use crate::filter::MissileFilter;
use crate::types::{Geodetic, NodeId, Pedigree, Time, TrackId};
use serde::{Deserialize, Serialize};
use std::f64::consts::{FRAC_PI_2, TAU};

/// Bytes of a node with a track, and of a number.
const IDENTITY: u64 = 10;
const NUMBER: u64 = 8;

/// Longest message that a node takes in, bytes by [`Fact::wire_bytes`]: an estimate that 3,500 tracks of others went into.
pub const MAX_MESSAGE_BYTES: u64 = 1 << 16;

const fn gaussian(size: u64) -> u64 {
    NUMBER * (size + size * (size + 1) / 2)
}

/// Bytes of a tracklet.
pub(super) const TRACKLET_BYTES: u64 = IDENTITY + 2 * NUMBER + 1 + 6 * NUMBER + gaussian(6);
/// Bytes of a whole estimate without pedigree: identity, two times, three modes with their probabilities, and when it burnt
/// out (age, variance, covariance with the coasting state).
pub(super) const ESTIMATE_BYTES: u64 =
    IDENTITY + 2 * NUMBER + gaussian(9) + gaussian(6) + gaussian(7) + 8 * NUMBER + 3 * NUMBER;

/// One thing that one node tells another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fact {
    /// That something was launched: level "cues".
    Cue {
        /// The node that says so, and its track.
        origin: (NodeId, TrackId),
        /// When it was launched.
        launch_time: Time,
        /// From where.
        place: Geodetic,
    },
    /// A whole estimate: introduces a track, or refreshes one by covariance intersection.
    Estimate(Box<Estimate>),
    /// What is new in a track since its last report.
    Tracklet(Box<Tracklet>),
}

/// A whole estimate of a track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The node that made it, and its track.
    pub origin: (NodeId, TrackId),
    /// The instant that it refers to.
    pub time: Time,
    /// When the object was first seen.
    pub first_seen: Time,
    /// All modes.
    pub filter: MissileFilter,
    /// Everything remote that went in.
    pub pedigree: Pedigree,
}

/// A fact on its way, with the rule by which its receiver is to combine it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// What is told.
    pub fact: Fact,
    /// How to fuse it.
    pub fusion: FusionRule,
    /// Who may know it: its receiver, and those to whom that one may tell it on.
    pub audience: Audience,
}

/// A fact and who may know it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Released {
    /// The fact.
    pub fact: Fact,
    /// Who may know it.
    pub audience: Audience,
}

impl Fact {
    /// Who says it, and of which track.
    pub fn origin(&self) -> (NodeId, TrackId) {
        match self {
            Fact::Cue { origin, .. } => *origin,
            Fact::Estimate(estimate) => estimate.origin,
            Fact::Tracklet(tracklet) => tracklet.origin,
        }
    }

    /// The instant to which it refers.
    pub fn time(&self) -> Time {
        match self {
            Fact::Cue { launch_time, .. } => *launch_time,
            Fact::Estimate(estimate) => estimate.time,
            Fact::Tracklet(tracklet) => tracklet.until,
        }
    }

    /// Whether a node may take it in: no longer than [`MAX_MESSAGE_BYTES`], a place on the Earth, numbers that are finite, covariances
    /// that are some. Whether it is true is for the receiver's trust in its author.
    pub fn is_sound(&self) -> bool {
        self.wire_bytes() <= MAX_MESSAGE_BYTES
            && match self {
                Fact::Cue { place, .. } => {
                    place.latitude_rad.abs() <= FRAC_PI_2
                        && place.longitude_rad.abs() <= TAU
                        && place.height_m.is_finite()
                }
                Fact::Estimate(estimate) => estimate.filter.is_proper(),
                Fact::Tracklet(tracklet) => tracklet.is_sound(),
            }
    }

    /// Bytes that it takes on a link: its numbers at eight bytes each, symmetric matrices packed, identities at ten.
    ///
    /// A notional size, the same for every regime, so that links can be compared; no real message format is meant.
    pub fn wire_bytes(&self) -> u64 {
        match self {
            Fact::Cue { .. } => IDENTITY + 4 * NUMBER,
            Fact::Estimate(estimate) => {
                let remote = estimate.pedigree.iter().count() as u64;
                ESTIMATE_BYTES + remote * (IDENTITY + NUMBER)
            }
            Fact::Tracklet(_) => TRACKLET_BYTES,
        }
    }
}
