//! Sweeps on the flight over Hokkaido, against regimes and studies that say the same in another way.

use fusion_core::share::Regime;
use fusion_core::types::{NodeId, SensorId};
use sensor_sim::{Scenario, simulate};
use sharing_study::gain::Measure;
use sharing_study::outcome::Sweep;
use sharing_study::regimes::builtin;
use sharing_study::study::{CAP_M, StudyOptions, run_study};
use sharing_study::sweep::{Quantity, RunOptions, SweepError, SweepPlan};
use sharing_study::variant;

const JAPAN: NodeId = NodeId(1);
const ALL_LINKS: [usize; 4] = [0, 1, 2, 3];

fn scenario() -> Scenario {
    Scenario::parse(include_str!("../../fixtures/overflight-2017-09-15/scenario.toml")).expect("it parses")
}

fn regime(name: &str) -> Regime {
    builtin().expect("they parse").into_iter().find(|regime| regime.name == name).expect("shipped")
}

/// A plan of `realtime-2023` for Japan, to be changed from there.
fn plan<'a>(scenario: &'a Scenario, regimes: &'a [Regime; 2], quantity: Quantity) -> SweepPlan<'a> {
    SweepPlan {
        scenario,
        regime: &regimes[0],
        label: "realtime-2023",
        links: &ALL_LINKS,
        sensors: &[],
        baseline: &regimes[1],
        quantity,
        values: quantity.usual_values(),
        receivers: &[JAPAN],
        measures: &[Measure::ImpactError(175.0)],
    }
}

fn gains(sweep: &Sweep) -> Vec<f64> {
    sweep.points.iter().map(|point| point.mean).collect()
}

#[test]
fn a_regime_against_itself_gains_until_its_own_delay() {
    let (scenario, regimes) = (scenario(), [regime("realtime-2023"), regime("realtime-2023")]);
    let values = [0.0, 2.0, 5.0, 20.0];
    let plan = SweepPlan { values: &values, ..plan(&scenario, &regimes, Quantity::Delay) };
    let sweep = &plan.from_bound(1).expect("it is in the bound")[0];
    let gains = gains(sweep);
    // Its links take 1 to 3 s, 2 s at the median.
    assert!(gains[0] > 0.1 && gains[2] < -0.1 && gains[3] < gains[2], "{gains:?}");
    assert_eq!(gains[1], 0.0);
    // Nothing changes until the next look comes in time: with several sensors that look every second, in less than half of one.
    let crossover_s = sweep.crossover.expect("it passes zero").value;
    assert!((1.5..=2.0).contains(&crossover_s), "{crossover_s}");
    assert!(sweep.points.iter().all(|point| point.interval.is_none() && point.from == sweep.points[0].from));
}

#[test]
fn what_the_bound_does_not_have_takes_runs_and_values_are_checked() {
    let (scenario, regimes) = (scenario(), [regime("realtime-2023"), regime("siloed")]);
    let refused = |plan: SweepPlan<'_>| plan.from_bound(1).expect_err("it is refused");
    assert!(matches!(refused(plan(&scenario, &regimes, Quantity::Loss)), SweepError::NotInBound(_)));
    let delay = plan(&scenario, &regimes, Quantity::Delay);
    assert!(matches!(
        refused(SweepPlan { measures: &[Measure::Warning], ..delay }),
        SweepError::NotInBound(_)
    ));
    for values in [[].as_slice(), &[1.0, 1.0], &[2.0, 1.0], &[-1.0, 1.0], &[0.0, f64::NAN]] {
        assert!(matches!(refused(SweepPlan { values, ..delay }), SweepError::Values { .. }), "{values:?}");
    }
}

#[test]
fn runs_are_those_of_a_study_and_links_that_lose_or_release_nothing_are_none() {
    let (scenario, regimes) = (scenario(), [regime("realtime-2023"), regime("siloed")]);
    let measures = [Measure::ImpactError(175.0), Measure::Confirmed, Measure::Warning, Measure::Miscounted];
    let run = |quantity: Quantity, values: &[f64], threads: usize| {
        let plan = SweepPlan { values, measures: &measures, ..plan(&scenario, &regimes, quantity) };
        let options = RunOptions { runs: 2, seed: 3, threads: Some(threads) };
        plan.from_runs(&options, &|_, _| {}).expect("it runs")
    };
    let release = run(Quantity::Release, &[0.0, 1.0], 2);
    let loss = run(Quantity::Loss, &[0.0, 1.0], 1);
    assert_eq!(release, run(Quantity::Release, &[0.0, 1.0], 1));
    let options = StudyOptions { runs: 2, seed: 3, ..StudyOptions::default() };
    let study = run_study(&scenario, &regimes, &options, &|_, _| {}).expect("it runs");
    let at = study.description.times_s.iter().position(|time_s| *time_s == 175.0).expect("on the grid");
    for (index, measure) in measures.iter().enumerate() {
        let mean = |regime: usize| {
            let rows = study.outcomes.iter().filter(|row| row.regime == regime && row.node == JAPAN);
            let value = |row: &sharing_study::outcome::NodeOutcome| match measure {
                Measure::ImpactError(_) => {
                    row.samples[at].impact.map_or(CAP_M, |impact| impact.error_m.min(CAP_M)) * 1e-3
                }
                Measure::Confirmed => row.confirmed_s.expect("Japan has a track"),
                // Of Japan's areas Hokkaido is the first to be reached.
                Measure::Warning => row.areas[0].alerted_s.expect("Hokkaido is warned"),
                _ => f64::from(row.missiles_counted) - 1.0,
            };
            rows.map(value).fold(0.0, |sum, value| sum + 0.5 * value)
        };
        for (sweep, at_zero, at_one) in
            [(&release[index], mean(1), mean(0)), (&loss[index], mean(0), mean(1))]
        {
            let [first, last] = [&sweep.points[0], &sweep.points[1]];
            assert!((first.from - mean(1)).abs() < 1e-9, "{}: {} {}", sweep.measure, first.from, mean(1));
            assert!((first.to - at_zero).abs() < 1e-9, "{}: {} {at_zero}", sweep.measure, first.to);
            assert!((last.to - at_one).abs() < 1e-9, "{}: {} {at_one}", sweep.measure, last.to);
            assert!((first.mean - first.from + first.to).abs() < 1e-9 && first.interval.is_some());
        }
    }
}

#[test]
fn a_variant_changes_what_it_names_and_nothing_else() {
    let scenario = scenario();
    let flights = scenario.fly().expect("it flies");
    let scans = |scenario: &Scenario| simulate(scenario, &flights, 5, 1).expect("it runs").scans;
    let (all, ship) = (scans(&scenario), SensorId(2));
    let others = |scans: &[fusion_core::types::Scan]| -> Vec<fusion_core::types::Scan> {
        scans.iter().filter(|scan| scan.sensor != ship).cloned().collect()
    };
    let plots = |scans: &[fusion_core::types::Scan]| -> usize {
        scans.iter().filter(|scan| scan.sensor == ship).map(|scan| scan.plots.len()).sum()
    };
    let off = scans(&variant::without(&scenario, |sensor| sensor == ship));
    assert_eq!(off, others(&all));
    let dull = scans(&variant::with_detection(&scenario, 0.3, |sensor| sensor == ship));
    let wrong = scans(&variant::with_azimuth_bias(&scenario, 0.01, |sensor| sensor == ship));
    assert_eq!((others(&dull), others(&wrong)), (others(&all), others(&all)));
    // The ship sees the missile for some 200 looks, nine of ten; a false plot comes with every third look of all.
    assert!(plots(&all) - plots(&dull) > 80, "{} {}", plots(&all), plots(&dull));
    assert!(wrong != all && plots(&wrong) > plots(&dull));
}
