//! Filters that send a handful of chosen states through the models instead of their Jacobians.

use super::{Gaussian, Innovation, MeasurementModel};
use crate::math::symmetric::{Cholesky, NotPositiveDefinite, symmetrise};
use nalgebra::{SMatrix, SVector};

/// Where the sigma points of a Gaussian lie, and how they weigh.
///
/// For N states: the mean, and the mean plus and minus each column of the lower Cholesky factor of (N + lambda) times the
/// covariance, with lambda = alpha² (N + kappa) - N. The mean weighs lambda / (N + lambda) in means and
/// 1 - alpha² + beta more in covariances, the others 1 / (2 (N + lambda)).
///
/// Not for weights of the mean far below zero (a small alpha): differences of large numbers, and a covariance that may lose
/// its positive definiteness. Noises are additive; there is no augmented form.
///
/// Julier and Uhlmann, *Proceedings of the IEEE* 92 (2004), 401-422; Wan and van der Merwe, "The unscented Kalman filter for
/// nonlinear estimation" (2000), equations 15.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SigmaRule {
    /// How far the points spread, relative to the square root of N + kappa; must lie above zero.
    pub alpha: f64,
    /// What is known of the distribution's fourth moment; 2 is best for Gaussians.
    pub beta: f64,
    /// Second parameter of the spread; N + kappa must lie above zero. 3 - N matches a Gaussian's fourth moments.
    pub kappa: f64,
}

/// The sigma points of a Gaussian of N states, or their images of M numbers.
pub(in crate::filter) struct SigmaPoints<const N: usize, const M: usize> {
    /// The mean's.
    pub middle: SVector<f64, M>,
    /// Those with each column of the root added, then those with it taken away.
    pub others: [[SVector<f64, M>; N]; 2],
}

/// One sigma point's share in means and in covariances.
#[derive(Clone, Copy)]
struct Weight {
    mean: f64,
    covariance: f64,
}

impl SigmaRule {
    /// The cubature rule of the third degree: 2 N points of equal weight and none in the middle.
    ///
    /// Arasaratnam and Haykin, *IEEE Transactions on Automatic Control* 54 (2009), 1254-1269.
    pub const CUBATURE: SigmaRule = SigmaRule { alpha: 1.0, beta: 0.0, kappa: 0.0 };

    /// The mean of a function of a Gaussian, right to the second order of the function, and its covariance, right to the first
    /// and in part beyond.
    ///
    /// Nothing is allocated. Where the function is no number at a point, neither is the result.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] when the covariance has no factor or the rule no spread.
    ///
    /// Julier and Uhlmann (2004), equations 12 and 13.
    pub fn transform<const N: usize, const M: usize>(
        &self,
        state: &Gaussian<N>,
        function: impl Fn(&SVector<f64, N>) -> SVector<f64, M>,
    ) -> Result<Gaussian<M>, NotPositiveDefinite> {
        self.transform_together(state, |SigmaPoints { middle, others }| SigmaPoints {
            middle: function(&middle),
            others: others.map(|side| side.map(|point| function(&point))),
        })
    }

    /// [`SigmaRule::transform`] by a function of all points at once, such as one that has several of them side by side.
    pub(in crate::filter) fn transform_together<const N: usize, const M: usize>(
        &self,
        state: &Gaussian<N>,
        function: impl FnOnce(SigmaPoints<N, N>) -> SigmaPoints<N, M>,
    ) -> Result<Gaussian<M>, NotPositiveDefinite> {
        let ([middle_weight, weight], factor) = self.weights_and_root(state)?;
        let others = [1.0, -1.0]
            .map(|sign| std::array::from_fn(|column| state.mean + factor.lower().column(column) * sign));
        let SigmaPoints { middle, others } = function(SigmaPoints { middle: state.mean, others });
        // Relative to the middle's image, so that weights of both signs cancel small numbers and not large ones.
        let images = others.map(|side| side.map(|image| image - middle));
        let shift = images.iter().flatten().sum::<SVector<f64, M>>() * weight.mean;
        let mut covariance = shift * shift.transpose() * middle_weight.covariance;
        for image in images.iter().flatten() {
            let deviation = image - shift;
            covariance += deviation * deviation.transpose() * weight.covariance;
        }
        Ok(Gaussian { mean: middle + shift, covariance: symmetrise(&covariance) })
    }

    /// The weights of the middle point and of each other, and the root whose columns lead from the middle to the others.
    fn weights_and_root<const N: usize>(
        &self,
        state: &Gaussian<N>,
    ) -> Result<([Weight; 2], Cholesky<N>), NotPositiveDefinite> {
        let square = self.alpha * self.alpha;
        let spread = square * (N as f64 + self.kappa);
        let centre = 1.0 - N as f64 / spread;
        let middle = Weight { mean: centre, covariance: centre + 1.0 - square + self.beta };
        let other = Weight { mean: 0.5 / spread, covariance: 0.5 / spread };
        Ok(([middle, other], Cholesky::new(&(state.covariance * spread))?))
    }

    /// The points of a Gaussian: the mean first, then the columns added, then the columns taken away.
    fn points<const N: usize>(
        &self,
        state: &Gaussian<N>,
    ) -> Result<Vec<(Weight, SVector<f64, N>)>, NotPositiveDefinite> {
        let ([middle, other], factor) = self.weights_and_root(state)?;
        let mut points = Vec::with_capacity(2 * N + 1);
        if middle.mean != 0.0 || middle.covariance != 0.0 {
            points.push((middle, state.mean));
        }
        for sign in [1.0, -1.0] {
            for column in factor.lower().column_iter() {
                points.push((other, state.mean + column * sign));
            }
        }
        Ok(points)
    }
}

impl<const N: usize> Gaussian<N> {
    /// Predicts by sending sigma points through any law of motion; the process noise is added.
    ///
    /// The mean is exact to the second order of the law. Not for states with components that wrap: their mean is the plain one.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] when the covariance has no factor or the rule no spread; the state is then left as it was.
    ///
    /// Wan and van der Merwe (2000), table 3.1 for additive noise.
    ///
    /// ```
    /// use fusion_core::filter::{Gaussian, SigmaRule};
    /// use nalgebra::{matrix, vector};
    /// let mut state = Gaussian { mean: vector![3.0], covariance: matrix![0.25] };
    /// state.predict_unscented(&SigmaRule::CUBATURE, |x| x.component_mul(x), &matrix![0.0])?;
    /// // The mean of the square is the square of the mean and the variance.
    /// assert_eq!(state.mean[0], 9.25);
    /// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
    /// ```
    pub fn predict_unscented(
        &mut self,
        rule: &SigmaRule,
        step: impl Fn(&SVector<f64, N>) -> SVector<f64, N>,
        process_noise: &SMatrix<f64, N, N>,
    ) -> Result<(), NotPositiveDefinite> {
        *self = rule.transform(self, step)?;
        self.covariance = symmetrise(&(self.covariance + process_noise));
        Ok(())
    }

    /// Updates with a measurement of M numbers by sigma points drawn anew from the state.
    ///
    /// Means and differences of measurements are the model's, so angles may wrap. The covariance is built from the points'
    /// deviations after the update, which is P - K S Kᵀ in exact arithmetic and, where no weight is negative, positive
    /// definite whatever the rounding.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] when the state's or the innovation's covariance has no factor, or the rule no spread; the
    /// state is then left as it was.
    ///
    /// Wan and van der Merwe (2000), table 3.1 for additive noise; Arasaratnam and Haykin (2009), section V.
    pub fn update_unscented<const M: usize>(
        &mut self,
        measured: &SVector<f64, M>,
        noise: &SMatrix<f64, M, M>,
        model: &impl MeasurementModel<N, M>,
        rule: &SigmaRule,
    ) -> Result<Innovation<M>, NotPositiveDefinite> {
        let points = rule.points(self)?;
        let weighted: Vec<_> =
            points.iter().map(|(weight, point)| (weight.mean, model.predict(point))).collect();
        let predicted = model.mean(&weighted);
        let deviations: Vec<_> = points
            .iter()
            .zip(&weighted)
            .map(|((weight, point), (_, image))| {
                (weight.covariance, point - self.mean, model.difference(image, &predicted))
            })
            .collect();
        let mut innovation_covariance = *noise;
        let mut cross = SMatrix::<f64, N, M>::zeros();
        for (weight, state, measurement) in &deviations {
            innovation_covariance += measurement * measurement.transpose() * *weight;
            cross += state * measurement.transpose() * *weight;
        }
        let innovation_covariance = symmetrise(&innovation_covariance);
        let factor = Cholesky::new(&innovation_covariance)?;
        let gain = factor.solve(&cross.transpose()).transpose();
        let residual = model.difference(measured, &predicted);
        let mut covariance = gain * noise * gain.transpose();
        for (weight, state, measurement) in &deviations {
            let left = state - gain * measurement;
            covariance += left * left.transpose() * *weight;
        }
        *self = Gaussian { mean: self.mean + gain * residual, covariance: symmetrise(&covariance) };
        Ok(Innovation::new(residual, innovation_covariance, &factor))
    }
}
