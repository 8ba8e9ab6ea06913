//! Watches the picture of one node beside the truth.

use crate::accuracy::AccuracyError;
use fusion_core::assess::IdentityAccumulator;
use fusion_core::node::{EventKind, Network, Setup, TickResult};
use fusion_core::share::Regime;
use fusion_core::types::{ObjectId, Scan, Time, TrackId};
use nalgebra::Vector3;
use sensor_sim::Truth;
use sharing_study::run::link_seed;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A track further from an object than this is not on it, m: well above the errors of tracks, which are tens of kilometres
/// as long as only a satellite sees a plume, and below what lies between the missiles of a salvo.
const ON_OBJECT_M: f64 = 30_000.0;

/// What one node knew in one run.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Missiles that it counted in all.
    pub counted: usize,
    /// Missiles that a declared track was on at some time.
    pub found: usize,
    /// Identity switches over all missiles.
    pub switches: u32,
    /// Times that a missile was without a track after it had one.
    pub breaks: u32,
    /// Share of the time that missiles were in flight, with a declared track.
    pub custody: f64,
    /// Tracks begun, confirmed or not.
    pub begun: usize,
    /// Confirmed tracks on nothing that flies.
    pub false_confirmed: usize,
    /// Areas alerted.
    pub alerts: usize,
}

/// Runs one regime and watches every node.
pub fn watch(
    setup: &Arc<Setup>,
    regime: &Regime,
    (scans, truth): (&[Arc<Scan>], &Truth),
    until: Time,
    (seed, run): (u64, usize),
) -> Result<Vec<Watched>, AccuracyError> {
    let mut network = Network::new(setup, regime, link_seed(seed, run as u32))?;
    let mut watchers: Vec<Watcher<'_>> = setup.nodes.iter().map(|_| Watcher::new(truth)).collect();
    let mut outcome = Ok(());
    network.run(scans, until, |result| {
        let watched = watchers.get_mut(usize::from(result.picture.node.0)).map(|watcher| watcher.see(result));
        if let Some(Err(error)) = watched {
            outcome = Err(error);
        }
    })?;
    outcome?;
    Ok(watchers.into_iter().map(Watcher::finish).collect())
}

struct Watcher<'a> {
    truth: &'a Truth,
    identities: IdentityAccumulator,
    counted: u32,
    begun: BTreeSet<TrackId>,
    /// Confirmed tracks that were on something at some tick, and all of them.
    on_something: BTreeSet<TrackId>,
    confirmed: BTreeSet<TrackId>,
    alerts: usize,
}

impl<'a> Watcher<'a> {
    fn new(truth: &'a Truth) -> Self {
        Watcher {
            truth,
            identities: IdentityAccumulator::new(ON_OBJECT_M),
            counted: 0,
            begun: BTreeSet::new(),
            on_something: BTreeSet::new(),
            confirmed: BTreeSet::new(),
            alerts: 0,
        }
    }

    fn see(&mut self, result: &TickResult) -> Result<(), AccuracyError> {
        let is_alert = |kind: &EventKind| matches!(kind, EventKind::Alert { .. });
        self.alerts += result.events.iter().filter(|event| is_alert(&event.kind)).count();
        let picture = &result.picture;
        self.counted = picture.missiles_so_far;
        let missiles: Vec<(TrackId, Vector3<f64>)> =
            picture.missiles().map(|track| (track.id, position_m(&track.kinematic.mean))).collect();
        let state =
            |object: &sensor_sim::TruthObject| Some((object.id, object.state_at(picture.time)?.position_m));
        let truths: Vec<(ObjectId, Vector3<f64>)> = self.truth.missiles().filter_map(state).collect();
        self.identities.add_step(&truths, &missiles)?;
        self.begun.extend(picture.tracks.iter().map(|track| track.id));
        self.confirmed.extend(picture.confirmed().map(|track| track.id));
        let flying: Vec<Vector3<f64>> =
            self.truth.targets_at(picture.time).iter().map(|target| target.position_m).collect();
        for track in picture.confirmed() {
            let place_m = position_m(&track.kinematic.mean);
            if flying.iter().any(|target_m| (target_m - place_m).norm() < ON_OBJECT_M) {
                self.on_something.insert(track.id);
            }
        }
        Ok(())
    }

    fn finish(self) -> Watched {
        let custodies: Vec<_> =
            self.truth.missiles().map(|object| self.identities.custody(object.id)).collect();
        let (tracked, steps) = custodies
            .iter()
            .fold((0, 0), |(tracked, steps), custody| (tracked + custody.tracked, steps + custody.steps));
        Watched {
            counted: self.counted as usize,
            found: custodies.iter().filter(|custody| custody.tracked > 0).count(),
            switches: custodies.iter().map(|custody| custody.switches).sum(),
            breaks: custodies.iter().map(|custody| custody.breaks).sum(),
            custody: f64::from(tracked) / f64::from(steps.max(1)),
            begun: self.begun.len(),
            false_confirmed: self.confirmed.difference(&self.on_something).count(),
            alerts: self.alerts,
        }
    }
}

fn position_m(mean: &nalgebra::Vector6<f64>) -> Vector3<f64> {
    mean.fixed_rows::<3>(0).into()
}
