//! Whether another node is believed: what it tells is held against the node's own sensors.
//!
//! From the first foreign thing on, a tracker carries the picture of its own sensors alone beside its own. What a peer tells of a
//! track is compared with that picture's track of the same object, over a window, so that a lie can't hide in a track that it has
//! already drawn away. A peer that differs is believed less; one that differs beyond all honest chance, or that floods or repeats
//! itself, is quarantined: what it tells is tested, not taken in.

use super::sorted::SortedMap;
use super::{Setup, TrackerConfig};
use crate::filter::Kinematic;
use crate::math::chi_square::{ChiSquareError, quantile};
use crate::share::{InformationRow, rows_of};
use crate::types::{NodeId, Time, TrackId};
use nalgebra::{Matrix6, Vector6};
use serde::{Deserialize, Serialize};

/// By which test a node was found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeerTest {
    /// Squared distance of what it tells from the own sensors' track, over a window, against a chi-square bound.
    Difference,
    /// New tracks within a minute that the own sensors' picture does not have, against the number that is allowed.
    NewTracks,
    /// Numbers that it told before, of another time.
    Repeats,
}

/// Bounds on the squared distance, by degrees of freedom from zero to six.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrustBounds {
    /// Above it a peer is believed less.
    pub doubt: [f64; 7],
    /// Above it a peer is quarantined.
    pub quarantine: [f64; 7],
}

impl TrustBounds {
    pub(super) fn new(tracker: &TrackerConfig) -> Result<Self, ChiSquareError> {
        let bounds = |probability: f64| -> Result<[f64; 7], ChiSquareError> {
            let mut bounds = [f64::INFINITY; 7];
            if probability > 0.0 {
                for (degrees, bound) in (0_u32..).zip(&mut bounds).skip(1) {
                    *bound = quantile(degrees, 1.0 - probability)?;
                }
            }
            Ok(bounds)
        };
        Ok(TrustBounds {
            doubt: bounds(tracker.peer_doubt_probability)?,
            quarantine: bounds(tracker.peer_quarantine_probability)?,
        })
    }

    /// Whether anybody is ever tested.
    pub(super) fn is_on(&self) -> bool {
        self.doubt[1].is_finite() || self.quarantine[1].is_finite()
    }
}

/// What tells: the node, by what (its estimates, its tracklets, or a sensor's plots), and of which track.
pub(super) type Source = (NodeId, Channel, TrackId);

/// By what a node tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Channel {
    Estimates,
    Tracklets,
    Sensor(u16),
}

/// Something told of position and velocity: information and information vector about a reference.
#[derive(Clone, Copy, Debug)]
pub(super) struct News {
    pub information: Matrix6<f64>,
    pub vector: Vector6<f64>,
    pub reference: Vector6<f64>,
}

/// How a source has differed lately from the own sensors' track.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// The own sensors' track.
    pub own: TrackId,
    at: Time,
    information: Matrix6<f64>,
    vector: Vector6<f64>,
    /// The squared distance over the bound of doubt.
    doubt: f64,
    /// Tests in a row beyond the bound of quarantine.
    strikes: u32,
}

impl Window {
    /// This one and what was told since: together, or the latter in its place.
    fn joined(&self, since: &Window, adds: bool) -> Window {
        let mut joined = Window { strikes: self.strikes, ..*since };
        if adds {
            let kept = libm::exp(-since.at.seconds_since(self.at).max(0.0) / WINDOW_S);
            joined.information += self.information * kept;
            joined.vector += self.vector * kept;
        }
        joined
    }
}

/// How a peer was found out, and how it has behaved since.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Quarantine {
    pub test: PeerTest,
    pub statistic: f64,
    pub bound: f64,
    clean_since: Time,
    clean_tests: u32,
}

/// What a tracker thinks of other nodes. All flat, so that a checkpoint copies it without allocating.
#[derive(Debug, Default)]
pub(super) struct Trust {
    windows: SortedMap<Source, Window>,
    quarantines: SortedMap<NodeId, Quarantine>,
    /// Tracks told of that the own sensors do not have: when first, when last.
    strangers: SortedMap<(NodeId, TrackId), (Time, Time)>,
    /// Who has just been quarantined.
    caught: Option<NodeId>,
}

/// Time in which a window forgets, s.
const WINDOW_S: f64 = 10.0;
/// What differs in place by registration differs in velocity by so much less, s.
const BIAS_LASTS_S: f64 = 100.0;
/// Tests in a row beyond the bound until a peer is quarantined: one alone may be a plot of something else.
const STRIKES: u32 = 3;
/// Tests that a peer must have passed to be believed again.
const CLEAN_TESTS: u32 = 10;
/// Span in which new tracks are counted, s, and in which a track must have been told of again to be no new one.
const RATE_SPAN_S: f64 = 60.0;
const REMEMBERED_S: f64 = 300.0;
/// Sources and strange tracks remembered: a bound on time and memory whatever is told.
const MOST_REMEMBERED: usize = 4_096;

impl Clone for Trust {
    fn clone(&self) -> Self {
        let mut copy = Trust::default();
        copy.clone_from(self);
        copy
    }

    /// In the memory that is there.
    fn clone_from(&mut self, source: &Self) {
        let Trust { windows, quarantines, strangers, caught } = source;
        self.windows.clone_from(windows);
        self.quarantines.clone_from(quarantines);
        self.strangers.clone_from(strangers);
        self.caught = *caught;
    }
}

impl Trust {
    pub fn quarantines(&self) -> impl Iterator<Item = (NodeId, &Quarantine)> {
        self.quarantines.iter().map(|(peer, quarantine)| (*peer, quarantine))
    }

    pub fn is_quarantined(&self, peer: NodeId) -> bool {
        self.quarantines.get(&peer).is_some()
    }

    /// Who has just been quarantined, once.
    pub fn take_caught(&mut self) -> Option<NodeId> {
        self.caught.take()
    }

    pub fn window(&self, source: &Source) -> Option<&Window> {
        self.windows.get(source)
    }

    /// By how much the variance of what a peer tells is raised: one as long as nothing speaks against it.
    pub fn caution(&self, peer: NodeId) -> f64 {
        let of_peer = self.windows.iter().filter(|((node, ..), _)| *node == peer);
        of_peer.fold(1.0, |greatest, (_, window)| window.doubt.max(greatest))
    }

    /// Takes in how news differs from the own sensors' track of that object, at `time`; `adds` to what the source told before, or
    /// stands in its place.
    pub fn weigh(
        &mut self,
        setup: &Setup,
        source: Source,
        (id, own): (TrackId, &Kinematic),
        news: &News,
        (time, adds): (Time, bool),
    ) {
        let vector = news.vector - news.information * (own.mean - news.reference);
        let fresh =
            Window { own: id, at: time, information: news.information, vector, doubt: 0.0, strikes: 0 };
        let before = self.windows.get(&source).filter(|before| before.own == id);
        let mut window = before.map_or(fresh, |before| before.joined(&fresh, adds));
        let alone = squared_distance(setup, own, &fresh.information, &vector);
        let over = squared_distance(setup, own, &window.information, &window.vector);
        // What is no number says nothing, and is refused where it would go in.
        if !alone.0.is_finite() || !over.0.is_finite() {
            return;
        }
        let bound_of = |(_, rows): (f64, usize)| setup.trust.quarantine[rows];
        // One that is far off by itself may be of something else: it counts, and leaves the window as it was.
        let is_outlier = alone.0 > bound_of(alone);
        let (squared, bound) = if is_outlier { (alone.0, bound_of(alone)) } else { (over.0, bound_of(over)) };
        if is_outlier {
            let nothing = Window { information: Matrix6::zeros(), vector: Vector6::zeros(), ..fresh };
            window = before
                .map_or(nothing, |before| Window { doubt: before.doubt, ..before.joined(&nothing, true) });
        } else {
            window.doubt = over.0 / setup.trust.doubt[over.1];
        }
        window.strikes = if squared > bound { window.strikes + 1 } else { 0 };
        let (strikes, is_doubtful) = (window.strikes, is_outlier || window.doubt > 1.0);
        if self.windows.len() < MOST_REMEMBERED || self.windows.get(&source).is_some() {
            self.windows.insert(source, window);
        }
        let peer = source.0;
        if strikes >= STRIKES {
            self.catch(peer, (PeerTest::Difference, squared, bound), time);
        }
        if let Some(quarantine) = self.quarantines.get_mut(&peer) {
            quarantine.clean_tests += 1;
            if is_doubtful {
                (quarantine.clean_since, quarantine.clean_tests) = (time, 0);
            }
        }
    }

    /// Takes in that a peer told of a track that the own sensors do not have.
    pub fn note_stranger(&mut self, setup: &Setup, origin: (NodeId, TrackId), time: Time) {
        let first = self.strangers.get(&origin).map_or(time, |(first, _)| *first);
        if self.strangers.len() < MOST_REMEMBERED || self.strangers.get(&origin).is_some() {
            self.strangers.insert(origin, (first, time));
        }
        let is_new = |((peer, _), (first, _)): &&((NodeId, TrackId), (Time, Time))| {
            *peer == origin.0 && time.seconds_since(*first) < RATE_SPAN_S
        };
        let count = self.strangers.iter().filter(is_new).count() as f64;
        let bound = setup.tracker.peer_new_tracks_per_minute;
        if count > bound && setup.trust.quarantine[1].is_finite() {
            self.catch(origin.0, (PeerTest::NewTracks, count, bound), time);
            self.blame(origin.0, time);
        }
    }

    /// Takes in that a peer told the same numbers of two times.
    pub fn note_repeat(&mut self, setup: &Setup, peer: NodeId, time: Time) {
        if setup.trust.quarantine[1].is_finite() {
            self.catch(peer, (PeerTest::Repeats, 1.0, 0.0), time);
            self.blame(peer, time);
        }
    }

    /// Lets time pass: readmits who has behaved, forgets what is over.
    pub fn tick(&mut self, setup: &Setup, now: Time) {
        self.windows.retain(|_, window| now.seconds_since(window.at) < WINDOW_S);
        self.strangers.retain(|_, (_, last)| now.seconds_since(*last) < REMEMBERED_S);
        let least_s = setup.tracker.peer_readmission_s;
        self.quarantines.retain(|_, quarantine| {
            quarantine.clean_tests < CLEAN_TESTS || now.seconds_since(quarantine.clean_since) < least_s
        });
    }

    fn catch(&mut self, peer: NodeId, (test, statistic, bound): (PeerTest, f64, f64), time: Time) {
        if !self.is_quarantined(peer) {
            let quarantine = Quarantine { test, statistic, bound, clean_since: time, clean_tests: 0 };
            self.quarantines.insert(peer, quarantine);
            self.caught = Some(peer);
        }
    }

    fn blame(&mut self, peer: NodeId, time: Time) {
        if let Some(quarantine) = self.quarantines.get_mut(&peer) {
            (quarantine.clean_since, quarantine.clean_tests) = (time, 0);
        }
    }
}

/// How news stands to the bound of quarantine: above one beyond it, and zero where nobody is quarantined.
pub(super) fn share_of_bound(
    setup: &Setup,
    own: &Kinematic,
    information: &Matrix6<f64>,
    vector: &Vector6<f64>,
) -> f64 {
    let (squared, rows) = squared_distance(setup, own, information, vector);
    squared / setup.trust.quarantine[rows].min(f64::MAX)
}

/// The squared distance of news, as information about the difference, from an own track, and its degrees of freedom.
///
/// The own track's error is one and the same over a window, the peer's noise is not: so noise averages out over the window and the
/// own covariance does not.
fn squared_distance(
    setup: &Setup,
    own: &Kinematic,
    information: &Matrix6<f64>,
    vector: &Vector6<f64>,
) -> (f64, usize) {
    let mut state = Kinematic { mean: Vector6::zeros(), covariance: own.covariance };
    let bias_m = setup.tracker.peer_bias_sigma_m;
    for axis in 0..6 {
        let bias = if axis < 3 { bias_m } else { bias_m / BIAS_LASTS_S };
        state.covariance[(axis, axis)] += bias * bias;
    }
    let mut storage = [InformationRow::default(); 6];
    let rows = rows_of(information, vector, &Vector6::zeros(), &mut storage);
    let zero = Vector6::zeros();
    let squared = rows
        .iter()
        .map(|(gradient, value, variance)| {
            state.update_scalar(gradient, *value, *variance, &zero).normalised_innovation_squared
        })
        .sum();
    (squared, rows.len())
}
