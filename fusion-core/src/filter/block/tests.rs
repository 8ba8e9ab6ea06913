//! Four tracks have the bits that each has alone, with the widest instructions and the plainest, and are right: plain nalgebra
//! is the oracle.

use super::{Block, BlockDynamics, CoastBlock, Predict, Sighting, Taken, Update};
use crate::dispatch::portable;
use crate::dynamics::{Boost, Coast, Dynamics, LONGEST_STEP_S};
use crate::filter::{Gaussian, ScalarUpdate};
use crate::math::lanes::Lanes;
use crate::measurement::Observation;
use crate::types::LineOfSight;
use nalgebra::{SMatrix, SVector, Vector3};
use proptest::prelude::*;

/// Numbers in -1..1 from which everything of one lane is made.
pub(super) type Parts = [f64; 32];

/// A track somewhere between the ground and 3,000 km, known to some hundred metres.
pub(super) fn track<const N: usize>(parts: &Parts) -> Gaussian<N> {
    let place =
        Vector3::new(parts[1], parts[2], parts[3] + 0.01).normalize() * (6.4e6 + 3e6 * parts[0].abs());
    let numbers = [place.x, place.y, place.z, parts[4] * 5e3, parts[5] * 5e3, parts[6] * 5e3];
    let thrust_m_s2 = [parts[7] * 40.0, parts[8] * 40.0, parts[9] * 40.0];
    let factor = SMatrix::<f64, N, N>::from_fn(|row, column| {
        let scale = [300.0, 20.0, 0.5][row / 3];
        scale * (0.5 * parts[(7 * row + 5 * column) % 32] + if row == column { 1.0 } else { 0.0 })
    });
    let mean = SVector::from_iterator(numbers.into_iter().chain(thrust_m_s2));
    Gaussian { mean, covariance: factor * factor.transpose() }
}

/// A radar's look at some place near a track from some hundred kilometres.
pub(super) fn look<const N: usize>(track: &Gaussian<N>, parts: &Parts) -> Observation {
    let place_m: Vector3<f64> = track.mean.fixed_rows::<3>(0).into();
    let seen_m = place_m + Vector3::new(parts[10], parts[11], parts[12]) * 500.0;
    let away = Vector3::new(parts[13], parts[14], parts[15] + 0.01).normalize();
    let origin_m = place_m - away * (1e5 + 9e5 * parts[16].abs());
    let frame = LineOfSight::new(origin_m, &(seen_m - origin_m), &origin_m.normalize());
    Observation {
        line_of_sight: frame.expect("a direction"),
        range_m: Some((seen_m - origin_m).norm() + 30.0 * parts[17]),
        range_variance_m2: 25.0 + 900.0 * parts[18].abs(),
        angle_variances_rad2: [1e-8 + 1e-6 * parts[19].abs(), 1e-8 + 1e-6 * parts[20].abs()],
        range_rate: None,
        sees_plume_only: false,
    }
}

fn bits<const N: usize, const PACKED: usize>(block: &Block<N, PACKED, f64>, taken: &Taken<f64>) -> Vec<u64> {
    let score = [taken.score.log_likelihood, taken.score.normalised_innovation_squared];
    block.mean.iter().chain(&block.covariance).chain(&score).map(|value| value.to_bits()).collect()
}

pub(super) fn taken_alone(taken: &Taken, lane: usize) -> Taken<f64> {
    let ScalarUpdate { log_likelihood, normalised_innovation_squared } = taken.score;
    Taken {
        score: ScalarUpdate {
            log_likelihood: log_likelihood.0[lane],
            normalised_innovation_squared: normalised_innovation_squared.0[lane],
        },
        is_taken: taken.is_taken[lane],
    }
}

/// Fails where any bit differs between a block on the widest instructions, on the plainest, and its tracks alone.
pub(super) fn have_the_same_bits<const N: usize, const PACKED: usize>(
    model: &impl BlockDynamics<N, PACKED>,
    tracks: &[Gaussian<N>; 4],
    looks: &[Observation; 4],
    seconds: Lanes,
) {
    let sighting = Sighting::beside(looks).expect("ranges");
    let mut wide = Block::<N, PACKED>::from(tracks);
    let mut plain = wide;
    wide.predict(model, seconds);
    portable(Predict { block: &mut plain, model, seconds });
    let taken = wide.update(&sighting);
    let taken_plain = portable(Update { block: &mut plain, sighting: &sighting });
    for lane in 0..4 {
        let mut alone = Block::<N, PACKED, f64>::from(&tracks[lane]);
        alone.predict(model, seconds.0[lane]);
        let taken_one = alone.update(&Sighting::new(&looks[lane]).expect("a range"));
        let expected = bits(&alone, &taken_one);
        assert_eq!(bits(&wide.alone(lane), &taken_alone(&taken, lane)), expected, "wide, lane {lane}");
        assert_eq!(
            bits(&plain.alone(lane), &taken_alone(&taken_plain, lane)),
            expected,
            "plain, lane {lane}"
        );
        assert_eq!([taken.is_taken[lane], taken_plain.is_taken[lane]], [taken_one.is_taken; 2]);
    }
}

/// The greatest difference: of means relative to position, velocity, thrust; of covariances to the variances; of scores.
fn worst_difference<const N: usize>(
    (ours, our_score): (&Gaussian<N>, &ScalarUpdate),
    (theirs, their_score): (&Gaussian<N>, &ScalarUpdate),
) -> f64 {
    let mut worst = 0.0_f64;
    for row in 0..N {
        let scale = theirs.mean.fixed_rows::<3>(row / 3 * 3).norm();
        worst = worst.max((ours.mean[row] - theirs.mean[row]).abs() / scale);
        for column in 0..N {
            let scale = (theirs.covariance[(row, row)] * theirs.covariance[(column, column)]).sqrt();
            let difference = (ours.covariance[(row, column)] - theirs.covariance[(row, column)]).abs();
            worst = worst.max(difference / scale);
        }
    }
    let squared = their_score.normalised_innovation_squared;
    worst
        .max((our_score.normalised_innovation_squared - squared).abs() / (1.0 + squared))
        .max((our_score.log_likelihood - their_score.log_likelihood).abs() / (1.0 + squared))
}

fn equals_plain_nalgebra<const N: usize, const PACKED: usize>(
    model: &(impl BlockDynamics<N, PACKED> + Dynamics<N>),
    tracks: &[Gaussian<N>; 4],
    looks: &[Observation; 4],
    seconds: Lanes,
) {
    let mut block = Block::<N, PACKED>::from(tracks);
    block.predict(model, seconds);
    let taken = block.update(&Sighting::beside(looks).expect("ranges"));
    for lane in 0..4 {
        let mut oracle = tracks[lane];
        oracle.predict(model, seconds.0[lane], LONGEST_STEP_S);
        let at = oracle.mean;
        let score = oracle.update_at(&looks[lane], &at);
        assert_eq!(taken.is_taken[lane], score.is_some(), "lane {lane}");
        let ours = (&block.gaussian(lane), &taken_alone(&taken, lane).score);
        let worst = worst_difference(ours, (&oracle, &score.unwrap_or_default()));
        assert!(worst < 1e-9, "lane {lane}: {worst:e}");
    }
}

pub(super) fn lane_parts() -> impl Strategy<Value = [Parts; 4]> {
    prop::array::uniform4(prop::array::uniform32(-1.0..1.0_f64))
}

const COAST: Coast = Coast { density_m2_s3: 1e-2 };
const BOOST: Boost = Boost { density_m2_s5: 3.0 };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn blocks_have_the_bits_of_their_tracks_alone(
        parts in lane_parts(),
        seconds in prop::array::uniform4(0.0..20.0_f64),
    ) {
        let (coasts, boosts) = (parts.each_ref().map(track::<6>), parts.each_ref().map(track::<9>));
        let looks = std::array::from_fn(|lane| look(&coasts[lane], &parts[lane]));
        have_the_same_bits(&COAST, &coasts, &looks, Lanes(seconds));
        have_the_same_bits(&BOOST, &boosts, &looks, Lanes(seconds));
    }

    #[test]
    fn blocks_equal_plain_nalgebra(parts in lane_parts(), seconds in prop::array::uniform4(0.0..20.0_f64)) {
        fn looks<const N: usize>(
            model: &impl Dynamics<N>, tracks: &[Gaussian<N>; 4], seconds: &[f64; 4], parts: &[Parts; 4],
        ) -> [Observation; 4] {
            std::array::from_fn(|lane| {
                let mut predicted = tracks[lane];
                predicted.predict(model, seconds[lane], LONGEST_STEP_S);
                let mut seen = look(&predicted, &parts[lane]);
                // Some look the other way.
                if parts[lane][21] > 0.7 {
                    seen.line_of_sight.along = -seen.line_of_sight.along;
                }
                seen
            })
        }
        let (coasts, boosts) = (parts.each_ref().map(track::<6>), parts.each_ref().map(track::<9>));
        equals_plain_nalgebra(&COAST, &coasts, &looks(&COAST, &coasts, &seconds, &parts), Lanes(seconds));
        equals_plain_nalgebra(&BOOST, &boosts, &looks(&BOOST, &boosts, &seconds, &parts), Lanes(seconds));
    }
}

/// Four tracks with a look at each.
fn scene() -> ([Gaussian<6>; 4], [Observation; 4]) {
    let parts: [Parts; 4] =
        std::array::from_fn(|lane| std::array::from_fn(|index| libm::sin((32 * lane + index) as f64 * 1.7)));
    let tracks = parts.each_ref().map(track::<6>);
    let looks = std::array::from_fn(|lane| look(&tracks[lane], &parts[lane]));
    (tracks, looks)
}

fn update(block: &mut CoastBlock, looks: &[Observation; 4]) -> Taken {
    block.update(&Sighting::beside(looks).expect("ranges"))
}

#[test]
fn a_track_behind_the_sensor_stays_and_the_others_do_not_notice() {
    let (tracks, mut looks) = scene();
    let before = CoastBlock::from(&tracks);
    let mut undisturbed = before;
    let undisturbed_taken = update(&mut undisturbed, &looks);
    assert_eq!(undisturbed_taken.is_taken, [true; 4]);
    looks[2].line_of_sight.along = -looks[2].line_of_sight.along;
    let mut block = before;
    let taken = update(&mut block, &looks);
    assert_eq!(taken.is_taken, [true, true, false, true]);
    assert_eq!(block.alone(2), before.alone(2));
    assert_eq!(taken_alone(&taken, 2).score, ScalarUpdate::default());
    for lane in [0, 1, 3] {
        assert_eq!(block.alone(lane), undisturbed.alone(lane));
        assert_eq!(taken_alone(&taken, lane), taken_alone(&undisturbed_taken, lane));
    }
}

#[test]
fn what_is_not_a_covariance_or_not_a_number_is_told() {
    let (mut tracks, mut looks) = scene();
    tracks[0].covariance = -tracks[0].covariance;
    tracks[1].mean[0] = f64::NAN;
    tracks[2].covariance[(0, 0)] = f64::NAN;
    let taken = update(&mut CoastBlock::from(&tracks), &looks);
    assert_eq!(taken.is_taken, [false, false, false, true]);
    looks[3].line_of_sight.origin_m[1] = f64::INFINITY;
    let taken = update(&mut CoastBlock::from(&tracks), &looks);
    assert_eq!(taken.is_taken, [false; 4]);
}

#[test]
fn what_a_block_has_no_formula_for_is_no_sighting() {
    let seen = look(&track::<6>(&[0.5; 32]), &[0.5; 32]);
    assert!(Sighting::new(&seen).is_some());
    for unfit in [Observation { range_m: None, ..seen }, Observation { range_rate: Some((0.0, 1.0)), ..seen }]
    {
        assert!(Sighting::new(&unfit).is_none());
        assert!(Sighting::beside(&[seen, seen, unfit, seen]).is_none());
    }
}
