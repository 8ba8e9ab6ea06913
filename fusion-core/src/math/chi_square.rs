//! The chi-square distribution: gates, and the bands that a consistent filter's errors fill.
//!
//! Written on `libm` because a gate's threshold is part of a result: the logarithm and exponential of the system, which
//! `statrs` uses, change their last bits from machine to machine. `statrs` is the oracle in the tests.

use thiserror::Error;

/// The most degrees of freedom that are served: a thousand runs of a thousand components.
pub const MAX_DEGREES_OF_FREEDOM: u32 = 1_000_000;

/// Terms of a series or fraction, a few times the square root of the largest shape; every loop here ends before it.
const MAX_TERMS: usize = 20_000;
/// Steps of the search for a quantile: bisection alone needs about sixty.
const MAX_STEPS: usize = 200;

/// Why there is no such value of the chi-square distribution.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ChiSquareError {
    /// Degrees of freedom outside of 1 to [`MAX_DEGREES_OF_FREEDOM`].
    #[error("chi-square needs 1 to {MAX_DEGREES_OF_FREEDOM} degrees of freedom, not {0}")]
    DegreesOfFreedom(u32),
    /// A probability that is not strictly between zero and one.
    #[error("a probability strictly between 0 and 1 is needed, not {0}")]
    Probability(f64),
}

/// Probability that a chi-square variable with so many degrees of freedom is at most `value` (dimensionless).
///
/// Within 1e-13 up to twenty thousand degrees of freedom. Zero for negative values; not a number
/// gives not a number. Not for tail probabilities below 1e-15, which a cumulative probability can't hold.
///
/// # Errors
///
/// [`ChiSquareError::DegreesOfFreedom`].
///
/// NIST, *Digital Library of Mathematical Functions*, 8.2.4 with 8.11.4 (series) and 8.9.2 (fraction).
///
/// ```
/// use fusion_core::math::chi_square;
/// assert!((chi_square::cumulative(3, 7.814_727_903)? - 0.95).abs() < 1e-9);
/// # Ok::<(), chi_square::ChiSquareError>(())
/// ```
pub fn cumulative(degrees_of_freedom: u32, value: f64) -> Result<f64, ChiSquareError> {
    let shape = shape(degrees_of_freedom)?;
    Ok(lower_gamma(shape, 0.5 * value))
}

/// The value (dimensionless) below which a chi-square variable stays with this probability.
///
/// `quantile(3, 0.99)` is the gate for a residual of three components that one true plot in a hundred misses.
///
/// # Errors
///
/// [`ChiSquareError::DegreesOfFreedom`]; [`ChiSquareError::Probability`] unless 0 < `probability` < 1.
///
/// ```
/// use fusion_core::math::chi_square;
/// assert!((chi_square::quantile(3, 0.99)? - 11.344_866_730).abs() < 1e-8);
/// # Ok::<(), chi_square::ChiSquareError>(())
/// ```
pub fn quantile(degrees_of_freedom: u32, probability: f64) -> Result<f64, ChiSquareError> {
    let shape = shape(degrees_of_freedom)?;
    // Written so that NaN fails, too.
    if !(probability > 0.0 && probability < 1.0) {
        return Err(ChiSquareError::Probability(probability));
    }
    let mut low = 0.0;
    let mut high = shape + 1.0;
    for _ in 0..MAX_STEPS {
        if lower_gamma(shape, high) >= probability {
            break;
        }
        low = high;
        high *= 2.0;
    }
    // Newton's step where it stays between the bounds, halving where it does not.
    let mut guess = 0.5 * (low + high);
    for _ in 0..MAX_STEPS {
        let excess = lower_gamma(shape, guess) - probability;
        if excess >= 0.0 {
            high = guess;
        } else {
            low = guess;
        }
        let newton = guess - excess * guess / front(shape, guess);
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        let is_settled = (next - guess).abs() <= 2.0 * f64::EPSILON * guess;
        guess = next;
        if is_settled {
            break;
        }
    }
    Ok(2.0 * guess)
}

/// The central band that holds a chi-square variable with this probability: its low and its high end.
///
/// The mean over M runs of a NEES of n components is consistent when M times it lies in `band(M n, 0.95)`.
///
/// # Errors
///
/// As [`quantile`].
///
/// Bar-Shalom, Li and Kirubarajan, *Estimation with Applications to Tracking and Navigation* (2001), equation 5.4.2-7.
///
/// ```
/// use fusion_core::math::chi_square;
/// // Fifty runs of a state of two: the book's own example, 1.5 and 2.6 after division by 50.
/// let (low, high) = chi_square::band(100, 0.95)?;
/// assert!((low - 74.221_927).abs() < 1e-6 && (high - 129.561_197).abs() < 1e-6);
/// # Ok::<(), chi_square::ChiSquareError>(())
/// ```
pub fn band(degrees_of_freedom: u32, probability: f64) -> Result<(f64, f64), ChiSquareError> {
    if !(probability > 0.0 && probability < 1.0) {
        return Err(ChiSquareError::Probability(probability));
    }
    let tail = 0.5 * (1.0 - probability);
    Ok((quantile(degrees_of_freedom, tail)?, quantile(degrees_of_freedom, 1.0 - tail)?))
}

fn shape(degrees_of_freedom: u32) -> Result<f64, ChiSquareError> {
    if (1..=MAX_DEGREES_OF_FREEDOM).contains(&degrees_of_freedom) {
        Ok(0.5 * f64::from(degrees_of_freedom))
    } else {
        Err(ChiSquareError::DegreesOfFreedom(degrees_of_freedom))
    }
}

/// value^shape e^-value / Γ(shape): the density of the gamma distribution with unit scale, times the value.
fn front(shape: f64, value: f64) -> f64 {
    if shape < 16.0 {
        return libm::exp(shape * libm::log(value) - value - libm::lgamma(shape));
    }
    // The logarithms of large numbers would cancel: Stirling's series takes their common part out (DLMF 5.11.1).
    let square = 1.0 / (shape * shape);
    let tail = (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0))) / shape;
    let excess = (value - shape) / shape;
    let exponent = shape * (libm::log1p(excess) - excess) - tail;
    (shape / std::f64::consts::TAU).sqrt() * libm::exp(exponent)
}

/// The regularised lower incomplete gamma function P(shape, value).
fn lower_gamma(shape: f64, value: f64) -> f64 {
    if value.is_nan() {
        return value;
    }
    if value <= 0.0 {
        return 0.0;
    }
    if value == f64::INFINITY {
        return 1.0;
    }
    let front = front(shape, value);
    if value < shape + 1.0 {
        (front * lower_series(shape, value)).min(1.0)
    } else {
        (1.0 - front * upper_fraction(shape, value)).max(0.0)
    }
}

/// Σ value^n / (shape (shape + 1) … (shape + n)): all terms positive, converging where value < shape + 1.
fn lower_series(shape: f64, value: f64) -> f64 {
    let mut term = 1.0 / shape;
    let mut sum = term;
    let mut divisor = shape;
    for _ in 0..MAX_TERMS {
        divisor += 1.0;
        term *= value / divisor;
        sum += term;
        if term <= sum * f64::EPSILON {
            break;
        }
    }
    sum
}

/// The continued fraction of the upper function by the modified method of Lentz, for value ≥ shape + 1.
fn upper_fraction(shape: f64, value: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut denominator = value + 1.0 - shape;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / denominator;
    let mut fraction = d;
    for term in 1..MAX_TERMS {
        let order = term as f64;
        let numerator = -order * (order - shape);
        denominator += 2.0;
        d = numerator * d + denominator;
        d = 1.0 / if d.abs() < TINY { TINY } else { d };
        c = denominator + numerator / c;
        c = if c.abs() < TINY { TINY } else { c };
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ChiSquared, ContinuousCDF};

    const DEGREES: [u32; 12] = [1, 2, 3, 4, 5, 6, 7, 9, 30, 100, 1_000, 20_000];

    #[test]
    fn the_cumulative_probability_is_that_of_another_library() {
        for degrees in DEGREES {
            let oracle = ChiSquared::new(f64::from(degrees)).expect("degrees of freedom");
            for part in [1e-6, 1e-3, 0.1, 0.5, 0.8, 0.9, 0.98, 1.0, 1.02, 1.1, 1.5, 2.0, 4.0, 10.0, 30.0] {
                let value = part * f64::from(degrees);
                let ours = cumulative(degrees, value).expect("degrees of freedom");
                let error = (ours - oracle.cdf(value)).abs();
                assert!(
                    error < 1e-15 * 60.0 * f64::from(degrees).max(1.0),
                    "{degrees} at {value}: {error:e}"
                );
            }
        }
    }

    #[test]
    fn the_cumulative_probability_is_that_of_sixty_digits() {
        // The finite sum for even degrees of freedom, in decimal arithmetic of sixty digits.
        for (degrees, value, exact) in [
            (6, 4.0, 0.323_323_583_816_936_54),
            (100, 120.0, 0.915_593_318_906_308_2),
            (1_000, 1_000.0, 0.505_947_146_170_760_4),
            (20_000, 20_100.0, 0.692_342_440_702_565_6),
            (20_000, 19_700.0, 0.066_261_233_639_74),
        ] {
            let error = (cumulative(degrees, value).expect("degrees of freedom") - exact).abs();
            assert!(error < 1e-13, "{degrees} at {value}: {error:e}");
        }
    }

    #[test]
    fn the_quantile_is_the_inverse_and_that_of_another_library() {
        for degrees in DEGREES {
            let oracle = ChiSquared::new(f64::from(degrees)).expect("degrees of freedom");
            for probability in [1e-9, 1e-4, 0.025, 0.1, 0.5, 0.9, 0.95, 0.975, 0.99, 0.997, 0.999_999] {
                let value = quantile(degrees, probability).expect("valid");
                let back = cumulative(degrees, value).expect("valid");
                let noise = 1e-14;
                assert!((back - probability).abs() < noise, "{degrees} {probability}: {back}");
                let theirs = oracle.inverse_cdf(probability);
                // Theirs stops within 1e-9 of the value, not of its size: 9e-10 for 1.6e-18 at one degree and 1e-9.
                assert!(
                    (value - theirs).abs() < 1e-7 * value + 2e-9,
                    "{degrees} {probability}: {value} {theirs}"
                );
            }
        }
    }

    #[test]
    fn printed_tables_agree() {
        // Abramowitz and Stegun, table 26.8.
        for (degrees, probability, printed) in [
            (1, 0.95, 3.841_46),
            (2, 0.95, 5.991_46),
            (2, 0.99, 9.210_34),
            (6, 0.95, 12.591_6),
            (6, 0.999, 22.457_7),
            (9, 0.025, 2.700_39),
            (100, 0.975, 129.561),
        ] {
            let value = quantile(degrees, probability).expect("valid");
            assert!((value - printed).abs() < 1e-5 * printed, "{degrees} {probability}: {value}");
        }
        // One degree of freedom far down: π/2 p². Two degrees of freedom have a closed form.
        let tiny = quantile(1, 1e-9).expect("valid");
        assert!((tiny - 0.5e-18 * std::f64::consts::PI).abs() < 1e-31, "{tiny:e}");
        assert!((quantile(2, 0.95).expect("valid") + 2.0 * libm::log(0.05)).abs() < 1e-14 * 6.0);
    }

    #[test]
    fn the_ends_and_nonsense() {
        assert_eq!(cumulative(3, -1.0), Ok(0.0));
        assert_eq!(cumulative(3, f64::INFINITY), Ok(1.0));
        assert!(cumulative(3, f64::NAN).expect("degrees of freedom").is_nan());
        assert_eq!(cumulative(0, 1.0), Err(ChiSquareError::DegreesOfFreedom(0)));
        assert_eq!(band(u32::MAX, 0.95), Err(ChiSquareError::DegreesOfFreedom(u32::MAX)));
        for bad in [0.0, 1.0, -0.1, 1.5, f64::NAN, f64::INFINITY] {
            assert!(matches!(quantile(3, bad), Err(ChiSquareError::Probability(_))), "{bad}");
            assert!(matches!(band(3, bad), Err(ChiSquareError::Probability(_))), "{bad}");
        }
        let (low, high) = band(MAX_DEGREES_OF_FREEDOM, 0.95).expect("valid");
        assert!((low - 997_229.3).abs() < 1.0 && (high - 1_002_773.7).abs() < 1.0, "{low} {high}");
    }
}
