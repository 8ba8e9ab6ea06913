//! Covariances as the lower triangle by rows.

use crate::math::real::Real;

/// Where an entry of a symmetric matrix stands in its lower triangle.
#[inline(always)]
pub(super) const fn at(row: usize, column: usize) -> usize {
    if row >= column { row * (row + 1) / 2 + column } else { column * (column + 1) / 2 + row }
}

/// `transition · covariance · transitionᵀ`, where the transition's rows beyond the sixth are those of the identity.
#[inline(always)]
pub(super) fn carried<S: Real, const N: usize, const PACKED: usize>(
    covariance: &[S; PACKED],
    transition: &[[S; N]; 6],
) -> [S; PACKED] {
    let mut carried = *covariance;
    for_each_row!(row, 6, {
        let mut half = [S::zero(); N];
        for_each_row!(column, N, {
            let mut right = [S::zero(); N];
            for index in 0..N {
                right[index] = covariance[at(index, column)];
            }
            half[column] = dot(&transition[row], &right);
        });
        for column in 0..row + 1 {
            carried[at(row, column)] = dot(&half, &transition[column]);
        }
        for column in 6..N {
            carried[at(row, column)] = half[column];
        }
    });
    carried
}

/// In two sums, so that additions wait less for each other.
#[inline(always)]
fn dot<S: Real, const N: usize>(a: &[S; N], b: &[S; N]) -> S {
    let mut sums = [a[0] * b[0], a[1] * b[1]];
    for index in 2..N {
        sums[index % 2] += a[index] * b[index];
    }
    sums[0] + sums[1]
}
