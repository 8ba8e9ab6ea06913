//! Symmetric positive definite matrices of a fixed size: factor, solve, invert, determinant, distance.

use super::real::Real;
use nalgebra::{SMatrix, SVector};
use thiserror::Error;

/// A matrix that should have been positive definite is not.
///
/// `pivot` is what was left of the diagonal at `index` after the components before it were eliminated: negative,
/// zero, not a number, or so small against the diagonal that its sign is rounding noise.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error("the {size} x {size} matrix is not positive definite: pivot {index} is {pivot:e}")]
pub struct NotPositiveDefinite {
    /// Number of rows.
    pub size: usize,
    /// The component at which the factorisation stopped.
    pub index: usize,
    /// The offending pivot, in the matrix's own units.
    pub pivot: f64,
}

/// The lower triangular factor of a symmetric positive definite matrix: `matrix = lower · lowerᵀ`.
///
/// Only the lower triangle of the matrix is read, nothing is allocated, and the order of the operations is fixed, so
/// that the bits are the same everywhere. Not for matrices that may be indefinite (an information *increment* of a
/// mixture): that is an error here, never a fallback.
///
/// Golub and Van Loan, *Matrix Computations*, 4th edition, algorithm 4.2.1.
///
/// ```
/// use fusion_core::math::symmetric::Cholesky;
/// use nalgebra::{matrix, vector};
/// let factor = Cholesky::new(&matrix![4.0, 2.0; 2.0, 5.0])?;
/// assert_eq!(factor.solve(&vector![8.0, 12.0]), vector![1.0, 2.0]);
/// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cholesky<const N: usize> {
    lower: SMatrix<f64, N, N>,
}

impl<const N: usize> Cholesky<N> {
    /// Factors a symmetric matrix.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] when a pivot is not above its own rounding noise.
    pub fn new(matrix: &SMatrix<f64, N, N>) -> Result<Self, NotPositiveDefinite> {
        let mut lower = SMatrix::<f64, N, N>::zeros();
        for column in 0..N {
            let mut pivot = matrix[(column, column)];
            for before in 0..column {
                pivot -= lower[(column, before)] * lower[(column, before)];
            }
            // Written so that NaN fails, too.
            let is_positive = pivot > f64::EPSILON * matrix[(column, column)] && pivot < f64::INFINITY;
            if !is_positive {
                return Err(NotPositiveDefinite { size: N, index: column, pivot });
            }
            let diagonal = pivot.sqrt();
            lower[(column, column)] = diagonal;
            for row in column + 1..N {
                let mut rest = matrix[(row, column)];
                for before in 0..column {
                    rest -= lower[(row, before)] * lower[(column, before)];
                }
                lower[(row, column)] = rest / diagonal;
            }
        }
        Ok(Cholesky { lower })
    }

    /// Takes over a factor that was found without the matrix; what stands above the diagonal is dropped.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] when a diagonal entry is not positive and finite; the pivot told is that entry.
    pub fn from_lower(lower: &SMatrix<f64, N, N>) -> Result<Self, NotPositiveDefinite> {
        for (index, &pivot) in lower.diagonal().iter().enumerate() {
            let is_positive = pivot > 0.0 && pivot < f64::INFINITY;
            if !is_positive {
                return Err(NotPositiveDefinite { size: N, index, pivot });
            }
        }
        Ok(Cholesky { lower: lower.lower_triangle() })
    }

    /// The lower triangular factor; zeros above the diagonal.
    pub fn lower(&self) -> &SMatrix<f64, N, N> {
        &self.lower
    }

    /// `lower⁻¹ · right`: the vector made white, with the identity as its covariance.
    pub fn whiten<const M: usize>(&self, right: &SMatrix<f64, N, M>) -> SMatrix<f64, N, M> {
        let mut solution = *right;
        for column in 0..M {
            for row in 0..N {
                let mut rest = solution[(row, column)];
                for before in 0..row {
                    rest -= self.lower[(row, before)] * solution[(before, column)];
                }
                solution[(row, column)] = rest / self.lower[(row, row)];
            }
        }
        solution
    }

    /// `matrix⁻¹ · right`, for one vector or several columns.
    pub fn solve<const M: usize>(&self, right: &SMatrix<f64, N, M>) -> SMatrix<f64, N, M> {
        let mut solution = self.whiten(right);
        for column in 0..M {
            for row in (0..N).rev() {
                let mut rest = solution[(row, column)];
                for after in row + 1..N {
                    rest -= self.lower[(after, row)] * solution[(after, column)];
                }
                solution[(row, column)] = rest / self.lower[(row, row)];
            }
        }
        solution
    }

    /// The inverse of the matrix, exactly symmetric.
    ///
    /// Not for `inverse * vector`: [`Cholesky::solve`] is cheaper and more accurate.
    pub fn inverse(&self) -> SMatrix<f64, N, N> {
        symmetrise(&self.solve(&SMatrix::identity()))
    }

    /// Natural logarithm of the matrix's determinant.
    pub fn log_determinant(&self) -> f64 {
        let mut sum = 0.0;
        for index in 0..N {
            sum += libm::log(self.lower[(index, index)]);
        }
        2.0 * sum
    }

    /// `residualᵀ · matrix⁻¹ · residual`: the squared Mahalanobis distance, dimensionless, never negative.
    pub fn mahalanobis_squared(&self, residual: &SVector<f64, N>) -> f64 {
        let white = self.whiten(residual);
        let mut sum = 0.0;
        for index in 0..N {
            sum += white[index] * white[index];
        }
        sum
    }
}

/// The symmetric part, `(matrix + matrixᵀ) / 2`: takes off the rounding that made a covariance lopsided.
///
/// Not a repair of a wrong update: a matrix that is far from symmetric comes out wrong and silent.
#[must_use]
pub fn symmetrise<const N: usize, S: Real>(matrix: &SMatrix<S, N, N>) -> SMatrix<S, N, N> {
    let mut symmetric = *matrix;
    for column in 0..N {
        for row in column + 1..N {
            let mean = S::splat(0.5) * (matrix[(row, column)] + matrix[(column, row)]);
            symmetric[(row, column)] = mean;
            symmetric[(column, row)] = mean;
        }
    }
    symmetric
}

/// `matrix⁻¹ · right` for a symmetric positive definite matrix.
///
/// # Errors
///
/// [`NotPositiveDefinite`].
pub fn solve<const N: usize, const M: usize>(
    matrix: &SMatrix<f64, N, N>,
    right: &SMatrix<f64, N, M>,
) -> Result<SMatrix<f64, N, M>, NotPositiveDefinite> {
    Ok(Cholesky::new(matrix)?.solve(right))
}

/// The inverse of a symmetric positive definite matrix, exactly symmetric.
///
/// # Errors
///
/// [`NotPositiveDefinite`].
pub fn inverse<const N: usize>(
    matrix: &SMatrix<f64, N, N>,
) -> Result<SMatrix<f64, N, N>, NotPositiveDefinite> {
    Ok(Cholesky::new(matrix)?.inverse())
}

/// Natural logarithm of the determinant of a symmetric positive definite matrix.
///
/// # Errors
///
/// [`NotPositiveDefinite`].
///
/// ```
/// use fusion_core::math::symmetric::log_determinant;
/// use nalgebra::matrix;
/// assert!((log_determinant(&matrix![4.0, 2.0; 2.0, 5.0])? - 16.0_f64.ln()).abs() < 1e-15);
/// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
/// ```
pub fn log_determinant<const N: usize>(matrix: &SMatrix<f64, N, N>) -> Result<f64, NotPositiveDefinite> {
    Ok(Cholesky::new(matrix)?.log_determinant())
}

/// `residualᵀ · covariance⁻¹ · residual`, dimensionless: chi-square distributed with N degrees of freedom where the
/// residual is Gaussian and the covariance is its own.
///
/// # Errors
///
/// [`NotPositiveDefinite`].
///
/// ```
/// use fusion_core::math::symmetric::mahalanobis_squared;
/// use nalgebra::{matrix, vector};
/// assert_eq!(mahalanobis_squared(&vector![8.0, 12.0], &matrix![4.0, 2.0; 2.0, 5.0])?, 32.0);
/// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
/// ```
pub fn mahalanobis_squared<const N: usize>(
    residual: &SVector<f64, N>,
    covariance: &SMatrix<f64, N, N>,
) -> Result<f64, NotPositiveDefinite> {
    Ok(Cholesky::new(covariance)?.mahalanobis_squared(residual))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{Matrix2, Matrix6, SMatrix, Vector6, matrix};
    use proptest::prelude::*;

    /// A positive definite matrix whose units span eight decades, as position and velocity or log-drag do.
    fn covariance(parts: &[f64; 36]) -> Matrix6<f64> {
        let scale = Matrix6::from_diagonal(&Vector6::new(1e4, 1e3, 1.0, 1e-1, 1e-3, 1e-4));
        let root = Matrix6::from_iterator(parts.iter().copied());
        symmetrise(&(scale * (root * root.transpose() + Matrix6::identity() * 0.1) * scale))
    }

    proptest! {
        #[test]
        fn agrees_with_nalgebra(parts in prop::array::uniform32(-1.0..1.0_f64), more in prop::array::uniform4(-1.0..1.0_f64)) {
            let mut all = [0.0; 36];
            all[..32].copy_from_slice(&parts);
            all[32..].copy_from_slice(&more);
            let matrix = covariance(&all);
            let ours = Cholesky::new(&matrix).expect("positive definite by construction");
            let theirs = nalgebra::Cholesky::new(matrix).expect("positive definite by construction");
            let scale = matrix.diagonal().map(f64::sqrt);
            let inverse = ours.inverse();
            let error = (inverse - theirs.inverse()).component_mul(&(scale * scale.transpose())).amax();
            prop_assert!(error < 1e-10, "inverse differs by {error:e} in units of its own scale");
            prop_assert_eq!(inverse, inverse.transpose());
            prop_assert!((ours.log_determinant() - libm::log(theirs.determinant())).abs() < 1e-10);
            let residual = scale.component_mul(&Vector6::from_column_slice(&all[..6]));
            let distance = mahalanobis_squared(&residual, &matrix).expect("positive definite");
            prop_assert!((distance - residual.dot(&theirs.solve(&residual))).abs() < 1e-9 * (1.0 + distance));
            prop_assert!((ours.lower() * ours.lower().transpose() - matrix).component_div(&(scale * scale.transpose())).amax() < 1e-14);
        }
    }

    #[test]
    fn what_is_not_positive_definite_is_an_error_that_says_where() {
        let indefinite = matrix![1.0, 0.0, 0.0; 0.0, 4.0, 6.0; 0.0, 6.0, 5.5];
        assert_eq!(Cholesky::new(&indefinite), Err(NotPositiveDefinite { size: 3, index: 2, pivot: -3.5 }));
        // Singular up to rounding: the sign of what is left means nothing.
        assert!(inverse(&matrix![1.0, 1.0; 1.0, 1.0 + f64::EPSILON]).is_err());
        for bad in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
            let error = solve(&Matrix2::from_diagonal_element(bad), &Matrix2::identity());
            assert!(matches!(error, Err(NotPositiveDefinite { index: 0, .. })), "{bad}");
        }
        let message = log_determinant(&indefinite).expect_err("indefinite").to_string();
        assert_eq!(message, "the 3 x 3 matrix is not positive definite: pivot 2 is -3.5e0");
    }

    #[test]
    fn symmetrise_takes_the_mean_of_both_sides() {
        let lopsided = SMatrix::<f64, 2, 2>::new(1.0, 2.0, 4.0, 5.0);
        assert_eq!(symmetrise(&lopsided), matrix![1.0, 3.0; 3.0, 5.0]);
    }
}
