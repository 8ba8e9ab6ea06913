//! Where and when a burning object was launched, with covariance.

use crate::filter::Gaussian;
use crate::types::{Geodetic, Time, ecef_from_enu, geodetic_from_ecef, height_and_up};
use nalgebra::{Matrix2, SVector, Vector3};
use serde::{Deserialize, Serialize};

/// An estimated launch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Launch {
    /// Where: on the ellipsoid, height zero.
    pub place: Geodetic,
    /// When.
    pub time: Time,
    /// Covariance on the ground, m², east and north.
    pub covariance_m2: Matrix2<f64>,
}

/// How far the real boost may depart from the constant jerk of the back-extrapolation, as a share of the way flown: an
/// assumption (a speed that grows like t to the power 1.2 to 1.8 departs by up to 3 % of the way).
const MODEL_ERROR_SHARE: f64 = 0.03;
const EARLIEST_S: f64 = 400.0;

/// Extrapolates powered flight back to rest on the ground.
///
/// The path with constant jerk that has the estimate's position, velocity and acceleration now and no velocity T
/// seconds ago began at p − ⅔ v T + ⅙ a T²; T is the least for which that lies on the ground. The covariance is
/// first-order in position, velocity and acceleration, with a share for the model. None when no such T exists within
/// 400 s. Not for a coasting object, nor for boosts with a pause between stages.
pub fn back_to_launch(boost: &Gaussian<9>, time: Time) -> Option<Launch> {
    if !boost.is_sound() {
        return None;
    }
    let (start_m, flown_s) = launch_of(&boost.mean)?;
    let place = geodetic_from_ecef(&start_m);
    let to_local = ecef_from_enu(place).transpose();
    let mut covariance_m2 = Matrix2::zeros();
    // Principal steps of a lower-triangular root: their images add up to the covariance of a linear map.
    let root = crate::math::symmetric::Cholesky::new(&boost.covariance).ok()?;
    for column in 0..9 {
        let step: SVector<f64, 9> = root.lower().column(column).into();
        // A tenth of a deviation stays on the same branch of the solution.
        let (moved_m, _) = launch_of(&(boost.mean + step * 0.1))?;
        let offset = (to_local * (moved_m - start_m)) * 10.0;
        let ground = offset.fixed_rows::<2>(0);
        covariance_m2 += ground * ground.transpose();
    }
    let way_m = (boost.mean.fixed_rows::<3>(0) - start_m).norm();
    let model_m = MODEL_ERROR_SHARE * way_m;
    covariance_m2 += Matrix2::identity() * (model_m * model_m);
    Some(Launch {
        place: Geodetic { height_m: 0.0, ..place },
        time: time.plus_seconds(-flown_s),
        covariance_m2,
    })
}

/// Launch position (m, Earth-fixed) and seconds of flight.
fn launch_of(state: &SVector<f64, 9>) -> Option<(Vector3<f64>, f64)> {
    let position_m: Vector3<f64> = state.fixed_rows::<3>(0).into();
    let velocity_m_s: Vector3<f64> = state.fixed_rows::<3>(3).into();
    // What moves the object is thrust and gravity together.
    let acceleration_m_s2 = state.fixed_rows::<3>(6)
        + crate::dynamics::gravity::gravitational_acceleration(&position_m)
        + crate::dynamics::gravity::apparent_acceleration(&position_m, &velocity_m_s);
    let start = |t: f64| position_m - velocity_m_s * (t * 2.0 / 3.0) + acceleration_m_s2 * (t * t / 6.0);
    let height = |t: f64| height_and_up(&start(t)).0;
    // The first descent through the ground, found by marching and then bisection.
    let mut late = 0.0;
    while height(late) > 0.0 {
        late += 2.0;
        if late > EARLIEST_S {
            return None;
        }
    }
    let mut early = (late - 2.0).max(0.0);
    for _ in 0..40 {
        let middle = 0.5 * (early + late);
        if height(middle) > 0.0 { early = middle } else { late = middle }
    }
    Some((start(late), late))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::ecef_from_geodetic;
    use nalgebra::SMatrix;

    #[test]
    fn a_flight_with_constant_jerk_comes_back_to_where_it_began() {
        let pad = Geodetic::from_degrees(39.2, 125.673, 0.0);
        let local = ecef_from_enu(pad);
        let (start_m, a0, jerk) =
            (ecef_from_geodetic(pad), Vector3::new(1.0, 0.5, 12.0), Vector3::new(0.05, 0.02, 0.2));
        let t = 60.0;
        let at = |t: f64| start_m + local * (a0 * (t * t / 2.0) + jerk * (t * t * t / 6.0));
        let velocity = local * (a0 * t + jerk * (t * t / 2.0));
        let position = at(t);
        let thrust = local * (a0 + jerk * t)
            - crate::dynamics::gravity::gravitational_acceleration(&position)
            - crate::dynamics::gravity::apparent_acceleration(&position, &velocity);
        let mean = SVector::<f64, 9>::from_iterator(
            position.iter().chain(velocity.iter()).chain(thrust.iter()).copied(),
        );
        let boost = Gaussian { mean, covariance: SMatrix::identity() };
        let now = Time::from_nanoseconds(60_000_000_000);
        let launch = back_to_launch(&boost, now).expect("a launch");
        let error_m = (ecef_from_geodetic(launch.place) - start_m).norm();
        assert!(error_m < 0.01, "{error_m} m");
        assert!(launch.time.seconds_since(Time::from_nanoseconds(0)).abs() < 1e-3);
        let mut falling = boost;
        falling.mean.fixed_rows_mut::<3>(3).copy_from(&-velocity);
        assert_eq!(back_to_launch(&falling, now), None);
    }
}
