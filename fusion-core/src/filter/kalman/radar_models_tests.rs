//! The plain models against central differences, near the cut of the azimuth, and against somebody else's figures.

use super::*;
use nalgebra::{SMatrix, SVector, Vector2, Vector3, vector};
use std::f64::consts::PI;

/// A state of position, velocity and something else, with its position in one of the eight octants around the sensor.
fn state_in(octant: u32) -> SVector<f64, 7> {
    let sign = |bit: u32| if octant >> bit & 1 == 0 { 1.0 } else { -1.0 };
    vector![
        7_000.0 + 3.1e5 * sign(0),
        -3_000.0 + 2.2e5 * sign(1),
        20.0 + 1.4e5 * sign(2),
        -900.0,
        1_700.0,
        400.0,
        -8.5
    ]
}

/// Close to where atan2 jumps: azimuths of π and −π by a millionth of a radian.
fn at_the_cut(side: f64) -> SVector<f64, 7> {
    vector![7_000.0 - 3e5, -3_000.0 + 0.3 * side, 20.0 + 1e5, -900.0, 1_700.0, 400.0, -8.5]
}

fn is_derivative<const M: usize>(model: &impl MeasurementModel<7, M>, state: &SVector<f64, 7>) {
    let jacobian = model.jacobian(state);
    for column in 0..7 {
        let step = 0.5;
        let shifted = |by: f64| {
            let mut state = *state;
            state[column] += by;
            model.predict(&state)
        };
        let difference = model.difference(&shifted(step), &shifted(-step)) / (2.0 * step);
        for row in 0..M {
            let error = (jacobian[(row, column)] - difference[row]).abs();
            let size = jacobian.row(row).norm();
            assert!(error < 1e-6 * size, "row {row} column {column}: {error:e} of {size:e} at {state}");
        }
    }
}

#[test]
fn jacobians_are_derivatives_in_every_octant_and_at_the_cut() {
    let sensor_m = Vector3::new(7_000.0, -3_000.0, 20.0);
    for state in (0..8).map(state_in).chain([at_the_cut(1.0), at_the_cut(-1.0)]) {
        is_derivative(&ElevationAzimuthRange { sensor_m }, &state);
        is_derivative(&RangeElevation { sensor_m: sensor_m.xy() }, &state);
        is_derivative(&BearingOnly { sensor_m: sensor_m.xy() }, &state);
        is_derivative(&RangeRate { sensor_m, sensor_velocity_m_s: Vector3::new(200.0, -50.0, 0.0) }, &state);
    }
}

#[test]
fn angles_wrap_and_their_means_are_circular() {
    let radar = ElevationAzimuthRange { sensor_m: Vector3::new(7_000.0, -3_000.0, 20.0) };
    let (left, right) = (radar.predict(&at_the_cut(1.0)), radar.predict(&at_the_cut(-1.0)));
    assert!((left[1] - right[1]).abs() > 6.0, "on either side of the cut");
    let apart = <ElevationAzimuthRange as MeasurementModel<7, 3>>::difference(&radar, &left, &right);
    assert!((apart[1] + 2e-6).abs() < 1e-11, "{apart}");
    let mean = <ElevationAzimuthRange as MeasurementModel<7, 3>>::mean(
        &radar,
        &[(0.5, left), (0.5, right + vector![0.2, 0.0, 10.0])],
    );
    assert!((mean[1].abs() - PI).abs() < 1e-9, "{mean}");
    assert!((mean - left - vector![0.1, mean[1] - left[1], 5.0]).norm() < 1e-9, "{mean}");

    let planar = RangeElevation { sensor_m: Vector2::zeros() };
    let values = [(1.5, vector![10.0, PI - 0.1]), (-0.5, vector![14.0, PI - 0.1])];
    let mean = <RangeElevation as MeasurementModel<4, 2>>::mean(&planar, &values);
    assert!((mean - vector![8.0, PI - 0.1]).norm() < 1e-12, "{mean}");
    let bearing = BearingOnly { sensor_m: Vector2::zeros() };
    let apart = <BearingOnly as MeasurementModel<2, 1>>::difference(&bearing, &vector![-3.1], &vector![3.1]);
    assert!((apart[0] - (std::f64::consts::TAU - 6.2)).abs() < 1e-12);
    let mean = <BearingOnly as MeasurementModel<2, 1>>::mean(
        &bearing,
        &[(0.25, vector![3.1]), (0.75, vector![-3.1])],
    );
    assert!((-PI..-3.1).contains(&mean[0]), "{mean}: nearer to the heavier");
}

#[test]
fn a_range_rate_is_that_of_the_motion_between_both() {
    let moving = RangeRate { sensor_m: Vector3::zeros(), sensor_velocity_m_s: Vector3::new(100.0, 0.0, 0.0) };
    // Straight ahead, 250 m/s away from a sensor that follows with 100.
    assert_eq!(moving.predict(&vector![1e4, 0.0, 0.0, 250.0, 30.0, 0.0]), vector![150.0]);
}

/// Stone Soup and numpy agreed on these: the innovation and the Jacobian at each prediction.
#[test]
fn innovations_and_jacobians_are_those_of_the_reference() {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../../../../fixtures/reference/02_ekf_radar_elazr.json"))
            .expect("JSON");
    let numbers = |value: &serde_json::Value| -> Vec<f64> {
        value.as_array().expect("a list").iter().map(|number| number.as_f64().expect("a number")).collect()
    };
    let mut compared = 0;
    for run in file["runs"].as_array().expect("runs") {
        let sensor_m = Vector3::from_column_slice(&numbers(&run["inputs"]["sensor_position"]));
        let radar = ElevationAzimuthRange { sensor_m };
        for (step, output) in run["outputs"].as_array().expect("steps").iter().enumerate() {
            let measured = &run["inputs"]["measurements"][step];
            if measured.is_null() {
                continue;
            }
            let interleaved = numbers(&output["predicted_mean"]);
            let state = SVector::<f64, 6>::from_fn(|row, _| interleaved[row % 3 * 2 + row / 3]);
            let measured = Vector3::from_column_slice(&numbers(measured));
            let innovation = <ElevationAzimuthRange as MeasurementModel<6, 3>>::difference(
                &radar,
                &measured,
                &radar.predict(&state),
            );
            let expected = Vector3::from_column_slice(&numbers(&output["innovation"]));
            assert!((innovation - expected).norm() < 1e-8, "step {step}: {innovation} {expected}");
            let rows: Vec<Vec<f64>> = output["H"].as_array().expect("rows").iter().map(numbers).collect();
            let expected =
                SMatrix::<f64, 3, 6>::from_fn(|row, column| rows[row][column % 3 * 2 + column / 3]);
            assert!((radar.jacobian(&state) - expected).norm() < 1e-12, "step {step}");
            compared += 1;
        }
    }
    assert_eq!(compared, 20);
}
