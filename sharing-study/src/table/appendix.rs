//! What stands below a study's table: what the pairing did, and where two kinds of interval disagree.

use super::{EARLY_S, mark, push};
use crate::summary::{NodeSummary, Pairing, Summary};

/// Disagreements that are named; the summary has all.
const NAMED: usize = 5;

/// Runs below which a bootstrap interval is known to be too narrow.
const FEW_RUNS: u32 = 10;

/// Two paragraphs on how the differences were found; ends with a line break.
#[must_use]
pub fn appendix(summary: &Summary) -> String {
    let mut text = String::new();
    push(
        &mut text,
        &format!(
            "Pairing: how many times as many runs it would take without it for as narrow an interval of the change of \
             the impact error at +{EARLY_S:.0} s; in brackets what efficient estimators allow, (r^2 + 1) / |r^2 - 1| with r the \
             ratio of the RMS errors."
        ),
    );
    for node in &summary.nodes {
        push(&mut text, &format!("  {}: {}", node.name, gains(node)));
    }
    push(&mut text, &disagreements(summary));
    text
}

fn gains(node: &NodeSummary) -> String {
    let gain = |pairing: &Pairing| {
        let gain =
            pairing.gain.map_or("the same in every run".to_owned(), |gain| format!("x{}", figures(gain)));
        let allowed = pairing.efficient_gain.map_or(String::new(), |gain| format!(" (x{})", figures(gain)));
        gain + &allowed
    };
    let each = node.regimes.iter().filter_map(|regime| {
        let pairing = regime.impact_at(EARLY_S)?.pairing?;
        Some(format!("{} {}", mark(&regime.regime), gain(&pairing)))
    });
    let words = each.collect::<Vec<_>>().join("; ");
    if words.is_empty() { "no pairs".to_owned() } else { words }
}

/// About two figures.
pub(crate) fn figures(gain: f64) -> String {
    if gain < 9.95 { format!("{gain:.1}") } else { format!("{gain:.0}") }
}

/// In words, where Student's t and the bootstrap do not say the same.
pub(crate) fn disagreements(summary: &Summary) -> String {
    let all = &summary.disagreements;
    if all.found.is_empty() {
        return format!(
            "Student's t and the bootstrap agree on all {} differences whether zero lies within their intervals.",
            all.compared
        );
    }
    let named = all.found.iter().take(NAMED).map(|one| {
        let reference = if one.is_to_baseline { Some(&summary.baseline) } else { summary.siloed.as_ref() };
        let reference = reference.map_or("", String::as_str);
        format!("{} of {} at {} against {reference}", one.measure, one.regime, one.node)
    });
    let named = named.collect::<Vec<_>>().join("; ");
    let few = match summary.runs < FEW_RUNS {
        true => " The bootstrap is too narrow with so few runs.",
        false => "",
    };
    let more = if all.found.len() > NAMED { "; all are in the summary" } else { "" };
    format!(
        "Student's t and the bootstrap disagree on {} of {} differences whether zero lies within their intervals, and these are \
         to be read as undecided: {named}{more}.{few}",
        all.found.len(),
        all.compared
    )
}
