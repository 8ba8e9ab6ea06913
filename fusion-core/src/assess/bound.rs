//! The posterior Cramér-Rao bound: the least covariance that any filter could reach with these sensors.

use crate::dynamics::{Dynamics, propagate};
use crate::filter::Information;
use crate::math::symmetric::{Cholesky, NotPositiveDefinite, inverse, symmetrise};
use nalgebra::{SMatrix, SVector};
use thiserror::Error;

/// Why there is no bound.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum BoundError {
    /// Information that does not yet determine the whole state, or a covariance that is none.
    #[error(transparent)]
    NotPositiveDefinite(#[from] NotPositiveDefinite),
    /// A probability of detection outside of 0 to 1.
    #[error("the probability of detection is {0}; it must lie between 0 and 1")]
    DetectionProbability(f64),
}

/// What one detected measurement says of the state: `Hᵀ R⁻¹ H`.
///
/// `jacobian` (H) is M x N, the derivative of the measurement with respect to the state **at the truth**; `noise` (R) is
/// the M x M covariance of the measurement. Of sensors with independent noise the matrices add.
///
/// # Errors
///
/// [`NotPositiveDefinite`] for the noise.
///
/// ```
/// use fusion_core::assess::measurement_information;
/// use nalgebra::matrix;
/// // A position to 2 m of a state of position and velocity.
/// assert_eq!(measurement_information(&matrix![1.0, 0.0], &matrix![4.0])?, matrix![0.25, 0.0; 0.0, 0.0]);
/// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
/// ```
pub fn measurement_information<const N: usize, const M: usize>(
    jacobian: &SMatrix<f64, M, N>,
    noise: &SMatrix<f64, M, M>,
) -> Result<SMatrix<f64, N, N>, NotPositiveDefinite> {
    Ok(Information::of_measurement(&SVector::zeros(), jacobian, noise)?.matrix)
}

fn weighted<const N: usize>(
    information: &SMatrix<f64, N, N>,
    detection_probability: f64,
) -> Result<SMatrix<f64, N, N>, BoundError> {
    if (0.0..=1.0).contains(&detection_probability) {
        Ok(information * detection_probability)
    } else {
        Err(BoundError::DetectionProbability(detection_probability))
    }
}

/// The bound of a state that moves with process noise, carried from step to step.
///
/// For linear problems with certain detection it is the covariance of the Kalman filter. For others the transition and
/// the Jacobians are taken at the truth (average the information over truths where they vary). Missed detections scale
/// the information by the probability of detection, which is a valid bound but an optimistic one where looks are few;
/// clutter would scale it further. Not the error of any particular filter, and not for a flight without process noise
/// and without a prior: [`EpochInformation`] starts from nothing.
///
/// Tichavský, Muravchik and Nehorai, *IEEE Transactions on Signal Processing* 46 (1998), 1386-1396, equation 21 (here in
/// covariance form, which also serves singular process noise); Hernandez, Farina and Ristic, *IEE Proceedings Radar,
/// Sonar and Navigation* 153 (2006), 89-104, for the factor of missed detections.
///
/// ```
/// use fusion_core::assess::{PosteriorBound, measurement_information};
/// use nalgebra::matrix;
/// let mut bound = PosteriorBound::from_prior(&matrix![100.0, 0.0; 0.0, 10.0])?;
/// let noise = matrix![1.0 / 3.0, 0.5; 0.5, 1.0] * 0.1;
/// bound.predict(&matrix![1.0, 1.0; 0.0, 1.0], &noise)?;
/// bound.add(&measurement_information(&matrix![1.0, 0.0], &matrix![1.0])?, 1.0)?;
/// assert!((bound.covariance()?[(0, 0)] - 0.990_993_695_586_9).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PosteriorBound<const N: usize> {
    information: SMatrix<f64, N, N>,
}

impl<const N: usize> PosteriorBound<N> {
    /// Starts from what is known before the first look: an N x N covariance in the state's units squared.
    ///
    /// # Errors
    ///
    /// [`BoundError::NotPositiveDefinite`].
    pub fn from_prior(covariance: &SMatrix<f64, N, N>) -> Result<Self, BoundError> {
        Ok(PosteriorBound { information: inverse(covariance)? })
    }

    /// Starts from an information matrix, which must be positive definite by the time of [`PosteriorBound::predict`].
    pub fn from_information(information: &SMatrix<f64, N, N>) -> Self {
        PosteriorBound { information: *information }
    }

    /// Carries the bound over a step with N x N transition F and process noise Q (which may be singular or zero).
    ///
    /// # Errors
    ///
    /// [`BoundError::NotPositiveDefinite`] where the information leaves some direction of the state open.
    pub fn predict(
        &mut self,
        transition: &SMatrix<f64, N, N>,
        process_noise: &SMatrix<f64, N, N>,
    ) -> Result<(), BoundError> {
        let covariance = transition * inverse(&self.information)? * transition.transpose() + process_noise;
        self.information = inverse(&symmetrise(&covariance))?;
        Ok(())
    }

    /// Adds one look's [`measurement_information`], weighted by its probability of detection.
    ///
    /// # Errors
    ///
    /// [`BoundError::DetectionProbability`].
    pub fn add(
        &mut self,
        information: &SMatrix<f64, N, N>,
        detection_probability: f64,
    ) -> Result<(), BoundError> {
        self.information += weighted(information, detection_probability)?;
        Ok(())
    }

    /// Carries the bound over `seconds` of a flight that moves as the model says and begins at the truth `state`; nothing happens for
    /// spans that are not positive. `longest_step_s` bounds the integration step; see [`propagate`].
    ///
    /// # Errors
    ///
    /// [`BoundError::NotPositiveDefinite`] where the information leaves some direction of the state open.
    pub fn carry(
        &mut self,
        model: &impl Dynamics<N>,
        state: &SVector<f64, N>,
        seconds: f64,
        longest_step_s: f64,
    ) -> Result<(), BoundError> {
        if seconds <= 0.0 {
            return Ok(());
        }
        let (_, transition) = propagate(model, state, seconds, longest_step_s);
        self.predict(&transition, &model.process_noise(seconds))
    }

    /// Adds what a look says of the first `K` states only ([`crate::assess::look_information`]), weighted by its probability of
    /// detection.
    ///
    /// # Errors
    ///
    /// [`BoundError::DetectionProbability`].
    pub fn add_leading<const K: usize>(
        &mut self,
        information: &SMatrix<f64, K, K>,
        detection_probability: f64,
    ) -> Result<(), BoundError> {
        let mut part = self.information.fixed_view_mut::<K, K>(0, 0);
        part += weighted(information, detection_probability)?;
        Ok(())
    }

    /// The bound of the first `K` states alone, the others unknown to the end: a boost that has burnt out.
    ///
    /// # Errors
    ///
    /// [`BoundError::NotPositiveDefinite`] where the information leaves some direction of the state open.
    pub fn marginal<const K: usize>(&self) -> Result<PosteriorBound<K>, BoundError> {
        PosteriorBound::from_prior(&self.covariance()?.fixed_view::<K, K>(0, 0).into_owned())
    }

    /// The information matrix, in the inverse of the state's units squared.
    pub fn information(&self) -> &SMatrix<f64, N, N> {
        &self.information
    }

    /// The bound: no unbiased estimate has a smaller covariance.
    ///
    /// # Errors
    ///
    /// [`BoundError::NotPositiveDefinite`] where the information leaves some direction of the state open.
    pub fn covariance(&self) -> Result<SMatrix<f64, N, N>, BoundError> {
        Ok(inverse(&self.information)?)
    }
}

impl PosteriorBound<6> {
    /// The bound of a flight that enters the air: position and velocity as they were, and ln(Cd A / m) with a prior variance.
    ///
    /// # Errors
    ///
    /// [`BoundError::NotPositiveDefinite`] for a variance that is not above zero.
    pub fn entering_air(&self, log_area_variance: f64) -> Result<PosteriorBound<7>, BoundError> {
        let mut information = SMatrix::<f64, 7, 7>::zeros();
        information.fixed_view_mut::<6, 6>(0, 0).copy_from(&self.information);
        information[(6, 6)] = inverse(&SMatrix::<f64, 1, 1>::new(log_area_variance))?[0];
        Ok(PosteriorBound { information })
    }
}

/// The bound of a flight without process noise: all that was ever measured, told of the state at one epoch.
///
/// A missile that coasts is where its state at burnout says. Each look is carried to the epoch with the transition matrix
/// from the epoch to the look, and looks may be added in any order, which is what delayed sharing needs. Too optimistic
/// for a flight with forces that the state does not hold (drag, thrust).
///
/// Taylor, *IEEE Transactions on Automatic Control* 24 (1979), 343-344 (deterministic trajectories).
///
/// ```
/// use fusion_core::assess::{EpochInformation, measurement_information};
/// use nalgebra::matrix;
/// // Position to 1 m at 0 s and at 10 s: velocity to 2^(1/2) / 10 m/s, position at 20 s to 5^(1/2) m.
/// let position = measurement_information(&matrix![1.0, 0.0], &matrix![1.0])?;
/// let after = |time_s: f64| matrix![1.0, time_s; 0.0, 1.0];
/// let mut flight = EpochInformation::without_prior();
/// flight.add(&position, &after(0.0), 1.0)?;
/// flight.add(&position, &after(10.0), 1.0)?;
/// assert!((flight.covariance()?[(1, 1)] - 0.02).abs() < 1e-15);
/// assert!((flight.covariance_of(&after(20.0))?[(0, 0)] - 5.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochInformation<const N: usize> {
    information: SMatrix<f64, N, N>,
}

impl<const N: usize> EpochInformation<N> {
    /// Starts from nothing: there is no covariance until the looks determine the whole state.
    pub fn without_prior() -> Self {
        EpochInformation { information: SMatrix::zeros() }
    }

    /// Starts from an N x N covariance of the state at the epoch.
    ///
    /// # Errors
    ///
    /// [`BoundError::NotPositiveDefinite`].
    pub fn from_prior(covariance: &SMatrix<f64, N, N>) -> Result<Self, BoundError> {
        Ok(EpochInformation { information: inverse(covariance)? })
    }

    /// Adds one look: its [`measurement_information`] about the state at its own time, the N x N derivative of that state
    /// with respect to the state at the epoch, and its probability of detection.
    ///
    /// # Errors
    ///
    /// [`BoundError::DetectionProbability`].
    pub fn add(
        &mut self,
        information: &SMatrix<f64, N, N>,
        transition_from_epoch: &SMatrix<f64, N, N>,
        detection_probability: f64,
    ) -> Result<(), BoundError> {
        let seen = weighted(information, detection_probability)?;
        self.information += symmetrise(&(transition_from_epoch.transpose() * seen * transition_from_epoch));
        Ok(())
    }

    /// The information matrix about the state at the epoch.
    pub fn information(&self) -> &SMatrix<f64, N, N> {
        &self.information
    }

    /// The bound of the state at the epoch.
    ///
    /// # Errors
    ///
    /// [`BoundError::NotPositiveDefinite`] until the looks determine the whole state.
    pub fn covariance(&self) -> Result<SMatrix<f64, N, N>, BoundError> {
        Ok(inverse(&self.information)?)
    }

    /// The bound of something that follows from the state at the epoch, by its K x N derivative: the state at another time
    /// (the transition matrix), the impact point (2 x N), the time of impact (1 x N).
    ///
    /// # Errors
    ///
    /// [`BoundError::NotPositiveDefinite`] until the looks determine the whole state.
    pub fn covariance_of<const K: usize>(
        &self,
        derivative: &SMatrix<f64, K, N>,
    ) -> Result<SMatrix<f64, K, K>, BoundError> {
        // Through the factor: half the digits lost that an explicit inverse of a nearly singular matrix would lose.
        let white = Cholesky::new(&self.information)?.whiten(&derivative.transpose());
        Ok(symmetrise(&(white.transpose() * white)))
    }
}

#[cfg(test)]
#[path = "bound_tests.rs"]
mod tests;
