use super::*;
use crate::math::assignment::tests::{candidates, problem, total};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Every assignment of the rows, with its cost.
fn all(table: &[Vec<f64>], unassigned: &[f64], columns: usize) -> Vec<Ranked> {
    let mut all = vec![Vec::new()];
    for row in table {
        let mut longer = Vec::new();
        for event in &all {
            let free = |column: &usize| row[*column] < f64::INFINITY && !event.contains(&Some(*column));
            let choices = std::iter::once(None).chain((0..columns).filter(free).map(Some));
            longer.extend(choices.map(|choice| [&event[..], &[choice]].concat()));
        }
        all = longer;
    }
    let ranked =
        |event: Vec<Option<usize>>| Ranked { cost: total(table, unassigned, &event), column_of_row: event };
    let mut all: Vec<Ranked> = all.into_iter().map(ranked).collect();
    all.sort_by(|one, other| one.cost.total_cmp(&other.cost));
    all
}

#[test]
fn the_best_of_small_random_tables_are_those_of_enumeration() {
    let mut random = ChaCha8Rng::seed_from_u64(21);
    let mut exhausted = 0;
    for number in 0..3_000 {
        let (columns, table, unassigned) = problem(&mut random, 4);
        let most = 1 + number % 40;
        let ours =
            assign_ranked(table.len(), columns, &candidates(&table), &unassigned, most).expect("valid");
        let theirs = all(&table, &unassigned, columns);
        assert_eq!(ours.len(), most.min(theirs.len()), "problem {number}");
        exhausted += usize::from(most >= theirs.len() && table.len() > 1);
        for (place, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            assert!((ours.cost - theirs.cost).abs() < 1e-12, "problem {number}, place {place}");
            assert!((total(&table, &unassigned, &ours.column_of_row) - ours.cost).abs() < 1e-12);
        }
        let mut different: Vec<_> = ours.iter().map(|ranked| &ranked.column_of_row).collect();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), ours.len(), "problem {number}: one is there twice");
        let mut backwards = candidates(&table);
        backwards.reverse();
        assert_eq!(assign_ranked(table.len(), columns, &backwards, &unassigned, most), Ok(ours));
    }
    assert!(exhausted > 500);
}

#[test]
fn nothing_to_rank_and_nonsense() {
    let nothing = Ranked { cost: 0.0, column_of_row: vec![] };
    assert_eq!(assign_ranked(0, 3, &[], &[], 5), Ok(vec![nothing]));
    assert_eq!(assign_ranked(1, 1, &[], &[2.0], 0), Ok(vec![]));
    let twice = [1.0, 3.0].map(|cost| Candidate { row: 0, column: 0, cost });
    let costs = |ranked: Vec<Ranked>| ranked.iter().map(|ranked| ranked.cost).collect::<Vec<_>>();
    assert_eq!(assign_ranked(1, 1, &twice, &[2.0], 5).map(costs), Ok(vec![1.0, 2.0]));
    let outside = [Candidate { row: 0, column: 7, cost: 1.0 }];
    assert!(matches!(assign_ranked(1, 1, &outside, &[2.0], 5), Err(AssignmentError::OutsideTable { .. })));
}

#[test]
fn a_large_table_without_differences_gives_as_many_as_were_asked_for() {
    let table = vec![vec![0.0; 40]; 40];
    let ranked = assign_ranked(40, 40, &candidates(&table), &[1.0; 40], 25).expect("valid");
    assert_eq!(ranked.len(), 25);
    assert!(ranked.iter().all(|ranked| ranked.cost == 0.0));
}
