//! Which instructions a kernel is compiled for, chosen when the program runs: the one file with `unsafe` in it.
//!
//! A kernel is generic over the number that it calculates with. It is compiled for [`Lanes`](crate::math::lanes::Lanes), plain code that every processor
//! runs, and on x86-64 for a register of four as well. Both round every operation as `f64` does and neither fuses a
//! multiplication with an addition, so that the bits are the same. Fusing them in both was measured: 7 % faster where the
//! processor can, six to eight times slower where it cannot. So was AVX-512, left to the compiler: slower.

#![allow(unsafe_code)]

use crate::math::lanes::Lanes;
use crate::math::real::Real;

/// A number that holds those of four tracks side by side.
pub trait Four: Real {
    /// From memory.
    fn load(lanes: &Lanes) -> Self;

    /// To memory.
    fn store(self) -> Lanes;
}

/// Work on four tracks side by side, the same source for every set of instructions.
pub trait Kernel {
    /// What the work gives.
    type Output;

    /// Does the work. Mark it, and all that it calls, `#[inline(always)]`, and call no closure: a function of its own is
    /// compiled for the least processor, several times slower.
    fn run<S: Four>(self) -> Self::Output;
}

/// Runs a kernel with the widest instructions that this processor has: AVX2, or else those of the build's target.
#[inline]
pub fn widest<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    if is_wide() {
        // SAFETY: the function is safe but for what its attribute asks of the processor, which has just been asked.
        return unsafe { wide::run(kernel) };
    }
    portable(kernel)
}

/// Runs a kernel with the instructions that every processor of the build's target has.
pub fn portable<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<Lanes>()
}

/// Whether [`widest`] is more than [`portable`] on this processor; asks it once.
#[inline]
pub fn is_wide() -> bool {
    #[cfg(target_arch = "x86_64")]
    let is_wide = is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    let is_wide = false;
    is_wide
}

impl Four for Lanes {
    #[inline(always)]
    fn load(lanes: &Lanes) -> Self {
        *lanes
    }

    #[inline(always)]
    fn store(self) -> Lanes {
        self
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::{Four, Kernel};
    use crate::math::lanes::Lanes;
    use crate::math::real::Real;
    use num_traits::{One, Zero};
    use std::arch::x86_64::{__m256d, _CMP_GT_OQ};
    use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

    /// Runs a kernel with AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) fn run<K: Kernel>(kernel: K) -> K::Output {
        // Something that lies on 32 bytes makes the compiler lay all that spills on 32 bytes: a third faster.
        std::hint::black_box(&mut Lanes::default());
        kernel.run::<Wide>()
    }

    /// A register of four. Private: a kernel meets it as its type parameter only, and only [`run`] puts it there.
    #[derive(Clone, Copy, Debug)]
    struct Wide(__m256d);

    /// Calls an intrinsic.
    macro_rules! avx {
        ($intrinsic:ident $(::<$constant:tt>)? ($($argument:expr),*)) => {
            // SAFETY: code with `Wide` in it is reached through `run` only, which is entered after the processor said that
            // it has AVX2. Those that take an address are given one of a `[f64; 4]` that is borrowed meanwhile.
            unsafe { std::arch::x86_64::$intrinsic $(::<$constant>)? ($($argument),*) }
        };
    }

    macro_rules! operator {
        ($operator:ident, $function:ident, $assigning:ident, $assign:ident, $intrinsic:ident) => {
            impl $operator for Wide {
                type Output = Wide;

                #[inline(always)]
                fn $function(self, other: Self) -> Self {
                    Wide(avx!($intrinsic(self.0, other.0)))
                }
            }

            impl $assigning for Wide {
                #[inline(always)]
                fn $assign(&mut self, other: Self) {
                    *self = $operator::$function(*self, other);
                }
            }
        };
    }

    operator!(Add, add, AddAssign, add_assign, _mm256_add_pd);
    operator!(Sub, sub, SubAssign, sub_assign, _mm256_sub_pd);
    operator!(Mul, mul, MulAssign, mul_assign, _mm256_mul_pd);
    operator!(Div, div, DivAssign, div_assign, _mm256_div_pd);

    impl Neg for Wide {
        type Output = Wide;

        #[inline(always)]
        fn neg(self) -> Self {
            Wide(avx!(_mm256_xor_pd(self.0, Wide::splat(-0.0).0)))
        }
    }

    impl Default for Wide {
        #[inline(always)]
        fn default() -> Self {
            Self::zero()
        }
    }

    impl PartialEq for Wide {
        fn eq(&self, other: &Self) -> bool {
            self.store() == other.store()
        }
    }

    impl Zero for Wide {
        #[inline(always)]
        fn zero() -> Self {
            Wide::splat(0.0)
        }

        fn is_zero(&self) -> bool {
            *self == Self::zero()
        }
    }

    impl One for Wide {
        #[inline(always)]
        fn one() -> Self {
            Wide::splat(1.0)
        }
    }

    impl Four for Wide {
        #[inline(always)]
        fn load(lanes: &Lanes) -> Self {
            Wide(avx!(_mm256_loadu_pd(lanes.0.as_ptr())))
        }

        #[inline(always)]
        fn store(self) -> Lanes {
            let mut lanes = Lanes::default();
            avx!(_mm256_storeu_pd(lanes.0.as_mut_ptr(), self.0));
            lanes
        }
    }

    impl Real for Wide {
        /// All bits of a number set, or none.
        type Mask = __m256d;

        #[inline(always)]
        fn splat(value: f64) -> Self {
            Wide(avx!(_mm256_set1_pd(value)))
        }

        #[inline(always)]
        fn map(self, function: impl Fn(f64) -> f64) -> Self {
            Wide::load(&self.store().map(function))
        }

        #[inline(always)]
        fn map_pair(self, function: impl Fn(f64) -> (f64, f64)) -> (Self, Self) {
            let (first, second) = self.store().map_pair(function);
            (Wide::load(&first), Wide::load(&second))
        }

        #[inline(always)]
        fn sqrt(self) -> Self {
            Wide(avx!(_mm256_sqrt_pd(self.0)))
        }

        #[inline(always)]
        fn is_above(self, other: Self) -> __m256d {
            avx!(_mm256_cmp_pd::<_CMP_GT_OQ>(self.0, other.0))
        }

        #[inline(always)]
        fn any(mask: __m256d) -> bool {
            avx!(_mm256_movemask_pd(mask)) != 0
        }

        #[inline(always)]
        fn both(first: __m256d, second: __m256d) -> __m256d {
            avx!(_mm256_and_pd(first, second))
        }

        #[inline(always)]
        fn select(mask: __m256d, first: Self, second: Self) -> Self {
            Wide(avx!(_mm256_blendv_pd(second.0, first.0, mask)))
        }

        /// A load for each of the four, and their transpose.
        #[inline(always)]
        fn look_up(self, table: &[[f64; 4]]) -> [Self; 4] {
            // What is negative, or no number, is beyond the last.
            let last = table.len() - 1;
            let whole = avx!(_mm256_cvttpd_epi32(self.0));
            let a = &table[(avx!(_mm_extract_epi32::<0>(whole)) as u32 as usize).min(last)];
            let b = &table[(avx!(_mm_extract_epi32::<1>(whole)) as u32 as usize).min(last)];
            let c = &table[(avx!(_mm_extract_epi32::<2>(whole)) as u32 as usize).min(last)];
            let d = &table[(avx!(_mm_extract_epi32::<3>(whole)) as u32 as usize).min(last)];
            let (a, b) = (avx!(_mm256_loadu_pd(a.as_ptr())), avx!(_mm256_loadu_pd(b.as_ptr())));
            let (c, d) = (avx!(_mm256_loadu_pd(c.as_ptr())), avx!(_mm256_loadu_pd(d.as_ptr())));
            let (even, odd) = (avx!(_mm256_unpacklo_pd(a, b)), avx!(_mm256_unpackhi_pd(a, b)));
            let (later_even, later_odd) = (avx!(_mm256_unpacklo_pd(c, d)), avx!(_mm256_unpackhi_pd(c, d)));
            [
                Wide(avx!(_mm256_permute2f128_pd::<0x20>(even, later_even))),
                Wide(avx!(_mm256_permute2f128_pd::<0x20>(odd, later_odd))),
                Wide(avx!(_mm256_permute2f128_pd::<0x31>(even, later_even))),
                Wide(avx!(_mm256_permute2f128_pd::<0x31>(odd, later_odd))),
            ]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every operation there is on two numbers.
    struct Everything<'a>(&'a Lanes, &'a Lanes);

    impl Kernel for Everything<'_> {
        type Output = Vec<Lanes>;

        #[inline(always)]
        fn run<S: Four>(self) -> Vec<Lanes> {
            let (a, b) = (S::load(self.0), S::load(self.1));
            let (larger, smaller) = (a.is_above(b), b.is_above(S::zero()));
            let (negated, root) = a.map_pair(|value| (-value, value.sqrt()));
            let any = |mask| S::splat(f64::from(u8::from(S::any(mask))));
            let mut assigned = a;
            assigned += b;
            assigned *= a;
            assigned -= b;
            assigned /= S::splat(3.0);
            [
                a + b,
                a - b,
                a * b,
                a / b,
                -a,
                a.sqrt(),
                a.max(b),
                a.min(b),
                S::select(larger, a, b),
                S::select(S::both(larger, smaller), a, b),
                any(larger),
                any(S::both(larger, smaller)),
                a.map(|value| 0.5 * value),
                negated,
                root,
                assigned,
                S::one() + S::default(),
                any(S::splat(f64::from(u8::from(a == b))).is_above(S::zero())),
                any(S::splat(f64::from(u8::from((a - b).is_zero()))).is_above(S::zero())),
            ]
            .map(Four::store)
            .to_vec()
        }
    }

    proptest! {
        #[test]
        fn the_widest_instructions_give_the_bits_of_the_plain_ones(
            a in prop::array::uniform4(any::<f64>()),
            b in prop::array::uniform4(prop_oneof![any::<f64>(), Just(0.0), Just(-0.0), Just(f64::NAN), Just(f64::INFINITY)]),
        ) {
            let (a, b) = (Lanes(a), Lanes(b));
            for (a, b) in [(a, b), (b, a), (a, a)] {
                let (wide, plain) = (widest(Everything(&a, &b)), portable(Everything(&a, &b)));
                for (operation, (wide, plain)) in wide.iter().zip(&plain).enumerate() {
                    for lane in 0..Lanes::COUNT {
                        let (wide, plain) = (wide.0[lane], plain.0[lane]);
                        // Which of two NaNs comes out is nobody's promise.
                        let is_same = wide.to_bits() == plain.to_bits() || (wide.is_nan() && plain.is_nan());
                        prop_assert!(is_same, "operation {operation}, lane {lane}: {wide:e}, {plain:e}");
                    }
                }
            }
        }
    }

    /// Rows of a table that numbers name.
    struct Rows<'a>(&'a Lanes, &'a [[f64; 4]]);

    impl Kernel for Rows<'_> {
        type Output = [Lanes; 4];

        #[inline(always)]
        fn run<S: Four>(self) -> [Lanes; 4] {
            S::load(self.0).look_up(self.1).map(Four::store)
        }
    }

    #[test]
    fn each_number_gets_what_stands_in_its_row() {
        let table: Vec<[f64; 4]> =
            (0..10).map(|row| [0.0, 0.1, 0.2, 0.3].map(|column| f64::from(row) + column)).collect();
        let named = Lanes([7.0, 0.0, 3.0, 40.0]);
        let expected = [0.0, 0.1, 0.2, 0.3].map(|column| Lanes([7.0, 0.0, 3.0, 9.0].map(|row| row + column)));
        assert_eq!(widest(Rows(&named, &table)), expected);
        assert_eq!(portable(Rows(&named, &table)), expected);
        assert_eq!(3.0_f64.look_up(&table), table[3]);
    }

    #[test]
    fn this_processor_is_asked() {
        #[cfg(target_arch = "x86_64")]
        assert_eq!(is_wide(), std::arch::is_x86_feature_detected!("avx2"));
        #[cfg(not(target_arch = "x86_64"))]
        assert!(!is_wide());
    }
}
