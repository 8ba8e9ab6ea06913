use super::*;
use crate::outcome::{
    AreaDescription, AreaOutcome, Bound, ConsistencyBand, GospaSample, ImpactSample, NodeOutcome,
    RegimeDescription, Sample, SiapOutcome, StudyDescription,
};
use crate::statistics::Direction;
use fusion_core::types::NodeId;

/// Impact error of (regime, run) at 120 s after burnout, m: siloed, bilateral, shared. None is no track.
const ERRORS: [[Option<f64>; 4]; 3] = [
    [Some(3000.0), None, None, Some(5000.0)],
    [Some(2000.0), Some(1000.0), None, Some(3000.0)],
    [Some(1000.0), Some(500.0), Some(800.0), Some(1500.0)],
];

fn sample(error_m: Option<f64>, nees: f64) -> Sample {
    let impact = |error_m: f64| ImpactSample {
        error_m,
        time_error_s: 2.0,
        latitude_deg: 40.0,
        longitude_deg: 169.0,
        ellipse_major_m: 4.0 * error_m,
        ellipse_minor_m: error_m,
        ellipse_azimuth_rad: 1.0,
        covers_truth: error_m < 2500.0,
    };
    Sample {
        has_track: error_m.is_some(),
        position_error_m: error_m,
        nees: error_m.map(|_| nees),
        impact: error_m.map(impact),
        gospa: GospaSample { total_m: 5.0, localisation_m: 3.0, missed_m: 4.0, false_m: 0.0 },
    }
}

/// Two areas: the first is crossed at 480 s, the second is never threatened.
fn areas(regime: usize, run: usize) -> Vec<AreaOutcome> {
    // Bilateral alerts at 200, 500 (late), never, 280; shared always at 180. Siloed never alerts.
    let alerts = [[None; 4], [Some(200.0), Some(500.0), None, Some(280.0)], [Some(180.0); 4]];
    let crossed = AreaOutcome { threatened: true, reached_s: Some(480.0), alerted_s: alerts[regime][run] };
    let beside = AreaOutcome {
        threatened: false,
        reached_s: None,
        alerted_s: (regime == 1 && run == 0).then_some(210.0),
    };
    vec![crossed, beside]
}

fn study() -> StudyResult {
    let regimes = ["siloed", "bilateral", "shared"].map(|name| RegimeDescription {
        name: name.to_owned(),
        description: String::new(),
        link_bytes: vec![("a to b".to_owned(), 1000.0), ("b to a".to_owned(), 500.0)],
    });
    let area =
        |name: &str| AreaDescription { name: name.to_owned(), warned_by: vec![NodeId(0)], polygon: vec![] };
    let mut outcomes = Vec::new();
    for run in 0..4 {
        for (regime, errors) in ERRORS.iter().enumerate() {
            outcomes.push(NodeOutcome {
                run: run as u32,
                regime,
                node: NodeId(0),
                first_track_s: Some(10.0),
                confirmed_s: errors[run].map(|_| 100.0 + 10.0 * run as f64),
                actionable_s: errors[run].filter(|error| *error < 2500.0).map(|error| error / 10.0),
                launch_point_error_m: errors[run].map(|error| error + 1.0),
                custody_fraction: 0.25 * regime as f64,
                missiles_counted: 1,
                missiles_so_far: if regime == 0 && run == 1 { 2 } else { 1 },
                missiles_flown: 1,
                siap: SiapOutcome { completeness: 0.5, ambiguity: 1.0, spuriousness: 0.0 },
                areas: areas(regime, run),
                samples: vec![sample(None, 0.0), sample(errors[run], 5.0 + regime as f64), sample(None, 0.0)],
            });
        }
    }
    StudyResult {
        description: StudyDescription {
            title: "four runs".to_owned(),
            summary: String::new(),
            seed: 9,
            runs: 4,
            regimes: regimes.to_vec(),
            baseline: 1,
            nodes: vec!["japan".to_owned()],
            areas: vec![area("Hokkaido"), area("Izu")],
            times_s: vec![0.0, 270.0, 540.0],
            burnout_s: 150.0,
            impact_s: 600.0,
            ground_track: vec![],
            sensors: vec![],
            cap_m: 4000.0,
            dissemination_s: 0.0,
            reported: sensor_sim::Reported::default(),
        },
        outcomes,
        bounds: (0..3)
            .map(|regime| Bound {
                regime,
                node: NodeId(0),
                impact_rms_m: vec![None, Some([3000.0, 2000.0, 900.0][regime]), None],
            })
            .collect(),
        consistency: (0..3)
            .map(|regime| ConsistencyBand {
                regime,
                node: NodeId(0),
                low: 5.5,
                high: 6.5,
                from_s: 170.0,
                to_s: 500.0,
            })
            .collect(),
    }
}

fn cells() -> Vec<NodeRegime> {
    Summary::of(&study()).unwrap().nodes.remove(0).regimes
}

#[test]
fn times_are_restricted_and_paired_over_all_runs() {
    let bilateral = cells()[1].actionable_s.unwrap();
    // 200, 100, never, never with a horizon of 600: mean 375.
    assert_eq!((bilateral.restricted.mean_s, bilateral.restricted.never_fraction), (375.0, 0.5));
    assert_eq!(bilateral.against_baseline, None);
    // Shared: 100, 50, 80, 150, mean 95; differences -100, -50, -520, -450, mean -280 over four pairs.
    let shared = cells()[2].actionable_s.unwrap();
    let difference = shared.against_baseline.unwrap();
    assert_eq!((shared.restricted.mean_s, difference.mean, difference.pairs), (95.0, -280.0, 4));
    // Standard deviation 238.6 by hand (squares 32400 + 52900 + 57600 + 28900 = 171800, / 3), t(3) = 3.1824.
    let half = 3.182_446_305 * (171_800.0_f64 / 3.0).sqrt() / 2.0;
    assert!((difference.interval.unwrap().high - (-280.0 + half)).abs() < 1e-6);
    assert_eq!(difference.direction(), Direction::Undecided);
}

#[test]
fn an_error_comes_with_its_share_its_pairs_and_its_cap() {
    let cells = cells();
    let at = |regime: usize| *cells[regime].impact_at(120.0).unwrap();
    let siloed = at(0).error;
    assert_eq!((siloed.with_estimate.share, siloed.given_estimate_m.unwrap().mean), (0.5, 4000.0));
    // Capped at 4000: 3000, 4000, 4000, 4000.
    assert_eq!(siloed.capped_m.mean, 3750.0);
    let shared = at(2).error;
    // Pairs with bilateral: runs 0, 1, 3: -1000, -500, -1500. Capped: -1000, -500, -3200, -1500.
    let given = shared.given_estimate_m.unwrap().against_baseline.unwrap();
    assert_eq!((given.mean, given.pairs), (-1000.0, 3));
    let capped = shared.capped_m.against_baseline.unwrap();
    assert_eq!((capped.mean, capped.pairs), (-1550.0, 4));
    // Pairs with siloed: runs 0 and 3: -2000, -3500.
    assert_eq!(shared.given_estimate_m.unwrap().against_siloed.unwrap().mean, -2750.0);
    // Root of (1 + 0.25 + 0.64 + 2.25)/4 km2.
    assert!((shared.rms_m.unwrap() - 1e3 * 1.035_f64.sqrt()).abs() < 1e-9);
    assert_eq!(at(2).time_error_rms_s, Some(2.0));
    assert_eq!(at(2).coverage.unwrap().share, 1.0);
    assert_eq!((at(1).coverage.unwrap().share * 3.0).round(), 2.0);
}

#[test]
fn the_bound_stands_beside_the_error() {
    let cells = cells();
    let shared = cells[2].impact_at(120.0).unwrap();
    assert_eq!(shared.bound_rms_m, Some(900.0));
    let efficiency = 900.0 / (1e3 * 1.035_f64.sqrt());
    assert!((shared.efficiency.unwrap() - efficiency).abs() < 1e-12);
    // Bilateral: RMS of 2, 1, 3 km is 2.16 km, efficiency 0.926; shared 0.885: within 10 %.
    let share = libm::log(2.160_246_9 / 1.017_349_5) / libm::log(2000.0 / 900.0);
    assert!((shared.share_of_possible.unwrap() - share).abs() < 1e-6);
    assert_eq!(cells[1].impact_at(120.0).unwrap().share_of_possible, None);
    assert_eq!(
        impact::share_of_possible((1000.0, 900.0), (2000.0, 1500.0)),
        None,
        "efficiencies 0.9 and 0.75"
    );
    assert_eq!(impact::share_of_possible((1000.0, 900.0), (1010.0, 909.0)), None, "nothing to share in");
}

#[test]
fn named_times_off_the_grid_or_after_impact_are_left_out() {
    // The grid has 0, 270 and 540 s; 5 to 120 s after burnout fall to 270, 300 s to 540; 600 s is after impact.
    let cells = cells();
    let times: Vec<(f64, f64)> =
        cells[1].impact.iter().map(|impact| (impact.after_burnout_s, impact.time_s)).collect();
    assert_eq!(times[..5].iter().map(|(_, time)| *time).collect::<Vec<f64>>(), [270.0; 5]);
    assert_eq!(times[5..], [(300.0, 540.0)]);
    assert!(cells[1].impact_at(300.0).unwrap().error.given_estimate_m.is_none());
}

#[test]
fn leads_count_late_and_missing_alerts_as_nothing() {
    let summary = Summary::of(&study()).unwrap();
    assert_eq!(summary.nodes[0].most_threatened_area.as_deref(), Some("Hokkaido"));
    let bilateral = summary.nodes[0].regimes[1].area("Hokkaido").unwrap();
    // Leads 280, -20, none, 200.
    assert!((bilateral.lead_given_alert_s.unwrap().mean - 460.0 / 3.0).abs() < 1e-9);
    assert_eq!(bilateral.lead_s.unwrap().mean, 120.0);
    assert_eq!(bilateral.alerted.unwrap().share, 0.75);
    assert_eq!(bilateral.alerted_in_time.unwrap().share, 0.5);
    let cell = &summary.nodes[0].regimes[1];
    assert_eq!(cell.areas_missed.unwrap().mean, 0.5);
    assert_eq!(cell.areas_warned_in_vain.unwrap().mean, 0.25);
    assert_eq!(cell.area("Izu").unwrap().alerted_in_vain.unwrap().share, 0.25);
    assert_eq!(cell.area("Izu").unwrap().lead_s, None);
    // Shared: 300 in each run; against bilateral 20, 300, 300, 100.
    let shared = summary.nodes[0].regimes[2].area("Hokkaido").unwrap().lead_s.unwrap();
    assert_eq!((shared.mean, shared.against_baseline.unwrap().mean), (300.0, 180.0));
}

#[test]
fn verdicts_are_named() {
    let verdicts: Vec<Consistency> = cells().iter().map(|cell| cell.nees.verdict).collect();
    // Mean NEES 5, 6 and 7 against 5.5 to 6.5; siloed has a track in just half of the runs.
    assert_eq!(verdicts, [Consistency::Cautious, Consistency::Consistent, Consistency::Overconfident]);
    let mut fewer = study();
    fewer.outcomes[0].samples[1].has_track = false;
    assert_eq!(Summary::of(&fewer).unwrap().nodes[0].regimes[0].nees.verdict, Consistency::TooFewRuns);
}

#[test]
fn counts_gospa_and_links() {
    let summary = Summary::of(&study()).unwrap();
    let cells = &summary.nodes[0].regimes;
    assert_eq!(cells[0].missiles.unwrap().so_far.mean, 1.25);
    assert_eq!(cells[0].missiles.unwrap().counted.mean, 1.0);
    assert_eq!(cells[0].missiles.unwrap().right.share, 0.75);
    assert_eq!(cells[2].gospa.unwrap().total_m.mean, 5.0);
    assert_eq!(cells[2].custody_fraction.unwrap().against_siloed.unwrap().mean, 0.5);
    assert_eq!(summary.regimes[0].total_bytes, 1500.0);
    let mut silent = study();
    silent.description.regimes[0].link_bytes.clear();
    assert!(Summary::of(&silent).unwrap().regimes[0].total_bytes.is_sign_positive());
    assert_eq!(summary.regimes[0].links[0].mean_rate_bit_s, 8000.0 / 600.0);
    assert_eq!(cells[2].launch_point.unwrap().given_estimate_m.unwrap().mean, 951.0);
}

#[test]
fn json_is_the_same_each_time_and_reads_back() {
    let text = serde_json::to_string(&Summary::of(&study()).unwrap()).unwrap();
    assert!(text == serde_json::to_string(&Summary::of(&study()).unwrap()).unwrap());
    let back: Summary = serde_json::from_str(&text).unwrap();
    assert_eq!(back.nodes[0].regimes[2].impact_at(120.0).unwrap().bound_rms_m, Some(900.0));
    assert!(text.contains("\"actionable_s\"") && text.contains("\"bound_rms_m\""));
}

#[test]
fn rows_that_do_not_fit_are_refused() {
    let broken = |change: fn(&mut StudyResult)| {
        let mut study = study();
        change(&mut study);
        Summary::of(&study).unwrap_err().to_string()
    };
    assert_eq!(broken(|study| study.outcomes[5].run = 99), "row 5: run 99 does not exist; there are 4");
    assert_eq!(broken(|study| study.outcomes[5].regime = 3), "row 5: regime 3 does not exist; there are 3");
    assert_eq!(
        broken(|study| study.outcomes[5].run = 0),
        "row 5: run 0 of regime 2 at node 0 is there twice"
    );
    assert_eq!(broken(|study| study.outcomes[1].samples.truncate(2)), "row 1: 2 samples, expected 3");
    assert_eq!(broken(|study| study.description.baseline = 7), "the baseline is regime 7; there are 3");
    assert_eq!(broken(|study| study.description.runs = 0), "the study has no runs");
    let not_finite = broken(|study| study.outcomes[2].confirmed_s = Some(f64::NAN));
    assert_eq!(not_finite, "row 2: confirmed_s is not a finite number");
    let mut many = study();
    many.description.runs = u32::MAX;
    assert_eq!(Summary::of(&many).unwrap().nodes[0].regimes[0].runs, 4);
}

#[test]
fn an_impact_point_of_an_unconfirmed_track_does_not_count() {
    let mut tentative = study();
    // Run 0, regime 2: the impact point stays, the track is not confirmed.
    tentative.outcomes[2].samples[1].has_track = false;
    let cell = Summary::of(&tentative).unwrap().nodes.remove(0).regimes.remove(2);
    let impact = cell.impact_at(120.0).unwrap();
    assert_eq!((impact.with_track.share, impact.error.with_estimate.share), (0.75, 0.75));
    assert_eq!(impact.error.capped_m.mean, (4000.0 + 500.0 + 800.0 + 1500.0) / 4.0);
}
