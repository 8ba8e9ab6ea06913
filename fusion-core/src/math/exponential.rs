//! The exponential function without branches, for several numbers side by side.

use super::real::Real;

/// The exponential function of numbers between -708 and 709, within 2.3e-16 of it; of others, a number without meaning.
///
/// The arithmetic of Sun's `e_exp.c` without its tests for special numbers, which keep a compiler from doing several side by
/// side. Not for numbers that may be infinite or none: [`Real::exp`] is for those.
///
/// ```
/// use fusion_core::math::exponential::exp_of_moderate;
/// assert_eq!(exp_of_moderate(-8.5), libm::exp(-8.5));
/// ```
#[inline(always)]
pub fn exp_of_moderate<S: Real>(number: S) -> S {
    let constant = S::splat;
    let counted = number * constant(std::f64::consts::LOG2_E) + constant(COUNTER);
    let exponent = counted - constant(COUNTER);
    let (high, low) = (number - exponent * constant(LN_2_HIGH), exponent * constant(LN_2_LOW));
    let rest = high - low;
    let square = rest * rest;
    let even =
        constant(P[1]) + square * (constant(P[2]) + square * (constant(P[3]) + square * constant(P[4])));
    let c = rest - square * (constant(P[0]) + square * even);
    let fraction = S::one() + (rest * c / (constant(2.0) - c) - low + high);
    fraction * counted.map(power_of_two)
}

/// 1.5 · 2^52: a sum with it has whole numbers, negative ones too, in its last bits.
const COUNTER: f64 = 6_755_399_441_055_744.0;
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Coefficients of x coth(x / 2) - 2 in powers of x².
const P: [f64; 5] = [
    1.666_666_666_666_660_2e-1,
    -2.777_777_777_701_559_3e-3,
    6.613_756_321_437_934e-5,
    -1.653_390_220_546_525_2e-6,
    4.138_136_797_057_238_5e-8,
];

/// Two to the power that stands in a number's last bits.
#[inline(always)]
fn power_of_two(counted: f64) -> f64 {
    f64::from_bits((counted.to_bits() << 52).wrapping_add(1_f64.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::lanes::Lanes;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]

        #[test]
        fn it_is_the_exponential_function(number in -708.0..709.0_f64, near in -1.0..1.0_f64) {
            for number in [number, near, 1e-9 * near, 0.0, -708.0, 709.0] {
                let (ours, theirs) = (exp_of_moderate(number), libm::exp(number));
                prop_assert!((ours / theirs - 1.0).abs() < 2.3e-16, "{number}: {ours:e}, {theirs:e}");
                let side_by_side = exp_of_moderate(Lanes([near, number, 1.0, 2.0])).0[1];
                prop_assert_eq!(side_by_side.to_bits(), ours.to_bits());
            }
        }
    }
}
