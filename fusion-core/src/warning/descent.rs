//! One step on the way to the ground, with the derivative by the state that the flight began with.

use crate::dispatch::{Four, Kernel, widest};
use crate::dynamics::{Dynamics, Reentry};
use crate::math::lanes::Lanes;
use nalgebra::{SMatrix, SVector};

/// A state on the way down (position, m; velocity, m/s; ln(Cd A / m)), and how it follows from the first one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Descent {
    pub mean: SVector<f64, 7>,
    /// Derivative of position and velocity by the first state, row by row; the eighth column is none.
    rows: [Row<Lanes>; 6],
}

/// Eight numbers side by side.
type Row<S> = [S; 2];

/// Without noise: where it falls, and not how well that is known.
const MODEL: Reentry = Reentry { density_m2_s3: 0.0, log_density_1_s: 0.0 };

impl Descent {
    /// The first state.
    pub fn new(mean: SVector<f64, 7>) -> Self {
        Descent { mean, rows: std::array::from_fn(unit_row) }
    }

    /// The state `seconds` later, by one Runge-Kutta step of state and derivative: [`crate::dynamics::step`], to the same bits.
    ///
    /// The columns of the derivative go side by side.
    pub fn after(&self, seconds: f64) -> Descent {
        widest(Step { from: self, seconds })
    }

    /// Derivative of the position by the first state.
    pub fn position_by_first(&self) -> SMatrix<f64, 3, 7> {
        SMatrix::from_fn(|row, column| self.rows[row][column / Lanes::COUNT].0[column % Lanes::COUNT])
    }
}

/// A row of the identity.
fn unit_row(index: usize) -> Row<Lanes> {
    let mut row = Row::<Lanes>::default();
    row[index / Lanes::COUNT].0[index % Lanes::COUNT] = 1.0;
    row
}

struct Step<'a> {
    from: &'a Descent,
    seconds: f64,
}

impl Kernel for Step<'_> {
    type Output = Descent;

    #[inline(always)]
    fn run<S: Four>(self) -> Descent {
        let half = 0.5 * self.seconds;
        let mut first = [[S::zero(); 2]; 6];
        for (row, stored) in first.iter_mut().zip(&self.from.rows) {
            *row = [S::load(&stored[0]), S::load(&stored[1])];
        }
        let mean = self.from.mean;
        let (k1, m1) = rates(&mean, &first);
        let (k2, m2) = rates(&(mean + k1 * half), &plus(&first, &m1, half));
        let (k3, m3) = rates(&(mean + k2 * half), &plus(&first, &m2, half));
        let (k4, m4) = rates(&(mean + k3 * self.seconds), &plus(&first, &m3, self.seconds));
        let (two, sixth) = (S::splat(2.0), self.seconds / 6.0);
        let mut weighted = m1;
        for row in 0..6 {
            for part in 0..2 {
                weighted[row][part] = m1[row][part] + (m2[row][part] + m3[row][part]) * two + m4[row][part];
            }
        }
        let mut rows = [Row::<Lanes>::default(); 6];
        for (stored, row) in rows.iter_mut().zip(&plus(&first, &weighted, sixth)) {
            *stored = [row[0].store(), row[1].store()];
        }
        Descent { mean: mean + (k1 + (k2 + k3) * 2.0 + k4) * sixth, rows }
    }
}

/// Rates of a state and of its derivative by the first one: position's is velocity, velocity's the acceleration.
#[inline(always)]
fn rates<S: Four>(mean: &SVector<f64, 7>, by_first: &[Row<S>; 6]) -> (SVector<f64, 7>, [Row<S>; 6]) {
    let (acceleration, jacobian) = MODEL.acceleration(mean);
    let rate =
        SVector::from([mean[3], mean[4], mean[5], acceleration.x, acceleration.y, acceleration.z, 0.0]);
    let mut rates = [by_first[3], by_first[4], by_first[5], [S::zero(); 2], [S::zero(); 2], [S::zero(); 2]];
    let [_, by_area] = unit_row(6);
    let by_area = S::load(&by_area);
    for axis in 0..3 {
        for part in 0..2 {
            let mut sum = S::splat(jacobian[(axis, 0)]) * by_first[0][part];
            for column in 1..6 {
                sum += S::splat(jacobian[(axis, column)]) * by_first[column][part];
            }
            rates[3 + axis][part] = sum;
        }
        rates[3 + axis][1] += S::splat(jacobian[(axis, 6)]) * by_area;
    }
    (rate, rates)
}

/// `first + second · factor`.
#[inline(always)]
fn plus<S: Four>(first: &[Row<S>; 6], second: &[Row<S>; 6], factor: f64) -> [Row<S>; 6] {
    let factor = S::splat(factor);
    let mut sum = *first;
    for row in 0..6 {
        for part in 0..2 {
            sum[row][part] += second[row][part] * factor;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::step;
    use crate::types::{Geodetic, ecef_from_enu, ecef_from_geodetic};
    use nalgebra::Vector3;

    #[test]
    fn it_is_the_step_of_the_model() {
        let place = Geodetic::from_degrees(40.5, 150.0, 300e3);
        let velocity_m_s = ecef_from_enu(place) * Vector3::new(1_300.0, -200.0, -2_500.0);
        let parts = ecef_from_geodetic(place);
        let parts = parts.iter().chain(velocity_m_s.iter()).copied().chain([-libm::log(5_000.0)]);
        let mut descent = Descent::new(SVector::from_iterator(parts));
        let (mut mean, mut transition) = (descent.mean, SMatrix::identity());
        // Above the air, into it, and near the ground.
        for seconds in [20.0, 13.7].into_iter().chain([1.5; 60]) {
            descent = descent.after(seconds);
            (mean, transition) = step(&MODEL, &mean, &transition, seconds);
            assert_eq!(descent.mean, mean);
            assert_eq!(descent.position_by_first(), transition.fixed_rows::<3>(0));
        }
        assert!(descent.mean.fixed_rows::<3>(0).norm() < 6.39e6, "it has come down into the air");
    }
}
