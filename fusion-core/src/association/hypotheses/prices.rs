//! What plots are worth to a cluster: a bound that knows of conflicts.

use super::Hypotheses;
use super::search::Search;

/// Prices of keys that several families want, and what is needed to find them. Indexed as a search's `uses`, by where a
/// key's users begin.
#[derive(Clone, Debug, Default)]
pub(super) struct Prices {
    /// The cluster's keys.
    keys: Vec<usize>,
    price: Vec<f64>,
    /// How many families want each key at these prices.
    wanted: Vec<f64>,
    rounds: f64,
}

/// Rounds from one search to the next.
const ROUNDS: u32 = 10;

impl Prices {
    /// Makes room for so many users of keys.
    pub fn begin(&mut self, uses: usize) {
        for values in [&mut self.price, &mut self.wanted] {
            values.clear();
            values.resize(uses, 0.0);
        }
    }

    /// Begins a cluster, at no prices.
    pub fn start(&mut self, search: &Search, hypotheses: &Hypotheses, families: &[usize]) {
        self.keys.clear();
        for &family in families {
            self.keys.extend(hypotheses.range(family).flat_map(|hypothesis| search.keys_of(hypothesis)));
        }
        self.keys.sort_unstable();
        self.keys.dedup();
        self.keys.iter().for_each(|&key| self.price[key] = 0.0);
        self.rounds = 0.0;
    }

    /// Makes the bound lower, in some rounds; answers the sum of all prices.
    ///
    /// With prices π ≥ 0, no set scores more than Σ π + Σ max (score − prices of its keys), a maximum for each family:
    /// Lagrangian relaxation of "no key twice", with subgradient steps by how far the bound is above `lower`, the score of a
    /// set that is known. Poore and Robertson, *Computational Optimization and Applications* 8 (1997), 129-150.
    pub fn lower(&mut self, search: &Search, hypotheses: &Hypotheses, families: &[usize], lower: f64) -> f64 {
        for _ in 0..ROUNDS {
            let bound = self.bound(search, hypotheses, families);
            let gradient = |key: usize| self.wanted[key] - 1.0;
            let moves = |key: &&usize| self.price[**key] > 0.0 || gradient(**key) > 0.0;
            let norm: f64 = self.keys.iter().filter(moves).map(|&key| gradient(key) * gradient(key)).sum();
            if norm == 0.0 || bound <= lower {
                break;
            }
            let step = (bound - lower) / norm / (1.0 + 0.1 * self.rounds);
            for &key in &self.keys {
                self.price[key] = (self.price[key] + step * (self.wanted[key] - 1.0)).max(0.0);
            }
            self.rounds += 1.0;
        }
        self.keys.iter().map(|&key| self.price[key]).sum()
    }

    /// The score of a hypothesis less the prices of its keys.
    pub fn worth(&self, search: &Search, hypotheses: &Hypotheses, hypothesis: usize) -> f64 {
        let prices: f64 = search.keys_of(hypothesis).map(|key| self.price[key]).sum();
        hypotheses.scores[hypothesis] - prices
    }

    /// The bound at the present prices; notes who wants what.
    fn bound(&mut self, search: &Search, hypotheses: &Hypotheses, families: &[usize]) -> f64 {
        self.keys.iter().for_each(|&key| self.wanted[key] = 0.0);
        let mut bound: f64 = self.keys.iter().map(|&key| self.price[key]).sum();
        for &family in families {
            let mut best = (f64::NEG_INFINITY, 0);
            for hypothesis in hypotheses.range(family) {
                let worth = self.worth(search, hypotheses, hypothesis);
                if worth > best.0 {
                    best = (worth, hypothesis);
                }
            }
            bound += best.0;
            search.keys_of(best.1).for_each(|key| self.wanted[key] += 1.0);
        }
        bound
    }
}
