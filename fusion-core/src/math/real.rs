//! What the hot arithmetic needs of a number, so that it is written once for one track and for several side by side.

use nalgebra::SMatrix;
use num_traits::{One, Zero};
use std::fmt::Debug;
use std::ops::{AddAssign, Div, DivAssign, MulAssign, Neg, Sub, SubAssign};

/// A real number, or several that go through the same arithmetic side by side: `f64` and [`super::lanes::Lanes`].
///
/// Every operation works on each number by itself and rounds as `f64` does, so that several side by side have the bits
/// they would have alone. Not for code that branches on a value: [`Real::select`] between two results instead.
///
/// ```
/// use fusion_core::math::{lanes::Lanes, real::Real};
/// fn slant_range<S: Real>(across_m: S, height_m: S) -> S {
///     (across_m * across_m + height_m * height_m).sqrt()
/// }
/// assert_eq!(slant_range(3.0, 4.0), 5.0);
/// let four = slant_range(Lanes([3.0, 6.0, 5.0, 8.0]), Lanes([4.0, 8.0, 12.0, 15.0]));
/// assert_eq!(four, Lanes([5.0, 10.0, 13.0, 17.0]));
/// ```
pub trait Real:
    Copy
    + Default
    + Debug
    + PartialEq
    + 'static
    + Zero
    + One
    + Sub<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
{
    /// One truth value for each number.
    type Mask: Copy;

    /// The same value in every place.
    fn splat(value: f64) -> Self;

    /// A function of each number by itself.
    fn map(self, function: impl Fn(f64) -> f64) -> Self;

    /// Two functions of each number that share their work.
    fn map_pair(self, function: impl Fn(f64) -> (f64, f64)) -> (Self, Self);

    /// Square root, correctly rounded.
    fn sqrt(self) -> Self;

    /// Where this is greater than the other.
    fn is_above(self, other: Self) -> Self::Mask;

    /// Whether a mask is true anywhere.
    fn any(mask: Self::Mask) -> bool;

    /// Where both masks are true.
    fn both(first: Self::Mask, second: Self::Mask) -> Self::Mask;

    /// The first where the mask is true, the second elsewhere.
    fn select(mask: Self::Mask, first: Self, second: Self) -> Self;

    /// The greater of two numbers; the other where they cannot be compared. Unlike [`f64::max`], it says which zero comes out.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self::select(self.is_above(other), self, other)
    }

    /// The smaller of two numbers; the other where they cannot be compared.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self::select(other.is_above(self), self, other)
    }

    /// What stands in the row of a table that each number names: whole, not negative; the last row where it is beyond.
    ///
    /// # Panics
    /// For a table without rows.
    #[inline(always)]
    fn look_up(self, table: &[[f64; 4]]) -> [Self; 4] {
        let row = |number: f64| &table[(number as usize).min(table.len() - 1)];
        let (first, second) = self.map_pair(|number| (row(number)[0], row(number)[1]));
        let (third, fourth) = self.map_pair(|number| (row(number)[2], row(number)[3]));
        [first, second, third, fourth]
    }

    /// The exponential function.
    fn exp(self) -> Self {
        self.map(libm::exp)
    }

    /// The natural logarithm.
    fn log(self) -> Self {
        self.map(libm::log)
    }
}

/// A matrix of zeros. As `SMatrix::zeros`, which goes through an iterator that is slow for several numbers side by side.
#[inline(always)]
pub fn zeros<S: Real, const R: usize, const C: usize>() -> SMatrix<S, R, C> {
    SMatrix::from([[S::zero(); R]; C])
}

/// The unit matrix; see [`zeros`].
#[inline(always)]
pub fn identity<S: Real, const N: usize>() -> SMatrix<S, N, N> {
    let mut unit = zeros();
    for index in 0..N {
        unit[(index, index)] = S::one();
    }
    unit
}

impl Real for f64 {
    type Mask = bool;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn map(self, function: impl Fn(f64) -> f64) -> Self {
        function(self)
    }

    #[inline(always)]
    fn map_pair(self, function: impl Fn(f64) -> (f64, f64)) -> (Self, Self) {
        function(self)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }

    #[inline(always)]
    fn is_above(self, other: Self) -> bool {
        self > other
    }

    #[inline(always)]
    fn any(mask: bool) -> bool {
        mask
    }

    #[inline(always)]
    fn both(first: bool, second: bool) -> bool {
        first & second
    }

    #[inline(always)]
    fn select(mask: bool, first: Self, second: Self) -> Self {
        if mask { first } else { second }
    }
}
