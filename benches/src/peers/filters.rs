//! The extended Kalman filter: predict over a second, and update with range, azimuth and elevation.

use super::child::Peers;
use super::contest::{Agreement, Comparison, Contest, Entry, Form, Goal};
use super::counting::Operations;
use super::plain;
use super::rates::Rates;
use crate::SceneError;
use crate::tracks::{Surroundings, tracks};
use fusion_core::dynamics::Coast;
use fusion_core::filter::Gaussian;
use fusion_core::filter::block::{CoastBlock, Predict, Sighting, Update};
use fusion_core::math::{lanes::Lanes, real::Real};
use fusion_core::measurement::Observation;
use std::hint::black_box;
use std::rc::Rc;

/// So few that all of them lie in the first cache, for everybody.
pub const TRACKS: usize = 32;
const SECONDS: f64 = 1.0;
const DENSITY_M2_S3: f64 = 1e-3;
/// Relative to its size and standard deviation: what rounding leaves in other orders of the same sums.
const TOLERANCE: f64 = 1e-9;

/// What each of some tracks is worked on with, and what must come of it.
pub struct Work<const N: usize> {
    /// Beliefs before the step.
    pub tracks: Rc<Vec<Gaussian<N>>>,
    /// What is seen a second later.
    pub looks: Rc<Vec<Observation>>,
    /// Of each track mean, covariance, and the log-likelihood of the look.
    pub expected: Vec<f64>,
}

/// One belief and a log-likelihood as numbers.
fn numbers<const N: usize>(track: &Gaussian<N>, log_likelihood: f64) -> impl Iterator<Item = f64> {
    let (mean, covariance) = (track.mean, track.covariance);
    let of_covariance = (0..N * N).map(move |index| covariance[(index / N, index % N)]);
    (0..N).map(move |row| mean[row]).chain(of_covariance).chain([log_likelihood])
}

impl<const N: usize> Work<N> {
    /// How far numbers of tracks lie from what must come: means beside their size and standard deviation, covariances beside the
    /// deviations, logarithms beside one and themselves.
    pub fn agreement(&self, found: &[f64]) -> Agreement {
        let size = N + N * N + 1;
        let mut worst = if found.len() == self.expected.len() { 0.0_f64 } else { f64::NAN };
        for (ours, theirs) in self.expected.chunks(size).zip(found.chunks(size)) {
            let sigma = |row: usize| ours[N + row * N + row].sqrt();
            for (index, (one, other)) in ours.iter().zip(theirs).enumerate() {
                let scale = match index {
                    mean if mean < N => one.abs() + sigma(mean),
                    last if last == size - 1 => 1.0 + one.abs(),
                    entry => sigma((entry - N) / N) * sigma((entry - N) % N),
                };
                let difference = (one - other).abs() / scale;
                // Not a number is no agreement, and stays.
                worst = if difference > worst || difference.is_nan() { difference } else { worst };
            }
        }
        Agreement { worst, tolerance: TOLERANCE }
    }

    /// The numbers that a program is handed: how many tracks, seconds and what the model needs, then each track and its look.
    pub fn to_load(&self, model: &[f64]) -> Vec<f64> {
        let mut loaded = vec![self.tracks.len() as f64, SECONDS];
        loaded.extend_from_slice(model);
        for (track, look) in self.tracks.iter().zip(self.looks.iter()) {
            loaded.extend(numbers(track, 0.0).take(N + N * N));
            let frame = &look.line_of_sight;
            let vectors = [frame.origin_m, frame.along, frame.right, frame.up];
            loaded.extend(vectors.iter().flat_map(|vector| [vector.x, vector.y, vector.z]));
            let [right_rad2, up_rad2] = look.angle_variances_rad2;
            loaded.extend([look.range_m.unwrap_or_default(), look.range_variance_m2, right_rad2, up_rad2]);
        }
        loaded
    }
}

/// All comparisons of filters.
///
/// # Errors
/// None for the scenes as they are.
pub fn enter(contest: &mut Contest, peers: &mut Peers) -> Result<(), SceneError> {
    free_flight(contest, peers)
}

/// Six states, above the air.
fn free_flight(contest: &mut Contest, peers: &mut Peers) -> Result<(), SceneError> {
    if !contest.wants_any(&["filter"], "") {
        return Ok(());
    }
    let model = Coast { density_m2_s3: DENSITY_M2_S3 };
    let (tracks, looks) = tracks(&model, &Surroundings::ABOVE_THE_AIR, TRACKS)?;
    let (fours, _) = tracks.as_chunks::<{ Lanes::COUNT }>();
    let (four_looks, _) = looks.as_chunks::<{ Lanes::COUNT }>();
    let blocks: Vec<CoastBlock> = fours.iter().map(CoastBlock::from).collect();
    let sightings: Option<Vec<Sighting>> = four_looks.iter().map(Sighting::beside).collect();
    let sightings = sightings.ok_or("a look without range")?;
    let mut expected = Vec::new();
    for (block, sighting) in blocks.iter().zip(&sightings) {
        let mut block = *block;
        block.predict(&model, Lanes::splat(SECONDS));
        let taken = block.update(sighting);
        for lane in 0..Lanes::COUNT {
            expected.extend(numbers(&block.gaussian(lane), taken.score.log_likelihood.0[lane]));
        }
    }
    let operations = operations(&model, &blocks, &sightings);
    let work = Work { tracks: Rc::new(tracks), looks: Rc::new(looks), expected };
    let entry = enter_blocks(contest, model, blocks, sightings);
    let ours = vec![contest.form(entry)];
    if contest.wants("filter", "floor") {
        floors(contest, peers, "filter", &ours, &operations);
    }
    if contest.wants("filter", "nalgebra") {
        beside_plain(contest, "filter", &ours, &work, plain::Free(DENSITY_M2_S3));
    }
    Ok(())
}

fn operations(model: &Coast, blocks: &[CoastBlock], sightings: &[Sighting]) -> Operations {
    let (Some(block), Some(sighting)) = (blocks.first(), sightings.first()) else {
        return Operations::default();
    };
    let mut block = *block;
    let predict = Operations::of(Predict { block: &mut block, model, seconds: Lanes::splat(SECONDS) });
    predict + Operations::of(Update { block: &mut block, sighting })
}

fn enter_blocks(
    contest: &mut Contest,
    model: Coast,
    blocks: Vec<CoastBlock>,
    sightings: Vec<Sighting>,
) -> Entry {
    let mut after = blocks.clone();
    contest.enter_work("blocks of four", TRACKS as f64, move || {
        for ((block, sighting), after) in blocks.iter().zip(&sightings).zip(&mut after) {
            let mut block = *block;
            block.predict(&model, Lanes::splat(SECONDS));
            black_box(block.update(sighting));
            *after = block;
        }
        black_box(&mut after);
    })
}

/// Ours beside the operations that are needed.
fn floors(
    contest: &mut Contest,
    peers: &mut Peers,
    topic: &'static str,
    ours: &[Form],
    operations: &Operations,
) {
    let rates = Rates::enter(contest, peers);
    for (form, target, note) in [
        (rates.floor(operations), Some(2.0), "each division and root as one multiply-add"),
        (rates.own_floor(operations, 0), None, "divisions and roots at their own rate"),
    ] {
        contest.compare(Comparison {
            topic,
            peer: "floor",
            unit: "ns per track",
            ours: ours.to_vec(),
            peers: vec![form],
            goal: Goal::AtMost(target),
            agreement: None,
            note: note.to_owned(),
        });
    }
}

/// Ours beside nalgebra as one writes it.
fn beside_plain<const N: usize>(
    contest: &mut Contest,
    topic: &'static str,
    ours: &[Form],
    work: &Work<N>,
    motion: impl plain::Motion<N> + Copy + 'static,
) {
    let (tracks, looks) = (Rc::clone(&work.tracks), Rc::clone(&work.looks));
    let step = move |track: &Gaussian<N>, look: &Observation| {
        plain::update(&plain::predict(track, &motion, SECONDS), look)
    };
    let mut found = Vec::new();
    for (track, look) in tracks.iter().zip(looks.iter()) {
        step(track, look).into_iter().for_each(|(track, log)| found.extend(numbers(&track, log)));
    }
    let agreement = Some(work.agreement(&found));
    let mut after = tracks.to_vec();
    let entry = contest.enter_work("nalgebra, written plainly", tracks.len() as f64, move || {
        for ((track, look), after) in tracks.iter().zip(looks.iter()).zip(&mut after) {
            if let Some((track, log_likelihood)) = step(track, look) {
                *after = track;
                black_box(log_likelihood);
            }
        }
        black_box(&mut after);
    });
    contest.compare(Comparison {
        topic,
        peer: "nalgebra",
        unit: "ns per track",
        ours: ours.to_vec(),
        peers: vec![contest.form(entry)],
        goal: Goal::AtLeast(Some(7.0)),
        agreement,
        note: String::new(),
    });
}
