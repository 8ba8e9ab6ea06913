//! A measurement that comes late, taken into the present estimate without going back: retrodiction in one step.

use super::{Gaussian, ScalarUpdate};
use crate::dynamics::{Dynamics, position, propagate, velocity};
use crate::math::symmetric::{Cholesky, NotPositiveDefinite, symmetrise};
use crate::measurement::Observation;
use nalgebra::{SMatrix, SVector};

/// The estimate of the present beside what it says of an earlier instant: for measurements of then.
///
/// Each late measurement goes into both, so that several of one instant may follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retrodicted<const N: usize> {
    /// Of the present.
    pub now: Gaussian<N>,
    /// Of the earlier instant.
    pub then: Gaussian<N>,
    /// Covariance of the two: rows of the present, columns of then.
    pub cross: SMatrix<f64, N, N>,
}

impl<const N: usize> Gaussian<N> {
    /// What this estimate says of an instant `seconds` before it, with the estimate that stood `earlier_ago_s` ago, before
    /// that instant.
    ///
    /// Everything that was measured in between counts as one equivalent measurement of the present. That is exact where there
    /// was one, made at the present; otherwise an approximation that is the better, the less process noise lies in the span:
    /// algorithm Al1. `longest_step_s` bounds the steps of integration. Not across a change of the model, such as a burnout.
    ///
    /// Bar-Shalom, Chen and Mallick, "One-step solution for the multistep out-of-sequence-measurement problem in tracking",
    /// *IEEE Transactions on Aerospace and Electronic Systems* 40(1) (2004), 27-37; of one step: Bar-Shalom, "Update with
    /// out-of-sequence measurements in tracking: exact solution", 38(3) (2002), 769-777, algorithm A. The noise of the span given
    /// all measurements has the mean Q P₁⁻¹ (x − x₁), the covariance Q − Q S⁻¹ Q and the covariance P P₁⁻¹ Q with the present
    /// state, where x₁ and P₁ predict the earlier estimate to the present and S⁻¹ = P₁⁻¹ − P₁⁻¹ P P₁⁻¹.
    ///
    /// # Errors
    /// [`NotPositiveDefinite`] for an earlier estimate without a sound covariance.
    ///
    /// ```
    /// use fusion_core::{dynamics::ConstantVelocity, filter::Gaussian};
    /// use nalgebra::{SMatrix, SVector, vector};
    /// let (model, x) = (ConstantVelocity { density_m2_s3: 1.0 }, vector![1.0, 0.0, 0.0]);
    /// let earlier = Gaussian::<6> { mean: SVector::zeros(), covariance: SMatrix::identity() };
    /// let measure = |state: &mut Gaussian<6>, metres: f64| {
    ///     let at = state.mean;
    ///     state.update_scalar(&x, metres - at[0], 1.0, &at);
    /// };
    /// // In order: x is 1 m after a second and 4 m after two.
    /// let mut in_order = earlier;
    /// in_order.predict(&model, 1.0, 1.0);
    /// measure(&mut in_order, 1.0);
    /// in_order.predict(&model, 1.0, 1.0);
    /// measure(&mut in_order, 4.0);
    /// // The other way round.
    /// let mut now = earlier;
    /// now.predict(&model, 2.0, 1.0);
    /// measure(&mut now, 4.0);
    /// let mut late = now.retrodict((&earlier, 2.0), 1.0, &model, 1.0)?;
    /// let at = late.then.mean;
    /// late.update_scalar(&x, 1.0 - at[0], 1.0, &at);
    /// assert!((late.now.mean[0] - in_order.mean[0]).abs() < 1e-12);
    /// assert!((late.now.mean[0] - 3.331).abs() < 1e-3);
    /// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
    /// ```
    pub fn retrodict(
        &self,
        (earlier, earlier_ago_s): (&Gaussian<N>, f64),
        seconds: f64,
        model: &impl Dynamics<N>,
        longest_step_s: f64,
    ) -> Result<Retrodicted<N>, NotPositiveDefinite> {
        let mut predicted = *earlier;
        predicted.predict(model, earlier_ago_s, longest_step_s);
        let factor = Cholesky::new(&predicted.covariance)?;
        let noise = model.process_noise(seconds);
        let gain = factor.solve(&noise);
        let noise_mean = noise * factor.solve(&(self.mean - predicted.mean));
        // Where the present would be without the noise since then: from there the flow leads back.
        let cross = self.covariance - self.covariance * gain;
        let covariance = cross - gain.transpose() * cross + noise - noise * gain;
        let (mean, transition) = propagate(model, &(self.mean - noise_mean), -seconds, longest_step_s);
        let covariance = symmetrise(&(transition * covariance * transition.transpose()));
        Ok(Retrodicted {
            now: *self,
            then: Gaussian { mean, covariance },
            cross: cross * transition.transpose(),
        })
    }
}

impl<const N: usize> Retrodicted<N> {
    /// Takes in one scalar measurement of the earlier instant that depends on the first `K` states; `residual` is measured minus
    /// predicted at `linearised_at`, as with [`Gaussian::update_scalar`].
    pub fn update_scalar<const K: usize>(
        &mut self,
        gradient: &SVector<f64, K>,
        residual: f64,
        variance: f64,
        linearised_at: &SVector<f64, N>,
    ) -> ScalarUpdate {
        let with_now: SVector<f64, N> = self.cross.fixed_columns::<K>(0) * gradient;
        let with_then: SVector<f64, N> = self.then.covariance.fixed_columns::<K>(0) * gradient;
        let innovation_variance = gradient.dot(&with_then.fixed_rows::<K>(0)) + variance;
        let innovation = residual - gradient.dot(&(self.then.mean - linearised_at).fixed_rows::<K>(0));
        self.now.mean += with_now * (innovation / innovation_variance);
        self.now.covariance -= with_now * with_now.transpose() / innovation_variance;
        self.cross -= with_now * with_then.transpose() / innovation_variance;
        self.then.update_scalar(gradient, residual, variance, linearised_at)
    }

    /// Takes in one observation of the earlier instant by a state that begins with position and velocity, linearised once; none,
    /// and no change, where that state does not lie in front of the sensor.
    pub fn update_observation(&mut self, observation: &Observation) -> Option<ScalarUpdate> {
        let at = self.then.mean;
        let mut total = ScalarUpdate::default();
        for row in observation.rows(&position(&at), &velocity(&at))? {
            total = total.and(self.update_scalar(&row.gradient, row.residual, row.variance, &at));
        }
        self.now.symmetrise();
        self.then.symmetrise();
        Some(total)
    }
}

#[cfg(test)]
#[path = "retrodict_tests.rs"]
mod tests;
