//! False plots: how many, where, and what else they say.

use super::{DRAWS, SEED, chi_square, kolmogorov_smirnov, radar, satellite, sensor, turned, unevenness};
use fusion_core::measurement::Station;
use fusion_core::types::{Beam, Plot, RadarModel, Regard, Sensor, SignalModel};
use sensor_sim::mount::Mount;
use std::f64::consts::PI;

const LOW_RAD: f64 = 0.05;
const HIGH_RAD: f64 = 1.05;

fn cluttered(mean: f64) -> Sensor {
    let model = RadarModel {
        minimum_range_m: 50e3,
        maximum_range_m: 850e3,
        minimum_elevation_rad: LOW_RAD,
        maximum_elevation_rad: HIGH_RAD,
        range_rate_sigma_m_s: Some(10.0),
        signal: Some(SignalModel {
            reference_range_m: 400e3,
            reference_ratio: 20.0,
            false_alarm_probability: 1e-5,
        }),
        beam_half_width_rad: 0.03,
        ..RadarModel::default()
    };
    Sensor { clutter_per_scan: mean, ..radar(model) }
}

fn false_plots(sensor: &Sensor, regard: &Regard) -> Vec<Vec<Plot>> {
    let station = Station::new(sensor, sensor.position_m, regard);
    (0..DRAWS).map(|slot| sensor::plots(&station, &Mount::ideal(sensor), &[], (slot, SEED)).0).collect()
}

/// Numbers of plots in a look against the Poisson distribution, in cells of at least 5 expected looks.
fn assert_poisson(looks: &[Vec<Plot>], mean: f64, what: &str) {
    let count = looks.len() as f64;
    let (mut found, mut expected) = (Vec::new(), Vec::new());
    let (mut chance, mut number, mut rest) = (libm::exp(-mean), 0_usize, 1.0);
    while (rest - chance) * count > 5.0 {
        found.push(looks.iter().filter(|plots| plots.len() == number).count() as f64);
        expected.push(chance * count);
        rest -= chance;
        number += 1;
        chance *= mean / number as f64;
    }
    found.push(looks.iter().filter(|plots| plots.len() >= number).count() as f64);
    expected.push(rest * count);
    let degrees = found.len() as f64 - 1.0;
    // Wilson and Hilferty's 99.9 % point, good to 2 % from one degree of freedom on.
    let spread = 2.0 / (9.0 * degrees);
    let bound = degrees * libm::pow(1.0 - spread + 3.09 * spread.sqrt(), 3.0);
    let statistic = chi_square(&found, &expected);
    assert!(statistic < bound, "{what}: chi-square {statistic}, 99.9 % {bound}, {found:?} {expected:?}");
    let total = looks.iter().map(Vec::len).sum::<usize>() as f64;
    let error = (total - mean * count) / (mean * count).sqrt();
    assert!(error.abs() < 4.0, "{what}: {total} plots, {error} standard errors off");
}

/// Checks numbers and places of what a look at a window has; returns all plots.
fn assert_even(
    sensor: &Sensor,
    regard: &Regard,
    (centre_rad, half_rad): (f64, f64),
    (low, high): (f64, f64),
) {
    let share = half_rad / PI * (high - low) / (HIGH_RAD - LOW_RAD);
    let looks = false_plots(sensor, regard);
    assert_poisson(&looks, sensor.clutter_per_scan * share, &format!("{regard:?}"));
    let places: Vec<[f64; 3]> = looks
        .iter()
        .flatten()
        .map(|plot| match *plot {
            Plot::Radar { range_m, azimuth_rad, elevation_rad, .. } => [
                (range_m - 50e3) / 800e3,
                (turned(azimuth_rad, centre_rad) / half_rad + 1.0) / 2.0,
                (elevation_rad - low) / (high - low),
            ],
            _ => panic!("no radar's plot"),
        })
        .collect();
    for axis in 0..3 {
        let statistic = unevenness(places.iter().map(|place| place[axis]));
        assert!(statistic < 43.8, "{regard:?}, axis {axis}: chi-square {statistic}");
    }
}

#[test]
fn a_look_at_a_part_has_the_density_of_the_whole() {
    assert_even(&cluttered(2.0), &Regard::Field, (0.0, PI), (LOW_RAD, HIGH_RAD));
    let sector = Regard::Sector { centre_rad: 0.1, half_width_rad: PI / 12.0 };
    assert_even(&cluttered(24.0), &sector, (0.1, PI / 12.0), (LOW_RAD, HIGH_RAD));
    // A beam is as wide in arc to the sides as upwards.
    let (elevation_rad, half_rad) = (0.6, 0.03);
    let beams = Regard::Beams(vec![Beam { azimuth_rad: 6.27, elevation_rad }]);
    let across_rad = half_rad / libm::cos(elevation_rad);
    assert_even(
        &cluttered(900.0),
        &beams,
        (6.27, across_rad),
        (elevation_rad - half_rad, elevation_rad + half_rad),
    );
    // One that is half below the least elevation.
    let low = Regard::Beams(vec![Beam { azimuth_rad: 3.0, elevation_rad: LOW_RAD }]);
    assert_even(&cluttered(900.0), &low, (3.0, half_rad / libm::cos(LOW_RAD)), (LOW_RAD, LOW_RAD + half_rad));
}

#[test]
fn several_beams_have_the_sum_of_their_clutter() {
    let beam = |azimuth_rad, elevation_rad| Beam { azimuth_rad, elevation_rad };
    let beams = [beam(1.0, 0.3), beam(2.5, 0.7), beam(5.0, 0.2)];
    let looks = false_plots(&cluttered(400.0), &Regard::Beams(beams.to_vec()));
    let share = |beam: &Beam| 0.03 / libm::cos(beam.elevation_rad) / PI * 0.06 / (HIGH_RAD - LOW_RAD);
    assert_poisson(&looks, 400.0 * beams.iter().map(share).sum::<f64>(), "three beams");
    assert!(false_plots(&cluttered(400.0), &Regard::Beams(Vec::new())).iter().all(Vec::is_empty));
}

#[test]
fn false_plots_say_a_valid_rate_and_a_ratio_that_noise_has() {
    let threshold = -libm::log(1e-5);
    let (mut rates, mut ratios) = (Vec::new(), Vec::new());
    for plot in false_plots(&cluttered(2.0), &Regard::Field).iter().flatten() {
        assert!(plot.is_valid(), "{plot:?}");
        let Plot::Radar { range_rate_m_s: Some(rate), signal_to_noise: Some(ratio), .. } = *plot else {
            panic!("without rate or ratio: {plot:?}")
        };
        rates.push((rate / 8_000.0 + 1.0) / 2.0);
        ratios.push(ratio);
    }
    let statistic = unevenness(rates.into_iter());
    assert!(statistic < 43.8, "rates: chi-square {statistic}");
    let distance = kolmogorov_smirnov(&mut ratios, |ratio| 1.0 - libm::exp(-(ratio + 1.0 - threshold)));
    assert!(distance < 1.95, "ratios: {distance}");
}

#[test]
fn infrared_clutter_is_poisson_and_even_in_the_field_of_view() {
    let sensor = Sensor { clutter_per_scan: 2.0, ..satellite() };
    let looks = false_plots(&sensor, &Regard::Field);
    assert_poisson(&looks, 2.0, "infrared");
    let angles = |pick: fn(&Plot) -> f64| looks.iter().flatten().map(pick);
    let share = |angle_rad: f64| (angle_rad / 0.035 + 1.0) / 2.0;
    let right = |plot: &Plot| if let Plot::Infrared { right_rad, .. } = plot { *right_rad } else { f64::NAN };
    let up = |plot: &Plot| if let Plot::Infrared { up_rad, .. } = plot { *up_rad } else { f64::NAN };
    for statistic in [unevenness(angles(right).map(share)), unevenness(angles(up).map(share))] {
        assert!(statistic < 43.8, "chi-square {statistic}");
    }
}
