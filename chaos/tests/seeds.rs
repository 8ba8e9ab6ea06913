//! A few hundred seeds; `vantage chaos` runs as many as are asked for.

use chaos::run_seeds;
use std::collections::BTreeMap;

#[test]
fn whatever_goes_wrong_the_invariants_hold() {
    let (mut kinds, mut seeds, mut late) = (BTreeMap::new(), 0, 0);
    run_seeds(1..=200, |outcome| {
        assert!(outcome.violations.is_empty(), "seed {}: {}", outcome.seed, outcome.violations[0]);
        for scheduled in &outcome.faults {
            *kinds.entry(scheduled.fault.name()).or_insert(0) += 1;
        }
        seeds += 1;
        late += outcome.tally.too_late;
        assert!(outcome.tally.used > 100, "seed {}: {:?}", outcome.seed, outcome.tally);
        true
    })
    .expect("a world");
    // Every kind of fault was there, and scans too late for any history.
    assert_eq!((seeds, kinds.len()), (200, 8));
    assert!(kinds.values().all(|count| *count > 20) && late > 20, "{kinds:?} {late}");
}

#[test]
fn the_same_seed_gives_the_same_on_any_number_of_threads() {
    let digests = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let mut digests = Vec::new();
        pool.install(|| {
            run_seeds(1..=6, |outcome| {
                digests.push(outcome.digest);
                true
            })
        })
        .expect("a world");
        digests
    };
    let one = digests(1);
    assert_eq!(one, digests(3));
    assert_eq!(one.iter().collect::<std::collections::BTreeSet<_>>().len(), 6);
}
