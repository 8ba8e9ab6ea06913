//! Where an object may be, mode by mode: what a gate needs of a filter.

use nalgebra::{Matrix3, Vector3};

/// Where the object may be if it is in one mode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositionMode {
    /// Probability of the mode.
    pub probability: f64,
    /// Mean, m.
    pub mean_m: Vector3<f64>,
    /// Covariance, m².
    pub covariance_m2: Matrix3<f64>,
}

/// Where the object may be in each mode: at burnout the modes part, and a single Gaussian would hide the truth from a
/// gate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositionModes([PositionMode; 3]);

impl PositionModes {
    /// From boost, coast and re-entry.
    pub fn new(modes: [PositionMode; 3]) -> Self {
        PositionModes(modes)
    }

    /// The modes that are possible.
    pub fn live(&self) -> impl Iterator<Item = &PositionMode> {
        self.0.iter().filter(|mode| mode.probability > 0.0)
    }

    /// Makes every mode uncertain by so much more, m².
    pub fn widen(&mut self, covariance_m2: &Matrix3<f64>) {
        self.0.iter_mut().for_each(|mode| mode.covariance_m2 += covariance_m2);
    }

    /// Mean, m, and covariance, m², over all modes.
    pub fn mean_and_covariance(&self) -> (Vector3<f64>, Matrix3<f64>) {
        let mean_m: Vector3<f64> = self.live().map(|mode| mode.mean_m * mode.probability).sum();
        let spread = |mode: &PositionMode| {
            let offset_m = mode.mean_m - mean_m;
            (mode.covariance_m2 + offset_m * offset_m.transpose()) * mode.probability
        };
        (mean_m, self.live().map(spread).sum())
    }

    /// Mean, m, and standard deviation in each axis, m, over all modes.
    pub fn mean_and_deviation(&self) -> (Vector3<f64>, Vector3<f64>) {
        let mean_m: Vector3<f64> = self.live().map(|mode| mode.mean_m * mode.probability).sum();
        let variance_m2: Vector3<f64> = self
            .live()
            .map(|mode| {
                let offset = mode.mean_m - mean_m;
                (mode.covariance_m2.diagonal() + offset.component_mul(&offset)) * mode.probability
            })
            .sum();
        (mean_m, variance_m2.map(|variance| variance.max(0.0).sqrt()))
    }

    /// Probability of powered flight.
    pub fn boost_probability(&self) -> f64 {
        self.0[0].probability
    }
}
