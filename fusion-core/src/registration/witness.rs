//! One object that a radar and its references see: position, velocity and the radar's biases in one filter.

use super::bias::{BiasPrior, Biases, state_shift};
use super::estimator::Evidence;
use crate::dynamics::{Dynamics, LONGEST_STEP_S};
use crate::filter::{Gaussian, Kinematic};
use crate::math::symmetric::{NotPositiveDefinite, inverse, symmetrise};
use crate::measurement::{Component, Observation, Station};
use nalgebra::{Matrix4, Matrix6, SMatrix, SVector, Vector3, Vector4, Vector6};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Rounds of an update at most, and the move in the last, m, after which there is none.
const MOST_ROUNDS: usize = 10;
const SETTLED_M: f64 = 0.1;

/// The joint filter of an object and of the biases of one radar that sees it.
///
/// Everything is told in order of time: predict, then what was seen. References are sensors, or tracks of sensors, whose own
/// biases are far smaller than their noise; those of several radars that are off alike are found relative to each other only, and
/// this filter does not know it. The first reference should come early: until then the biases are anyone's guess.
///
/// ```
/// use fusion_core::dynamics::Coast;
/// use fusion_core::filter::Gaussian;
/// use fusion_core::registration::{BiasPrior, Witness};
/// use nalgebra::{Matrix6, Vector6};
/// let object = Gaussian { mean: Vector6::new(7e6, 0.0, 0.0, 0.0, 4e3, 1e3), covariance: Matrix6::identity() * 1e6 };
/// let mut witness = Witness::new(&object, &BiasPrior::default());
/// witness.predict(&Coast { density_m2_s3: 0.0 }, 1.0);
/// // Nobody has seen it: it knows of the biases what it was told.
/// assert_eq!(witness.biases().covariance[(0, 0)], 250_000.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Witness {
    state: Gaussian<10>,
    prior: Matrix4<f64>,
}

/// What a track has learnt in a short span, as an equivalent measurement of its state at the span's end.
///
/// A [`crate::share::Tracklet`] has these three; of a track of which only estimates are told, [`Told::between`] finds them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// Position (m) and velocity (m/s) at which it was linearised.
    pub reference: Vector6<f64>,
    /// Information matrix.
    pub information: Matrix6<f64>,
    /// Information vector relative to the reference.
    pub vector: Vector6<f64>,
}

impl Told {
    /// What is new in a track's estimate since its last one, which is `before`, predicted to the same time by the dynamics of the
    /// track's own filter. Without it, a track that is told again and again would count again and again.
    ///
    /// # Errors
    /// [`NotPositiveDefinite`] for a covariance that is none.
    ///
    /// "Inverse Kalman filter": Drummond, *SPIE* 3163 (1997).
    pub fn between(before: &Kinematic, after: &Kinematic) -> Result<Self, NotPositiveDefinite> {
        let information = inverse(&after.covariance)?;
        Ok(Told {
            reference: before.mean,
            information: symmetrise(&(information - inverse(&before.covariance)?)),
            vector: information * (after.mean - before.mean),
        })
    }
}

impl Witness {
    /// From where the object is, as references or a wide guess have it, and the prior of the biases.
    pub fn new(object: &Kinematic, prior: &BiasPrior) -> Self {
        let prior = prior.covariance();
        let mut state =
            Gaussian { mean: SVector::<f64, 10>::zeros(), covariance: SMatrix::<f64, 10, 10>::zeros() };
        state.mean.fixed_rows_mut::<6>(0).copy_from(&object.mean);
        state.covariance.fixed_view_mut::<6, 6>(0, 0).copy_from(&object.covariance);
        state.covariance.fixed_view_mut::<4, 4>(6, 6).copy_from(&prior);
        Witness { state, prior }
    }

    /// Carries the object over `seconds`; the biases stay.
    pub fn predict(&mut self, model: &impl Dynamics<6>, seconds: f64) {
        let mut object = self.object();
        let transition = object.predict(model, seconds, LONGEST_STEP_S);
        self.state.mean.fixed_rows_mut::<6>(0).copy_from(&object.mean);
        self.state.covariance.fixed_view_mut::<6, 6>(0, 0).copy_from(&object.covariance);
        let cross = transition * self.state.covariance.fixed_view::<6, 4>(0, 6);
        self.state.covariance.fixed_view_mut::<6, 4>(0, 6).copy_from(&cross);
        self.state.covariance.fixed_view_mut::<4, 6>(6, 0).copy_from(&cross.transpose());
        self.state.symmetrise();
    }

    /// Takes in a plot of a reference and gives its normalised innovation squared (2 or 3 degrees of freedom), by which a caller
    /// may take it back; none, and no change, where it lies behind the sensor.
    pub fn reference(&mut self, observation: &Observation) -> Option<f64> {
        self.observe(observation, |_, _| Vector4::zeros())
    }

    /// Takes in a plot of the radar that is off, from which `applied` has been taken already (zero: nothing has), as
    /// [`Witness::reference`] does. The range rate is left out.
    pub fn biased(
        &mut self,
        station: &Station<'_>,
        observation: &Observation,
        applied: &Biases,
    ) -> Option<f64> {
        let frame = observation.line_of_sight;
        let cos_elevation = frame.up.dot(&station.up());
        let velocity_m_s: Vector3<f64> = self.state.mean.fixed_rows::<3>(3).into();
        // What is left in the plot is a bias minus what was taken out.
        self.shift_biases(&-applied.vector());
        let taken = self.observe(observation, |axis, component| {
            let late = -component.gradient.dot(&velocity_m_s);
            match axis {
                Axis::Range => Vector4::new(1.0, 0.0, 0.0, late),
                Axis::Right => Vector4::new(0.0, cos_elevation, 0.0, late),
                Axis::Up => Vector4::new(0.0, 0.0, 1.0, late),
            }
        });
        self.shift_biases(&applied.vector());
        taken
    }

    /// Takes in what a track of references has learnt.
    ///
    /// # Errors
    /// [`NotPositiveDefinite`], and no change, for information that is none.
    pub fn reference_track(&mut self, told: &Told) -> Result<(), NotPositiveDefinite> {
        self.tell(told, (&Vector6::zeros(), &SMatrix::zeros()))
    }

    /// Takes in what a track has learnt that was made of the plots of the radar that is off, and of no other's.
    ///
    /// # Errors
    /// [`RegistrationError`], and no change, for information that is none, or straight above the radar.
    pub fn biased_track(
        &mut self,
        station: &Station<'_>,
        model: &impl Dynamics<6>,
        told: &Told,
    ) -> Result<(), RegistrationError> {
        let (object, biases) = (self.object().mean, self.biases().mean);
        let shift_of = |state| state_shift(station, model, &state).ok_or(RegistrationError::OverRadar);
        // By the midpoint: a turn by the whole bias leaves the tangent by metres.
        let shift = shift_of(object + shift_of(object)? * biases * 0.5)?;
        Ok(self.tell(told, (&(shift * biases), &shift))?)
    }

    /// The object, as all together know it.
    pub fn object(&self) -> Kinematic {
        self.state.leading::<6>()
    }

    /// The biases by this object alone, with their prior: range (m), azimuth and elevation (rad), time (s).
    pub fn biases(&self) -> Gaussian<4> {
        Gaussian {
            mean: self.state.mean.fixed_rows::<4>(6).into(),
            covariance: self.state.covariance.fixed_view::<4, 4>(6, 6).into(),
        }
    }

    /// What this object says of the biases beyond their prior.
    ///
    /// # Errors
    /// [`NotPositiveDefinite`] once the filter is no longer sound.
    pub fn evidence(&self) -> Result<Evidence, NotPositiveDefinite> {
        let biases = self.biases();
        let information = inverse(&biases.covariance)?;
        Ok(Evidence {
            information: symmetrise(&(information - inverse(&self.prior)?)),
            vector: information * biases.mean,
        })
    }

    fn shift_biases(&mut self, by: &Vector4<f64>) {
        let mut biases = self.state.mean.fixed_rows_mut::<4>(6);
        biases += by;
    }

    /// Updates, linearised again where the update has led until it leads nowhere else: a range's sphere leaves its tangent plane by more
    /// than its noise where the way across is not known yet.
    ///
    /// Bell and Cathey, *IEEE Transactions on Automatic Control* 38 (1993), 294-297.
    fn observe(
        &mut self,
        observation: &Observation,
        by_biases: impl Fn(Axis, &Component) -> Vector4<f64>,
    ) -> Option<f64> {
        let axes: &[Axis] = match observation.range_m {
            Some(_) => &[Axis::Range, Axis::Right, Axis::Up],
            None => &[Axis::Right, Axis::Up],
        };
        let (mut state, mut squared) = (self.state, 0.0);
        for _ in 0..MOST_ROUNDS {
            let at = state.mean;
            (state, squared) = (self.state, 0.0);
            let prediction = observation.predict(&at.fixed_rows::<3>(0).into())?;
            for (axis, component) in axes.iter().zip(prediction.components()) {
                let by_biases = by_biases(*axis, component);
                let mut gradient = SVector::<f64, 10>::zeros();
                gradient.fixed_rows_mut::<3>(0).copy_from(&component.gradient);
                gradient.fixed_rows_mut::<4>(6).copy_from(&by_biases);
                let residual = component.residual - by_biases.dot(&at.fixed_rows::<4>(6));
                let done = state.update_scalar(&gradient, residual, component.variance, &at);
                squared += done.normalised_innovation_squared;
            }
            if (state.mean - at).fixed_rows::<3>(0).norm() < SETTLED_M {
                break;
            }
        }
        state.symmetrise();
        self.state = state;
        Some(squared)
    }

    /// `shifted` is by how much the biases, as known, move what is told, and `shift` how that follows from them.
    fn tell(
        &mut self,
        told: &Told,
        (shifted, shift): (&Vector6<f64>, &SMatrix<f64, 6, 4>),
    ) -> Result<(), NotPositiveDefinite> {
        let mut by_state = SMatrix::<f64, 6, 10>::zeros();
        by_state.fixed_view_mut::<6, 6>(0, 0).fill_with_identity();
        by_state.fixed_view_mut::<6, 4>(0, 6).copy_from(shift);
        let expected = self.object().mean + shifted - told.reference;
        let vector = told.vector - told.information * expected;
        let added = by_state.transpose() * told.information * by_state;
        let covariance = inverse(&symmetrise(&(inverse(&self.state.covariance)? + added)))?;
        self.state.mean += covariance * by_state.tr_mul(&vector);
        self.state.covariance = symmetrise(&covariance);
        Ok(())
    }
}

/// Why a track says nothing of the biases.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// Information or a covariance that is none.
    #[error(transparent)]
    NotPositiveDefinite(#[from] NotPositiveDefinite),
    /// Straight above the radar there is no azimuth.
    #[error("the object is straight above the radar or at it, where azimuth and elevation mean nothing")]
    OverRadar,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Axis {
    Range,
    Right,
    Up,
}
