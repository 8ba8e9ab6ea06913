//! One benchmark: truth is drawn, every filter follows it, and the bound comes from the truths of all runs.

use super::bound::{Along, Bounds, Sums};
use super::methods::Method;
use crate::accuracy::{AccuracyError, Options, Progress};
use crate::textbook::Problem;
use fusion_core::assess::nees;
use fusion_core::filter::Gaussian;
use fusion_core::math::chance::Stream;
use nalgebra::{SMatrix, SVector, Vector2};

/// A problem with what a Monte-Carlo run needs besides.
pub(super) trait Benchmark<const N: usize>: Problem<N> + Sync + Sized {
    /// Where the position stands in the state.
    const POSITION: [usize; 2];
    /// Steps after the filters' start.
    const STEPS: usize;
    /// Figures are taken after every so many steps.
    const STRIDE: usize;

    /// Draws the truth at the filters' start, and what a filter starts from.
    fn begin(&self, stream: &mut Stream) -> Start<N>;

    /// Time of a step, s.
    fn time_s(&self, step: usize) -> f64;

    /// Whether figures are taken after this step.
    fn is_sampled(step: usize) -> bool {
        step.is_multiple_of(Self::STRIDE) || step == 1
    }
}

/// How a run begins.
pub(super) struct Start<const N: usize> {
    /// The true state.
    pub truth: SVector<f64, N>,
    /// The filters' first estimate.
    pub estimate: Gaussian<N>,
    /// What the bound starts from: the covariance that an estimate without errors would have.
    pub prior: SMatrix<f64, N, N>,
}

/// What one filter did at one sampled step of one run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// Squared error of position, in the problem's unit.
    pub squared_error: f64,
    /// Normalised estimation error squared of the whole state.
    pub nees: f64,
}

/// What all runs of a benchmark gave.
pub(super) struct Outcome {
    /// Times of the sampled steps, s.
    pub times_s: Vec<f64>,
    /// Bounds of the position's root mean square error at each, in the problem's unit.
    pub bounds: Bounds,
    /// For each method, run and sampled step, what it did.
    pub samples: Vec<Vec<Vec<Sample>>>,
}

/// Follows as many truths as asked for with every method.
pub(super) fn monte_carlo<const N: usize, B: Benchmark<N>>(
    name: &str,
    problem: &B,
    methods: &[Method<N, B>],
    options: &Options,
    progress: &Progress,
) -> Result<Outcome, AccuracyError> {
    let mut samples = vec![Vec::with_capacity(options.runs); methods.len()];
    let mut sums = Sums::new();
    let one = |run: usize| -> Result<_, AccuracyError> {
        let mut stream = Stream::new("textbook", options.seed, &[run as u64]);
        let flight = Flight::draw(problem, &mut stream);
        let followed: Result<Vec<_>, _> =
            methods.iter().map(|method| flight.follow(problem, method, run)).collect();
        Ok((followed?, Along::truth(problem, &flight.start.prior, &flight.truths)?))
    };
    progress.fold_runs(name, options.runs, one, |(followed, along)| {
        for (all, samples) in samples.iter_mut().zip(followed) {
            all.push(samples);
        }
        sums.add(along);
        Ok(())
    })?;
    let steps = (0..=B::STEPS).filter(|&step| step > 0 && B::is_sampled(step));
    Ok(Outcome {
        times_s: steps.map(|step| problem.time_s(step)).collect(),
        bounds: sums.bounds(problem)?,
        samples,
    })
}

/// A truth, and what was measured of it.
struct Flight<const N: usize> {
    start: Start<N>,
    /// The true states from the start on.
    truths: Vec<SVector<f64, N>>,
    /// The measurement of each state but the first.
    measured: Vec<Vector2<f64>>,
}

impl<const N: usize> Flight<N> {
    fn draw<B: Benchmark<N>>(problem: &B, stream: &mut Stream) -> Self {
        let start = problem.begin(stream);
        let mut truths = vec![start.truth];
        let mut measured = Vec::new();
        let mut truth = start.truth;
        for _ in 0..B::STEPS {
            truth = problem.truth_step(&truth, stream);
            truths.push(truth);
            measured.push(problem.measure(&truth, stream));
        }
        Flight { start, truths, measured }
    }

    fn follow<B: Benchmark<N>>(
        &self,
        problem: &B,
        method: &Method<N, B>,
        run: usize,
    ) -> Result<Vec<Sample>, AccuracyError> {
        let mut state = self.start.estimate;
        let mut samples = Vec::new();
        for (index, measured) in self.measured.iter().enumerate() {
            let step = index + 1;
            let failed = |error| format!("{}, run {run}, step {step}: {error}", method.name);
            (method.predict)(problem, &mut state).map_err(failed)?;
            (method.update)(problem, &mut state, measured).map_err(failed)?;
            if B::is_sampled(step) {
                let error = self.truths[step] - state.mean;
                let [x, y] = B::POSITION.map(|place| error[place]);
                samples.push(Sample {
                    squared_error: x * x + y * y,
                    nees: nees(&error, &state.covariance).map_err(failed)?,
                });
            }
        }
        Ok(samples)
    }
}
