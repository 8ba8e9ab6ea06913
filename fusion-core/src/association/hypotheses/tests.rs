//! The best sets against enumeration, the limit, and errors.

use super::{Hypotheses, LOOKS, Selection, SelectionError, Selector};
use crate::math::assignment::assign_dense;
use crate::math::chance::Stream;

/// The hypotheses of each family: score and keys.
type Families = Vec<Vec<(f64, Vec<u64>)>>;

fn pushed(families: &Families) -> Hypotheses {
    let mut hypotheses = Hypotheses::default();
    for family in families {
        hypotheses.push_family();
        family.iter().for_each(|(score, keys)| hypotheses.push(*score, keys.iter().copied()));
    }
    hypotheses
}

/// All sets with their scores, the best first.
fn enumerated(families: &Families) -> Vec<(f64, Vec<usize>)> {
    let mut sets: Vec<(f64, Vec<usize>, Vec<u64>)> = vec![(0.0, vec![], vec![])];
    for family in families {
        let mut longer = Vec::new();
        for (score, chosen, taken) in &sets {
            for (place, (own, keys)) in family.iter().enumerate() {
                if keys.iter().all(|key| !taken.contains(key)) {
                    longer.push((score + own, [&chosen[..], &[place]].concat(), [&taken[..], keys].concat()));
                }
            }
        }
        sets = longer;
    }
    sets.sort_by(|one, other| other.0.total_cmp(&one.0));
    sets.into_iter().map(|(score, chosen, _)| (score, chosen)).collect()
}

/// A few families, of which some have no hypothesis without a key.
fn random(stream: &mut Stream) -> Families {
    let mut below = |most: f64| (stream.uniform() * most) as usize;
    let sizes: Vec<usize> = (0..1 + below(5.0)).map(|_| 1 + below(5.0)).collect();
    let keys = 1 + below(9.0) as u64;
    let hypothesis = |stream: &mut Stream| {
        let used = (0..(stream.uniform() * 4.0) as usize)
            .map(|_| (stream.uniform() * keys as f64) as u64 * 1_000_003);
        let used: Vec<u64> = used.collect();
        (stream.between(-8.0, 8.0), used)
    };
    sizes.iter().map(|&size| (0..size).map(|_| hypothesis(stream)).collect()).collect()
}

/// Families of each cluster, by spreading over shared keys.
fn clusters(families: &Families) -> Vec<Vec<usize>> {
    let keys = |family: usize| families[family].iter().flat_map(|(_, keys)| keys).collect::<Vec<_>>();
    let mut colour: Vec<usize> = (0..families.len()).collect();
    for _ in 0..families.len() {
        for one in 0..families.len() {
            for other in 0..families.len() {
                if keys(one).iter().any(|key| keys(other).contains(key)) {
                    let least = colour[one].min(colour[other]);
                    (colour[one], colour[other]) = (least, least);
                }
            }
        }
    }
    let members = |wanted| (0..families.len()).filter(|&family| colour[family] == wanted).collect::<Vec<_>>();
    (0..families.len()).map(members).filter(|members| !members.is_empty()).collect()
}

#[test]
fn the_best_sets_are_those_of_enumeration() {
    let (mut impossible, mut conflicts) = (0, 0);
    let mut selection = Selection::default();
    for best in [1, 3, 1_000_000] {
        let mut selector = Selector::new(best, LOOKS);
        for seed in 0..2_000 {
            let families = random(&mut Stream::new("families", seed, &[]));
            let answer = selector.select(&pushed(&families), &mut selection);
            let all = enumerated(&families);
            if all.is_empty() {
                assert!(matches!(answer, Err(SelectionError::Impossible { .. })), "seed {seed}: {answer:?}");
                impossible += 1;
                continue;
            }
            assert_eq!(answer, Ok(()), "seed {seed}");
            assert!(!selection.is_approximate());
            let chosen: Vec<usize> = (0..families.len()).map(|family| selection.chosen(family)).collect();
            assert_eq!(chosen, all[0].1, "seed {seed}");
            let greedy = |family: &Vec<(f64, Vec<u64>)>| {
                (0..family.len()).max_by(|&one, &other| family[one].0.total_cmp(&family[other].0))
            };
            conflicts += usize::from(families.iter().map(greedy).ne(chosen.iter().map(|&place| Some(place))));
            for cluster in clusters(&families) {
                let own: Families = cluster.iter().map(|&family| families[family].clone()).collect();
                let sets = enumerated(&own);
                let kept = &sets[..sets.len().min(best)];
                let weight = |set: &(f64, Vec<usize>)| libm::exp(set.0 - kept[0].0);
                let whole: f64 = kept.iter().map(weight).sum();
                for (local, &family) in cluster.iter().enumerate() {
                    for (place, ours) in selection.weights(family).iter().enumerate() {
                        let having = kept.iter().filter(|set| set.1[local] == place);
                        let theirs = having.map(weight).sum::<f64>() / whole;
                        assert!((ours - theirs).abs() < 1e-12, "seed {seed}: {ours} against {theirs}");
                    }
                }
            }
        }
    }
    assert!(impossible > 100 && conflicts > 1_000, "{impossible} {conflicts}");
}

/// Two hundred families that all want the same seven plots, or nothing.
fn crowd(stream: &mut Stream) -> Families {
    let family = |_| {
        let gains = (0..7).map(|key| (stream.between(0.0, 9.0), vec![key]));
        std::iter::once((0.0, vec![])).chain(gains).collect()
    };
    (0..200).map(family).collect()
}

#[test]
fn over_one_look_the_best_set_is_the_best_assignment() {
    let families = crowd(&mut Stream::new("crowd", 1, &[]));
    let (mut selector, mut selection) = (Selector::new(1, LOOKS), Selection::default());
    selector.select(&pushed(&families), &mut selection).expect("misses go together");
    assert!(!selection.is_approximate());
    let cost = |row: usize, column: usize| -families[row][column + 1].0;
    let columns = assign_dense(200, 7, cost, &[0.0; 200]).expect("a sound table");
    let chosen: Vec<_> = (0..200).map(|family| selection.chosen(family).checked_sub(1)).collect();
    assert_eq!(chosen, columns);
}

#[test]
fn two_hundred_families_in_full_conflict_over_three_looks_end_at_the_limit_with_a_good_set() {
    let mut stream = Stream::new("looks", 1, &[]);
    let family = |_| {
        let mut key = |look: u64| look << 32 | (stream.uniform() * 60.0) as u64;
        let gains: Vec<Vec<u64>> = (0..7).map(|_| [0, 1, 2].map(&mut key).to_vec()).collect();
        let gains = gains.into_iter().map(|keys| (stream.between(3.0, 9.0), keys));
        std::iter::once((0.0, vec![])).chain(gains).collect()
    };
    let families: Families = (0..200).map(family).collect();
    let (mut selector, mut selection) = (Selector::default(), Selection::default());
    let hypotheses = pushed(&families);
    selector.select(&hypotheses, &mut selection).expect("misses go together");
    assert!(selection.is_approximate());
    // What is looked at for one more set at most comes on top.
    assert!((LOOKS..LOOKS + 20_000).contains(&selector.search.looks()), "{}", selector.search.looks());
    let chosen = || families.iter().enumerate().map(|(family, own)| &own[selection.chosen(family)]);
    let mut taken: Vec<u64> = chosen().flat_map(|(_, keys)| keys).copied().collect();
    let used = taken.len();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), used, "a plot is used twice");
    let score: f64 = chosen().map(|(score, _)| score).sum();
    // Between taking the best hypothesis of all again and again, and the bound.
    let mut all: Vec<_> = families
        .iter()
        .enumerate()
        .flat_map(|(family, own)| own.iter().map(move |one| (family, one)))
        .collect();
    all.sort_by(|one, other| other.1.0.total_cmp(&one.1.0));
    let (mut served, mut gone, mut greedy) = (vec![], vec![], 0.0);
    for (family, (gain, keys)) in all {
        if !served.contains(&family) && keys.iter().all(|key| !gone.contains(key)) {
            served.push(family);
            gone.extend(keys);
            greedy += gain;
        }
    }
    let bound = selector.search.bound(&hypotheses);
    assert!((greedy..=bound).contains(&score), "{greedy} {score} {bound}");
    for family in 0..200 {
        assert!((selection.weights(family).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn an_answer_is_certain_where_the_first_hypotheses_go_together() {
    // The first family has most to lose and takes what the second cannot do without.
    let mut families: Families =
        vec![vec![(0.0, vec![1]), (9.0, vec![2])], vec![(0.0, vec![2]), (-1.0, vec![2, 3])]];
    let (mut hasty, mut selection) = (Selector::new(10, 0), Selection::default());
    hasty.select(&pushed(&families), &mut selection).expect("the first ones");
    assert!(selection.is_approximate());
    assert!((0..2).all(|family| selection.chosen(family) == 0 && selection.weights(family) == [1.0, 0.0]));
    families[0].swap(0, 1);
    assert_eq!(hasty.select(&pushed(&families), &mut selection), Err(SelectionError::NotFound { family: 0 }));
    let mut patient = Selector::default();
    patient.select(&pushed(&families), &mut selection).expect("there is one");
    assert_eq!([selection.chosen(0), selection.chosen(1)], [1, 0]);
}

#[test]
fn five_thousand_families_have_a_good_set_even_without_a_search() {
    let families: Families =
        (0..25).flat_map(|number| crowd(&mut Stream::new("crowd", number, &[]))).collect();
    let (mut selector, mut selection) = (Selector::default(), Selection::default());
    selector.select(&pushed(&families), &mut selection).expect("misses go together");
    assert!(selection.is_approximate());
    let score: f64 = (0..5_000).map(|family| families[family][selection.chosen(family)].0).sum();
    assert!(score > 0.98 * 7.0 * 9.0, "{score}");
}

#[test]
fn a_long_row_of_families_is_solved_to_its_end() {
    // Each wants its left plot, its right one less, and neighbours share one: all take their own left one.
    let row: Families = (0..300_u64)
        .map(|family| {
            vec![(0.0, vec![]), (3.0, vec![family + 1]), (4.0 + 1e-3 * family as f64, vec![family])]
        })
        .collect();
    let (mut selector, mut selection) = (Selector::new(1, LOOKS), Selection::default());
    selector.select(&pushed(&row), &mut selection).expect("misses go together");
    assert!(!selection.is_approximate());
    assert!((0..300).all(|family| selection.chosen(family) == 2));
}

#[test]
fn prices_change_the_way_and_not_the_answer() {
    // With a limit so high the first search, which enumeration vouches for, ends; with the usual one it does not.
    let (mut plain, mut without) = (Selector::new(10, 1_000 * LOOKS), Selection::default());
    let (mut priced, mut with) = (Selector::new(10, LOOKS), Selection::default());
    let mut compared = 0;
    for seed in 0..60 {
        let hypotheses = pushed(&raid(6, 1.0 + 0.02 * seed as f64, seed));
        plain.select(&hypotheses, &mut without).expect("misses go together");
        priced.select(&hypotheses, &mut with).expect("misses go together");
        if with.is_approximate() || priced.search.bound(&hypotheses) == plain.search.bound(&hypotheses) {
            continue;
        }
        compared += 1;
        assert_eq!(with.chosen, without.chosen, "seed {seed}");
        let off = with.weights.iter().zip(&without.weights).map(|(one, other)| (one - other).abs());
        assert!(off.fold(0.0, f64::max) < 1e-12, "seed {seed}");
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn nothing_of_one_call_shows_in_the_next() {
    let mut kept = Selector::default();
    for seed in 0..500 {
        let families = random(&mut Stream::new("families", seed, &[]));
        let (mut one, mut other) = (Selection::default(), Selection::default());
        let answer = kept.select(&pushed(&families), &mut one);
        assert_eq!(answer, Selector::default().select(&pushed(&families), &mut other));
        if answer.is_ok() {
            assert_eq!((one.chosen, one.weights), (other.chosen, other.weights));
        }
    }
}

#[test]
fn nonsense_is_named() {
    let select = |hypotheses: &Hypotheses| Selector::default().select(hypotheses, &mut Selection::default());
    let mut hypotheses = Hypotheses::default();
    assert_eq!(select(&hypotheses), Ok(()));
    hypotheses.push(0.0, [1]);
    assert_eq!(select(&hypotheses), Err(SelectionError::NoFamily));
    hypotheses.clear();
    hypotheses.push_family();
    hypotheses.push(0.0, [1]);
    hypotheses.push_family();
    assert_eq!(select(&hypotheses), Err(SelectionError::Empty { family: 1 }));
    hypotheses.push(0.0, [1]);
    assert_eq!(select(&hypotheses), Err(SelectionError::Impossible { family: 0 }));
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut worse = hypotheses.clone();
        worse.push(bad, []);
        assert!(matches!(select(&worse), Err(SelectionError::Score { family: 1, hypothesis: 1, .. })));
    }
    assert_eq!(hypotheses.families(), 2);
}

/// What a leaf of a tree is: its score and keys.
type Leaf = (f64, Vec<u64>);

/// Objects in a row, so many standard deviations of a plot apart, over three looks: the 30 likeliest leaves of each, and a miss of
/// all looks. A plot at the right place scores 4, a miss −2.3.
fn raid(families: u64, spacing: f64, seed: u64) -> Families {
    let mut stream = Stream::new("raid", seed, &[families]);
    let mut plot = |family: u64| spacing * family as f64 + stream.normal();
    let looks: [Vec<f64>; 3] = [(); 3].map(|()| (0..families).map(&mut plot).collect());
    let children = |leaf: &Leaf, look: usize, family: u64| -> Vec<Leaf> {
        let off = |plot: f64| plot - spacing * family as f64;
        let near = looks[look].iter().enumerate().filter(|(_, plot)| off(**plot).abs() < 4.0);
        let hit = |(number, &plot): (usize, &f64)| {
            let key = (look as u64) << 32 | number as u64;
            (leaf.0 + 4.0 - 0.5 * off(plot) * off(plot), [&leaf.1[..], &[key]].concat())
        };
        std::iter::once((leaf.0 - 2.3, leaf.1.clone())).chain(near.map(hit)).collect()
    };
    let leaves = |family: u64| {
        let mut leaves = vec![(0.0, vec![])];
        for look in 0..3 {
            leaves = leaves.iter().flat_map(|leaf| children(leaf, look, family)).collect();
        }
        leaves.sort_by(|one, other| other.0.total_cmp(&one.0));
        leaves.truncate(30);
        leaves.push((-6.9, vec![]));
        leaves
    };
    (0..families).map(leaves).collect()
}

#[test]
fn objects_two_deviations_apart_are_exact_and_closer_ones_nearly_so() {
    let (mut selector, mut selection) = (Selector::new(10, LOOKS), Selection::default());
    for (families, spacing, least_exact, largest_gap) in
        [(10, 2.0, 20, 0.0), (20, 2.0, 20, 0.0), (10, 1.0, 0, 0.02), (40, 0.5, 0, 0.08)]
    {
        let (mut exact, mut scores, mut gaps) = (0, 0.0, 0.0);
        for seed in 0..20 {
            let families = raid(families, spacing, seed);
            let hypotheses = pushed(&families);
            selector.select(&hypotheses, &mut selection).expect("misses go together");
            let chosen = families.iter().enumerate().map(|(family, own)| own[selection.chosen(family)].0);
            let score: f64 = chosen.sum();
            scores += score;
            if selection.is_approximate() {
                gaps += selector.search.bound(&hypotheses) - score;
            } else {
                exact += 1;
            }
        }
        assert!(
            exact >= least_exact && gaps <= largest_gap * scores,
            "{families}: {exact}, {gaps} of {scores}"
        );
    }
}
