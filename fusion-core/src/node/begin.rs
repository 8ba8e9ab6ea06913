//! Tracks that a look begins: one on each plot that belongs to none, as far as there is room for them.

use super::effort::Attention;
use super::scan::{Look, Plots};
use super::tracker::Tracker;
use crate::association::Method;
use crate::measurement::Observation;
use crate::track::{Choice, Evidence, Initiator, Recent, Score, Track};
use crate::types::{Pedigree, TrackId};

/// Unconfirmed tracks at most: a bound on time and memory when clutter is far above what was configured. Beyond it, each sensor may
/// have its equal part: one that sees clutter everywhere leaves room for what others see.
const MOST_TENTATIVE: usize = 256;

impl Look<'_> {
    /// Whether a track began on a plot of the look's sensor.
    fn has_begun(&self, track: &Track) -> bool {
        track.id.0 >> 48 == u64::from(self.scan.sensor.0)
    }
}

impl Tracker {
    /// Starts a track on each plot that belongs to none.
    pub(super) fn begin_all(
        &mut self,
        look: &Look<'_>,
        attention: Attention,
        plots: &Plots,
        initiator: &mut Initiator,
    ) {
        let unconfirmed = || self.tracks.iter().filter(|track| !track.is_confirmed());
        let own = unconfirmed().filter(|track| look.has_begun(track)).count();
        let part = (MOST_TENTATIVE / look.setup.sensors.len().max(1)).max(1);
        let room = MOST_TENTATIVE.saturating_sub(unconfirmed().count()).max(part.saturating_sub(own)) as u64;
        let most = room.min(attention.beginnings);
        let mut begun = 0;
        for (plot, observation) in plots.free() {
            if begun >= most {
                self.effort.shed.beginnings += 1;
            } else if self.begin(look, (plot, observation), initiator) {
                begun += 1;
            }
        }
        self.effort.spend_steps(look.scan.sensor, begun);
    }

    /// Starts a track on a plot; no where nothing can be said of the place.
    fn begin(
        &mut self,
        look: &Look<'_>,
        (plot, observation): (usize, &Observation),
        initiator: &mut Initiator,
    ) -> bool {
        let Some(filter) = initiator.start(observation, &look.setup.models) else { return false };
        let (id, time) = (TrackId(look.key(plot)), look.scan.time);
        if look.is_own() {
            self.unreported.push((id, (time, *observation)));
        }
        // That the plot is this object's and no other's is open for a while, where anything is.
        let is_open = look.setup.tracker.association == Method::MultipleHypotheses;
        let choices =
            is_open.then(|| Choice { plot: Some(look.key(plot)), report: None }).into_iter().collect();
        self.insert(Track {
            id,
            time,
            filter,
            score: Score::first_plot(),
            first_seen: time,
            last_seen: time,
            has_own_plots: look.is_own(),
            evidence: Evidence::none(),
            pedigree: Pedigree::default(),
            choices,
            branches: Vec::new(),
            recent: Recent::of(look.key(plot)),
            news: 0,
            mark: 0,
        });
        true
    }
}
