//! Shapley values: what each player of a game adds, averaged over every order in which they could join.
//!
//! L. S. Shapley, A Value for n-Person Games, Contributions to the Theory of Games II, 1953, 307-317.

use crate::statistics::{Interval, mean, t_interval};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Who takes part: bit i for player i.
pub type Coalition = u128;

/// Most players that a [`Coalition`] can tell apart.
pub const MOST_PLAYERS: usize = Coalition::BITS as usize;

/// Up to so many players the value is worked out over all coalitions; with more, over orders that are drawn.
pub const MOST_EXACT: usize = 12;

/// Every player of a game.
#[must_use]
pub fn everybody(players: usize) -> Coalition {
    (0..players.min(MOST_PLAYERS)).fold(0, |all, player| all | 1 << player)
}

/// The Shapley value of each player, from the values of all 2^n coalitions: `values[s]` is that of the coalition whose bits are
/// `s`, so that `values[0]` is what nobody is worth.
///
/// Needs 2^n values; not for more than about twenty players. A list that is too short counts as zeros at its end.
///
/// ```
/// // Two gloves make a pair: the only left one is worth more than each of two right ones.
/// let pairs = [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
/// let parts = sharing_study::shapley::exact(3, &pairs);
/// assert!((parts[0] - 2.0 / 3.0).abs() < 1e-12 && (parts[2] - 1.0 / 6.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn exact(players: usize, values: &[f64]) -> Vec<f64> {
    let of = |coalition: usize| values.get(coalition).copied().unwrap_or(0.0);
    // Share of the orders in which just these come first: s! (n - s - 1)! / n!, as 1 / (n C(n - 1, s)).
    let mut weights = vec![1.0 / players.max(1) as f64];
    for size in 1..players {
        weights.push(weights[size - 1] * size as f64 / (players - size) as f64);
    }
    (0..players)
        .map(|player| {
            let without = (0..1_usize << players).filter(|coalition| coalition >> player & 1 == 0);
            without.fold(0.0, |sum, coalition| {
                let added = of(coalition | 1 << player) - of(coalition);
                sum + weights[coalition.count_ones() as usize] * added
            })
        })
        .collect()
}

/// The Shapley value of each player with its 95 % interval, from orders that are drawn, each with all its rotations: everybody is once
/// in every place, and what the first one adds, which is most, does not depend on luck.
///
/// In every order the parts add up to the whole, so their means do. `value` is asked for each coalition as it comes up and may
/// keep what it has worked out. The interval is none with fewer than two orders.
///
/// Castro, Gómez and Tejada, Polynomial calculation of the Shapley value based on sampling, Computers & Operations Research 36
/// (2009), 1726-1730.
pub fn sampled(
    players: usize,
    orders: usize,
    seed: u64,
    mut value: impl FnMut(Coalition) -> f64,
) -> Vec<(f64, Option<Interval>)> {
    let players = players.min(MOST_PLAYERS);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut added = vec![Vec::with_capacity(orders); players];
    let mut order: Vec<usize> = (0..players).collect();
    let nobody = value(0);
    for _ in 0..orders {
        for last in (1..players).rev() {
            // The upper half of a 32 x 32 bit product: uniform to within 2^-32 x players.
            let other = (u64::from(chance.next_u32()) * (last as u64 + 1)) >> 32;
            order.swap(last, other as usize);
        }
        let mut sums = vec![0.0; players];
        for _ in 0..players {
            let (mut present, mut before) = (0, nobody);
            for &player in &order {
                present |= 1 << player;
                let now = value(present);
                sums[player] += now - before;
                before = now;
            }
            order.rotate_left(1);
        }
        added.iter_mut().zip(sums).for_each(|(added, sum)| added.push(sum / players as f64));
    }
    added.iter().map(|added| (mean(added).unwrap_or(0.0), t_interval(added))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A game whose values have no pattern: from the seed, nobody is worth zero.
    fn random_game(players: usize, seed: u64) -> Vec<f64> {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let draw = |_| f64::from(chance.next_u32()) / f64::from(u32::MAX);
        std::iter::once(0.0).chain((1..1 << players).map(draw)).collect()
    }

    #[test]
    fn a_game_of_three_is_as_worked_out_by_hand() {
        // Values of {}, a, b, ab, c, ac, bc, abc. The six orders give a: abc 12, acb 12, bac 24, bca 27, cab 24, cba 27.
        let parts = exact(3, &[0.0, 12.0, 6.0, 30.0, 0.0, 24.0, 9.0, 36.0]);
        let a = (12.0 + 12.0 + 24.0 + 27.0 + 24.0 + 27.0) / 6.0;
        // b: abc 18, acb 12, bac 6, bca 6, cab 12, cba 9. c: abc 6, acb 12, bac 6, bca 3, cab 0, cba 0.
        let b = (18.0 + 12.0 + 6.0 + 6.0 + 12.0 + 9.0) / 6.0;
        let c = (6.0 + 12.0 + 6.0 + 3.0) / 6.0;
        for (part, by_hand) in parts.iter().zip([a, b, c]) {
            assert!((part - by_hand).abs() < 1e-12, "{parts:?} {by_hand}");
        }
        assert_eq!(a + b + c, 36.0);
    }

    #[test]
    fn the_parts_add_up_and_who_changes_nothing_gets_nothing() {
        for (players, seed) in [(1, 1), (2, 2), (5, 3), (9, 4)] {
            // The last player changes nothing.
            let small = random_game(players, seed);
            let values = [small.clone(), small.clone()].concat();
            let parts = exact(players + 1, &values);
            let sum = parts.iter().fold(0.0, |sum, part| sum + part);
            assert!((sum - values[values.len() - 1]).abs() < 1e-12, "{players}: {sum}");
            assert_eq!(parts[players], 0.0);
            let alone = exact(players, &small);
            assert!(alone.iter().zip(&parts).all(|(alone, part)| (alone - part).abs() < 1e-12));
        }
        assert!(exact(0, &[3.0]).is_empty());
    }

    #[test]
    fn players_who_can_stand_for_each_other_get_the_same() {
        // Worth depends on how many come, and on whether the first is among them.
        let values: Vec<f64> =
            (0..32_u32).map(|s| f64::from(s.count_ones()).sqrt() + f64::from(s & 1)).collect();
        let parts = exact(5, &values);
        assert!(parts[1..].iter().all(|part| (part - parts[1]).abs() < 1e-12), "{parts:?}");
        assert!((parts[0] - parts[1] - 1.0).abs() < 1e-12, "{parts:?}");
    }

    #[test]
    fn drawn_orders_agree_with_all_coalitions_within_their_intervals() {
        let (mut inside, mut all) = (0, 0);
        for seed in 0..40 {
            let values = random_game(6, 100 + seed);
            let exact = exact(6, &values);
            let drawn = sampled(6, 200, seed, |coalition| values[coalition as usize]);
            let sum = drawn.iter().fold(0.0, |sum, (part, _)| sum + part);
            assert!((sum - values[63]).abs() < 1e-12);
            for ((_, interval), exact) in drawn.iter().zip(exact) {
                inside += u32::from(interval.unwrap().contains(exact));
                all += 1;
            }
        }
        // Intervals of 95 %: 228 of 240 are to be expected, and 14 are four standard deviations of independent ones.
        assert!((214..240).contains(&inside), "{inside} of {all}");
    }
}
