//! Many tracks before one radar, each seen once, and a tenth as many false plots besides: what gating and assignment are timed
//! on.

use crate::SceneError;
use fusion_core::association::Gate;
use fusion_core::dynamics::Coast;
use fusion_core::filter::block::CoastBlock;
use fusion_core::filter::{Gaussian, PositionMode, PositionModes};
use fusion_core::math::assignment::Candidate;
use fusion_core::math::box_tree::{Bounds, BoxTree};
use fusion_core::math::chance::Stream;
use fusion_core::math::{chi_square::quantile, lanes::Lanes, real::Real};
use fusion_core::measurement::Observation;
use fusion_core::types::LineOfSight;
use nalgebra::{Matrix3, SMatrix, SVector, Vector3};

/// How much room each track has, m³: about half a foreign plot lies in a gate.
pub const ROOM_M3: f64 = 8e9;
/// How the tracks move.
pub const MODEL: Coast = Coast { density_m2_s3: 1.0 };
const SENSOR_M: Vector3<f64> = Vector3::new(-3.6e6, 3.6e6, 3.8e6);
const CENTRE_M: Vector3<f64> = Vector3::new(-4.1e6, 3.3e6, 4.7e6);
const VELOCITY_M_S: Vector3<f64> = Vector3::new(2e3, 1e3, -1e3);
const RANGE_SIGMA_M: f64 = 30.0;
const ANGLE_SIGMA_RAD: f64 = 3e-4;
const POSITION_SIGMA_M: f64 = 100.0;
const VELOCITY_SIGMA_M_S: f64 = 10.0;
const DETECTION_PROBABILITY: f64 = 0.9;
/// False plots per m rad² at the middle, a million metres away.
const FALSE_DENSITY: f64 = 0.1 / ROOM_M3 * 1e12;

/// Tracks in free flight, in blocks of four, and what the radar sees a second later.
#[derive(Clone, Debug)]
pub struct Field {
    /// Beliefs at the start.
    pub blocks: Vec<CoastBlock>,
    /// What is seen a second later.
    pub plots: Vec<Observation>,
}

impl Field {
    /// So many tracks, a multiple of four, in a cube of that volume, m³. Ordered, tracks and plots stand near their neighbours
    /// in memory.
    ///
    /// # Errors
    /// None but where a cube reaches to the radar.
    pub fn new(count: usize, volume_m3: f64, is_ordered: bool) -> Result<Self, SceneError> {
        let mut chance = Stream::new("step", count as u64, &[]);
        let side_m = libm::cbrt(volume_m3);
        let mut tracks: Vec<Gaussian<6>> = (0..count).map(|_| track(&mut chance, side_m)).collect();
        if is_ordered {
            tracks = by_place(&tracks, |track| track.mean.fixed_rows::<3>(0).into());
        }
        let (fours, _) = tracks.as_chunks::<{ Lanes::COUNT }>();
        let mut field = Field { blocks: fours.iter().map(CoastBlock::from).collect(), plots: Vec::new() };
        let mut seen_m = Vec::new();
        for block in field.moved() {
            for lane in 0..Lanes::COUNT {
                let aside_m = Vector3::from_fn(|_, _| POSITION_SIGMA_M * chance.normal());
                seen_m.push(Vector3::from_fn(|axis, _| block.mean[axis].0[lane]) + aside_m);
            }
        }
        seen_m.extend((0..count / 10).map(|_| CENTRE_M + VELOCITY_M_S + in_cube(&mut chance, side_m)));
        let plots = seen_m.iter().map(|place_m| plot(&mut chance, place_m)).collect::<Option<Vec<_>>>();
        field.plots = plots.ok_or("a plot without a direction")?;
        for last in (1..field.plots.len()).rev() {
            field.plots.swap(last, (chance.uniform() * (last + 1) as f64) as usize);
        }
        if is_ordered {
            field.plots = by_place(&field.plots, |plot| plot.position().unwrap_or_default().0);
        }
        Ok(field)
    }

    /// Beliefs a second later, when the plots are seen.
    pub fn moved(&self) -> Vec<CoastBlock> {
        let mut blocks = self.blocks.clone();
        blocks.iter_mut().for_each(|block| block.predict(&MODEL, Lanes::splat(1.0)));
        blocks
    }
}

/// The gate in which one of 10,000 plots of a track does not lie.
///
/// # Errors
/// None.
pub fn gate() -> Result<Gate, SceneError> {
    Ok(Gate { two: quantile(2, 0.9999)?, three: quantile(3, 0.9999)? })
}

/// A pair in the gate, and what it costs by its log-likelihood.
pub fn candidate(row: usize, column: usize, log_likelihood: f64) -> Candidate {
    let cost = -libm::log(DETECTION_PROBABILITY / FALSE_DENSITY) - log_likelihood;
    Candidate { row, column, cost }
}

/// What a track without a plot costs.
pub fn cost_of_a_miss() -> f64 {
    -libm::log1p(-DETECTION_PROBABILITY)
}

/// Where one track of a block may be: in free flight for certain.
pub fn positions(block: &CoastBlock, lane: usize) -> PositionModes {
    let entry = |row: usize, column: usize| {
        let (row, column) = (row.max(column), row.min(column));
        block.covariance[row * (row + 1) / 2 + column].0[lane]
    };
    let coast = PositionMode {
        probability: 1.0,
        mean_m: Vector3::from_fn(|axis, _| block.mean[axis].0[lane]),
        covariance_m2: Matrix3::from_fn(entry),
    };
    let impossible = PositionMode { probability: 0.0, ..coast };
    PositionModes::new([impossible, coast, impossible])
}

/// The same in an order in which neighbours in space are mostly neighbours in the list.
fn by_place<T: Copy>(items: &[T], place_m: impl Fn(&T) -> Vector3<f64>) -> Vec<T> {
    let point = |item: &T| Bounds { low: place_m(item).into(), high: place_m(item).into() };
    let mut tree = BoxTree::default();
    tree.fill(&items.iter().map(point).collect::<Vec<_>>());
    tree.order().map(|index| items[index]).collect()
}

fn in_cube(chance: &mut Stream, side_m: f64) -> Vector3<f64> {
    Vector3::from_fn(|_, _| side_m * (chance.uniform() - 0.5))
}

fn track(chance: &mut Stream, side_m: f64) -> Gaussian<6> {
    let place_m = CENTRE_M + in_cube(chance, side_m);
    let velocity_m_s = VELOCITY_M_S + Vector3::from_fn(|_, _| 100.0 * chance.normal());
    let sigma = |axis: usize| if axis < 3 { POSITION_SIGMA_M } else { VELOCITY_SIGMA_M_S };
    Gaussian {
        mean: SVector::from_iterator(place_m.iter().chain(&velocity_m_s).copied()),
        covariance: SMatrix::from_fn(|row, column| if row == column { sigma(row) * sigma(row) } else { 0.0 }),
    }
}

/// A radar's plot of what is at a place.
fn plot(chance: &mut Stream, place_m: &Vector3<f64>) -> Option<Observation> {
    let offset_m = place_m - SENSOR_M;
    let noise_m = Vector3::from_fn(|_, _| ANGLE_SIGMA_RAD * offset_m.norm() * chance.normal());
    Some(Observation {
        line_of_sight: LineOfSight::new(SENSOR_M, &(offset_m + noise_m), &SENSOR_M)?,
        range_m: Some(offset_m.norm() + RANGE_SIGMA_M * chance.normal()),
        range_variance_m2: RANGE_SIGMA_M * RANGE_SIGMA_M,
        angle_variances_rad2: [ANGLE_SIGMA_RAD * ANGLE_SIGMA_RAD; 2],
        range_rate: None,
        sees_plume_only: false,
    })
}
