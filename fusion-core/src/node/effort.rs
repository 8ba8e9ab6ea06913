//! How much of a look is worked on. A node that is given more than it can do leaves out what matters least, and counts it:
//! first it begins no more tracks, then it steps fewer unconfirmed ones, the least likely first; confirmed tracks are always
//! followed, with the plots near them.
//!
//! Work is counted in units, by the times of the looks and not by a clock: what is left out is a function of what was heard.

use super::scan::{Look, Seen};
use super::sorted::SortedMap;
use crate::track::Track;
use crate::types::{Plot, SensorId, SensorKind};
use serde::{Deserialize, Serialize};

/// What it costs to predict an unconfirmed track to a look and to offer it its plots, or to begin one; to look at a plot is the
/// unit. As measured by the harness `overload`.
const STEP_UNITS: u64 = 5;

/// What the looks of this tick have cost, and all that was left out so far.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Effort {
    spent: u64,
    by_sensor: SortedMap<SensorId, u64>,
    pub shed: Shed,
}

/// What was left out because there was too much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shed {
    /// Plots that were not looked at.
    pub plots: u64,
    /// Steps of unconfirmed tracks.
    pub steps: u64,
    /// Plots that were looked at, belong to no track, and began none.
    pub beginnings: u64,
}

/// What of one look is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attention {
    /// Whether all plots are looked at, and not only those near a track.
    pub is_whole: bool,
    /// Tracks that may be begun.
    pub beginnings: u64,
}

impl Effort {
    /// A new tick.
    pub fn begin_tick(&mut self) {
        self.spent = 0;
        self.by_sensor.clear();
    }

    /// What a sensor may still spend in this tick. Half of all work is for whoever comes first, the other half in equal parts for
    /// each sensor: none that floods the node takes the others' part.
    fn left(&self, look: &Look<'_>) -> u64 {
        let half = u64::from(look.setup.tracker.work_per_tick) / 2;
        let part = half / look.setup.sensors.len().max(1) as u64;
        half.saturating_sub(self.spent).max(part.saturating_sub(self.own(look.scan.sensor)))
    }

    /// What a sensor has spent in this tick.
    fn own(&self, sensor: SensorId) -> u64 {
        self.by_sensor.get(&sensor).copied().unwrap_or(0)
    }

    pub fn spend(&mut self, sensor: SensorId, units: u64) {
        self.by_sensor.insert(sensor, self.own(sensor).saturating_add(units));
        self.spent = self.spent.saturating_add(units);
    }

    pub fn spend_steps(&mut self, sensor: SensorId, steps: u64) {
        self.spend(sensor, steps.saturating_mul(STEP_UNITS));
    }

    /// Decides what of a look is worked on; of the tracks that it may see, by index, those that are not stepped go out of the list.
    pub fn attend(&mut self, look: &Look<'_>, tracks: &[Track], visible: &mut Vec<usize>) -> Attention {
        let sensor = look.scan.sensor;
        let left = self.left(look);
        let is_unconfirmed = |index: &usize| !tracks[*index].is_confirmed();
        let unconfirmed = visible.iter().copied().filter(|index| is_unconfirmed(index)).count() as u64;
        let cost = look.scan.plots.len() as u64 + unconfirmed * STEP_UNITS;
        if cost <= left {
            self.spend(sensor, cost);
            return Attention { is_whole: true, beginnings: (left - cost) / STEP_UNITS };
        }
        let stepped = unconfirmed.min(left / STEP_UNITS);
        self.spend_steps(sensor, stepped);
        self.shed.steps += unconfirmed - stepped;
        // The confirmed first, then the likeliest.
        let rank = |index: &usize| {
            let track = &tracks[*index];
            (!track.is_confirmed(), -track.score.log_ratio(), track.id)
        };
        visible.sort_unstable_by(|one, other| {
            let ((one_class, one_score, one_id), (class, score, id)) = (rank(one), rank(other));
            one_class.cmp(&class).then(one_score.total_cmp(&score)).then(one_id.cmp(&id))
        });
        let confirmed = visible.len() as u64 - unconfirmed;
        visible.truncate((confirmed + stepped) as usize);
        visible.sort_unstable();
        Attention { is_whole: false, beginnings: 0 }
    }
}

impl Clone for Effort {
    fn clone(&self) -> Self {
        Effort { by_sensor: self.by_sensor.clone(), ..*self }
    }

    /// In the memory that is there.
    fn clone_from(&mut self, source: &Self) {
        (self.spent, self.shed) = (source.spent, source.shed);
        self.by_sensor.clone_from(&source.by_sensor);
    }
}

/// The ranges, m, in which plots may lie that a track takes: apart and ascending. Memory for one look after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Windows(Vec<(f64, f64)>);

/// What bending by the air and an unresolved neighbour add to a range at most, m.
const RANGE_MARGIN_M: f64 = 1_000.0;
/// A faint echo is so many times less certain than the radar's reference, and five deviations are allowed for.
const RANGE_SIGMAS: f64 = 20.0;

impl Windows {
    /// The windows around tracks that are predicted to the look.
    pub fn fill(&mut self, look: &Look<'_>, seen: &[Seen]) {
        let Windows(windows) = self;
        windows.clear();
        let SensorKind::Radar(radar) = &look.station.sensor.kind else { return };
        let margin_m = RANGE_MARGIN_M + RANGE_SIGMAS * radar.range_sigma_m;
        let modes = seen.iter().flat_map(|seen| seen.positions.live());
        windows.extend(modes.map(|mode| {
            let range_m = (mode.mean_m - look.station.position_m).norm();
            let half_m = (look.setup.gate.three * mode.covariance_m2.trace().max(0.0)).sqrt() + margin_m;
            (range_m - half_m, range_m + half_m)
        }));
        windows.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        windows.dedup_by(|next, last| {
            let is_one = next.0 <= last.1;
            if is_one {
                last.1 = last.1.max(next.1);
            }
            is_one
        });
    }

    /// Whether a plot may be that of a track: always where it has no range.
    pub fn may_hold(&self, plot: &Plot) -> bool {
        let Plot::Radar { range_m, .. } = plot else { return true };
        let after = self.0.partition_point(|(from_m, _)| from_m <= range_m);
        after > 0 && *range_m <= self.0[after - 1].1
    }
}
