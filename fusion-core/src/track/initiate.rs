//! The first estimate of an object from one plot.

use crate::filter::{MissileFilter, MissileModels};
use crate::measurement::Observation;
use crate::types::height_and_up;
use nalgebra::{Matrix3, Vector3};

/// Height at which a plume is expected when a satellite sees it first, m, and its standard deviation: above the clouds
/// and below the end of a long burn.
const PLUME_HEIGHT_M: (f64, f64) = (40_000.0, 40_000.0);

/// Prior probability that an object which a radar sees for the first time still burns: below this height, m, and above.
///
/// What comes over the horizon low is most often still climbing under thrust. With even odds a filter prefers the model
/// with fewer unknowns while its plots are few and coarse, and takes a burning missile for a falling one.
const BOOST_PRIOR: (f64, f64, f64) = (150_000.0, 0.95, 0.5);

/// The estimate of an object seen once.
///
/// A radar plot gives a position. A line of sight gives one where it passes through the heights at which plumes are
/// first seen, uncertain along the line. Velocity and thrust have the models' priors. None when a line of sight misses
/// the Earth.
pub fn start(observation: &Observation, models: &MissileModels) -> Option<MissileFilter> {
    match observation.position() {
        Some((position_m, covariance_m2)) => {
            let (height_m, _) = height_and_up(&position_m);
            let (below_m, boost_below, boost_above) = BOOST_PRIOR;
            let boost = if height_m < below_m { boost_below } else { boost_above };
            let mut filter = MissileFilter::from_position(&position_m, &covariance_m2, boost, models);
            filter.start_moving(observation);
            Some(filter)
        }
        None => {
            let (position_m, covariance_m2) = on_the_plume_shell(observation)?;
            Some(MissileFilter::from_position(&position_m, &covariance_m2, 1.0, models))
        }
    }
}

/// Where a line of sight from above first comes down to the height of plumes, with its covariance.
fn on_the_plume_shell(observation: &Observation) -> Option<(Vector3<f64>, Matrix3<f64>)> {
    let frame = &observation.line_of_sight;
    let (height_m, sigma_m) = PLUME_HEIGHT_M;
    // Start from the near side of a sphere of the right size, then Newton's method on the geodetic height.
    let centre_along_m = -frame.origin_m.dot(&frame.along);
    let miss_squared = frame.origin_m.norm_squared() - centre_along_m * centre_along_m;
    let sphere_m = crate::types::EARTH_RADIUS_EQUATORIAL_M + height_m;
    let half_chord_squared = sphere_m * sphere_m - miss_squared;
    if centre_along_m <= 0.0 || half_chord_squared <= 0.0 {
        return None;
    }
    let mut distance_m = centre_along_m - half_chord_squared.sqrt();
    let mut descent = 0.0;
    for _ in 0..6 {
        let (height_there_m, up) = height_and_up(&(frame.origin_m + frame.along * distance_m));
        descent = -up.dot(&frame.along);
        // Grazing lines (below 6 degrees) would be uncertain by a thousand kilometres.
        if descent < 0.1 {
            return None;
        }
        distance_m += (height_there_m - height_m) / descent;
    }
    let along_sigma_m = sigma_m / descent;
    let spread = |axis: &Vector3<f64>, variance: f64| axis * axis.transpose() * variance;
    let square = distance_m * distance_m;
    let covariance_m2 = spread(&frame.along, along_sigma_m * along_sigma_m)
        + spread(&frame.right, observation.angle_variances_rad2[0] * square)
        + spread(&frame.up, observation.angle_variances_rad2[1] * square);
    Some((frame.origin_m + frame.along * distance_m, covariance_m2))
}
