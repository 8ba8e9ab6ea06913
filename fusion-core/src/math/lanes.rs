//! Four numbers that go through the same arithmetic side by side.

use super::real::Real;
use num_traits::{One, Zero};
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// Four `f64` side by side, one of each of four tracks: what a 256-bit register holds.
///
/// Every operation is the loop of the `f64` one, which the compiler turns into as few instructions as the processor has;
/// results equal four separate ones bit for bit. Multiplication and addition stay apart, as fusing them would change
/// the bits and be slow where the processor cannot. Not faster for a single track.
///
/// ```
/// use fusion_core::math::lanes::Lanes;
/// assert_eq!(Lanes([1.0, 2.0, 3.0, 4.0]) * Lanes([2.0; 4]), Lanes([2.0, 4.0, 6.0, 8.0]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(32))]
pub struct Lanes(pub [f64; Lanes::COUNT]);

impl Lanes {
    /// Numbers side by side.
    pub const COUNT: usize = 4;

    #[inline(always)]
    fn zip(self, other: Self, function: impl Fn(f64, f64) -> f64) -> Self {
        // Written out: the compiler makes one instruction of this, and not of a closure over the lanes.
        let (a, b) = (self.0, other.0);
        Lanes([function(a[0], b[0]), function(a[1], b[1]), function(a[2], b[2]), function(a[3], b[3])])
    }
}

macro_rules! operator {
    ($operator:ident, $function:ident, $assigning:ident, $assign:ident) => {
        impl $operator for Lanes {
            type Output = Lanes;

            #[inline(always)]
            fn $function(self, other: Self) -> Self {
                self.zip(other, f64::$function)
            }
        }

        impl $assigning for Lanes {
            #[inline(always)]
            fn $assign(&mut self, other: Self) {
                *self = $operator::$function(*self, other);
            }
        }
    };
}

operator!(Add, add, AddAssign, add_assign);
operator!(Sub, sub, SubAssign, sub_assign);
operator!(Mul, mul, MulAssign, mul_assign);
operator!(Div, div, DivAssign, div_assign);

impl Neg for Lanes {
    type Output = Lanes;

    #[inline(always)]
    fn neg(self) -> Self {
        self.map(f64::neg)
    }
}

impl Zero for Lanes {
    #[inline(always)]
    fn zero() -> Self {
        Lanes::splat(0.0)
    }

    #[inline(always)]
    fn is_zero(&self) -> bool {
        *self == Self::zero()
    }
}

impl One for Lanes {
    #[inline(always)]
    fn one() -> Self {
        Lanes::splat(1.0)
    }
}

impl Real for Lanes {
    type Mask = [bool; Lanes::COUNT];

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Lanes([value; Lanes::COUNT])
    }

    #[inline(always)]
    fn map(self, function: impl Fn(f64) -> f64) -> Self {
        let a = self.0;
        Lanes([function(a[0]), function(a[1]), function(a[2]), function(a[3])])
    }

    #[inline(always)]
    fn map_pair(self, function: impl Fn(f64) -> (f64, f64)) -> (Self, Self) {
        let a = self.0;
        let [first, second, third, fourth] = [function(a[0]), function(a[1]), function(a[2]), function(a[3])];
        (Lanes([first.0, second.0, third.0, fourth.0]), Lanes([first.1, second.1, third.1, fourth.1]))
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.map(f64::sqrt)
    }

    #[inline(always)]
    fn is_above(self, other: Self) -> Self::Mask {
        let (a, b) = (self.0, other.0);
        [a[0] > b[0], a[1] > b[1], a[2] > b[2], a[3] > b[3]]
    }

    #[inline(always)]
    fn any(mask: Self::Mask) -> bool {
        mask.iter().any(|is_true| *is_true)
    }

    #[inline(always)]
    fn both(a: Self::Mask, b: Self::Mask) -> Self::Mask {
        [a[0] & b[0], a[1] & b[1], a[2] & b[2], a[3] & b[3]]
    }

    #[inline(always)]
    fn select(mask: Self::Mask, first: Self, second: Self) -> Self {
        let choose = |lane: usize| if mask[lane] { first.0[lane] } else { second.0[lane] };
        Lanes([choose(0), choose(1), choose(2), choose(3)])
    }
}
