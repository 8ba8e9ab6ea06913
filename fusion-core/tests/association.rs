//! Associators from outside: once their memory has grown, they do not allocate, and nothing of one table shows in the next.

use allocation_counter::measure;
use fusion_core::association::{Associate, Hypotheses, Joint, Method, Selection, Selector, Shares, Table};
use fusion_core::math::chance::Stream;

/// Clusters of a few tracks side by side, with clutter.
fn fill(table: &mut Table, seed: u64) {
    let mut stream = Stream::new("scan", seed, &[]);
    let tracks = 60 + (stream.uniform() * 60.0) as usize;
    table.clear(2 * tracks);
    for track in 0..tracks {
        table.push_track(stream.between(-3.0, -0.1), 1.0 - 0.9 * stream.uniform());
        for plot in 2 * track..(2 * track + 6).min(2 * tracks) {
            if stream.uniform() < 0.6 {
                table.push_pair(plot, stream.between(-4.0, 6.0));
            }
        }
    }
}

fn same(one: &Shares, other: &Shares) -> bool {
    one.tracks() == other.tracks()
        && one.is_approximate() == other.is_approximate()
        && (0..one.tracks()).all(|track| {
            one.of(track).eq(other.of(track))
                && one.missed(track) == other.missed(track)
                && one.existence(track) == other.existence(track)
        })
}

#[test]
fn warm_associators_allocate_nothing_and_forget_everything() {
    let fresh: [fn() -> Box<dyn Associate>; 3] = [
        || Box::new(Method::NearestNeighbour.associator()),
        || Box::new(Joint::default()),
        || Box::new(Joint::with_limit(300)),
    ];
    for fresh in fresh {
        let mut associator = fresh();
        let (mut table, mut shares) = (Table::default(), Shares::default());
        let mut step = |seed: u64, shares: &mut Shares| {
            fill(&mut table, seed);
            associator.associate(&table, shares).expect("a sound table");
            table.clone()
        };
        (0..100).for_each(|seed| drop(step(seed, &mut shares)));
        let copied = measure(|| drop(step(0, &mut shares))).count_total;
        for seed in 0..100 {
            let mut answered = None;
            let allocated = measure(|| answered = Some(step(seed, &mut shares)));
            // Those of the copy.
            assert_eq!((allocated.count_total, copied), (2, 2), "seed {seed}");
            let mut alone = Shares::default();
            fresh().associate(&answered.expect("a table"), &mut alone).expect("a sound table");
            assert!(same(&alone, &shares), "seed {seed}");
        }
    }
}

/// Objects side by side, each with hypotheses over three looks.
fn fill_families(hypotheses: &mut Hypotheses, seed: u64) {
    let mut stream = Stream::new("families", seed, &[]);
    hypotheses.clear();
    for family in 0..10 + (stream.uniform() * 20.0) as u64 {
        hypotheses.push_family();
        hypotheses.push(stream.between(-9.0, -3.0), []);
        for _ in 0..(stream.uniform() * 8.0) as u64 {
            let used = [0, 1, 2].map(|look| look << 32 | (family + (stream.uniform() * 3.0) as u64));
            hypotheses.push(stream.between(-4.0, 4.0), used);
        }
    }
}

#[test]
fn a_warm_selector_allocates_nothing() {
    let (mut selector, mut selection) = (Selector::default(), Selection::default());
    let mut hypotheses = Hypotheses::default();
    let mut step = |seed: u64| {
        fill_families(&mut hypotheses, seed);
        selector.select(&hypotheses, &mut selection).expect("misses go together");
    };
    let cold = measure(|| (0..200).for_each(&mut step)).count_total;
    assert!(cold > 0, "nothing was counted");
    assert_eq!(measure(|| (0..200).for_each(&mut step)).count_total, 0);
}
