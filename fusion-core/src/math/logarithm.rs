//! The natural logarithm without branches, for several numbers side by side.

use super::real::Real;

/// The natural logarithm of positive normal numbers, with the bits of `libm::log`; of others, a number without meaning.
///
/// The same arithmetic (Sun's `e_log.c`) without its tests for special numbers, which keep a compiler from doing several
/// side by side. Not for numbers that may be zero, negative, subnormal or infinite: [`Real::log`] is for those.
///
/// ```
/// use fusion_core::math::logarithm::log_of_normal;
/// assert_eq!(log_of_normal(10.0), libm::log(10.0));
/// ```
#[inline(always)]
pub fn log_of_normal<S: Real>(number: S) -> S {
    let constant = S::splat;
    let (fraction, exponent) = number.map_pair(split);
    let f = fraction - S::one();
    let half_square = constant(0.5) * f * f;
    let s = f / (constant(2.0) + f);
    let z = s * s;
    let w = z * z;
    let even = w * (constant(C[1]) + w * (constant(C[3]) + w * constant(C[5])));
    let odd = z * (constant(C[0]) + w * (constant(C[2]) + w * (constant(C[4]) + w * constant(C[6]))));
    s * (half_square + (odd + even)) + exponent * constant(LN_2_LOW) - half_square
        + f
        + exponent * constant(LN_2_HIGH)
}

const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Coefficients of ln((1 + s) / (1 - s)) / s - 2 in powers of s².
const C: [f64; 7] = [
    6.666_666_666_666_735e-1,
    3.999_999_999_940_942e-1,
    2.857_142_874_366_239e-1,
    2.222_219_843_214_978_4e-1,
    1.818_357_216_161_805e-1,
    1.531_383_769_920_937_3e-1,
    1.479_819_860_511_658_6e-1,
];

/// A fraction between √½ and √2 and the exponent of two that goes with it, by the bits.
#[inline(always)]
fn split(number: f64) -> (f64, f64) {
    /// The upper half of √½, in place.
    const ROOT_OF_HALF: u64 = 0x3fe6_a09e << 32;
    const ONE: u64 = 0x3ff0_0000 << 32;
    /// 2^52, whose last bit counts ones.
    const COUNTER: u64 = 0x4330_0000 << 32;
    let shifted = number.to_bits().wrapping_add(ONE - ROOT_OF_HALF);
    let fraction = f64::from_bits((shifted & ((1 << 52) - 1)) + ROOT_OF_HALF);
    let exponent = f64::from_bits((shifted >> 52) | COUNTER) - (f64::from_bits(COUNTER) + 1023.0);
    (fraction, exponent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::lanes::Lanes;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]

        #[test]
        fn it_has_the_bits_of_libm(number in proptest::num::f64::POSITIVE | proptest::num::f64::NORMAL, near in 0.5..2.0_f64) {
            for number in [number.abs(), near, 1.0, f64::MAX, f64::MIN_POSITIVE] {
                prop_assert_eq!(log_of_normal(number).to_bits(), libm::log(number).to_bits());
                let side_by_side = log_of_normal(Lanes([near, number, 1.0, 2.0])).0[1];
                prop_assert_eq!(side_by_side.to_bits(), libm::log(number).to_bits());
            }
        }
    }
}
