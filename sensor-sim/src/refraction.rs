//! How the air truly bends and delays a radar's ray: ray tracing, not a formula.
//!
//! The trackers' own correction is `fusion_core::measurement::straighten`, with refractivity assumed and fixed steps.

use crate::flight::integrate::{Step, integrate};
use fusion_core::measurement::{MEAN_EARTH_RADIUS_M, REFRACTIVITY_SCALE_HEIGHT_M};
use nalgebra::Vector3;
use std::ops::ControlFlow;

/// Heights of a sensor, m, from which rays are traced.
pub const SENSOR_HEIGHTS_M: std::ops::RangeInclusive<f64> = -500.0..=30_000.0;

/// What lies deeper than this is inside the Earth, m.
const LOWEST_TARGET_M: f64 = -1_000.0;

/// No ray is bent more: a grazing one of 500 N-units through the whole air and out again stays below.
const LARGEST_BENDING_RAD: f64 = 0.12;
/// Error allowed in one step: across the line of sight, m; of the slope; of the delay, m.
const TOLERANCE: Vector3<f64> = Vector3::new(1e-3, 1e-9, 1e-4);
/// The ray passes its target within this angle as seen from the sensor, radians.
const AIM_RAD: f64 = 1e-10;
/// Rays tried; five or six are enough but at the horizon.
const MAXIMUM_SHOTS: usize = 60;

/// What a radar measures of a target without noise: the delay as a range in vacuum, m, and the elevation at which the
/// ray arrives, radians; from the geometric range and elevation. None when the Earth stands in the ray's way.
///
/// Air is a spherical exponential atmosphere, N(h) = `refractivity` exp(-h / 7.35 km) in millionths, zero for none
/// (ITU-R P.453, P.834), on a sphere of the Earth's mean radius under the sensor, whose height counts above the
/// ellipsoid. Taking the sphere for the ellipsoid, whose radii of curvature differ from it by up to 0.6 %, shifts the
/// height of a target at 300 km of ground distance by 40 m: half a percent of the bending there. No ionosphere, no
/// ducts, no terrain: the ground is at height zero, or at sensor or target where these are lower (to -1 km).
///
/// Any target, any elevation, down to the ray that grazes the ground, also the ray of an airborne sensor that first
/// descends and rises again. None, too, for a sensor outside [`SENSOR_HEIGHTS_M`], a refractivity outside 0 to 500 (a
/// duct could have several rays) and a range that is not positive and finite. Errors below 1e-8 rad and 1e-3 m.
///
/// The ray is integrated as its deviation from the straight line to the target, which is smooth everywhere, and its
/// launch found by bracketed secants: the higher launch passes always above.
pub fn refracted(
    sensor_height_m: f64,
    refractivity: f64,
    range_m: f64,
    elevation_rad: f64,
) -> Option<(f64, f64)> {
    let allowed = SENSOR_HEIGHTS_M.contains(&sensor_height_m)
        && (0.0..=500.0).contains(&refractivity)
        && (range_m > 0.0 && range_m.is_finite() && elevation_rad.is_finite());
    if !allowed {
        return None;
    }
    let line = Line::new(sensor_height_m, refractivity, range_m, elevation_rad);
    let (launch_rad, excess_m) = if line.ground_m < LOWEST_TARGET_M { None } else { line.aim() }?;
    Some((range_m + excess_m, elevation_rad + launch_rad))
}

/// The straight line from sensor to target, and the air along it.
struct Line {
    /// Foot of the sensor's radius on the line's axes: along the line and upwards across it, m.
    along_m: f64,
    across_m: f64,
    range_m: f64,
    excess: f64,
    ground_m: f64,
}

/// Where a ray ended.
struct Shot {
    /// Above the target, m.
    miss_m: f64,
    /// Optical path less the geometric range, m.
    excess_m: f64,
    lowest_m: f64,
}

impl Line {
    fn new(sensor_height_m: f64, refractivity: f64, range_m: f64, elevation_rad: f64) -> Self {
        let (sine, cosine) = libm::sincos(elevation_rad);
        let radius_m = MEAN_EARTH_RADIUS_M + sensor_height_m;
        let mut line = Line {
            along_m: radius_m * sine,
            across_m: radius_m * cosine,
            range_m,
            excess: refractivity * 1e-6,
            ground_m: 0.0,
        };
        line.ground_m = line.height_m(range_m, 0.0).min(sensor_height_m).min(0.0);
        line
    }

    fn height_m(&self, along_m: f64, across_m: f64) -> f64 {
        libm::hypot(self.along_m + along_m, self.across_m + across_m) - MEAN_EARTH_RADIUS_M
    }

    /// Change per metre along the line of the deviation (m), its slope and the excess path (m).
    ///
    /// The ray equation, curvature = (normal · grad n) / n, for a ray given as deviation over distance.
    fn derivative(&self, along_m: f64, state: &Vector3<f64>) -> Vector3<f64> {
        let slope = state.y;
        let (x_m, y_m) = (self.along_m + along_m, self.across_m + state.x);
        let radius_m = (x_m * x_m + y_m * y_m).sqrt();
        // Rays that dive are tried on the way to the right one: the air below ground is that at the ground.
        let height_m = (radius_m - MEAN_EARTH_RADIUS_M).max(self.ground_m - 100.0);
        let excess = self.excess * libm::exp(-height_m / REFRACTIVITY_SCALE_HEIGHT_M);
        let gradient = -excess / REFRACTIVITY_SCALE_HEIGHT_M / (1.0 + excess);
        let (outward, steepness) = ((y_m - slope * x_m) / radius_m, 1.0 + slope * slope);
        let length = steepness.sqrt();
        Vector3::new(slope, gradient * outward * steepness, excess * length + slope * slope / (length + 1.0))
    }

    /// Follows the ray that starts at this angle above the line.
    fn shoot(&self, launch_rad: f64) -> Option<Shot> {
        let start = (0.0, Vector3::new(0.0, libm::tan(launch_rad), 0.0));
        let mut last: Option<Step<3>> = None;
        let mut lowest_m = f64::INFINITY;
        // Outwards along the ray, as cosine times radius: negative while it descends.
        let climb =
            |along_m: f64, state: &Vector3<f64>| self.along_m + along_m + (self.across_m + state.x) * state.y;
        integrate(
            |along_m, state| self.derivative(along_m, state),
            start,
            self.range_m,
            &TOLERANCE,
            |step| {
                let (begin, end) = (step.start_s, step.end_s());
                if climb(begin, &step.at(begin)) < 0.0 && climb(end, &step.at(end)) > 0.0 {
                    lowest_m = lowest_m.min(self.lowest_in(&step, climb));
                }
                last = Some(step);
                ControlFlow::Continue(())
            },
        )
        .ok()?;
        let step = last?;
        let end = step.at(step.end_s());
        Some(Shot { miss_m: end.x, excess_m: end.z, lowest_m })
    }

    /// Height of the turning point in a step, by bisection.
    fn lowest_in(&self, step: &Step<3>, climb: impl Fn(f64, &Vector3<f64>) -> f64) -> f64 {
        let (mut low_m, mut high_m) = (step.start_s, step.end_s());
        for _ in 0..40 {
            let middle_m = 0.5 * (low_m + high_m);
            if climb(middle_m, &step.at(middle_m)) < 0.0 {
                low_m = middle_m;
            } else {
                high_m = middle_m;
            }
        }
        self.height_m(high_m, step.at(high_m).x)
    }

    /// Launch angle above the line of the ray that ends at the target, radians, and its excess path, m.
    fn aim(&self) -> Option<(f64, f64)> {
        let (mut low_rad, mut high_rad) = (0.0, LARGEST_BENDING_RAD);
        let (mut launch_rad, mut before): (f64, Option<(f64, f64)>) = (0.0, None);
        for _ in 0..MAXIMUM_SHOTS {
            let shot = self.shoot(launch_rad)?;
            let miss_rad = shot.miss_m / self.range_m;
            if miss_rad.abs() <= AIM_RAD || high_rad - low_rad < AIM_RAD {
                let clear = shot.lowest_m >= self.ground_m;
                return clear.then_some((launch_rad, shot.excess_m));
            }
            if miss_rad < 0.0 {
                low_rad = launch_rad;
            } else {
                high_rad = launch_rad;
            }
            let rate = before.map_or(1.0, |(rad, miss)| (miss_rad - miss) / (launch_rad - rad));
            before = Some((launch_rad, miss_rad));
            let next_rad = launch_rad - miss_rad / rate;
            let inside = next_rad > low_rad && next_rad < high_rad;
            launch_rad = if inside { next_rad } else { 0.5 * (low_rad + high_rad) };
        }
        None
    }
}

#[cfg(test)]
mod tests;
