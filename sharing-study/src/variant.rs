//! A scenario with one thing changed at some of its sensors. Every sensor keeps its number, and so its draws: runs of a scenario
//! and of a variant of it are paired, look by look.

use fusion_core::types::{SensorId, SensorKind};
use sensor_sim::Scenario;

/// Sensors that are off from the beginning to the end.
#[must_use]
pub fn without(scenario: &Scenario, is_off: impl Fn(SensorId) -> bool) -> Scenario {
    let mut variant = scenario.clone();
    for (sensor, mount) in scenario.sensors.iter().zip(&mut variant.mounts) {
        if is_off(sensor.id) {
            mount.outages_s = vec![[f64::NEG_INFINITY, f64::INFINITY]];
        }
    }
    variant
}

/// Sensors that detect what they can see with this probability, and whose nodes know it; with a signal-to-noise model the greatest
/// that it can be.
#[must_use]
pub fn with_detection(scenario: &Scenario, probability: f64, is_it: impl Fn(SensorId) -> bool) -> Scenario {
    let mut variant = scenario.clone();
    for sensor in variant.sensors.iter_mut().filter(|sensor| is_it(sensor.id)) {
        sensor.detection_probability = probability;
    }
    variant
}

/// Radars whose azimuths are all wrong by so much, radians, which no node knows.
#[must_use]
pub fn with_azimuth_bias(
    scenario: &Scenario,
    azimuth_rad: f64,
    is_it: impl Fn(SensorId) -> bool,
) -> Scenario {
    let mut variant = scenario.clone();
    for (sensor, mount) in scenario.sensors.iter().zip(&mut variant.mounts) {
        if is_it(sensor.id) && matches!(sensor.kind, SensorKind::Radar(_)) {
            mount.bias.azimuth_rad = azimuth_rad;
        }
    }
    variant
}
