use super::*;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The least total over every assignment of rows `row..`, by trying them all.
fn brute_force(table: &[Vec<f64>], unassigned: &[f64], row: usize, taken: &mut [bool]) -> f64 {
    if row == table.len() {
        return 0.0;
    }
    let mut best = unassigned[row] + brute_force(table, unassigned, row + 1, taken);
    for column in 0..taken.len() {
        if !taken[column] && table[row][column] < f64::INFINITY {
            taken[column] = true;
            best = best.min(table[row][column] + brute_force(table, unassigned, row + 1, taken));
            taken[column] = false;
        }
    }
    best
}

pub(super) fn total(table: &[Vec<f64>], unassigned: &[f64], answer: &[Option<usize>]) -> f64 {
    let mut taken = std::collections::BTreeSet::new();
    let costs = answer.iter().enumerate().map(|(row, column)| match column {
        Some(column) => {
            assert!(taken.insert(*column), "column {column} is used twice");
            table[row][*column]
        }
        None => unassigned[row],
    });
    costs.sum()
}

pub(super) fn candidates(table: &[Vec<f64>]) -> Vec<Candidate> {
    let row_of = |(row, costs): (usize, &Vec<f64>)| {
        costs
            .iter()
            .enumerate()
            .map(move |(column, &cost)| Candidate { row, column, cost })
            .collect::<Vec<_>>()
    };
    table.iter().enumerate().flat_map(row_of).collect()
}

fn unit(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A random table with forbidden pairs, negative costs and, in every other problem, many ties.
pub(super) fn problem(random: &mut ChaCha8Rng, largest: u64) -> (usize, Vec<Vec<f64>>, Vec<f64>) {
    let (rows, columns) =
        ((random.next_u64() % (largest + 1)) as usize, (random.next_u64() % (largest + 1)) as usize);
    let ties = random.next_u64().is_multiple_of(2);
    let density = unit(random);
    let mut cost = |spread: f64| {
        let raw = spread * (2.0 * unit(random) - 1.0);
        let forbidden = unit(random) > density;
        (if ties { libm::floor(raw) } else { raw }, forbidden)
    };
    let table = (0..rows)
        .map(|_| {
            let draw = |_| match cost(4.0) {
                (_, true) => f64::INFINITY,
                (value, false) => value,
            };
            (0..columns).map(draw).collect()
        })
        .collect();
    let unassigned = (0..rows).map(|_| cost(3.0).0 + 2.0).collect();
    (columns, table, unassigned)
}

/// What a row could gain at most by another choice when columns cost their prices: nothing, if these prove the answer the best.
fn assigned_prices(columns: usize, table: &[Vec<f64>], unassigned: &[f64], answer: &[Option<usize>]) -> f64 {
    let mut assigner = Assigner::default();
    assigner.assign(table.len(), columns, &candidates(table), unassigned).expect("valid");
    let prices = assigner.column_prices();
    let is_held = |column: usize| answer.contains(&Some(column));
    assert!((0..columns).all(|column| prices[column] <= 0.0 && (is_held(column) || prices[column] == 0.0)));
    let gain = |(row, costs): (usize, &Vec<f64>)| {
        let reduced = |column: usize| costs[column] - prices[column];
        let own = answer[row].map_or(unassigned[row], reduced);
        own - (0..columns).map(reduced).fold(unassigned[row], f64::min)
    };
    table.iter().enumerate().map(gain).fold(0.0, f64::max)
}

#[test]
fn small_random_tables_cost_what_brute_force_finds() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut special = [0; 3];
    for number in 0..20_000 {
        let (columns, table, unassigned) = problem(&mut random, 6);
        special[0] += i32::from(table.iter().flatten().any(|cost| *cost == f64::INFINITY));
        special[1] +=
            i32::from(columns > 0 && table.iter().any(|row| row.iter().all(|cost| *cost == f64::INFINITY)));
        let mut costs: Vec<f64> = table.iter().flatten().copied().filter(|cost| cost.is_finite()).collect();
        costs.sort_by(f64::total_cmp);
        special[2] += i32::from(costs.windows(2).any(|pair| pair[0] == pair[1]));
        let answer = assign(table.len(), columns, &candidates(&table), &unassigned).expect("valid");
        let best = brute_force(&table, &unassigned, 0, &mut vec![false; columns]);
        let ours = total(&table, &unassigned, &answer);
        assert!(
            (ours - best).abs() < 1e-12,
            "problem {number}: {ours} against {best}: {table:?} {unassigned:?}"
        );
        let prices = assigned_prices(columns, &table, &unassigned, &answer);
        assert!(prices <= 1e-12, "problem {number}: a row gains {prices}");
    }
    // Forbidden pairs, empty rows and ties are among them.
    assert!(special.iter().all(|count| *count > 3_000), "{special:?}");
}

#[test]
fn large_tables_cost_what_another_library_finds() {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    for (rows, columns, spread) in
        [(30, 30, 1_000), (60, 80, 20), (120, 120, 1_000_000), (200, 210, 300), (100, 300, 5)]
    {
        for _ in 0..4 {
            let weights: Vec<Vec<i64>> = (0..rows)
                .map(|_| (0..columns).map(|_| (random.next_u64() % spread) as i64).collect())
                .collect();
            let matrix = pathfinding::matrix::Matrix::from_rows(weights.clone()).expect("a rectangle");
            let (best, _) = pathfinding::kuhn_munkres::kuhn_munkres_min(&matrix);
            let table: Vec<Vec<f64>> =
                weights.iter().map(|row| row.iter().map(|&cost| cost as f64).collect()).collect();
            let unassigned = vec![1e12; rows];
            let answer = assign(rows, columns, &candidates(&table), &unassigned).expect("valid");
            assert_eq!(total(&table, &unassigned, &answer), best as f64);
            let dense =
                assign_dense(rows, columns, |row, column| table[row][column], &unassigned).expect("valid");
            assert_eq!(answer, dense);
        }
    }
}

#[test]
fn a_gated_picture_of_many_thousands_is_assigned_and_no_single_change_betters_it() {
    let (rows, columns) = (20_000, 25_000);
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let mut sparse = Vec::new();
    for row in 0..rows {
        for _ in 0..random.next_u64() % 7 {
            // Neighbours in cell order compete for the same plots.
            let column = (row + (random.next_u64() % 12) as usize).min(columns - 1);
            sparse.push(Candidate { row, column, cost: 20.0 * unit(&mut random) });
        }
    }
    let unassigned = vec![15.0; rows];
    let answer = assign(rows, columns, &sparse, &unassigned).expect("valid");
    let mut holder = vec![None; columns];
    for (row, column) in answer.iter().enumerate() {
        if let Some(column) = column {
            assert_eq!(holder[*column].replace(row), None);
        }
    }
    let cost_of = |row: usize, column: usize| {
        let costs = sparse.iter().filter(|c| c.row == row && c.column == column).map(|c| c.cost);
        costs.fold(f64::INFINITY, f64::min)
    };
    for candidate in sparse.iter().step_by(97) {
        let now = answer[candidate.row].map_or(15.0, |column| cost_of(candidate.row, column));
        let displaced = match holder[candidate.column] {
            Some(row) if row != candidate.row => 15.0 - cost_of(row, candidate.column),
            _ => 0.0,
        };
        assert!(candidate.cost + displaced >= now - 1e-12, "{candidate:?}");
    }
}

proptest! {
    #[test]
    fn the_answer_does_not_depend_on_the_order_of_the_candidates(seed in 0_u64..u64::MAX) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (columns, table, unassigned) = problem(&mut random, 12);
        let mut pairs = candidates(&table);
        let answer = assign(table.len(), columns, &pairs, &unassigned);
        for last in (1..pairs.len()).rev() {
            pairs.swap(last, (random.next_u64() % (last as u64 + 1)) as usize);
        }
        // A dearer repetition changes nothing.
        let dearer: Vec<Candidate> = pairs.iter().map(|c| Candidate { cost: c.cost + 1.0, ..*c }).collect();
        pairs.extend(dearer);
        prop_assert_eq!(answer, assign(table.len(), columns, &pairs, &unassigned));
    }
}

#[test]
fn a_long_chain_of_displacements_is_followed_to_its_end() {
    // Each row prefers its left column by a little; the last row has only the first column.
    let rows = 2_000;
    let mut pairs = vec![Candidate { row: rows - 1, column: 0, cost: 0.0 }];
    for row in 0..rows - 1 {
        pairs.push(Candidate { row, column: row, cost: 0.0 });
        pairs.push(Candidate { row, column: row + 1, cost: 1e-3 });
    }
    let answer = assign(rows, rows, &pairs, &vec![1e3; rows]).expect("valid");
    assert_eq!(answer[rows - 1], Some(0));
    assert!((0..rows - 1).all(|row| answer[row] == Some(row + 1)));
    // Where the chain costs more than a miss, the last row stays out.
    let answer = assign(rows, rows, &pairs, &vec![1.5; rows]).expect("valid");
    assert!((0..rows - 1).all(|row| answer[row] == Some(row)) && answer[rows - 1].is_none());
}

#[test]
fn nothing_to_assign() {
    assert_eq!(assign(0, 0, &[], &[]), Ok(vec![]));
    assert_eq!(assign(0, 3, &[], &[]), Ok(vec![]));
    assert_eq!(assign(2, 0, &[], &[1.0, -1.0]), Ok(vec![None, None]));
    assert_eq!(assign(2, 2, &[], &[1.0, 1.0]), Ok(vec![None, None]));
    let forbidden = [Candidate { row: 1, column: 1, cost: f64::INFINITY }];
    assert_eq!(assign(2, 2, &forbidden, &[1.0, f64::MAX]), Ok(vec![None, None]));
}

#[test]
fn bad_input_is_named() {
    let pair = |row, column, cost| [Candidate { row, column, cost }];
    let unassigned = [1.0, 1.0];
    assert_eq!(
        assign(2, 3, &pair(2, 0, 1.0), &unassigned),
        Err(AssignmentError::OutsideTable { row: 2, column: 0, rows: 2, columns: 3 })
    );
    assert!(matches!(
        assign(2, 3, &pair(1, 3, 1.0), &unassigned),
        Err(AssignmentError::OutsideTable { column: 3, .. })
    ));
    assert!(matches!(
        assign(2, 3, &pair(1, 2, f64::NAN), &unassigned),
        Err(AssignmentError::Cost { row: 1, column: 2, .. })
    ));
    assert!(matches!(
        assign(2, 3, &pair(0, 0, f64::NEG_INFINITY), &unassigned),
        Err(AssignmentError::Cost { .. })
    ));
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(matches!(
            assign(2, 3, &[], &[1.0, bad]),
            Err(AssignmentError::UnassignedCost { row: 1, .. })
        ));
    }
    assert_eq!(assign(2, 3, &[], &[1.0]), Err(AssignmentError::UnassignedCount { rows: 2, given: 1 }));
}

#[test]
fn nothing_of_one_table_shows_in_the_next() {
    let mut random = ChaCha8Rng::seed_from_u64(12);
    let mut assigner = Assigner::default();
    for _ in 0..2_000 {
        let (columns, table, unassigned) = problem(&mut random, 12);
        let candidates = candidates(&table);
        let alone = assign(table.len(), columns, &candidates, &unassigned).expect("a sound table");
        assert_eq!(assigner.assign(table.len(), columns, &candidates, &unassigned), Ok(&alone[..]));
        // Nor does that of a table that was refused.
        let outside = [Candidate { row: 0, column: columns, cost: 0.0 }];
        assert!(assigner.assign(table.len(), columns, &outside, &unassigned).is_err());
    }
}
