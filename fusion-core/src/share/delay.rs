//! Random spans of time: how late, and how long a decision takes.

use super::regime::Check;
use crate::math::chance::Stream;
use serde::{Deserialize, Serialize};

/// A random span of time, s. An assumption: no published figure exists for any of the links.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Delay {
    /// Always the same.
    Constant {
        /// The span, s.
        #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 86_400.0)))]
        seconds: f64,
    },
    /// Every value between two is as likely.
    Uniform {
        /// Least, s.
        #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 86_400.0)))]
        low_s: f64,
        /// Greatest, s.
        #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 86_400.0)))]
        high_s: f64,
    },
    /// The logarithm is normal, above a least value: what people and queues do.
    LogNormal {
        /// Least, s, added to the rest.
        #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 86_400.0)))]
        minimum_s: f64,
        /// Median of the rest, s.
        #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 86_400.0)))]
        median_s: f64,
        /// Standard deviation of the logarithm of the rest.
        #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 3.0)))]
        log_sigma: f64,
    },
    /// What was measured: quantiles, with straight lines between them.
    Table {
        /// Pairs of a probability and the span, s, that is not exceeded with it: from probability 0 to 1, ascending.
        #[cfg_attr(feature = "schema", schemars(length(min = 2, max = 1_000)))]
        quantiles_s: Vec<[f64; 2]>,
    },
}

/// The keys of a span in a file, for errors: in the order in which [`Delay::checks`] needs them.
pub(super) type Keys = [&'static str; 7];

/// Of a link's delay.
pub(super) const DELAY: Keys = [
    "delay.constant.seconds",
    "delay.uniform.low_s",
    "delay.uniform.high_s",
    "delay.log-normal.minimum_s",
    "delay.log-normal.median_s",
    "delay.log-normal.log_sigma",
    "delay.table.quantiles_s",
];

/// Of the time that a decision takes.
pub(super) const DECISION: Keys = [
    "release.decision.constant.seconds",
    "release.decision.uniform.low_s",
    "release.decision.uniform.high_s",
    "release.decision.log-normal.minimum_s",
    "release.decision.log-normal.median_s",
    "release.decision.log-normal.log_sigma",
    "release.decision.table.quantiles_s",
];

impl Delay {
    /// Draws a span, s.
    pub fn draw(&self, stream: &mut Stream) -> f64 {
        match self {
            Delay::Constant { seconds } => *seconds,
            Delay::Uniform { low_s, high_s } => stream.between(*low_s, *high_s),
            Delay::LogNormal { minimum_s, median_s, log_sigma } => {
                minimum_s + median_s * libm::exp(log_sigma * stream.normal())
            }
            Delay::Table { quantiles_s } => quantile_s(quantiles_s, stream.uniform()),
        }
    }

    /// The span, s, that is as likely exceeded as not.
    ///
    /// ```
    /// let measured = fusion_core::share::Delay::Table { quantiles_s: vec![[0.0, 1.0], [0.4, 2.0], [0.8, 6.0], [1.0, 60.0]] };
    /// assert!((measured.median_s() - 3.0).abs() < 1e-12);
    /// ```
    pub fn median_s(&self) -> f64 {
        match self {
            Delay::Constant { seconds } => *seconds,
            Delay::Uniform { low_s, high_s } => 0.5 * (low_s + high_s),
            Delay::LogNormal { minimum_s, median_s, .. } => minimum_s + median_s,
            Delay::Table { quantiles_s } => quantile_s(quantiles_s, 0.5),
        }
    }

    pub(super) fn checks(&self, keys: &Keys) -> Vec<Check> {
        const SPAN: &str = "a number of seconds from 0 to 86400";
        let [constant, low, high, minimum, median, sigma, table] = *keys;
        let span = |key: &'static str, value: f64| (key, value, is_span(value), SPAN);
        match self {
            Delay::Constant { seconds } => vec![span(constant, *seconds)],
            Delay::Uniform { low_s, high_s } => vec![
                span(low, *low_s),
                span(high, *high_s),
                (high, *high_s, high_s >= low_s, "at least low_s"),
            ],
            Delay::LogNormal { minimum_s, median_s, log_sigma } => vec![
                span(minimum, *minimum_s),
                span(median, *median_s),
                (sigma, *log_sigma, (0.0..=3.0).contains(log_sigma), "0 to 3"),
            ],
            Delay::Table { quantiles_s } => table_checks(table, quantiles_s),
        }
    }
}

fn is_span(value: f64) -> bool {
    (0.0..=86_400.0).contains(&value)
}

fn table_checks(key: &'static str, quantiles_s: &[[f64; 2]]) -> Vec<Check> {
    const SPAN: &str = "spans of 0 to 86400 s, none below the one before it";
    const PROBABILITY: &str = "probabilities that rise from 0 to 1";
    let count = quantiles_s.len();
    let mut checks: Vec<Check> = vec![(key, count as f64, (2..=1_000).contains(&count), "2 to 1000 pairs")];
    let ends = [(quantiles_s.first(), 0.0), (quantiles_s.last(), 1.0)];
    checks.extend(
        ends.iter().filter_map(|(pair, end)| pair.map(|pair| (key, pair[0], pair[0] == *end, PROBABILITY))),
    );
    checks.extend(quantiles_s.iter().map(|[_, seconds]| (key, *seconds, is_span(*seconds), SPAN)));
    for pair in quantiles_s.windows(2) {
        if let [[before, earlier_s], [probability, seconds]] = pair {
            checks.push((key, *probability, probability > before, PROBABILITY));
            checks.push((key, *seconds, seconds >= earlier_s, SPAN));
        }
    }
    checks
}

/// The span at a probability, on straight lines between the pairs of a table.
fn quantile_s(quantiles_s: &[[f64; 2]], probability: f64) -> f64 {
    let above = quantiles_s.partition_point(|[known, _]| *known <= probability);
    let pair = |index: usize| quantiles_s.get(index).copied();
    match (above.checked_sub(1).and_then(pair), pair(above)) {
        (Some([from, from_s]), Some([to, to_s])) => {
            from_s + (to_s - from_s) * (probability - from) / (to - from)
        }
        (Some([_, seconds]), None) | (None, Some([_, seconds])) => seconds,
        (None, None) => 0.0,
    }
}
