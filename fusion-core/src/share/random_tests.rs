//! Random problems of fusion with known correlations, for the tests of this module.

use crate::filter::Gaussian;
use crate::math::chance::Stream;
use crate::math::symmetric::{Cholesky, inverse, symmetrise};
use nalgebra::{SMatrix, SVector};

/// A covariance of any shape, whose first half has units a hundred times those of the second.
pub fn covariance<const N: usize>(chance: &mut Stream) -> SMatrix<f64, N, N> {
    let root = SMatrix::<f64, N, N>::from_fn(|_, _| chance.normal());
    let scale = chance.between(0.2, 3.0);
    let unit = |row: usize| if 2 * row < N { 100.0 } else { 1.0 };
    let scale =
        SMatrix::<f64, N, N>::from_fn(|row, column| if row == column { scale * unit(row) } else { 0.0 });
    symmetrise(&(scale * (root * root.transpose() + SMatrix::identity() * 0.05) * scale))
}

/// Two estimates of zero, and the true cross-covariance of their errors.
pub struct Pair<const N: usize> {
    pub first: Gaussian<N>,
    pub second: Gaussian<N>,
    pub cross: SMatrix<f64, N, N>,
}

impl<const N: usize> Pair<N> {
    fn of(first: SMatrix<f64, N, N>, second: SMatrix<f64, N, N>, cross: SMatrix<f64, N, N>) -> Self {
        let at = |covariance| Gaussian { mean: SVector::zeros(), covariance };
        Pair { first: at(first), second: at(second), cross }
    }

    /// Correlated in any way that there is: A^½ K B^½ with a contraction K of norm `strength`.
    pub fn of_any_correlation(chance: &mut Stream, strength: f64) -> Self {
        let (a, b) = (covariance::<N>(chance), covariance::<N>(chance));
        let turn = SMatrix::<f64, N, N>::from_fn(|_, _| chance.normal());
        // Its norm by powers of it.
        let mut stretched = SVector::<f64, N>::from_element(1.0);
        for _ in 0..200 {
            stretched = (turn.transpose() * (turn * stretched)).normalize();
        }
        let contraction = turn * (strength / (turn * stretched).norm());
        let root = |matrix| *Cholesky::new(matrix).expect("positive").lower();
        let cross = root(&a) * contraction * root(&b).transpose();
        Self::of(a, b, cross)
    }

    /// Each the fusion of one common estimate with something of its own.
    pub fn of_common_information(chance: &mut Stream) -> Self {
        let [common, one, other] = std::array::from_fn(|_| {
            inverse(&covariance::<N>(chance)).expect("positive") * chance.between(0.1, 3.0)
        });
        let (a, b) =
            (inverse(&(common + one)).expect("positive"), inverse(&(common + other)).expect("positive"));
        Self::of(a, b, a * common * b)
    }

    /// The true covariance of x = (1 − L) a + L b.
    pub fn error_of(&self, gain: &SMatrix<f64, N, N>) -> SMatrix<f64, N, N> {
        let kept = SMatrix::identity() - gain;
        let mixed = kept * self.cross * gain.transpose();
        kept * self.first.covariance * kept.transpose()
            + gain * self.second.covariance * gain.transpose()
            + mixed
            + mixed.transpose()
    }

    /// The gain on the second estimate of whatever fuses these two linearly.
    pub fn gain_of(&self, fuse: impl Fn(&Gaussian<N>, &Gaussian<N>) -> Gaussian<N>) -> SMatrix<f64, N, N> {
        let mut gain = SMatrix::<f64, N, N>::zeros();
        for axis in 0..N {
            let mut second = self.second;
            second.mean[axis] = 1.0;
            gain.set_column(axis, &fuse(&self.first, &second).mean);
        }
        gain
    }
}

/// How much of the true covariance exceeds the claimed one, in the worst direction, as a share of the claimed.
pub fn excess<const N: usize>(truth: &SMatrix<f64, N, N>, claimed: &SMatrix<f64, N, N>) -> f64 {
    let factor = Cholesky::new(claimed).expect("positive");
    let half = factor.whiten(truth);
    let white = symmetrise(&factor.whiten(&half.transpose()));
    // The greatest eigenvalue by powers of it: all are above zero.
    let mut direction = SVector::<f64, N>::from_fn(|row, _| 1.0 + 0.1 * row as f64);
    for _ in 0..300 {
        direction = (white * direction).normalize();
    }
    direction.dot(&(white * direction)) - 1.0
}
