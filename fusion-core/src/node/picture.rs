//! What a node knows at one instant, and what it says happened.

use super::falls::Flight;
use crate::filter::{Kinematic, Mode};
use crate::math::digest::Digest;
use crate::registration::Biases;
use crate::track::{ClassProbabilities, Track, classify};
use crate::types::{Geodetic, NodeId, Pedigree, Plot, SensorId, Time, TrackId};
use crate::warning::{Impact, Launch};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One node's picture at a tick.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Whose.
    pub node: NodeId,
    /// When.
    pub time: Time,
    /// All tracks, confirmed or not, in order of identity.
    pub tracks: Vec<PictureTrack>,
    /// Missiles that the node has counted since it began: tracks declared, without those that turned out to be another one's or a
    /// piece.
    pub missiles_so_far: u32,
}

/// One track of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureTrack {
    /// Its identity at this node.
    pub id: TrackId,
    /// Whether it counts as an object.
    pub is_confirmed: bool,
    /// Whether it was found to be something that was launched, and no aircraft: only then does it warn.
    pub is_launched: bool,
    /// What it is.
    pub class: ClassProbabilities,
    /// Whether it counts as a missile: of what came off each other, one does.
    pub is_missile: bool,
    /// When the object was first seen, by this node or who introduced it.
    pub first_seen: Time,
    /// Position and velocity, Earth-fixed, over all modes.
    pub kinematic: Kinematic,
    /// Probabilities of boost, coast and re-entry.
    pub mode_probabilities: [f64; 3],
    /// Where it was launched, when that could be told.
    pub launch: Option<Launch>,
    /// When it burnt out, dated anew by what has been seen since; none as long as it more likely still burns, or where
    /// nobody saw it burn.
    pub burnout: Option<DatedBurnout>,
    /// Where it will come down, once it no longer burns.
    pub impact: Option<Impact>,
    /// Indices of the areas that the node answers for, has not alerted before, and that the track threatens.
    pub threatened: Vec<u16>,
    /// What it was made from.
    pub pedigree: Pedigree,
}

/// When an object burnt out, as far as that can be told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatedBurnout {
    /// When.
    pub time: Time,
    /// Standard deviation, s.
    pub sigma_s: f64,
}

/// Something that a node says happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When the node knew it: a tick.
    pub time: Time,
    /// Which node.
    pub node: NodeId,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EventKind {
    /// A track was confirmed.
    Confirmed {
        /// Which.
        track: TrackId,
    },
    /// A confirmed track was launched, and is no piece of another: it counts as a missile from now on.
    Declared {
        /// Which.
        track: TrackId,
    },
    /// A confirmed track ended.
    Ended {
        /// Which.
        track: TrackId,
    },
    /// A confirmed track no longer burns.
    BurntOut {
        /// Which.
        track: TrackId,
        /// Since when, by what is known now; later pictures date it more sharply. None where nobody saw it burn.
        since: Option<DatedBurnout>,
    },
    /// The impact estimate became good enough to act on.
    Actionable {
        /// Which.
        track: TrackId,
        /// Where it will come down.
        place: Geodetic,
        /// When.
        impact_time: Time,
        /// Semi-major axis of the 95 % ellipse, m.
        ellipse_major_m: f64,
    },
    /// An area is threatened and the node warns it.
    Alert {
        /// Index of the area.
        area: u16,
        /// By which track.
        track: TrackId,
    },
    /// A sensor that sees nothing fly reported something: a bearing under water, or that a launch is being prepared.
    Contact {
        /// Which sensor.
        sensor: SensorId,
        /// What it reported.
        plot: Plot,
    },
    /// A confirmed track was found to be of the same object as another one, and ended.
    Joined {
        /// Which.
        track: TrackId,
        /// The track that goes on.
        into: TrackId,
    },
    /// With what another node told, the own sensors' looks are harder to explain than without: what it tells is tested, but no longer
    /// taken in.
    Quarantined {
        /// Who.
        peer: NodeId,
        /// How much harder it made the own sensors' looks to explain: the logarithm of a ratio of likelihoods.
        log_ratio: f64,
        /// What it may be at most.
        bound: f64,
    },
    /// A quarantined node has behaved for a while, and is believed again.
    Readmitted {
        /// Who.
        peer: NodeId,
    },
    /// A sensor's biases were found: one of them lies three deviations from zero. Said once for each.
    BiasFound {
        /// Which sensor.
        sensor: SensorId,
        /// How far it is off, as known now; [`crate::node::Node::sensor_biases`] has it better later.
        biases: Biases,
        /// Standard deviations of range (m), azimuth, elevation (rad) and time (s).
        sigmas: [f64; 4],
    },
    /// Another node said that something was launched.
    Cued {
        /// Who, and which of its tracks.
        origin: (NodeId, TrackId),
    },
}

impl PictureTrack {
    /// A track as the node sees it, with the flight to where it comes down; of the areas that this threatens only those in `open`,
    /// ascending, still count. Needs nothing new where the `memory` of an earlier one suffices.
    pub(super) fn new(
        track: &Track,
        (launch, payload, is_missile): (Option<Launch>, f64, bool),
        (flight, open): (Option<&Flight>, &[u16]),
        memory: (Vec<u16>, Pedigree),
    ) -> Self {
        let (mut threatened, mut pedigree) = memory;
        threatened.clear();
        pedigree.clone_from(&track.pedigree);
        let listed = flight.iter().flat_map(|flight| &flight.threatened).copied();
        threatened.extend(listed.filter(|area| open.binary_search(area).is_ok()));
        PictureTrack {
            id: track.id,
            is_confirmed: track.is_confirmed(),
            is_launched: track.is_launched(),
            is_missile,
            class: classify(&track.evidence, track.score.log_ratio(), track.filter.probabilities, payload),
            first_seen: track.first_seen,
            kinematic: track.filter.kinematic(),
            mode_probabilities: track.filter.probabilities,
            launch,
            burnout: track.filter.burnt_out().map(|burnout| DatedBurnout {
                time: track.time.plus_seconds(-burnout.ago_s),
                sigma_s: burnout.sigma_s(),
            }),
            impact: flight.and_then(|flight| flight.impact.clone()),
            threatened,
            pedigree,
        }
    }

    /// What a later one can use again.
    pub(super) fn take_memory(&mut self) -> (Vec<u16>, Pedigree) {
        (std::mem::take(&mut self.threatened), std::mem::take(&mut self.pedigree))
    }
}

/// A digest as something to write text to.
pub(super) struct Digested<'a>(pub &'a mut Digest);

impl fmt::Write for Digested<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

impl Picture {
    /// Of a node that knows of nothing.
    pub fn empty(node: NodeId, time: Time) -> Self {
        Picture { node, time, tracks: Vec::new(), missiles_so_far: 0 }
    }

    /// The confirmed tracks.
    pub fn confirmed(&self) -> impl Iterator<Item = &PictureTrack> {
        self.tracks.iter().filter(|track| track.is_confirmed)
    }

    /// The confirmed tracks of what was launched: missiles and their pieces.
    pub fn launched(&self) -> impl Iterator<Item = &PictureTrack> {
        self.tracks.iter().filter(|track| track.is_launched)
    }

    /// The confirmed tracks that count as missiles.
    pub fn missiles(&self) -> impl Iterator<Item = &PictureTrack> {
        self.launched().filter(|track| track.is_missile)
    }

    /// How many missiles are in flight: the mean and the standard deviation over what each confirmed track may be.
    ///
    /// Tracks count as independent of each other, so that the deviation is too large where pieces of one missile share its
    /// probability. What nobody tracks is not in it.
    pub fn missile_count(&self) -> (f64, f64) {
        let probabilities = || self.confirmed().map(|track| track.class.is_missile());
        let variance: f64 = probabilities().map(|probability| probability * (1.0 - probability)).sum();
        (probabilities().sum(), variance.max(0.0).sqrt())
    }

    /// Mixes every bit of the confirmed tracks into a digest.
    pub(super) fn digest_into(&self, hasher: &mut Digest) {
        hasher.update(&self.time.nanoseconds().to_le_bytes());
        for track in self.confirmed() {
            hasher.update(&track.id.0.to_le_bytes());
            hasher.update(&[u8::from(track.is_launched)]);
            hasher.update(&track.class.is_missile().to_bits().to_le_bytes());
            let numbers = track.kinematic.mean.iter().chain(track.kinematic.covariance.iter());
            for number in numbers.chain(&track.mode_probabilities) {
                hasher.update(&number.to_bits().to_le_bytes());
            }
            if let Some(burnout) = &track.burnout {
                hasher.update(&burnout.time.nanoseconds().to_le_bytes());
                hasher.update(&burnout.sigma_s.to_bits().to_le_bytes());
            }
            if let Some(impact) = &track.impact {
                for number in [impact.place.latitude_rad, impact.place.longitude_rad, impact.time_sigma_s] {
                    hasher.update(&number.to_bits().to_le_bytes());
                }
                hasher.update(&impact.time.nanoseconds().to_le_bytes());
            }
        }
    }
}

impl PictureTrack {
    /// The most probable phase of flight.
    pub fn likeliest_mode(&self) -> Mode {
        Mode::likeliest(self.mode_probabilities)
    }
}
