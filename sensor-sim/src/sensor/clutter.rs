//! False plots: a Poisson number, each uniform over what was looked at in the sensor's own coordinates.

use super::radar::in_full_turn;
use crate::chance::{Purpose, Seed, Stream};
use fusion_core::measurement::{GREATEST_FALSE_RATE_M_S, coverage_volume};
use fusion_core::types::{Beam, Plot, RadarModel, Regard, Sensor, SensorKind};
use std::f64::consts::{FRAC_PI_2, PI};

/// Adds the false plots of a look to those that are there: as many as the sensor's `clutter_per_scan` says, Poisson distributed.
/// Their density is the same whatever part of the coverage is looked at. `slot` numbers the sensor's looks.
pub fn add(sensor: &Sensor, regard: &Regard, slot: u32, seed: Seed, plots: &mut Vec<Plot>) {
    let mut stream = seed.stream(Purpose::Clutter, sensor.id.0, slot, 0);
    match (&sensor.kind, regard) {
        (SensorKind::Radar(model), Regard::Field) => {
            let window = Window {
                azimuth_rad: (model.azimuth_centre_rad, model.azimuth_half_width_rad.min(PI)),
                elevation_rad: (model.minimum_elevation_rad, model.maximum_elevation_rad),
            };
            window.fill(sensor, model, &mut stream, plots);
        }
        (SensorKind::Radar(model), Regard::Sector { centre_rad, half_width_rad }) => {
            let window = Window {
                azimuth_rad: (*centre_rad, *half_width_rad),
                elevation_rad: (model.minimum_elevation_rad, model.maximum_elevation_rad),
            };
            window.fill(sensor, model, &mut stream, plots);
        }
        (SensorKind::Radar(model), Regard::Beams(beams)) => {
            let windows: Vec<Window> = beams.iter().map(|beam| Window::around(beam, model)).collect();
            for (index, window) in windows.iter().enumerate() {
                let before = plots.len();
                window.fill(sensor, model, &mut stream, plots);
                // Where beams overlap, the first has it: the density does not add up.
                let fresh = plots.split_off(before);
                let is_new = |plot: &Plot| !windows.iter().take(index).any(|earlier| earlier.holds(plot));
                plots.extend(fresh.into_iter().filter(is_new));
            }
        }
        (SensorKind::Infrared(model), _) => {
            let half_rad = model.half_width_rad;
            for _ in 0..stream.poisson(sensor.clutter_per_scan) {
                plots.push(Plot::Infrared {
                    right_rad: stream.between(-half_rad, half_rad),
                    up_rad: stream.between(-half_rad, half_rad),
                });
            }
        }
        (SensorKind::Sonar(_) | SensorKind::Cue, _) => {}
    }
}

/// A part of a radar's coverage, at all its ranges.
struct Window {
    /// Middle and half the width.
    azimuth_rad: (f64, f64),
    /// Least and greatest.
    elevation_rad: (f64, f64),
}

impl Window {
    /// The square around a dwell's cone.
    fn around(beam: &Beam, model: &RadarModel) -> Self {
        let half_rad = model.beam_half_width_rad;
        let across_rad = half_rad / libm::cos(beam.elevation_rad).max(half_rad);
        Window {
            azimuth_rad: (beam.azimuth_rad, across_rad.min(PI)),
            elevation_rad: (
                (beam.elevation_rad - half_rad).max(model.minimum_elevation_rad),
                (beam.elevation_rad + half_rad).min(model.maximum_elevation_rad),
            ),
        }
    }

    fn holds(&self, plot: &Plot) -> bool {
        let &Plot::Radar { azimuth_rad, elevation_rad, .. } = plot else { return false };
        let (centre_rad, half_rad) = self.azimuth_rad;
        let (low_rad, high_rad) = self.elevation_rad;
        libm::cos(azimuth_rad - centre_rad) >= libm::cos(half_rad)
            && (low_rad..=high_rad).contains(&elevation_rad)
    }

    fn fill(&self, sensor: &Sensor, model: &RadarModel, stream: &mut Stream, plots: &mut Vec<Plot>) {
        let (centre_rad, half_rad) = self.azimuth_rad;
        let (low_rad, high_rad) = self.elevation_rad;
        let span_m = model.maximum_range_m - model.minimum_range_m;
        let share = span_m * 2.0 * half_rad * (high_rad - low_rad).max(0.0) / coverage_volume(model);
        for _ in 0..stream.poisson(sensor.clutter_per_scan * share) {
            let range_m = stream.between(model.minimum_range_m, model.maximum_range_m).max(1.0);
            let azimuth_rad = in_full_turn(stream.between(centre_rad - half_rad, centre_rad + half_rad));
            let plot = Plot::Radar {
                range_m,
                azimuth_rad,
                elevation_rad: stream.between(low_rad, high_rad).clamp(-FRAC_PI_2, FRAC_PI_2),
                range_rate_m_s: model
                    .range_rate_sigma_m_s
                    .map(|_| stream.between(-GREATEST_FALSE_RATE_M_S, GREATEST_FALSE_RATE_M_S)),
                // Noise that passed the threshold: beyond it, it falls off as noise does.
                signal_to_noise: model.signal.map(|signal| {
                    (signal.threshold() - 1.0 - libm::log(stream.uniform().max(f64::MIN_POSITIVE))).max(1e-3)
                }),
            };
            // Part of a sector or of a beam may lie beside the coverage.
            if is_covered(model, azimuth_rad) {
                plots.push(plot);
            }
        }
    }
}

fn is_covered(model: &RadarModel, azimuth_rad: f64) -> bool {
    let half_rad = model.azimuth_half_width_rad;
    half_rad >= PI || libm::cos(azimuth_rad - model.azimuth_centre_rad) >= libm::cos(half_rad)
}
