//! What it gains to be told: when a nation first tracks a missile with its own sensors, with and without launch cues of the
//! other nation, where radars look where they are told to.

use super::statistics::mean_interval;
use super::{AccuracyError, Cell, Options, Progress, Study, Table};
use fusion_core::math::chance::Stream;
use fusion_core::node::{Network, PictureTrack, Setup, TickResult};
use fusion_core::share::Regime;
use fusion_core::types::{NodeId, Scan, Time};
use nalgebra::Vector3;
use sensor_sim::chance::Seed;
use sensor_sim::flight::Flight;
use sensor_sim::{CuedLooks, Scenario, Truth, simulate};
use sharing_study::cues::run_with_cues;
use sharing_study::regimes::{builtin, variants};
use sharing_study::run::link_seed;
use std::sync::Arc;

/// The study.
pub const STUDY: Study = Study {
    name: "cues",
    about: "first track and confirmed track at Korea and Japan with and without launch cues of the other one",
    runs: 200,
    run,
};

/// Runs end so long after the launch; what has not come by then counts as this, s.
const END_S: f64 = 120.0;
/// Launches come evenly over so long a span, s, a whole number of every array's searches: whether a search comes just after a
/// missile has risen over the horizon is chance, and must not be the scenario's.
const LAUNCHES_S: f64 = 40.0;
/// A track further from the truth is not on it, m.
const ON_TRUTH_M: f64 = 50_000.0;
const NODES: [(NodeId, &str); 2] = [(NodeId(0), "korea"), (NodeId(1), "japan")];

const OVERFLIGHT_2017: &str = include_str!("../../../fixtures/overflight-2017-09-15/scenario.toml");
const OVERFLIGHT_2022: &str = include_str!("../../../fixtures/overflight-2022-10-04/scenario.toml");

/// A shipped scenario whose radars are told where to look.
struct Case {
    name: &'static str,
    text: &'static str,
    /// The radars' classes, with what `cued` says of them.
    cued: &'static [(&'static str, &'static str)],
}

const CASES: [Case; 3] = [
    Case {
        name: "2017-09-15, staring radars, cued detection 0.99",
        text: OVERFLIGHT_2017,
        cued: &[
            ("l-band-early-warning", "detection_probability = 0.99"),
            ("s-band-ship", "detection_probability = 0.99"),
            ("long-range-surveillance", "detection_probability = 0.99"),
        ],
    },
    Case {
        name: "2022-10-04, arrays dwell where told",
        text: OVERFLIGHT_2022,
        cued: &[
            ("l-band-early-warning", "detection_probability = 0.98"),
            ("s-band-ship", "detection_probability = 0.98"),
            ("long-range-surveillance", "detection_probability = 0.98"),
        ],
    },
    Case {
        name: "2022-10-04, arrays dwell four times as long where told",
        text: OVERFLIGHT_2022,
        cued: &[
            ("l-band-early-warning", "detection_probability = 0.98\ndwell_gain_db = 6.0"),
            ("s-band-ship", "detection_probability = 0.98\ndwell_gain_db = 6.0"),
            ("long-range-surveillance", "detection_probability = 0.98\ndwell_gain_db = 6.0"),
        ],
    },
];

/// A scenario ready to be flown, with pairs of regimes: without cues and with them.
struct Ready {
    scenario: Scenario,
    flights: Vec<Flight>,
    setup: Arc<Setup>,
    pairs: [(Regime, Regime); 2],
}

/// When each node of [`NODES`] first had a track and a confirmed one, s after launch, under one regime.
type Firsts = [[f64; 2]; 2];

impl Case {
    fn ready(&self) -> Result<Ready, AccuracyError> {
        let mut text = self.text.to_owned();
        for (class, cued) in self.cued {
            text.push_str(&format!("\n[sensor-class.{class}.radar.cued]\n{cued}\n"));
        }
        let scenario = Scenario::parse(&text)?;
        let find = |regimes: Vec<Regime>, name: &str| {
            regimes
                .into_iter()
                .find(|regime| regime.name == name)
                .ok_or(format!("there is no regime `{name}`"))
        };
        let siloed = find(builtin()?, "siloed")?;
        let bilateral = find(builtin()?, "bilateral")?;
        let direct = find(variants()?, "cues-direct")?;
        let cues = direct.links.iter().filter(|link| !bilateral.links.contains(link)).cloned().collect();
        let cues_alone = Regime { name: "siloed with cues".to_owned(), links: cues, ..siloed.clone() };
        let setup = sharing_study::study::setup_of(&scenario)?;
        let flights = scenario.fly()?;
        Ok(Ready { flights, scenario, setup, pairs: [(siloed, cues_alone), (bilateral, direct)] })
    }
}

impl Ready {
    fn one_run(&self, seed: u64, run: usize) -> Result<[[Firsts; 2]; 2], AccuracyError> {
        let mut scenario = self.scenario.clone();
        let later_s = Stream::new("cues: launch", seed, &[run as u64]).between(0.0, LAUNCHES_S);
        scenario.flights.iter_mut().for_each(|flight| flight.launch_s += later_s);
        let run = run as u32;
        let simulation = simulate(&scenario, &self.flights, seed, run)?;
        let launched = simulation.truth.objects.first().map_or(self.setup.start, |object| object.launch_time);
        let until = launched.plus_seconds(END_S);
        let due = simulation.scans.into_iter().take_while(|scan| scan.time <= until);
        let scans: Vec<Arc<Scan>> = due.map(Arc::new).collect();
        let firsts = |regime: &Regime| {
            self.firsts((&scenario, regime), (seed, run), &scans, (&simulation.truth, until))
        };
        let [(alone, with_cues), (bilateral, direct)] = &self.pairs;
        Ok([[firsts(alone)?, firsts(with_cues)?], [firsts(bilateral)?, firsts(direct)?]])
    }

    fn firsts(
        &self,
        (scenario, regime): (&Scenario, &Regime),
        (seed, run): (u64, u32),
        scans: &[Arc<Scan>],
        (truth, until): (&Truth, Time),
    ) -> Result<Firsts, AccuracyError> {
        let mut network = Network::new(&self.setup, regime, link_seed(seed, run))?;
        let looks = CuedLooks::new(scenario, truth, Seed { seed, run });
        let mut firsts = [[END_S; 2]; 2];
        run_with_cues(&mut network, looks, (scans, until), &mut |result| note(truth, result, &mut firsts))?;
        Ok(firsts)
    }
}

/// Notes the first ticks at which a track, and a confirmed one, is on the first flight.
fn note(truth: &Truth, result: &TickResult, firsts: &mut Firsts) {
    let picture = &result.picture;
    let Some(object) = truth.objects.first() else { return };
    let Some(state) = object.state_at(picture.time) else { return };
    let since_launch_s = picture.time.seconds_since(object.launch_time);
    let is_on_truth = |track: &&PictureTrack| {
        let position_m: Vector3<f64> = track.kinematic.mean.fixed_rows::<3>(0).into();
        (position_m - state.position_m).norm() < ON_TRUTH_M
    };
    for (_, first) in NODES.iter().zip(firsts).filter(|((node, _), _)| *node == picture.node) {
        if picture.tracks.iter().any(|track| is_on_truth(&track)) {
            first[0] = first[0].min(since_launch_s);
        }
        if picture.confirmed().any(|track| is_on_truth(&track)) {
            first[1] = first[1].min(since_launch_s);
        }
    }
}

fn run(options: &Options, progress: &Progress) -> Result<Vec<Table>, AccuracyError> {
    let mut rows = Vec::new();
    for case in &CASES {
        let ready = case.ready()?;
        let mut runs: Vec<[[Firsts; 2]; 2]> = Vec::new();
        let one = |run| ready.one_run(options.seed, run);
        progress.fold_runs::<_, AccuracyError>(case.name, options.runs, one, |firsts| {
            runs.push(firsts);
            Ok(())
        })?;
        for (pair, (without, _)) in ready.pairs.iter().enumerate() {
            for (place, (_, node)) in NODES.iter().enumerate() {
                let mut row: Vec<Cell> = vec![case.name.into(), without.name.as_str().into(), (*node).into()];
                for what in 0..2 {
                    let of = |cues: usize| runs.iter().map(move |run| run[pair][cues][place][what]);
                    let (without, with): (Vec<f64>, Vec<f64>) = (of(0).collect(), of(1).collect());
                    let gained: Vec<f64> =
                        without.iter().zip(&with).map(|(without, with)| without - with).collect();
                    let (mean, interval) = mean_interval(&gained);
                    row.push(Cell::Number(mean_interval(&without).0, 2));
                    row.push(Cell::Number(mean_interval(&with).0, 2));
                    row.push(Cell::Estimate(mean, interval, 2));
                }
                rows.push(row);
            }
        }
    }
    Ok(vec![Table {
        title: "First tracks with and without launch cues between Korea and Japan, s after launch".to_owned(),
        columns: vec![
            "scenario",
            "built on",
            "node",
            "first track s",
            "with cues s",
            "gained s",
            "confirmed s",
            "with cues s ",
            "gained s ",
        ],
        rows,
        notes: vec![
            format!("{} runs of each, paired: the same flight and the same draws for each (sensor, look, object).", options.runs),
            format!("What has not come {END_S} s after launch counts as that. Gained: mean with its 95 % interval."),
            format!("Launches come evenly over {LAUNCHES_S} s, so that they fall on every phase of the arrays' searches."),
            "Cues say that something was launched, where and when, and carry no track. Every node's tracks point its own radars in \
             both."
                .to_owned(),
        ],
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn told_nothing_the_radars_in_the_loop_give_what_was_recorded() -> Result<(), AccuracyError> {
        let ready = CASES[1].ready()?;
        let simulation = simulate(&ready.scenario, &ready.flights, 3, 1)?;
        let mut looks = CuedLooks::new(&ready.scenario, &simulation.truth, Seed { seed: 3, run: 1 });
        let mut again = Vec::new();
        // From tick to tick, or all at once: the same looks.
        for second in 0..=200 {
            again.extend(looks.until(ready.setup.start.plus_seconds(f64::from(second)), |_, _| Vec::new())?);
        }
        again.sort_by_key(|scan| (scan.sensor, scan.sequence));
        let mut recorded: Vec<Scan> =
            simulation.scans.into_iter().filter(|scan| looks.holds(scan.sensor)).collect();
        recorded.sort_by_key(|scan| (scan.sensor, scan.sequence));
        for sensor in ready.setup.sensors.iter().filter(|sensor| looks.holds(sensor.id)) {
            let of_sensor = |scans: &[Scan]| -> Vec<Scan> {
                scans.iter().filter(|scan| scan.sensor == sensor.id).cloned().collect()
            };
            let (again, recorded) = (of_sensor(&again), of_sensor(&recorded));
            assert!(again.len() > 20, "{}", sensor.name);
            assert_eq!(again[..], recorded[..again.len()]);
        }
        Ok(())
    }
}
