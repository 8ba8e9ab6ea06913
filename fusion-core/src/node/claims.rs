//! How well a picture explains what a sensor saw: what its confirmed tracks claim, held against one look.

use super::Setup;
use super::scan::{Plots, Seen};
use crate::association::{Associate, NearestNeighbour, Predicted, Shares, Weighing};
use crate::track::Track;
use nalgebra::Matrix3;

/// Holds confirmed tracks against looks. Keeps its memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    claims: Vec<Seen>,
    weighing: Weighing,
    nearest: NearestNeighbour,
    shares: Shares,
}

/// A track so many deviations of what honest nodes differ by from another one may be of the same launch.
const COMPANY_BIASES: f64 = 10.0;
/// The likeliest assignment gives plots whole: shares are zero or one.
const HALF: f64 = 0.5;

impl Claims {
    /// How much likelier the confirmed tracks make a look than chance does, as a logarithm, by the likeliest assignment. They are taken to
    /// be off by what honest nodes differ by, beside what they say.
    pub fn explain(&mut self, setup: &Setup, tracks: &[Track], (seen, plots): (&[Seen], &Plots)) -> f64 {
        let Claims { claims, weighing, nearest, shares } = self;
        let bias_m = setup.tracker.peer_bias_sigma_m;
        let is_claim = |seen: &&Seen| seen.branch.is_none() && tracks[seen.index].is_confirmed();
        claims.clear();
        claims.extend(seen.iter().filter(is_claim));
        let bias_m2 = Matrix3::from_diagonal_element(bias_m * bias_m);
        claims.iter_mut().for_each(|claim| claim.positions.widen(&bias_m2));
        let predicted = claims.iter().map(|claim| Predicted {
            positions: &claim.positions,
            detection_probability: claim.detection_probability,
            resolved_probability: claim.resolved_probability,
            existence: 1.0,
        });
        let table = weighing.weigh(predicted, plots.candidacies(), setup.gate);
        // A table that has no answer is a fault of the picture, and says nothing.
        if nearest.associate(table, shares).is_err() {
            return 0.0;
        }
        let taken = |row: usize| {
            let mut pairs = shares.of(row).zip(table.row(row));
            pairs.find(|((_, share), _)| *share > HALF).map(|(_, pair)| pair.log_ratio)
        };
        let has_company = |row: usize| {
            let here_m = claims[row].positions.mean_and_covariance().0;
            let is_near = |other: &Seen| {
                (other.positions.mean_and_covariance().0 - here_m).norm() < COMPANY_BIASES * bias_m
            };
            claims.iter().enumerate().any(|(other, claim)| taken(other).is_some() && is_near(claim))
        };
        // One that was not seen, beside one that was, may be a piece of it, or the same once more.
        let of_row = |row: usize| match taken(row) {
            Some(log_ratio) => log_ratio,
            None if has_company(row) => 0.0,
            None => table.log_miss(row),
        };
        (0..table.tracks()).map(of_row).sum()
    }
}
