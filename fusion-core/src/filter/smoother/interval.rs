//! Rauch-Tung-Striebel smoothing: what later measurements say of earlier states.

use crate::dynamics::{Dynamics, propagate};
use crate::filter::Gaussian;
use crate::math::symmetric::{Cholesky, NotPositiveDefinite, symmetrise};
use nalgebra::{SMatrix, SVector};
use std::collections::VecDeque;
use thiserror::Error;

/// The predicted covariance of a step has no factor, so that nothing can be carried back over it.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error("smoothing back over step {step}: {reason}")]
pub struct SmootherError {
    /// The step, from zero.
    pub step: usize,
    /// Which pivot.
    pub reason: NotPositiveDefinite,
}

/// How a state moves over one step: `x ↦ mean + transition · (x − about)`, with noise.
///
/// Exact for linear motion. For the extended filter `about` is the filtered mean, `mean` where the flow takes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion<const N: usize> {
    /// State before the step that the motion is linearised about.
    pub about: SVector<f64, N>,
    /// Where that state goes.
    pub mean: SVector<f64, N>,
    /// N x N transition matrix from before the step to after it.
    pub transition: SMatrix<f64, N, N>,
    /// N x N covariance of the process noise; may be singular.
    pub process_noise: SMatrix<f64, N, N>,
}

impl<const N: usize> Motion<N> {
    /// Linear motion without a drive.
    pub fn linear(transition: SMatrix<f64, N, N>, process_noise: SMatrix<f64, N, N>) -> Self {
        Motion { about: SVector::zeros(), mean: SVector::zeros(), transition, process_noise }
    }

    /// Motion by a model over `seconds`, linearised about a state; `longest_step_s` as in [`propagate`].
    pub fn of(model: &impl Dynamics<N>, about: &SVector<f64, N>, seconds: f64, longest_step_s: f64) -> Self {
        let (mean, transition) = propagate(model, about, seconds, longest_step_s);
        Motion { about: *about, mean, transition, process_noise: model.process_noise(seconds.abs()) }
    }

    /// Predicts a Gaussian.
    pub fn carry(&self, state: &Gaussian<N>) -> Gaussian<N> {
        let spread = self.transition * state.covariance * self.transition.transpose();
        Gaussian {
            mean: self.mean + self.transition * (state.mean - self.about),
            covariance: symmetrise(&(spread + self.process_noise)),
        }
    }
}

/// One step of a filter, with what smoothing back over it needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FilteredStep<const N: usize> {
    /// N x N transition from the step before, for the extended filter at its filtered mean.
    pub transition: SMatrix<f64, N, N>,
    /// Before this step's measurements.
    pub predicted: Gaussian<N>,
    /// After them; the predicted one where there are none.
    pub filtered: Gaussian<N>,
}

impl<const N: usize> FilteredStep<N> {
    /// Predicts from the filtered Gaussian of the step before; update [`FilteredStep::filtered`] with what is measured.
    pub fn predict(before: &Gaussian<N>, motion: &Motion<N>) -> Self {
        let predicted = motion.carry(before);
        FilteredStep { transition: motion.transition, predicted, filtered: predicted }
    }
}

/// Fixed-interval smoothing: every state of a finished run given all its measurements, the prior before the first step
/// first. One more comes out than there are steps; the last is filtered.
///
/// Singular process noise, or none, is no hindrance. For an extended filter this is the extended smoother: no better than
/// its linearisation along the filtered path. Smoothed states of one run are correlated: not independent data.
///
/// # Errors
///
/// [`SmootherError`] where a predicted covariance has no factor.
///
/// Rauch, Tung and Striebel, "Maximum likelihood estimates of linear dynamic systems", *AIAA Journal* 3 (1965) 1445-1450;
/// Bar-Shalom, Li and Kirubarajan, *Estimation with Applications to Tracking and Navigation* (2001), section 8.6.
///
/// ```
/// use fusion_core::filter::{FilteredStep, Gaussian, Motion, smooth_interval};
/// use nalgebra::{matrix, vector};
/// let prior = Gaussian { mean: vector![0.0], covariance: matrix![1.0] };
/// let mut step = FilteredStep::predict(&prior, &Motion::linear(matrix![1.0], matrix![1.0]));
/// step.filtered.update_linear(&vector![4.0], &matrix![1.0], &matrix![2.0])?;
/// let smoothed = smooth_interval(&prior, &[step])?;
/// // One measurement with 1 + 2 of noise between it and the prior state.
/// assert!((smoothed[0].mean[0] - 1.0).abs() < 1e-15 && (smoothed[0].covariance[(0, 0)] - 0.75).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn smooth_interval<const N: usize>(
    prior: &Gaussian<N>,
    steps: &[FilteredStep<N>],
) -> Result<Vec<Gaussian<N>>, SmootherError> {
    let mut smoothed = vec![steps.last().map_or(*prior, |last| last.filtered); steps.len() + 1];
    for (index, step) in steps.iter().enumerate().rev() {
        let before = if index == 0 { prior } else { &steps[index - 1].filtered };
        smoothed[index] = smooth_back(before, &step.transition, &step.predicted, &smoothed[index + 1])
            .map_err(|reason| SmootherError { step: index, reason })?;
    }
    Ok(smoothed)
}

/// Smoothing with a fixed lag: as each step comes, the estimate of so many steps before it.
///
/// Keeps the steps of the lag and no more, and goes back over them at each push: for lags of tens, not of thousands.
#[derive(Clone, Debug)]
pub struct FixedLagSmoother<const N: usize> {
    lag: usize,
    /// Filtered, before the first step of the window.
    before: Gaussian<N>,
    window: VecDeque<FilteredStep<N>>,
    pushed: usize,
}

impl<const N: usize> FixedLagSmoother<N> {
    /// Begins with the prior before the first step. A lag of zero is the filter.
    pub fn new(prior: Gaussian<N>, lag: usize) -> Self {
        FixedLagSmoother { lag, before: prior, window: VecDeque::new(), pushed: 0 }
    }

    /// Takes the next step and gives the estimate of `lag` steps before it; none while fewer steps have come.
    ///
    /// With a lag, the first that comes out is the prior's.
    ///
    /// # Errors
    ///
    /// [`SmootherError`], with the step counted from the first pushed. The step is kept.
    pub fn push(&mut self, step: FilteredStep<N>) -> Result<Option<Gaussian<N>>, SmootherError> {
        self.pushed += 1;
        self.window.push_back(step);
        if self.window.len() > self.lag
            && let Some(first) = self.window.pop_front()
        {
            self.before = first.filtered;
        }
        if self.pushed < self.lag {
            return Ok(None);
        }
        let first = self.pushed - self.window.len();
        smooth_interval(&self.before, self.window.make_contiguous())
            .map(|smoothed| smoothed.first().copied())
            .map_err(|error| SmootherError { step: first + error.step, ..error })
    }
}

/// One step back: a filtered Gaussian given the smoothed one of the step after it.
///
/// Rauch, Tung and Striebel (1965), equations 3.30 and 3.31.
pub(super) fn smooth_back<const N: usize>(
    filtered: &Gaussian<N>,
    transition: &SMatrix<f64, N, N>,
    predicted: &Gaussian<N>,
    smoothed: &Gaussian<N>,
) -> Result<Gaussian<N>, NotPositiveDefinite> {
    let factor = Cholesky::new(&predicted.covariance)?;
    let gain = factor.solve(&(transition * filtered.covariance)).transpose();
    let change = gain * (smoothed.covariance - predicted.covariance) * gain.transpose();
    Ok(Gaussian {
        mean: filtered.mean + gain * (smoothed.mean - predicted.mean),
        covariance: symmetrise(&(filtered.covariance + change)),
    })
}
