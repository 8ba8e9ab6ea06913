//! The whole filter on simulated flights over Hokkaido: impact errors after burnout, beside the same filter told when that
//! was and beside the bound.

mod follow;
mod phases;

use super::looks::falls_below_s;
use super::statistics::Batches;
use super::{AccuracyError, Cell, Options, Progress, Study, Table, met};
use follow::{Followed, follow};
use fusion_core::filter::MissileModels;
use fusion_core::node::Setup;
use fusion_core::types::{NodeId, Scan};
use sensor_sim::flight::Flight;
use sensor_sim::{Scenario, Simulation, TruthObject, simulate};
use sharing_study::bound::FlightGeometry;
use sharing_study::paths::DataDelays;
use std::sync::Arc;

/// The study, as the program lists it.
pub const STUDY: Study = Study {
    name: "overflight",
    about: "the interacting models on the flight over Hokkaido: impact after burnout, ellipses, dates of burnout",
    runs: 2000,
    run,
};

const SCENARIO: &str = include_str!("../../../../fixtures/overflight-2017-09-15/scenario.toml");
/// When the impact is judged, s after burnout, with the greatest ratios that are asked for: to the filter that was told of the
/// burnout, and to the bound.
const JUDGED: [(f64, Option<f64>, Option<f64>); 8] = [
    (2.0, None, None),
    (5.0, Some(1.5), None),
    (10.0, Some(1.25), None),
    (20.0, None, None),
    (30.0, Some(1.1), Some(1.15)),
    (60.0, None, Some(1.15)),
    (120.0, Some(1.1), Some(1.15)),
    (300.0, None, Some(1.15)),
];
/// From when on the ellipse must hold what it says, s after burnout, and how often.
const ELLIPSE_FROM_S: f64 = 20.0;
const ELLIPSE_HOLDS: [f64; 2] = [0.93, 0.97];
/// The rate of re-ignition whose price is shown, 1/s.
const REIGNITION_RATE_1_S: f64 = 1e-3;
/// From when on the consistency of the boost is judged, s after launch: the first plots come from 51 s on.
const BOOST_FROM_S: f64 = 65.0;

/// What does not differ between runs.
struct Case {
    scenario: Scenario,
    flights: Vec<Flight>,
    setup: Arc<Setup>,
    /// As drawn without perturbations: for bounds and bands.
    nominal: TruthObject,
    nominal_scans: Vec<Scan>,
    burnout_s: f64,
    /// From when to when boost, coast and re-entry (100 to 10 km) are judged, s after launch.
    spans_s: [(f64, f64); 3],
}

impl Case {
    fn new(seed: u64) -> Result<Self, AccuracyError> {
        let mut scenario = Scenario::parse(SCENARIO)?;
        let setup = sharing_study::study::setup_of(&scenario)?;
        // Every plot is the missile's: this is about estimation, not association. The filters' false density stays.
        scenario.sensors.iter_mut().for_each(|sensor| sensor.clutter_per_scan = 0.0);
        let flights = scenario.fly()?;
        let Simulation { scans, truth } = simulate(&scenario.perturbed_by(0.0), &flights, seed, 0)?;
        let nominal = truth.objects.into_iter().next().ok_or("the scenario has no flight")?;
        let trajectory = &nominal.trajectory;
        let (entry_s, ground_s) = (falls_below_s(trajectory, 100e3)?, falls_below_s(trajectory, 10e3)?);
        let burnout_s = trajectory.burnout_s();
        let spans_s = [
            (BOOST_FROM_S, burnout_s - 1.0),
            (burnout_s + ELLIPSE_FROM_S, entry_s - 1.0),
            (entry_s, ground_s),
        ];
        Ok(Case { scenario, flights, setup, nominal_scans: scans, burnout_s, spans_s, nominal })
    }

    /// Which phase a second of the flight is judged in: boost, coast, re-entry.
    fn phase_of(&self, at_s: f64) -> Option<usize> {
        self.spans_s.iter().position(|(from_s, to_s)| (*from_s..=*to_s).contains(&at_s))
    }
}

/// What is averaged over the runs for each judged time.
const QUANTITIES: usize = 10;

/// All three filters on one run, as one list of quantities: judged times by quantities.
fn quantities([free, told, reigniting]: [&Followed; 3]) -> Vec<f64> {
    let share = |is_in: bool| f64::from(u8::from(is_in));
    let at = |index: usize| {
        let (free, told, reigniting) =
            (&free.samples[index], &told.samples[index], &reigniting.samples[index]);
        [
            free.squared_error_m2,
            told.squared_error_m2,
            reigniting.squared_error_m2,
            free.boost_probability,
            reigniting.boost_probability,
            share(free.is_in_ellipse),
            share(reigniting.is_in_ellipse),
            free.burnout_error_s,
            free.burnout_error_s * free.burnout_error_s,
            free.burnout_variance_s2,
        ]
    };
    (0..JUDGED.len()).flat_map(at).collect()
}

fn run(options: &Options, progress: &Progress) -> Result<Vec<Table>, AccuracyError> {
    let case = Case::new(options.seed)?;
    let free = case.setup.models;
    let reigniting = MissileModels { reignition_rate_1_s: REIGNITION_RATE_1_S, ..free };
    let judged_to_s = case.burnout_s + JUDGED[JUDGED.len() - 1].0;
    let mut batches = Batches::new(JUDGED.len() * QUANTITIES);
    let mut phases = phases::Phases::default();
    let one_run = |run: usize| -> Result<[Followed; 3], AccuracyError> {
        let Simulation { scans, truth } = simulate(&case.scenario, &case.flights, options.seed, run as u32)?;
        let seen = (&scans[..], truth.objects.first().ok_or("the scenario has no flight")?);
        Ok([
            follow(&case, &free, seen, false, case.spans_s[2].1)?,
            follow(&case, &free, seen, true, judged_to_s)?,
            follow(&case, &reigniting, seen, false, judged_to_s)?,
        ])
    };
    progress.fold_runs("overflight", options.runs, one_run, |[free, told, reigniting]| {
        batches.add(phases.runs(), options.runs, &quantities([&free, &told, &reigniting]));
        phases.add(&free);
        Ok::<(), AccuracyError>(())
    })?;
    Ok(vec![
        impact_table(&case, &batches, options.runs)?,
        reignition_table(&batches),
        burnout_table(&batches),
        phases.table(&case, options)?,
    ])
}

/// One quantity at one judged time, or what is made of several, with its interval.
fn of_time(batches: &Batches, index: usize, of: impl Fn(&[f64]) -> f64) -> (f64, [f64; 2]) {
    batches.statistic(|means| of(&means[index * QUANTITIES..(index + 1) * QUANTITIES]))
}

fn estimate((value, interval): (f64, [f64; 2]), decimals: usize) -> Cell {
    Cell::Estimate(value, interval, decimals)
}

fn impact_table(case: &Case, batches: &Batches, runs: usize) -> Result<Table, AccuracyError> {
    let geometry = FlightGeometry::new(&case.setup, &case.nominal, &case.nominal_scans);
    let times_s: Vec<f64> = JUDGED.iter().map(|(after_s, ..)| case.burnout_s + after_s).collect();
    let nothing_late = DataDelays::none(case.setup.nodes.len());
    let bound = geometry.bound(0, NodeId(0), &nothing_late, &times_s);
    let mut rows = Vec::new();
    for (index, &(after_s, of_told, of_bound)) in JUDGED.iter().enumerate() {
        let bound_m = bound.impact_rms_m[index].ok_or("no bound")?;
        let to_told = of_time(batches, index, |means| (means[0] / means[1]).sqrt());
        let to_bound = of_time(batches, index, |means| means[0].sqrt() / bound_m);
        let ellipse = of_time(batches, index, |means| means[5]);
        let [least, most] = ELLIPSE_HOLDS;
        let is_held = after_s >= ELLIPSE_FROM_S;
        rows.push(vec![
            Cell::Number(after_s, 0),
            Cell::Number(of_time(batches, index, |means| means[3]).0, 4),
            estimate(of_time(batches, index, |means| means[0].sqrt()), 0),
            Cell::Number(of_time(batches, index, |means| means[1].sqrt()).0, 0),
            estimate(to_told, 3),
            met(of_told, to_told.0),
            Cell::Number(bound_m, 0),
            estimate(to_bound, 3),
            met(of_bound, to_bound.0),
            estimate(ellipse, 3),
            if is_held {
                super::words((least..=most).contains(&ellipse.0))
            } else {
                Cell::Text(String::new())
            },
        ]);
    }
    Ok(Table {
        title: format!("Impact after burnout, overflight-2017-09-15, all sensors, {runs} runs"),
        columns: vec![
            "s after burnout",
            "P(burns)",
            "RMS error m",
            "told m",
            "to told",
            "at most",
            "bound m",
            "to bound",
            "at most",
            "in 95 % ellipse",
            "0.93 to 0.97",
        ],
        rows,
        notes: vec![
            "Told: the same filter, told when the burnout was. Bound: all looks up to then, those of the boost with the filter's own model of it, burnout known, with the filter's prior of the ballistic coefficient, along the one flight that the runs differ from in drag and noise.".into(),
            "Every plot is the missile's and goes in; the impact is the one that the coasting model predicts.".into(),
        ],
    })
}

fn reignition_table(batches: &Batches) -> Table {
    let row = |(index, (after_s, ..)): (usize, &(f64, Option<f64>, Option<f64>))| {
        vec![
            Cell::Number(*after_s, 0),
            Cell::Number(of_time(batches, index, |means| means[4]).0, 4),
            estimate(of_time(batches, index, |means| means[2].sqrt()), 0),
            estimate(of_time(batches, index, |means| (means[2] / means[0]).sqrt()), 3),
            estimate(of_time(batches, index, |means| means[6]), 3),
        ]
    };
    Table {
        title: format!("The price of a coast that may ignite again, at {REIGNITION_RATE_1_S} a second"),
        columns: vec!["s after burnout", "P(burns)", "RMS error m", "to rate 0", "in 95 % ellipse"],
        rows: JUDGED.iter().enumerate().map(row).collect(),
        notes: vec!["A single-stage flight has rate 0: a burnout is for good.".into()],
    }
}

fn burnout_table(batches: &Batches) -> Table {
    let row = |(index, (after_s, ..)): (usize, &(f64, Option<f64>, Option<f64>))| {
        vec![
            Cell::Number(*after_s, 0),
            // Dated too long ago is too early.
            estimate(of_time(batches, index, |means| -means[7]), 3),
            estimate(of_time(batches, index, |means| means[8].sqrt()), 3),
            estimate(of_time(batches, index, |means| means[9].sqrt()), 3),
        ]
    };
    Table {
        title: "The date of the burnout, in retrospect".into(),
        columns: vec!["s after burnout", "late by s", "RMS error s", "claimed sigma s"],
        rows: JUDGED.iter().enumerate().map(row).collect(),
        notes: vec!["The true burnout lies on a whole second of every run, when one radar looks.".into()],
    }
}
