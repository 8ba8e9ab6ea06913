//! Whether two tracks are of one object: a node's own two, or its own and another node's.

use super::Setup;
use super::tracker::Tracker;
use crate::filter::Kinematic;
use crate::math::box_tree::{Bounds, BoxTree};
use crate::share::log_ratio_of_one;
use crate::track::Track;
use crate::types::{NodeId, Time, TrackId};

/// Memory for finding tracks near each other, kept from tick to tick.
#[derive(Clone, Debug, Default)]
pub(super) struct Neighbours {
    boxes: Vec<Bounds>,
    tree: BoxTree,
    /// Places of the tracks in the boxes.
    confirmed: Vec<usize>,
    pairs: Vec<(usize, usize)>,
    gone: Vec<bool>,
}

/// How densely objects lie in the space of positions and velocities, as a logarithm of how many in m³ (m/s)³: something launched
/// in a thousand kilometres each way at up to 3 km/s, and aircraft, ten of them below 10 km at up to 300 m/s.
const LOG_DENSITY_OF_LAUNCHED: f64 = -65.5;
const LOG_DENSITY_OF_AIRCRAFT: f64 = -51.7;
/// How much likelier a plot or two that gave no track yet are clutter, as a logarithm.
const LOG_ODDS_OF_CLUTTER: f64 = 7.0;
/// An author that has told of one of its tracks within so long, s, still holds it for another object than its others.
const STILL_TOLD_S: f64 = 15.0;

/// How much likelier it is that two states are of one object than of two, as a logarithm; none outside of the gate.
///
/// As if their errors were independent: those of tracks that were told of each other go together and differ by less, so that the gate
/// is wide enough. Estimates come one by one, each at its own time, and most have a partner already: there are no two sets that
/// [`crate::share::match_tracks`] could assign.
fn log_ratio(setup: &Setup, (one, other): (&Kinematic, &Kinematic), log_density: f64) -> Option<f64> {
    let covariance = one.covariance + other.covariance;
    log_ratio_of_one(&(one.mean - other.mean), &covariance, log_density, setup.track_gate)
}

/// What else a track may be near to. One that is not confirmed yet may be clutter besides.
fn log_density(track: &Track) -> f64 {
    match (track.is_confirmed(), track.is_launched()) {
        (true, true) => LOG_DENSITY_OF_LAUNCHED,
        (true, false) => LOG_DENSITY_OF_AIRCRAFT,
        (false, _) => LOG_DENSITY_OF_LAUNCHED + LOG_ODDS_OF_CLUTTER,
    }
}

impl Tracker {
    /// The track that another node's estimate, brought to `at`, is of: the one already known to be, or the likeliest.
    ///
    /// None that another track of the same author stands for, since the author knows them to be two.
    pub(super) fn match_estimate(
        &self,
        setup: &Setup,
        origin: (NodeId, TrackId),
        at: Time,
        remote: &Kinematic,
    ) -> Option<usize> {
        let known = self.remote.get(&origin);
        let ratio = |track: &Track| {
            let is_known = known == Some(&track.id);
            if track.time != at || self.is_anothers(track, origin, at) {
                return None;
            }
            let ratio = log_ratio(setup, (&track.filter.kinematic(), remote), log_density(track))?;
            // A known partner goes before a likelier stranger.
            (is_known || ratio > 0.0).then_some((is_known, ratio))
        };
        let ratios = self.tracks.iter().enumerate().filter_map(|(index, track)| Some((ratio(track)?, index)));
        let likelier = |(one, _): &((bool, f64), usize), (other, _): &((bool, f64), usize)| {
            one.0.cmp(&other.0).then(one.1.total_cmp(&other.1))
        };
        ratios.max_by(likelier).map(|(_, index)| index)
    }

    fn is_anothers(&self, track: &Track, origin: (NodeId, TrackId), at: Time) -> bool {
        track.pedigree.iter().any(|(other, until)| {
            other.0 == origin.0
                && other.1 != origin.1
                && at.seconds_since(*until) < STILL_TOLD_S
                && self.remote.get(other) == Some(&track.id)
        })
    }

    /// Two confirmed tracks that cannot be told apart are one; the better founded stays. Two that took different plots of one
    /// look are two, and stay two.
    pub(super) fn join_duplicates(&mut self, setup: &Setup, neighbours: &mut Neighbours) {
        neighbours.find(&self.tracks, setup.track_gate);
        let Neighbours { pairs, gone, .. } = neighbours;
        for &(first, second) in &*pairs {
            let (one, other) = (&self.tracks[first], &self.tracks[second]);
            if gone[first] || gone[second] {
                continue;
            }
            let states = (&one.filter.kinematic(), &other.filter.kinematic());
            let density = log_density(one).max(log_density(other));
            if log_ratio(setup, states, density).is_none_or(|ratio| ratio <= 0.0) {
                continue;
            }
            let pair = (one.id, other.id);
            if one.recent.differs_from(&other.recent) {
                self.apart.insert(pair, ());
            }
            if self.apart.get(&pair).is_some() {
                continue;
            }
            let keeps_first = one.score.plots() >= other.score.plots();
            let (kept, dropped) = if keeps_first { (first, second) } else { (second, first) };
            gone[dropped] = true;
            self.join(kept, dropped);
        }
        let mut place = 0;
        self.tracks.retain(|_| {
            place += 1;
            !gone[place - 1]
        });
    }

    /// Lets one track take over what is known of another one of the same object.
    fn join(&mut self, kept: usize, dropped: usize) {
        let Ok([kept, dropped]) = self.tracks.get_disjoint_mut([kept, dropped]) else { return };
        kept.first_seen = kept.first_seen.min(dropped.first_seen);
        kept.evidence.join(&dropped.evidence);
        let (kept, dropped) = (kept.id, dropped.id);
        self.joined.insert(dropped, kept);
        let references = self.remote.values_mut().chain(self.joined.values_mut());
        references.filter(|local| **local == dropped).for_each(|local| *local = kept);
        if let Some(launch) = self.launches.remove(&dropped)
            && self.launches.get(&kept).is_none()
        {
            self.launches.insert(kept, launch);
        }
        self.count_as_missile(dropped, false);
    }
}

impl Neighbours {
    /// Finds the pairs of confirmed tracks whose positions may lie within a gate on the squared distance, in order.
    fn find(&mut self, tracks: &[Track], gate: f64) {
        let Neighbours { boxes, tree, confirmed, pairs, gone } = self;
        confirmed.clear();
        confirmed.extend((0..tracks.len()).filter(|index| tracks[*index].is_confirmed()));
        boxes.clear();
        boxes.extend(confirmed.iter().map(|index| bounds(&tracks[*index], gate)));
        tree.fill(boxes);
        pairs.clear();
        for (place, index) in confirmed.iter().enumerate() {
            tree.for_each_overlapping(&boxes[place], |other| {
                if other > place {
                    pairs.push((*index, confirmed[other]));
                }
            });
        }
        pairs.sort_unstable();
        gone.clear();
        gone.resize(tracks.len(), false);
    }
}

/// Within the gate each axis differs by the root of the gate times the deviation of the difference at most, which is no more
/// than both deviations together.
fn bounds(track: &Track, gate: f64) -> Bounds {
    let state = track.filter.kinematic();
    let reach_m = |axis: usize| (gate * state.covariance[(axis, axis)].max(0.0)).sqrt();
    Bounds {
        low: std::array::from_fn(|axis| state.mean[axis] - reach_m(axis)),
        high: std::array::from_fn(|axis| state.mean[axis] + reach_m(axis)),
    }
}
