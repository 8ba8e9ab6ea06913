//! A Kalman filter that carries the covariance as U D Uᵀ, without a square root anywhere.

use super::{Gaussian, Innovation};
use crate::math::symmetric::{Cholesky, NotPositiveDefinite};
use nalgebra::{SMatrix, SVector, matrix, vector};

/// Mean and covariance as `U · D · Uᵀ`: U upper triangular with ones on its diagonal, D diagonal and positive.
///
/// As sound as [`super::SquareRootGaussian`], for measurements one number at a time with noises of their own. Takes
/// about as long as a covariance in Joseph's form. Not for the hot path: [`Gaussian::update_scalar`] takes less.
///
/// Bierman, *Factorization Methods for Discrete Sequential Estimation* (1977), chapters V and VI.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitDiagonalGaussian<const N: usize> {
    /// Mean, in the units of the state. For a law of motion that is not linear, put its result here after
    /// [`UnitDiagonalGaussian::predict_linear`] with the Jacobian.
    pub mean: SVector<f64, N>,
    unit: SMatrix<f64, N, N>,
    diagonal: SVector<f64, N>,
}

impl<const N: usize> UnitDiagonalGaussian<N> {
    /// From mean and covariance.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] for the covariance.
    pub fn new(state: &Gaussian<N>) -> Result<Self, NotPositiveDefinite> {
        let mut unit = SMatrix::identity();
        let mut diagonal = SVector::zeros();
        let mut rest = state.covariance;
        for column in (0..N).rev() {
            let pivot = rest[(column, column)];
            // Written so that NaN fails, too.
            if !(pivot > f64::EPSILON * state.covariance[(column, column)] && pivot < f64::INFINITY) {
                return Err(NotPositiveDefinite { size: N, index: column, pivot });
            }
            diagonal[column] = pivot;
            for row in 0..column {
                unit[(row, column)] = rest[(row, column)] / pivot;
                for before in 0..=row {
                    rest[(before, row)] -= unit[(before, column)] * unit[(row, column)] * pivot;
                }
            }
        }
        Ok(UnitDiagonalGaussian { mean: state.mean, unit, diagonal })
    }

    /// Mean and covariance, as the other filters have them.
    pub fn gaussian(&self) -> Gaussian<N> {
        let mut state = Gaussian {
            mean: self.mean,
            covariance: self.unit * SMatrix::from_diagonal(&self.diagonal) * self.unit.transpose(),
        };
        state.symmetrise();
        state
    }

    /// D, whose every entry is positive.
    pub fn diagonal(&self) -> &SVector<f64, N> {
        &self.diagonal
    }

    /// Predicts with an N x N transition and an N x K root G of the process noise, `G · Gᵀ`; K may be less than N.
    ///
    /// Thornton's weighted Gram-Schmidt orthogonalisation of the rows of `[F·U  G]`: Bierman (1977), section VI.4.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] when nothing is left of a state (a singular transition without noise to fill it); the state is
    /// then left as it was.
    pub fn predict_linear<const K: usize>(
        &mut self,
        transition: &SMatrix<f64, N, N>,
        noise_root: &SMatrix<f64, N, K>,
    ) -> Result<(), NotPositiveDefinite> {
        let mut carried = transition * self.unit;
        let mut noise = *noise_root;
        let mut unit = SMatrix::<f64, N, N>::identity();
        let mut diagonal = SVector::<f64, N>::zeros();
        for row in (0..N).rev() {
            let (pivot_row, noise_row) = (carried.row(row).into_owned(), noise.row(row).into_owned());
            let weighted = pivot_row.component_mul(&self.diagonal.transpose());
            let pivot = weighted.dot(&pivot_row) + noise_row.dot(&noise_row);
            if !(pivot > 0.0 && pivot < f64::INFINITY) {
                return Err(NotPositiveDefinite { size: N, index: row, pivot });
            }
            diagonal[row] = pivot;
            for above in 0..row {
                let share = (carried.row(above).dot(&weighted) + noise.row(above).dot(&noise_row)) / pivot;
                unit[(above, row)] = share;
                for column in 0..N {
                    carried[(above, column)] -= share * pivot_row[column];
                }
                for column in 0..K {
                    noise[(above, column)] -= share * noise_row[column];
                }
            }
        }
        *self = UnitDiagonalGaussian { mean: transition * self.mean, unit, diagonal };
        Ok(())
    }

    /// Updates with one scalar measurement: its residual at the mean, its gradient by the state there, its variance.
    ///
    /// Components of a vector measurement with independent noises follow one another, each with its residual at the mean
    /// that the one before left.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] when the variance is not positive and finite; the state is then left as it was.
    ///
    /// Bierman (1977), section V.3.
    ///
    /// ```
    /// use fusion_core::filter::{Gaussian, UnitDiagonalGaussian};
    /// use nalgebra::{matrix, vector};
    /// let prior = Gaussian { mean: vector![0.0, 10.0], covariance: matrix![3.0, 0.0; 0.0, 1.0] };
    /// let mut state = UnitDiagonalGaussian::new(&prior)?;
    /// state.update_scalar(4.0, &vector![1.0, 0.0], 1.0)?;
    /// assert_eq!((state.mean[0], state.gaussian().covariance[(0, 0)]), (3.0, 0.75));
    /// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
    /// ```
    pub fn update_scalar(
        &mut self,
        residual: f64,
        gradient: &SVector<f64, N>,
        variance: f64,
    ) -> Result<Innovation<1>, NotPositiveDefinite> {
        Cholesky::new(&matrix![variance])?;
        let projected = self.unit.transpose() * gradient;
        let weighted = self.diagonal.component_mul(&projected);
        let innovation_covariance = matrix![variance + projected.dot(&weighted)];
        let factor = Cholesky::new(&innovation_covariance)?;
        let mut gain = SVector::<f64, N>::zeros();
        let mut innovation_variance = variance;
        for column in 0..N {
            let before = innovation_variance;
            innovation_variance += projected[column] * weighted[column];
            self.diagonal[column] *= before / innovation_variance;
            gain[column] = weighted[column];
            let share = -projected[column] / before;
            for row in 0..column {
                let old = self.unit[(row, column)];
                self.unit[(row, column)] = old + gain[row] * share;
                gain[row] += old * weighted[column];
            }
        }
        self.mean += gain * (residual / innovation_variance);
        Ok(Innovation::new(vector![residual], innovation_covariance, &factor))
    }
}
