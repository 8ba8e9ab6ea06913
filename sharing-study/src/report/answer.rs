//! The answer in plain words, from the numbers.

use super::Page;
use super::html::{KILOMETRES, SECONDS, Unit, decimals_for, display_name, escape, is_wide, number, size};
use super::possible;
use crate::regimes::{SILOED, WHAT_IF};
use crate::statistics::{Difference, Direction, Interval};
use crate::summary::{NodeRegime, NodeSummary};
use std::fmt::Write;

/// The arrangement that headlines speak of, when it was studied.
const HEADLINE: &str = "realtime-2023";

/// The upper reference.
const UPPER: &str = "integrated";

/// How a measure is spoken of.
struct Words {
    /// What is less of it called.
    less: &'static str,
    /// What is more of it called.
    more: &'static str,
    unit: Unit,
}

const SOONER: Words = Words { less: "sooner", more: "later", unit: SECONDS };
const NEARER: Words = Words { less: "nearer", more: "further off", unit: KILOMETRES };
const LONGER: Words = Words { less: "less", more: "more", unit: SECONDS };

pub(super) fn render(page: &Page<'_>) -> String {
    let Some(regime) = headline(page) else { return String::new() };
    let name = &page.summary.regimes[regime].name;
    let what_if = if name == WHAT_IF { " (a what-if)" } else { "" };
    let mut text = format!(
        "<div class=\"answer\">{}<p>Under <b>{}</b>{what_if}, over {} runs, with 95&nbsp;% intervals in brackets:</p><div class=\"cards\">",
        sentences(page, regime),
        escape(name),
        page.summary.runs,
    );
    for (node, summary) in page.summary.nodes.iter().enumerate() {
        if let Some(cell) = page.summary.cell(node, regime) {
            let _ = write!(text, "<div class=\"card\">{}", paragraph(page, summary, cell));
            if let Some(words) = possible::words(page, node, regime, 120.0) {
                let _ = write!(
                    text,
                    "<p class=\"quiet\">Of the gain in the impact point that the bounds allow: {words}.</p>"
                );
            }
            text.push_str("</div>");
        }
    }
    text.push_str("</div></div>");
    text
}

/// The arrangement to speak of: the usual one, or the last that is neither the baseline nor siloed.
fn headline(page: &Page<'_>) -> Option<usize> {
    let summary = page.summary;
    summary.regime_index(HEADLINE).or_else(|| {
        summary.regimes.iter().rposition(|regime| regime.name != summary.baseline && regime.name != SILOED)
    })
}

/// The answer in one sentence for the nation that is warned, and the same for the upper reference.
fn sentences(page: &Page<'_>, regime: usize) -> String {
    let summary = page.summary;
    let node = page.first_warned();
    let Some(first) = sentence(page, node, regime) else { return String::new() };
    let mut text = format!(
        "<p class=\"headline\">Against <b>{}</b>, {} under <b>{}</b> {first}.</p>",
        escape(&summary.baseline),
        page.node_name(node),
        escape(&summary.regimes[regime].name),
    );
    let most = summary.regime_index(UPPER).filter(|index| *index != regime && summary.baseline != UPPER);
    if let Some(words) = most.and_then(|index| sentence(page, node, index)) {
        let _ = write!(text, "<p>With everything shared at once (<b>{UPPER}</b>) it {words}.</p>");
    }
    text
}

/// What a nation gains under a regime against the baseline: `gets 4 s more warning for Hokkaido [3, 5] and ...`.
fn sentence(page: &Page<'_>, node: usize, regime: usize) -> Option<String> {
    let cell = page.summary.cell(node, regime)?;
    let area = page.summary.nodes.get(node)?.most_threatened_area.as_deref();
    let lead = area.and_then(|name| Some((name, cell.area(name)?.lead_s?.against_baseline?)));
    let mut clauses = Vec::new();
    if let Some((name, change)) = lead {
        let name = escape(name);
        let (amount, interval) = told(&change, &LONGER);
        clauses.push(match amount {
            Some(amount) => format!("gets {amount} warning for {name}{interval}"),
            None => {
                format!("gets neither more nor less warning for {name} that these runs can show{interval}")
            }
        });
    }
    if let Some(change) = cell.actionable_s.and_then(|time| time.against_baseline) {
        let (amount, interval) = told(&change, &SOONER);
        let amount = amount.unwrap_or_else(|| "neither sooner nor later that these runs can show".to_owned());
        clauses.push(format!("knows enough to act {amount}{interval}"));
    }
    let error = cell.impact_at(120.0).and_then(|impact| impact.error.given_estimate_m?.against_baseline);
    if let Some(change) = error {
        let (amount, interval) = told(&change, &NEARER);
        let amount =
            amount.unwrap_or_else(|| "neither nearer nor further off that these runs can show".to_owned());
        clauses.push(format!("places the impact, two minutes after burnout, {amount}{interval}"));
    }
    (!clauses.is_empty()).then(|| joined(&clauses))
}

/// A difference as `<b>6 s</b> sooner`, none where it may be zero, and its interval.
fn told(change: &Difference, words: &Words) -> (Option<String>, String) {
    let decimals = decimals(change, words.unit);
    let written = |value: f64| number(value / words.unit.size, decimals);
    let unit = words.unit.name;
    let direction = change.direction();
    let interval = match change.interval {
        None => " (one pair of runs)".to_owned(),
        Some(interval) if !is_wide(interval) => " <i>[in every run]</i>".to_owned(),
        Some(Interval { low, high }) => match direction {
            Direction::Undecided => format!(" <i>[{}, {}]\u{a0}{unit}</i>", written(low), written(high)),
            Direction::Less => format!(" <i>[{}, {}]</i>", written(-high), written(-low)),
            Direction::More => format!(" <i>[{}, {}]</i>", written(low), written(high)),
        },
    };
    let which = match direction {
        Direction::Less => words.less,
        Direction::More => words.more,
        Direction::Undecided => return (None, interval),
    };
    (Some(format!("<b>{}\u{a0}{unit}</b> {which}", written(change.mean.abs()))), interval)
}

fn paragraph(page: &Page<'_>, node: &NodeSummary, cell: &NodeRegime) -> String {
    let summary = page.summary;
    let actionable = cell.actionable_s;
    let error = cell.impact_at(120.0).and_then(|impact| impact.error.given_estimate_m);
    let area = node.most_threatened_area.as_deref();
    let lead = area.and_then(|name| cell.area(name)?.lead_s);
    let mut parts = vec![match actionable {
        Some(time) if time.restricted.never_fraction < 1.0 => {
            let came = 1.0 - time.restricted.never_fraction;
            let share = if came < 1.0 {
                format!(" (reached in {})", super::html::percent(came))
            } else {
                String::new()
            };
            format!(
                "knows enough to act <b>{}</b> after launch{share}",
                SECONDS.with_name(time.restricted.mean_s)
            )
        }
        _ => "never knows enough to act".to_owned(),
    }];
    parts.push(match error {
        Some(error) => format!(
            "two minutes after burnout misses the impact point by <b>{}</b>",
            KILOMETRES.with_name(error.mean)
        ),
        None => "has no impact point two minutes after burnout".to_owned(),
    });
    if let (Some(name), Some(lead)) = (area, lead) {
        parts.push(format!("warns {} <b>{}</b> ahead", escape(name), SECONDS.with_name(lead.mean)));
    }
    let mut text = format!("<p><b class=\"who\">{}</b> {}.</p>", display_name(&node.name), joined(&parts));
    let siloed = summary.siloed.as_ref().map(|name| (name, false));
    for (reference, to_baseline) in [(&summary.baseline, true)].into_iter().chain(siloed) {
        let pick = |a: Option<Difference>, b: Option<Difference>| if to_baseline { a } else { b };
        let changes = [
            actionable.and_then(|time| {
                Some((pick(time.against_baseline, time.against_siloed)?, &SOONER, "actionable"))
            }),
            error.and_then(|error| {
                Some((pick(error.against_baseline, error.against_siloed)?, &NEARER, "impact point"))
            }),
            lead.and_then(|lead| {
                Some((pick(lead.against_baseline, lead.against_siloed)?, &LONGER, "warning"))
            }),
        ];
        let changes: Vec<String> =
            changes.into_iter().flatten().map(|(change, words, what)| said(&change, words, what)).collect();
        if !changes.is_empty() {
            let _ = write!(text, "<p>Against <b>{}</b>:</p><ul>{}</ul>", escape(reference), changes.concat());
        }
    }
    text
}

/// One difference in words, with its interval; where zero lies inside, that is said.
fn said(change: &Difference, words: &Words, what: &str) -> String {
    let direction = change.direction();
    let decimals = decimals(change, words.unit);
    let written = |value: f64| number(value / words.unit.size, decimals);
    let by = format!("{}\u{a0}{}", written(change.mean.abs()), words.unit.name);
    let which = if change.mean < 0.0 { words.less } else { words.more };
    let said = match change.interval {
        None if change.mean == 0.0 => format!("{what}: the same in the one pair of runs there is"),
        None => format!("{what}: {by} {which} in the one pair of runs there is, too few to tell"),
        Some(Interval { low, high }) if low == high && change.mean == 0.0 => {
            format!("{what}: the same in every run")
        }
        Some(interval) if !is_wide(interval) => {
            format!("{what} <b>{by}</b> {which} <i>[in every run]</i>")
        }
        Some(Interval { low, high }) => match direction {
            Direction::Less => {
                format!("{what} <b>{by}</b> {which} <i>[{}, {}]</i>", written(-high), written(-low))
            }
            Direction::More => {
                format!("{what} <b>{by}</b> {which} <i>[{}, {}]</i>", written(low), written(high))
            }
            Direction::Undecided => format!(
                "{what}: no difference that these runs can show, the interval <i>[{}, {}]</i> includes zero",
                written(low),
                written(high)
            ),
        },
    };
    format!("<li>{said}</li>")
}

/// Decimals of a difference and its interval: the unit's, or as many more, up to three, as keep what is not zero from
/// reading as zero and the ends of an interval from reading alike.
fn decimals(change: &Difference, unit: Unit) -> usize {
    let [low, high] = change.interval.map_or([change.mean; 2], |interval| [interval.low, interval.high]);
    let least = match change.direction() {
        Direction::Undecided => low.abs().max(high.abs()),
        Direction::Less | Direction::More => change.mean.abs().min(low.abs()).min(high.abs()),
    };
    let usual = unit.decimals.unwrap_or_else(|| decimals_for(size(change) / unit.size));
    let reads_alike = |a: f64, b: f64, decimals: usize| {
        a != b && number(a / unit.size, decimals) == number(b / unit.size, decimals)
    };
    let is_clear =
        |decimals: &usize| !reads_alike(least, 0.0, *decimals) && !reads_alike(low, high, *decimals);
    (usual..3).find(is_clear).unwrap_or(usual.max(3))
}

fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(mean: f64, interval: Option<[f64; 2]>) -> String {
        let interval = interval.map(|[low, high]| Interval { low, high });
        said(&Difference { mean, interval, bootstrap: None, pairs: 20 }, &LONGER, "warning")
    }

    #[test]
    fn what_is_the_same_in_every_run_is_said_to_be() {
        assert_eq!(warning(0.0, Some([0.0, 0.0])), "<li>warning: the same in every run</li>");
        assert_eq!(
            warning(4.0, Some([4.0, 4.0])),
            "<li>warning <b>4\u{a0}s</b> more <i>[in every run]</i></li>"
        );
        assert_eq!(warning(0.0, None), "<li>warning: the same in the one pair of runs there is</li>");
        assert!(
            warning(-3.0, None).contains("3\u{a0}s less in the one pair of runs there is, too few to tell")
        );
    }

    #[test]
    fn a_difference_that_is_told_never_reads_as_zero() {
        assert_eq!(
            warning(0.45, Some([0.1, 0.8])),
            "<li>warning <b>0.5\u{a0}s</b> more <i>[0.1, 0.8]</i></li>"
        );
        assert_eq!(
            warning(-12.0, Some([-20.0, -4.0])),
            "<li>warning <b>12\u{a0}s</b> less <i>[4, 20]</i></li>"
        );
        assert!(warning(7.0, Some([6.8, 7.2])).contains("<b>7.0\u{a0}s</b> more <i>[6.8, 7.2]</i>"));
        assert!(warning(0.1, Some([-0.2, 0.4])).contains("<i>[\u{2212}0.2, 0.4]</i> includes zero"));
        assert!(warning(2.0, Some([-1.0, 5.0])).contains("<i>[\u{2212}1, 5]</i> includes zero"));
    }
}
