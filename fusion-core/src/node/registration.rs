//! The biases of radars that move, found by what radars that stand see as well, and taken out of their scans.

use super::snapshot::shared;
use super::{EventKind, Look, Setup};
use crate::filter::Mode;
use crate::measurement::{Observation, Station};
use crate::registration::{BiasEstimate, BiasEstimator, BiasPrior, Biases, Witness};
use crate::track::Track;
use crate::types::{Scan, Sensor, SensorId, SensorKind, Time, TrackId, height_and_up};
use nalgebra::{Matrix6, Vector6};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a node has learnt of its sensors' biases. Without registration it holds nothing and does nothing.
///
/// Which radar is right is not in the data: those that stand are surveyed and count as right, those that move are not.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Registrar {
    radars: Vec<Radar>,
    /// Scans as they were taken in, in order of look, until a tick is past them.
    pending: Vec<Pending>,
    /// What was taken out of each look of the history, so that a scan that comes again comes the same.
    applied: BTreeMap<Look, Biases>,
}

/// A scan that is still to be learnt from, and what was taken out of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pending {
    look: Look,
    #[serde(with = "shared")]
    scan: Arc<Scan>,
    applied: Biases,
}

/// A radar that may be off.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Radar {
    sensor: SensorId,
    estimator: BiasEstimator,
    estimate: BiasEstimate,
    witnesses: Vec<(TrackId, Time, Witness)>,
    is_told: bool,
}

/// Objects at most that are followed at once for one radar.
const MOST_WITNESSES: usize = 8;
/// Gates out one true plot in a million: chi-square of three degrees of freedom.
const GATE: f64 = 30.7;
/// What a witness takes from a track: so little that what the track holds of the radar's own plots does not count.
const TRACK_SIGMAS: [f64; 2] = [10e3, 300.0];
/// Nearer to each other than this, m, two tracks are not both followed.
const NEAREST_M: f64 = 20e3;
/// A coast is one without air and thrust.
const LEAST_HEIGHT_M: f64 = 100e3;
const BURNT_OUT_BELOW: f64 = 0.02;

impl Registrar {
    pub fn new(setup: &Setup) -> Self {
        let may_be_off = |sensor: &&Sensor| is_radar(sensor) && !stands(sensor);
        let radar = |sensor: &Sensor| {
            let estimator = BiasEstimator::new(BiasPrior::default());
            let estimate = estimator.estimate([]).ok()?;
            Some(Radar { sensor: sensor.id, estimator, estimate, witnesses: Vec::new(), is_told: false })
        };
        let radars = if setup.tracker.registration {
            setup.sensors.iter().filter(may_be_off).filter_map(radar).collect()
        } else {
            Vec::new()
        };
        Registrar { radars, ..Registrar::default() }
    }

    /// The biases of each radar that may be off, as they are known now.
    pub fn estimates(&self) -> impl Iterator<Item = (SensorId, &BiasEstimate)> {
        self.radars.iter().map(|radar| (radar.sensor, &radar.estimate))
    }

    /// Notes a scan and gives it without what is known of its sensor's biases.
    pub fn correct(&mut self, scan: Arc<Scan>) -> Arc<Scan> {
        if self.radars.is_empty() {
            return scan;
        }
        let look = (scan.time, scan.sensor, scan.sequence);
        let known = self.radars.iter().find(|radar| radar.sensor == scan.sensor);
        let now = known.map_or(Biases::default(), |radar| radar.estimate.biases);
        let is_new = !self.applied.contains_key(&look);
        let applied = *self.applied.entry(look).or_insert(now);
        let corrected =
            if applied == Biases::default() { scan } else { Arc::new(applied.correct_scan(&scan)) };
        if is_new {
            let index = self.pending.partition_point(|known| known.look < look);
            self.pending.insert(index, Pending { look, scan: Arc::clone(&corrected), applied });
        }
        corrected
    }

    /// Learns from the scans up to `now` by the tracks of that time; what was found is told to `say`, once for each radar.
    ///
    /// A scan that comes after a later one has been learnt from is not learnt from.
    pub fn tick(
        &mut self,
        (setup, tracks): (&Setup, &[Track]),
        (horizon, now): (Time, Time),
        mut say: impl FnMut(EventKind),
    ) {
        let due = self.pending.partition_point(|known| known.look.0 <= now);
        for Pending { scan, applied, .. } in self.pending.drain(..due) {
            let Some(sensor) = setup.sensor(scan.sensor).filter(|sensor| is_radar(sensor)) else { continue };
            for radar in &mut self.radars {
                if stands(sensor) || radar.sensor == sensor.id {
                    radar.look(setup, &Station::at_scan(sensor, &scan), &scan, &applied);
                }
            }
        }
        while self.applied.first_key_value().is_some_and(|((time, ..), _)| *time <= horizon) {
            self.applied.pop_first();
        }
        for radar in &mut self.radars {
            radar.follow(tracks, now);
            let seen = radar.witnesses.iter().map(|(.., witness)| witness);
            if let Ok(estimate) = radar.estimator.estimate(seen) {
                radar.estimate = estimate;
            }
            if !radar.is_told && radar.estimate.is_significant() {
                radar.is_told = true;
                let (biases, sigmas) = (radar.estimate.biases, radar.estimate.sigmas().into());
                say(EventKind::BiasFound { sensor: radar.sensor, biases, sigmas });
            }
        }
    }
}

impl Radar {
    /// Takes a look into each object's filter, where one plot and no other can be the object's and no other's.
    fn look(&mut self, setup: &Setup, station: &Station<'_>, scan: &Scan, applied: &Biases) {
        let is_off = scan.sensor == self.sensor;
        let mut claims = vec![0_u32; scan.plots.len()];
        let mut taken: Vec<Option<(usize, Witness)>> = Vec::with_capacity(self.witnesses.len());
        for (_, time, witness) in &mut self.witnesses {
            if scan.time < *time {
                taken.push(None);
                continue;
            }
            witness.predict(&setup.models.coast, scan.time.seconds_since(*time));
            *time = scan.time;
            let mut found = Vec::new();
            for (index, plot) in scan.plots.iter().enumerate() {
                let Some(observation) = Observation::new(station, plot) else { continue };
                let mut updated = *witness;
                let squared = if is_off {
                    updated.biased(station, &observation, applied)
                } else {
                    updated.reference(&observation)
                };
                if squared.is_some_and(|squared| squared <= GATE) {
                    claims[index] += 1;
                    found.push((index, updated));
                }
            }
            taken.push(if found.len() == 1 { found.pop() } else { None });
        }
        for ((.., witness), taken) in self.witnesses.iter_mut().zip(taken) {
            if let Some((index, updated)) = taken
                && claims[index] == 1
            {
                *witness = updated;
            }
        }
    }

    /// Lets go of objects that have ended or fall, and follows those that coast.
    fn follow(&mut self, tracks: &[Track], now: Time) {
        let goes_on = |id: TrackId| tracks.iter().any(|track| track.id == id && coasts(track));
        let estimator = &mut self.estimator;
        self.witnesses.retain(|(id, _, witness)| {
            let is_kept = goes_on(*id);
            if let (false, Ok(evidence)) = (is_kept, witness.evidence()) {
                estimator.add(&evidence);
            }
            is_kept
        });
        for track in tracks.iter().filter(|track| coasts(track)) {
            let mut object = track.filter.kinematic();
            // A radar that is off far enough makes a second track of one object: neither it nor what flies so near is followed.
            let is_near = |witness: &Witness| {
                (witness.object().mean - object.mean).fixed_rows::<3>(0).norm() < NEAREST_M
            };
            let is_followed =
                self.witnesses.iter().any(|(id, _, witness)| *id == track.id || is_near(witness));
            if !is_followed && self.witnesses.len() < MOST_WITNESSES {
                let [position, velocity] = TRACK_SIGMAS.map(|sigma| sigma * sigma);
                let variances = Vector6::new(position, position, position, velocity, velocity, velocity);
                object.covariance = Matrix6::from_diagonal(&variances);
                let witness = Witness::new(&object, self.estimator.prior());
                self.witnesses.push((track.id, now, witness));
            }
        }
    }
}

fn is_radar(sensor: &Sensor) -> bool {
    matches!(sensor.kind, SensorKind::Radar(_))
}

fn stands(sensor: &Sensor) -> bool {
    sensor.navigation_sigma_m == 0.0
}

/// Whether a track is of something launched that no longer burns, above the air.
fn coasts(track: &Track) -> bool {
    let mean = track.filter.kinematic().mean;
    track.is_launched()
        && track.filter.probabilities[0] < BURNT_OUT_BELOW
        && track.filter.likeliest() == Mode::Coast
        && height_and_up(&mean.fixed_rows::<3>(0).into()).0 > LEAST_HEIGHT_M
}
