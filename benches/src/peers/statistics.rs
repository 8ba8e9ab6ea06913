//! A median and how well it is known.

/// The median of independent figures, and an interval that holds the true one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Median {
    /// The middle figure.
    pub median: f64,
    /// Where the interval begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
    /// The probability that such an interval holds the true median, whatever the figures' distribution.
    pub confidence: f64,
}

/// What an interval shall hold with.
const WANTED_CONFIDENCE: f64 = 0.95;

impl Median {
    /// Of figures that are all numbers; none of an empty list.
    ///
    /// The interval is that of two order statistics, the narrowest that holds with at least 95 %, or from least to greatest
    /// where there are fewer than six figures: exact, as each figure is above the true median with one half.
    /// David and Nagaraja, *Order Statistics* (2003), section 7.1.
    ///
    /// ```
    /// use benches::peers::statistics::Median;
    /// let found = Median::of(&[3.0, 1.0, 2.0, 5.0, 4.0, 6.0]).expect("six figures");
    /// assert_eq!((found.median, found.low, found.high), (3.5, 1.0, 6.0));
    /// assert_eq!(found.confidence, 1.0 - 2.0 / 64.0);
    /// ```
    pub fn of(figures: &[f64]) -> Option<Median> {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len();
        let (&least, &greatest) = (sorted.first()?, sorted.last()?);
        // Chance that at most so many figures lie below the true median.
        let mut below = libm::exp2(-(count as f64));
        let mut term = below;
        let mut found =
            Median { median: middle(&sorted), low: least, high: greatest, confidence: 1.0 - 2.0 * below };
        for rank in 1..count.div_ceil(2) {
            term *= (count + 1 - rank) as f64 / rank as f64;
            below += term;
            let confidence = 1.0 - 2.0 * below;
            if confidence < WANTED_CONFIDENCE {
                break;
            }
            found = Median { low: sorted[rank], high: sorted[count - 1 - rank], confidence, ..found };
        }
        Some(found)
    }
}

/// Of sorted figures, at least one.
fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { 0.5 * (sorted[half - 1] + sorted[half]) } else { sorted[half] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fusion_core::math::chance::Stream;

    #[test]
    fn intervals_hold_the_true_median_as_often_as_they_say() {
        // Exponential figures: the median is ln 2 and the mean is not.
        let mut chance = Stream::new("median", 1, &[]);
        for count in [5, 11, 30] {
            let (mut held, mut said) = (0.0, 0.0);
            for _ in 0..4_000 {
                let figures: Vec<f64> = (0..count).map(|_| chance.exponential()).collect();
                let found = Median::of(&figures).expect("some figures");
                held += f64::from(u8::from((found.low..=found.high).contains(&std::f64::consts::LN_2)));
                said = found.confidence;
            }
            assert!((held / 4_000.0 - said).abs() < 0.013, "{count}: {} of {said}", held / 4_000.0);
            assert!(count < 6 || (0.95..0.99).contains(&said), "{count}: {said}");
        }
    }

    #[test]
    fn nothing_has_no_median() {
        assert_eq!(Median::of(&[]), None);
        assert_eq!(Median::of(&[2.0]).map(|found| (found.median, found.confidence)), Some((2.0, 0.0)));
    }
}
