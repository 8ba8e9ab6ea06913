//! One belief from a broad prior and a few looks at their own times.

use super::boost_probability;
use crate::dynamics::{Boost, Dynamics, LONGEST_STEP_S, propagate};
use crate::filter::{Gaussian, MissileFilter, MissileModels, ScalarUpdate};
use crate::math::symmetric::{NotPositiveDefinite, solve};
use crate::measurement::Observation;
use crate::types::{Time, height_and_up};
use nalgebra::{SMatrix, SVector};
use thiserror::Error;

/// Rounds at most, and how little no position moves in the last one, m.
const MOST_ROUNDS: usize = 20;
const SETTLED_M: f64 = 0.1;

/// What is believed of an object after its first looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FirstBelief {
    /// Position (m), velocity (m/s) and non-gravitational acceleration (m/s²), Earth-fixed, at the last look.
    pub boost: Gaussian<9>,
    /// Probability that it burns.
    pub boost_probability: f64,
    /// How well the looks fit the prior and each other: of a true start the normalised innovation squared is chi-square
    /// with as many degrees of freedom as numbers were measured, less those that placed the prior ([`super::prior_of_look`]).
    /// Its likelihood tells priors apart.
    pub fit: ScalarUpdate,
}

/// Why there is no first belief.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum InitiationError {
    /// No looks.
    #[error("there is no look to start from")]
    NoLooks,
    /// A look is from before the one before it.
    #[error("look {look} is earlier than the one before it")]
    Order {
        /// Place in the list.
        look: usize,
    },
    /// Where the others place the object, this look's sensor looks away from.
    #[error("look {look} does not look where the others see the object")]
    Elsewhere {
        /// Place in the list.
        look: usize,
    },
    /// The places still moved in the last round.
    #[error("no place fits the looks: the last of {MOST_ROUNDS} rounds still moved it by {moved_m:.0} m")]
    Unsettled {
        /// How far, m.
        moved_m: f64,
    },
    /// A covariance has no factor.
    #[error(transparent)]
    NotPositiveDefinite(#[from] NotPositiveDefinite),
}

impl FirstBelief {
    /// The filter that goes on from it.
    pub fn filter(&self, models: &MissileModels) -> MissileFilter {
        MissileFilter::from_boost(self.boost, self.boost_probability, models)
    }
}

/// What is believed of an object after its first looks, in order of time, given a broad `prior` at the first of them.
///
/// The most probable path through the looks, found by Gauss and Newton's method as an iterated extended Kalman smoother:
/// every look is linearised where all of them together place the object, so that neither a prior that is 50 km off nor
/// the motion between the looks, which is as unknown as the prior says, makes the covariance smaller than the error is.
/// Two radar plots give position and velocity, lines of sight of two satellites a fix, and one line of sight a place where
/// it passes the heights or the site of the prior. In between the object burns as the models' boost does: gravity, and an
/// acceleration that walks at random.
///
/// Not for looks over which it may burn out, and not for the hot path: a round costs about a filter's step for each look.
///
/// # Errors
///
/// [`InitiationError`].
///
/// Bell, "The iterated Kalman smoother as a Gauss-Newton method", *SIAM J. Optim.* 4 (1994) 626-636.
pub fn first_belief(
    prior: &Gaussian<9>,
    looks: &[(Time, Observation)],
    models: &MissileModels,
) -> Result<FirstBelief, InitiationError> {
    Initiator::default().first_belief(prior, looks, models)
}

/// [`first_belief`] and [`super::start`] with the working memory kept from object to object: once it has grown, nothing is
/// allocated.
///
/// Nothing of one object shows in the next.
#[derive(Clone, Debug, Default)]
pub struct Initiator {
    round: Vec<Step>,
    path: Vec<SVector<f64, 9>>,
}

impl Initiator {
    /// [`first_belief`].
    ///
    /// # Errors
    ///
    /// [`InitiationError`].
    pub fn first_belief(
        &mut self,
        prior: &Gaussian<9>,
        looks: &[(Time, Observation)],
        models: &MissileModels,
    ) -> Result<FirstBelief, InitiationError> {
        let Initiator { round, path } = self;
        path.clear();
        let mut moved_m = f64::INFINITY;
        for _ in 0..MOST_ROUNDS {
            forward(prior, looks, &models.boost, path, round)?;
            backward(round, path)?;
            moved_m = path
                .iter()
                .zip(&*round)
                .map(|(to, step)| (to - step.linearised_at).fixed_rows::<3>(0).norm())
                .fold(0.0, f64::max);
            if moved_m < SETTLED_M {
                let last = round.last().ok_or(InitiationError::NoLooks)?;
                let (height_m, _) = height_and_up(&last.updated.mean.fixed_rows::<3>(0).into());
                return Ok(FirstBelief {
                    boost: last.updated,
                    boost_probability: boost_probability(looks, height_m),
                    fit: round.iter().map(|step| step.fit).fold(ScalarUpdate::default(), ScalarUpdate::and),
                });
            }
        }
        Err(InitiationError::Unsettled { moved_m })
    }
}

/// One look on the way forward.
#[derive(Clone, Debug)]
struct Step {
    /// Transition from the look before; the identity at the first.
    transition: SMatrix<f64, 9, 9>,
    predicted: Gaussian<9>,
    updated: Gaussian<9>,
    linearised_at: SVector<f64, 9>,
    fit: ScalarUpdate,
}

/// The filter through all looks into `steps`, linearised along `path`; where that is empty, along its own predictions, and
/// at the place that a look measured, where it measured one.
fn forward(
    prior: &Gaussian<9>,
    looks: &[(Time, Observation)],
    model: &Boost,
    path: &[SVector<f64, 9>],
    steps: &mut Vec<Step>,
) -> Result<(), InitiationError> {
    steps.clear();
    for (look, (time, observation)) in looks.iter().enumerate() {
        let (transition, predicted) = match steps.last() {
            None => (SMatrix::identity(), *prior),
            Some(before) => {
                let seconds = time.seconds_since(looks[look - 1].0);
                if seconds < 0.0 {
                    return Err(InitiationError::Order { look });
                }
                let from = path.get(look - 1).unwrap_or(&before.updated.mean);
                let (to, transition) = propagate(model, from, seconds, LONGEST_STEP_S);
                let mut predicted = before.updated;
                predicted.predict_linear(&transition, &model.process_noise(seconds));
                predicted.mean = to + transition * (before.updated.mean - from);
                (transition, predicted)
            }
        };
        let linearised_at = path.get(look).copied().unwrap_or_else(|| at_first(&predicted, observation));
        let mut updated = predicted;
        let fit =
            updated.update_at(observation, &linearised_at).ok_or(InitiationError::Elsewhere { look })?;
        steps.push(Step { transition, predicted, updated, linearised_at, fit });
    }
    Ok(())
}

fn at_first(predicted: &Gaussian<9>, observation: &Observation) -> SVector<f64, 9> {
    let mut at = predicted.mean;
    if let Some((position_m, _)) = observation.position() {
        at.fixed_rows_mut::<3>(0).copy_from(&position_m);
    }
    at
}

/// The most probable path, given all looks, into `path`: Rauch, Tung and Striebel's pass back, of the means.
fn backward(steps: &[Step], path: &mut Vec<SVector<f64, 9>>) -> Result<(), InitiationError> {
    let last = steps.last().ok_or(InitiationError::NoLooks)?;
    path.clear();
    path.resize(steps.len(), last.updated.mean);
    for look in (1..steps.len()).rev() {
        let (before, step) = (&steps[look - 1], &steps[look]);
        let surprise = solve(&step.predicted.covariance, &(path[look] - step.predicted.mean))?;
        path[look - 1] =
            before.updated.mean + before.updated.covariance * step.transition.transpose() * surprise;
    }
    Ok(())
}
