use super::*;
use crate::assess::{Band, Verdict, judge, nees};
use crate::dynamics::{Coast, ConstantVelocity, Dynamics, LONGEST_STEP_S, propagate};
use crate::filter::Gaussian;
use crate::math::chance::Stream;
use crate::measurement::{Observation, Station, noise_free_plot};
use crate::types::{
    Geodetic, Plot, RadarModel, Scan, Sensor, SensorId, SensorKind, Time, ecef_from_enu, ecef_from_geodetic,
};
use nalgebra::{Matrix6, SMatrix, Vector3, Vector4, Vector6};

const FREE: Coast = Coast { density_m2_s3: 0.0 };

fn radar(latitude_deg: f64, longitude_deg: f64) -> Sensor {
    let position_m = ecef_from_geodetic(Geodetic::from_degrees(latitude_deg, longitude_deg, 20.0));
    let model = RadarModel { minimum_elevation_rad: -0.2, ..RadarModel::default() };
    Sensor::for_tests(position_m, SensorKind::Radar(model))
}

/// Position and velocity of what is at a place and moves so, east, north, up.
fn moving(latitude_deg: f64, longitude_deg: f64, height_m: f64, enu_m_s: [f64; 3]) -> Vector6<f64> {
    let place = Geodetic::from_degrees(latitude_deg, longitude_deg, height_m);
    let velocity_m_s = ecef_from_enu(place) * Vector3::from(enu_m_s);
    Vector6::from_iterator(ecef_from_geodetic(place).iter().chain(&velocity_m_s).copied())
}

/// What a sensor with biases reports of a flight, stamped `at_s`.
fn report(
    sensor: &Sensor,
    flight: (&impl Dynamics<6>, &Vector6<f64>),
    at_s: f64,
    (biases, noise): (&Biases, [f64; 3]),
) -> Plot {
    let (model, start) = flight;
    let (then, _) = propagate(model, start, at_s - biases.time_s, LONGEST_STEP_S);
    let plot = noise_free_plot(
        &Station::of(sensor),
        &then.fixed_rows::<3>(0).into(),
        &then.fixed_rows::<3>(3).into(),
    );
    let Some(Plot::Radar { range_m, azimuth_rad, elevation_rad, .. }) = plot else { panic!("no plot") };
    Plot::radar(
        range_m + biases.range_m + noise[0],
        (azimuth_rad + biases.azimuth_rad + noise[1] / libm::cos(elevation_rad))
            .rem_euclid(std::f64::consts::TAU),
        elevation_rad + biases.elevation_rad + noise[2],
    )
}

fn drawn(chance: &mut Stream) -> [f64; 3] {
    [30.0, 1e-3, 1e-3].map(|sigma| sigma * chance.normal())
}

fn drawn_biases(prior: &BiasPrior, chance: &mut Stream) -> Biases {
    Biases::from_vector(&prior.sigmas().map(|sigma| sigma * chance.normal()))
}

/// A minute of one object, seen by two references and by the radar that is off.
fn witness_of(
    model: &impl Dynamics<6>,
    start: &Vector6<f64>,
    biases: &Biases,
    chance: &mut Stream,
) -> Witness {
    let [ship, east, west] = [radar(38.5, 135.0), radar(40.9, 138.3), radar(36.8, 133.5)];
    let spread = Vector6::new(5e3, 5e3, 5e3, 50.0, 50.0, 50.0);
    let guess = start + spread.map(|sigma| sigma * chance.normal());
    let covariance = Matrix6::from_diagonal(&spread.map(|sigma| sigma * sigma));
    let mut witness = Witness::new(&Gaussian { mean: guess, covariance }, &BiasPrior::default());
    for second in 0..=60 {
        if second > 0 {
            witness.predict(model, 1.0);
        }
        let at_s = f64::from(second);
        for reference in [&east, &west] {
            let plot = report(reference, (model, start), at_s, (&Biases::default(), drawn(chance)));
            let seen = Observation::new(&Station::of(reference), &plot).expect("a plot");
            assert!(witness.reference(&seen).is_some());
        }
        let plot = report(&ship, (model, start), at_s, (biases, drawn(chance)));
        let station = Station::of(&ship);
        let seen = Observation::new(&station, &plot).expect("a plot");
        assert!(witness.biased(&station, &seen, &Biases::default()).is_some());
    }
    witness
}

#[test]
fn biases_come_out_with_an_honest_covariance_of_missiles_and_of_air_traffic() {
    const RUNS: usize = 60;
    let prior = BiasPrior::default();
    let missile = moving(40.0, 132.0, 250e3, [4_000.0, 1_000.0, 1_500.0]);
    let aircraft = [
        (38.9, 136.0, [200.0, 130.0]),
        (37.8, 135.4, [-220.0, 90.0]),
        (38.2, 134.1, [60.0, -240.0]),
        (39.1, 134.6, [-150.0, -200.0]),
        (38.7, 135.9, [-230.0, 40.0]),
        (38.0, 136.2, [20.0, 245.0]),
        (37.6, 134.6, [-180.0, -170.0]),
        (38.4, 133.8, [210.0, 120.0]),
    ];
    let band = Band::chi_square(4, RUNS, 0.999).expect("a band");
    let check = |name: &str, witnesses: &dyn Fn(&Biases, &mut Stream) -> Vec<Witness>| {
        let mut normalised = Vec::new();
        for run in 0..RUNS {
            let mut chance = Stream::new("registration", 1, &[run as u64]);
            let biases = drawn_biases(&prior, &mut chance);
            let seen = witnesses(&biases, &mut chance);
            let mut estimator = BiasEstimator::new(prior);
            // One is gone, the others are still seen: it makes no difference.
            estimator.add(&seen[0].evidence().expect("sound"));
            let estimate = estimator.estimate(&seen[1..]).expect("sound");
            assert!(estimate.observability().iter().all(Combination::is_determined), "{name}");
            let error = biases.vector() - estimate.biases.vector();
            normalised.push(nees(&error, estimate.covariance()).expect("sound"));
            for (sigma, before) in estimate.sigmas().iter().zip(&prior.sigmas()) {
                assert!(5.0 * sigma < *before, "{name}: {sigma} of {before}");
            }
        }
        let verdict = judge(&normalised, &band).expect("values");
        assert_eq!(verdict.verdict, Verdict::Consistent, "{name}: {verdict:?}");
    };
    check("missile", &|biases, chance| vec![witness_of(&FREE, &missile, biases, chance)]);
    let straight = ConstantVelocity { density_m2_s3: 0.0 };
    check("air traffic", &|biases, chance| {
        let one = |(latitude, longitude, [east, north]): &(f64, f64, [f64; 2])| {
            let start = moving(*latitude, *longitude, 10e3, [*east, *north, 0.0]);
            witness_of(&straight, &start, biases, chance)
        };
        aircraft.iter().map(one).collect()
    });
}

#[test]
fn what_flies_straight_at_the_radar_tells_range_and_time_together_only() {
    let place = Geodetic::from_degrees(38.5, 135.0, 20.0);
    let from_m = ecef_from_geodetic(place) + ecef_from_enu(place) * Vector3::new(120e3, 0.0, 10e3);
    let towards_m_s = -(from_m - ecef_from_geodetic(place)).normalize() * 240.0;
    let start = Vector6::from_iterator(from_m.iter().chain(&towards_m_s).copied());
    let straight = ConstantVelocity { density_m2_s3: 0.0 };
    let biases = Biases { range_m: 300.0, azimuth_rad: 2e-3, elevation_rad: -1e-3, time_s: 0.1 };
    let witness = witness_of(&straight, &start, &biases, &mut Stream::new("registration", 2, &[]));
    let estimate = BiasEstimator::new(BiasPrior::default()).estimate([&witness]).expect("sound");
    let [least, rest @ ..] = estimate.observability();
    assert!(!least.is_determined() && rest.iter().all(Combination::is_determined), "{least:?} {rest:?}");
    // A second late is 240 m too far: 0.1 s is 24 m and gives hardly any range, so that it is time that stays unknown.
    assert!(least.weights[3] > 0.99 && least.weights[0].abs() > 0.03, "{least:?}");
    assert!(estimate.sigmas()[3] > 0.9 * 0.1, "{}", estimate.sigmas());
}

#[test]
fn corrected_reports_are_those_of_a_sensor_without_biases() {
    let ship = radar(38.5, 135.0);
    let start = moving(40.0, 134.9, 250e3, [4_000.0, 1_000.0, 1_500.0]);
    let biases = Biases { range_m: 500.0, azimuth_rad: 3e-3, elevation_rad: -3e-3, time_s: 0.1 };
    let time = Time::from_nanoseconds(7_000_000_000);
    let plot = report(&ship, (&FREE, &start), 7.0, (&biases, [0.0; 3]));
    let scan = Scan::of_field(SensorId(0), 7, time, vec![plot, Plot::radar(400.0, 1.0, 0.1)]);
    let corrected = biases.correct_scan(&scan);
    assert!((corrected.time.seconds_since(time) + 0.1).abs() < 1e-9);
    assert_eq!(corrected.plots[1], scan.plots[1]);
    let expected = report(&ship, (&FREE, &start), 6.9, (&Biases::default(), [0.0; 3]));
    let numbers = |plot: &Plot| match *plot {
        Plot::Radar { range_m, azimuth_rad, elevation_rad, .. } => [range_m, azimuth_rad, elevation_rad],
        _ => panic!("no radar's"),
    };
    for (ours, theirs) in numbers(&corrected.plots[0]).iter().zip(numbers(&expected)) {
        assert!((ours - theirs).abs() < 1e-6, "{ours} {theirs}");
    }
}

#[test]
fn a_witness_told_of_corrected_plots_finds_the_whole_bias() {
    let ship = radar(38.5, 135.0);
    let start = moving(40.0, 132.0, 250e3, [4_000.0, 1_000.0, 1_500.0]);
    let biases = Biases { range_m: 500.0, azimuth_rad: 3e-3, elevation_rad: -3e-3, time_s: 0.1 };
    let applied = Biases { range_m: 400.0, azimuth_rad: 2e-3, elevation_rad: -1e-3, time_s: 0.05 };
    let object = Gaussian { mean: start, covariance: Matrix6::identity() };
    let [mut of_raw, mut of_corrected] = [Witness::new(&object, &BiasPrior::default()); 2];
    let station = Station::of(&ship);
    for second in 0..20 {
        let plot = report(&ship, (&FREE, &start), f64::from(second), (&biases, [0.0; 3]));
        let raw = Observation::new(&station, &plot).expect("a plot");
        assert!(of_raw.biased(&station, &raw, &Biases::default()).is_some());
        // Corrected, it is of another time.
        let corrected = Observation::new(&station, &applied.correct(&plot)).expect("a plot");
        of_corrected.predict(&FREE, -applied.time_s);
        assert!(of_corrected.biased(&station, &corrected, &applied).is_some());
        of_corrected.predict(&FREE, 1.0 + applied.time_s);
        of_raw.predict(&FREE, 1.0);
    }
    let difference = of_raw.biases().mean - of_corrected.biases().mean;
    let sigmas = of_raw.biases().covariance.diagonal().map(f64::sqrt);
    assert!(difference.component_div(&sigmas).amax() < 0.2, "{difference} {sigmas}");
}

#[test]
fn the_shift_of_a_track_is_the_derivative_of_what_is_reported() {
    let ship = radar(38.5, 135.0);
    let station = Station::of(&ship);
    for (latitude, longitude) in [(40.0, 132.0), (36.0, 136.5), (38.4, 139.0)] {
        let start = moving(latitude, longitude, 250e3, [3_000.0, -1_000.0, 900.0]);
        let shift = state_shift(&station, &FREE, &start).expect("not above");
        let place = |biases: &Biases, at_s: f64| {
            let plot = report(&ship, (&FREE, &start), at_s, (biases, [0.0; 3]));
            Observation::new(&station, &plot).and_then(|seen| seen.position()).expect("a plot").0
        };
        let steps = Vector4::new(1.0, 1e-5, 1e-5, 1e-3);
        for axis in 0..4 {
            let step = Vector4::ith(axis, steps[axis]);
            let [plus, minus] = [step, -step].map(|step| Biases::from_vector(&step));
            let moved = |at_s: f64| (place(&plus, at_s) - place(&minus, at_s)) / (2.0 * steps[axis]);
            let (position, velocity) = (moved(0.0), (moved(0.5) - moved(-0.5)) / 1.0);
            let column = shift.column(axis);
            let error_m = (column.fixed_rows::<3>(0) - position).norm();
            let error_m_s = (column.fixed_rows::<3>(3) - velocity).norm();
            assert!(error_m < 1e-5 * (1.0 + position.norm()), "{axis}: {error_m}");
            assert!(error_m_s < 2e-4 * (1.0 + velocity.norm()), "{axis}: {error_m_s} of {}", velocity.norm());
        }
    }
}

#[test]
fn a_track_that_is_told_again_counts_once() {
    let before = Gaussian { mean: Vector6::repeat(10.0), covariance: Matrix6::identity() * 4.0 };
    let again = Told::between(&before, &before).expect("sound");
    assert!(again.information.amax() < 1e-12 && again.vector.amax() < 1e-12);
    let mut after = before;
    let row = Vector6::new(1.0, 0.0, 0.0, 2.0, 0.0, 0.0);
    after.update_scalar(&row, 3.0, 0.5, &before.mean);
    let told = Told::between(&before, &after).expect("sound");
    let expected: SMatrix<f64, 6, 6> = row * row.transpose() / 0.5;
    assert!((told.information - expected).amax() < 1e-9);
    assert!((told.vector - row * (3.0 / 0.5)).amax() < 1e-9, "{}", told.vector);
}
