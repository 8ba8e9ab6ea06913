//! Crossing and closely spaced flights: the three ways to give plots to tracks, side by side.

mod scene;
mod table;

use crate::accuracy::{AccuracyError, Options, Progress, Study, Table};
use fusion_core::assess::{IdentityAccumulator, gospa};
use fusion_core::association::Method;
use fusion_core::node::{Node, TickResult};
use fusion_core::types::{NodeId, ObjectId, Scan, Time, TrackId};
use nalgebra::Vector3;
use scene::{FLIGHTS, Geometry, Scene};
use std::sync::Arc;
use std::time::Instant;

/// The study.
pub const STUDY: Study = Study {
    name: "crossing",
    about: "ten crossing or closely spaced flights: nearest neighbour, joint and multiple hypotheses side by side",
    runs: 200,
    run,
};

const METHODS: [(Method, &str); 3] = [
    (Method::NearestNeighbour, "nearest neighbour"),
    (Method::Joint, "joint"),
    (Method::MultipleHypotheses, "multiple hypotheses"),
];
const SEPARATIONS: [f64; 4] = [1.0, 2.0, 5.0, 10.0];
/// A track further from a flight is not on it, standard deviations of a plot: half of what lies between flights that are apart.
const ON_FLIGHT_SIGMAS: f64 = 3.5;
const NODE: NodeId = NodeId(0);

/// What came of one run by one method.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    /// GOSPA, m: means over the looks while the flights are close, and after.
    gospa_close_m: f64,
    gospa_after_m: f64,
    /// A flight.
    switches: f64,
    lost: f64,
    /// At the end.
    without: f64,
    ghosts: f64,
    /// Of processing.
    seconds: f64,
}

fn run(options: &Options, progress: &Progress) -> Result<Vec<Table>, AccuracyError> {
    let mut tables = Vec::new();
    for geometry in [Geometry::Crossing, Geometry::SideBySide] {
        let mut rows = Vec::new();
        for separation in SEPARATIONS {
            let scene = Scene::new(geometry, separation)?;
            let mut all: Vec<[Outcome; 3]> = Vec::new();
            let one_run = |run: usize| -> Result<[Outcome; 3], AccuracyError> {
                let scans = scene.scans(options.seed, run);
                let mut outcomes = [Outcome::default(); 3];
                for (outcome, (method, _)) in outcomes.iter_mut().zip(METHODS) {
                    *outcome = follow(&scene, method, &scans)?;
                }
                Ok(outcomes)
            };
            let what = format!("{}, {separation} sigma", geometry.name());
            progress.fold_runs(&what, options.runs, one_run, |outcomes| {
                all.push(outcomes);
                Ok::<(), AccuracyError>(())
            })?;
            rows.extend(table::rows(&scene, &all));
        }
        tables.push(table::table(geometry, rows, options.runs));
    }
    Ok(tables)
}

/// Runs a node through a scene.
fn follow(scene: &Scene, method: Method, scans: &[Arc<Scan>]) -> Result<Outcome, AccuracyError> {
    let mut node = Node::new(NODE, scene.setup_with(method));
    let mut result = TickResult::empty(NODE, Time::from_nanoseconds(0));
    let mut watcher = Watcher::new(scene);
    let mut seconds = 0.0;
    for ((after_s, now, truths), scan) in scene.looks().zip(scans) {
        seconds += timed(|| {
            node.receive_scan(Arc::clone(scan));
            node.tick_into(now, &mut result);
        });
        watcher.see(after_s, &truths, &result)?;
    }
    Ok(watcher.finish(seconds))
}

/// How long something takes, s.
#[expect(clippy::disallowed_methods, reason = "a figure of this study is a time")]
fn timed(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// Watches the tracks of one run beside the flights.
struct Watcher<'a> {
    scene: &'a Scene,
    identities: IdentityAccumulator,
    close_m: Vec<f64>,
    after_m: Vec<f64>,
    /// Tracks on the flights before they came close, and those that there are now.
    first: Vec<Option<TrackId>>,
    now: Vec<TrackId>,
    without: usize,
    ghosts: usize,
}

impl<'a> Watcher<'a> {
    fn new(scene: &'a Scene) -> Self {
        Watcher {
            scene,
            identities: IdentityAccumulator::new(ON_FLIGHT_SIGMAS * scene.sigma_m),
            close_m: Vec::new(),
            after_m: Vec::new(),
            first: Vec::new(),
            now: Vec::new(),
            without: 0,
            ghosts: 0,
        }
    }

    fn see(
        &mut self,
        after_s: f64,
        truths: &[(ObjectId, Vector3<f64>)],
        result: &TickResult,
    ) -> Result<(), AccuracyError> {
        let spans = self.scene.geometry.spans();
        let tracks: Vec<(TrackId, Vector3<f64>)> = result
            .picture
            .confirmed()
            .map(|track| (track.id, track.kinematic.mean.fixed_rows::<3>(0).into()))
            .collect();
        self.now.clear();
        self.now.extend(tracks.iter().map(|(id, _)| *id));
        let (is_before, is_after) = (spans.before.contains(&after_s), spans.after.contains(&after_s));
        if is_before || is_after {
            self.identities.add_step(truths, &tracks)?;
        }
        if is_before {
            let flights = truths.iter().map(|(flight, _)| self.identities.custody(*flight).last);
            self.first = flights.collect();
        }
        if is_after || spans.close.contains(&after_s) {
            let tracks_m: Vec<_> = tracks.iter().map(|(_, position_m)| *position_m).collect();
            let truths_m: Vec<_> = truths.iter().map(|(_, position_m)| *position_m).collect();
            let cutoff_m = ON_FLIGHT_SIGMAS * self.scene.sigma_m;
            let distance = gospa(&tracks_m, &truths_m, 2.0, cutoff_m)?;
            (self.without, self.ghosts) = (distance.missed, distance.false_tracks);
            let list = if is_after { &mut self.after_m } else { &mut self.close_m };
            list.push(distance.distance_m);
        }
        Ok(())
    }

    fn finish(self, seconds: f64) -> Outcome {
        let a_flight = |count: usize| count as f64 / FLIGHTS as f64;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let custody = |flight: usize| self.identities.custody(ObjectId(flight as u32));
        let lost = self.first.iter().flatten().filter(|id| !self.now.contains(id)).count();
        Outcome {
            gospa_close_m: mean(&self.close_m),
            gospa_after_m: mean(&self.after_m),
            switches: a_flight((0..FLIGHTS).map(|flight| custody(flight).switches as usize).sum()),
            lost: a_flight(lost),
            without: a_flight(self.without),
            ghosts: self.ghosts as f64,
            seconds,
        }
    }
}
