//! Blocks in the air have the bits of their tracks alone, and are right: plain nalgebra and one track at a time are the oracle.

use super::tests::{Parts, have_the_same_bits, lane_parts, look, taken_alone};
use super::{Fall, FallWithTransition, ReentryBlock, Sighting, fall};
use crate::dispatch::portable;
use crate::dynamics::{LONGEST_STEP_S, Reentry, propagate};
use crate::filter::{Gaussian, ScalarUpdate};
use crate::math::lanes::Lanes;
use crate::measurement::Observation;
use crate::types::{Geodetic, ecef_from_geodetic};
use nalgebra::{SMatrix, SVector};
use proptest::prelude::*;

const MODEL: Reentry = Reentry { density_m2_s3: 1e-2, log_density_1_s: 1e-4 };

/// A track from below the sea to above the air, heavy or light, known to some hundred metres.
fn track(parts: &Parts) -> Gaussian<7> {
    let height_m = 105e3 + 115e3 * parts[0];
    let place = Geodetic::from_degrees(90.0 * parts[1], 180.0 * parts[2], height_m);
    let position_m = ecef_from_geodetic(place);
    let further = [parts[4] * 3e3, parts[5] * 3e3, parts[6] * 3e3, -8.5 + 2.0 * parts[7]];
    let factor = SMatrix::<f64, 7, 7>::from_fn(|row, column| {
        let scale = [300.0, 20.0, 0.3][row / 3];
        scale * (0.5 * parts[(7 * row + 5 * column) % 32] + if row == column { 1.0 } else { 0.0 })
    });
    let mean = SVector::from_iterator(position_m.iter().copied().chain(further));
    Gaussian { mean, covariance: factor * factor.transpose() }
}

/// The greatest difference beside the deviations, of scores beside one and what they are made of.
fn worst_difference(
    (ours, our_score): (&Gaussian<7>, &ScalarUpdate),
    (theirs, their_score): (&Gaussian<7>, &ScalarUpdate),
) -> f64 {
    let sigmas = theirs.covariance.diagonal().map(f64::sqrt);
    let mean = (ours.mean - theirs.mean).component_div(&sigmas).amax();
    let covariance =
        (ours.covariance - theirs.covariance).component_div(&(sigmas * sigmas.transpose())).amax();
    let squared = their_score.normalised_innovation_squared;
    let scores = (our_score.normalised_innovation_squared - squared)
        .abs()
        .max((our_score.log_likelihood - their_score.log_likelihood).abs());
    mean.max(covariance).max(scores / (1.0 + squared))
}

fn predicted(track: &Gaussian<7>, seconds: f64) -> Gaussian<7> {
    let mut predicted = *track;
    predicted.predict(&MODEL, seconds, LONGEST_STEP_S);
    predicted
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn blocks_have_the_bits_of_their_tracks_alone(
        parts in lane_parts(),
        seconds in prop::array::uniform4(0.0..1.0_f64),
    ) {
        let tracks = parts.each_ref().map(track);
        let looks = std::array::from_fn(|lane| look(&tracks[lane], &parts[lane]));
        have_the_same_bits(&MODEL, &tracks, &looks, Lanes(seconds));
    }

    #[test]
    fn blocks_equal_one_track_at_a_time(
        parts in lane_parts(),
        seconds in prop::array::uniform4(0.0..1.0_f64),
    ) {
        let tracks = parts.each_ref().map(track);
        let looks: [Observation; 4] = std::array::from_fn(|lane| {
            let mut seen = look(&predicted(&tracks[lane], seconds[lane]), &parts[lane]);
            // Some look the other way.
            if parts[lane][21] > 0.7 {
                seen.line_of_sight.along = -seen.line_of_sight.along;
            }
            seen
        });
        let mut block = ReentryBlock::from(&tracks);
        block.predict(&MODEL, Lanes(seconds));
        let taken = block.update(&Sighting::beside(&looks).expect("ranges"));
        for lane in 0..4 {
            let mut oracle = predicted(&tracks[lane], seconds[lane]);
            let at = oracle.mean;
            let score = oracle.update_at(&looks[lane], &at);
            prop_assert_eq!(taken.is_taken[lane], score.is_some(), "lane {}", lane);
            let ours = (&block.gaussian(lane), &taken_alone(&taken, lane).score);
            let worst = worst_difference(ours, (&oracle, &score.unwrap_or_default()));
            prop_assert!(worst < 1e-9, "lane {}: {:e}", lane, worst);
        }
    }

    #[test]
    fn states_fall_where_blocks_do_with_the_transition_of_each(
        parts in lane_parts(),
        seconds in prop::array::uniform4(0.0..1.0_f64),
    ) {
        let (tracks, seconds) = (parts.each_ref().map(track), Lanes(seconds));
        let mut block = ReentryBlock::from(&tracks);
        let [mut wide, mut plain, mut with_transition] = [block.mean; 3];
        block.predict(&MODEL, seconds);
        fall(&mut wide, seconds);
        portable(Fall { states: &mut plain, seconds });
        let rows = portable(FallWithTransition { states: &mut with_transition, seconds });
        prop_assert_eq!([wide, plain, with_transition], [block.mean; 3]);
        for (lane, track) in tracks.iter().enumerate() {
            let (_, transition) = propagate(&MODEL, &track.mean, seconds.0[lane], LONGEST_STEP_S);
            for row in 0..6 {
                for column in 0..7 {
                    let size = transition.fixed_view::<3, 1>(row / 3 * 3, column).norm();
                    let difference = (rows[row][column].0[lane] - transition[(row, column)]).abs();
                    prop_assert!(difference <= 1e-9 * size, "{} {}: {:e} of {}", row, column, difference, size);
                }
            }
        }
    }
}

#[test]
fn a_hopeless_update_and_what_is_no_number_stay_in_their_lane() {
    let parts: [Parts; 4] =
        std::array::from_fn(|lane| std::array::from_fn(|index| libm::sin((32 * lane + index) as f64 * 1.7)));
    let mut tracks = parts.each_ref().map(track);
    let mut looks: [Observation; 4] = std::array::from_fn(|lane| look(&tracks[lane], &parts[lane]));
    let step = |tracks: &[Gaussian<7>; 4], looks: &[Observation; 4]| {
        let mut block = ReentryBlock::from(tracks);
        block.predict(&MODEL, Lanes([0.5, 0.0, 1.0, 0.25]));
        let before = block;
        let taken = block.update(&Sighting::beside(looks).expect("ranges"));
        (before, block, taken)
    };
    let (_, undisturbed, undisturbed_taken) = step(&tracks, &looks);
    assert_eq!(undisturbed_taken.is_taken, [true; 4]);
    looks[1].line_of_sight.along = -looks[1].line_of_sight.along;
    tracks[3].mean[6] = f64::NAN;
    let (before, block, taken) = step(&tracks, &looks);
    assert_eq!(taken.is_taken, [true, false, true, false]);
    assert_eq!(block.alone(1), before.alone(1));
    for lane in [0, 2] {
        assert_eq!(block.alone(lane), undisturbed.alone(lane));
        assert_eq!(taken_alone(&taken, lane), taken_alone(&undisturbed_taken, lane));
    }
}
