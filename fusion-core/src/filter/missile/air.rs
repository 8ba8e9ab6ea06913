//! Flight through the air, on the way up and on the way down.

use super::mixing::reentry_from_coast;
use super::{MissileFilter, MissileModels};
use crate::dispatch::{Four, Kernel, widest};
use crate::dynamics::{Dynamics, equal_steps, fall};
use crate::filter::kalman::SigmaPoints;
use crate::filter::{Gaussian, SigmaRule};
use crate::math::lanes::Lanes;
use crate::math::real::{Real, zeros};
use crate::math::symmetric::symmetrise;
use crate::types::height_and_up;
use nalgebra::{SVector, Vector6};

/// The sigma points of flight through the air: one standard deviation times the root of seven either way, and the mean.
pub const AIR_RULE: SigmaRule = SigmaRule { alpha: 1.0, beta: 2.0, kappa: 0.0 };
/// Longest integration step through the air, s.
const LONGEST_STEP_IN_AIR_S: f64 = 0.5;
/// What rises is out of the air from here on, m: drag is below 0.02 m/s² at 3 km/s and 5,000 kg/m².
const RISES_OUT_OF_AIR_M: f64 = 80_000.0;

/// Which turns between coast and flight through the air are possible.
#[derive(Clone, Copy, Debug)]
pub(super) struct Air {
    pub may_enter: bool,
    pub may_leave: bool,
}

impl MissileFilter {
    /// Predicts the mode that flies through the air, by sigma points.
    ///
    /// Drag goes with the exponential of a logarithm that is known to a tenth or so until drag itself tells it. The
    /// extended step, straight in that logarithm, comes out sure and wrong where it was two deviations off. Sigma points are
    /// so much less; docs/ACCURACY.md has how much.
    ///
    /// A covariance without a factor ends the mode, and the whole filter where there is no other mode: it is then not
    /// [sound](MissileFilter::is_sound).
    pub(super) fn predict_in_air(&mut self, seconds: f64, models: &MissileModels) {
        let fallen = AIR_RULE.transform_together(&self.reentry, |points| fall_together(&points, seconds));
        if let Ok(Gaussian { mean, covariance }) = fallen {
            let covariance = symmetrise(&(covariance + models.reentry.process_noise(seconds)));
            self.reentry = Gaussian { mean, covariance };
            return;
        }
        let [boost, coast, _] = self.probabilities;
        if boost + coast > 0.0 {
            self.reentry = reentry_from_coast(&self.coast, models.log_area_mean, models.log_area_variance);
            self.set_probabilities([boost, coast, 0.0]);
        } else {
            self.reentry.covariance.fill(f64::NAN);
        }
    }

    /// Whether the object may begin to feel the air, or cease to.
    ///
    /// What falls enters below the re-entry height. What burnt out low rises through the air, too: without drag on the way up a
    /// filter that is certain of its coast loses the object within seconds.
    pub(super) fn air(&self, models: &MissileModels) -> Air {
        let [_, coast, reentry] = self.probabilities;
        let flight = |state: &Vector6<f64>| {
            let (height_m, up) = height_and_up(&state.fixed_rows::<3>(0).into());
            (height_m, up.dot(&state.fixed_rows::<3>(3)) >= 0.0)
        };
        let may_enter = coast > 0.0 && {
            let (height_m, rises) = flight(&self.coast.mean);
            height_m
                < if rises {
                    models.reentry_height_m.min(RISES_OUT_OF_AIR_M)
                } else {
                    models.reentry_height_m
                }
        };
        let may_leave = reentry > 0.0 && {
            let (height_m, rises) = flight(&self.reentry.mean.fixed_rows::<6>(0).into());
            rises && height_m > RISES_OUT_OF_AIR_M
        };
        Air { may_enter, may_leave }
    }
}

/// Carries all sigma points through the air, four side by side.
fn fall_together(points: &SigmaPoints<7, 7>, seconds: f64) -> SigmaPoints<7, 7> {
    let all = || std::iter::once(&points.middle).chain(points.others.iter().flatten());
    // Fifteen points: the place that is left over falls as the middle does.
    let mut fours = [points.middle.map(Lanes::splat); 4];
    for (index, point) in all().enumerate() {
        for (number, lanes) in point.iter().zip(&mut fours[index / Lanes::COUNT]) {
            lanes.0[index % Lanes::COUNT] = *number;
        }
    }
    let (steps, step_s) = equal_steps(seconds, LONGEST_STEP_IN_AIR_S);
    widest(Fall { fours: &mut fours, steps, step_s });
    let point = |index: usize| fours[index / Lanes::COUNT].map(|lanes| lanes.0[index % Lanes::COUNT]);
    SigmaPoints {
        middle: point(0),
        others: [1, 8].map(|first| std::array::from_fn(|column| point(first + column))),
    }
}

/// Lets states fall, four side by side at a time.
struct Fall<'a> {
    fours: &'a mut [SVector<Lanes, 7>; 4],
    steps: u64,
    step_s: f64,
}

impl Kernel for Fall<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Four>(self) {
        for four in self.fours {
            let mut state = zeros::<S, 7, 1>();
            for index in 0..7 {
                state[index] = S::load(&four[index]);
            }
            state = fall(&state, self.steps, self.step_s);
            for index in 0..7 {
                four[index] = state[index].store();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::propagate_state;
    use crate::filter::{Kinematic, Mode};
    use crate::types::{Geodetic, ecef_from_enu, ecef_from_geodetic};
    use nalgebra::{Matrix6, Vector3};

    /// A short-range missile just after burnout at 35 km, 40 degrees above the horizontal.
    fn burnt_out_low() -> SVector<f64, 7> {
        let place = Geodetic::from_degrees(39.5, 126.3, 35_000.0);
        let elevation_rad = 40_f64.to_radians();
        let (up, along) = (libm::sin(elevation_rad), libm::cos(elevation_rad));
        let velocity_m_s = ecef_from_enu(place) * Vector3::new(along, 0.0, up) * 2_000.0;
        let position_m = ecef_from_geodetic(place);
        let parts = position_m.iter().chain(velocity_m_s.iter()).copied();
        SVector::from_iterator(parts.chain([-libm::log(5_000.0)]))
    }

    fn squared_distance(one: &Kinematic, truth: &SVector<f64, 7>) -> f64 {
        let error = one.mean - truth.fixed_rows::<6>(0);
        error.dot(&(one.covariance.try_inverse().expect("positive definite") * error))
    }

    #[test]
    fn points_that_fall_together_go_where_each_goes_alone() {
        let model = MissileModels::for_tests().reentry;
        let middle = burnt_out_low();
        // From the dense air to above all of it, so that four side by side are partly in it.
        let others = [1.0, -1.0].map(|sign| {
            std::array::from_fn(|column| {
                let mut point = middle;
                point[6] += 0.1 * sign * column as f64;
                let away_m = 30_000.0 * column as f64 * (1.0 + sign);
                let up = middle.fixed_rows::<3>(0).normalize();
                point.fixed_rows_mut::<3>(0).axpy(away_m, &up, 1.0);
                point
            })
        });
        let points = SigmaPoints { middle, others };
        for seconds in [1e-3, 0.3, 0.5, 1.7] {
            let fallen = fall_together(&points, seconds);
            let alone =
                |point: &SVector<f64, 7>| propagate_state(&model, point, seconds, LONGEST_STEP_IN_AIR_S);
            assert_eq!(fallen.middle, alone(&middle));
            for (fallen, point) in fallen.others.iter().flatten().zip(others.iter().flatten()) {
                assert_eq!(*fallen, alone(point), "{seconds} s");
            }
        }
    }

    #[test]
    fn what_burnt_out_low_rises_through_the_air_and_leaves_it() {
        let models = MissileModels::for_tests();
        let mut truth = burnt_out_low();
        let covariance = Matrix6::from_diagonal(&Vector6::new(100.0, 100.0, 100.0, 0.1, 0.1, 0.1));
        let coast = Gaussian { mean: truth.fixed_rows::<6>(0).into(), covariance };
        let mut boost =
            Gaussian { mean: SVector::<f64, 9>::zeros(), covariance: nalgebra::SMatrix::identity() };
        boost.mean.fixed_rows_mut::<6>(0).copy_from(&coast.mean);
        boost.covariance.fixed_view_mut::<6, 6>(0, 0).copy_from(&covariance);
        let mut filter = MissileFilter::from_boost(boost, 0.0, &models);
        let mut without_air = coast;
        for _ in 0..20 {
            filter.predict(1.0, &models);
            without_air.predict(&models.coast, 1.0, 1.0);
            truth = propagate_state(&models.reentry, &truth, 1.0, 0.5);
        }
        assert_eq!(filter.likeliest(), Mode::Reentry, "{:?}", filter.probabilities);
        // The mode that knows of drag is right, also when nothing is seen; a coast without it is far off by now.
        let with_air = filter.reentry.leading::<6>();
        assert!(squared_distance(&with_air, &truth) < 16.8, "99 % of chi-square with six degrees of freedom");
        let lost = squared_distance(&without_air, &truth);
        assert!(lost > 100.0, "{lost}");
        filter.predict(60.0, &models);
        assert_eq!(filter.likeliest(), Mode::Coast, "{:?}", filter.probabilities);
        assert!(filter.is_sound());
    }
}
