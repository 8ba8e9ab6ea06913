//! The plain-text table of a comparison: one block for each receiving nation, one line for each regime.

mod appendix;

use crate::regimes::{SILOED, WHAT_IF};
use crate::statistics::{Difference, Direction};
use crate::summary::{Consistency, ErrorMeasure, NodeRegime, NodeSummary, Summary, TimeMeasure};
use std::fmt::Write;

pub use appendix::appendix;
pub(crate) use appendix::{disagreements, figures};

/// Characters that a line never exceeds.
pub const WIDTH: usize = 110;

/// Widest name of a regime; longer ones are cut.
const NAME: usize = 14;

/// Two lines of heading and a width.
type Column = (&'static str, &'static str, usize);

/// Columns after the name.
const COLUMNS: [Column; 9] = [
    ("confirmed", "at, s", 9),
    ("actionable", "at, s", 10),
    ("error, km", "burnout+30 s", 13),
    ("bound,", "km", 7),
    ("change at +30 s,", "km [95 % interval]", 22),
    ("error, km", "+120 s", 9),
    ("warning", "lead, s", 7),
    ("count", "flown", 5),
    ("NEES", "", 5),
];

/// Seconds after burnout of the error that is compared, and of the later one beside it.
const EARLY_S: f64 = 30.0;
const LATE_S: f64 = 120.0;

/// The whole table, as `vantage compare` prints it; ends with a line break.
#[must_use]
pub fn render(summary: &Summary) -> String {
    let mut text = String::new();
    let runs = if summary.runs == 1 { "1 run".to_owned() } else { format!("{} runs", summary.runs) };
    push(&mut text, &format!("{} - {runs}, seed {}", summary.title, summary.seed));
    let times = format!(
        "burnout {:.0} s, impact {:.0} s after launch; changes are paired with {}",
        summary.burnout_s, summary.impact_s, summary.baseline
    );
    push(&mut text, &times);
    for node in &summary.nodes {
        text.push('\n');
        block(&mut text, summary, node);
    }
    text.push('\n');
    legend(&mut text, summary);
    text
}

/// Adds a line, folded at the width.
fn push(text: &mut String, line: &str) {
    let mut used = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > WIDTH {
            text.push_str("\n  ");
            used = 2;
        } else if used > 0 {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += length;
    }
    text.push('\n');
}

fn block(text: &mut String, summary: &Summary, node: &NodeSummary) {
    let area = match &node.most_threatened_area {
        Some(name) => format!(" - warning lead for {name}"),
        None => " - answers for no threatened area".to_owned(),
    };
    push(text, &format!("Received by {}{area}", node.name));
    let headings: [fn(&Column) -> &'static str; 2] = [|column| column.0, |column| column.1];
    for heading in headings {
        let mut line = format!("{:NAME$}", "");
        for column in &COLUMNS {
            let _ = write!(line, " {:>width$}", heading(column), width = column.2);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    for regime in &node.regimes {
        let cells = cells(summary, node, regime);
        let mut line = format!("{:NAME$}", shortened(&mark(&regime.regime)));
        for (cell, column) in cells.iter().zip(COLUMNS) {
            let _ = write!(line, " {cell:>width$}", width = column.2);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    against_siloed(text, node);
}

/// What each regime changes against no sharing at all, in a sentence.
fn against_siloed(text: &mut String, node: &NodeSummary) {
    let changes: Vec<String> = node
        .regimes
        .iter()
        .filter_map(|regime| {
            let measure = regime.impact_at(EARLY_S)?.error.given_estimate_m?;
            let difference = measure.against_siloed?;
            let change = change_km(&difference);
            Some(format!("{} {} in {} pairs", mark(&regime.regime), change.trim_start(), difference.pairs))
        })
        .collect();
    if !changes.is_empty() {
        push(text, &format!("Error at +{EARLY_S:.0} s against {SILOED}, km: {}", changes.join("; ")));
    }
}

fn mark(name: &str) -> String {
    if name == WHAT_IF { format!("{name}*") } else { name.to_owned() }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['~']).collect()
}

fn cells(summary: &Summary, node: &NodeSummary, regime: &NodeRegime) -> [String; 9] {
    let at = |after_s: f64| regime.impact_at(after_s).map(|impact| &impact.error);
    let bound_m = regime.impact_at(EARLY_S).and_then(|impact| impact.bound_rms_m);
    let change = match at(EARLY_S).and_then(|error| error.given_estimate_m) {
        _ if regime.regime == summary.baseline => "baseline".to_owned(),
        Some(measure) => measure.against_baseline.as_ref().map_or("-".to_owned(), change_km),
        None => "-".to_owned(),
    };
    let lead = node.most_threatened_area.as_deref().and_then(|name| regime.area(name)?.lead_s);
    let counted = regime
        .missiles
        .map_or("-".to_owned(), |missiles| format!("{:.1}/{:.0}", missiles.so_far.mean, missiles.flown_mean));
    [
        time(regime.confirmed_s.as_ref()),
        time(regime.actionable_s.as_ref()),
        error_km(at(EARLY_S)),
        bound_m.map_or("-".to_owned(), |bound_m| on_the_point(&kilometres(bound_m))),
        change,
        at(LATE_S)
            .and_then(|error| error.given_estimate_m)
            .map_or("-".to_owned(), |measure| on_the_point(&kilometres(measure.mean))),
        lead.map_or("-".to_owned(), |lead| format!("{:.0}", lead.mean)),
        counted,
        verdict(regime.nees.verdict).to_owned(),
    ]
}

/// The restricted mean, with how often the time came where that was not always.
fn time(measure: Option<&TimeMeasure>) -> String {
    match measure.map(|measure| measure.restricted) {
        None => "-".to_owned(),
        Some(time) if time.never_fraction >= 1.0 => "never".to_owned(),
        Some(time) if time.never_fraction > 0.0 => {
            format!("{:.0} {:>3}%", time.mean_s, percent(1.0 - time.never_fraction))
        }
        Some(time) => format!("{:.0}     ", time.mean_s),
    }
}

/// Whole percent that says 100 or 0 only where it is.
fn percent(share: f64) -> String {
    let rounded = (100.0 * share).round();
    let kept = if share < 1.0 { rounded.min(99.0) } else { rounded };
    format!("{:.0}", if share > 0.0 { kept.max(1.0) } else { kept })
}

/// Mean over the runs with an estimate, and their share.
fn error_km(error: Option<&ErrorMeasure>) -> String {
    let Some(error) = error else { return "-".to_owned() };
    let share = percent(error.with_estimate.share);
    match error.given_estimate_m {
        Some(measure) => format!("{} {share:>3}%", on_the_point(&kilometres(measure.mean))),
        None => format!("-     {share:>3}%"),
    }
}

/// Pads to three decimals with spaces, so that decimal points stand under one another.
fn on_the_point(number: &str) -> String {
    let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len() + 1);
    format!("{number}{:width$}", "", width = 4_usize.saturating_sub(decimals))
}

/// Kilometres with about three figures.
fn kilometres(metres: f64) -> String {
    let size = metres.abs();
    match size {
        size if size >= 99_950.0 => format!("{:.0}", metres / 1e3),
        size if size >= 9_995.0 => format!("{:.1}", metres / 1e3),
        size if size >= 999.5 => format!("{:.2}", metres / 1e3),
        _ => format!("{:.3}", metres / 1e3),
    }
}

/// Mean and interval to the decimals of the larger, so that they can be compared; `~` where zero lies inside.
fn change_km(difference: &Difference) -> String {
    let Some(interval) = difference.interval else {
        return format!("{} [1 run]", kilometres(difference.mean));
    };
    let size = difference.mean.abs().max(interval.low.abs()).max(interval.high.abs());
    let decimals = match size {
        size if size >= 99_950.0 => 0,
        size if size >= 9_995.0 => 1,
        size if size >= 999.5 => 2,
        _ => 3,
    };
    let one = |metres: f64| format!("{:+.decimals$}", metres / 1e3);
    let mark = if difference.direction() == Direction::Undecided { "~" } else { " " };
    format!("{}{mark}[{},{}]", one(difference.mean), one(interval.low), one(interval.high))
}

fn verdict(verdict: Consistency) -> &'static str {
    match verdict {
        Consistency::Consistent => "ok",
        Consistency::Overconfident => "OVER",
        Consistency::Cautious => "under",
        Consistency::TooFewRuns => "few",
    }
}

fn legend(text: &mut String, summary: &Summary) {
    let lines = [
        "Times are means over all runs; one that never came counts as the time of impact, and a share beside it says in \
         how many runs it came. Impact errors are means over the runs with a confirmed track that has an impact point; the \
         share of such runs stands beside them, and a mean over few runs is a mean over the easy ones."
            .to_owned(),
        format!(
            "Change: mean difference to {}, run by run where both have a track, with its 95 % t interval; negative is nearer. \
             ~ the interval includes zero: these runs cannot tell it from zero.",
            summary.baseline
        ),
        "Bound: the least root mean square error that the sensors heard from allow (posterior Cramer-Rao). Errors here are \
         means, which lie some 10 to 20 % below their root mean square."
            .to_owned(),
        "Lead: from the alert to the overflight or impact; an alert too late or never counts as zero. Actionable: the 95 % \
         ellipse is small enough to act on (the scenario says how small)."
            .to_owned(),
        "NEES while coasting: ok, covariances tell the truth; OVER, overconfident: errors are larger than claimed; under, \
         cautious: errors are smaller than claimed; few, no verdict: no band, or a track in fewer than half of the runs."
            .to_owned(),
        "Everything is notional. Latencies, release probabilities and sensor figures are assumptions: none is published."
            .to_owned(),
    ];
    for line in lines {
        push(text, &line);
    }
    if summary.regime_index(WHAT_IF).is_some() {
        let what_if = format!(
            "* {WHAT_IF} is a what-if: officials have said that real-time missile defence did not rely on GSOMIA."
        );
        push(text, &what_if);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Interval;

    #[test]
    fn numbers_keep_about_three_figures() {
        for (metres, expected) in [
            (0.4, "0.000"),
            (31.0, "0.031"),
            (999.4, "0.999"),
            (1_234.0, "1.23"),
            (-12_345.0, "-12.3"),
            (234_567.0, "235"),
        ] {
            assert_eq!(kilometres(metres), expected);
        }
    }

    #[test]
    fn shares_say_all_or_none_only_where_it_is() {
        assert_eq!(
            ["0", "1", "50", "99", "100"],
            [0.0, 0.001, 0.5, 0.999, 1.0].map(percent).each_ref().map(String::as_str)
        );
    }

    #[test]
    fn a_change_that_may_be_zero_is_marked() {
        let change = |low, high| Difference {
            mean: 0.5 * (low + high),
            interval: Some(Interval { low, high }),
            bootstrap: None,
            pairs: 20,
        };
        assert_eq!(change_km(&change(-1400.0, -1000.0)), "-1.20 [-1.40,-1.00]");
        assert_eq!(change_km(&change(-400.0, 300.0)), "-0.050~[-0.400,+0.300]");
        assert_eq!(change_km(&Difference { interval: None, ..change(-2.0, 2.0) }), "0.000 [1 run]");
    }

    #[test]
    fn a_long_line_is_folded() {
        let mut text = String::new();
        push(&mut text, &"word ".repeat(60));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        assert_eq!(text.matches("word").count(), 60);
    }
}
