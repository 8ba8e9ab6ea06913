//! The biases of one radar by all objects together, and which combinations of them anything was learnt of.

use super::bias::{BiasPrior, Biases};
use super::witness::Witness;
use crate::math::symmetric::{NotPositiveDefinite, inverse, symmetrise};
use nalgebra::{Matrix4, SymmetricEigen, Vector4};
use serde::{Deserialize, Serialize};

/// Information about the biases of one radar beyond their prior: of independent objects it adds up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Information matrix, in the order range, azimuth, elevation, time.
    pub information: Matrix4<f64>,
    /// Information vector.
    pub vector: Vector4<f64>,
}

/// Estimates the biases of one radar from any number of objects.
///
/// Those that are still seen are handed in when it is asked, as they know more by then; one that is gone is added once and for
/// all. All of them must have had this estimator's prior.
///
/// ```
/// use fusion_core::registration::{BiasEstimator, BiasPrior};
/// let estimate = BiasEstimator::new(BiasPrior::default()).estimate(&[])?;
/// assert_eq!(estimate.sigmas()[0], 500.0);
/// assert!(estimate.observability().iter().all(|combination| !combination.is_determined()));
/// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BiasEstimator {
    prior: BiasPrior,
    gone: Evidence,
}

/// Biases with their covariance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BiasEstimate {
    /// The most probable ones.
    pub biases: Biases,
    covariance: Matrix4<f64>,
    prior: BiasPrior,
}

/// A combination of biases, and how much of what was unknown of it still is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Combination {
    /// Unit vector of range, azimuth, elevation and time, each in units of its prior deviation; the largest entry is positive.
    pub weights: Vector4<f64>,
    /// Its standard deviation as a share of the prior's: 1 where nothing was learnt.
    pub remaining: f64,
}

/// A combination counts as determined when at most this share of its prior deviation is left.
const DETERMINED_BELOW: f64 = 0.5;
/// A bias counts as significant from this many standard deviations on.
const SIGNIFICANT_SIGMAS: f64 = 3.0;

impl Combination {
    /// Whether enough was learnt of it for the estimate to be more than its prior.
    pub fn is_determined(&self) -> bool {
        self.remaining <= DETERMINED_BELOW
    }
}

impl BiasEstimator {
    /// Knows the prior.
    pub fn new(prior: BiasPrior) -> Self {
        BiasEstimator { prior, gone: Evidence::default() }
    }

    /// What was known before.
    pub fn prior(&self) -> &BiasPrior {
        &self.prior
    }

    /// Adds what an object said that is no longer seen.
    pub fn add(&mut self, evidence: &Evidence) {
        self.gone.information += evidence.information;
        self.gone.vector += evidence.vector;
    }

    /// The biases by the prior, all objects that are gone and those that are still seen.
    ///
    /// # Errors
    /// [`NotPositiveDefinite`] where a witness is no longer sound, or a prior's deviation is zero.
    pub fn estimate<'a>(
        &self,
        seen: impl IntoIterator<Item = &'a Witness>,
    ) -> Result<BiasEstimate, NotPositiveDefinite> {
        let mut information = inverse(&self.prior.covariance())? + self.gone.information;
        let mut vector = self.gone.vector;
        for witness in seen {
            let evidence = witness.evidence()?;
            information += evidence.information;
            vector += evidence.vector;
        }
        let covariance = inverse(&symmetrise(&information))?;
        let biases = Biases::from_vector(&(covariance * vector));
        Ok(BiasEstimate { biases, covariance, prior: self.prior })
    }
}

impl BiasEstimate {
    /// Covariance, in the order range (m), azimuth, elevation (rad), time (s).
    pub fn covariance(&self) -> &Matrix4<f64> {
        &self.covariance
    }

    /// Standard deviations in that order.
    pub fn sigmas(&self) -> Vector4<f64> {
        self.covariance.diagonal().map(|variance| variance.max(0.0).sqrt())
    }

    /// Whether any bias is at least three of its deviations from zero.
    pub fn is_significant(&self) -> bool {
        let sigmas = self.sigmas();
        self.biases.vector().iter().zip(&sigmas).any(|(bias, sigma)| bias.abs() >= SIGNIFICANT_SIGMAS * sigma)
    }

    /// Which combinations of the biases were learnt, the least known first: the axes of the covariance in units of the prior.
    ///
    /// A target that flies straight at the radar tells range and time together and not apart: the first combination then has
    /// weights of both and hardly less than 1 remaining.
    pub fn observability(&self) -> [Combination; 4] {
        let inverse_sigmas = Matrix4::from_diagonal(&self.prior.sigmas().map(|sigma| 1.0 / sigma));
        let relative = symmetrise(&(inverse_sigmas * self.covariance * inverse_sigmas));
        let SymmetricEigen { eigenvectors, eigenvalues } = SymmetricEigen::new(relative);
        let mut combinations: [Combination; 4] = std::array::from_fn(|index| {
            let weights: Vector4<f64> = eigenvectors.column(index).into();
            let sign = if weights[weights.iamax()] < 0.0 { -1.0 } else { 1.0 };
            Combination { weights: weights * sign, remaining: eigenvalues[index].max(0.0).sqrt() }
        });
        combinations.sort_by(|one, other| other.remaining.total_cmp(&one.remaining));
        combinations
    }
}
