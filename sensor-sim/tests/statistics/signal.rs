//! The echo: how often it is detected, how strong it is measured, how much noise it has.

use super::{DRAWS, assert_moments, assert_share, kolmogorov_smirnov, look, radar, seen_from, target};
use fusion_core::measurement::{Observation, Station};
use fusion_core::types::{Plot, RadarModel, Sensor, SignalModel};
use nalgebra::Vector3;
use sensor_sim::mount::Mount;
use sensor_sim::sensor::Target;

/// 13 dB at 500 km, one false alarm in a million.
const SIGNAL: SignalModel =
    SignalModel { reference_range_m: 500e3, reference_ratio: 20.0, false_alarm_probability: 1e-6 };

fn fading() -> Sensor {
    radar(RadarModel {
        maximum_range_m: 2_000e3,
        right_sigma_rad: 2e-3,
        range_rate_sigma_m_s: Some(15.0),
        signal: Some(SIGNAL),
        ..RadarModel::default()
    })
}

/// A target by range, m, and cross-section, m², and its mean ratio by the law of the fourth power.
fn at(sensor: &Sensor, range_m: f64, cross_section_m2: f64, nominal_m2: f64) -> (Target, f64) {
    let ratio = 20.0 * libm::pow(500e3 / range_m, 4.0) * cross_section_m2 / nominal_m2;
    let still = target(7, seen_from(sensor, 40.0, 12.0, range_m));
    let velocity_m_s = Vector3::new(900.0, -2_000.0, 400.0);
    (Target { cross_section_m2, velocity_m_s, ..still }, ratio)
}

fn plots(sensor: &Sensor, mount: &Mount, target: Target) -> Vec<Plot> {
    (0..DRAWS).flat_map(|slot| look(sensor, mount, &[target], slot)).collect()
}

fn ratio(plot: &Plot) -> f64 {
    let Plot::Radar { signal_to_noise: Some(ratio), .. } = plot else { panic!("no ratio: {plot:?}") };
    *ratio
}

#[test]
fn detection_falls_with_the_fourth_power_of_range_and_grows_with_the_cross_section() {
    let (sensor, sixth) = (fading(), 1.0 / 6.0);
    let expected = |ratio: f64| libm::pow(1e-6, 1.0 / (1.0 + ratio));
    for (range_m, cross_section_m2, nominal_m2) in [
        (250e3, 1.0, 1.0),
        (500e3, 1.0, 1.0),
        (500e3, 0.1, 1.0),
        (500e3, 5.0, 1.0),
        (700e3, 1.0, 1.0),
        (700e3, 1.0, sixth),
        (900e3, 1.0, 1.0),
        (900e3, 20.0, 1.0),
    ] {
        let mount = Mount { nominal_cross_section_m2: nominal_m2, ..Mount::ideal(&sensor) };
        let (target, ratio) = at(&sensor, range_m, cross_section_m2, nominal_m2);
        let what = format!("{range_m} m, {cross_section_m2} m²");
        let found = plots(&sensor, &mount, target).len() as u32;
        assert_share(found, DRAWS, expected(ratio), &what);
        // What the radar can do at most is a cap, not a factor.
        let capped = Sensor { detection_probability: 0.6, ..sensor.clone() };
        let found = plots(&capped, &mount, target).len() as u32;
        assert_share(found, DRAWS, expected(ratio).min(0.6), &what);
    }
}

#[test]
fn the_measured_ratio_is_an_exponential_above_the_threshold() {
    let sensor = fading();
    let threshold = -libm::log(1e-6);
    for (range_m, cross_section_m2) in [(250e3, 1.0), (500e3, 1.0), (600e3, 3.0), (700e3, 2.0)] {
        let (target, mean) = at(&sensor, range_m, cross_section_m2, 1.0);
        for cap in [1.0, 0.7] {
            let capped = Sensor { detection_probability: cap, ..sensor.clone() };
            let found = plots(&capped, &Mount::ideal(&sensor), target);
            let mut ratios: Vec<f64> = found.iter().map(ratio).collect();
            // A cap that bites is a higher threshold.
            let least = threshold.max(-(1.0 + mean) * libm::log(cap)) - 1.0;
            let distance =
                kolmogorov_smirnov(&mut ratios, |ratio| 1.0 - libm::exp(-(ratio - least) / (1.0 + mean)));
            assert!(distance < 1.95, "{range_m} m, {cross_section_m2} m², at most {cap}: {distance}");
        }
    }
}

/// Residuals of range, right, up and range rate, each over the sigma that the tracker takes it to have.
fn normalized(sensor: &Sensor, plots: &[Plot], target: &Target) -> [Vec<f64>; 4] {
    let station = Station::of(sensor);
    let mut residuals = [const { Vec::new() }; 4];
    for plot in plots {
        let observation = Observation::new(&station, plot).expect("an observation");
        let prediction = observation.predict(&target.position_m).expect("in front");
        for (component, values) in prediction.components().iter().zip(&mut residuals) {
            values.push(component.residual / component.variance.sqrt());
        }
        let rate = observation.predict_rate(&target.position_m, &target.velocity_m_s).expect("a rate");
        residuals[3].push(rate.residual / rate.variance.sqrt());
    }
    residuals
}

#[test]
fn noise_is_what_the_tracker_takes_it_to_be_for_each_plots_own_ratio() {
    let sensor = fading();
    for (range_m, cross_section_m2) in [(60e3, 1.0), (250e3, 1.0), (500e3, 2.0)] {
        let (target, _) = at(&sensor, range_m, cross_section_m2, 1.0);
        let found = plots(&sensor, &Mount::ideal(&sensor), target);
        assert!(found.len() > 12_000, "{}", found.len());
        // Weak and strong plots apart: a factor that did not follow the ratio would average out over all of them.
        let mut sorted = found;
        sorted.sort_by(|a, b| ratio(a).total_cmp(&ratio(b)));
        let half = sorted.len() / 2;
        for (name, part) in [("weak", &sorted[..half]), ("strong", &sorted[half..])] {
            let names = ["range", "right", "up", "rate"];
            for (axis, values) in names.iter().zip(normalized(&sensor, part, &target)) {
                assert_moments(&values, 0.0, 1.0, &format!("{name} {axis} at {range_m} m"));
            }
        }
    }
}

#[test]
fn noise_without_a_law_of_the_echo_is_the_models() {
    let base = fading();
    let fusion_core::types::SensorKind::Radar(model) = &base.kind else { panic!("no radar") };
    let sensor = radar(RadarModel { signal: None, ..model.clone() });
    let (target, _) = at(&sensor, 700e3, 0.01, 1.0);
    let found = plots(&sensor, &Mount::ideal(&sensor), target);
    assert_eq!(found.len(), DRAWS as usize);
    for (axis, values) in normalized(&sensor, &found, &target).iter().enumerate() {
        assert_moments(values, 0.0, 1.0, &format!("axis {axis}"));
    }
}
