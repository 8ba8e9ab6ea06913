//! The interacting models: probabilities, covariances, consistency with matched truth, burnout, plumes.

use super::{MissileFilter, MissileModels, Mode};
use crate::assess::{Band, Verdict, judge, nees};
use crate::dynamics::{Coast, Dynamics, Reentry, propagate};
use crate::filter::Gaussian;
use crate::math::chance::Stream;
use crate::math::symmetric::Cholesky;
use crate::measurement::{Observation, Station};
use crate::types::{
    Geodetic, InfraredModel, LineOfSight, Plot, RadarModel, Sensor, SensorKind, ecef_from_enu,
    ecef_from_geodetic,
};
use nalgebra::{Matrix3, SMatrix, SVector, Vector3, Vector6};
use proptest::prelude::*;

const NEVER_S: f64 = 1e15;

fn models() -> MissileModels {
    MissileModels {
        coast: Coast { density_m2_s3: 1e-4 },
        reentry: Reentry { density_m2_s3: 1e-4, log_density_1_s: 1e-6 },
        ..MissileModels::for_tests()
    }
}

fn radar() -> Sensor {
    let model = RadarModel { maximum_range_m: 2e6, ..RadarModel::default() };
    let position_m = ecef_from_geodetic(Geodetic::from_degrees(37.2, 127.0, 300.0));
    Sensor::for_tests(position_m, SensorKind::Radar(model))
}

/// A satellite's line of sight to a position, without noise.
fn plume(position_m: &Vector3<f64>) -> Observation {
    let origin_m = ecef_from_geodetic(Geodetic::from_degrees(0.0, 110.0, 35_786e3));
    let model = InfraredModel {
        aim_m: *position_m,
        half_width_rad: 0.05,
        minimum_target_height_m: 1e4,
        angle_sigma_rad: 5e-5,
    };
    let satellite = Sensor { position_m: origin_m, kind: SensorKind::Infrared(model), ..radar() };
    let ahead = Plot::Infrared { right_rad: 0.0, up_rad: 0.0 };
    Observation::new(&Station::of(&satellite), &ahead).expect("a direction")
}

/// A radar plot of a position with noise, in units of its deviations.
fn plot_of(sensor: &Sensor, position_m: &Vector3<f64>, noise: [f64; 3]) -> Observation {
    let SensorKind::Radar(model) = &sensor.kind else { panic!("a radar") };
    let station = Station::of(sensor);
    let enu = station.ecef_from_enu.tr_mul(&(position_m - sensor.position_m));
    let elevation = libm::asin(enu.z / enu.norm());
    let azimuth = libm::atan2(enu.x, enu.y) + noise[1] * model.right_sigma_rad / libm::cos(elevation);
    let plot = Plot::radar(
        enu.norm() + noise[0] * model.range_sigma_m,
        azimuth.rem_euclid(std::f64::consts::TAU),
        elevation + noise[2] * model.up_sigma_rad,
    );
    Observation::new(&station, &plot).expect("a plot of this radar")
}

fn normals<const N: usize>(chance: &mut Stream) -> SVector<f64, N> {
    SVector::from_fn(|_, _| chance.normal())
}

/// A state over Korea: height, and what follows position in the local frame.
fn state<const N: usize>(height_m: f64, velocity_m_s: [f64; 3], rest: &[f64]) -> SVector<f64, N> {
    let place = Geodetic::from_degrees(39.2, 126.5, height_m);
    let velocity = ecef_from_enu(place) * Vector3::from(velocity_m_s);
    let position = ecef_from_geodetic(place);
    SVector::from_iterator(position.iter().chain(velocity.iter()).chain(rest).copied())
}

fn position_of<const N: usize>(state: &SVector<f64, N>) -> Vector3<f64> {
    state.fixed_rows::<3>(0).into()
}

fn filter_of(mode: Mode) -> MissileFilter {
    let local = Matrix3::identity() * 1e6;
    let at = ecef_from_geodetic(Geodetic::from_degrees(39.2, 126.5, 60e3));
    let mut filter = MissileFilter::from_position(&at, &local, 1.0, &models());
    filter.probabilities = match mode {
        Mode::Boost => [1.0, 0.0, 0.0],
        Mode::Coast => [0.0, 1.0, 0.0],
        Mode::Reentry => [0.0, 0.0, 1.0],
    };
    filter
}

/// NEES of a filter that knows the mode, against truths drawn from the model of that mode, judged over the runs.
fn matched<const N: usize>(
    model: &impl Dynamics<N>,
    (mean, sigmas): (SVector<f64, N>, [f64; N]),
    mode: Mode,
    steps: usize,
    access: fn(&mut MissileFilter) -> &mut Gaussian<N>,
) -> crate::assess::Consistency {
    const RUNS: usize = 240;
    let models =
        MissileModels { mean_boost_s: NEVER_S, mean_coast_below_reentry_height_s: NEVER_S, ..models() };
    let sigmas = SVector::from(sigmas);
    let noise = Cholesky::new(&model.process_noise(1.0)).expect("positive definite");
    let sensor = radar();
    let per_run: Vec<f64> = (0..RUNS)
        .map(|run| {
            let mut chance = Stream::new("matched", run as u64, &[N as u64]);
            let mut truth = mean + sigmas.component_mul(&normals(&mut chance));
            let mut filter = filter_of(mode);
            *access(&mut filter) =
                Gaussian { mean, covariance: SMatrix::from_diagonal(&sigmas.component_mul(&sigmas)) };
            for _ in 0..steps {
                truth = propagate(model, &truth, 1.0, 0.25).0 + noise.lower() * normals::<N>(&mut chance);
                filter.predict(1.0, &models);
                let seen = plot_of(&sensor, &position_of(&truth), normals::<3>(&mut chance).into());
                filter.update(&seen, 1e-9).expect("in front of the radar");
            }
            assert_eq!(filter.likeliest(), mode);
            let estimate = access(&mut filter);
            nees(&(truth - estimate.mean), &estimate.covariance).expect("positive definite")
        })
        .collect();
    let band = Band::chi_square(N as u32, RUNS, 0.999).expect("valid");
    judge(&per_run, &band).expect("valid")
}

#[test]
fn with_the_mode_known_and_truth_from_its_model_the_filter_is_consistent() {
    let models = models();
    let boost = (
        state(60e3, [300.0, 200.0, 900.0], &[-10.0, 15.0, 30.0]),
        [500.0, 500.0, 500.0, 30.0, 30.0, 30.0, 3.0, 3.0, 3.0],
    );
    let coast = (state(200e3, [1_500.0, 700.0, 1_500.0], &[]), [500.0, 500.0, 500.0, 30.0, 30.0, 30.0]);
    let reentry = (
        state(90e3, [1_500.0, 700.0, -2_000.0], &[-libm::log(5_000.0)]),
        [200.0, 200.0, 200.0, 10.0, 10.0, 10.0, 0.1],
    );
    for judged in [
        matched(&models.boost, boost, Mode::Boost, 40, |filter| &mut filter.boost),
        matched(&models.coast, coast, Mode::Coast, 60, |filter| &mut filter.coast),
        matched(&models.reentry, reentry, Mode::Reentry, 30, |filter| &mut filter.reentry),
    ] {
        assert_eq!(judged.verdict, Verdict::Consistent, "{judged:?}");
    }
}

#[derive(Clone, Debug)]
enum Step {
    Predict(f64),
    Seen([f64; 3]),
    Plume,
    Missed(f64, bool),
    News([f64; 6], bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0.01..3.0_f64).prop_map(Step::Predict),
        1 => (3.0..60.0_f64).prop_map(Step::Predict),
        4 => prop::array::uniform3(-4.0..4.0_f64).prop_map(Step::Seen),
        1 => Just(Step::Plume),
        1 => (0.0..0.999_f64, any::<bool>()).prop_map(|(probability, plume)| Step::Missed(probability, plume)),
        1 => (prop::array::uniform6(-1.0..1.0_f64), any::<bool>()).prop_map(|(row, plume)| Step::News(row, plume)),
    ];
    prop::collection::vec(step, 100)
}

fn assert_sound(filter: &MissileFilter) {
    fn positive<const N: usize>(probability: f64, mode: &Gaussian<N>) {
        if probability > 0.0 {
            assert!(mode.is_sound(), "{mode:?}");
            assert_eq!(mode.covariance, mode.covariance.transpose());
            Cholesky::new(&mode.covariance).expect("positive definite");
        }
    }
    let [boost, coast, reentry] = filter.probabilities;
    assert!(filter.probabilities.iter().all(|probability| (0.0..=1.0).contains(probability)));
    assert!((boost + coast + reentry - 1.0).abs() < 1e-12, "{:?}", filter.probabilities);
    positive(boost, &filter.boost);
    positive(coast, &filter.coast);
    positive(reentry, &filter.reentry);
}

fn walk(filter: &mut MissileFilter, step: &Step, sensor: &Sensor, models: &MissileModels) {
    let kinematic = filter.kinematic();
    let position_m = position_of(&kinematic.mean);
    match step {
        Step::Predict(seconds) => filter.predict(*seconds, models),
        Step::Seen(noise) => {
            filter.update(&plot_of(sensor, &position_m, *noise), 1e-9);
        }
        Step::Plume => {
            filter.update(&plume(&position_m), 1e3);
        }
        Step::Missed(probability, plume_only) => {
            assert!(filter.miss(*probability, *plume_only) <= 0.0);
        }
        Step::News(row, plume_seen) => {
            let gradient = Vector6::from(*row).component_mul(&Vector6::new(0.01, 0.01, 0.01, 0.1, 0.1, 0.1));
            filter.update_linear(&[(gradient, gradient.dot(&kinematic.mean) + row[0], 1.0)], *plume_seen);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn ten_thousand_steps_leave_probabilities_and_covariances_sound(
        steps in steps(),
        height_m in 15e3..300e3_f64,
        boost in prop_oneof![Just(0.5), Just(1.0), Just(0.95), Just(0.0)],
    ) {
        let (sensor, models) = (radar(), models());
        let position_m = ecef_from_geodetic(Geodetic::from_degrees(39.2, 126.5, height_m));
        let first = plot_of(&sensor, &position_m, [0.0; 3]).position().expect("a radar gives a position");
        let new = MissileFilter::from_position(&first.0, &first.1, boost, &models);
        let mut filter = new;
        for step in &steps {
            walk(&mut filter, step, &sensor, &models);
            assert_sound(&filter);
            // What has landed is no longer tracked: the next takes its place.
            if crate::types::height_and_up(&position_of(&filter.kinematic().mean)).0 < 0.0 {
                filter = new;
            }
        }
    }

    #[test]
    fn scalar_news_in_sequence_is_the_joint_update_in_every_mode(
        numbers in prop::collection::vec(-1.0..1.0_f64, 54),
    ) {
        let mut filter = filter_of(Mode::Boost);
        filter.probabilities = [0.3, 0.5, 0.2];
        let before = filter;
        let units = Vector6::new(1e-3, 1e-3, 1e-3, 1e-2, 1e-2, 1e-2);
        let rows: Vec<(Vector6<f64>, f64, f64)> = (0..6)
            .map(|row| {
                let gradient = Vector6::from_column_slice(&numbers[row * 6..row * 6 + 6]).component_mul(&units);
                let value = gradient.dot(&before.coast.mean) + 3.0 * numbers[36 + row];
                (gradient, value, 0.5 + numbers[42 + row].abs())
            })
            .collect();
        filter.update_linear(&rows, false).expect("a likelihood");
        fn joint<const N: usize>(prior: &Gaussian<N>, rows: &[(Vector6<f64>, f64, f64)]) -> (Gaussian<N>, f64) {
            let mut full = SMatrix::<f64, 6, N>::zeros();
            let (mut residual, mut noise) = (Vector6::zeros(), SMatrix::<f64, 6, 6>::zeros());
            for (row, (gradient, value, variance)) in rows.iter().enumerate() {
                full.fixed_view_mut::<1, 6>(row, 0).copy_from(&gradient.transpose());
                residual[row] = value - gradient.dot(&prior.mean.fixed_rows::<6>(0));
                noise[(row, row)] = *variance;
            }
            let factor = Cholesky::new(&(full * prior.covariance * full.transpose() + noise)).expect("positive");
            let gain = factor.solve(&(full * prior.covariance)).transpose();
            let squared = factor.mahalanobis_squared(&residual);
            let norm = 6.0 * libm::log(std::f64::consts::TAU) + factor.log_determinant();
            let covariance = prior.covariance - gain * full * prior.covariance;
            (Gaussian { mean: prior.mean + gain * residual, covariance }, -0.5 * (squared + norm))
        }
        fn close<const N: usize>(ours: &Gaussian<N>, theirs: &Gaussian<N>) -> f64 {
            let sigmas = theirs.covariance.diagonal().map(f64::sqrt);
            let mean = (ours.mean - theirs.mean).component_div(&sigmas).amax();
            mean.max((ours.covariance - theirs.covariance).component_div(&(sigmas * sigmas.transpose())).amax())
        }
        let (boost, coast, reentry) =
            (joint(&before.boost, &rows), joint(&before.coast, &rows), joint(&before.reentry, &rows));
        prop_assert!(close(&filter.boost, &boost.0) < 1e-7);
        prop_assert!(close(&filter.coast, &coast.0) < 1e-7);
        prop_assert!(close(&filter.reentry, &reentry.0) < 1e-7);
        let weights = [0.3 * libm::exp(boost.1), 0.5 * libm::exp(coast.1), 0.2 * libm::exp(reentry.1)];
        let total = weights[0] + weights[1] + weights[2];
        for (found, weight) in filter.probabilities.iter().zip(weights) {
            prop_assert!((found - weight / total).abs() < 1e-7);
        }
    }
}

#[test]
fn burnout_is_noticed_within_seconds_and_not_before() {
    const BURNS_S: usize = 60;
    let (sensor, models) = (radar(), models());
    let start: SVector<f64, 9> = state(30e3, [100.0, 100.0, 400.0], &[-12.0, 14.0, 28.0]);
    let (mut latest_s, mut total_s, mut too_early) = (0, 0, 0);
    for run in 0..40 {
        let mut chance = Stream::new("burnout", run, &[]);
        let mut truth = start;
        let seen = plot_of(&sensor, &position_of(&truth), [0.0; 3]).position().expect("a position");
        let mut filter = MissileFilter::from_position(&seen.0, &seen.1, 0.95, &models);
        let mut noticed_s = None;
        for second in 1..BURNS_S + 40 {
            truth = propagate(&models.boost, &truth, 1.0, 1.0).0;
            if second >= BURNS_S {
                truth.fixed_rows_mut::<3>(6).fill(0.0);
            }
            filter.predict(1.0, &models);
            filter.update(&plot_of(&sensor, &position_of(&truth), normals::<3>(&mut chance).into()), 1e-9);
            let burns = filter.probabilities[0] > 0.5;
            too_early += usize::from((20..=BURNS_S).contains(&second) && !burns);
            if second > BURNS_S && !burns && noticed_s.is_none() {
                noticed_s = Some(second - BURNS_S);
            }
        }
        let noticed_s = noticed_s.expect("noticed");
        latest_s = latest_s.max(noticed_s);
        total_s += noticed_s;
        assert!(filter.probabilities[0] < 0.01, "still {} after 40 s", filter.probabilities[0]);
    }
    assert!(latest_s <= 8 && total_s <= 40 * 5, "mean {} s, latest {latest_s} s", total_s as f64 / 40.0);
    assert_eq!(too_early, 0, "looks at which a burning missile was taken for a coasting one");
}

#[test]
fn a_plume_speaks_for_boost_and_a_missing_one_against_it() {
    let mut filter = filter_of(Mode::Boost);
    filter.probabilities = [0.5, 0.4, 0.1];
    let seen = plume(&position_of(&filter.boost.mean));
    let (mut with, mut without) = (filter, filter);
    with.update(&seen, 1e3).expect("in front");
    assert!(with.probabilities[0] > 0.99, "{:?}", with.probabilities);
    // The plume says nothing of where a missile is that does not burn.
    assert_eq!((with.coast, with.reentry), (filter.coast, filter.reentry));
    let log = without.miss(0.8, true);
    // Bayes: 0.5 · 0.2 of 0.5 · 0.2 + 0.5.
    assert!((without.probabilities[0] - 0.1 / 0.6).abs() < 1e-12);
    assert!((log - libm::log(0.6)).abs() < 1e-12);
    assert!((without.probabilities[1] / without.probabilities[2] - 4.0).abs() < 1e-9);
    // A radar's miss says nothing of the mode.
    let mut missed = filter;
    assert!((missed.miss(0.8, false) - libm::log(0.2)).abs() < 1e-12);
    assert!((0..3).all(|mode| (missed.probabilities[mode] - filter.probabilities[mode]).abs() < 1e-12));
    // News of a plume counts as well.
    let mut told = filter;
    told.update_linear(&[], true);
    assert!(told.probabilities[0] > 0.999);
}

#[test]
fn a_coasting_state_predicts_the_same_in_one_go_and_in_two() {
    let models = models();
    let mut filter = filter_of(Mode::Coast);
    let mean = state(300e3, [1_500.0, 700.0, 1_500.0], &[]);
    let sigmas = Vector6::new(500.0, 400.0, 300.0, 10.0, 20.0, 30.0);
    filter.coast = Gaussian { mean, covariance: SMatrix::from_diagonal(&sigmas.component_mul(&sigmas)) };
    let (mut whole, mut halves) = (filter, filter);
    whole.predict(30.0, &models);
    halves.predict(15.0, &models);
    halves.predict(15.0, &models);
    assert!(
        (whole.coast.mean - halves.coast.mean).norm() < 1e-2,
        "{}",
        (whole.coast.mean - halves.coast.mean).norm()
    );
    let deviations = whole.coast.covariance.diagonal().map(f64::sqrt);
    let error = (whole.coast.covariance - halves.coast.covariance)
        .component_div(&(deviations * deviations.transpose()));
    assert!(error.amax() < 1e-6, "{:e}", error.amax());
    assert_eq!(whole.probabilities, [0.0, 1.0, 0.0]);
    // Neither no time nor a negative one changes anything.
    halves = filter;
    halves.predict(0.0, &models);
    halves.predict(-5.0, &models);
    assert_eq!(halves, filter);
}

#[test]
fn an_observation_behind_its_sensor_changes_nothing() {
    let mut filter = filter_of(Mode::Coast);
    filter.probabilities = [0.3, 0.5, 0.2];
    let before = filter;
    let position_m = position_of(&filter.coast.mean);
    let seen = plot_of(&radar(), &position_m, [0.0; 3]);
    let frame = seen.line_of_sight;
    let turned = LineOfSight::new(frame.origin_m, &-frame.along, &frame.up).expect("a direction");
    assert_eq!(filter.update(&Observation { line_of_sight: turned, ..seen }, 1e-9), None);
    assert_eq!(filter, before);
}
