//! A node's tracks, and how they end: what no look of a sensor does.

use super::Setup;
use super::effort::Effort;
use super::falls::Fall;
use super::same::Neighbours;
use super::sorted::SortedMap;
use super::trust::Trust;
use crate::measurement::Observation;
use crate::track::{Track, Verdict};
use crate::types::{NodeId, Time, TrackId, height_and_up};
use crate::warning::{Launch, back_to_launch};
use serde::{Deserialize, Serialize};

/// All tracks of a node at one instant of its history. Copying it is how a node remembers where it stood.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Tracker {
    /// In order of identity.
    pub tracks: Vec<Track>,
    /// Which of them stands for which track of another node.
    pub remote: SortedMap<(NodeId, TrackId), TrackId>,
    /// Tracks that were found to be of the same object as one that goes on, and which.
    pub joined: SortedMap<TrackId, TrackId>,
    /// Pairs of tracks that are near each other and took different plots of one look: two objects.
    pub apart: SortedMap<(TrackId, TrackId), ()>,
    /// The tracks that were counted as missiles so far, ascending: without those that turned out to be another one's, or a piece.
    pub counted: Vec<TrackId>,
    /// Where each track was launched, for those that burnt when they were confirmed.
    pub launches: SortedMap<TrackId, Launch>,
    /// From where each burnt-out track falls.
    pub falls: SortedMap<TrackId, Fall>,
    /// Plots of the node's own sensors that went into each track since the last report, in order of time: what others have not
    /// been told.
    pub unreported: Vec<(TrackId, (Time, Observation))>,
    /// Tracks dropped because a covariance was no longer sound: an error of the filter, counted and never hidden.
    pub unsound: u64,
    /// What the looks of this tick have cost, and what was left out.
    pub effort: Effort,
    /// What it thinks of other nodes.
    pub trust: Trust,
}

impl Clone for Tracker {
    fn clone(&self) -> Self {
        let mut copy = Tracker::default();
        copy.clone_from(self);
        copy
    }

    /// In the memory that is there. Makes as much room as the source has: a copy grows once the source has grown, and not at
    /// each record of its own number of tracks.
    fn clone_from(&mut self, source: &Self) {
        let Tracker {
            tracks,
            remote,
            joined,
            apart,
            counted,
            launches,
            falls,
            unreported,
            unsound,
            effort,
            trust,
        } = source;
        self.tracks.reserve_exact(tracks.capacity().saturating_sub(self.tracks.len()));
        self.tracks.clone_from(tracks);
        self.remote.clone_from(remote);
        self.joined.clone_from(joined);
        self.apart.clone_from(apart);
        self.counted.clone_from(counted);
        self.launches.clone_from(launches);
        self.falls.clone_from(falls);
        self.unreported.clone_from(unreported);
        self.unsound = *unsound;
        self.effort.clone_from(effort);
        self.trust.clone_from(trust);
    }
}

/// An unconfirmed track that nothing has gone into for so long is gone, s.
const TENTATIVE_LIFETIME_S: f64 = 30.0;
/// A track this far below the ground has landed, m.
const LANDED_BELOW_M: f64 = -500.0;

impl Tracker {
    /// Where the track of that identity stands.
    pub fn place_of(&self, id: TrackId) -> Option<usize> {
        place_in(&self.tracks, id)
    }

    /// Puts a track in its place in the order of identities.
    pub fn insert(&mut self, track: Track) {
        let place = self.tracks.partition_point(|known| known.id < track.id);
        self.tracks.insert(place, track);
    }

    pub(super) fn drop_rejected(&mut self, setup: &Setup, now: Time) {
        let unsound = &mut self.unsound;
        self.tracks.retain_mut(|track| {
            if !track.filter.is_sound() {
                *unsound += 1;
                return false;
            }
            match track.score.verdict(&setup.limits) {
                Verdict::Rejected => false,
                Verdict::Confirmed => true,
                Verdict::Undecided => now.seconds_since(track.last_seen) < TENTATIVE_LIFETIME_S,
            }
        });
    }

    /// Predicts everything to a tick, ends tracks that have landed or are lost, and joins those that are one.
    pub fn tick(&mut self, setup: &Setup, now: Time, neighbours: &mut Neighbours) {
        self.effort.begin_tick();
        for track in &mut self.tracks {
            track.predict_to(now, &setup.models);
        }
        self.drop_rejected(setup, now);
        let greatest = setup.tracker.maximum_position_sigma_m;
        self.tracks.retain(|track| {
            let kinematic = track.filter.kinematic();
            let (height_m, _) = height_and_up(&kinematic.mean.fixed_rows::<3>(0).into());
            let is_lost = (0..3).any(|axis| kinematic.covariance[(axis, axis)] > greatest * greatest);
            height_m > LANDED_BELOW_M && !is_lost
        });
        self.join_duplicates(setup, neighbours);
        self.judge();
        self.count(setup);
        self.locate_launches(now);
        let tracks = &self.tracks;
        let is_there = |id: TrackId| place_in(tracks, id).is_some();
        self.apart.retain(|(one, other), ()| is_there(*one) && is_there(*other));
        self.remote.retain(|_, local| is_there(*local));
        self.joined.retain(|_, kept| is_there(*kept));
        self.launches.retain(|id, _| is_there(*id));
        self.falls.retain(|id, _| is_there(*id));
        self.fall(setup);
        self.trust.tick(setup, now, neighbours);
    }

    /// Keeps, for each track, the launch estimate with the smallest ellipse while it burns.
    fn locate_launches(&mut self, now: Time) {
        let area = |launch: &Launch| launch.covariance_m2.determinant();
        for track in &self.tracks {
            if !track.is_confirmed() || track.filter.probabilities[0] < 0.5 {
                continue;
            }
            if let Some(launch) = back_to_launch(&track.filter.boost, now)
                && self.launches.get(&track.id).is_none_or(|known| area(&launch) < area(known))
            {
                self.launches.insert(track.id, launch);
            }
        }
    }

    /// The plots of a track that others have not been told of, in order of time.
    pub fn unreported_of(&self, id: TrackId) -> impl Iterator<Item = &(Time, Observation)> {
        self.unreported.iter().filter(move |(of, _)| *of == id).map(|(_, plot)| plot)
    }
}

/// Tracks stand in the order of their identities.
fn place_in(tracks: &[Track], id: TrackId) -> Option<usize> {
    tracks.binary_search_by_key(&id, |track| track.id).ok()
}
