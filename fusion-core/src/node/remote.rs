//! What news from other nodes does to a node's tracks.

use super::Setup;
use super::tracker::Tracker;
use crate::filter::{Kinematic, MissileFilter};
use crate::math::symmetric::NotPositiveDefinite;
use crate::share::{
    Criterion, Estimate, FusionRule, InformationRow, Tracklet, covariance_intersection, fuse_correlated,
    intersection_weight, inverse_covariance_intersection, inverse_intersection_weight,
};
use crate::track::{Evidence, Recent, Score, Track};
use crate::types::{NodeId, Time, TrackId};
use nalgebra::Matrix6;

/// What became of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It went into a track.
    Used,
    /// The track had it already.
    Known,
    /// It fits no track, or not the one that it was said to belong to.
    Refused,
}

impl Tracker {
    /// Adds what is new in another node's track to the track that stands for it.
    pub fn tracklet(&mut self, setup: &Setup, tracklet: &Tracklet) -> Outcome {
        let Some(index) = self.standing_for(tracklet.origin) else { return Outcome::Refused };
        self.close_branches(index);
        let track = &mut self.tracks[index];
        if track.pedigree.contains(tracklet.origin, tracklet.until) {
            return Outcome::Known;
        }
        if tracklet.until < track.time {
            return Outcome::Refused;
        }
        track.predict_to(tracklet.until, &setup.models);
        let mut storage = [InformationRow::default(); 6];
        let rows = tracklet.rows(&mut storage);
        if !track.filter.kinematic_modes().any(|mode| fits(&mode, rows)) {
            // The two tracks are no longer the same object: the next introduction decides anew.
            self.remote.remove(&tracklet.origin);
            return Outcome::Refused;
        }
        if track.filter.update_linear(rows, tracklet.plume_seen).is_none() {
            return Outcome::Refused;
        }
        track.pedigree.raise(tracklet.origin, tracklet.until);
        track.score.support(&setup.limits);
        track.last_seen = track.last_seen.max(tracklet.until);
        Outcome::Used
    }

    /// Takes in a whole estimate at `at`: introduces the track, or fuses it by the link's rule.
    ///
    /// An estimate from before `at` came when the history had closed over its time, and is brought forward. The tracklets
    /// of its author are then too late as well: it is all there is, and covariance intersection takes what is new in it.
    pub fn estimate(&mut self, setup: &Setup, estimate: &Estimate, fusion: FusionRule, at: Time) -> Outcome {
        let is_known = self.standing_for(estimate.origin).is_some();
        let is_current = estimate.time >= at;
        if is_known && is_current && fusion == FusionRule::Information {
            return Outcome::Known;
        }
        for track in &mut self.tracks {
            track.predict_to(at, &setup.models);
        }
        let mut filter = estimate.filter;
        filter.predict(at.seconds_since(estimate.time), &setup.models);
        let remote = filter.kinematic();
        let local = self.match_estimate(setup, estimate.origin, at, &remote);
        let Some(index) = local else {
            self.adopt(setup, estimate, filter, at);
            return Outcome::Used;
        };
        self.close_branches(index);
        let track = &mut self.tracks[index];
        if fuse(track, &remote, fusion).is_err() {
            return Outcome::Refused;
        }
        // Nodes tell each other of missiles only.
        track.evidence.join(&Evidence::told());
        track.pedigree.merge(&estimate.pedigree);
        track.pedigree.raise(estimate.origin, estimate.time);
        track.score.support(&setup.limits);
        track.first_seen = track.first_seen.min(estimate.first_seen);
        track.last_seen = track.last_seen.max(estimate.time);
        self.remote.insert(estimate.origin, self.tracks[index].id);
        Outcome::Used
    }

    pub(super) fn standing_for(&self, origin: (NodeId, TrackId)) -> Option<usize> {
        self.place_of(*self.remote.get(&origin)?)
    }

    /// Takes another node's track over as one's own.
    fn adopt(&mut self, setup: &Setup, estimate: &Estimate, filter: MissileFilter, at: Time) {
        let (node, track) = estimate.origin;
        // The highest bit tells adopted identities from the node's own, which begin with a sensor's small number.
        let mut id = TrackId(1 << 63 | u64::from(node.0 & 0x7f) << 56 | track.0 & 0x00ff_ffff_ffff_ffff);
        // What the node's own sensors have seen by that name goes on, whatever its author now means by it.
        while let Some(place) = self.place_of(id) {
            if self.tracks[place].has_own_plots {
                id = TrackId(1 << 63 | id.0.wrapping_add(1 << 48));
            } else {
                self.tracks.remove(place);
                self.unreported.retain(|(of, _)| *of != id);
            }
        }
        self.remote.insert(estimate.origin, id);
        let mut pedigree = estimate.pedigree.clone();
        pedigree.raise(estimate.origin, estimate.time);
        self.insert(Track {
            id,
            time: at,
            filter,
            score: Score::introduced(&setup.limits),
            first_seen: estimate.first_seen,
            last_seen: estimate.time,
            has_own_plots: false,
            evidence: Evidence::told(),
            pedigree,
            choices: Vec::new(),
            branches: Vec::new(),
            recent: Recent::default(),
            news: 0,
            mark: 0,
        });
    }
}

/// Fuses a track with a remote estimate by a rule, in each of its modes.
///
/// The sender's modes are no partners of the receiver's: at burnout one node may hold boost for likely and the other coast, and what
/// the sender gives for the likelier of its own is the best it has for either. So what it says of position and velocity, over all its
/// modes, meets each of the receiver's, with one weight for all. They keep their probabilities: what may be old news is no new evidence
/// of burnout.
fn fuse(track: &mut Track, remote: &Kinematic, rule: FusionRule) -> Result<(), NotPositiveDefinite> {
    let (own, other) = (track.filter.kinematic().covariance, &remote.covariance);
    match rule {
        FusionRule::Naive => {
            track.filter.fuse_kinematic(|mode| fuse_correlated(mode, remote, &Matrix6::zeros()))
        }
        FusionRule::Information | FusionRule::CovarianceIntersection => {
            let weight = intersection_weight(&own, other)?;
            track.filter.fuse_kinematic(|mode| covariance_intersection(mode, remote, weight))
        }
        FusionRule::InverseCovarianceIntersection => {
            let weight = inverse_intersection_weight(&own, other, Criterion::Determinant)?;
            track.filter.fuse_kinematic(|mode| inverse_covariance_intersection(mode, remote, weight))
        }
    }
}

/// Whether independent scalar measurements fit a track, within a gate that rejects one true one in a million.
fn fits(kinematic: &Kinematic, rows: &[InformationRow]) -> bool {
    /// Chi-square quantiles at 1 − 1e-6 for zero to six degrees of freedom.
    const GATES: [f64; 7] = [0.0, 23.9, 27.6, 30.7, 33.4, 35.9, 38.3];
    let mut state = *kinematic;
    let squared: f64 = rows
        .iter()
        .map(|(gradient, value, variance)| {
            let residual = value - gradient.dot(&kinematic.mean);
            state.update_scalar(gradient, residual, *variance, &kinematic.mean).normalised_innovation_squared
        })
        .sum();
    squared <= GATES[rows.len()]
}
