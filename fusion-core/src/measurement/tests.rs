use super::*;
use crate::types::{Geodetic, InfraredModel, RadarModel, Sensor, SignalModel, ecef_from_geodetic};

fn radar(place: Geodetic) -> Sensor {
    let model = RadarModel { range_sigma_m: 20.0, up_sigma_rad: 2e-3, ..RadarModel::default() };
    Sensor::for_tests(ecef_from_geodetic(place), SensorKind::Radar(model))
}

fn geosynchronous() -> Sensor {
    let position_m = ecef_from_geodetic(Geodetic::from_degrees(0.0, 110.0, 35_786e3));
    let aim_m = ecef_from_geodetic(Geodetic::from_degrees(38.0, 128.0, 0.0));
    let kind = SensorKind::Infrared(InfraredModel {
        aim_m,
        half_width_rad: 0.05,
        minimum_target_height_m: 1e4,
        angle_sigma_rad: 5e-5,
    });
    Sensor::for_tests(position_m, kind)
}

#[test]
fn a_noise_free_plot_has_no_residual_and_its_gradient_is_the_derivative() {
    let mut sensors = vec![geosynchronous()];
    for (latitude_deg, longitude_deg) in super::gradient_tests::OCTANTS {
        sensors.push(radar(Geodetic::from_degrees(latitude_deg, longitude_deg, 100.0)));
    }
    for sensor in sensors {
        let offset_m = match sensor.kind {
            SensorKind::Radar(_) => Station::of(&sensor).ecef_from_enu * Vector3::new(3e5, -2e5, 1.5e5),
            _ => ecef_from_geodetic(Geodetic::from_degrees(39.2, 126.0, 3e4)) - sensor.position_m,
        };
        let target_m = sensor.position_m + offset_m;
        let station = Station::of(&sensor);
        let plot = noise_free_plot(&station, &target_m, &Vector3::zeros()).expect("a plot");
        let observation = Observation::new(&Station::of(&sensor), &plot).expect("a plot of this sensor");
        let exact = observation.predict(&target_m).expect("in front");
        for component in exact.components() {
            assert!(component.residual.abs() < 2e-8, "{}: {:e}", sensor.name, component.residual);
        }
        for axis in 0..3 {
            let step_m = Vector3::ith(axis, 10.0);
            let forward = observation.predict(&(target_m + step_m)).expect("in front");
            let backward = observation.predict(&(target_m - step_m)).expect("in front");
            for (index, component) in exact.components().iter().enumerate() {
                let difference =
                    (backward.components()[index].residual - forward.components()[index].residual) / 20.0;
                let error = (component.gradient[axis] - difference).abs();
                assert!(error < 1e-8 * component.gradient.norm() + 1e-14, "component {index}: {error:e}");
            }
        }
    }
}

#[test]
fn a_position_behind_the_sensor_and_a_plot_of_another_kind_are_refused() {
    let sensor = radar(Geodetic::from_degrees(36.0, 127.0, 0.0));
    let plot = Plot::radar(3e5, 0.0, 0.3);
    let observation = Observation::new(&Station::of(&sensor), &plot).expect("a radar plot");
    let mirrored = sensor.position_m - observation.line_of_sight.along * 3e5;
    assert_eq!(observation.predict(&mirrored), None);
    let other = Plot::Infrared { right_rad: 0.0, up_rad: 0.0 };
    assert_eq!(Observation::new(&Station::of(&sensor), &other), None);
    assert_eq!(Observation::new(&Station::of(&sensor), &Plot::Bearing { azimuth_rad: 0.0 }), None);
}

#[test]
fn the_gradient_of_the_range_rate_is_its_derivative_in_every_octant() {
    for (latitude_deg, longitude_deg) in [(40.0, 50.0), (40.0, -140.0), (-40.0, 140.0), (-40.0, -50.0)] {
        let mut sensor = radar(Geodetic::from_degrees(latitude_deg, longitude_deg, 100.0));
        let SensorKind::Radar(model) = &mut sensor.kind else { panic!("a radar") };
        model.range_rate_sigma_m_s = Some(2.0);
        let station = Station::of(&sensor);
        let target_m = station.position_m + station.ecef_from_enu * Vector3::new(3e5, -2e5, 1.5e5);
        let velocity_m_s = station.ecef_from_enu * Vector3::new(-2_000.0, 900.0, 1_500.0);
        let plot = noise_free_plot(&station, &target_m, &velocity_m_s).expect("a plot");
        let observation = Observation::new(&station, &plot).expect("a radar plot");
        let exact = observation.predict_rate(&target_m, &velocity_m_s).expect("a rate");
        assert!(exact.residual.abs() < 1e-9 && exact.variance == 4.0);
        for axis in 0..6 {
            let shifted = |step: f64| {
                let (mut position_m, mut velocity) = (target_m, velocity_m_s);
                if axis < 3 {
                    position_m[axis] += step
                } else {
                    velocity[axis - 3] += step
                }
                observation.predict_rate(&position_m, &velocity).expect("a rate").residual
            };
            let difference = (shifted(-10.0) - shifted(10.0)) / 20.0;
            assert!((exact.gradient[axis] - difference).abs() < 1e-9, "{axis}: {difference}");
        }
    }
}

#[test]
fn noise_follows_the_echo_and_the_navigation() {
    let mut sensor = radar(Geodetic::from_degrees(36.0, 127.0, 0.0));
    sensor.navigation_sigma_m = 15.0;
    let SensorKind::Radar(model) = &mut sensor.kind else { panic!("a radar") };
    model.signal =
        Some(SignalModel { reference_range_m: 5e5, reference_ratio: 20.0, false_alarm_probability: 1e-6 });
    let plot = |ratio: f64| Plot::Radar {
        range_m: 3e5,
        azimuth_rad: 1.0,
        elevation_rad: 0.3,
        range_rate_m_s: None,
        signal_to_noise: Some(ratio),
    };
    let station = Station::of(&sensor);
    let variances = |ratio: f64| {
        let observation = Observation::new(&station, &plot(ratio)).expect("a radar plot");
        (observation.range_variance_m2, observation.angle_variances_rad2[1])
    };
    let navigation_rad2 = 15.0 * 15.0 / 9e10;
    for (ratio, factor) in [(20.0, 1.0), (80.0, 0.25), (5.0, 4.0), (0.1, 4.0), (1e9, 2e-3)] {
        let (range_m2, up_rad2) = variances(ratio);
        assert!((range_m2 - (400.0 * factor + 225.0)).abs() < 1e-9, "{ratio}: {range_m2}");
        assert!((up_rad2 - (4e-6 * factor + navigation_rad2)).abs() < 1e-15, "{ratio}: {up_rad2}");
    }
    // Sixteen times weaker at twice the range, and detected the less.
    let near = detection_probability_at(&station, 5e5);
    let far = detection_probability_at(&station, 1e6);
    assert!((near - libm::pow(1e-6, 1.0 / 21.0)).abs() < 1e-12);
    assert!((far - libm::pow(1e-6, 1.0 / 2.25)).abs() < 1e-12);
    assert_eq!(detection_probability_at(&station, 1e4), 0.9, "no more than the sensor's greatest");
}
