//! One run of one regime: the network is run over the scans, and what each node knew is held against the truth.

use crate::cues::run_with_cues;
use crate::outcome::{AreaOutcome, GospaSample, ImpactSample, NodeOutcome, Sample, SiapOutcome};
use fusion_core::assess::{SiapAccumulator, SiapTrack, gospa, nees};
use fusion_core::node::{
    Event, EventKind, Network, NetworkError, Picture, PictureTrack, Setup, TICK_S, TickResult,
};
use fusion_core::share::Regime;
use fusion_core::types::{NodeId, ObjectId, Scan, Time, ecef_from_geodetic};
use fusion_core::warning::{Area, CHI_SQUARE_95_TWO};
use nalgebra::{Vector3, Vector6};
use sensor_sim::chance::Seed;
use sensor_sim::{CuedLooks, Scenario, SimulationError, Truth, TruthObject};
use std::sync::Arc;
use thiserror::Error;

/// A track further from the truth than this is not on it, m.
const ON_TRUTH_M: f64 = 50_000.0;
/// GOSPA's order and cut-off, m.
const GOSPA_ORDER: f64 = 2.0;
const GOSPA_CUTOFF_M: f64 = 10_000.0;

/// What one run of one regime gave.
#[derive(Clone, Debug)]
pub struct RegimeRun {
    /// One outcome for each node.
    pub outcomes: Vec<NodeOutcome>,
    /// Bytes that each link carried, in the regime's order.
    pub link_bytes: Vec<u64>,
    /// Digest of everything that the nodes knew and said.
    pub digest: [u8; 32],
}

/// What is to be run.
#[derive(Clone, Copy, Debug)]
pub struct RunPlan<'a> {
    /// Sensors, nodes, areas and trackers.
    pub setup: &'a Arc<Setup>,
    /// The regime, and its place in the study's list.
    pub regime: (usize, &'a Regime),
    /// Seed of the study and number of the run.
    pub seed: (u64, u32),
    /// Seconds since launch at which samples are taken.
    pub times_s: &'a [f64],
    /// The scenario: its radars that are told where to look are simulated in the loop with the nodes.
    pub scenario: &'a Scenario,
}

/// Why a run ended early.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The network could not be run.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A radar in the loop could not be simulated.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
}

/// The seed of the links in a run: delays and releases differ from run to run.
///
/// A replay of a recording takes the same, so that it shows what the study saw.
pub fn link_seed(seed: u64, run: u32) -> u64 {
    seed ^ u64::from(run).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Runs one regime over the scans of one run. Of radars that are told where to look (`cued`) the looks are made in the loop, by
/// what their owner's node knows then, with the draws of the scans that are handed in.
///
/// Errors are measured on the first object of the truth; missiles, GOSPA and SIAP count all.
///
/// # Errors
/// [`RunError`] when the regime does not fit, a scan is of an unknown sensor, or a radar cannot be simulated.
pub fn run_regime(plan: &RunPlan<'_>, scans: &[Arc<Scan>], truth: &Truth) -> Result<RegimeRun, RunError> {
    let (regime_index, regime) = plan.regime;
    let (seed, run) = plan.seed;
    let mut network = Network::new(plan.setup, regime, link_seed(seed, run))?;
    let end = truth.objects.iter().map(TruthObject::impact_time).max().unwrap_or(plan.setup.start);
    let mut observers: Vec<Observer<'_>> =
        (0..plan.setup.nodes.len()).map(|node| Observer::new(plan, truth, NodeId(node as u16))).collect();
    let until = end.plus_seconds(TICK_S);
    let mut observe = |result: &TickResult| {
        if let Some(observer) = observers.get_mut(usize::from(result.picture.node.0)) {
            observer.observe(result);
        }
    };
    let looks = CuedLooks::new(plan.scenario, truth, Seed { seed, run });
    if looks.is_empty() {
        network.run(scans, until, observe)?;
    } else {
        run_with_cues(&mut network, looks, (scans, until), &mut observe)?;
    }
    let mut link_bytes = vec![0; regime.links.len()];
    for (number, bytes) in network.link_bytes() {
        link_bytes[usize::from(number)] = bytes;
    }
    Ok(RegimeRun {
        outcomes: observers.into_iter().map(|observer| observer.finish(regime_index, run)).collect(),
        link_bytes,
        digest: network.digest(),
    })
}

/// Watches one node through a run.
struct Observer<'a> {
    setup: &'a Setup,
    truth: &'a Truth,
    times_s: &'a [f64],
    samples: Vec<Sample>,
    siap: SiapAccumulator,
    alerted: Vec<Option<Time>>,
    first_track: Option<Time>,
    confirmed: Option<Time>,
    actionable: Option<Time>,
    launch_point_error_m: Option<f64>,
    ticks_in_flight: u32,
    ticks_in_custody: u32,
    missiles_counted: u32,
    missiles_so_far: u32,
    node: NodeId,
}

impl<'a> Observer<'a> {
    fn new(plan: &RunPlan<'a>, truth: &'a Truth, node: NodeId) -> Self {
        Observer {
            setup: plan.setup,
            truth,
            times_s: plan.times_s,
            samples: vec![Sample::default(); plan.times_s.len()],
            siap: SiapAccumulator::default(),
            alerted: vec![None; plan.setup.areas.len()],
            first_track: None,
            confirmed: None,
            actionable: None,
            launch_point_error_m: None,
            ticks_in_flight: 0,
            ticks_in_custody: 0,
            missiles_counted: 0,
            missiles_so_far: 0,
            node,
        }
    }

    fn observe(&mut self, result: &TickResult) {
        let picture = &result.picture;
        for event in &result.events {
            self.note_event(event);
        }
        let confirmed: Vec<&PictureTrack> = picture.confirmed().collect();
        // What is left of the confirmed tracks without the aircraft: only they are counted and compared with what flew.
        let missiles: Vec<&PictureTrack> = picture.launched().collect();
        self.missiles_counted = self.missiles_counted.max(missiles.len() as u32);
        self.missiles_so_far = self.missiles_so_far.max(picture.missiles_so_far);
        self.note_siap(picture, &missiles);
        let Some(object) = self.truth.objects.first() else { return };
        let Some(state) = object.state_at(picture.time) else { return };
        self.ticks_in_flight += 1;
        if self.first_track.is_none() && nearest(picture.tracks.iter(), &state.position_m).is_some() {
            self.first_track = Some(picture.time);
        }
        let track = nearest(confirmed.iter().copied(), &state.position_m);
        if let Some(track) = track {
            self.ticks_in_custody += 1;
            self.confirmed.get_or_insert(picture.time);
            if let Some(launch) = &track.launch {
                let pad = object.trajectory.state_at(0.0).map(|state| state.position_m);
                let estimated_m = ecef_from_geodetic(launch.place);
                self.launch_point_error_m = pad.map(|pad_m| (estimated_m - pad_m).norm());
            }
        }
        let since_launch_s = picture.time.seconds_since(object.launch_time);
        if let Some(index) =
            self.times_s.iter().position(|time_s| (time_s - since_launch_s).abs() < 0.5 * TICK_S)
        {
            let truth =
                Vector6::from_iterator(state.position_m.iter().chain(state.velocity_m_s.iter()).copied());
            self.samples[index] = sample(object, &truth, track);
            self.samples[index].gospa = self.gospa(picture, &missiles);
        }
    }

    fn note_event(&mut self, event: &Event) {
        match event.kind {
            EventKind::Alert { area, .. } => {
                let at = event.time.plus_seconds(self.setup.warning.dissemination_s);
                if let Some(slot) = self.alerted.get_mut(usize::from(area)) {
                    slot.get_or_insert(at);
                }
            }
            EventKind::Actionable { .. } => {
                self.actionable.get_or_insert(event.time);
            }
            _ => {}
        }
    }

    fn note_siap(&mut self, picture: &Picture, confirmed: &[&PictureTrack]) {
        let alive: Vec<(ObjectId, Vector3<f64>)> = self.alive(picture.time);
        let ids: Vec<ObjectId> = alive.iter().map(|(id, _)| *id).collect();
        let tracks: Vec<SiapTrack> = confirmed
            .iter()
            .map(|track| {
                let position_m: Vector3<f64> = track.kinematic.mean.fixed_rows::<3>(0).into();
                let truth = alive
                    .iter()
                    .map(|(id, truth_m)| (*id, (truth_m - position_m).norm()))
                    .filter(|(_, error_m)| *error_m < ON_TRUTH_M)
                    .min_by(|a, b| a.1.total_cmp(&b.1));
                SiapTrack { track: track.id, truth }
            })
            .collect();
        self.siap.add_step(TICK_S, &ids, &tracks);
    }

    fn alive(&self, time: Time) -> Vec<(ObjectId, Vector3<f64>)> {
        let state = |object: &TruthObject| Some((object.id, object.state_at(time)?.position_m));
        self.truth.objects.iter().filter_map(state).collect()
    }

    fn gospa(&self, picture: &Picture, confirmed: &[&PictureTrack]) -> GospaSample {
        let estimates_m: Vec<Vector3<f64>> =
            confirmed.iter().map(|track| track.kinematic.mean.fixed_rows::<3>(0).into()).collect();
        let truths_m: Vec<Vector3<f64>> =
            self.alive(picture.time).into_iter().map(|(_, position_m)| position_m).collect();
        // Positions of sound tracks are finite, so the metric always exists.
        gospa(&estimates_m, &truths_m, GOSPA_ORDER, GOSPA_CUTOFF_M)
            .map(|metric| GospaSample {
                total_m: metric.distance_m,
                localisation_m: metric.localisation_power.sqrt(),
                missed_m: metric.missed_power.sqrt(),
                false_m: metric.false_power.sqrt(),
            })
            .unwrap_or_default()
    }

    fn finish(self, regime: usize, run: u32) -> NodeOutcome {
        let launch = self.truth.objects.first().map_or(self.setup.start, |object| object.launch_time);
        let since_launch = |time: Option<Time>| time.map(|time| time.seconds_since(launch));
        let measures = self.siap.measures();
        let areas = self
            .setup
            .areas
            .iter()
            .zip(&self.alerted)
            .map(|(area, alerted)| {
                let reached_s = self
                    .truth
                    .objects
                    .iter()
                    .filter_map(|object| reached_s(area, object))
                    .fold(None, |least: Option<f64>, time_s| Some(least.map_or(time_s, |l| l.min(time_s))));
                AreaOutcome { threatened: reached_s.is_some(), reached_s, alerted_s: since_launch(*alerted) }
            })
            .collect();
        NodeOutcome {
            run,
            regime,
            node: self.node,
            first_track_s: since_launch(self.first_track),
            confirmed_s: since_launch(self.confirmed),
            actionable_s: since_launch(self.actionable),
            launch_point_error_m: self.launch_point_error_m,
            custody_fraction: f64::from(self.ticks_in_custody) / f64::from(self.ticks_in_flight.max(1)),
            missiles_counted: self.missiles_counted,
            missiles_so_far: self.missiles_so_far,
            missiles_flown: self.truth.missiles().count() as u32,
            siap: SiapOutcome {
                completeness: measures.completeness.unwrap_or(0.0),
                ambiguity: measures.ambiguity.unwrap_or(0.0),
                spuriousness: measures.spuriousness.unwrap_or(0.0),
            },
            areas,
            samples: self.samples,
        }
    }
}

/// The track nearest to a true position, when it is on it.
fn nearest<'t>(
    tracks: impl Iterator<Item = &'t PictureTrack>,
    truth_m: &Vector3<f64>,
) -> Option<&'t PictureTrack> {
    tracks
        .map(|track| ((track.kinematic.mean.fixed_rows::<3>(0) - truth_m).norm(), track))
        .filter(|(error_m, _)| *error_m < ON_TRUTH_M)
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, track)| track)
}

fn sample(object: &TruthObject, truth: &Vector6<f64>, track: Option<&PictureTrack>) -> Sample {
    let Some(track) = track else { return Sample::default() };
    let error = track.kinematic.mean - truth;
    Sample {
        has_track: true,
        position_error_m: Some(error.fixed_rows::<3>(0).norm()),
        nees: nees(&error, &track.kinematic.covariance).ok(),
        impact: track.impact.as_ref().map(|impact| {
            let true_place = object.trajectory.impact();
            let ellipse = impact.ellipse_95();
            let covers =
                impact.mahalanobis_squared(true_place).is_some_and(|squared| squared <= CHI_SQUARE_95_TWO);
            ImpactSample {
                error_m: impact.offset_to_m(true_place).norm(),
                time_error_s: impact.time.seconds_since(object.impact_time()),
                latitude_deg: impact.place.latitude_rad.to_degrees(),
                longitude_deg: impact.place.longitude_rad.to_degrees(),
                ellipse_major_m: ellipse.major_m,
                ellipse_minor_m: ellipse.minor_m,
                ellipse_azimuth_rad: ellipse.azimuth_rad,
                covers_truth: covers,
            }
        }),
        gospa: GospaSample::default(),
    }
}

/// When an object first is over an area or comes down in it, s after its launch.
fn reached_s(area: &Area, object: &TruthObject) -> Option<f64> {
    let trajectory = &object.trajectory;
    let over = |time_s: f64| {
        trajectory
            .state_at(time_s)
            .is_some_and(|state| area.contains(fusion_core::types::geodetic_from_ecef(&state.position_m)))
    };
    (0..)
        .map(f64::from)
        .take_while(|time_s| *time_s < trajectory.impact_s())
        .find(|time_s| over(*time_s))
        .or_else(|| area.contains(trajectory.impact()).then(|| trajectory.impact_s()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_run_of_a_study_has_the_seed_of_the_study() {
        assert_eq!(link_seed(7, 0), 7);
        assert_ne!(link_seed(7, 1), link_seed(7, 2));
    }
}
