//! First looks at the real flight: how far the starts of tracks are from the truth, against what they claim.
//!
//! The truth is one flight, not a draw from the trackers' broad priors: seen first a kilometre a second fast and low, it
//! is nearer to the middle of a prior than a draw would be. So a start may be too cautious here, and must not be
//! overconfident; `fusion-core`'s own tests hold covariances to draws from the priors.
#![expect(clippy::print_stdout, reason = "figures for whoever runs the tests with --nocapture")]

use fusion_core::assess::{Band, nees};
use fusion_core::filter::{Gaussian, MissileModels};
use fusion_core::measurement::{LaunchSite, Observation, Station};
use fusion_core::node::Setup;
use fusion_core::track::{first_belief, prior_of_look, prior_of_site};
use fusion_core::types::{Regard, Time};
use nalgebra::{Vector3, Vector6};
use sensor_sim::chance::Seed;
use sensor_sim::sensor::{can_see, plots};
use sensor_sim::{Scenario, Truth, fly_truth};

const TEXT: &str = include_str!("../../fixtures/overflight-2017-09-15/scenario.toml");
const RUNS: u32 = 500;

/// What the nodes of the scenario take.
fn models(scenario: &Scenario) -> MissileModels {
    let Scenario { sensors, areas, warning, tracker, start, .. } = scenario;
    Setup::new(scenario.node_names(), sensors.clone(), areas.clone(), *warning, *tracker, *start)
        .expect("the fixture's setup")
        .models
}

/// A flight, and what each sensor that sees it reports at its first looks.
struct Sky {
    scenario: Scenario,
    truth: Truth,
    run: u32,
}

/// A look that saw the missile: when, what, and the six numbers of the truth.
struct Seen {
    time: Time,
    observation: Observation,
    truth: Vector6<f64>,
}

impl Sky {
    /// The looks of a sensor, every one of its plots the missile's, shifted by a part of a revisit that is new in every run:
    /// a launch does not wait for a satellite's scan.
    fn looks(&self, name: &str, count: usize) -> Vec<Seen> {
        let place = self.scenario.sensors.iter().position(|sensor| sensor.name == name).expect("a sensor");
        let mut sensor = self.scenario.sensors[place].clone();
        sensor.clutter_per_scan = 0.0;
        let station = Station::new(&sensor, sensor.position_m, &Regard::Field);
        let object = &self.truth.objects[0];
        let shift = (f64::from(self.run) * 0.618_034 + f64::from(sensor.id.0) * 0.7).fract();
        let mut seen = Vec::new();
        for slot in 0..1_000_u32 {
            let time = object.launch_time.plus_seconds((f64::from(slot) + shift) * sensor.revisit_s);
            let Some(state) = object.state_at(time) else { break };
            let Some(target) = self.truth.targets_at(time).into_iter().find(|target| target.id == object.id)
            else {
                break;
            };
            if !can_see(&station, &target) {
                continue;
            }
            let seed = Seed { seed: 1, run: self.run };
            let (found, _) = plots(&station, &self.scenario.mounts[place], &[target], (slot, seed));
            if let Some(observation) = found.first().and_then(|plot| Observation::new(&station, plot)) {
                let parts = state.position_m.iter().chain(state.velocity_m_s.iter());
                seen.push(Seen { time, observation, truth: Vector6::from_iterator(parts.copied()) });
            }
            if seen.len() == count {
                break;
            }
        }
        seen
    }
}

/// Starts from the looks of every run, and prints what they are worth. Gives the means of the normalised squared errors of
/// position and of position and velocity, and of the position's error, m.
fn judge(name: &str, start: impl Fn(&Sky) -> (Vec<Seen>, Option<LaunchSite>)) -> (f64, f64, f64) {
    let scenario = Scenario::parse(TEXT).expect("the fixture parses");
    let flights = scenario.fly().expect("it flies");
    let models = models(&scenario);
    let truth = fly_truth(&scenario, &flights, Seed { seed: 1, run: 0 }).expect("a truth");
    let mut sky = Sky { scenario, truth, run: 0 };
    let (mut position, mut kinematic, mut error_m, mut claimed_m, mut height_m) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for run in 0..RUNS {
        sky.run = run;
        let (mut looks, site) = start(&sky);
        looks.sort_by_key(|seen| seen.time);
        let first = &looks[0].observation;
        let prior =
            site.map_or_else(|| prior_of_look(first, &models), |site| Some(prior_of_site(&site, &models)));
        let observations: Vec<(Time, Observation)> =
            looks.iter().map(|seen| (seen.time, seen.observation)).collect();
        let belief = first_belief(&prior.expect("a prior"), &observations, &models).expect("a start");
        let found: Gaussian<6> = belief.boost.leading();
        let error = looks.last().expect("a look").truth - found.mean;
        let place: Gaussian<3> = found.leading();
        let off_m: Vector3<f64> = error.fixed_rows::<3>(0).into();
        position += nees(&off_m, &place.covariance).expect("a covariance") / f64::from(RUNS);
        kinematic += nees(&error, &found.covariance).expect("a covariance") / f64::from(RUNS);
        error_m += off_m.norm() / f64::from(RUNS);
        claimed_m += place.covariance.trace().sqrt() / f64::from(RUNS);
        let true_m: Vector3<f64> = looks[0].truth.fixed_rows::<3>(0).into();
        height_m += fusion_core::types::height_and_up(&true_m).0 / f64::from(RUNS);
    }
    println!(
        "{name:32} first at {:5.1} km: position {:6.2} km off, claimed {:6.2}; NEES {position:5.2} of 3, with velocity \
         {kinematic:5.2} of 6",
        height_m / 1e3,
        error_m / 1e3,
        claimed_m / 1e3,
    );
    (position, kinematic, error_m)
}

fn upper(degrees_of_freedom: u32) -> f64 {
    Band::chi_square(degrees_of_freedom, RUNS as usize, 0.99).expect("valid").high
}

const RADARS: [&str; 7] =
    ["chungcheong", "busan", "east-sea-ship", "sea-of-japan-ship", "sado", "shariki", "kyogamisaki"];

#[test]
fn one_look_of_each_radar_is_as_uncertain_as_it_says() {
    let band = Band::chi_square(3, RUNS as usize, 0.999).expect("valid");
    for name in RADARS {
        let (position, kinematic, _) = judge(name, |sky| (sky.looks(name, 1), None));
        // All noise: the band holds on both sides. 99.9 %, as seven are compared.
        assert!((band.low..band.high).contains(&position), "{name}: {position} in {band:?}");
        assert!(kinematic < upper(6), "{name}: {kinematic}");
    }
}

#[test]
fn two_looks_are_not_overconfident_whichever_radars_give_them() {
    for (first, second) in [
        ("chungcheong", "chungcheong"),
        ("chungcheong", "busan"),
        ("sado", "shariki"),
        ("shariki", "shariki"),
    ] {
        let (position, kinematic, _) = judge(&format!("{first} and {second}"), |sky| {
            let mut looks = sky.looks(first, 2);
            if first != second {
                let since = looks[0].time;
                looks.truncate(1);
                // The other's first look after it, or its first.
                let others = sky.looks(second, 400);
                looks.extend(others.into_iter().find(|seen| seen.time >= since));
            }
            (looks, None)
        });
        assert!(position < upper(3) && kinematic < upper(6), "{first}, {second}: {position} {kinematic}");
    }
}

#[test]
fn lines_of_sight_are_not_overconfident_and_gain_from_each_other_and_from_a_site() {
    let one = judge("infrared-west", |sky| (sky.looks("infrared-west", 1), None));
    let other = judge("infrared-east", |sky| (sky.looks("infrared-east", 1), None));
    let stereo = judge("both satellites", |sky| {
        let mut looks = sky.looks("infrared-west", 1);
        looks.extend(sky.looks("infrared-east", 1));
        (looks, None)
    });
    let sited = judge("infrared-west and the site", |sky| {
        let pad_m = sky.truth.objects[0].trajectory.state_at(0.0).expect("on the pad").position_m;
        let start = sky.scenario.start;
        let site = LaunchSite { position_m: pad_m, sigma_m: 1_000.0, from: start, until: start };
        (sky.looks("infrared-west", 1), Some(site))
    });
    for (position, kinematic, _) in [one, other, stereo, sited] {
        assert!(position < upper(3) && kinematic < upper(6), "{position} {kinematic}");
    }
    assert!(stereo.2 < 0.7 * one.2 && sited.2 < one.2, "{one:?} {stereo:?} {sited:?}");
}
