//! The bound in boost, coast and re-entry against filters that know the very models that their truth is drawn from.

use super::*;
use crate::assess::{PosteriorBound, Rmse};
use crate::dynamics::{Boost, Coast, Dynamics, LONGEST_STEP_S, Reentry, propagate};
use crate::filter::Gaussian;
use crate::math::chance::Stream;
use crate::math::symmetric::Cholesky;
use crate::types::{Geodetic, Plot, RadarModel, Sensor, SensorKind, ecef_from_enu, ecef_from_geodetic};
use nalgebra::{SMatrix, SVector};

const RUNS: u64 = 600;
const LOOKS: u32 = 40;

fn radar() -> Sensor {
    let model = RadarModel { range_rate_sigma_m_s: Some(5.0), range_sigma_m: 30.0, ..RadarModel::default() };
    let site = Geodetic::from_degrees(40.5, 147.0, 100.0);
    let sensor = Sensor::for_tests(ecef_from_geodetic(site), SensorKind::Radar(model));
    // Every look gives a plot, as the filters below get one.
    Sensor { detection_probability: 1.0, ..sensor }
}

fn normals<const N: usize>(covariance: &SMatrix<f64, N, N>, chance: &mut Stream) -> SVector<f64, N> {
    Cholesky::new(covariance).expect("positive definite").lower() * SVector::from_fn(|_, _| chance.normal())
}

/// A plot of the truth with the radar's noise.
fn plot_of(
    station: &Station<'_>,
    position_m: &Vector3<f64>,
    velocity_m_s: &Vector3<f64>,
    chance: &mut Stream,
) -> Plot {
    let SensorKind::Radar(model) = &station.sensor.kind else { panic!("a radar") };
    let plot = noise_free_plot(station, position_m, velocity_m_s).expect("a plot");
    let Plot::Radar { range_m, azimuth_rad, elevation_rad, range_rate_m_s, signal_to_noise } = plot else {
        panic!("a radar's plot")
    };
    let right_rad = model.right_sigma_rad * chance.normal() / libm::cos(elevation_rad);
    Plot::Radar {
        range_m: range_m + model.range_sigma_m * chance.normal(),
        azimuth_rad: (azimuth_rad + right_rad).rem_euclid(std::f64::consts::TAU),
        elevation_rad: elevation_rad + model.up_sigma_rad * chance.normal(),
        range_rate_m_s: range_rate_m_s.map(|rate_m_s| rate_m_s + 5.0 * chance.normal()),
        signal_to_noise,
    }
}

fn motion<const N: usize>(state: &SVector<f64, N>) -> (Vector3<f64>, Vector3<f64>) {
    (state.fixed_rows::<3>(0).into(), state.fixed_rows::<3>(3).into())
}

/// Errors of position and of velocity at the last of the looks, one a second, over the bound's: of an extended Kalman filter on
/// truths that start and move as it believes.
fn beside_the_bound<const N: usize>(
    model: &impl Dynamics<N>,
    start: &Gaussian<N>,
    longest_step_s: f64,
) -> [Rmse; 2] {
    let sensor = radar();
    let station = Station::of(&sensor);
    let mut bound = PosteriorBound::from_prior(&start.covariance).expect("a covariance");
    let mut nominal = start.mean;
    for _ in 0..LOOKS {
        bound.carry(model, &nominal, 1.0, longest_step_s).expect("has a prior");
        nominal = propagate(model, &nominal, 1.0, longest_step_s).0;
        let (position_m, velocity_m_s) = motion(&nominal);
        let seen = look_information(&station, &position_m, &velocity_m_s).expect("seen");
        // The weight of the detection is in the look.
        bound.add_leading(&seen, 1.0).expect("a probability");
    }
    let errors: Vec<SVector<f64, N>> = (0..RUNS)
        .map(|run| {
            let mut chance = Stream::new("bound", 1, &[run, N as u64]);
            let mut truth = start.mean + normals(&start.covariance, &mut chance);
            let mut filter = *start;
            for _ in 0..LOOKS {
                truth = propagate(model, &truth, 1.0, longest_step_s).0
                    + normals(&model.process_noise(1.0), &mut chance);
                filter.predict(model, 1.0, longest_step_s);
                let (position_m, velocity_m_s) = motion(&truth);
                let plot = plot_of(&station, &position_m, &velocity_m_s, &mut chance);
                let observation = Observation::new(&station, &plot).expect("a plot of this sensor");
                let before = filter.mean;
                let (position_m, velocity_m_s) = motion(&before);
                for part in observation.predict(&position_m).expect("in front").components() {
                    filter.update_scalar(&part.gradient, part.residual, part.variance, &before);
                }
                let rate = observation.predict_rate(&position_m, &velocity_m_s).expect("measured");
                filter.update_scalar(&rate.gradient, rate.residual, rate.variance, &before);
                filter.symmetrise();
            }
            truth - filter.mean
        })
        .collect();
    let covariance = bound.covariance().expect("determined");
    [0, 3].map(|first| {
        let parts: Vec<Vector3<f64>> =
            errors.iter().map(|error| error.fixed_rows::<3>(first).into()).collect();
        let least = covariance.fixed_view::<3, 3>(first, first).trace().sqrt();
        Rmse::at_step(&parts, 0.99).expect("runs").beside(least)
    })
}

fn start<const N: usize>(
    height_m: f64,
    velocity_m_s: [f64; 3],
    more: &[f64],
    sigmas: [f64; N],
) -> Gaussian<N> {
    let site = Geodetic::from_degrees(40.5, 150.0, height_m);
    let velocity_m_s = ecef_from_enu(site) * Vector3::from(velocity_m_s);
    let position_m = ecef_from_geodetic(site);
    let mean = position_m.iter().chain(&velocity_m_s).chain(more).copied();
    let covariance = SMatrix::from_diagonal(&SVector::from(sigmas.map(|sigma| sigma * sigma)));
    Gaussian { mean: SVector::from_iterator(mean), covariance }
}

#[test]
fn matched_filters_reach_the_bound_in_every_phase() {
    let boost = start(
        40e3,
        [500.0, 300.0, 900.0],
        &[-20.0, 10.0, 25.0],
        [500.0, 500.0, 500.0, 100.0, 100.0, 100.0, 10.0, 10.0, 10.0],
    );
    let coast = start(300e3, [-2_000.0, 500.0, 500.0], &[], [500.0, 500.0, 500.0, 50.0, 50.0, 50.0]);
    let reentry = start(
        75e3,
        [-1_500.0, 500.0, -1_200.0],
        &[-libm::log(2_000.0)],
        [500.0, 500.0, 500.0, 50.0, 50.0, 50.0, 0.5],
    );
    let found = [
        ("boost", beside_the_bound(&Boost { density_m2_s5: 1.0 }, &boost, LONGEST_STEP_S)),
        ("coast", beside_the_bound(&Coast { density_m2_s3: 1e-2 }, &coast, LONGEST_STEP_S)),
        (
            "re-entry",
            beside_the_bound(&Reentry { density_m2_s3: 1e-2, log_density_1_s: 1e-3 }, &reentry, 0.5),
        ),
    ];
    for (phase, parts) in found {
        for (part, rmse) in ["position", "velocity"].iter().zip(parts) {
            assert!(rmse.low <= 1.0 && rmse.high >= 1.0, "{phase}, {part}: {rmse:?}");
        }
    }
}

#[test]
fn what_a_sensor_does_not_look_at_says_nothing() {
    let sensor = radar();
    let station = Station::of(&sensor);
    let under = sensor.position_m - ecef_from_enu(Geodetic::from_degrees(40.5, 147.0, 0.0)).column(2) * 5e4;
    assert_eq!(look_information(&station, &under, &Vector3::zeros()), None);
}

#[test]
fn the_bound_goes_from_phase_to_phase() {
    let covariance =
        SMatrix::<f64, 9, 9>::from_fn(
            |row, column| {
                if row == column { 4.0 } else { 0.1 * (row + column) as f64 }
            },
        );
    let boost = PosteriorBound::from_prior(&covariance).expect("a covariance");
    let coast = boost.marginal::<6>().expect("determined");
    let difference = coast.covariance().expect("determined") - covariance.fixed_view::<6, 6>(0, 0);
    assert!(difference.norm() < 1e-12);
    let reentry = coast.entering_air(0.25).expect("a variance").covariance().expect("determined");
    assert!((reentry.fixed_view::<6, 6>(0, 0) - covariance.fixed_view::<6, 6>(0, 0)).norm() < 1e-12);
    assert_eq!((reentry[(6, 6)], reentry[(0, 6)]), (0.25, 0.0));
    assert!(coast.entering_air(0.0).is_err());
}
