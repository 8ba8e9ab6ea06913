//! One phase of flight: truths and filters of one model.

use crate::accuracy::looks::{LONGEST_STEP_S, Linearised, Look, ORACLE_RUNS, halves, with_noise};
use crate::accuracy::statistics::{Batches, mean_interval};
use crate::accuracy::{AccuracyError, Cell, Options, Progress, met, verdict_text};
use fusion_core::assess::{PosteriorBound, judge, look_information, nees};
use fusion_core::dynamics::{Dynamics, propagate, propagate_state};
use fusion_core::filter::{Gaussian, SigmaRule};
use fusion_core::math::chance::Stream;
use fusion_core::math::symmetric::Cholesky;
use nalgebra::{Matrix6, SMatrix, SVector, Vector6};

/// One phase of flight with the model that both truth and filter follow.
pub struct Phase<'a, const N: usize, D> {
    /// What it is called.
    pub name: &'static str,
    /// What truth and filter follow.
    pub model: D,
    /// Middle of the prior.
    pub mean: SVector<f64, N>,
    /// Its standard deviations.
    pub sigmas: SVector<f64, N>,
    /// When it begins, s after launch.
    pub from_s: f64,
    /// The sigma points by which the filter predicts; none for the extended step.
    pub rule: Option<SigmaRule>,
    /// Who looks when.
    pub looks: Vec<Look<'a>>,
    /// Whether infrared sensors see it.
    pub burns: bool,
    /// Updates to be expected before the judgement begins.
    pub settling_updates: f64,
    /// Greatest ratio of RMSE and bound that is asked for.
    pub target: f64,
}

/// What one run gives, after each look.
#[derive(Default)]
struct Outcome {
    /// Squared position errors, and then the squared bounds, m².
    squares_m2: [Vec<f64>; 2],
    mean_nees: f64,
    information: Vec<Matrix6<f64>>,
}

fn kinematic<const N: usize>(state: &SVector<f64, N>) -> Vector6<f64> {
    state.fixed_rows::<6>(0).into()
}

impl<const N: usize, D: Dynamics<N> + Sync> Phase<'_, N, D> {
    fn initial_covariance(&self) -> SMatrix<f64, N, N> {
        SMatrix::from_diagonal(&self.sigmas.component_mul(&self.sigmas))
    }

    fn one_run(&self, settling: usize, seed: u64, run: usize) -> Result<Outcome, AccuracyError> {
        let mut chance = Stream::new("matched truth", seed, &[run as u64, N as u64]);
        let normals = |chance: &mut Stream| SVector::<f64, N>::from_fn(|_, _| chance.normal());
        let mut truth = self.mean + self.sigmas.component_mul(&normals(&mut chance));
        let mut filter = Gaussian { mean: self.mean, covariance: self.initial_covariance() };
        let mut bound = PosteriorBound::from_prior(&filter.covariance)?;
        let mut at_s = self.from_s;
        let mut outcome = Outcome::default();
        for (index, look) in self.looks.iter().enumerate() {
            let seconds = look.at_s - at_s;
            at_s = look.at_s;
            if seconds > 0.0 {
                let noise = self.model.process_noise(seconds);
                let (moved, transition) = propagate(&self.model, &truth, seconds, LONGEST_STEP_S);
                truth = moved + Cholesky::new(&noise)?.lower() * normals(&mut chance);
                bound.predict(&transition, &noise)?;
                match &self.rule {
                    None => {
                        filter.predict(&self.model, seconds, LONGEST_STEP_S);
                    }
                    Some(rule) => {
                        let step = |state: &SVector<f64, N>| {
                            propagate_state(&self.model, state, seconds, LONGEST_STEP_S)
                        };
                        filter.predict_unscented(rule, step, &noise)?;
                    }
                }
            }
            let mut information = Matrix6::zeros();
            if let Some((probability, exact)) = look.exact(&kinematic(&truth), self.burns) {
                let (position_m, velocity_m_s) = halves(&kinematic(&truth));
                information = look_information(&look.station, &position_m, &velocity_m_s).unwrap_or_default();
                bound.add_leading(&information, 1.0)?;
                if chance.uniform() < probability {
                    let plot = with_noise(&exact, &look.station, &mut chance).ok_or("no direction")?;
                    filter.update_observation(&plot).ok_or("a plot from behind")?;
                }
            }
            let error = truth - filter.mean;
            outcome.squares_m2[0].push(error.fixed_rows::<3>(0).norm_squared());
            outcome.squares_m2[1].push(bound.covariance()?.fixed_view::<3, 3>(0, 0).trace());
            outcome.information.push(information);
            if index >= settling {
                outcome.mean_nees += nees(&error, &filter.covariance)?;
            }
        }
        outcome.mean_nees /= (self.looks.len() - settling) as f64;
        Ok(outcome)
    }

    /// The course that the model takes from the mean, at every look.
    fn course(&self) -> Vec<(f64, SVector<f64, N>)> {
        let mut course = vec![(self.from_s, self.mean)];
        for look in &self.looks {
            let (at_s, state) = course[course.len() - 1];
            let moved = propagate(&self.model, &state, look.at_s - at_s, LONGEST_STEP_S).0;
            course.push((look.at_s, moved));
        }
        course
    }

    /// Looks after which the updates to settle are to be expected.
    fn settling_looks(&self, course: &[(f64, SVector<f64, N>)]) -> usize {
        let mut updates = 0.0;
        let settles = self.looks.iter().zip(&course[1..]).position(|(look, (_, state))| {
            updates += look.exact(&kinematic(state), self.burns).map_or(0.0, |(probability, _)| probability);
            updates >= self.settling_updates
        });
        settles.filter(|_| self.settling_updates > 0.0).map_or(0, |look| look + 1)
    }

    /// Runs it and tells how near it came.
    pub fn row(&self, options: &Options, progress: &Progress) -> Result<Vec<Cell>, AccuracyError> {
        let count = self.looks.len();
        let mut squares = Batches::new(2 * count);
        let mut information = vec![Matrix6::zeros(); self.looks.len()];
        let mut per_run = Vec::with_capacity(options.runs);
        let course = self.course();
        let settling = self.settling_looks(&course);
        let mut seen = vec![0_usize; count];
        let run = |run| self.one_run(settling, options.seed, run);
        progress.fold_runs(self.name, options.runs, run, |outcome| {
            squares.add(per_run.len(), options.runs, &outcome.squares_m2.concat());
            for (sum, part) in information.iter_mut().zip(&outcome.information) {
                *sum += part / options.runs as f64;
            }
            for (seen, part) in seen.iter_mut().zip(&outcome.information) {
                *seen += usize::from(part.trace() > 0.0);
            }
            per_run.push(outcome.mean_nees);
            Ok::<(), AccuracyError>(())
        })?;
        let judged: Vec<usize> = (settling..count).collect();
        let in_view: Vec<usize> =
            judged.iter().copied().filter(|&look| 2 * seen[look] > options.runs).collect();
        let rms_m = |squares_m2: &[f64], look: usize| squares_m2[look].sqrt();
        let ratio_over = |looks: &[usize]| {
            squares.statistic(|means| {
                let ratios = looks.iter().map(|&look| rms_m(means, look) / rms_m(means, count + look));
                ratios.sum::<f64>() / looks.len() as f64
            })
        };
        let (ratio, interval) = ratio_over(&judged);
        let (ratio_seen, seen_interval) = ratio_over(&in_view);
        let bound_m = |look: usize| squares.statistic(|means| rms_m(means, count + look)).0;
        let linearised = Linearised::new(&self.model, self.initial_covariance(), &course, &information);
        let band = linearised.problem(settling, N).nees(ORACLE_RUNS, options.seed)?;
        let judgement = judge(&per_run, &band.band(options.runs, 0.95)?)?;
        let (mean_nees, nees_interval) = mean_interval(&per_run);
        Ok(vec![
            self.name.into(),
            Cell::Number(self.looks.len() as f64, 0),
            Cell::Number(bound_m(settling), 1),
            Cell::Number(bound_m(count - 1), 1),
            Cell::Estimate(ratio, interval, 3),
            met(Some(self.target), ratio),
            Cell::Number(in_view.len() as f64, 0),
            Cell::Estimate(ratio_seen, seen_interval, 3),
            Cell::Estimate(mean_nees, nees_interval, 3),
            Cell::Text(format!("{:.3} to {:.3}", judgement.band.low, judgement.band.high)),
            verdict_text(judgement.verdict).into(),
        ])
    }
}
