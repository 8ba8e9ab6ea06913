//! Models of motion in the form that leaves their zeros out.

use super::Block;
use super::covariance::{at, carried};
use super::fall::Fallen;
use super::flight::{Columns, Path};
use crate::dynamics::{Boost, Coast, Reentry};
use crate::math::real::Real;

/// A model of motion that blocks of tracks can be predicted with.
pub trait BlockDynamics<const N: usize, const PACKED: usize> {
    /// Carries means and covariances over `seconds`, for one track or for four side by side.
    fn predict<S: Real>(&self, block: &mut Block<N, PACKED, S>, seconds: S);
}

impl BlockDynamics<6, 21> for Coast {
    #[inline(always)]
    fn predict<S: Real>(&self, block: &mut Block<6, 21, S>, seconds: S) {
        let [x, y, z, vx, vy, vz] = block.mean;
        let path = Path::new(&[x, y, z], &[vx, vy, vz], None, seconds);
        let ([x, y, z], [vx, vy, vz]) = (path.position_m, path.velocity_m_s);
        block.mean = [x, y, z, vx, vy, vz];
        let transition: [[S; 6]; 6] = side_by_side([path.by_position(), path.by_velocity()]);
        block.covariance = carried(&block.covariance, &transition);

        add_white_acceleration(&mut block.covariance, self.density_m2_s3, seconds);
    }
}

impl BlockDynamics<7, 28> for Reentry {
    #[inline(always)]
    fn predict<S: Real>(&self, block: &mut Block<7, 28, S>, seconds: S) {
        let Fallen { state, transition } = Fallen::new(&block.mean, seconds);
        block.mean = state;
        block.covariance = carried(&block.covariance, &transition);
        add_white_acceleration(&mut block.covariance, self.density_m2_s3, seconds);
        block.covariance[at(6, 6)] += S::splat(self.log_density_1_s) * seconds;
    }
}

impl BlockDynamics<9, 45> for Boost {
    #[inline(always)]
    fn predict<S: Real>(&self, block: &mut Block<9, 45, S>, seconds: S) {
        let [x, y, z, vx, vy, vz, ax, ay, az] = block.mean;
        let path = Path::new(&[x, y, z], &[vx, vy, vz], Some(&[ax, ay, az]), seconds);
        let ([x, y, z], [vx, vy, vz]) = (path.position_m, path.velocity_m_s);
        block.mean = [x, y, z, vx, vy, vz, ax, ay, az];
        let transition: [[S; 9]; 6] =
            side_by_side([path.by_position(), path.by_velocity(), path.by_thrust()]);
        block.covariance = carried(&block.covariance, &transition);

        let once = S::splat(self.density_m2_s5) * seconds;
        let twice = once * seconds;
        let thrice = twice * seconds;
        add_noise(&mut block.covariance, 0, 0, thrice * seconds * seconds * S::splat(1.0 / 20.0));
        add_noise(&mut block.covariance, 1, 0, thrice * seconds * S::splat(1.0 / 8.0));
        add_noise(&mut block.covariance, 1, 1, thrice * S::splat(1.0 / 3.0));
        add_noise(&mut block.covariance, 2, 0, thrice * S::splat(1.0 / 6.0));
        add_noise(&mut block.covariance, 2, 1, twice * S::splat(0.5));
        add_noise(&mut block.covariance, 2, 2, once);
    }
}

/// Adds the noise of position and velocity under white acceleration noise of a density in m²/s³.
#[inline(always)]
fn add_white_acceleration<S: Real, const PACKED: usize>(
    covariance: &mut [S; PACKED],
    density_m2_s3: f64,
    seconds: S,
) {
    let once = S::splat(density_m2_s3) * seconds;
    let twice = once * seconds;
    add_noise(covariance, 0, 0, twice * seconds * S::splat(1.0 / 3.0));
    add_noise(covariance, 1, 0, twice * S::splat(0.5));
    add_noise(covariance, 1, 1, once);
}

/// Adds the same in each of three axes to the covariance of two derivatives of position.
#[inline(always)]
fn add_noise<S: Real, const PACKED: usize>(
    covariance: &mut [S; PACKED],
    first: usize,
    second: usize,
    noise: S,
) {
    for axis in 0..3 {
        covariance[at(3 * first + axis, 3 * second + axis)] += noise;
    }
}

/// The upper six rows of a transition matrix.
#[inline(always)]
fn side_by_side<S: Real, const K: usize, const N: usize>(columns: [Columns<S>; K]) -> [[S; N]; 6] {
    let mut transition = [[S::zero(); N]; 6];
    for block in 0..K {
        for row in 0..3 {
            for column in 0..3 {
                transition[row][3 * block + column] = columns[block][0][row][column];
                transition[row + 3][3 * block + column] = columns[block][1][row][column];
            }
        }
    }
    transition
}
