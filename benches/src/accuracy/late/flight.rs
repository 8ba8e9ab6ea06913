//! One coast with its plots, and the three ways to take them in when they come.

use crate::accuracy::AccuracyError;
use crate::accuracy::looks::with_noise;
use crate::accuracy::matched::Phase;
use fusion_core::dynamics::{Coast, Dynamics, propagate_state};
use fusion_core::filter::Gaussian;
use fusion_core::math::chance::Stream;
use fusion_core::math::symmetric::Cholesky;
use fusion_core::measurement::Observation;
use nalgebra::{SMatrix, Vector6};

/// Seconds that are flown, and as many ticks.
pub const TICKS: usize = 180;
/// Plots are made this long at most: the last delayed ones still arrive, s.
const LOOKED_AT_S: f64 = 145.0;
const LONGEST_STEP_S: f64 = 5.0;

/// A plot: when it was made and when it came, s after the beginning.
struct Plot {
    made_s: f64,
    came_s: f64,
    observation: Observation,
}

/// One truth, second by second, and what was seen of it.
pub struct Flight {
    truth: Vec<Vector6<f64>>,
    plots: Vec<Plot>,
    prior: Gaussian<6>,
}

/// What one run gave.
pub struct Outcome {
    /// Sums of squared position errors: reprocessed, retrodicted, refused.
    pub squares_m2: [f64; 3],
    /// How far reprocessing ends from data in order.
    pub farthest: f64,
}

impl Flight {
    /// A truth from the prior and the model, with plots of what the sensors see of it.
    pub fn draw(
        phase: &Phase<'_, 6, Coast>,
        longest_s: f64,
        seed: u64,
        run: usize,
    ) -> Result<Self, AccuracyError> {
        let mut chance = Stream::new("late flight", seed, &[run as u64]);
        let variances = phase.sigmas.component_mul(&phase.sigmas);
        let prior = Gaussian { mean: phase.mean, covariance: SMatrix::from_diagonal(&variances) };
        let normals = |chance: &mut Stream| Vector6::from_fn(|_, _| chance.normal());
        let mut state = phase.mean + phase.sigmas.component_mul(&normals(&mut chance));
        let (mut truth, mut plots, mut at_s) = (vec![state], Vec::new(), 0.0);
        let advance = |state: &mut Vector6<f64>, chance: &mut Stream, seconds: f64| {
            if seconds > 0.0 {
                let noise = Cholesky::new(&phase.model.process_noise(seconds))?;
                *state = propagate_state(&phase.model, state, seconds, LONGEST_STEP_S)
                    + noise.lower() * normals(chance);
            }
            Ok::<(), AccuracyError>(())
        };
        for look in &phase.looks {
            let made_s = look.at_s - phase.from_s;
            while truth.len() <= TICKS && truth.len() as f64 <= made_s {
                let tick_s = truth.len() as f64;
                advance(&mut state, &mut chance, tick_s - at_s)?;
                at_s = tick_s;
                truth.push(state);
            }
            if truth.len() > TICKS {
                break;
            }
            advance(&mut state, &mut chance, made_s - at_s)?;
            at_s = made_s;
            let Some((probability, exact)) = look.exact(&state, false) else { continue };
            if made_s <= LOOKED_AT_S && chance.uniform() < probability {
                let observation = with_noise(&exact, &look.station, &mut chance).ok_or("no direction")?;
                plots.push(Plot { made_s, came_s: made_s + chance.between(0.0, longest_s), observation });
            }
        }
        Ok(Flight { truth, plots, prior })
    }

    /// Takes the plots in by all three ways.
    pub fn outcome(&self, phase: &Phase<'_, 6, Coast>) -> Result<Outcome, AccuracyError> {
        let model = &phase.model;
        // The state at each tick, by each way; the first is the prior.
        let mut ways = [vec![self.prior], vec![self.prior], vec![self.prior]];
        let mut squares_m2 = [0.0; 3];
        for tick in 1..self.truth.len().min(TICKS + 1) {
            let (before_s, now_s) = ((tick - 1) as f64, tick as f64);
            let fresh = |plot: &&Plot| before_s < plot.came_s && plot.came_s <= now_s;
            let late = |plot: &&Plot| fresh(plot) && plot.made_s <= before_s;
            // A plot made at a tick belongs to the second that it ends.
            let seconds = self.plots.iter().filter(late).map(|plot| plot.made_s.ceil() as usize - 1);
            let back = seconds.min().unwrap_or(tick - 1);
            self.reprocess(model, &mut ways[0], back, now_s)?;
            let mut state = ways[1][tick - 1];
            for plot in self.plots.iter().filter(late) {
                let made = plot.made_s as usize;
                let earlier = (&ways[1][made], before_s - made as f64);
                let mut late = state.retrodict(earlier, before_s - plot.made_s, model, LONGEST_STEP_S)?;
                late.update_observation(&plot.observation).ok_or("from behind")?;
                state = late.now;
            }
            let in_time = |plot: &&Plot| fresh(plot) && plot.made_s > before_s;
            ways[1].push(forward(model, state, (before_s, now_s), self.plots.iter().filter(in_time))?);
            let kept =
                forward(model, ways[2][tick - 1], (before_s, now_s), self.plots.iter().filter(in_time))?;
            ways[2].push(kept);
            for (square, states) in squares_m2.iter_mut().zip(&ways) {
                let error = states[tick].mean - self.truth[tick];
                *square += error.fixed_rows::<3>(0).norm_squared();
            }
        }
        let mut in_order = vec![self.prior];
        self.reprocess(model, &mut in_order, 0, f64::INFINITY)?;
        let (one, other) = (in_order[in_order.len() - 1], ways[0][ways[0].len() - 1]);
        let farthest =
            (one.mean - other.mean).abs().max().max((one.covariance - other.covariance).abs().max());
        Ok(Outcome { squares_m2, farthest })
    }

    /// Goes back to a tick and takes everything in again that has come by `now_s`, tick by tick.
    fn reprocess(
        &self,
        model: &Coast,
        states: &mut Vec<Gaussian<6>>,
        tick: usize,
        now_s: f64,
    ) -> Result<(), AccuracyError> {
        states.truncate(tick + 1);
        let last = if now_s.is_finite() { now_s as usize } else { TICKS };
        for tick in tick..last {
            let (from_s, to_s) = (tick as f64, (tick + 1) as f64);
            let due = |plot: &&Plot| from_s < plot.made_s && plot.made_s <= to_s && plot.came_s <= now_s;
            states.push(forward(model, states[tick], (from_s, to_s), self.plots.iter().filter(due))?);
        }
        Ok(())
    }
}

/// From one time to another, with plots in order of when they were made.
fn forward<'a>(
    model: &Coast,
    mut state: Gaussian<6>,
    (from_s, to_s): (f64, f64),
    plots: impl Iterator<Item = &'a Plot>,
) -> Result<Gaussian<6>, AccuracyError> {
    let mut at_s = from_s;
    for plot in plots {
        state.predict(model, plot.made_s - at_s, LONGEST_STEP_S);
        at_s = plot.made_s;
        state.update_observation(&plot.observation).ok_or("from behind")?;
    }
    state.predict(model, to_s - at_s, LONGEST_STEP_S);
    Ok(state)
}
