//! From where each track falls, and where that leads: flown anew only where there is news.

use super::Setup;
use super::sorted::SortedMap;
use super::tracker::Tracker;
use crate::filter::Gaussian;
use crate::track::Track;
use crate::types::{Time, TrackId};
use crate::warning::{Impact, fly_to_ground, impact_threatens, path_threatens};
use serde::{Deserialize, Serialize};

/// The state that a track was in after its last news, from which it falls since. A part of the tracker's past: what is predicted from
/// it is the same for all who heard the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Fall {
    pub time: Time,
    pub state: Gaussian<7>,
    /// The track's count of news.
    news: u32,
}

/// Where a fall leads.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    fall: Fall,
    pub impact: Option<Impact>,
    /// Areas that it threatens, ascending, of those that were open when it was flown.
    pub threatened: Vec<u16>,
}

/// The flights of all tracks that fall.
pub(super) type Flights = SortedMap<TrackId, Flight>;

/// With less probability than this of still burning, an impact is predicted.
const BURNT_OUT_BELOW: f64 = 0.02;
/// Above this probability of still burning, or of being in the air, each prediction mixes into the fall what is not on its path.
const UNDISTURBED_BELOW: f64 = 1e-4;
/// So long the same fall stands for a track that nobody sees, s: what may have pulled at it is then in its covariance, and a warning
/// that hangs on how that grows comes no later.
const LONGEST_FALL_S: f64 = 5.0;

impl Tracker {
    /// Lets each track that burnt out and was launched fall from where it is, unless it is where its last fall leads.
    pub(super) fn fall(&mut self, setup: &Setup) {
        let falls = &mut self.falls;
        for track in &mut self.tracks {
            track.note_news();
            let [burning, _, in_air] = track.filter.probabilities;
            if !track.is_launched() || burning >= BURNT_OUT_BELOW {
                falls.remove(&track.id);
                continue;
            }
            let holds = |fall: &Fall| {
                burning.max(in_air) < UNDISTURBED_BELOW
                    && track.news == fall.news
                    && track.time.seconds_since(fall.time) < LONGEST_FALL_S
            };
            if !falls.get(&track.id).is_some_and(holds) {
                let state = track.filter.falling(&setup.models);
                falls.insert(track.id, Fall { time: track.time, state, news: track.news });
            }
        }
    }
}

impl Flights {
    /// Where a track comes down, if it falls; of the areas those in `open`, ascending, are looked at.
    pub fn of(
        &mut self,
        setup: &Setup,
        (track, fall): (&Track, Option<&Fall>),
        open: &[u16],
    ) -> Option<&Flight> {
        let Some(fall) = fall else {
            self.remove(&track.id);
            return None;
        };
        if self.get(&track.id).is_none_or(|flight| flight.fall != *fall) {
            let threatened = self.remove(&track.id).map(|flight| flight.threatened).unwrap_or_default();
            self.insert(track.id, Flight::fly(setup, fall, open, threatened));
        }
        self.get(&track.id)
    }
}

impl Flight {
    /// Flies it to the ground; in the memory of an earlier list of areas.
    fn fly(setup: &Setup, fall: &Fall, open: &[u16], mut threatened: Vec<u16>) -> Self {
        threatened.clear();
        let areas = || open.iter().filter_map(|index| Some((*index, setup.areas.get(usize::from(*index))?)));
        let impact = fly_to_ground(&fall.state, fall.time, |point| {
            for (index, area) in areas() {
                if !threatened.contains(&index) && path_threatens(area, point) {
                    threatened.push(index);
                }
            }
        });
        match &impact {
            None => threatened.clear(),
            Some(impact) => {
                for (index, area) in areas() {
                    if !threatened.contains(&index) && impact_threatens(area, impact, &setup.warning) {
                        threatened.push(index);
                    }
                }
            }
        }
        threatened.sort_unstable();
        Flight { fall: *fall, impact, threatened }
    }
}
