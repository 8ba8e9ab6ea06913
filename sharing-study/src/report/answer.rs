//! The answer in plain words, from the numbers.

use super::Page;
use super::html::{KILOMETRES, SECONDS, Unit, display_name, escape, size};
use crate::regimes::{SILOED, WHAT_IF};
use crate::statistics::{Difference, Direction, Interval};
use crate::summary::{NodeRegime, NodeSummary};
use std::fmt::Write;

/// The arrangement that headlines speak of, when it was studied.
const HEADLINE: &str = "realtime-2023";

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
        "<div class=\"answer\"><p>How much warning does sharing give, and how much of it survives the way it is shared? Under \
         <b>{}</b>{what_if}, over {} runs, with 95&nbsp;% intervals in brackets:</p><div class=\"cards\">",
        escape(name),
        page.summary.runs,
    );
    for (node, summary) in page.summary.nodes.iter().enumerate() {
        if let Some(cell) = page.summary.cell(node, regime) {
            let _ = write!(text, "<div class=\"card\">{}</div>", paragraph(page, summary, cell));
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
    let unit = words.unit;
    let decimals = size(change);
    let bracket = |interval: Option<Interval>| match interval {
        None => "<i>[one pair only]</i>".to_owned(),
        Some(interval) if interval.low == interval.high => "<i>[in every run]</i>".to_owned(),
        Some(interval) => format!("<i>{}</i>", unit.interval(interval, decimals)),
    };
    let turned = |interval: Interval| Interval { low: -interval.high, high: -interval.low };
    let by = unit.with_name(change.mean.abs());
    let said = match change.direction() {
        Direction::Less => {
            format!("{what} <b>{by}</b> {} {}", words.less, bracket(change.interval.map(turned)))
        }
        Direction::More => format!("{what} <b>{by}</b> {} {}", words.more, bracket(change.interval)),
        Direction::Undecided => {
            let interval = bracket(change.interval);
            format!("{what}: no difference that these runs can show, the interval {interval} includes zero")
        }
    };
    format!("<li>{said}</li>")
}

fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
