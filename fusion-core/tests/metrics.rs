//! OSPA and GOSPA on any sets of points: they are metrics, and the parts of GOSPA add up.

use fusion_core::assess::{Siap, SiapAccumulator, SiapTrack, gospa, ospa};
use fusion_core::types::{ObjectId, TrackId};
use nalgebra::Vector3;
use proptest::prelude::*;

fn some_points() -> impl Strategy<Value = Vec<Vector3<f64>>> {
    let point = prop::array::uniform3(-100.0..100.0_f64).prop_map(Vector3::from);
    prop::collection::vec(point, 0..6)
}

proptest! {
    #[test]
    fn both_are_metrics(
        a in some_points(),
        b in some_points(),
        c in some_points(),
        order in prop_oneof![Just(1.0), Just(2.0), 1.0..4.0_f64],
        cutoff_m in 1.0..300.0_f64,
    ) {
        let distances = [
            |x: &[Vector3<f64>], y: &[Vector3<f64>], p, c| ospa(x, y, p, c).expect("valid"),
            |x: &[Vector3<f64>], y: &[Vector3<f64>], p, c| gospa(x, y, p, c).expect("valid").distance_m,
        ];
        for distance_m in distances {
            let between = |x: &[Vector3<f64>], y: &[Vector3<f64>]| distance_m(x, y, order, cutoff_m);
            prop_assert_eq!(between(&a, &a), 0.0);
            prop_assert!((between(&a, &b) - between(&b, &a)).abs() < 1e-9);
            prop_assert!(between(&a, &c) <= between(&a, &b) + between(&b, &c) + 1e-9);
            // The order in which points stand is no part of a set.
            let backwards: Vec<_> = a.iter().rev().copied().collect();
            prop_assert!((between(&backwards, &b) - between(&a, &b)).abs() < 1e-9);
        }
        prop_assert!(ospa(&a, &b, order, cutoff_m).expect("valid") <= cutoff_m * (1.0 + 1e-12));
    }

    #[test]
    fn the_parts_add_up(a in some_points(), b in some_points(), order in 1.0..4.0_f64, cutoff_m in 1.0..300.0_f64) {
        let result = gospa(&a, &b, order, cutoff_m).expect("valid");
        let sum = result.localisation_power + result.missed_power + result.false_power;
        let whole = libm::pow(result.distance_m, order);
        prop_assert!((sum - whole).abs() <= 1e-9 * whole, "{sum} {whole}");
        let assigned = result.estimate_of_truth.iter().flatten().count();
        prop_assert_eq!((result.missed + assigned, result.false_tracks + assigned), (b.len(), a.len()));
        let swapped = gospa(&b, &a, order, cutoff_m).expect("valid");
        prop_assert_eq!((swapped.missed, swapped.false_tracks), (result.false_tracks, result.missed));
    }

    #[test]
    fn siap_measures_stay_in_their_ranges_and_know_no_names(
        steps in prop::collection::vec((0_u32..4, prop::collection::vec((0_u64..5, 0_u32..6), 0..5)), 1..12),
    ) {
        let siap = |name: &dyn Fn(u64) -> u64| measures_of(&steps, name);
        let found = siap(&|track| track);
        let in_unit = |value: Option<f64>| value.is_none_or(|value| (0.0..=1.0).contains(&value));
        prop_assert!(in_unit(found.completeness) && in_unit(found.spuriousness) && in_unit(found.longest_track_share));
        prop_assert!(found.ambiguity.is_none_or(|value| value >= 1.0));
        prop_assert!(found.track_change_rate_1_s.is_none_or(|value| (0.0..=1.0).contains(&value)));
        // No unbroken track lasts longer than its truth was tracked.
        prop_assert!(found.longest_track_share <= found.completeness);
        prop_assert_eq!(found, siap(&|track| 7 * track + 100));
    }
}

/// The measures of steps of one second: how many truths there are, and each track (once) on a truth or, beyond their number, on
/// nothing.
fn measures_of(steps: &[(u32, Vec<(u64, u32)>)], name: &dyn Fn(u64) -> u64) -> Siap {
    let mut accumulator = SiapAccumulator::default();
    for (truths, tracks) in steps {
        let truths: Vec<ObjectId> = (0..*truths).map(ObjectId).collect();
        let by_track: std::collections::BTreeMap<u64, u32> = tracks.iter().copied().collect();
        let tracks: Vec<SiapTrack> = by_track
            .iter()
            .map(|(track, truth)| SiapTrack {
                track: TrackId(name(*track)),
                truth: (*truth < 4).then_some((ObjectId(*truth), 5.0)),
            })
            .collect();
        accumulator.add_step(1.0, &truths, &tracks);
    }
    accumulator.measures()
}
