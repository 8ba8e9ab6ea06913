//! How much of the gain that the bounds allow was realised, or in words why that cannot be said.

use super::Page;
use super::html::{number, percent};
use crate::summary::{EFFICIENCY_TOLERANCE, ImpactMeasure, LEAST_BOUND_RATIO};

/// The share as `67 % of the possible`, or the reason for none; nothing for the baseline and where there is no error or bound.
pub(super) fn words(page: &Page<'_>, node: usize, regime: usize, after_s: f64) -> Option<String> {
    let summary = page.summary;
    let base = summary.regime_index(&summary.baseline)?;
    if base == regime {
        return None;
    }
    let own = summary.cell(node, regime)?.impact_at(after_s)?;
    refusal_or_share(own, summary.cell(node, base)?.impact_at(after_s)?)
}

fn refusal_or_share(own: &ImpactMeasure, base: &ImpactMeasure) -> Option<String> {
    if let Some(share) = own.share_of_possible {
        return Some(format!("{}\u{a0}% of the possible", number(100.0 * share, 0)));
    }
    let (efficiency, base_efficiency) = (own.efficiency?, base.efficiency?);
    let ratio = efficiency / base_efficiency;
    if !(1.0 / EFFICIENCY_TOLERANCE..=EFFICIENCY_TOLERANCE).contains(&ratio) {
        return Some(format!(
            "no share: efficiencies {} and {} differ by more than {}",
            percent_ratio(efficiency),
            percent_ratio(base_efficiency),
            percent(EFFICIENCY_TOLERANCE - 1.0),
        ));
    }
    let better = base.bound_rms_m? / own.bound_rms_m?;
    Some(format!(
        "no share: the bound is better by {}, less than {}",
        percent_ratio((better - 1.0).max(0.0)),
        percent(LEAST_BOUND_RATIO - 1.0),
    ))
}

/// Whole percent of a ratio that may be above one.
pub(super) fn percent_ratio(ratio: f64) -> String {
    format!("{}\u{a0}%", number(100.0 * ratio, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Proportion;
    use crate::summary::{self, ErrorMeasure};

    fn measure(efficiency: f64, bound_rms_m: f64, share_of_possible: Option<f64>) -> ImpactMeasure {
        let all = Proportion::of(1, 1).unwrap();
        let zero = summary::Measure {
            mean: 0.0,
            interval: None,
            median: 0.0,
            standard_deviation: None,
            runs: 1,
            against_baseline: None,
            against_siloed: None,
        };
        ImpactMeasure {
            after_burnout_s: 30.0,
            time_s: 175.0,
            with_track: all,
            error: ErrorMeasure { with_estimate: all, given_estimate_m: None, rms_m: None, capped_m: zero },
            time_error_rms_s: None,
            ellipse_major_m: None,
            coverage: None,
            bound_rms_m: Some(bound_rms_m),
            efficiency: Some(efficiency),
            pairing: None,
            share_of_possible,
        }
    }

    #[test]
    fn a_share_is_refused_with_its_reason() {
        let base = measure(0.8, 100.0, None);
        let words = |own: ImpactMeasure| refusal_or_share(&own, &base).unwrap();
        assert_eq!(words(measure(0.8, 50.0, Some(0.97))), "97\u{a0}% of the possible");
        assert_eq!(
            words(measure(0.6, 50.0, None)),
            "no share: efficiencies 60\u{a0}% and 80\u{a0}% differ by more than 10\u{a0}%"
        );
        assert_eq!(
            words(measure(0.8, 98.0, None)),
            "no share: the bound is better by 2\u{a0}%, less than 5\u{a0}%"
        );
        assert_eq!(
            refusal_or_share(&ImpactMeasure { efficiency: None, ..measure(0.8, 9.0, None) }, &base),
            None
        );
    }
}
