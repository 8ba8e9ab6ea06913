//! Flight through the air, on the way up and on the way down.

use super::mixing::reentry_from_coast;
use super::{MissileFilter, MissileModels};
use crate::dynamics::{Dynamics, propagate_state};
use crate::filter::SigmaRule;
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
        let model = &models.reentry;
        let step = |state: &SVector<f64, 7>| propagate_state(model, state, seconds, LONGEST_STEP_IN_AIR_S);
        if self.reentry.predict_unscented(&AIR_RULE, step, &model.process_noise(seconds)).is_ok() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Gaussian, Kinematic, Mode};
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
