//! A Kalman filter that carries the Cholesky factor of the covariance instead of the covariance.

use super::{Gaussian, Innovation};
use crate::math::symmetric::{Cholesky, NotPositiveDefinite};
use nalgebra::{SMatrix, SVector};

/// Mean and lower triangular root of the covariance: `covariance = root · rootᵀ`.
///
/// Every step is a chain of plane rotations, so that the covariance cannot lose its positive definiteness, and numbers that
/// would need twice the digits as squares keep them. For priors many orders of magnitude wider than the measurements. Not
/// for the hot path: predicting and updating 6 states takes three times as long as with a covariance.
///
/// Kaminski, Bryson and Schmidt, *IEEE Transactions on Automatic Control* 16 (1971), 727-736; Verhaegen and Van Dooren,
/// same journal 31 (1986), 907-917.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SquareRootGaussian<const N: usize> {
    /// Mean, in the units of the state. For a law of motion that is not linear, put its result here after
    /// [`SquareRootGaussian::predict_linear`] with the Jacobian.
    pub mean: SVector<f64, N>,
    root: SMatrix<f64, N, N>,
}

impl<const N: usize> SquareRootGaussian<N> {
    /// From mean and covariance.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] for the covariance.
    pub fn new(state: &Gaussian<N>) -> Result<Self, NotPositiveDefinite> {
        Ok(SquareRootGaussian { mean: state.mean, root: *Cholesky::new(&state.covariance)?.lower() })
    }

    /// Mean and covariance, as the other filters have them.
    pub fn gaussian(&self) -> Gaussian<N> {
        Gaussian { mean: self.mean, covariance: self.root * self.root.transpose() }
    }

    /// The lower triangular root of the covariance, its diagonal positive.
    pub fn root(&self) -> &SMatrix<f64, N, N> {
        &self.root
    }

    /// Predicts with an N x N transition and an N x K root G of the process noise, `G · Gᵀ`; K may be less than N.
    ///
    /// Rotates the columns of `[F·L  G]` into a lower triangle.
    pub fn predict_linear<const K: usize>(
        &mut self,
        transition: &SMatrix<f64, N, N>,
        noise_root: &SMatrix<f64, N, K>,
    ) {
        self.mean = transition * self.mean;
        let carried = transition * self.root;
        self.root = SMatrix::zeros();
        for column in carried.column_iter() {
            absorb(&mut self.root, column.into_owned());
        }
        for column in noise_root.column_iter() {
            absorb(&mut self.root, column.into_owned());
        }
    }

    /// Updates with a vector measurement: its residual at the mean, its M x N Jacobian there, its M x M noise.
    ///
    /// The array form: `[V H·L; 0 L]`, with V the noise's root, is rotated into `[W 0; K·W L⁺]`, with W the root of the
    /// innovation's covariance, which is therefore never formed before its root.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] for the noise; the state is then left as it was.
    ///
    /// ```
    /// use fusion_core::filter::{Gaussian, SquareRootGaussian};
    /// use nalgebra::{matrix, vector};
    /// let prior = Gaussian { mean: vector![0.0, 10.0], covariance: matrix![3.0, 0.0; 0.0, 1.0] };
    /// let mut state = SquareRootGaussian::new(&prior)?;
    /// state.update_linear(&vector![4.0], &matrix![1.0, 0.0], &matrix![1.0])?;
    /// assert!((state.mean[0] - 3.0).abs() < 1e-15 && (state.gaussian().covariance[(0, 0)] - 0.75).abs() < 1e-15);
    /// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
    /// ```
    pub fn update_linear<const M: usize>(
        &mut self,
        residual: &SVector<f64, M>,
        jacobian: &SMatrix<f64, M, N>,
        noise: &SMatrix<f64, M, M>,
    ) -> Result<Innovation<M>, NotPositiveDefinite> {
        let mut innovation_root = *Cholesky::new(noise)?.lower();
        let mut projected = jacobian * self.root;
        let mut gain = SMatrix::<f64, N, M>::zeros();
        let mut root = self.root;
        for row in 0..M {
            // From the last column to the first, so that the root stays triangular.
            for column in (0..N).rev() {
                let turn = Rotation::clearing(projected[(row, column)], innovation_root[(row, row)]);
                turn.apply(&mut innovation_root, row, &mut projected, column);
                projected[(row, column)] = 0.0;
                turn.apply(&mut gain, row, &mut root, column);
            }
        }
        let factor = Cholesky::from_lower(&innovation_root)?;
        self.mean += gain * factor.whiten(residual);
        self.root = root;
        Ok(Innovation::new(*residual, innovation_root * innovation_root.transpose(), &factor))
    }
}

/// The lower triangular root of `root · rootᵀ + column · columnᵀ`.
fn absorb<const N: usize>(root: &mut SMatrix<f64, N, N>, mut column: SVector<f64, N>) {
    for pivot in 0..N {
        Rotation::clearing(column[pivot], root[(pivot, pivot)]).apply(root, pivot, &mut column, 0);
        // Rounding leaves a trace there, which later rotations would carry above the diagonal.
        column[pivot] = 0.0;
    }
}

/// A rotation in the plane of two columns: Givens; Golub and Van Loan, *Matrix Computations*, 4th edition, section 5.1.8.
struct Rotation {
    cosine: f64,
    sine: f64,
}

impl Rotation {
    /// The rotation that turns `entry` into zero and `pivot` into the positive length of both.
    fn clearing(entry: f64, pivot: f64) -> Self {
        let length = (pivot * pivot + entry * entry).sqrt();
        if length > 0.0 {
            Rotation { cosine: pivot / length, sine: entry / length }
        } else {
            Rotation { cosine: 1.0, sine: 0.0 }
        }
    }

    fn apply<const R: usize, const A: usize, const B: usize>(
        &self,
        pivots: &mut SMatrix<f64, R, A>,
        pivot: usize,
        others: &mut SMatrix<f64, R, B>,
        other: usize,
    ) {
        for row in 0..R {
            let (a, b) = (pivots[(row, pivot)], others[(row, other)]);
            pivots[(row, pivot)] = self.cosine * a + self.sine * b;
            others[(row, other)] = self.cosine * b - self.sine * a;
        }
    }
}
