//! What comes late of a missile.

use super::{MissileFilter, MissileModels, Mode, PositionMode, PositionModes};
use crate::dynamics::LONGEST_STEP_S;
use crate::filter::{Gaussian, Retrodicted, ScalarUpdate};
use crate::measurement::Observation;
use nalgebra::{Matrix3, Vector3, Vector6};

/// A missile's estimate beside what it says of an earlier instant, for plots and news of then.
///
/// Only the state of the phase that is the likeliest now and was the likeliest then takes them in. The other phases stay as they
/// are, and so do all probabilities: what was in force then is not what is in force now.
#[derive(Clone, Copy, Debug)]
pub struct LateMissile {
    now: MissileFilter,
    phase: Phase,
}

#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "kept in a list that is used again: a box for each would be allocated"
)]
enum Phase {
    Boost(Retrodicted<9>),
    Coast(Retrodicted<6>),
    Reentry(Retrodicted<7>),
}

impl MissileFilter {
    /// What the estimate says of an instant `seconds` before it, with the one that stood `earlier_ago_s` ago, before that
    /// instant: see [`Gaussian::retrodict`].
    ///
    /// None where the likeliest phase has changed in between, across which no path leads back, or where a covariance is
    /// unsound.
    pub fn retrodict(
        &self,
        (earlier, earlier_ago_s): (&MissileFilter, f64),
        seconds: f64,
        models: &MissileModels,
    ) -> Option<LateMissile> {
        let mode = self.likeliest();
        if earlier.likeliest() != mode {
            return None;
        }
        let phase = match mode {
            Mode::Boost => {
                let before = (&earlier.boost, earlier_ago_s);
                Phase::Boost(self.boost.retrodict(before, seconds, &models.boost, LONGEST_STEP_S).ok()?)
            }
            Mode::Coast => {
                let before = (&earlier.coast, earlier_ago_s);
                Phase::Coast(self.coast.retrodict(before, seconds, &models.coast, LONGEST_STEP_S).ok()?)
            }
            Mode::Reentry => {
                let before = (&earlier.reentry, earlier_ago_s);
                Phase::Reentry(
                    self.reentry.retrodict(before, seconds, &models.reentry, LONGEST_AIR_STEP_S).ok()?,
                )
            }
        };
        Some(LateMissile { now: *self, phase })
    }
}

/// Drag on the way down is integrated in steps no longer than this, s.
const LONGEST_AIR_STEP_S: f64 = 1.0;

impl LateMissile {
    /// Where the missile was then, in its one phase.
    pub fn positions(&self) -> PositionModes {
        let nowhere =
            PositionMode { probability: 0.0, mean_m: Vector3::zeros(), covariance_m2: Matrix3::identity() };
        match &self.phase {
            Phase::Boost(state) => PositionModes::new([mode_of(&state.then), nowhere, nowhere]),
            Phase::Coast(state) => PositionModes::new([nowhere, mode_of(&state.then), nowhere]),
            Phase::Reentry(state) => PositionModes::new([nowhere, nowhere, mode_of(&state.then)]),
        }
    }

    /// Takes in one observation; none, and no change, where the missile was not in front of the sensor. Gives its normalised
    /// innovation squared and log-likelihood.
    pub fn update(&mut self, observation: &Observation) -> Option<ScalarUpdate> {
        match &mut self.phase {
            Phase::Boost(state) => state.update_observation(observation),
            Phase::Coast(state) => state.update_observation(observation),
            Phase::Reentry(state) => state.update_observation(observation),
        }
    }

    /// Takes in another node's news: see [`MissileFilter::update_linear`].
    pub fn update_linear(&mut self, rows: &[(Vector6<f64>, f64, f64)]) -> ScalarUpdate {
        match &mut self.phase {
            Phase::Boost(state) => update_rows(state, rows),
            Phase::Coast(state) => update_rows(state, rows),
            Phase::Reentry(state) => update_rows(state, rows),
        }
    }

    /// The estimate with all that went in.
    pub fn present(&self) -> MissileFilter {
        let mut filter = self.now;
        match &self.phase {
            Phase::Boost(state) => filter.boost = state.now,
            Phase::Coast(state) => {
                filter.burnout = filter.burnout.follow(&filter.coast, &state.now);
                filter.coast = state.now;
            }
            Phase::Reentry(state) => filter.reentry = state.now,
        }
        filter
    }
}

fn mode_of<const N: usize>(state: &Gaussian<N>) -> PositionMode {
    PositionMode {
        probability: 1.0,
        mean_m: state.mean.fixed_rows::<3>(0).into(),
        covariance_m2: state.covariance.fixed_view::<3, 3>(0, 0).into(),
    }
}

fn update_rows<const N: usize>(
    state: &mut Retrodicted<N>,
    rows: &[(Vector6<f64>, f64, f64)],
) -> ScalarUpdate {
    let at = state.then.mean;
    let mut total = ScalarUpdate::default();
    for (gradient, value, variance) in rows {
        let residual = value - gradient.dot(&at.fixed_rows::<6>(0));
        total = total.and(state.update_scalar(gradient, residual, *variance, &at));
    }
    state.now.symmetrise();
    state.then.symmetrise();
    total
}
