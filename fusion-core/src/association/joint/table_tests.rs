//! Shares of tables against enumeration, exact and approximate.

use super::propagation::MOST_ROUNDS;
use super::{EDGES, Joint};
use crate::association::{Associate, Shares, Table};
use crate::math::chance::Stream;

/// A random table; `shares_plots` is the chance of a pair, `sure` whether all tracks surely exist.
fn random(stream: &mut Stream, tracks: usize, plots: usize, density: f64, sure: bool) -> Table {
    let mut table = Table::default();
    table.clear(plots);
    for _ in 0..tracks {
        let existence = if sure { 1.0 } else { 1.0 - 0.999 * stream.uniform() };
        table.push_track(stream.between(-4.0, 0.0), existence);
        for plot in 0..plots {
            if stream.uniform() < density {
                table.push_pair(plot, stream.between(-6.0, 6.0));
            }
        }
    }
    table
}

/// What a track may do: not exist, exist without a plot, or have one, each with its weight.
fn choices(table: &Table, track: usize) -> Vec<(Option<usize>, bool, f64)> {
    let r = table.existence(track);
    let mut choices = vec![(None, false, 1.0 - r), (None, true, r * libm::exp(table.log_miss(track)))];
    choices
        .extend(table.row(track).iter().map(|pair| (Some(pair.plot), true, r * libm::exp(pair.log_ratio))));
    choices
}

/// For each track the probabilities to exist and be missed, to have each of its plots, and to exist, by enumeration.
fn enumerated(table: &Table) -> Vec<(f64, Vec<f64>, f64)> {
    fn walk(
        all: &[Vec<(Option<usize>, bool, f64)>],
        event: &mut Vec<usize>,
        taken: &mut Vec<usize>,
        weight: f64,
        sums: &mut [Vec<f64>],
    ) {
        let track = event.len();
        if track == all.len() {
            event.iter().zip(sums).for_each(|(&choice, sums)| sums[choice] += weight);
            return;
        }
        for (number, &(plot, _, factor)) in all[track].iter().enumerate() {
            if plot.is_some_and(|plot| taken.contains(&plot)) {
                continue;
            }
            event.push(number);
            let before = taken.len();
            taken.extend(plot);
            walk(all, event, taken, weight * factor, sums);
            taken.truncate(before);
            event.pop();
        }
    }
    let all: Vec<_> = (0..table.tracks()).map(|track| choices(table, track)).collect();
    let mut sums: Vec<Vec<f64>> = all.iter().map(|choices| vec![0.0; choices.len()]).collect();
    walk(&all, &mut Vec::new(), &mut Vec::new(), 1.0, &mut sums);
    let answer = |sums: Vec<f64>| {
        let exists: f64 = sums[1..].iter().sum();
        let given: Vec<f64> = sums[2..].iter().map(|sum| sum / exists).collect();
        (sums[1] / exists, given, exists / (exists + sums[0]))
    };
    sums.into_iter().map(answer).collect()
}

/// The greatest and the mean difference of the shares of an answer from those of enumeration.
fn deviation(table: &Table, shares: &Shares) -> (f64, f64) {
    let (mut greatest, mut sum, mut count): (f64, f64, f64) = (0.0, 0.0, 0.0);
    for (track, (missed, pairs, existence)) in enumerated(table).into_iter().enumerate() {
        let ours = [shares.missed(track), shares.existence(track)]
            .into_iter()
            .chain(shares.of(track).map(|pair| pair.1));
        for (ours, theirs) in ours.zip([missed, existence].into_iter().chain(pairs)) {
            greatest = greatest.max((ours - theirs).abs());
            sum += (ours - theirs).abs();
            count += 1.0;
        }
    }
    (greatest, sum / f64::max(count, 1.0))
}

#[test]
fn exact_shares_are_those_of_enumeration_with_and_without_existence() {
    let (mut joint, mut shares) = (Joint::default(), Shares::default());
    for seed in 0..6_000 {
        let mut stream = Stream::new("net", seed, &[]);
        let (tracks, plots) = ((stream.uniform() * 6.0) as usize, (stream.uniform() * 6.0) as usize);
        let density = stream.uniform();
        let table = random(&mut stream, tracks, plots, density, seed % 2 == 0);
        joint.associate(&table, &mut shares).expect("a sound table");
        assert!(!shares.is_approximate());
        let (greatest, _) = deviation(&table, &shares);
        assert!(greatest < 1e-13, "seed {seed}: {greatest}");
    }
}

/// A table without a loop: each plot beyond the first of a track is wanted by one track of those before at most.
fn tree(stream: &mut Stream) -> Table {
    let mut table = Table::default();
    let tracks = 1 + (stream.uniform() * 7.0) as usize;
    table.clear(3 * tracks);
    for track in 0..tracks {
        table.push_track(stream.between(-4.0, 0.0), 1.0 - 0.9 * stream.uniform());
        // Any earlier plot links to what was there; two own ones may be wanted later.
        if track > 0 {
            let earlier = (stream.uniform() * 3.0 * track as f64) as usize;
            table.push_pair(earlier, stream.between(-6.0, 6.0));
        }
        (1..3).for_each(|own| table.push_pair(3 * track + own, stream.between(-6.0, 6.0)));
    }
    table
}

#[test]
fn propagation_is_exact_without_loops() {
    let (mut propagating, mut shares) = (Joint::with_limit(0), Shares::default());
    for seed in 0..1_000 {
        let table = tree(&mut Stream::new("tree", seed, &[]));
        propagating.associate(&table, &mut shares).expect("a sound table");
        assert!(shares.is_approximate());
        let (greatest, _) = deviation(&table, &shares);
        assert!(greatest < 1e-9, "seed {seed}: {greatest}");
    }
}

/// The greatest and the mean error of propagation over random tables of up to so many tracks and as many plots.
fn errors(tables: u32, most: f64, mut error: impl FnMut(&Table, &Shares) -> (f64, f64)) -> (f64, f64) {
    let (mut propagating, mut shares) = (Joint::with_limit(0), Shares::default());
    let (mut worst, mut sum) = (0.0_f64, 0.0);
    for seed in 0..tables {
        let mut stream = Stream::new("loops", seed.into(), &[]);
        let mut count = || 2 + (stream.uniform() * (most - 1.0)) as usize;
        let (tracks, plots) = (count(), count());
        let table = random(&mut stream, tracks, plots, 0.8, seed % 2 == 0);
        propagating.associate(&table, &mut shares).expect("a sound table");
        let (greatest, mean) = error(&table, &shares);
        worst = worst.max(greatest);
        sum += mean;
        for track in 0..table.tracks() {
            let whole = shares.missed(track) + shares.of(track).map(|pair| pair.1).sum::<f64>();
            assert!((whole - 1.0).abs() < 1e-12);
        }
    }
    (worst, sum / f64::from(tables))
}

#[test]
fn propagation_with_loops_is_as_far_off_as_its_documentation_says() {
    let (worst, mean) = errors(3_000, 5.0, deviation);
    assert!(worst < 0.3 && mean < 0.004, "{worst} {mean}");
    // Larger ones against the exact network, which enumeration vouches for.
    let (mut joint, mut exact) = (Joint::with_limit(1_000_000), Shares::default());
    let (worst, mean) = errors(300, 12.0, |table, shares| {
        joint.associate(table, &mut exact).expect("a sound table");
        assert!(!exact.is_approximate());
        let pairs = exact.pairs.iter().zip(&shares.pairs).map(|(exact, other)| exact.1 - other.1);
        let misses = exact.rows.iter().zip(&shares.rows).map(|(exact, other)| exact.missed - other.missed);
        let errors: Vec<f64> = pairs.chain(misses).map(f64::abs).collect();
        let sum: f64 = errors.iter().sum();
        (errors.iter().copied().fold(0.0, f64::max), sum / errors.len() as f64)
    });
    assert!(worst < 0.3 && mean < 0.004, "{worst} {mean}");
}

#[test]
fn eleven_tracks_that_want_the_same_eleven_plots_are_exact_and_all_alike() {
    let (mut joint, mut shares) = (Joint::default(), Shares::default());
    for (size, is_exact) in [(11, true), (12, false)] {
        let mut table = Table::default();
        table.clear(size);
        for _ in 0..size {
            table.push_track(0.0, 1.0);
            (0..size).for_each(|plot| table.push_pair(plot, 0.0));
        }
        joint.associate(&table, &mut shares).expect("a sound table");
        assert_eq!(shares.is_approximate(), !is_exact);
        // Sums of C(a, k) C(b, k) k!: 3,405,357,682 partial matchings of eleven with eleven (OEIS A002720), of which
        // 824,073,141 leave one track out, and 234,662,231 give it one plot.
        for track in (0..size).filter(|_| is_exact) {
            assert!((shares.missed(track) - 824_073_141.0 / 3_405_357_682.0).abs() < 1e-14);
            assert!(
                shares.of(track).all(|(_, share)| (share - 234_662_231.0 / 3_405_357_682.0).abs() < 1e-14)
            );
        }
    }
}

#[test]
fn the_worst_cluster_of_two_hundred_ends_within_its_bounds_and_says_that_it_approximated() {
    let (mut joint, mut shares) = (Joint::default(), Shares::default());
    for (size, spread) in [(200, 0.0), (200, 3.0), (200, 30.0), (200, 3_000.0), (100, 3.0), (300, 3.0)] {
        let mut stream = Stream::new("worst", 1, &[]);
        let mut table = Table::default();
        table.clear(size);
        for _ in 0..size {
            table.push_track(-2.0, 0.5 + 0.5 * stream.uniform());
            (0..size).for_each(|plot| table.push_pair(plot, stream.between(-spread, spread)));
        }
        joint.associate(&table, &mut shares).expect("a sound table");
        assert!(shares.is_approximate());
        assert!(joint.net.edges() <= EDGES && joint.propagation.rounds() <= MOST_ROUNDS);
        for track in 0..size {
            let whole = shares.missed(track) + shares.of(track).map(|pair| pair.1).sum::<f64>();
            assert!((whole - 1.0).abs() < 1e-12);
        }
    }
}

/// Tracks side by side, each with the plots around it, in an order of tracks and plots that a permutation gives.
fn row_of_tracks(tracks: usize, place: impl Fn(usize) -> usize) -> Table {
    let mut table = Table::default();
    table.clear(tracks + 4);
    for row in 0..tracks {
        let along = place(row);
        let mut stream = Stream::new("row", along as u64, &[]);
        table.push_track(stream.between(-3.0, 0.0), 1.0 - 0.5 * stream.uniform());
        (0..4).for_each(|step| {
            table.push_pair((11 * (along + step)) % (tracks + 4), stream.between(-2.0, 6.0))
        });
    }
    table
}

#[test]
fn a_long_row_of_tracks_is_exact_in_any_order() {
    // Neither 199 tracks nor 203 plots divide by eleven: both orders are permutations.
    const TRACKS: usize = 199;
    let (mut joint, mut straight, mut muddled) = (Joint::default(), Shares::default(), Shares::default());
    joint.associate(&row_of_tracks(TRACKS, |row| row), &mut straight).expect("a sound table");
    let place = |row: usize| 11 * row % TRACKS;
    joint.associate(&row_of_tracks(TRACKS, place), &mut muddled).expect("a sound table");
    assert!(!straight.is_approximate() && !muddled.is_approximate());
    for row in 0..TRACKS {
        assert!((straight.missed(place(row)) - muddled.missed(row)).abs() < 1e-12);
        for (one, other) in straight.of(place(row)).zip(muddled.of(row)) {
            assert!(one.0 == other.0 && (one.1 - other.1).abs() < 1e-12);
        }
    }
}

#[test]
fn what_is_exact_does_not_depend_on_what_stands_beside_it() {
    // A cluster that is too large for the limit leaves the shares of the next one as they are alone.
    let mut stream = Stream::new("beside", 1, &[]);
    let small = random(&mut stream, 3, 3, 1.0, false);
    let mut table = Table::default();
    table.clear(43);
    for _ in 0..40 {
        table.push_track(-2.0, 1.0);
        (3..43).for_each(|plot| table.push_pair(plot, 0.0));
    }
    for track in 0..3 {
        table.push_track(small.log_miss(track), small.existence(track));
        small.row(track).iter().for_each(|pair| table.push_pair(pair.plot, pair.log_ratio));
    }
    let (mut joint, mut together, mut alone) = (Joint::default(), Shares::default(), Shares::default());
    joint.associate(&table, &mut together).expect("a sound table");
    joint.associate(&small, &mut alone).expect("a sound table");
    assert!(together.is_approximate() && !alone.is_approximate());
    for track in 0..3 {
        assert!((together.missed(40 + track) - alone.missed(track)).abs() < 1e-14);
        assert!((together.existence(40 + track) - alone.existence(track)).abs() < 1e-14);
    }
}

#[test]
fn weights_of_any_size_give_numbers() {
    for (limit, log_miss, existence) in
        [(EDGES, -800.0, 1.0), (0, -800.0, 1.0), (EDGES, -1e-9, 1e-300), (0, 0.0, 1e-300)]
    {
        let mut table = Table::default();
        table.clear(3);
        for row in 0..3 {
            table.push_track(log_miss, existence);
            (0..3).for_each(|plot| {
                table.push_pair(plot, if plot == row { 5_000.0 } else { 4_000.0 * row as f64 - 5_000.0 })
            });
        }
        let mut shares = Shares::default();
        Joint::with_limit(limit).associate(&table, &mut shares).expect("a sound table");
        for track in 0..3 {
            let own = shares.of(track).find(|pair| pair.0 == track).expect("a pair");
            assert!((own.1 - 1.0).abs() < 1e-12, "{own:?}");
            assert!((shares.existence(track) - 1.0).abs() < 1e-12);
        }
    }
}
