//! Where and when an object in free flight will hit the ground, with covariance.

use super::descent::Descent;
use crate::filter::Gaussian;
use crate::math::symmetric::symmetrise;
use crate::types::{Geodetic, Time, ecef_from_enu, geodetic_from_ecef, height_and_up};
use nalgebra::{Matrix2, Matrix2x3, Matrix3, RowVector3, SMatrix, SVector, Vector3};
use serde::{Deserialize, Serialize};
use std::cell::OnceCell;

/// A predicted impact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Impact {
    /// Where: on the ellipsoid, height zero.
    pub place: Geodetic,
    /// When.
    pub time: Time,
    /// Standard deviation of the time, s.
    pub time_sigma_s: f64,
    /// Covariance on the ground, m², in the order east, north.
    pub covariance_m2: Matrix2<f64>,
}

/// Where and when one state comes down, and how place and time follow from it: for any covariance of that state, such as a bound.
///
/// First-order around that state; see [`fly_to_ground`] for how far that holds. Not for an object that still burns.
///
/// ```
/// use fusion_core::types::{Geodetic, ecef_from_enu, ecef_from_geodetic};
/// use fusion_core::warning::GroundMap;
/// use nalgebra::{SVector, Vector3};
/// let place = Geodetic::from_degrees(40.5, 150.0, 600e3);
/// let velocity_m_s = ecef_from_enu(place) * Vector3::new(3_300.0, 0.0, -1_500.0);
/// let position_m = ecef_from_geodetic(place);
/// let state = SVector::from_iterator(position_m.iter().chain(&velocity_m_s).copied().chain([-8.5]));
/// let map = GroundMap::of(&state).expect("it comes down");
/// assert!((map.flight_s - 262.5).abs() < 0.1);
/// // What the flight's velocity moves by 1 m/s eastwards moves the impact by about that times the time left.
/// let east = ecef_from_enu(place).column(0).into_owned();
/// let moved_m = map.east_north.fixed_columns::<3>(3) * east;
/// assert!(moved_m.x > 0.9 * map.flight_s, "{moved_m}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroundMap {
    /// Where: on the ellipsoid, height zero.
    pub place: Geodetic,
    /// How long after the instant of the state, s.
    pub flight_s: f64,
    /// Derivative of the place's east and north (m) by the state: position (1), velocity (s), ln(Cd A / m) (m).
    pub east_north: SMatrix<f64, 2, 7>,
    /// Derivative of the time (s) by the state.
    pub seconds: SMatrix<f64, 1, 7>,
}

/// A point of the predicted path, whose place and spread are worked out when first asked for.
#[derive(Clone, Debug)]
pub struct PathPoint<'a> {
    start: &'a Gaussian<7>,
    now: &'a Descent,
    place: OnceCell<Geodetic>,
    across_sigma_m: OnceCell<f64>,
}

/// The ellipse of a two-dimensional Gaussian on the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ellipse {
    /// Semi-major axis, m.
    pub major_m: f64,
    /// Semi-minor axis, m.
    pub minor_m: f64,
    /// Direction of the major axis, radians clockwise from north, in [0, π).
    pub azimuth_rad: f64,
}

/// Chi-square quantile of two degrees of freedom at 95 %: −2 ln 0.05.
pub const CHI_SQUARE_95_TWO: f64 = 5.991_464_547_107_979;

/// No suborbital flight of interest takes longer, s.
const LONGEST_FLIGHT_S: f64 = 7_200.0;
/// Below this height steps are shorter: drag sets in.
const AIR_BEGINS_M: f64 = 100_000.0;
/// Below this height drag rules.
const THICK_AIR_BEGINS_M: f64 = 60_000.0;
const STEP_ABOVE_AIR_S: f64 = 20.0;
/// Greatest loss of height in one step, m: well below the seven kilometres over which the air grows by e, where drag rules.
const FALL_IN_THIN_AIR_M: f64 = 4_000.0;
const FALL_IN_THICK_AIR_M: f64 = 1_500.0;
/// Bounds of a step through the air, s.
const SHORTEST_STEP_S: f64 = 0.25;
const LONGEST_STEP_IN_AIR_S: f64 = 2.0;

/// Carries a coasting or re-entering object to the ground: seven states, the last ln(Cd A / m).
///
/// The covariance goes through the derivative of the flight ([`GroundMap`]). Flown draws fill the 95 % ellipse and the time's sigma to
/// 94 to 96 % with a velocity known to 100 m/s in each axis and ln(Cd A / m) to 0.1. With 400 m/s it is 90 to 95 %; with a
/// logarithm known to 0.3 the time holds 90 to 95 %, and to 0.5 the ellipse 88 to 96 % and the time 86 to 95 %: take
/// [`crate::warning::fly_to_ground_unscented`] there.
/// Each point of the path above the air is handed to `visit`. None when the object does not come down within two hours or the state
/// is not sound. Not for an object that still burns.
pub fn fly_to_ground(
    state: &Gaussian<7>,
    time: Time,
    mut visit: impl FnMut(&PathPoint<'_>),
) -> Option<Impact> {
    if !state.is_sound() {
        return None;
    }
    let visit = |now: &_| visit(&PathPoint::new(state, now));
    fly(&state.mean, visit)?.impact(&state.covariance, time)
}

impl GroundMap {
    /// Flies a state (position, m; velocity, m/s; ln(Cd A / m)) to the ground; none when it lies below the ground or does not come
    /// down within two hours.
    pub fn of(state: &SVector<f64, 7>) -> Option<GroundMap> {
        fly(state, |_| {})
    }

    /// The impact of an object whose state at `time` has this covariance; none where a variance comes out negative or not finite.
    pub fn impact(&self, covariance: &SMatrix<f64, 7, 7>, time: Time) -> Option<Impact> {
        let covariance_m2 = self.east_north * covariance * self.east_north.transpose();
        let time_variance_s2 = (self.seconds * covariance * self.seconds.transpose())[0];
        let is_sound = covariance_m2.iter().all(|value| value.is_finite()) && time_variance_s2 >= 0.0;
        is_sound.then(|| Impact {
            place: self.place,
            time: time.plus_seconds(self.flight_s),
            time_sigma_s: time_variance_s2.sqrt(),
            covariance_m2: symmetrise(&covariance_m2),
        })
    }
}

/// Flies a state to the ground; `visit` is told each point above the air.
fn fly(state: &SVector<f64, 7>, mut visit: impl FnMut(&Descent)) -> Option<GroundMap> {
    let mut now = Descent::new(*state);
    let mut after_s = 0.0;
    let (mut height_m, mut up) = height_and_up(&now.mean.fixed_rows::<3>(0).into());
    if !height_m.is_finite() || height_m < 0.0 {
        return None;
    }
    while after_s < LONGEST_FLIGHT_S {
        if height_m > AIR_BEGINS_M {
            visit(&now);
        }
        let step_s = step_length_s(up.dot(&now.mean.fixed_rows::<3>(3)), height_m);
        let next = now.after(step_s);
        let (next_height_m, next_up) = height_and_up(&next.mean.fixed_rows::<3>(0).into());
        if !next_height_m.is_finite() {
            return None;
        }
        if next_height_m <= 0.0 {
            return land(now, after_s);
        }
        (now, height_m, up) = (next, next_height_m, next_up);
        after_s += step_s;
    }
    None
}

/// Long steps in free flight; on the way down one that ends where the air begins; through the air steps of little height.
fn step_length_s(climb_m_s: f64, height_m: f64) -> f64 {
    if height_m <= AIR_BEGINS_M {
        let fall_m = if height_m > THICK_AIR_BEGINS_M { FALL_IN_THIN_AIR_M } else { FALL_IN_THICK_AIR_M };
        return (fall_m / climb_m_s.abs()).clamp(SHORTEST_STEP_S, LONGEST_STEP_IN_AIR_S);
    }
    // How fast it may sink at the end of a long step.
    let sink_m_s = -(climb_m_s - 9.0 * STEP_ABOVE_AIR_S);
    if sink_m_s * STEP_ABOVE_AIR_S < height_m - AIR_BEGINS_M {
        STEP_ABOVE_AIR_S
    } else {
        ((height_m - AIR_BEGINS_M) / sink_m_s).max(SHORTEST_STEP_S)
    }
}

/// The last fraction of a step to the ground, and the projection along the velocity onto it.
fn land(mut now: Descent, mut after_s: f64) -> Option<GroundMap> {
    // Newton's method on the height: the object falls steadily, so three rounds reach a millimetre.
    for _ in 0..4 {
        let (height_m, up) = height_and_up(&now.mean.fixed_rows::<3>(0).into());
        let sink_m_s = -up.dot(&now.mean.fixed_rows::<3>(3));
        if sink_m_s <= 0.0 {
            return None;
        }
        let rest_s = height_m / sink_m_s;
        now = now.after(rest_s);
        after_s += rest_s;
    }
    let velocity_m_s: Vector3<f64> = now.mean.fixed_rows::<3>(3).into();
    let place = geodetic_from_ecef(&now.mean.fixed_rows::<3>(0).into());
    let local = ecef_from_enu(place);
    let up: Vector3<f64> = local.column(2).into();
    let sink_m_s = -up.dot(&velocity_m_s);

    let by_state = now.position_by_first();
    // A displacement dr at the nominal instant of impact moves the time by (up · dr) / sink and the place along v.
    let time_by_position: RowVector3<f64> = up.transpose() / sink_m_s;
    let onto_ground: Matrix3<f64> = Matrix3::identity() + velocity_m_s * time_by_position;
    let east_north: Matrix2x3<f64> = (local.transpose() * onto_ground).fixed_rows::<2>(0).into();
    Some(GroundMap {
        place: Geodetic { height_m: 0.0, ..place },
        flight_s: after_s,
        east_north: east_north * by_state,
        seconds: time_by_position * by_state,
    })
}

impl<'a> PathPoint<'a> {
    fn new(start: &'a Gaussian<7>, now: &'a Descent) -> Self {
        PathPoint { start, now, place: OnceCell::new(), across_sigma_m: OnceCell::new() }
    }

    /// The place below, and the height.
    pub fn place(&self) -> Geodetic {
        *self.place.get_or_init(|| geodetic_from_ecef(&self.now.mean.fixed_rows::<3>(0).into()))
    }

    /// Standard deviation of the path across its ground track, m.
    pub fn across_sigma_m(&self) -> f64 {
        *self.across_sigma_m.get_or_init(|| self.spread_across_m())
    }

    fn spread_across_m(&self) -> f64 {
        let Descent { mean, .. } = self.now;
        let velocity_m_s: Vector3<f64> = mean.fixed_rows::<3>(3).into();
        let (_, up) = height_and_up(&mean.fixed_rows::<3>(0).into());
        let across = velocity_m_s.cross(&up).try_normalize(1e-9).unwrap_or_else(Vector3::x);
        let gradient = across.transpose() * self.now.position_by_first();
        (gradient * self.start.covariance * gradient.transpose())[0].max(0.0).sqrt()
    }
}

impl Impact {
    /// The ellipse that holds the impact with a probability of 95 %.
    pub fn ellipse_95(&self) -> Ellipse {
        let [[east, cross], [_, north]] = [
            [self.covariance_m2[(0, 0)], self.covariance_m2[(0, 1)]],
            [self.covariance_m2[(1, 0)], self.covariance_m2[(1, 1)]],
        ];
        let (middle, half) = (0.5 * (east + north), 0.5 * (east - north));
        let radius = (half * half + cross * cross).sqrt();
        let axis = |variance: f64| (CHI_SQUARE_95_TWO * variance.max(0.0)).sqrt();
        // The major axis lies at half the angle of (east − north, 2 cross), counted from east.
        let from_east_rad = 0.5 * libm::atan2(cross, half);
        Ellipse {
            major_m: axis(middle + radius),
            minor_m: axis(middle - radius),
            azimuth_rad: (std::f64::consts::FRAC_PI_2 - from_east_rad).rem_euclid(std::f64::consts::PI),
        }
    }

    /// East and north offset, m, from the predicted impact to a place nearby on the ground.
    pub fn offset_to_m(&self, place: Geodetic) -> nalgebra::Vector2<f64> {
        let from = crate::types::ecef_from_geodetic(self.place);
        let to = crate::types::ecef_from_geodetic(Geodetic { height_m: 0.0, ..place });
        (ecef_from_enu(self.place).transpose() * (to - from)).fixed_rows::<2>(0).into()
    }

    /// Squared Mahalanobis distance of a true impact place from the prediction (2 degrees of freedom); none when the
    /// covariance is singular.
    pub fn mahalanobis_squared(&self, place: Geodetic) -> Option<f64> {
        let offset_m = self.offset_to_m(place);
        let solved = self.covariance_m2.try_inverse()? * offset_m;
        Some(offset_m.dot(&solved))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::ecef_from_geodetic;

    fn descending() -> Gaussian<7> {
        let place = Geodetic::from_degrees(40.5, 150.0, 600e3);
        let velocity = ecef_from_enu(place) * Vector3::new(3_300.0, -200.0, -1_500.0);
        let position = ecef_from_geodetic(place);
        let mean = SVector::from_iterator(
            position.iter().chain(velocity.iter()).copied().chain([-libm::log(5_000.0)]),
        );
        let sigmas = [300.0, 200.0, 400.0, 2.0, 3.0, 1.0, 0.1];
        Gaussian {
            mean,
            covariance: SMatrix::from_diagonal(&SVector::from(sigmas.map(|sigma| sigma * sigma))),
        }
    }

    #[test]
    fn the_ellipse_and_the_time_hold_what_a_thousand_flights_show() {
        let state = descending();
        let nominal = fly_to_ground(&state, Time::from_nanoseconds(0), |_| {}).expect("it lands");
        // Plus and minus one deviation of each state in turn: for a linear map these add up to the covariance.
        let mut covariance = Matrix2::zeros();
        let mut time_variance = 0.0;
        for axis in 0..7 {
            let sigma = state.covariance[(axis, axis)].sqrt();
            let [plus, minus] = [1.0, -1.0].map(|sign| {
                let mut moved = state;
                moved.mean[axis] += sign * sigma;
                fly_to_ground(&moved, Time::from_nanoseconds(0), |_| {}).expect("it lands")
            });
            let offset = (nominal.offset_to_m(plus.place) - nominal.offset_to_m(minus.place)) / 2.0;
            covariance += offset * offset.transpose();
            let seconds = plus.time.seconds_since(minus.time) / 2.0;
            time_variance += seconds * seconds;
        }
        let error = (covariance - nominal.covariance_m2).norm() / covariance.norm();
        assert!(error < 0.01, "covariance off by {error}");
        assert!((time_variance.sqrt() / nominal.time_sigma_s - 1.0).abs() < 0.01);
    }

    #[test]
    fn the_ellipse_points_along_its_long_axis() {
        let mut impact = fly_to_ground(&descending(), Time::from_nanoseconds(0), |_| {}).expect("it lands");
        impact.covariance_m2 = Matrix2::new(1.0, 0.0, 0.0, 4.0);
        let north = impact.ellipse_95();
        assert!((north.major_m - 2.0 * CHI_SQUARE_95_TWO.sqrt()).abs() < 1e-12);
        assert!(north.azimuth_rad.abs() < 1e-12 || (north.azimuth_rad - std::f64::consts::PI).abs() < 1e-12);
        impact.covariance_m2 = Matrix2::new(2.5, 1.5, 1.5, 2.5);
        assert!((impact.ellipse_95().azimuth_rad - std::f64::consts::FRAC_PI_4).abs() < 1e-12);
    }

    #[test]
    fn shorter_steps_lead_to_the_same_place() {
        let state = descending();
        let nominal = fly_to_ground(&state, Time::from_nanoseconds(0), |_| {}).expect("it lands");
        // The same flight by an eighth of the steps: propagated first, so that the grid of steps is another.
        let model = crate::dynamics::Reentry { density_m2_s3: 0.0, log_density_1_s: 0.0 };
        let (mean, _) = crate::dynamics::propagate(
            &model,
            &state.mean,
            nominal.time.seconds_since(Time::from_nanoseconds(0)),
            0.1,
        );
        let error_m = (mean.fixed_rows::<3>(0) - crate::types::ecef_from_geodetic(nominal.place)).norm();
        assert!(error_m < 1.0, "{error_m} m");
    }

    #[test]
    fn what_does_not_come_down_has_no_impact() {
        let mut orbiting = descending();
        let eastwards = Vector3::new(-orbiting.mean[1], orbiting.mean[0], 0.0).normalize();
        orbiting.mean.fixed_rows_mut::<3>(3).copy_from(&(eastwards * 8_500.0));
        assert_eq!(fly_to_ground(&orbiting, Time::from_nanoseconds(0), |_| {}), None);
    }
}
