//! Ten flights that cross or fly side by side, and what one radar sees of them.

use crate::accuracy::AccuracyError;
use fusion_core::association::Method;
use fusion_core::dynamics::{Boost, Coast, propagate_state};
use fusion_core::math::chance::Stream;
use fusion_core::measurement::{Station, noise_free_plot};
use fusion_core::node::{Setup, TrackerConfig};
use fusion_core::types::{
    Geodetic, NodeId, ObjectId, Plot, RadarModel, Scan, Sensor, SensorId, SensorKind, Time, ecef_from_enu,
    ecef_from_geodetic,
};
use fusion_core::warning::WarningConfig;
use nalgebra::{SVector, Vector3};
use std::ops::RangeInclusive;
use std::sync::Arc;

pub const FLIGHTS: usize = 10;
/// Seconds between looks, and between ticks.
const REVISIT_S: f64 = 2.0;
/// Until then nothing is missed and nothing false, s: the tracks of a close row start undisturbed, which is no part of the
/// question.
const QUIET_S: f64 = 20.0;
const ANGLE_SIGMA_RAD: f64 = 2e-4;
const START: Time = Time::from_nanoseconds(1_654_387_200_000_000_000);

/// How the flights come near each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Geometry {
    /// In free fall, each a little faster across than the next: a row that turns about its middle.
    Crossing,
    /// Under thrust, in a row that closes up, stays for a while, and parts.
    SideBySide,
}

/// When something is looked at, seconds after the start.
#[derive(Clone, Debug)]
pub struct Spans {
    /// The flights are apart, and tracked.
    pub before: RangeInclusive<f64>,
    /// They are close.
    pub close: RangeInclusive<f64>,
    /// They are apart again, up to the end.
    pub after: RangeInclusive<f64>,
}

/// What flies, and where it is at each look.
#[derive(Clone, Debug)]
pub struct Scene {
    pub geometry: Geometry,
    /// Least distance of neighbours, in standard deviations of a cross-range error.
    pub separation: f64,
    pub setup: Setup,
    /// One standard deviation across the line of sight, m.
    pub sigma_m: f64,
    /// For each look, where the flights are.
    positions_m: Vec<[Vector3<f64>; FLIGHTS]>,
}

impl Geometry {
    pub fn name(self) -> &'static str {
        match self {
            Geometry::Crossing => "crossing",
            Geometry::SideBySide => "side by side",
        }
    }

    pub fn spans(self) -> Spans {
        match self {
            Geometry::Crossing => Spans { before: 40.0..=50.0, close: 80.0..=140.0, after: 170.0..=200.0 },
            Geometry::SideBySide => Spans { before: 20.0..=30.0, close: 90.0..=170.0, after: 230.0..=250.0 },
        }
    }

    /// When the flights are half way through what they do.
    fn middle_s(self) -> f64 {
        let close = self.spans().close;
        0.5 * (close.start() + close.end())
    }
}

/// Cross-range speed of each flight over that of the next where they cross, m/s.
const CROSSING_M_S: f64 = 12.0;
/// What the distance of flights side by side grows by when they part, standard deviations.
const PARTED_SIGMAS: f64 = 8.0;
/// How long that takes, s.
const PARTING_S: f64 = 60.0;

impl Scene {
    pub fn new(geometry: Geometry, separation: f64) -> Result<Self, AccuracyError> {
        let radar = radar();
        let middle = Geodetic::from_degrees(41.5, 127.0, 150e3);
        let middle_m = ecef_from_geodetic(middle);
        let local = ecef_from_enu(middle);
        let sight_m = middle_m - radar.position_m;
        let right: Vector3<f64> = local.column(0).into();
        let up = right.cross(&sight_m).normalize();
        let sigma_m = sight_m.norm() * ANGLE_SIGMA_RAD;
        let velocity_m_s = local * Vector3::new(0.0, -800.0, 200.0);
        let looks = (*geometry.spans().after.end() / REVISIT_S) as u32;
        let place_in_row = |flight: usize| flight as f64 - 0.5 * (FLIGHTS - 1) as f64;
        let at = |after_s: f64| -> [Vector3<f64>; FLIGHTS] {
            let seconds = after_s - geometry.middle_s();
            std::array::from_fn(|flight| {
                let place = place_in_row(flight);
                match geometry {
                    Geometry::Crossing => {
                        let position_m = middle_m + up * (place * separation * sigma_m);
                        let velocity_m_s = velocity_m_s + right * (place * CROSSING_M_S);
                        let start = SVector::<f64, 6>::from_iterator(
                            position_m.iter().chain(velocity_m_s.iter()).copied(),
                        );
                        propagate_state(&Coast { density_m2_s3: 0.0 }, &start, seconds, 5.0)
                            .fixed_rows::<3>(0)
                            .into()
                    }
                    Geometry::SideBySide => {
                        let thrust_m_s2 = local * Vector3::new(0.0, -1.0, 10.0);
                        let slow_m_s = velocity_m_s * 0.25;
                        let numbers = middle_m.iter().chain(slow_m_s.iter()).chain(thrust_m_s2.iter());
                        let start = SVector::<f64, 9>::from_iterator(numbers.copied());
                        let row = propagate_state(&Boost { density_m2_s5: 0.0 }, &start, seconds, 5.0);
                        let row_m: Vector3<f64> = row.fixed_rows::<3>(0).into();
                        let spacing = separation + PARTED_SIGMAS * parted(&geometry.spans().close, after_s);
                        row_m + right * (place * spacing * sigma_m)
                    }
                }
            })
        };
        let positions_m = (1..=looks).map(|look| at(f64::from(look) * REVISIT_S)).collect();
        let setup = Setup::new(
            vec!["node".into()],
            vec![radar],
            Vec::new(),
            WarningConfig::default(),
            TrackerConfig::default(),
            START,
        )?;
        Ok(Scene { geometry, separation, setup, sigma_m, positions_m })
    }

    /// The setup of a node that associates by a method.
    pub fn setup_with(&self, method: Method) -> Arc<Setup> {
        let mut setup = self.setup.clone();
        setup.tracker.association = method;
        Arc::new(setup)
    }

    /// Each look's time, in seconds after the start and absolute, with the flights as they are then.
    pub fn looks(&self) -> impl Iterator<Item = (f64, Time, Vec<(ObjectId, Vector3<f64>)>)> {
        self.positions_m.iter().enumerate().map(|(look, positions_m)| {
            let after_s = (look + 1) as f64 * REVISIT_S;
            let flights = positions_m.iter().enumerate();
            let truths = flights.map(|(flight, position_m)| (ObjectId(flight as u32), *position_m));
            (after_s, START.plus_seconds(after_s), truths.collect())
        })
    }

    /// What the radar sees in one run.
    pub fn scans(&self, seed: u64, run: usize) -> Vec<Arc<Scan>> {
        let sensor = &self.setup.sensors[0];
        let look = |(number, positions_m): (usize, &[Vector3<f64>; FLIGHTS])| {
            let number = number as u32 + 1;
            let after_s = f64::from(number) * REVISIT_S;
            let time = START.plus_seconds(after_s);
            let plots =
                plots(sensor, positions_m, after_s <= QUIET_S, &[seed, run as u64, u64::from(number)]);
            Arc::new(Scan::of_field(sensor.id, number, time, plots))
        };
        self.positions_m.iter().enumerate().map(look).collect()
    }
}

/// How far the row is opened, from one far from the span to zero in it: a step with continuous acceleration on either side.
fn parted(close: &RangeInclusive<f64>, after_s: f64) -> f64 {
    let outside_s = (close.start() - after_s).max(after_s - close.end());
    let x = (outside_s / PARTING_S).clamp(0.0, 1.0);
    x * x * x * (10.0 - 15.0 * x + 6.0 * x * x)
}

fn radar() -> Sensor {
    let model = RadarModel {
        minimum_range_m: 300e3,
        maximum_range_m: 800e3,
        minimum_elevation_rad: 0.02,
        maximum_elevation_rad: 0.6,
        azimuth_half_width_rad: 0.4,
        right_sigma_rad: ANGLE_SIGMA_RAD,
        up_sigma_rad: ANGLE_SIGMA_RAD,
        ..RadarModel::default()
    };
    Sensor {
        id: SensorId(0),
        name: "radar".into(),
        owner: NodeId(0),
        position_m: ecef_from_geodetic(Geodetic::from_degrees(37.2, 127.0, 300.0)),
        navigation_sigma_m: 0.0,
        revisit_s: REVISIT_S,
        first_look_s: REVISIT_S,
        detection_probability: 0.9,
        clutter_per_scan: 2.0,
        kind: SensorKind::Radar(model),
    }
}

/// One look: the flights that it finds, with noise, and clutter all over the coverage.
fn plots(sensor: &Sensor, positions_m: &[Vector3<f64>], is_quiet: bool, numbers: &[u64; 3]) -> Vec<Plot> {
    let SensorKind::Radar(model) = &sensor.kind else { return Vec::new() };
    let station = Station::of(sensor);
    let mut chance = Stream::new("crossing", numbers[0], &numbers[1..]);
    let mut plots = Vec::new();
    for position_m in positions_m {
        let (is_found, [right, up], along) = (
            is_quiet || chance.uniform() < sensor.detection_probability,
            chance.normal_pair(),
            chance.normal(),
        );
        let plot = noise_free_plot(&station, position_m, &Vector3::zeros());
        let Some(Plot::Radar { range_m, azimuth_rad, elevation_rad, .. }) = plot.filter(|_| is_found) else {
            continue;
        };
        let azimuth_rad = azimuth_rad + model.right_sigma_rad * right / libm::cos(elevation_rad);
        plots.push(Plot::radar(
            range_m + model.range_sigma_m * along,
            azimuth_rad.rem_euclid(std::f64::consts::TAU),
            elevation_rad + model.up_sigma_rad * up,
        ));
    }
    for _ in 0..if is_quiet { 0 } else { chance.poisson(sensor.clutter_per_scan) } {
        let azimuth_rad = chance.between(-model.azimuth_half_width_rad, model.azimuth_half_width_rad);
        plots.push(Plot::radar(
            chance.between(model.minimum_range_m, model.maximum_range_m),
            azimuth_rad.rem_euclid(std::f64::consts::TAU),
            chance.between(model.minimum_elevation_rad, model.maximum_elevation_rad),
        ));
    }
    plots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_come_as_near_as_is_said_and_are_apart_before_and_after() {
        for (geometry, separation) in [Geometry::Crossing, Geometry::SideBySide]
            .into_iter()
            .flat_map(|g| [1.0, 2.0, 10.0].map(|s| (g, s)))
        {
            let scene = Scene::new(geometry, separation).expect("valid");
            let spans = geometry.spans();
            let (mut least, mut least_apart) = (f64::INFINITY, f64::INFINITY);
            for (after_s, _, truths) in scene.looks() {
                let distance = |pair: &[(ObjectId, Vector3<f64>)]| (pair[1].1 - pair[0].1).norm();
                let nearest = truths.windows(2).map(distance).fold(f64::INFINITY, f64::min) / scene.sigma_m;
                least = least.min(nearest);
                if spans.before.contains(&after_s) || spans.after.contains(&after_s) {
                    least_apart = least_apart.min(nearest);
                }
            }
            assert!((least / separation - 1.0).abs() < 0.02, "{geometry:?} {separation}: {least}");
            assert!(least_apart > 7.0, "{geometry:?} {separation}: {least_apart}");
        }
    }
}
