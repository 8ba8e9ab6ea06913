//! The table, and its likeliest assignment.

use super::{Associate, AssociationError, Associator, Method, NearestNeighbour, Pair, Shares, Table};
use crate::math::chance::Stream;

/// Log-probability of a miss, existence, and pairs of plot and log-ratio.
type Row<'a> = (f64, f64, &'a [(usize, f64)]);

fn table(plots: usize, tracks: &[Row<'_>]) -> Table {
    let mut table = Table::default();
    table.clear(plots);
    for (log_miss, existence, pairs) in tracks {
        table.push_track(*log_miss, *existence);
        pairs.iter().for_each(|&(plot, log_ratio)| table.push_pair(plot, log_ratio));
    }
    table
}

/// What each track does in the likeliest of all joint events, by trying them all.
fn likeliest(table: &Table) -> (f64, Vec<Option<usize>>) {
    let mut best = (f64::NEG_INFINITY, Vec::new());
    let choices = table.plots() + 1;
    for code in 0..choices.pow(table.tracks() as u32) {
        let chosen: Vec<usize> =
            (0..table.tracks()).map(|track| code / choices.pow(track as u32) % choices).collect();
        let is_shared = |track: usize| chosen[track] > 0 && chosen[..track].contains(&chosen[track]);
        if (0..table.tracks()).any(is_shared) {
            continue;
        }
        let log_weight = |track: usize| {
            let r = table.existence(track);
            let pair = table.row(track).iter().find(|pair| pair.plot + 1 == chosen[track]);
            match (chosen[track], pair) {
                (0, _) => libm::log(1.0 - r + r * libm::exp(table.log_miss(track))),
                (_, Some(pair)) => libm::log(r) + pair.log_ratio,
                _ => f64::NEG_INFINITY,
            }
        };
        let sum: f64 = (0..table.tracks()).map(log_weight).sum();
        if sum > best.0 {
            best = (sum, chosen.iter().map(|&chosen| chosen.checked_sub(1)).collect());
        }
    }
    best
}

#[test]
fn the_likeliest_joint_event_is_found() {
    let (mut nearest, mut shares) = (NearestNeighbour::default(), Shares::default());
    for seed in 0..2_000 {
        let mut stream = Stream::new("nearest", seed, &[]);
        let (tracks, plots) = ((stream.uniform() * 5.0) as usize, (stream.uniform() * 5.0) as usize);
        let mut table = Table::default();
        table.clear(plots);
        for _ in 0..tracks {
            table.push_track(stream.between(-4.0, 0.0), 1.0 - 0.99 * stream.uniform() * stream.uniform());
            for plot in 0..plots {
                if stream.uniform() < 0.6 {
                    table.push_pair(plot, stream.between(-6.0, 6.0));
                }
            }
        }
        nearest.associate(&table, &mut shares).expect("a sound table");
        let (_, expected) = likeliest(&table);
        for (track, expected) in expected.iter().enumerate() {
            let found: Vec<usize> =
                shares.of(track).filter(|(_, weight)| *weight == 1.0).map(|(plot, _)| plot).collect();
            assert_eq!(found, expected.iter().copied().collect::<Vec<_>>(), "seed {seed}");
            assert!(shares.of(track).all(|(_, weight)| weight == 0.0 || weight == 1.0));
            assert_eq!(shares.missed(track), f64::from(u8::from(expected.is_none())));
            // Odds times likelihood ratio.
            let (r, after) = (table.existence(track), shares.existence(track));
            let log_ratio = expected.map_or(table.log_miss(track), |plot| {
                table.row(track).iter().find(|pair| pair.plot == plot).expect("a pair").log_ratio
            });
            let product = r * libm::exp(log_ratio);
            assert!((after - product / (1.0 - r + product)).abs() < 1e-14);
        }
    }
}

#[test]
fn pairs_stand_by_plot_however_they_were_pushed() {
    let forwards = table(9, &[(-1.0, 1.0, &[(5, 0.5)]), (-1.0, 1.0, &[(1, 0.1), (4, 0.4), (8, 0.8)])]);
    let muddled = [(8, 0.8), (4, -2.0), (1, 0.1), (4, 0.4), (2, f64::NEG_INFINITY), (4, 0.3)];
    let backwards = table(9, &[(-1.0, 1.0, &[(5, 0.5)]), (-1.0, 1.0, &muddled)]);
    assert_eq!(forwards.row(1), backwards.row(1));
    assert_eq!(backwards.row(0), [Pair { plot: 5, log_ratio: 0.5 }]);
    assert_eq!((backwards.row(1).len(), backwards.tracks(), backwards.plots()), (3, 2, 9));
}

#[test]
fn a_track_that_cannot_be_missed_has_a_plot_where_there_is_one() {
    let never = f64::NEG_INFINITY;
    let sure = table(2, &[(never, 1.0, &[(0, -50.0)]), (-1.0, 1.0, &[(0, 9.0)]), (never, 1.0, &[])]);
    let (mut nearest, mut shares) = (NearestNeighbour::default(), Shares::default());
    nearest.associate(&sure, &mut shares).expect("a sound table");
    assert_eq!([0, 1, 2].map(|track| shares.missed(track)), [0.0, 1.0, 1.0]);
}

#[test]
fn nonsense_is_named_by_every_method() {
    for method in [Method::NearestNeighbour, Method::Joint, Method::MultipleHypotheses] {
        let mut associator = method.associator();
        let mut answer = |table: &Table| associator.associate(table, &mut Shares::default());
        let mut orphan = Table::default();
        orphan.clear(1);
        orphan.push_pair(0, 0.0);
        assert_eq!(answer(&orphan), Err(AssociationError::NoTrack));
        orphan.push_track(-1.0, 1.0);
        assert_eq!(answer(&orphan), Err(AssociationError::NoTrack));
        let plot = AssociationError::Plot { track: 0, plot: 2, plots: 2 };
        assert_eq!(answer(&table(2, &[(-1.0, 1.0, &[(2, 0.0)])])), Err(plot));
        for bad in [f64::NAN, f64::INFINITY] {
            let error = answer(&table(2, &[(-1.0, 1.0, &[]), (-1.0, 1.0, &[(1, bad)])]));
            assert!(matches!(error, Err(AssociationError::Ratio { track: 1, plot: 1, .. })));
            let error = answer(&table(2, &[(bad, 1.0, &[])]));
            assert!(matches!(error, Err(AssociationError::Miss { track: 0, .. })));
        }
        for bad in [f64::NAN, 0.0, -0.1, 1.1] {
            let error = answer(&table(2, &[(-1.0, bad, &[])]));
            assert!(matches!(error, Err(AssociationError::Existence { track: 0, .. })));
        }
        assert_eq!(answer(&Table::default()), Ok(()));
    }
}

#[test]
fn a_method_stands_in_files_as_the_guide_writes_it() {
    for (method, text) in [
        (Method::NearestNeighbour, "\"nearest-neighbour\""),
        (Method::Joint, "\"joint\""),
        (Method::MultipleHypotheses, "\"multiple-hypotheses\""),
    ] {
        assert_eq!(serde_json::to_string(&method).expect("text"), text);
        assert_eq!(serde_json::from_str::<Method>(text).expect("a method"), method);
    }
    assert!(matches!(Associator::default(), Associator::NearestNeighbour(_)));
}
