//! Real nodes and links across burnout: every rule and interval beside ideal fusion of the same measurements under the same policy.

use super::{judged, link, root_mean_square, tracks};
use crate::accuracy::{AccuracyError, Cell, Options, Progress, Table};
use fusion_core::assess::nees;
use fusion_core::node::{Network, Node, Picture, PictureTrack, Setup};
use fusion_core::share::FusionRule;
use fusion_core::types::{NodeId, Scan, Time};
use nalgebra::Vector6;
use sensor_sim::flight::Flight;
use sensor_sim::{Scenario, TruthObject, simulate};
use std::sync::Arc;

const SCENARIO: &str = include_str!("../../../../fixtures/overflight-2017-09-15/scenario.toml");
const RECEIVER: NodeId = NodeId(0);
/// From sending to arrival, s.
const DELAY_S: f64 = 1.0;
/// When the picture is judged, s after burnout; NEES at those of the second list.
const JUDGED_S: [f64; 4] = [-10.0, 5.0, 20.0, 60.0];
const NEES_AT_S: [f64; 2] = [5.0, 60.0];

/// A way to know.
#[derive(Clone, Copy, Debug)]
enum Way {
    Siloed,
    Rule(FusionRule, f64),
    /// All measurements in one filter, those of others with the messages of such an interval; none: at once.
    Ideal(Option<f64>),
}

const WAYS: [Way; 18] = [
    Way::Siloed,
    Way::Rule(FusionRule::Naive, 1.0),
    Way::Rule(FusionRule::CovarianceIntersection, 1.0),
    Way::Rule(FusionRule::InverseCovarianceIntersection, 1.0),
    Way::Rule(FusionRule::Information, 1.0),
    Way::Ideal(Some(1.0)),
    Way::Rule(FusionRule::CovarianceIntersection, 5.0),
    Way::Rule(FusionRule::InverseCovarianceIntersection, 5.0),
    Way::Rule(FusionRule::Information, 5.0),
    Way::Ideal(Some(5.0)),
    Way::Rule(FusionRule::CovarianceIntersection, 10.0),
    Way::Rule(FusionRule::InverseCovarianceIntersection, 10.0),
    Way::Rule(FusionRule::Information, 10.0),
    Way::Ideal(Some(10.0)),
    Way::Rule(FusionRule::CovarianceIntersection, 30.0),
    Way::Rule(FusionRule::Information, 30.0),
    Way::Ideal(Some(30.0)),
    Way::Ideal(None),
];

/// Squared position error (m²) and NEES at each judged time; none without a track.
type Known = [Option<(f64, f64)>; JUDGED_S.len()];

struct Scene {
    scenario: Scenario,
    flights: Vec<Flight>,
    setup: Arc<Setup>,
}

/// One way in one run: what was known, and the bytes sent to the receiver by links of tracks.
type Outcome = (Known, u64);

pub fn table(options: &Options, progress: &Progress) -> Result<Table, AccuracyError> {
    let mut scenario = Scenario::parse(SCENARIO)?;
    let setup = sharing_study::study::setup_of(&scenario)?;
    // Every plot is the missile's: this is about fusion.
    scenario.sensors.iter_mut().for_each(|sensor| sensor.clutter_per_scan = 0.0);
    let scene = Scene { flights: scenario.fly()?, scenario, setup };
    let mut all: Vec<Vec<Outcome>> = Vec::with_capacity(options.runs);
    progress.fold_runs(
        "across burnout",
        options.runs,
        |run| scene.run(options.seed, run),
        |outcome| {
            all.push(outcome);
            Ok::<(), AccuracyError>(())
        },
    )?;
    let rows = WAYS.iter().enumerate().map(|(index, way)| row(*way, &all, index));
    Ok(Table {
        title: format!("Across burnout, overflight-2017-09-15, Korea's picture, {} runs", options.runs),
        columns: vec![
            "rule",
            "every s",
            "RMSE m, 10 s before",
            "5 s after",
            "20 s after",
            "60 s after",
            "NEES 5 s after",
            "band",
            "verdict",
            "NEES 60 s after",
            "band ",
            "verdict ",
            "bytes",
        ],
        rows: rows.collect::<Result<_, AccuracyError>>()?,
        notes: vec![
            "All three nations tell each other of their tracks, a second late, over the real nodes and links; naive fusion begins second tracks, and the nearest to the missile is judged. Ideal: the receiver has the others' scans instead, with the same messages. NEES is that of position and velocity over all modes. Bytes: sent to Korea in a run.".into(),
        ],
    })
}

fn row(way: Way, all: &[Vec<Outcome>], index: usize) -> Result<Vec<Cell>, AccuracyError> {
    let (name, interval_s) = match way {
        Way::Siloed => ("siloed", None),
        Way::Rule(FusionRule::Naive, interval_s) => ("naive", Some(interval_s)),
        Way::Rule(FusionRule::CovarianceIntersection, interval_s) => {
            ("covariance intersection", Some(interval_s))
        }
        Way::Rule(FusionRule::InverseCovarianceIntersection, interval_s) => {
            ("inverse covariance intersection", Some(interval_s))
        }
        Way::Rule(FusionRule::Information, interval_s) => ("information", Some(interval_s)),
        Way::Ideal(Some(interval_s)) => ("ideal", Some(interval_s)),
        Way::Ideal(None) => ("measurements", None),
    };
    let at = |time: usize| all.iter().filter_map(move |ways| ways[index].0[time]);
    let mut row = vec![name.into(), interval_s.map_or(Cell::Empty, |seconds| Cell::Number(seconds, 0))];
    for time in 0..JUDGED_S.len() {
        let squares: Vec<f64> = at(time).map(|(squared_m2, _)| squared_m2).collect();
        row.push(root_mean_square(&squares, 0));
    }
    for judged_s in NEES_AT_S {
        let time = JUDGED_S.iter().position(|at_s| *at_s == judged_s).ok_or("not judged then")?;
        row.extend(judged(&at(time).map(|(_, nees)| nees).collect::<Vec<_>>())?);
    }
    let bytes: u64 = all.iter().map(|ways| ways[index].1).sum();
    row.push(match way {
        Way::Ideal(_) => Cell::Empty,
        Way::Siloed | Way::Rule(..) => Cell::Number(bytes as f64 / all.len() as f64, 0),
    });
    Ok(row)
}

impl Scene {
    fn run(&self, seed: u64, run: usize) -> Result<Vec<Outcome>, AccuracyError> {
        let simulation = simulate(&self.scenario, &self.flights, seed, run as u32)?;
        let object = simulation.truth.objects.first().ok_or("the scenario has no flight")?;
        let burnout = object.launch_time.plus_seconds(object.trajectory.burnout_s());
        let until = burnout.plus_seconds(JUDGED_S[JUDGED_S.len() - 1]);
        let due = simulation.scans.into_iter().take_while(|scan| scan.time <= until);
        let scans: Vec<Arc<Scan>> = due.map(Arc::new).collect();
        let watch = Watch { object, burnout };
        WAYS.iter()
            .map(|way| match way {
                Way::Siloed => self.of_rule(None, (&scans, &watch, until)),
                Way::Rule(rule, interval_s) => {
                    self.of_rule(Some((*rule, *interval_s)), (&scans, &watch, until))
                }
                Way::Ideal(interval_s) => Ok(self.ideal(*interval_s, (&scans, &watch, until))),
            })
            .collect()
    }

    fn of_rule(
        &self,
        rule: Option<(FusionRule, f64)>,
        (scans, watch, until): (&[Arc<Scan>], &Watch<'_>, Time),
    ) -> Result<Outcome, AccuracyError> {
        let nodes = &self.setup.nodes;
        let pairs = nodes.iter().flat_map(|from| nodes.iter().map(move |to| (from.clone(), to.clone())));
        let ends = pairs.filter(|(from, to)| rule.is_some() && from != to);
        let (fusion, interval_s) = rule.unwrap_or((FusionRule::Information, 1.0));
        let regime = tracks("all to all", ends, |from, to| link(from, to, fusion, DELAY_S, interval_s));
        let to_receiver: Vec<bool> =
            regime.links.iter().map(|link| link.to == nodes[usize::from(RECEIVER.0)]).collect();
        let mut network = Network::new(&self.setup, &regime, 1)?;
        let mut known = Known::default();
        network.run(scans, until, |result| {
            if result.picture.node == RECEIVER {
                watch.see(&result.picture, &mut known);
            }
        })?;
        let received = network.link_bytes().filter(|(number, _)| to_receiver[usize::from(*number)]);
        let bytes: u64 = received.map(|(_, bytes)| bytes).sum();
        Ok((known, bytes))
    }

    /// One node with its own scans at once and those of the others when a message would bring them.
    fn ideal(
        &self,
        interval_s: Option<f64>,
        (scans, watch, until): (&[Arc<Scan>], &Watch<'_>, Time),
    ) -> Outcome {
        let owner = |scan: &Scan| self.setup.sensor(scan.sensor).map(|sensor| sensor.owner);
        let arrival = |scan: &Scan| match interval_s.filter(|_| owner(scan) != Some(RECEIVER)) {
            None => scan.time,
            Some(interval_s) => {
                let made_s = scan.time.seconds_since(self.setup.start);
                // Links first send at the first tick, and then so often.
                let waits = libm::ceil((made_s - 1.0) / interval_s).max(0.0);
                self.setup.start.plus_seconds(1.0 + waits * interval_s + DELAY_S)
            }
        };
        let mut coming: Vec<(Time, &Arc<Scan>)> = scans.iter().map(|scan| (arrival(scan), scan)).collect();
        coming.sort_by_key(|(arrival, scan)| (*arrival, scan.time, scan.sensor, scan.sequence));
        let mut coming = coming.into_iter().peekable();
        let mut node = Node::new(RECEIVER, Arc::clone(&self.setup));
        let mut known = Known::default();
        let mut now = self.setup.start;
        while now < until {
            now = now.plus_seconds(1.0);
            while let Some((_, scan)) = coming.next_if(|(arrival, _)| *arrival <= now) {
                node.receive_scan(Arc::clone(scan));
            }
            watch.see(&node.tick(now).picture, &mut known);
        }
        (known, 0)
    }
}

/// The missile, and when it burns out.
struct Watch<'a> {
    object: &'a TruthObject,
    burnout: Time,
}

impl Watch<'_> {
    fn see(&self, picture: &Picture, known: &mut Known) {
        let after_s = picture.time.seconds_since(self.burnout);
        let Some(index) = JUDGED_S.iter().position(|at_s| (at_s - after_s).abs() < 0.5) else { return };
        let Some(state) = self.object.state_at(picture.time) else { return };
        let truth = Vector6::from_iterator(state.position_m.iter().chain(state.velocity_m_s.iter()).copied());
        let off_m = |track: &&PictureTrack| (track.kinematic.mean - truth).fixed_rows::<3>(0).norm();
        let nearest = picture.confirmed().min_by(|a, b| off_m(a).total_cmp(&off_m(b)));
        known[index] = nearest.and_then(|track| {
            let error = truth - track.kinematic.mean;
            let squared_m2 = error.fixed_rows::<3>(0).norm_squared();
            Some((squared_m2, nees(&error, &track.kinematic.covariance).ok()?))
        });
    }
}
