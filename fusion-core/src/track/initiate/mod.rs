//! The first estimate of an object: from one plot, or from a few of different sensors and times.
//!
//! Every start is the same computation: a broad prior of the place where something is seen first ([`prior_of_look`],
//! [`prior_of_site`]), and the looks at their own times ([`first_belief`]).

mod belief;

pub use belief::{FirstBelief, InitiationError, Initiator, first_belief};

use crate::filter::{Gaussian, MissileFilter, MissileModels};
use crate::measurement::{LaunchSite, Observation};
use crate::types::{Time, height_and_up};
use nalgebra::{Matrix3, Vector3};

/// Height at which a plume is expected when a satellite sees it first, m, and its standard deviation.
///
/// Most are seen at the first look after they clear the clouds, at 10 to 20 km; what was missed or stood outside the field
/// of view is seen later, up to the end of the burn. A higher prior places objects above the horizon of radars that
/// cannot see them yet, and what those do not see speaks against the track.
const PLUME_HEIGHT_M: (f64, f64) = (20_000.0, 15_000.0);

/// How far from its launch site, in each horizontal axis, a missile may be when it is seen first, m: one standard deviation.
///
/// At a height of 15 km a lofted one is within a kilometre, one of medium range 10 km away, one of short range 20 km.
const DRIFT_SIGMA_M: f64 = 10_000.0;

/// Where something is before a sensor has spoken: anywhere in its coverage, m, one standard deviation in each axis.
const ANYWHERE_SIGMA_M: f64 = 1e6;

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
    Initiator::default().start(observation, models)
}

impl Initiator {
    /// [`start`].
    pub fn start(&mut self, observation: &Observation, models: &MissileModels) -> Option<MissileFilter> {
        let prior = prior_of_look(observation, models)?;
        let looks = [(Time::from_nanoseconds(0), *observation)];
        Some(self.first_belief(&prior, &looks, models).ok()?.filter(models))
    }
}

/// What is believed of an object before the look that saw it first: position, velocity (m, m/s, Earth-fixed) and
/// non-gravitational acceleration (m/s²) at the instant of that look.
///
/// For a radar: anywhere within a thousand kilometres of the plot. For a line of sight: at the heights at which plumes are
/// first seen, anywhere along the ground. Velocity and acceleration have mean zero and the models' deviations in each
/// axis. None when a line of sight misses the Earth or grazes it. Not for a look at an object that has been tracked
/// before: there the prior is the track.
pub fn prior_of_look(observation: &Observation, models: &MissileModels) -> Option<Gaussian<9>> {
    let (position_m, height_sigma_m) = match observation.position() {
        Some((position_m, _)) => (position_m, ANYWHERE_SIGMA_M),
        None => (on_the_plume_shell(observation)?, PLUME_HEIGHT_M.1),
    };
    let (_, up) = height_and_up(&position_m);
    let vertical = up * up.transpose();
    let covariance_m2 = (Matrix3::identity() - vertical) * (ANYWHERE_SIGMA_M * ANYWHERE_SIGMA_M)
        + vertical * (height_sigma_m * height_sigma_m);
    Some(prior(&position_m, &covariance_m2, models))
}

/// What is believed of an object that was launched at a site, at the instant of the first look that sees its plume.
///
/// Within the site's own deviation and 10 km of drift in each horizontal axis, at the heights at which plumes are first
/// seen. Not for an object that a radar sees first, and not without asking whether it fits ([`FirstBelief::fit`]): the
/// plume may be another's.
pub fn prior_of_site(site: &LaunchSite, models: &MissileModels) -> Gaussian<9> {
    let (position_m, covariance_m2) = site.above(PLUME_HEIGHT_M, DRIFT_SIGMA_M);
    prior(&position_m, &covariance_m2, models)
}

fn prior(position_m: &Vector3<f64>, covariance_m2: &Matrix3<f64>, models: &MissileModels) -> Gaussian<9> {
    MissileFilter::from_position(position_m, covariance_m2, 1.0, models).boost
}

/// How probable it is that an object burns which these looks saw, the last of them at a height, m.
fn boost_probability(looks: &[(Time, Observation)], height_m: f64) -> f64 {
    let (below_m, boost_below, boost_above) = BOOST_PRIOR;
    if looks.iter().any(|(_, observation)| observation.sees_plume_only) {
        1.0
    } else if height_m < below_m {
        boost_below
    } else {
        boost_above
    }
}

/// Where a line of sight from above first comes down to the height of plumes, m.
fn on_the_plume_shell(observation: &Observation) -> Option<Vector3<f64>> {
    let frame = &observation.line_of_sight;
    let (height_m, _) = PLUME_HEIGHT_M;
    // Start from the near side of a sphere of the right size, then Newton's method on the geodetic height.
    let centre_along_m = -frame.origin_m.dot(&frame.along);
    let miss_squared = frame.origin_m.norm_squared() - centre_along_m * centre_along_m;
    let sphere_m = crate::types::EARTH_RADIUS_EQUATORIAL_M + height_m;
    let half_chord_squared = sphere_m * sphere_m - miss_squared;
    if centre_along_m <= 0.0 || half_chord_squared <= 0.0 {
        return None;
    }
    let mut distance_m = centre_along_m - half_chord_squared.sqrt();
    for _ in 0..6 {
        let (height_there_m, up) = height_and_up(&(frame.origin_m + frame.along * distance_m));
        let descent = -up.dot(&frame.along);
        // Grazing lines (below 6 degrees) would be uncertain by hundreds of kilometres.
        if descent < 0.1 {
            return None;
        }
        distance_m += (height_there_m - height_m) / descent;
    }
    Some(frame.origin_m + frame.along * distance_m)
}

#[cfg(test)]
mod tests;
