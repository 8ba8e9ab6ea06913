//! What a sensor reports of a look: detections with noise, and false plots.
//!
//! Geometry without refraction. The sensor's own model ([`fusion_core::types::Sensor`]) is the truth here: the filters
//! know their sensors.

use crate::chance::{Purpose, Seed, Stream};
use crate::flight::{Phase, TrueState};
use fusion_core::types::{
    InfraredModel, LineOfSight, ObjectId, Plot, RadarModel, Scan, Sensor, SensorKind, Time,
    geodetic_from_ecef,
};
use nalgebra::{Matrix3, Vector3};
use std::f64::consts::{FRAC_PI_2, PI, TAU};

/// Whether a sensor can see an object in this state at all: in its coverage, and for an infrared sensor also burning
/// and above the clouds. The detection probability holds when it can.
pub fn can_see(sensor: &Sensor, state: &TrueState) -> bool {
    let shows = match &sensor.kind {
        SensorKind::Radar(_) => true,
        SensorKind::Infrared(model) => state.phase == Phase::Boost && above_clouds(model, &state.position_m),
    };
    shows && sensor.covers(&state.position_m)
}

fn above_clouds(model: &InfraredModel, position_m: &Vector3<f64>) -> bool {
    geodetic_from_ecef(position_m).height_m >= model.minimum_target_height_m
}

/// One look of a sensor at some objects.
///
/// `detection_probability` is the sensor's own unless a cue has changed it: the draws are the same for every value,
/// and an object that is seen with a lower probability is seen with a higher one, with the same error.
pub fn look(
    sensor: &Sensor,
    sequence: u32,
    time: Time,
    objects: impl IntoIterator<Item = (ObjectId, TrueState)>,
    detection_probability: f64,
    seed: Seed,
) -> Scan {
    let rotation = sensor.ecef_from_enu();
    let seen = objects.into_iter().filter(|(_, state)| can_see(sensor, state));
    let mut plots: Vec<Plot> = seen
        .filter_map(|(object, state)| {
            let mut stream = seed.stream(Purpose::Detection, sensor.id.0, sequence, object.0);
            let detected = stream.uniform() < detection_probability;
            detected.then(|| measure(sensor, &rotation, &state.position_m, &mut stream)).flatten()
        })
        .collect();
    add_clutter(sensor, sequence, seed, &mut plots);
    // Sorted by what was measured: the order then tells nothing about which plot is true.
    plots.sort_by(|left, right| {
        let ((a, b, c), (x, y, z)) = (coordinates(left), coordinates(right));
        a.total_cmp(&x).then(b.total_cmp(&y)).then(c.total_cmp(&z))
    });
    Scan { sensor: sensor.id, sequence, time, plots }
}

fn coordinates(plot: &Plot) -> (f64, f64, f64) {
    match *plot {
        Plot::Radar { range_m, azimuth_rad, elevation_rad } => (range_m, azimuth_rad, elevation_rad),
        Plot::Infrared { right_rad, up_rad } => (right_rad, up_rad, 0.0),
    }
}

/// The plot of an object at `position_m` with the sensor's noise; none for an object in the sensor itself.
fn measure(
    sensor: &Sensor,
    rotation: &Matrix3<f64>,
    position_m: &Vector3<f64>,
    stream: &mut Stream,
) -> Option<Plot> {
    let offset_m = position_m - sensor.position_m;
    match &sensor.kind {
        SensorKind::Radar(model) => measure_radar(model, rotation, &offset_m, stream),
        SensorKind::Infrared(model) => measure_infrared(model, &offset_m, stream),
    }
}

/// Noise along, right of and above the line of sight; azimuth and elevation follow from the displaced direction, so
/// that the zenith needs no special case. A range that noise would carry below a metre is a metre.
fn measure_radar(
    model: &RadarModel,
    rotation: &Matrix3<f64>,
    offset_m: &Vector3<f64>,
    stream: &mut Stream,
) -> Option<Plot> {
    let enu_m = rotation.tr_mul(offset_m);
    let frame = LineOfSight::new(Vector3::zeros(), &enu_m, &Vector3::z())?;
    let [right, up] = stream.normal_pair();
    let range_m = enu_m.norm() + model.range_sigma_m * stream.normal();
    let direction =
        frame.along + frame.right * (model.right_sigma_rad * right) + frame.up * (model.up_sigma_rad * up);
    let azimuth_rad = libm::atan2(direction.x, direction.y);
    Some(Plot::Radar {
        range_m: range_m.max(1.0),
        azimuth_rad: in_full_turn(azimuth_rad),
        elevation_rad: libm::atan2(direction.z, libm::hypot(direction.x, direction.y)),
    })
}

fn measure_infrared(model: &InfraredModel, offset_m: &Vector3<f64>, stream: &mut Stream) -> Option<Plot> {
    let (right, up) = Sensor::infrared_axes(model);
    let along_m = offset_m.dot(&model.boresight);
    let [right_error, up_error] = stream.normal_pair();
    let plot = Plot::Infrared {
        right_rad: libm::atan2(offset_m.dot(&right), along_m) + model.angle_sigma_rad * right_error,
        up_rad: libm::atan2(offset_m.dot(&up), along_m) + model.angle_sigma_rad * up_error,
    };
    plot.is_valid().then_some(plot)
}

/// False plots: a Poisson number, each uniform over the coverage in the sensor's own coordinates (range, azimuth and
/// elevation of a radar; both angles of an infrared sensor).
fn add_clutter(sensor: &Sensor, sequence: u32, seed: Seed, plots: &mut Vec<Plot>) {
    let mut stream = seed.stream(Purpose::Clutter, sensor.id.0, sequence, 0);
    for _ in 0..stream.poisson(sensor.clutter_per_scan) {
        plots.push(match &sensor.kind {
            SensorKind::Radar(model) => {
                let half_rad = model.azimuth_half_width_rad.min(PI);
                let centre_rad = model.azimuth_centre_rad;
                Plot::Radar {
                    range_m: stream.between(model.minimum_range_m, model.maximum_range_m).max(1.0),
                    azimuth_rad: in_full_turn(stream.between(centre_rad - half_rad, centre_rad + half_rad)),
                    elevation_rad: stream
                        .between(model.minimum_elevation_rad, model.maximum_elevation_rad)
                        .clamp(-FRAC_PI_2, FRAC_PI_2),
                }
            }
            SensorKind::Infrared(model) => Plot::Infrared {
                right_rad: stream.between(-model.half_width_rad, model.half_width_rad),
                up_rad: stream.between(-model.half_width_rad, model.half_width_rad),
            },
        });
    }
}

/// An angle as [`Plot`] wants it: in [0, 2π).
fn in_full_turn(angle_rad: f64) -> f64 {
    let turned_rad = libm::fmod(angle_rad, TAU);
    let positive_rad = if turned_rad < 0.0 { turned_rad + TAU } else { turned_rad };
    // A tiny negative angle plus a full turn rounds to the full turn.
    if positive_rad >= TAU { 0.0 } else { positive_rad }
}

#[cfg(test)]
mod tests {
    use super::in_full_turn;
    use std::f64::consts::{PI, TAU};

    #[test]
    fn angles_end_up_in_one_turn_that_does_not_hold_its_end() {
        // The first plus a full turn rounds to the full turn, which is not an azimuth.
        for (angle_rad, expected_rad) in [(-1e-17, 0.0), (TAU, 0.0), (-TAU, 0.0), (-PI, PI), (7.0, 7.0 - TAU)]
        {
            let turned_rad = in_full_turn(angle_rad);
            assert!((turned_rad - expected_rad).abs() < 1e-15, "{angle_rad}: {turned_rad}");
            assert!((0.0..TAU).contains(&turned_rad), "{angle_rad}: {turned_rad}");
        }
    }
}
