//! A circle of hubs that pass on all they hear: nothing comes round as new.

use super::scenario_tests::*;
use super::{Network, PictureTrack, Setup, TrackerConfig};
use crate::assess::{Band, Consistency, Verdict, judge, nees};
use crate::share::{Delay, FusionRule, Level, LinkConfig, Regime};
use crate::types::Geodetic;
use crate::warning::WarningConfig;
use std::sync::Arc;

const NAMES: [&str; 3] = ["korea", "japan", "united-states"];
const MINUTES_5: u32 = 300;

fn circle(fusion: FusionRule) -> Regime {
    let link = |from: usize, to: usize| LinkConfig {
        delay: Delay::Constant { seconds: 0.5 },
        forward: true,
        // Everything may be told to everybody: the mark of who may know must not be what breaks the circle.
        onward: NAMES.map(str::to_owned).to_vec(),
        fusion,
        ..LinkConfig::plain(NAMES[from], NAMES[to], Level::Tracks)
    };
    Regime {
        name: "circle".into(),
        description: String::new(),
        assumptions: String::new(),
        links: vec![link(0, 2), link(2, 1), link(1, 0)],
    }
}

fn three_radars() -> Arc<Setup> {
    let places = [(37.2, 127.0), (36.8, 128.4), (38.0, 125.5)];
    let sensors = (0..).zip(places).map(|(number, (latitude, longitude))| {
        radar(number, Geodetic::from_degrees(latitude, longitude, 300.0), 0.0)
    });
    let names = NAMES.map(str::to_owned).to_vec();
    let tracker = TrackerConfig::default();
    let setup = Setup::new(names, sensors.collect(), Vec::new(), WarningConfig::default(), tracker, START);
    Arc::new(setup.expect("a valid configuration"))
}

/// After five minutes, at each node: NEES of the track nearest to the missile, and how many tracks there are.
fn after_five_minutes(setup: &Arc<Setup>, fusion: FusionRule, seed: u64) -> [(f64, usize); 3] {
    let world = World::new(Arc::clone(setup), Flight::coasting(), MINUTES_5, seed);
    let mut network = Network::new(setup, &circle(fusion), seed).expect("a valid regime");
    let until = START.plus_seconds(f64::from(MINUTES_5));
    let truth = world.flight.at(f64::from(MINUTES_5));
    let mut found = [(f64::NAN, 0); 3];
    network
        .run(&world.scans, until, |result| {
            if result.picture.time < until {
                return;
            }
            let off_m = |track: &&PictureTrack| (track.kinematic.mean - truth).fixed_rows::<3>(0).norm();
            let nearest = result.picture.confirmed().min_by(|a, b| off_m(a).total_cmp(&off_m(b)));
            let state = nearest.expect("a track").kinematic;
            found[usize::from(result.picture.node.0)] = (
                nees(&(truth - state.mean), &state.covariance).expect("positive"),
                result.picture.confirmed().count(),
            );
        })
        .expect("known sensors");
    found
}

#[test]
fn a_rumour_that_goes_round_for_five_minutes_is_counted_once_by_every_rule_but_the_naive_one() {
    const RUNS: usize = 10;
    let setup = three_radars();
    let band = Band::chi_square(6, RUNS, 0.999).expect("valid");
    let judged = |rule: FusionRule| -> [Consistency; 3] {
        let runs: Vec<[(f64, usize); 3]> =
            (0..RUNS as u64).map(|run| after_five_minutes(&setup, rule, 500 + run)).collect();
        let is_one = runs.iter().flatten().all(|(_, tracks)| *tracks == 1);
        assert_eq!(is_one, rule != FusionRule::Naive, "one missile, one track: {rule:?}");
        std::array::from_fn(|node| {
            judge(&runs.iter().map(|run| run[node].0).collect::<Vec<_>>(), &band).expect("valid")
        })
    };
    for node in judged(FusionRule::Information) {
        assert_eq!(node.verdict, Verdict::Consistent, "{}", node.mean);
    }
    for node in judged(FusionRule::CovarianceIntersection) {
        assert_ne!(node.verdict, Verdict::Overconfident, "{}", node.mean);
    }
    // What is believed too much shuts the true plots out: second tracks begin, and are told of in turn.
    for node in judged(FusionRule::Naive) {
        assert_eq!(node.verdict, Verdict::Overconfident, "{}", node.mean);
        assert!(node.mean > 3.0 * band.high, "{}", node.mean);
    }
}
