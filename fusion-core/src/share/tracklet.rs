//! What is new in a track since its last report, as an equivalent measurement.

use crate::dynamics::{Dynamics, LONGEST_STEP_S, position, propagate, velocity};
use crate::filter::{MissileFilter, MissileModels, Mode};
use crate::measurement::Observation;
use crate::types::{NodeId, Time, TrackId};
use nalgebra::{Matrix6, SVector, Vector6};
use serde::{Deserialize, Serialize};

/// The information that a node's own plots of a short span add about position and velocity at the span's end.
///
/// A sum over plots, so never indefinite, whatever the sender's modes do meanwhile; it holds nothing that the sender
/// heard from others, so tracklets of different nodes are independent and a receiver may add them up in any order and
/// whatever the link's delay. Process noise within the span is left out: keep spans to a second or two in boost.
/// "Equivalent measurement": Chong, Mori, Barker and Chang, *IEEE AES Magazine* 15(1) (2000), 21-30; tracklets without
/// a prior: Drummond, *SPIE* 3163 (1997).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tracklet {
    /// The node that made it, and its track.
    pub origin: (NodeId, TrackId),
    /// The instant that it refers to, the end of the span.
    pub until: Time,
    /// Position (m) and velocity (m/s), Earth-fixed, at which it was linearised.
    pub reference: Vector6<f64>,
    /// Information matrix (inverse covariance), positive semidefinite.
    pub information: Matrix6<f64>,
    /// Information vector relative to the reference.
    pub vector: Vector6<f64>,
    /// Whether a plume was among the plots.
    pub plume_seen: bool,
}

/// One independent scalar measurement: gradient by position and velocity, measured value, variance.
pub type InformationRow = (Vector6<f64>, f64, f64);

impl Tracklet {
    /// Compresses the plots of a track since its last report; none when no plot lies in front of its sensor.
    ///
    /// The reference path runs back from the estimate at `until` by the dynamics of the likeliest mode.
    pub fn compress<'a>(
        origin: (NodeId, TrackId),
        filter: &MissileFilter,
        until: Time,
        plots: impl IntoIterator<Item = &'a (Time, Observation)>,
        models: &MissileModels,
    ) -> Option<Self> {
        match filter.likeliest() {
            Mode::Boost => compress_along(origin, &filter.boost.mean, &models.boost, until, plots),
            Mode::Coast => compress_along(origin, &filter.coast.mean, &models.coast, until, plots),
            Mode::Reentry => compress_along(origin, &filter.reentry.mean, &models.reentry, until, plots),
        }
    }

    /// The tracklet as independent scalar measurements with variance one, at most six, written into `rows`.
    ///
    /// A pivoted Cholesky factor of the information, Y = L Lᵀ, gives the gradients (columns of L); directions about which
    /// the plots say nothing drop out. Higham, *Accuracy and Stability of Numerical Algorithms* (2002), section 10.3.
    pub fn rows<'a>(&self, rows: &'a mut [InformationRow; 6]) -> &'a [InformationRow] {
        rows_of(&self.information, &self.vector, &self.reference, rows)
    }

    /// The same of which only a share is believed: the information that remains, of the same place.
    #[must_use]
    pub fn with_share(&self, share: f64) -> Self {
        Tracklet { information: self.information * share, vector: self.vector * share, ..self.clone() }
    }

    /// Whether every number is finite and the information has no negative diagonal.
    pub fn is_sound(&self) -> bool {
        self.reference
            .iter()
            .chain(self.information.iter())
            .chain(self.vector.iter())
            .all(|value| value.is_finite())
            && self.information.diagonal().iter().all(|value| *value >= 0.0)
    }
}

/// An information matrix and vector relative to a reference as independent scalar measurements: see [`Tracklet::rows`].
pub fn rows_of<'a>(
    information: &Matrix6<f64>,
    vector: &Vector6<f64>,
    reference: &Vector6<f64>,
    rows: &'a mut [InformationRow; 6],
) -> &'a [InformationRow] {
    let (mut rest, mut vector) = (*information, *vector);
    let scale: [f64; 6] = std::array::from_fn(|axis| information[(axis, axis)]);
    let mut count = 0;
    while count < 6 {
        // The pivot is relative to each state's own information: position and velocity differ in units.
        let relative = |axis: usize| if scale[axis] > 0.0 { rest[(axis, axis)] / scale[axis] } else { 0.0 };
        let pivot = (1..6).fold(0, |best, axis| if relative(axis) > relative(best) { axis } else { best });
        if relative(pivot) <= RANK_TOLERANCE || !relative(pivot).is_finite() {
            break;
        }
        let column: Vector6<f64> = rest.column(pivot) / rest[(pivot, pivot)].sqrt();
        let measured = vector[pivot] / column[pivot];
        rest -= column * column.transpose();
        vector -= column * measured;
        rows[count] = (column, column.dot(reference) + measured, 1.0);
        count += 1;
    }
    &rows[..count]
}

/// Information below this share of what the plots say of a state is rounding.
const RANK_TOLERANCE: f64 = 1e-9;

fn compress_along<'a, const N: usize>(
    origin: (NodeId, TrackId),
    mean: &SVector<f64, N>,
    model: &impl Dynamics<N>,
    until: Time,
    plots: impl IntoIterator<Item = &'a (Time, Observation)>,
) -> Option<Tracklet> {
    let mut information = Matrix6::zeros();
    let mut vector = Vector6::zeros();
    let mut plume_seen = false;
    for (time, observation) in plots {
        plume_seen |= observation.sees_plume_only;
        let (then, transition) = propagate(model, mean, time.seconds_since(until), LONGEST_STEP_S);
        let Some(rows) = observation.rows(&position(&then), &velocity(&then)) else { continue };
        let by_state = transition.fixed_view::<6, 6>(0, 0).transpose();
        for row in rows {
            let gradient: Vector6<f64> = by_state * row.gradient;
            information += gradient * gradient.transpose() / row.variance;
            vector += gradient * (row.residual / row.variance);
        }
    }
    let tracklet = Tracklet {
        origin,
        until,
        reference: mean.fixed_rows::<6>(0).into(),
        information,
        vector,
        plume_seen,
    };
    (information.trace() > 0.0 && tracklet.is_sound()).then_some(tracklet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_give_the_information_back_at_any_rank() {
        for rank in 1..=6 {
            let factor = nalgebra::SMatrix::<f64, 6, 6>::from_fn(|row, column| {
                if column < rank { libm::sin(((row + 1) * (row + 3) * (column + 2)) as f64) } else { 0.0 }
            });
            // Positions in metres and velocities over a second: the information differs by orders of magnitude.
            let units = Matrix6::from_diagonal(&Vector6::new(0.2, 0.2, 0.2, 1e-3, 1e-3, 1e-3));
            let information = units * factor * factor.transpose() * units;
            let truth = Vector6::new(3.0, -1.0, 2.0, 0.1, 0.5, -0.2);
            let tracklet = Tracklet {
                origin: (NodeId(0), TrackId(0)),
                until: Time::from_nanoseconds(0),
                reference: Vector6::new(1e6, 2e6, 3e6, 1e3, 2e3, 3e3),
                information,
                vector: information * truth,
                plume_seen: false,
            };
            let mut storage = [InformationRow::default(); 6];
            let rows = tracklet.rows(&mut storage);
            assert_eq!(rows.len(), rank);
            let again: Matrix6<f64> =
                rows.iter().map(|(gradient, _, variance)| gradient * gradient.transpose() / *variance).sum();
            assert!((again - information).norm() < 1e-9 * information.norm());
            for (gradient, value, _) in rows {
                let expected = gradient.dot(&(tracklet.reference + truth));
                assert!(
                    (value - expected).abs() < 1e-7 * (1.0 + gradient.norm()),
                    "{value} against {expected}"
                );
            }
        }
    }
}
