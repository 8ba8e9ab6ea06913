//! One node through the flood: what it cost, what was left out, and what became of the missiles.

use super::Flood;
use crate::clock::thread_ns;
use fusion_core::node::{Counts, Node, Setup, TICK_S, TickResult};
use fusion_core::share::Report;
use fusion_core::types::{NodeId, Time};
use sensor_sim::TruthObject;
use serde_json::{Value, json};
use std::sync::Arc;

/// A confirmed track so near to a missile is its, m.
const NEAR_M: f64 = 20_000.0;

/// What one run gave.
pub struct Figures {
    /// Plots given, false ones among them.
    pub plots: u64,
    /// Simulated time, s.
    pub span_s: f64,
    /// Processor time of the node, s.
    pub spent_s: f64,
    /// The same of the tick that took longest.
    pub longest_tick_s: f64,
    /// How far a node on one core would fall behind at most, s.
    pub greatest_lag_s: f64,
    /// What the node counted.
    pub counts: Counts,
    /// Tracks in the last picture that were confirmed, and on nothing that flies.
    pub false_tracks: usize,
    /// Each missile that was launched in time.
    pub missiles: Vec<MissileFigures>,
}

/// What a node knew of one missile.
#[derive(Clone, Debug, Default)]
pub struct MissileFigures {
    /// Its name.
    pub name: String,
    /// From launch until it was confirmed, s.
    pub confirmed_after_s: Option<f64>,
    /// Ticks at which a confirmed track was near it.
    pub ticks: u32,
    /// Of these, ticks at which plots had gone into that track since the last.
    pub ticks_with_news: u32,
    /// Sum over the ticks of how far off that track was, m.
    pub sum_of_errors_m: f64,
}

/// Runs a node for `span_s` seconds of simulated time; `progress` hears how many are done.
pub fn run(flood: &Flood, setup: Setup, span_s: f64, mut progress: impl FnMut(f64)) -> Figures {
    let setup = Arc::new(setup);
    let mut node = Node::new(NodeId(0), Arc::clone(&setup));
    let mut result = TickResult::empty(NodeId(0), setup.start);
    let mut scans = flood.scans(&setup).peekable();
    let launched_by = |object: &&TruthObject| object.launch_time < setup.start.plus_seconds(span_s);
    let missiles: Vec<_> = flood.truth.missiles().filter(launched_by).collect();
    let named =
        |object: &&TruthObject| MissileFigures { name: object.name.clone(), ..MissileFigures::default() };
    let mut figures = Figures {
        plots: 0,
        span_s,
        spent_s: 0.0,
        longest_tick_s: 0.0,
        greatest_lag_s: 0.0,
        counts: Counts::default(),
        false_tracks: 0,
        missiles: missiles.iter().map(named).collect(),
    };
    let mut lag_s: f64 = 0.0;
    let mut number = 0.0;
    while number * TICK_S < span_s {
        number += 1.0;
        let now = setup.start.plus_seconds(number * TICK_S);
        let mut due = Vec::new();
        while let Some(scan) = scans.next_if(|scan| scan.time <= now) {
            figures.plots += scan.plots.len() as u64;
            due.push(scan);
        }
        let before_ns = thread_ns();
        due.into_iter().for_each(|scan| node.receive_scan(scan));
        node.tick_into(now, &mut result);
        let took_s = (thread_ns() - before_ns) * 1e-9;
        figures.spent_s += took_s;
        figures.longest_tick_s = figures.longest_tick_s.max(took_s);
        lag_s = (lag_s + took_s - TICK_S).max(0.0);
        figures.greatest_lag_s = figures.greatest_lag_s.max(lag_s);
        for (missile, known) in missiles.iter().zip(&mut figures.missiles) {
            note(missile, now, &result, known);
        }
        progress(number * TICK_S);
    }
    let now = result.picture.time;
    let is_false = |place_m: &nalgebra::Vector3<f64>| {
        let targets = flood.truth.targets_at(now);
        targets.iter().all(|target| (target.position_m - place_m).norm() > NEAR_M)
    };
    let places_m = result.picture.confirmed().map(|track| track.kinematic.mean.fixed_rows::<3>(0).into());
    figures.false_tracks = places_m.filter(is_false).count();
    figures.counts = node.counts();
    figures
}

/// Notes what a tick knows of a missile.
fn note(missile: &TruthObject, now: Time, result: &TickResult, known: &mut MissileFigures) {
    let Some(state) = missile.state_at(now) else { return };
    let error_m = |mean: &nalgebra::Vector6<f64>| (mean.fixed_rows::<3>(0) - state.position_m).norm();
    let tracks = result.picture.confirmed().map(|track| (error_m(&track.kinematic.mean), track.id));
    let nearest =
        tracks.min_by(|one, other| one.0.total_cmp(&other.0)).filter(|(error_m, _)| *error_m < NEAR_M);
    let Some((error_m, id)) = nearest else { return };
    known.confirmed_after_s.get_or_insert(now.seconds_since(missile.launch_time));
    known.ticks += 1;
    known.sum_of_errors_m += error_m;
    let has_news = |report: &Report| report.estimate.origin.1 == id && report.tracklet.is_some();
    known.ticks_with_news += u32::from(result.reports.iter().any(has_news));
}

impl Figures {
    /// Processor time for each second that passes.
    pub fn load(&self) -> f64 {
        self.spent_s / self.span_s
    }

    /// For `--json`.
    pub fn to_json(&self) -> Value {
        let missiles = self.missiles.iter().map(|missile| {
            json!({
                "name": missile.name,
                "confirmed_after_s": missile.confirmed_after_s,
                "ticks": missile.ticks,
                "ticks_with_news": missile.ticks_with_news,
                "mean_error_m": missile.mean_error_m(),
            })
        });
        json!({
            "plots": self.plots,
            "plots_per_s": self.plots as f64 / self.span_s,
            "span_s": self.span_s,
            "processor_s": self.spent_s,
            "longest_tick_s": self.longest_tick_s,
            "greatest_lag_s": self.greatest_lag_s,
            "shed_plots": self.counts.shed_plots,
            "shed_steps": self.counts.shed_steps,
            "shed_beginnings": self.counts.shed_beginnings,
            "false_tracks_at_the_end": self.false_tracks,
            "missiles": missiles.collect::<Vec<_>>(),
        })
    }
}

impl MissileFigures {
    /// Share of the ticks, in which it was followed, that brought plots of it.
    pub fn update_rate(&self) -> f64 {
        f64::from(self.ticks_with_news) / f64::from(self.ticks.max(1))
    }

    /// How far off its track was, on average, m; none where it was never followed.
    pub fn mean_error_m(&self) -> Option<f64> {
        (self.ticks > 0).then(|| self.sum_of_errors_m / f64::from(self.ticks))
    }
}
