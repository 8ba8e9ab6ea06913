//! The impact by flying a set of points instead of one derivative: for states known too poorly for that.

use super::impact::{GroundMap, Impact};
use crate::filter::{Gaussian, SigmaRule};
use crate::types::{Geodetic, Time, ecef_from_enu, ecef_from_geodetic, geodetic_from_ecef};
use nalgebra::{SVector, Vector3, Vector4};

/// Carries a coasting or re-entering object to the ground by the third-degree cubature rule ([`SigmaRule::CUBATURE`]): fourteen
/// points, each a flight of its own, none with a negative weight.
///
/// Place and covariance are the mean and spread of those flights, the place right to the third order of the state's deviation. The 95 % ellipse
/// holds 93 to 96 % of drawn flights, the time's sigma 94 to 98 %, also with a velocity known to 400 m/s or ln(Cd A / m) to 0.5.
/// Sixteen times the work of [`crate::warning::fly_to_ground`]. None when any of the points lies below the ground or does not come
/// down within two hours, or the covariance is not positive definite.
///
/// Arasaratnam and Haykin, "Cubature Kalman filters", *IEEE Transactions on Automatic Control* 54 (2009), 1254-1269,
/// equations 12 to 14.
pub fn fly_to_ground_unscented(state: &Gaussian<7>, time: Time) -> Option<Impact> {
    if !state.is_sound() {
        return None;
    }
    // Offsets are told on the plane that touches the ground where the mean comes down.
    let middle = GroundMap::of(&state.mean)?.place;
    let (local, middle_m) = (ecef_from_enu(middle), ecef_from_geodetic(middle));
    let landing = |start: &SVector<f64, 7>| match GroundMap::of(start) {
        Some(flown) => local.tr_mul(&(ecef_from_geodetic(flown.place) - middle_m)).push(flown.flight_s),
        None => Vector4::repeat(f64::NAN),
    };
    // East, north, up (of the plane, which is left out), seconds.
    let landings = SigmaRule::CUBATURE.transform(state, landing).ok()?;
    let [east_m, north_m, seconds] = [landings.mean[0], landings.mean[1], landings.mean[3]];
    if !seconds.is_finite() {
        return None;
    }
    let place = geodetic_from_ecef(&(middle_m + local * Vector3::new(east_m, north_m, 0.0)));
    Some(Impact {
        place: Geodetic { height_m: 0.0, ..place },
        time: time.plus_seconds(seconds),
        time_sigma_s: landings.covariance[(3, 3)].sqrt(),
        covariance_m2: landings.covariance.fixed_view::<2, 2>(0, 0).into(),
    })
}
