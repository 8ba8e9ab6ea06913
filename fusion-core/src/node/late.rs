//! What comes after its tick, taken into the present tracks without going back: retrodiction.

use super::Setup;
use super::remote::Outcome;
use super::scan::Plots;
use super::tracker::Tracker;
use crate::association::{Associate, NearestNeighbour, Predicted, Shares, Weighing};
use crate::filter::{LateMissile, PositionModes};
use crate::measurement::Station;
use crate::share::{InformationRow, Tracklet};
use crate::track::detection_probability;
use crate::types::{Scan, Time};

/// What late scans need besides the tracks, kept from one to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct LateScratch {
    plots: Plots,
    seen: Vec<LateSeen>,
    weighing: Weighing,
    nearest: NearestNeighbour,
    shares: Shares,
}

/// A track as it was when the late scan was made.
#[derive(Clone, Debug)]
struct LateSeen {
    index: usize,
    missile: LateMissile,
    positions: PositionModes,
    detection_probability: f64,
}

/// Where the tracker stood before the late one was made.
pub(super) type Earlier<'a> = (&'a Tracker, Time);

impl Tracker {
    /// Takes a late scan in; whether any plot of it went into a track.
    ///
    /// The likeliest assignment decides, whatever the method of association. A late scan begins no track and tells against none:
    /// tracks younger than it, and those whose phase has changed since, take nothing from it.
    pub fn late_scan(
        &mut self,
        setup: &Setup,
        scan: &Scan,
        earlier: Earlier<'_>,
        scratch: &mut LateScratch,
    ) -> bool {
        let Some(sensor) = setup.sensor(scan.sensor) else { return false };
        let station = Station::at_scan(sensor, scan);
        let LateScratch { plots, seen, weighing, nearest, shares } = scratch;
        plots.fill(&station, scan);
        seen.clear();
        for index in 0..self.tracks.len() {
            let Some(missile) = self.as_it_was(setup, index, scan.time, earlier) else { continue };
            let positions = missile.positions();
            let detection_probability = detection_probability(&station, &positions);
            if detection_probability > 0.0 {
                seen.push(LateSeen { index, missile, positions, detection_probability });
            }
        }
        let predicted = seen.iter().map(|seen| Predicted {
            positions: &seen.positions,
            detection_probability: seen.detection_probability,
            resolved_probability: 1.0,
            existence: 1.0,
        });
        let table = weighing.weigh(predicted, plots.candidacies(), setup.gate);
        if nearest.associate(table, shares).is_err() {
            return false;
        }
        let mut is_used = false;
        for (row, seen) in seen.iter_mut().enumerate() {
            let Some((plot, _)) = shares.of(row).find(|(_, weight)| *weight > 0.5) else { continue };
            let update = seen.missile.update(&plots.observations[plot]);
            if update.is_some_and(|update| update.normalised_innovation_squared <= setup.track_gate) {
                self.close_branches(seen.index);
                let track = &mut self.tracks[seen.index];
                track.filter = seen.missile.present();
                is_used = true;
            }
        }
        is_used
    }

    /// Takes a late tracklet in. One that a later one of the same track has overtaken is known: a pedigree holds the last only.
    pub fn late_tracklet(&mut self, setup: &Setup, tracklet: &Tracklet, earlier: Earlier<'_>) -> Outcome {
        let Some(index) = self.standing_for(tracklet.origin) else { return Outcome::Refused };
        if self.tracks[index].pedigree.contains(tracklet.origin, tracklet.until) {
            return Outcome::Known;
        }
        let Some(mut missile) = self.as_it_was(setup, index, tracklet.until, earlier) else {
            return Outcome::Refused;
        };
        let mut storage = [InformationRow::default(); 6];
        let update = missile.update_linear(tracklet.rows(&mut storage));
        if update.normalised_innovation_squared > setup.track_gate {
            return Outcome::Refused;
        }
        self.close_branches(index);
        let track = &mut self.tracks[index];
        track.filter = missile.present();
        track.pedigree.raise(tracklet.origin, tracklet.until);
        track.score.support(&setup.limits);
        track.last_seen = track.last_seen.max(tracklet.until);
        Outcome::Used
    }

    /// A present track at `time`, with what was known of it before.
    fn as_it_was(
        &self,
        setup: &Setup,
        index: usize,
        time: Time,
        (earlier, at): Earlier<'_>,
    ) -> Option<LateMissile> {
        let track = &self.tracks[index];
        let before = &earlier.tracks[earlier.place_of(track.id)?];
        let ago_s = track.time.seconds_since(at);
        track.filter.retrodict((&before.filter, ago_s), track.time.seconds_since(time), &setup.models)
    }
}
