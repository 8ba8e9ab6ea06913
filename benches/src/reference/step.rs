//! One step of a filter beside a file's.

use super::{Deviations, Place, ReferenceError};
use nalgebra::{SMatrix, SVector};

/// Compares quantities of one step under the keys that the file has for them; what the file leaves out is passed over.
pub(super) struct Step<'a, 'd> {
    pub output: &'d Place<'a>,
    pub deviations: &'d mut Deviations,
    /// What is tolerated, relative to a number's size, or absolute below one.
    pub tolerance: f64,
}

impl Step<'_, '_> {
    pub fn number(&mut self, key: &str, ours: f64) -> Result<(), ReferenceError> {
        let Some(theirs) = self.output.optional(key) else { return Ok(()) };
        self.compare(key, self.tolerance, &[ours], &[theirs.number()?])
    }

    pub fn vector<const N: usize>(
        &mut self,
        key: &str,
        ours: &SVector<f64, N>,
    ) -> Result<(), ReferenceError> {
        let Some(theirs) = self.output.optional(key) else { return Ok(()) };
        self.compare(key, self.tolerance, ours.as_slice(), theirs.vector::<N>()?.as_slice())
    }

    pub fn matrix<const M: usize, const N: usize>(
        &mut self,
        key: &str,
        ours: &SMatrix<f64, M, N>,
    ) -> Result<(), ReferenceError> {
        let Some(theirs) = self.output.optional(key) else { return Ok(()) };
        self.compare(key, self.tolerance, ours.as_slice(), theirs.matrix::<M, N>()?.as_slice())
    }

    /// A covariance is also compared in units of its own standard deviations: those of angles are far below one, where the
    /// other comparison says nothing.
    pub fn covariance<const N: usize>(
        &mut self,
        key: &str,
        ours: &SMatrix<f64, N, N>,
    ) -> Result<(), ReferenceError> {
        let Some(place) = self.output.optional(key) else { return Ok(()) };
        self.matrix(key, ours)?;
        let theirs = place.matrix::<N, N>()?;
        let sigma = theirs.diagonal().map(f64::sqrt);
        let scale: SMatrix<f64, N, N> = sigma * sigma.transpose();
        let (ours, theirs) = (ours.component_div(&scale), theirs.component_div(&scale));
        let name = format!("{}, in sigmas", key.replace('_', " "));
        self.deviations.absolute(&name, self.tolerance, ours.as_slice(), theirs.as_slice())
    }

    fn compare(
        &mut self,
        key: &str,
        tolerance: f64,
        ours: &[f64],
        theirs: &[f64],
    ) -> Result<(), ReferenceError> {
        self.deviations.relative(&key.replace('_', " "), tolerance, ours, theirs)
    }
}
