//! How often a study's 95 % intervals hold what they are about: many small studies of one cheap scenario beside the mean of all
//! their runs together, with a fixed number of runs and stopped by the rule of `--until`.

use super::{AccuracyError, Cell, Options, Progress, Study, Table, words};
use fusion_core::share::Regime;
use sensor_sim::Scenario;
use sharing_study::measure::{Frame, Measured};
use sharing_study::regimes::parse;
use sharing_study::statistics::{
    Interval, Proportion, bootstrap_interval, mean, standard_deviation, t_interval,
};
use sharing_study::study::{CAP_M, RunRecord, Study as SharingStudy};
use sharing_study::until::{FEWEST_RUNS, Series, is_enough, looks};

/// The study.
pub const STUDY: Study = Study {
    name: "coverage",
    about: "how often 95 % intervals of small studies hold the value that many runs give, also when stopped early",
    runs: 500,
    run,
};

/// Runs of the population for each small study.
const RUNS_EACH: usize = 40;
/// A study of typical spread reaches the share after so many runs: small studies stop about there.
const TYPICAL_RUNS: f64 = 45.0;
/// Student's t for 95 % and [`TYPICAL_RUNS`].
const TYPICAL_T: f64 = 2.015;
/// Runs at which a small study ends if it is still not precise enough.
const MOST_RUNS: u32 = 400;
/// Seconds between samples.
const GRID_S: f64 = 5.0;
/// Coverage that is asked for, %.
const ASKED: Interval = Interval { low: 93.0, high: 97.0 };

/// The node that is told, and the number of nodes.
const JAPAN: usize = 1;
const NODES: usize = 2;

/// A notional flight of three minutes with one slow radar for each of two nodes; the second sees it late. What a run costs is
/// the prediction of the impact, at every tick for each track, so the flight is short and false plots are few.
const SCENARIO: &str = r#"
[scenario]
name = "coverage"
title = "A short flight over the sea"
summary = "A notional flight of 120 km with one slow radar for each of two nodes: cheap enough for many runs."
start = "2017-09-14T21:57:00Z"
tail_s = 1.0

[[flight]]
name = "flight"
launch = { latitude_deg = 39.4, longitude_deg = 127.5, height_m = 0.0 }
azimuth_deg = 90.0
apogee_km = 30.0
range_km = 120.0
boost_s = 40.0
ballistic_coefficient_kg_m2 = 5000.0
launch_s = 0.0

[perturb]
ballistic_coefficient_log_sigma = 0.1

[tracker]
ballistic_coefficient_median_kg_m2 = 5000.0
ballistic_coefficient_log_sigma = 0.1

[[node]]
name = "korea"
title = "Republic of Korea"

[[node]]
name = "japan"
title = "Japan"

[sensor-class.early-warning]
revisit_s = 4.0
detection_probability = 0.9
clutter_per_scan = 0.02
[sensor-class.early-warning.radar]
maximum_range_km = 800.0
minimum_elevation_deg = 2.0
range_sigma_m = 30.0
right_sigma_mrad = 2.0
up_sigma_mrad = 2.0

[[sensor]]
name = "coast"
class = "early-warning"
owner = "korea"
latitude_deg = 38.2
longitude_deg = 128.5
height_m = 300.0
first_look_s = 0.0

[[sensor]]
name = "ship"
class = "early-warning"
owner = "japan"
latitude_deg = 39.0
longitude_deg = 130.1
height_m = 20.0
first_look_s = 1.7
"#;

/// The baseline, and what is held against it.
const REGIMES: [&str; 2] = [
    r#"
name = "siloed"
description = "Nobody is told anything."
assumptions = "None."
"#,
    r#"
name = "told"
description = "Korea sends its tracks to Japan."
assumptions = "A machine link of 1 to 3 s with a message every 4 s."

[[link]]
from = "korea"
to = "japan"
level = "tracks"
delay = { uniform = { low_s = 1.0, high_s = 3.0 } }
interval_s = 4.0
"#,
];

/// What is measured at the node that is told.
#[derive(Clone, Copy)]
enum Quantity {
    /// As `--until` and the tables take it.
    Plain(Measured),
    /// An error that counts as the cap where it is greater or there is no estimate.
    Capped(Measured),
}

const QUANTITIES: [(&str, Quantity); 4] = [
    ("impact error, burnout + 60 s, m", Quantity::Plain(Measured::ImpactError(60.0))),
    ("the same, capped, m", Quantity::Capped(Measured::ImpactError(60.0))),
    ("confirmed, s", Quantity::Plain(Measured::Confirmed)),
    ("actionable, s", Quantity::Plain(Measured::Actionable)),
];

/// One quantity of one run, siloed and told; none where there is no estimate.
type Pair = [Option<f64>; 2];

fn pairs(record: &RunRecord, frame: &Frame<'_>) -> [Pair; QUANTITIES.len()] {
    QUANTITIES.map(|(_, quantity)| {
        [0, 1].map(|regime| {
            let row = record.outcomes.get(regime * NODES + JAPAN)?;
            match quantity {
                Quantity::Plain(measured) => measured.value(row, frame),
                Quantity::Capped(measured) => {
                    Some(measured.value(row, frame).map_or(CAP_M, |m| m.min(CAP_M)))
                }
            }
        })
    })
}

/// Told less siloed, where both have a value.
fn differences(pairs: &[Pair]) -> Vec<f64> {
    pairs.iter().filter_map(|[siloed, told]| Some((*told)? - (*siloed)?)).collect()
}

/// One quantity in all runs, with what is true of it.
struct Population {
    pairs: Vec<Pair>,
    difference: f64,
    deviation: f64,
    skewness: f64,
    /// The share of the baseline's mean that a study of typical spread knows after [`TYPICAL_RUNS`].
    share: f64,
}

impl Population {
    /// None where it has no spread: there is nothing to be uncertain of then.
    fn of(pairs: Vec<Pair>) -> Option<Self> {
        let found = differences(&pairs);
        let (difference, deviation) = (mean(&found)?, standard_deviation(&found)?);
        let cubes: Vec<f64> =
            found.iter().map(|value| libm::pow((value - difference) / deviation, 3.0)).collect();
        let both = pairs.iter().filter_map(|[siloed, told]| siloed.filter(|_| told.is_some()));
        let level = mean(&both.collect::<Vec<f64>>())?.abs();
        let typical_pairs = TYPICAL_RUNS * found.len() as f64 / pairs.len() as f64;
        let share = TYPICAL_T * deviation / typical_pairs.sqrt() / level;
        (deviation > 0.0).then_some(Population {
            difference,
            deviation,
            skewness: mean(&cubes)?,
            share,
            pairs,
        })
    }

    /// The runs of a small study: its own of the population, and those of the next ones if it needs more.
    fn runs_of(&self, study: usize) -> Vec<Pair> {
        self.pairs.iter().cycle().skip(study * RUNS_EACH).take(MOST_RUNS as usize).copied().collect()
    }

    /// Where the rule of `--until` stops, or the most runs.
    fn stop(&self, runs: &[Pair]) -> u32 {
        let [siloed, told] = [0, 1].map(|regime| runs.iter().map(|pair| pair[regime]).collect());
        let series = [Series { own: told, baseline: Some(siloed) }];
        looks(MOST_RUNS).find(|look| is_enough(&series, *look as usize, self.share)).unwrap_or(MOST_RUNS)
    }

    /// The small studies' intervals beside the truth, each with the runs that `stop` gives it.
    fn tally(&self, seed: u64, studies: usize, stop: impl Fn(&[Pair]) -> u32) -> Tally {
        let mut tally = Tally::default();
        for study in 0..studies {
            let runs = self.runs_of(study);
            let stopped = stop(&runs);
            let found = differences(&runs[..(stopped as usize).min(runs.len())]);
            let both = t_interval(&found).zip(bootstrap_interval(&found, seed ^ study as u64));
            let Some((student, bootstrap)) = both else { continue };
            tally.studies += 1;
            tally.student += usize::from(student.contains(self.difference));
            tally.too_high += usize::from(student.low > self.difference);
            tally.bootstrap += usize::from(bootstrap.contains(self.difference));
            tally.runs += f64::from(stopped);
        }
        tally
    }
}

/// How many small studies' intervals hold the truth.
#[derive(Default)]
struct Tally {
    /// Small studies that have an interval: at least two pairs.
    studies: usize,
    student: usize,
    bootstrap: usize,
    /// Student's intervals that lie wholly above the truth.
    too_high: usize,
    /// Runs at the stop, of all of them together.
    runs: f64,
}

/// A coverage in per cent with its Wilson interval, and whether it is what is asked for.
fn coverage(held: usize, of: usize) -> Option<[Cell; 2]> {
    let Proportion { share, interval, .. } = Proportion::of(held, of)?;
    let ends = [100.0 * interval.low, 100.0 * interval.high];
    Some([Cell::Estimate(100.0 * share, ends, 1), words(ASKED.contains(100.0 * share))])
}

fn row(name: &str, stop: &str, population: &Population, tally: &Tally) -> Option<Vec<Cell>> {
    let mut row = vec![
        name.into(),
        stop.into(),
        Cell::Number(population.difference, 2),
        Cell::Number(population.deviation, 2),
        Cell::Number(population.skewness, 2),
        Cell::Number(tally.runs / tally.studies as f64, 1),
    ];
    row.extend(coverage(tally.student, tally.studies)?);
    let missed = tally.studies - tally.student;
    row.push(Cell::Text(format!("{} / {}", missed - tally.too_high, tally.too_high)));
    row.extend(coverage(tally.bootstrap, tally.studies)?);
    Some(row)
}

/// Every run of the population, in order.
fn populations(options: &Options, progress: &Progress) -> Result<Vec<Option<Population>>, AccuracyError> {
    let scenario = Scenario::parse(SCENARIO)?;
    let names = scenario.node_names();
    let regimes: Vec<Regime> =
        REGIMES.iter().map(|text| parse("coverage", text, &names)).collect::<Result<_, _>>()?;
    let study = SharingStudy::new(&scenario, &regimes, options.seed, GRID_S)?;
    let frame = study.frame()?;
    let mut quantities = vec![Vec::new(); QUANTITIES.len()];
    let one = |run| Ok(pairs(&study.record(run as u32)?, &frame));
    progress.fold_runs::<_, AccuracyError>("coverage", RUNS_EACH * options.runs, one, |run| {
        quantities.iter_mut().zip(run).for_each(|(quantity, pair)| quantity.push(pair));
        Ok(())
    })?;
    Ok(quantities.into_iter().map(Population::of).collect())
}

fn run(options: &Options, progress: &Progress) -> Result<Vec<Table>, AccuracyError> {
    let studies = options.runs;
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    for ((name, _), population) in QUANTITIES.into_iter().zip(populations(options, progress)?) {
        let Some(population) = population else {
            notes.push(format!("{name}: no difference, or the same in every run."));
            continue;
        };
        let fixed = population.tally(options.seed, studies, |_| FEWEST_RUNS);
        let until = population.tally(options.seed, studies, |runs| population.stop(runs));
        let stop = format!("until {:.2} %", 100.0 * population.share);
        for (stop, tally) in [("20 runs", fixed), (stop.as_str(), until)] {
            if tally.studies < studies {
                let without = studies - tally.studies;
                notes.push(format!(
                    "{name}, {stop}: {without} small studies have no interval, with fewer than two pairs."
                ));
            }
            rows.extend(row(name, stop, &population, &tally));
        }
    }
    let population = RUNS_EACH * studies;
    notes.extend([
        format!("The truth is the mean of all {population} runs; each of the {studies} small studies has {RUNS_EACH} runs of its own."),
        "One that goes on beyond them goes on through those of the next ones, so the longest overlap.".to_owned(),
        "Differences of the same run, told less siloed, at the node that is told. Brackets are 95 % Wilson intervals.".to_owned(),
        "Below / above: Student intervals that miss the truth because they lie below or above it.".to_owned(),
        format!("Each share is the half-width that the population's spread gives after {TYPICAL_RUNS} runs; a study ends at {MOST_RUNS} at the latest."),
    ]);
    Ok(vec![Table {
        title: format!(
            "Share of 95 % intervals that hold the mean of {population} runs, %, {studies} small studies"
        ),
        columns: vec![
            "difference of",
            "stopped",
            "mean",
            "deviation",
            "skewness",
            "mean runs",
            "paired t",
            "93 to 97",
            "below / above",
            "bootstrap",
            "93 to 97 ",
        ],
        rows,
        notes,
    }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use fusion_core::math::chance::Stream;

    const STUDIES: usize = 200;

    /// Siloed 100, told a normal of mean 80 and deviation 20, without a value in every third run.
    fn normal() -> Population {
        let mut chance = Stream::new("coverage", 1, &[]);
        let mut pair = |run| [Some(100.0), (run % 3 != 0).then(|| 80.0 + 20.0 * chance.normal())];
        Population::of((0..STUDIES * RUNS_EACH).map(&mut pair).collect()).expect("it has a spread")
    }

    #[test]
    fn normal_differences_are_held_as_often_as_is_said_and_others_are_not() {
        let mut population = normal();
        let fixed = population.tally(1, STUDIES, |_| 20);
        // 95 % less and more three deviations of 200 studies; the percentile interval of 13 pairs is known to be too narrow.
        assert!((181..=199).contains(&fixed.student), "{}", fixed.student);
        assert!((160..fixed.student).contains(&fixed.bootstrap), "{}", fixed.bootstrap);
        assert_eq!((fixed.studies, fixed.runs), (STUDIES, 20.0 * STUDIES as f64));
        let until = population.tally(1, STUDIES, |runs| population.stop(runs));
        let mean_runs = until.runs / STUDIES as f64;
        assert!((30.0..60.0).contains(&mean_runs), "{mean_runs}");
        assert!((176..=199).contains(&until.student), "{}", until.student);
        // Held against what is not true, by three deviations of a mean of 13 pairs, nearly all lie above it.
        population.difference -= 17.0;
        let beside = population.tally(1, STUDIES, |_| 20);
        assert!(beside.student < 60 && beside.too_high == STUDIES - beside.student, "{}", beside.student);
    }

    #[test]
    fn the_first_runs_of_small_studies_are_disjoint_and_later_ones_go_round() {
        let population = Population::of((0..80).map(|run| [Some(0.0), Some(f64::from(run))]).collect());
        let runs = population.expect("it has a spread").runs_of(1);
        let told: Vec<f64> = runs.iter().filter_map(|pair| pair[1]).collect();
        assert_eq!((told[0], told[39], told[40], told.len()), (40.0, 79.0, 0.0, 400));
    }

    #[test]
    fn what_is_the_same_in_every_run_has_no_population() {
        assert!(Population::of(vec![[Some(1.0), Some(3.0)]; 40]).is_none());
        assert!(Population::of(vec![[None, Some(3.0)]; 40]).is_none());
    }
}
