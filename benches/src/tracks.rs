//! Tracks before one radar that sees each of them: what the filters are timed on.

use crate::SceneError;
use fusion_core::dynamics::{Dynamics, LONGEST_STEP_S, propagate};
use fusion_core::filter::Gaussian;
use fusion_core::measurement::Observation;
use fusion_core::types::LineOfSight;
use nalgebra::{SMatrix, SVector, Vector3};

/// Where tracks are, how they move, and how well that is known: a middle and how far they spread around it.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings {
    /// Position, Earth-fixed, m.
    pub place_m: [(f64, f64); 3],
    /// Velocity, m/s.
    pub velocity_m_s: [(f64, f64); 3],
    /// States beyond the sixth.
    pub further: [(f64, f64); 3],
    /// Standard deviations, about, of position (m), velocity (m/s) and what is beyond.
    pub sigmas: [f64; 3],
}

impl Surroundings {
    /// Above the air, over the sea of Japan; thrust beyond the velocity, m/s².
    pub const ABOVE_THE_AIR: Surroundings = Surroundings {
        place_m: [(-3.9e6, 1e5), (3.5e6, 1e5), (4.4e6, 1e5)],
        velocity_m_s: [(-2e3, 5e2), (-3e3, 5e2), (1e3, 5e2)],
        further: [(10.0, 5.0), (-20.0, 5.0), (5.0, 5.0)],
        sigmas: [300.0, 20.0, 2.0],
    };

    /// Some 25 to 65 km high; the logarithm of the inverse ballistic coefficient (m²/kg) beyond the velocity.
    pub const IN_THE_AIR: Surroundings = Surroundings {
        place_m: [(-3.650e6, 1e4), (3.276e6, 1e4), (4.119e6, 1e4)],
        velocity_m_s: [(-1e3, 5e2), (-2e3, 5e2), (-2e3, 5e2)],
        further: [(-8.5, 0.3), (0.0, 0.0), (0.0, 0.0)],
        sigmas: [300.0, 20.0, 0.1],
    };
}

/// So many tracks, and a radar's look at where each is a second later, somewhat beside it.
///
/// # Errors
/// None for the surroundings above; with others a track may lie at the radar itself.
pub fn tracks<const N: usize>(
    model: &impl Dynamics<N>,
    surroundings: &Surroundings,
    count: usize,
) -> Result<(Vec<Gaussian<N>>, Vec<Observation>), SceneError> {
    let origin_m = Vector3::new(-3.6e6, 3.6e6, 3.8e6);
    let wave = |index: usize, phase: usize| libm::sin((17 * index + phase) as f64 * 1.7);
    let Surroundings { place_m, velocity_m_s, further, sigmas } = surroundings;
    let mut looks = Vec::with_capacity(count);
    let mut tracks = Vec::with_capacity(count);
    for index in 0..count {
        let around = place_m.iter().chain(velocity_m_s).chain(further).enumerate();
        let numbers = around.map(|(phase, (middle, width))| middle + width * wave(index, phase));
        let mean = SVector::from_iterator(numbers);
        let factor = SMatrix::<f64, N, N>::from_fn(|row, column| {
            let scale = sigmas[row / 3];
            scale * (0.3 * wave(index, row * N + column) + if row == column { 1.0 } else { 0.0 })
        });
        tracks.push(Gaussian { mean, covariance: factor * factor.transpose() });
        let (moved, _) = propagate(model, &mean, 1.0, LONGEST_STEP_S);
        let aside_m = Vector3::new(wave(index, 9), wave(index, 10), wave(index, 11)) * 100.0;
        let offset_m = moved.fixed_rows::<3>(0) + aside_m - origin_m;
        looks.push(Observation {
            line_of_sight: LineOfSight::new(origin_m, &offset_m, &origin_m).ok_or("no direction")?,
            range_m: Some(offset_m.norm()),
            range_variance_m2: 900.0,
            angle_variances_rad2: [1e-6; 2],
            range_rate: None,
            sees_plume_only: false,
        });
    }
    Ok((tracks, looks))
}
