//! Times a step of many tracks: predict, gate, assign, update. `cargo bench -p benches --bench step`
//!
//! One radar sees each track once, and a tenth as many false plots besides. Tracks are in free flight, in blocks of four. The
//! region grows with the tracks, so that as many foreign plots lie in a gate whatever their number, or is one for all, as
//! large as the greatest of these. Tracks and plots stand near their neighbours in memory, or in no order. Sizes take turns
//! within a round, small ones several times, and medians of the thread's own time count, as there is other work on the machine.
#![allow(clippy::print_stdout, reason = "a bench prints")]

use fusion_core::association::{Gate, Gating, gated_log_likelihood};
use fusion_core::dynamics::Coast;
use fusion_core::filter::block::{CoastBlock, Sighting};
use fusion_core::filter::{Gaussian, PositionMode, PositionModes};
use fusion_core::math::assignment::{Assigner, Candidate};
use fusion_core::math::box_tree::{Bounds, BoxTree};
use fusion_core::math::chance::Stream;
use fusion_core::math::{chi_square::quantile, lanes::Lanes, real::Real};
use fusion_core::measurement::Observation;
use fusion_core::types::LineOfSight;
use nalgebra::{Matrix3, SMatrix, SVector, Vector3};
use std::error::Error;
use std::hint::black_box;

const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];
const ROUNDS: usize = 15;
/// How much room each track has, m³: about half a foreign plot lies in a gate.
const ROOM_M3: f64 = 8e9;
const SENSOR_M: Vector3<f64> = Vector3::new(-3.6e6, 3.6e6, 3.8e6);
const CENTRE_M: Vector3<f64> = Vector3::new(-4.1e6, 3.3e6, 4.7e6);
const VELOCITY_M_S: Vector3<f64> = Vector3::new(2e3, 1e3, -1e3);
const MODEL: Coast = Coast { density_m2_s3: 1.0 };
const RANGE_SIGMA_M: f64 = 30.0;
const ANGLE_SIGMA_RAD: f64 = 3e-4;
const POSITION_SIGMA_M: f64 = 100.0;
const VELOCITY_SIGMA_M_S: f64 = 10.0;
const DETECTION_PROBABILITY: f64 = 0.9;
/// False plots per m rad² at the middle, a million metres away.
const FALSE_DENSITY: f64 = 0.1 / ROOM_M3 * 1e12;

const STAGES: [&str; 5] = ["predict", "sort plots", "gate", "assign", "update"];
type Times = [f64; STAGES.len()];

fn main() -> Result<(), Box<dyn Error>> {
    println!("ns per track; gate: pairs near each other and the likelihood of each");
    let greatest = SIZES[SIZES.len() - 1];
    for (name, least, is_ordered) in [
        ("growing region, by place", 0, true),
        ("growing region, no order", 0, false),
        ("one region, by place", greatest, true),
    ] {
        let mut steps = Vec::new();
        for count in SIZES {
            let volume_m3 = ROOM_M3 * count.max(least) as f64;
            steps.push((Step::new(count, volume_m3, is_ordered)?, Vec::new()));
        }
        for _ in 0..ROUNDS {
            for (step, times) in &mut steps {
                for _ in 0..(10_000 / step.count()).max(1) {
                    times.push(step.run()?);
                }
            }
        }
        print(name, &mut steps);
    }
    Ok(())
}

fn print(name: &str, steps: &mut [(Step, Vec<Times>)]) {
    println!(
        "\n{name:30} {}      all  x of 1,000  pairs near, in gate, assigned",
        STAGES.map(|s| format!("{s:>11}")).join("")
    );
    let medians: Vec<Times> = steps.iter_mut().map(|(_, times)| medians(times)).collect();
    let all = |times: &Times| times.iter().sum::<f64>();
    for ((step, _), times) in steps.iter().zip(&medians) {
        let stages = times.map(|ns| format!("{ns:11.0}")).join("");
        let per_track = |count: usize| count as f64 / step.count() as f64;
        let ratio = all(times) / all(&medians[1]);
        println!(
            "{:>22} tracks  {stages} {:8.0} {ratio:11.2} {:11.2} {:8.2} {:9.3}",
            step.count(),
            all(times),
            per_track(step.near),
            per_track(step.candidates.len()),
            per_track(step.assigned),
        );
    }
}

/// The median of each stage.
fn medians(runs: &mut [Times]) -> Times {
    std::array::from_fn(|stage| {
        runs.sort_by(|one, other| one[stage].total_cmp(&other[stage]));
        runs[runs.len() / 2][stage]
    })
}

/// All that one step needs, and what came of it.
struct Step {
    at_start: Vec<CoastBlock>,
    plots: Vec<Observation>,
    gate: Gate,
    blocks: Vec<CoastBlock>,
    gating: Gating,
    candidates: Vec<Candidate>,
    misses: Vec<f64>,
    assigner: Assigner,
    near: usize,
    assigned: usize,
}

impl Step {
    /// So many tracks, a multiple of four, in a cube of that volume.
    fn new(count: usize, volume_m3: f64, is_ordered: bool) -> Result<Self, Box<dyn Error>> {
        let mut chance = Stream::new("step", count as u64, &[]);
        let side_m = libm::cbrt(volume_m3);
        let mut tracks: Vec<Gaussian<6>> = (0..count).map(|_| track(&mut chance, side_m)).collect();
        if is_ordered {
            tracks = by_place(&tracks, |track| track.mean.fixed_rows::<3>(0).into());
        }
        let (fours, _) = tracks.as_chunks::<{ Lanes::COUNT }>();
        let at_start: Vec<CoastBlock> = fours.iter().map(CoastBlock::from).collect();
        let mut seen_m = Vec::new();
        for block in &at_start {
            let mut moved = *block;
            moved.predict(&MODEL, Lanes::splat(1.0));
            for lane in 0..Lanes::COUNT {
                let aside_m = Vector3::from_fn(|_, _| POSITION_SIGMA_M * chance.normal());
                seen_m.push(Vector3::from_fn(|axis, _| moved.mean[axis].0[lane]) + aside_m);
            }
        }
        seen_m.extend((0..count / 10).map(|_| CENTRE_M + VELOCITY_M_S + in_cube(&mut chance, side_m)));
        let plots = seen_m.iter().map(|place_m| plot(&mut chance, place_m)).collect::<Option<Vec<_>>>();
        let mut plots = plots.ok_or("a plot without a direction")?;
        for last in (1..plots.len()).rev() {
            plots.swap(last, (chance.uniform() * (last + 1) as f64) as usize);
        }
        if is_ordered {
            plots = by_place(&plots, |plot| plot.position().unwrap_or_default().0);
        }
        Ok(Step {
            blocks: at_start.clone(),
            at_start,
            plots,
            gate: Gate { two: quantile(2, 0.9999)?, three: quantile(3, 0.9999)? },
            gating: Gating::default(),
            candidates: Vec::new(),
            misses: vec![-libm::log1p(-DETECTION_PROBABILITY); count],
            assigner: Assigner::default(),
            near: 0,
            assigned: 0,
        })
    }

    fn count(&self) -> usize {
        self.misses.len()
    }

    /// Runs the step from its start; ns per track of each stage.
    fn run(&mut self) -> Result<Times, Box<dyn Error>> {
        self.blocks.clone_from(&self.at_start);
        let mut clock = Clock::new(self.count());
        for block in &mut self.blocks {
            block.predict(&MODEL, Lanes::splat(1.0));
        }
        let predict = clock.lap();
        self.gating.fill(self.plots.iter(), self.gate);
        let sort = clock.lap();
        self.find_candidates();
        let gate = clock.lap();
        let Step { assigner, candidates, misses, plots, blocks, .. } = self;
        let pairs = assigner.assign(misses.len(), plots.len(), candidates, misses)?;
        let assign = clock.lap();
        update(blocks, plots, pairs)?;
        let update = clock.lap();
        self.assigned = pairs.iter().flatten().count();
        black_box(&self.blocks);
        Ok([predict, sort, gate, assign, update])
    }

    fn find_candidates(&mut self) {
        let Step { blocks, plots, gate, gating, candidates, near, .. } = self;
        candidates.clear();
        *near = 0;
        for (row, block) in blocks.iter().enumerate() {
            for lane in 0..Lanes::COUNT {
                let positions = positions(block, lane);
                let row = row * Lanes::COUNT + lane;
                for &column in gating.plots_near(&positions) {
                    *near += 1;
                    if let Some(log) = gated_log_likelihood(&positions, &plots[column], gate.three) {
                        let cost = -libm::log(DETECTION_PROBABILITY / FALSE_DENSITY) - log;
                        candidates.push(Candidate { row, column, cost });
                    }
                }
            }
        }
    }
}

/// Time since the last lap, ns per track.
struct Clock {
    last_ns: f64,
    tracks: f64,
}

impl Clock {
    fn new(tracks: usize) -> Self {
        Clock { last_ns: now_ns(), tracks: tracks as f64 }
    }

    fn lap(&mut self) -> f64 {
        let now_ns = now_ns();
        (now_ns - std::mem::replace(&mut self.last_ns, now_ns)) / self.tracks
    }
}

/// Time that this thread has run: a step of 100,000 tracks takes longer than other work leaves a processor alone.
fn now_ns() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
}

/// The same in an order in which neighbours in space are mostly neighbours in the list.
fn by_place<T: Copy>(items: &[T], place_m: impl Fn(&T) -> Vector3<f64>) -> Vec<T> {
    let point = |item: &T| Bounds { low: place_m(item).into(), high: place_m(item).into() };
    let mut tree = BoxTree::default();
    tree.fill(&items.iter().map(point).collect::<Vec<_>>());
    tree.order().map(|index| items[index]).collect()
}

/// Updates each track with its plot; one without any with a plot that tells nothing.
fn update(
    blocks: &mut [CoastBlock],
    plots: &[Observation],
    pairs: &[Option<usize>],
) -> Result<(), Box<dyn Error>> {
    let (fours, _) = pairs.as_chunks::<{ Lanes::COUNT }>();
    for (block, pairs) in blocks.iter_mut().zip(fours) {
        let seen = pairs.map(|pair| match pair {
            Some(plot) => plots[plot],
            None => Observation { range_variance_m2: 1e30, angle_variances_rad2: [1e30; 2], ..plots[0] },
        });
        black_box(block.update(&Sighting::beside(&seen).ok_or("a plot without range")?));
    }
    Ok(())
}

/// Where one track of a block may be: in free flight for certain.
fn positions(block: &CoastBlock, lane: usize) -> PositionModes {
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
