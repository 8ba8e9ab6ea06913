//! The fusion routines on arbitrary positive definite, nearly singular and not even symmetric matrices.

use crate::bytes::Bytes;
use fusion_core::filter::Gaussian;
use fusion_core::math::symmetric::{Cholesky, log_determinant, symmetrise};
use fusion_core::share::{
    Correlation, Criterion, EquivalentMeasurement, InformationRow, MatchRules, covariance_intersection,
    fuse_correlated, intersection_weight, intersection_weight_by_trace, intersection_weights,
    inverse_covariance_intersection, inverse_intersection_weight, match_tracks, rows_of,
};
use nalgebra::{SMatrix, SVector};

const SIZE: usize = 6;
type Matrix = SMatrix<f64, SIZE, SIZE>;

/// Intersection, inverse intersection, fusion with known correlation, information, matching.
///
/// # Panics
/// Where a weight is no share; where, of matrices that are far from singular, the answer is refused, no covariance, or worse than
/// what went in.
pub fn fusion(data: &[u8]) {
    let mut bytes = Bytes(data);
    let (first, second) = (estimate(&mut bytes), estimate(&mut bytes));
    let is_good = is_good(&first) && is_good(&second);
    let (a, b) = (&first.covariance, &second.covariance);
    let weights = [intersection_weight(a, b), intersection_weight_by_trace(a, b)];
    for weight in weights.iter().flatten() {
        assert!((0.0..=1.0).contains(weight), "{weight}");
    }
    if is_good {
        let weight = weights[0].as_ref().expect("a weight");
        let fused = covariance_intersection(&first, &second, *weight).expect("an intersection");
        no_worse(&fused, a, b);
    }
    for criterion in [Criterion::Determinant, Criterion::Trace] {
        if let Ok(weights) = intersection_weights(&[*a, *b, symmetrise(&(a + b))], criterion) {
            let total: f64 = weights.iter().sum();
            assert!((total - 1.0).abs() < 1e-6 && weights.iter().all(|weight| *weight >= 0.0), "{weights:?}");
        }
        let weight = inverse_intersection_weight(a, b, criterion);
        if let Ok(weight) = weight {
            assert!((0.0..=1.0).contains(&weight), "{weight}");
            let fused = inverse_covariance_intersection(&first, &second, weight);
            if is_good && criterion == Criterion::Determinant {
                no_worse(&fused.expect("an intersection"), a, b);
            }
        }
    }
    let cross = matrix(&mut bytes);
    let _ = fuse_correlated(&first, &second, &cross);
    let independent = fuse_correlated(&first, &second, &Matrix::zeros());
    if is_good {
        no_worse(&independent.expect("independent estimates"), a, b);
    }
    if let Ok(measured) = EquivalentMeasurement::between(&first, &second) {
        let _ = measured.add_to(&first);
        let mut storage = [InformationRow::default(); SIZE];
        rows_of(&measured.information, &measured.vector, &measured.reference, &mut storage);
    }
    let rules = MatchRules {
        gate_probability: 0.999,
        log_density: bytes.near(-7.0, 7.0),
        correlation: Correlation::Unknown,
        shift_covariance: if bytes.byte() < 128 { Matrix::zeros() } else { *a },
    };
    let matching = match_tracks(&[first, second], &[second, first, second], &rules).expect("a gate");
    assert_eq!(matching.partners.len(), 2);
}

fn estimate(bytes: &mut Bytes<'_>) -> Gaussian<SIZE> {
    let covariance = matrix(bytes);
    Gaussian { mean: SVector::from_fn(|_, _| bytes.near(0.0, 1e6)), covariance }
}

/// A factor times its transpose, of any rank and scale; or any numbers at all.
fn matrix(bytes: &mut Bytes<'_>) -> Matrix {
    let kind = bytes.byte();
    if kind < 16 {
        return Matrix::from_fn(|_, _| bytes.bits());
    }
    let rank = if kind < 64 { usize::from(kind) % SIZE + 1 } else { SIZE };
    let mut factor =
        Matrix::from_fn(|row, column| if column <= row && column < rank { bytes.share() } else { 0.0 });
    for row in 0..SIZE {
        let scale = if kind < 128 { bytes.scale() } else { 1.0 + bytes.share().abs() };
        factor.row_mut(row).scale_mut(scale);
    }
    symmetrise(&(factor * factor.transpose()))
}

/// Whether nothing here is near the limits of double precision: what was promised must then be kept to rounding.
fn is_good(estimate: &Gaussian<SIZE>) -> bool {
    let eigenvalues = || estimate.covariance.symmetric_eigenvalues();
    let is_finite = estimate.covariance.iter().chain(&estimate.mean).all(|number| number.abs() < 1e20);
    is_finite && Cholesky::new(&estimate.covariance).is_ok() && {
        let (least, most) = (eigenvalues().min(), eigenvalues().max());
        least > 1e-8 && most < 1e8 && most < 1e8 * least
    }
}

/// A fused covariance is one, and not larger than either that went in.
fn no_worse(fused: &Gaussian<SIZE>, a: &Matrix, b: &Matrix) {
    assert!(fused.mean.iter().all(|number| number.is_finite()), "{fused:?}");
    let volume = |matrix: &Matrix| log_determinant(matrix).expect("positive definite");
    let least = volume(a).min(volume(b));
    assert!(volume(&fused.covariance) <= least + 1e-5 * (1.0 + least.abs()), "{fused:?} of {a} and {b}");
}
