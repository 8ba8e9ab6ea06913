//! What a run of peers says, for people and for programs.

use super::contest::{Contest, Goal, Outcome};
use fusion_core::dispatch::is_wide;
use serde_json::{Value, json};
use std::fmt::Write;

/// A figure with three digits that count.
fn short(figure: f64) -> String {
    match figure.abs() {
        size if size >= 1e5 => format!("{figure:.3e}"),
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}

fn goal_words(outcome: &Outcome) -> (String, &'static str) {
    let verdict = match outcome.is_met() {
        None => "",
        Some(true) => "met",
        Some(false) => "missed",
    };
    let words = match outcome.comparison.goal {
        Goal::AtMost(Some(target)) => format!("at most {target}"),
        Goal::AtLeast(Some(target)) => format!("at least {target}"),
        Goal::AtMost(None) | Goal::AtLeast(None) => String::new(),
    };
    (words, verdict)
}

/// The table, with a legend and who did not take part.
pub fn table(outcomes: &[Outcome], contest: &Contest) -> String {
    let mut rows = vec![
        ["topic", "case", "beside", "ours", "peer", "unit", "ratio [interval]", "target", ""]
            .map(str::to_owned),
    ];
    for outcome in outcomes {
        let comparison = &outcome.comparison;
        let sign = if matches!(comparison.goal, Goal::AtMost(_)) { "x its time" } else { "x as fast" };
        let ratio = &outcome.ratio;
        let (target, verdict) = goal_words(outcome);
        rows.push([
            comparison.topic.to_owned(),
            comparison.case.clone(),
            comparison.peer.to_owned(),
            short(outcome.ours.1),
            short(outcome.peer.1),
            comparison.unit.to_owned(),
            format!("{} [{}, {}] {sign}", short(ratio.median), short(ratio.low), short(ratio.high)),
            target,
            verdict.to_owned(),
        ]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 9] = std::array::from_fn(width);
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            // Writing to a `String` cannot fail.
            let _ = if (3..5).contains(&column) {
                write!(line, "{cell:>width$}  ")
            } else {
                write!(line, "{cell:width$}  ")
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push('\n');
    for outcome in outcomes {
        let comparison = &outcome.comparison;
        let _ = write!(
            text,
            "{}, {} beside {}: {} | {}",
            comparison.topic, comparison.case, comparison.peer, outcome.ours.0, outcome.peer.0
        );
        if let Some(agreement) = comparison.agreement {
            let _ = write!(text, "; results agree to {:.1e}", agreement.worst);
        }
        let separator = if comparison.note.is_empty() { "" } else { "; " };
        let _ = writeln!(text, "{separator}{}", comparison.note);
    }
    for (who, why) in contest.skipped() {
        let _ = writeln!(text, "not there: {who}: {why}");
    }
    text
}

/// The same for programs, and what the machine was like.
pub fn to_json(outcomes: &[Outcome], contest: &Contest, rounds: usize) -> Value {
    let comparison = |outcome: &Outcome| {
        let about = &outcome.comparison;
        let (direction, target) = match about.goal {
            Goal::AtMost(target) => ("ours over peer, at most", target),
            Goal::AtLeast(target) => ("peer over ours, at least", target),
        };
        json!({
            "topic": about.topic,
            "peer": about.peer,
            "case": about.case,
            "unit": about.unit,
            "ours": { "form": outcome.ours.0, "median": outcome.ours.1 },
            "theirs": { "form": outcome.peer.0, "median": outcome.peer.1 },
            "ratio": {
                "direction": direction,
                "median": outcome.ratio.median,
                "low": outcome.ratio.low,
                "high": outcome.ratio.high,
                "confidence": outcome.ratio.confidence,
            },
            "target": target,
            "is_met": outcome.is_met(),
            "agreement": about.agreement.map(|agreement| json!({
                "worst_relative_difference": agreement.worst,
                "tolerance": agreement.tolerance,
            })),
            "note": about.note,
        })
    };
    let skipped = contest.skipped().iter().map(|(who, why)| json!({ "who": who, "why": why }));
    json!({
        "machine": machine(),
        "rounds": rounds,
        "comparisons": outcomes.iter().map(comparison).collect::<Vec<_>>(),
        "skipped": skipped.collect::<Vec<_>>(),
    })
}

/// Processor, how many of them, and how busy they are: what is known of it.
pub fn machine() -> Value {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|parts| parts.1));
    let load: Vec<f64> =
        read("/proc/loadavg").split(' ').take(3).filter_map(|word| word.parse().ok()).collect();
    json!({
        "processor": model,
        "processors": std::thread::available_parallelism().map(usize::from).ok(),
        "load_averages": load,
        "blocks_use": if is_wide() { "AVX2" } else { "portable instructions" },
    })
}
