//! Times a step of many tracks: predict, gate, assign, update. `cargo bench -p benches --bench step`
//!
//! One radar sees each track once, and a tenth as many false plots besides. Tracks are in free flight, in blocks of four. The
//! region grows with the tracks, so that as many foreign plots lie in a gate whatever their number, or is one for all, as
//! large as the greatest of these. Tracks and plots stand near their neighbours in memory, or in no order. Sizes take turns
//! within a round, small ones several times, and medians of the thread's own time count, as there is other work on the machine.
#![allow(clippy::print_stdout, reason = "a bench prints")]

use benches::SceneError;
use benches::clock::thread_ns;
use benches::field::{Field, MODEL, ROOM_M3, candidate, cost_of_a_miss, gate, positions};
use benches::memory::resident_bytes;
use fusion_core::association::{Gate, Gating, gated_log_likelihood};
use fusion_core::filter::block::{CoastBlock, Sighting};
use fusion_core::math::assignment::{Assigner, Candidate};
use fusion_core::math::{lanes::Lanes, real::Real};
use fusion_core::measurement::Observation;
use std::hint::black_box;

const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];
const ROUNDS: usize = 15;
/// Tracks of each of two threads that step at once.
const HALF: usize = 500_000;
const HALF_ROUNDS: usize = 5;
const STAGES: [&str; 5] = ["predict", "sort plots", "gate", "assign", "update"];
type Times = [f64; STAGES.len()];

fn main() -> Result<(), SceneError> {
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
    million()
}

/// A million tracks in one process: two regions, each with its radar and on a thread of its own, at the same time.
fn million() -> Result<(), SceneError> {
    let small = &mut (Step::new(10_000, ROOM_M3 * 10_000.0, true)?, Vec::new());
    let before_bytes = resident_bytes();
    let region = || Ok::<_, SceneError>((Step::new(HALF, ROOM_M3 * HALF as f64, true)?, Vec::new()));
    let mut halves = [region()?, region()?];
    for _ in 0..HALF_ROUNDS {
        small.1.push(small.0.run()?);
        let times = std::thread::scope(|scope| {
            let started = halves.each_mut().map(|(step, _)| scope.spawn(|| step.run()));
            started.map(|thread| thread.join().map_err(|_| SceneError::from("a step panicked"))?)
        });
        for ((_, known), times) in halves.iter_mut().zip(times) {
            known.push(times?);
        }
    }
    let per_track = |grown: f64| grown / (2 * HALF) as f64;
    let memory = before_bytes.zip(resident_bytes()).map_or("not told here".to_owned(), |(before, after)| {
        // The tracks as they were at the start, to begin each round with, are the bench's own.
        let own = std::mem::size_of::<CoastBlock>() as f64 / Lanes::COUNT as f64;
        format!("{:.0} bytes", per_track(after - before) - own)
    });
    let all = |times: &mut Vec<Times>| medians(times).iter().sum::<f64>();
    let [one, other] = halves.each_mut().map(|(_, times)| all(times));
    let alone = all(&mut small.1);
    println!(
        "\ntwo regions of {HALF} tracks at once, by place: {one:.0} and {other:.0} ns per track, {:.2} times that of 10,000 alone ({alone:.0} ns); memory a track {memory}",
        0.5 * (one + other) / alone
    );
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
    fn new(count: usize, volume_m3: f64, is_ordered: bool) -> Result<Self, SceneError> {
        let Field { blocks: at_start, plots } = Field::new(count, volume_m3, is_ordered)?;
        Ok(Step {
            blocks: at_start.clone(),
            at_start,
            plots,
            gate: gate()?,
            gating: Gating::default(),
            candidates: Vec::new(),
            misses: vec![cost_of_a_miss(); count],
            assigner: Assigner::default(),
            near: 0,
            assigned: 0,
        })
    }

    fn count(&self) -> usize {
        self.misses.len()
    }

    /// Runs the step from its start; ns per track of each stage.
    fn run(&mut self) -> Result<Times, SceneError> {
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
                    let log = gated_log_likelihood(&positions, &plots[column], gate.three);
                    candidates.extend(log.map(|log| candidate(row, column, log)));
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
        Clock { last_ns: thread_ns(), tracks: tracks as f64 }
    }

    fn lap(&mut self) -> f64 {
        let now_ns = thread_ns();
        (now_ns - std::mem::replace(&mut self.last_ns, now_ns)) / self.tracks
    }
}

/// Updates each track with its plot; one without any with a plot that tells nothing.
fn update(
    blocks: &mut [CoastBlock],
    plots: &[Observation],
    pairs: &[Option<usize>],
) -> Result<(), SceneError> {
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
