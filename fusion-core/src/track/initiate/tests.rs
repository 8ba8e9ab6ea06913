//! Starts from real geometry and noisy plots, with truth drawn from the priors: covariances must be what errors are.

use super::*;
use crate::assess::{Band, Verdict, judge, nees};
use crate::dynamics::{Dynamics, LONGEST_STEP_S, propagate};
use crate::math::chance::Stream;
use crate::math::symmetric::Cholesky;
use crate::measurement::{Station, noise_free_plot};
use crate::types::{Geodetic, InfraredModel, Plot, RadarModel, Sensor, SensorKind, ecef_from_geodetic};
use nalgebra::SVector;

const DRAWS: usize = 600;
type State = SVector<f64, 9>;

fn at(latitude_deg: f64, longitude_deg: f64, height_m: f64) -> Vector3<f64> {
    ecef_from_geodetic(Geodetic::from_degrees(latitude_deg, longitude_deg, height_m))
}

fn radar(latitude_deg: f64, longitude_deg: f64, range_rate_sigma_m_s: Option<f64>) -> Sensor {
    let model = RadarModel { right_sigma_rad: 2e-3, range_rate_sigma_m_s, ..RadarModel::default() };
    Sensor::for_tests(at(latitude_deg, longitude_deg, 300.0), SensorKind::Radar(model))
}

fn satellite(longitude_deg: f64) -> Sensor {
    let model = InfraredModel {
        aim_m: at(40.0, 130.0, 0.0),
        half_width_rad: 0.05,
        minimum_target_height_m: 10e3,
        angle_sigma_rad: 5e-5,
    };
    Sensor::for_tests(at(0.0, longitude_deg, 35_786e3), SensorKind::Infrared(model))
}

/// What a sensor reports of a state, with its noise.
fn look(sensor: &Sensor, state: &State, chance: &mut Stream) -> Observation {
    let station = Station::of(sensor);
    let (position_m, velocity_m_s) = (state.fixed_rows::<3>(0).into(), state.fixed_rows::<3>(3).into());
    let mut plot = noise_free_plot(&station, &position_m, &velocity_m_s).expect("it sees what flies");
    match (&mut plot, &sensor.kind) {
        (
            Plot::Radar { range_m, azimuth_rad, elevation_rad, range_rate_m_s, .. },
            SensorKind::Radar(model),
        ) => {
            *range_m += model.range_sigma_m * chance.normal();
            *azimuth_rad += model.right_sigma_rad / libm::cos(*elevation_rad) * chance.normal();
            *azimuth_rad = azimuth_rad.rem_euclid(std::f64::consts::TAU);
            *elevation_rad += model.up_sigma_rad * chance.normal();
            if let (Some(rate), Some(sigma)) = (range_rate_m_s, model.range_rate_sigma_m_s) {
                *rate += sigma * chance.normal();
            }
        }
        (Plot::Infrared { right_rad, up_rad }, SensorKind::Infrared(model)) => {
            *right_rad += model.angle_sigma_rad * chance.normal();
            *up_rad += model.angle_sigma_rad * chance.normal();
        }
        _ => panic!("a plot of another kind"),
    }
    Observation::new(&station, &plot).expect("a plot of this sensor")
}

/// A state at a position, velocity and acceleration drawn from the models' priors.
fn drawn(position_m: &Vector3<f64>, models: &MissileModels, chance: &mut Stream) -> State {
    State::from_fn(|row, _| match row {
        0..3 => position_m[row],
        3..6 => models.initial_velocity_sigma_m_s * chance.normal(),
        _ => models.initial_acceleration_sigma_m_s2 * chance.normal(),
    })
}

/// A state so much later, its acceleration walking at random as the model says.
fn later(state: &State, seconds: f64, models: &MissileModels, chance: &mut Stream) -> State {
    let (moved, _) = propagate(&models.boost, state, seconds, LONGEST_STEP_S);
    let noise = Cholesky::new(&models.boost.process_noise(seconds)).expect("positive definite");
    moved + noise.lower() * State::from_fn(|_, _| chance.normal())
}

/// Anywhere in a radar's coverage.
fn covered(sensor: &Sensor, chance: &mut Stream) -> Vector3<f64> {
    let azimuth_rad = chance.between(0.0, std::f64::consts::TAU);
    let elevation_rad = chance.between(0.03, 1.2);
    sensor.position_m
        + Station::of(sensor).direction(azimuth_rad, elevation_rad) * chance.between(50e3, 900e3)
}

/// Anywhere that two satellites see, at a height of plumes that are seen first.
fn first_seen(chance: &mut Stream) -> Vector3<f64> {
    let height_m = PLUME_HEIGHT_M.0 + PLUME_HEIGHT_M.1 * chance.normal();
    at(chance.between(30.0, 50.0), chance.between(110.0, 145.0), height_m)
}

fn seconds(value: f64) -> Time {
    Time::from_nanoseconds(0).plus_seconds(value)
}

/// Holds errors of all nine states, and of the position alone, over the draws against the bands that the covariances
/// promise.
fn assert_honest(
    name: &str,
    models: &MissileModels,
    mut draw: impl FnMut(&mut Stream) -> (State, Gaussian<9>, Vec<(Time, Observation)>),
) -> Vec<FirstBelief> {
    let mut chance = Stream::new(name, 1, &[]);
    let (mut squared, mut of_position) = (Vec::with_capacity(DRAWS), Vec::with_capacity(DRAWS));
    let mut beliefs = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        let (truth, prior, looks) = draw(&mut chance);
        let belief = first_belief(&prior, &looks, models).expect("a start");
        let error = truth - belief.boost.mean;
        squared.push(nees(&error, &belief.boost.covariance).expect("a covariance"));
        let place = belief.boost.leading::<3>();
        of_position.push(nees(&error.fixed_rows::<3>(0).into(), &place.covariance).expect("a covariance"));
        beliefs.push(belief);
    }
    for (degrees, values) in [(9, squared), (3, of_position)] {
        let judged = judge(&values, &Band::chi_square(degrees, DRAWS, 0.99).expect("valid")).expect("valid");
        assert_eq!(judged.verdict, Verdict::Consistent, "{name}, {degrees} states: {judged:?}");
    }
    beliefs
}

#[test]
fn one_radar_plot_with_or_without_its_rate() {
    let models = MissileModels::for_tests();
    for (name, rate) in [("position only", None), ("with a range rate", Some(2.0))] {
        let sensor = radar(37.2, 127.0, rate);
        let beliefs = assert_honest(name, &models, |chance| {
            let truth = drawn(&covered(&sensor, chance), &models, chance);
            let observation = look(&sensor, &truth, chance);
            (truth, prior_of_look(&observation, &models).expect("a place"), vec![(seconds(0.0), observation)])
        });
        // A rate takes one direction of three out of the velocity.
        let velocity = |belief: &FirstBelief| belief.boost.covariance.fixed_view::<3, 3>(3, 3).trace();
        let unknown = models.initial_velocity_sigma_m_s * models.initial_velocity_sigma_m_s;
        let directions = if rate.is_some() { 2.0 } else { 3.0 };
        assert!(beliefs.iter().all(|belief| (velocity(belief) / unknown - directions).abs() < 0.01));
    }
}

#[test]
fn two_radar_plots_give_position_and_velocity() {
    let models = MissileModels::for_tests();
    for (name, second, rate) in [
        ("the same radar", radar(37.2, 127.0, None), None),
        ("another radar", radar(35.2, 129.1, None), None),
        ("another radar, both with rates", radar(35.2, 129.1, Some(2.0)), Some(2.0)),
    ] {
        let first = radar(37.2, 127.0, rate);
        let beliefs = assert_honest(name, &models, |chance| {
            let before = drawn(&covered(&first, chance), &models, chance);
            let apart_s = chance.between(0.5, 6.0);
            let truth = later(&before, apart_s, &models, chance);
            let looks = vec![
                (seconds(10.0), look(&first, &before, chance)),
                (seconds(10.0 + apart_s), look(&second, &truth, chance)),
            ];
            (truth, prior_of_look(&looks[0].1, &models).expect("a place"), looks)
        });
        let known = beliefs.iter().filter(|belief| belief.boost.covariance[(3, 3)] < 1_000.0 * 1_000.0);
        assert!(known.count() > DRAWS / 2, "two plots say how fast it moves");
    }
}

#[test]
fn one_line_of_sight_is_as_long_as_the_heights_of_plumes() {
    let models = MissileModels::for_tests();
    let sensor = satellite(85.0);
    assert_honest("one line of sight", &models, |chance| {
        let truth = drawn(&first_seen(chance), &models, chance);
        let observation = look(&sensor, &truth, chance);
        let prior = prior_of_look(&observation, &models).expect("it meets the Earth");
        (truth, prior, vec![(seconds(0.0), observation)])
    });
}

#[test]
fn lines_of_sight_of_two_satellites_meet_although_the_object_moves_in_between() {
    let models = MissileModels::for_tests();
    let (west, east) = (satellite(85.0), satellite(160.0));
    let beliefs = assert_honest("stereo", &models, |chance| {
        let before = drawn(&first_seen(chance), &models, chance);
        let apart_s = chance.between(0.0, 9.0);
        let truth = later(&before, apart_s.max(1e-3), &models, chance);
        let looks = vec![
            (seconds(0.0), look(&west, &before, chance)),
            (seconds(apart_s.max(1e-3)), look(&east, &truth, chance)),
        ];
        (truth, prior_of_look(&looks[0].1, &models).expect("it meets the Earth"), looks)
    });
    assert!(beliefs.iter().all(|belief| belief.boost_probability == 1.0));
    let volume = |belief: &FirstBelief| belief.boost.covariance.fixed_view::<3, 3>(0, 0).trace().sqrt();
    let median = {
        let mut all: Vec<f64> = beliefs.iter().map(volume).collect();
        all.sort_by(f64::total_cmp);
        all[DRAWS / 2]
    };
    assert!(median < 20e3, "a fix, not a shell: {median} m");
}

#[test]
fn a_line_of_sight_and_a_site_say_where_along_the_line() {
    let models = MissileModels::for_tests();
    let sensor = satellite(85.0);
    for (name, sigma_m) in [("a known site", 200.0), ("a cue", 20e3)] {
        let site = LaunchSite {
            position_m: at(39.2, 125.7, 0.0),
            sigma_m,
            from: seconds(0.0),
            until: seconds(600.0),
        };
        let prior = prior_of_site(&site, &models);
        let spread = Cholesky::new(&prior.covariance).expect("positive definite");
        let beliefs = assert_honest(name, &models, |chance| {
            let truth = prior.mean + spread.lower() * State::from_fn(|_, _| chance.normal());
            (truth, prior, vec![(seconds(50.0), look(&sensor, &truth, chance))])
        });
        // The two angles fit the site as two independent numbers do.
        let fits: Vec<f64> = beliefs.iter().map(|belief| belief.fit.normalised_innovation_squared).collect();
        let judged = judge(&fits, &Band::chi_square(2, DRAWS, 0.99).expect("valid")).expect("valid");
        assert_eq!(judged.verdict, Verdict::Consistent, "{name}: {judged:?}");
        // Another site, 300 km away, does not fit.
        let truth = drawn(&at(41.0, 129.0, 20e3), &models, &mut Stream::new("elsewhere", 1, &[]));
        let stranger = [(seconds(50.0), look(&sensor, &truth, &mut Stream::new("noise", 1, &[])))];
        let fit = first_belief(&prior, &stranger, &models).expect("a start").fit;
        assert!(fit.normalised_innovation_squared > 50.0, "{fit:?}");
    }
}

/// What made two tracks of one missile: a line of sight's start is 30 km off along the line, and a radar's range taken in
/// there is wrong by kilometres.
#[test]
fn a_range_does_not_make_a_start_from_a_line_of_sight_overconfident() {
    let models = MissileModels::for_tests();
    let satellite = satellite(160.0);
    for rate in [None, Some(2.0)] {
        let radar = radar(37.2, 127.0, rate);
        let mut chance = Stream::new("range on a line", 1, &[]);
        let (mut iterated, mut plain) = (Vec::new(), Vec::new());
        for _ in 0..DRAWS {
            let height_m = PLUME_HEIGHT_M.0 + PLUME_HEIGHT_M.1 * chance.normal();
            let truth = drawn(&at(chance.between(38.0, 41.0), 126.0, height_m), &models, &mut chance);
            let seen = start(&look(&satellite, &truth, &mut chance), &models).expect("it meets the Earth");
            let plot = look(&radar, &truth, &mut chance);
            let squared =
                |state: &Gaussian<9>| nees(&(truth - state.mean), &state.covariance).expect("sound");
            let (mut curved, mut straight) = (seen.boost, seen.boost);
            curved.update_observation(&plot).expect("in front");
            iterated.push(squared(&curved));
            straight.update_at(&plot, &seen.boost.mean).expect("in front");
            plain.push(squared(&straight));
            // A hundred times better known, one round is all there is.
            let narrow = Gaussian { mean: truth, covariance: curved.covariance * 1e-4 };
            let (mut one, mut other) = (narrow, narrow);
            assert_eq!(one.update_observation(&plot), other.update_at(&plot, &truth));
            assert_eq!(one, other);
        }
        let band = Band::chi_square(9, DRAWS, 0.99).expect("valid");
        let judged = judge(&iterated, &band).expect("valid");
        assert_eq!(judged.verdict, Verdict::Consistent, "{rate:?}: {judged:?}");
        let judged = judge(&plain, &band).expect("valid");
        assert!(judged.mean > 100.0, "linearised at the mean of the start it is not: {judged:?}");
    }
}

#[test]
fn what_cannot_be_started_from_says_why() {
    let models = MissileModels::for_tests();
    let sensor = radar(37.2, 127.0, None);
    let mut chance = Stream::new("refused", 1, &[]);
    let state = drawn(&at(39.0, 127.0, 60e3), &models, &mut chance);
    let plot = look(&sensor, &state, &mut chance);
    let prior = prior_of_look(&plot, &models).expect("a place");
    assert_eq!(first_belief(&prior, &[], &models), Err(InitiationError::NoLooks));
    let backwards = [(seconds(2.0), plot), (seconds(1.0), plot)];
    assert_eq!(first_belief(&prior, &backwards, &models), Err(InitiationError::Order { look: 1 }));
    let mut away = look(&satellite(110.0), &state, &mut chance);
    away.line_of_sight.along = -away.line_of_sight.along;
    let looks = [(seconds(0.0), plot), (seconds(1.0), away)];
    assert_eq!(first_belief(&prior, &looks, &models), Err(InitiationError::Elsewhere { look: 1 }));
    let mut lost = prior;
    lost.covariance[(0, 0)] = f64::NAN;
    let looks = [(seconds(0.0), plot), (seconds(1.0), plot)];
    assert!(matches!(first_belief(&lost, &looks, &models), Err(InitiationError::NotPositiveDefinite(_))));
}
