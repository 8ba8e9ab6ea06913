//! Which tracks of two nodes are of one object.

use super::difference_bound;
use crate::filter::Gaussian;
use crate::math::assignment::{Candidate, assign};
use crate::math::chi_square::{ChiSquareError, quantile};
use crate::math::symmetric::Cholesky;
use nalgebra::{SMatrix, SVector};
use std::fmt;

/// How much likelier a difference of two states is for one object than for two, as a logarithm; none outside of the gate, a limit on
/// the squared distance.
///
/// `covariance` is that of the difference, `log_density` the logarithm of how many other objects there are in a unit of the state's
/// space. A state that is known badly is near to everything, so it is not the distance that decides.
/// Bar-Shalom and Li, *Multitarget-Multisensor Tracking* (1995), section 8.4.
///
/// ```
/// use fusion_core::share::log_ratio_of_one;
/// use nalgebra::{matrix, vector};
/// // At no distance, one in a hundred metres: 1 / (10 √τ) against 1 / 100.
/// let ratio = log_ratio_of_one(&vector![0.0], &matrix![100.0], 0.01_f64.ln(), 9.0);
/// assert!((ratio.unwrap() - 3.989_422_804_f64.ln()).abs() < 1e-9);
/// assert_eq!(log_ratio_of_one(&vector![31.0], &matrix![100.0], 0.01_f64.ln(), 9.0), None);
/// ```
pub fn log_ratio_of_one<const N: usize>(
    difference: &SVector<f64, N>,
    covariance: &SMatrix<f64, N, N>,
    log_density: f64,
    gate: f64,
) -> Option<f64> {
    let factor = Cholesky::new(covariance).ok()?;
    let squared = factor.mahalanobis_squared(difference);
    let log_norm = N as f64 * libm::log(std::f64::consts::TAU) + factor.log_determinant();
    (squared < gate).then_some(-0.5 * (squared + log_norm) - log_density)
}

/// What is known of the correlation of the errors of two tracks, in case they are of one object.
#[derive(Clone, Copy)]
pub enum Correlation<'a, const N: usize> {
    /// There is none: they share neither reports nor process noise.
    Independent,
    /// The cross-covariance E[(x − a)(x − b)ᵀ] of the first set's track and the second's, by their places: see
    /// [`super::CrossCovariance`].
    Known(&'a dyn Fn(usize, usize) -> SMatrix<f64, N, N>),
    /// Nothing: the difference is bounded, see [`difference_bound`].
    Unknown,
}

impl<const N: usize> fmt::Debug for Correlation<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Correlation::Independent => "Independent",
            Correlation::Known(_) => "Known",
            Correlation::Unknown => "Unknown",
        })
    }
}

/// How [`match_tracks`] decides.
#[derive(Clone, Copy, Debug)]
pub struct MatchRules<'a, const N: usize> {
    /// Probability that the two tracks of one object lie in each other's gate.
    pub gate_probability: f64,
    /// Logarithm of how many other objects there are in a unit of the state's space: what a match is held against.
    pub log_density: f64,
    /// What is known of the correlation of the errors.
    pub correlation: Correlation<'a, N>,
    /// Covariance of a translation that all tracks of the second set have in common against the first, as of sensors that are not
    /// registered; zeros for none, also in some components only.
    pub shift_covariance: SMatrix<f64, N, N>,
}

/// What [`match_tracks`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Matching<const N: usize> {
    /// For each track of the first set, the place of its partner in the second.
    pub partners: Vec<Option<usize>>,
    /// The common translation, first minus second, as the matched pairs tell it.
    pub shift: Gaussian<N>,
}

/// Hypotheses of the common translation that are tried at most.
const MOST_HYPOTHESES: usize = 256;
/// Rounds of assigning and estimating the translation from one hypothesis.
const ROUNDS: usize = 8;

/// Tells which tracks of two sets, at one instant, are of one object: the likeliest pairing, with the translation that both sets may
/// differ by.
///
/// Each pair's difference must pass a chi-square gate, and be likelier as an error than as the distance of two objects. A row of
/// missiles that is shifted as a whole looks, nearest by nearest, like another pairing: so each pair that may be one is taken as a
/// hypothesis of the translation, all tracks are assigned under it and the translation estimated from them in turn, and the pairing
/// with the greatest joint likelihood is kept. Up to 256 hypotheses are tried, the likeliest first. Not for sets whose tracks turn or
/// scale against each other, and not for a stream of single reports.
///
/// Levedahl, "An explicit pattern matching assignment algorithm", *SPIE* 4728 (2002), 461-469; Kaplan, Bar-Shalom and Blair,
/// "Assignment costs for multiple sensor track-to-track association", *IEEE TAES* 44(2) (2008), 655-677.
///
/// # Errors
/// [`ChiSquareError`] for a gate probability that is none.
///
/// ```
/// use fusion_core::filter::Gaussian;
/// use fusion_core::share::{Correlation, MatchRules, match_tracks};
/// use nalgebra::{matrix, vector};
/// let at = |place: f64| Gaussian { mean: vector![place], covariance: matrix![1.0] };
/// let rules = |shift_variance: f64| MatchRules {
///     gate_probability: 0.9999,
///     log_density: -7.0,
///     correlation: Correlation::Independent,
///     shift_covariance: matrix![shift_variance],
/// };
/// // The second set stands 19 too low: its middle track is near the first one of the first set.
/// let (first, second) = ([at(0.0), at(20.0), at(45.0)], [at(-19.0), at(1.2), at(25.8)]);
/// let matching = match_tracks(&first, &second, &rules(400.0))?;
/// assert_eq!(matching.partners, [Some(0), Some(1), Some(2)]);
/// assert!((matching.shift.mean[0] - 19.0).abs() < 0.1);
/// assert_eq!(match_tracks(&first, &second, &rules(0.0))?.partners, [Some(1), None, None]);
/// # Ok::<(), fusion_core::math::chi_square::ChiSquareError>(())
/// ```
pub fn match_tracks<const N: usize>(
    first: &[Gaussian<N>],
    second: &[Gaussian<N>],
    rules: &MatchRules<'_, N>,
) -> Result<Matching<N>, ChiSquareError> {
    let pairs = Pairs::new(first, second, rules, quantile(N as u32, rules.gate_probability)?);
    let none = Gaussian { mean: SVector::zeros(), covariance: rules.shift_covariance };
    let nothing = Hypothesis { partners: vec![None; first.len()], shift: none, log_ratio: 0.0 };
    let is_shifted = rules.shift_covariance.iter().any(|number| *number != 0.0);
    let seeds = if is_shifted { pairs.seeds(&none) } else { vec![none] };
    let found = seeds
        .iter()
        .map(|seed| pairs.settled(seed, &none))
        .fold(nothing, |best, one| if one.log_ratio > best.log_ratio { one } else { best });
    Ok(Matching { partners: found.partners, shift: found.shift })
}

/// A pairing, the translation that it tells, and how much likelier it is than no pair at all.
struct Hypothesis<const N: usize> {
    partners: Vec<Option<usize>>,
    shift: Gaussian<N>,
    log_ratio: f64,
}

/// Differences of all pairs of tracks with their covariances.
struct Pairs<const N: usize> {
    rows: usize,
    columns: usize,
    /// Row, column, difference as an estimate of the translation.
    differences: Vec<(usize, usize, Gaussian<N>)>,
    log_density: f64,
    gate: f64,
}

impl<const N: usize> Pairs<N> {
    /// A pair whose covariance of the difference is none is left out.
    fn new(first: &[Gaussian<N>], second: &[Gaussian<N>], rules: &MatchRules<'_, N>, gate: f64) -> Self {
        let mut differences = Vec::with_capacity(first.len() * second.len());
        for (row, one) in first.iter().enumerate() {
            for (column, other) in second.iter().enumerate() {
                let Some(covariance) = rules.correlation.of_difference((row, one), (column, other)) else {
                    continue;
                };
                differences.push((row, column, Gaussian { mean: one.mean - other.mean, covariance }));
            }
        }
        Pairs { rows: first.len(), columns: second.len(), differences, log_density: rules.log_density, gate }
    }

    fn log_ratio(&self, difference: &Gaussian<N>, shift: &Gaussian<N>) -> Option<f64> {
        let covariance = difference.covariance + shift.covariance;
        log_ratio_of_one(&(difference.mean - shift.mean), &covariance, self.log_density, self.gate)
    }

    /// The translation by each pair that may be one, the likeliest first.
    fn seeds(&self, prior: &Gaussian<N>) -> Vec<Gaussian<N>> {
        let ratio = |pair: &(usize, usize, Gaussian<N>)| Some((self.log_ratio(&pair.2, prior)?, pair.2));
        let mut seeds: Vec<(f64, Gaussian<N>)> = self.differences.iter().filter_map(ratio).collect();
        seeds.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        seeds.truncate(MOST_HYPOTHESES);
        seeds.into_iter().filter_map(|(_, difference)| told(prior, &difference)).collect()
    }

    /// Assigns and estimates in turn until nothing changes.
    fn settled(&self, seed: &Gaussian<N>, prior: &Gaussian<N>) -> Hypothesis<N> {
        let mut hypothesis = self.assigned(seed, prior);
        for _ in 1..ROUNDS {
            let next = self.assigned(&hypothesis.shift, prior);
            if next.log_ratio <= hypothesis.log_ratio {
                break;
            }
            hypothesis = next;
        }
        hypothesis
    }

    /// The likeliest pairing under a translation, judged with the translation open: pair after pair, each with what the ones before
    /// told of it.
    fn assigned(&self, shift: &Gaussian<N>, prior: &Gaussian<N>) -> Hypothesis<N> {
        let candidates: Vec<Candidate> = self
            .differences
            .iter()
            .filter_map(|(row, column, difference)| {
                Some(Candidate { row: *row, column: *column, cost: -self.log_ratio(difference, shift)? })
            })
            .collect();
        // Rows, columns and costs are sound by construction; were they not, nothing would be matched.
        let mut partners = assign(self.rows, self.columns, &candidates, &vec![0.0; self.rows])
            .unwrap_or_else(|_| vec![None; self.rows]);
        let (mut told_shift, mut log_ratio) = (*prior, 0.0);
        for (row, column, difference) in &self.differences {
            if partners[*row] != Some(*column) {
                continue;
            }
            let pair = self.log_ratio(difference, &told_shift).zip(told(&told_shift, difference));
            match pair {
                Some((ratio, next)) => (log_ratio, told_shift) = (log_ratio + ratio, next),
                None => partners[*row] = None,
            }
        }
        Hypothesis { partners, shift: told_shift, log_ratio }
    }
}

/// A translation updated with one pair's difference; none where the numbers are no covariance.
fn told<const N: usize>(shift: &Gaussian<N>, difference: &Gaussian<N>) -> Option<Gaussian<N>> {
    let mut updated = *shift;
    let residual = difference.mean - shift.mean;
    updated.update_linear(&residual, &SMatrix::identity(), &difference.covariance).ok()?;
    Some(updated)
}

impl<const N: usize> Correlation<'_, N> {
    /// The covariance of the difference of two tracks, or a bound on it; none where the numbers are no covariance.
    ///
    /// The bound's weight makes it least in units of the sum, and so does not depend on the units of the state.
    fn of_difference(
        &self,
        (row, first): (usize, &Gaussian<N>),
        (column, second): (usize, &Gaussian<N>),
    ) -> Option<SMatrix<f64, N, N>> {
        let (first, second) = (&first.covariance, &second.covariance);
        let sum = first + second;
        match self {
            Correlation::Independent => Some(sum),
            Correlation::Known(cross) => {
                let cross = cross(row, column);
                Some(sum - cross - cross.transpose())
            }
            Correlation::Unknown => {
                let of_first = Cholesky::new(&sum).ok()?.solve(first).trace().max(0.0);
                let (one, other) = (of_first.sqrt(), (N as f64 - of_first).max(0.0).sqrt());
                Some(difference_bound(first, second, one / (one + other)))
            }
        }
    }
}

#[cfg(test)]
#[path = "matching_tests.rs"]
mod tests;
