//! What came off what: a stage, a payload, a piece of something that broke up.

use super::Setup;
use super::tracker::Tracker;
use crate::track::Track;
use crate::types::TrackId;
use nalgebra::Vector3;

/// A piece is first seen so long after what it came off, s: what appears together was launched together.
const SEEN_BEFORE_S: f64 = 10.0;
/// When it is found to have been launched, a piece is no further from what it came off, m, and no faster or slower, m/s.
const NEAR_M: f64 = 20_000.0;
const NEAR_M_S: f64 = 500.0;
/// Standard deviations that are allowed for besides.
const SIGMAS: f64 = 2.0;
/// A piece takes the place of what was counted when it is so many times likelier what was launched.
const FAR_LIKELIER: f64 = 3.0;
/// That which burns while the other does not is what was launched, as a logarithm of the odds.
const LOG_ODDS_OF_BURNING: f64 = 5.0;
/// The odds that something on its own is a piece whose beginning nobody saw, as a logarithm.
const LOG_ODDS_OF_PIECE: f64 = -4.6;

impl Tracker {
    /// Holds every track against what aircraft can do, and asks of each that is found to have been launched whether it came
    /// off another.
    pub(super) fn judge(&mut self) {
        for index in 0..self.tracks.len() {
            let track = &mut self.tracks[index];
            if track.is_confirmed() && track.evidence.judge(&track.filter.kinematic()) {
                self.separate(index);
            }
        }
    }

    fn separate(&mut self, index: usize) {
        let piece = &self.tracks[index];
        let Some(whole) = self.nearest_whole(piece) else { return };
        let is_burning = |track: &Track| track.filter.probabilities[0] > 0.5;
        let log_odds = match (is_burning(&self.tracks[whole]), is_burning(piece)) {
            // Two that burn are two missiles.
            (true, true) => return,
            (true, false) => LOG_ODDS_OF_BURNING,
            (false, true) => {
                self.swap_objects(whole, index);
                LOG_ODDS_OF_BURNING
            }
            (false, false) => 0.0,
        };
        let from = root_of(&self.tracks[whole]);
        self.tracks[index].evidence.separate(from, log_odds);
    }

    /// The track that a new one may have come off.
    fn nearest_whole(&self, piece: &Track) -> Option<usize> {
        let state = piece.filter.kinematic();
        let near = |track: &Track| {
            let other = track.filter.kinematic();
            let apart = |first: usize| {
                let difference: Vector3<f64> = (other.mean - state.mean).fixed_rows::<3>(first).into();
                let covariance = other.covariance + state.covariance;
                let spread = covariance.fixed_view::<3, 3>(first, first).trace().max(0.0).sqrt();
                (difference.norm(), SIGMAS * spread)
            };
            let ((apart_m, spread_m), (apart_m_s, spread_m_s)) = (apart(0), apart(3));
            Some(apart_m).filter(|_| apart_m < NEAR_M + spread_m && apart_m_s < NEAR_M_S + spread_m_s)
        };
        let candidates = self.tracks.iter().enumerate().filter(|(_, track)| {
            track.id != piece.id
                && track.is_launched()
                && piece.first_seen.seconds_since(track.first_seen) > SEEN_BEFORE_S
        });
        let distances = candidates.filter_map(|(index, track)| Some((near(track)?, index)));
        distances.min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, index)| index)
    }

    /// Lets two tracks exchange what they are tracks of: the identity goes with what was launched.
    fn swap_objects(&mut self, one: usize, other: usize) {
        self.close_branches(one);
        self.close_branches(other);
        let Ok([one, other]) = self.tracks.get_disjoint_mut([one, other]) else { return };
        std::mem::swap(&mut one.filter, &mut other.filter);
        std::mem::swap(&mut one.score, &mut other.score);
        std::mem::swap(&mut one.last_seen, &mut other.last_seen);
        std::mem::swap(&mut one.recent, &mut other.recent);
        std::mem::swap(&mut one.has_own_plots, &mut other.has_own_plots);
        std::mem::swap(&mut one.pedigree, &mut other.pedigree);
        for (id, _) in &mut self.unreported {
            if *id == one.id {
                *id = other.id;
            } else if *id == other.id {
                *id = one.id;
            }
        }
    }

    /// Whether any track came off another.
    fn has_pieces(&self) -> bool {
        self.tracks.iter().any(|track| track.evidence.separated_from().is_some())
    }

    /// Counts the tracks that are missiles: of what came off each other one, and each once.
    pub(super) fn count(&mut self, setup: &Setup) {
        let has_pieces = self.has_pieces();
        for index in 0..self.tracks.len() {
            let track = &self.tracks[index];
            if !track.is_launched() {
                continue;
            }
            let (id, root) = (track.id, root_of(track));
            if self.group(root, has_pieces).next().is_some_and(|first| first.id == id) {
                self.count_group(setup, root, has_pieces);
            }
        }
    }

    /// Of a group the likeliest payload counts; one that is counted already does until another is far likelier.
    fn count_group(&mut self, setup: &Setup, root: TrackId, has_pieces: bool) {
        let group = || self.group(root, has_pieces);
        let is_counted = |track: &&Track| self.counted.binary_search(&track.id).is_ok();
        let counted = group().find(is_counted).map(|track| (track.id, weight(setup, track)));
        let least = counted.map_or(0.0, |(_, weight)| FAR_LIKELIER * weight);
        let mut best = None;
        for track in group().filter(|track| counted.is_none_or(|(id, _)| id != track.id)) {
            let (weight, greatest) = (weight(setup, track), best.map_or(least, |(_, greatest)| greatest));
            if weight > greatest {
                best = Some((track.id, weight));
            }
        }
        let alone_is_piece = |weight: f64| libm::log(weight) < LOG_ODDS_OF_PIECE;
        match (counted, best) {
            (Some((id, weight)), None) if alone_is_piece(weight) => self.count_as_missile(id, false),
            (None, Some((_, weight))) if alone_is_piece(weight) => {}
            (counted, Some((id, _))) => {
                counted.into_iter().for_each(|(id, _)| self.count_as_missile(id, false));
                self.count_as_missile(id, true);
            }
            _ => {}
        }
    }

    /// What was launched and is of one payload: a track and all that came off it. Where nothing came off anything, it alone.
    fn group(&self, root: TrackId, has_pieces: bool) -> impl Iterator<Item = &Track> {
        let alone = || self.place_of(root).map_or(&[][..], |place| &self.tracks[place..=place]);
        let candidates = if has_pieces { &self.tracks[..] } else { alone() };
        candidates.iter().filter(move |track| track.is_launched() && root_of(track) == root)
    }

    pub(super) fn count_as_missile(&mut self, id: TrackId, is_missile: bool) {
        match (self.counted.binary_search(&id), is_missile) {
            (Err(place), true) => self.counted.insert(place, id),
            (Ok(place), false) => drop(self.counted.remove(place)),
            _ => {}
        }
    }

    /// [`Tracker::payload`] of every track, by place, over earlier ones.
    pub(super) fn payloads_into(&self, setup: &Setup, payloads: &mut Vec<f64>) {
        let has_pieces = self.has_pieces();
        payloads.clear();
        payloads.extend(self.tracks.iter().map(|track| self.payload(setup, track, has_pieces)));
    }

    /// Probability that a track is what was launched, given that it is that or a piece of it: what came off each other shares
    /// one payload.
    fn payload(&self, setup: &Setup, track: &Track, has_pieces: bool) -> f64 {
        if !has_pieces {
            return alone(setup, track);
        }
        let root = root_of(track);
        // What it came off may be down already, and was as probably the payload as it is.
        let (mut members, mut total, mut gone) = (0, 0.0, 1.0);
        for other in self.group(root, has_pieces) {
            members += 1;
            total += weight(setup, other);
            gone = if other.id == root { 0.0 } else { gone };
        }
        if members == 1 && track.id == root {
            return alone(setup, track);
        }
        weight(setup, track) / (total + gone).max(weight(setup, track))
    }
}

/// The track that something came off, or it itself.
fn root_of(track: &Track) -> TrackId {
    track.evidence.separated_from().unwrap_or(track.id)
}

/// How likely a track is to be the payload of its group, beside the others.
fn weight(setup: &Setup, track: &Track) -> f64 {
    libm::exp(-track.evidence.log_odds_of_stage(&track.filter, &setup.models))
}

/// Probability that a track that nothing is known to have come off is what was launched.
fn alone(setup: &Setup, track: &Track) -> f64 {
    let log_odds = LOG_ODDS_OF_PIECE + track.evidence.log_odds_of_stage(&track.filter, &setup.models);
    1.0 / (1.0 + libm::exp(log_odds))
}
