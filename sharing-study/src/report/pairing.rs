//! What it gains that regimes are compared run by run, and where two kinds of interval disagree.

use super::Page;
use super::html::{Table, escape};
use super::tables::{columns, missing};
use crate::summary::{AFTER_BURNOUT_S, Pairing};
use crate::table;

pub(super) fn render(page: &Page<'_>) -> String {
    let mut text = format!(
        "<p>Each regime of a run sees the same flight and noise, so what they share cancels in their difference. Each cell: how \
         many times as many unpaired runs would give as narrow an interval of the impact error\u{2019}s difference to <b>{}</b>, and \
         below it what efficient estimators allow, (r\u{b2}\u{a0}+\u{a0}1)\u{a0}/\u{a0}|r\u{b2}\u{a0}\u{2212}\u{a0}1| with r the ratio of the RMS errors.</p>\n\
         <p>{}</p>\n<details class=\"all\"><summary><h3>Gains of pairing</h3></summary>",
        escape(&page.summary.baseline),
        escape(&table::disagreements(page.summary)),
    );
    for (node, summary) in page.summary.nodes.iter().enumerate() {
        let row = |after_s: &f64| {
            let cells: Vec<String> = summary
                .regimes
                .iter()
                .map(|regime| {
                    regime.impact_at(*after_s).and_then(|impact| impact.pairing).map_or(missing(), cell)
                })
                .collect();
            (format!("{after_s:.0}&nbsp;s"), cells)
        };
        let rows: Vec<(String, Vec<String>)> = AFTER_BURNOUT_S.iter().map(row).collect();
        let rows =
            rows.into_iter().filter(|(_, cells)| cells.iter().any(|cell| *cell != missing())).collect();
        let caption = format!("{}: impact error", page.node_name(node));
        text.push_str(&Table { caption, columns: columns(page, "After burnout"), rows }.render());
    }
    text + "</details>\n"
}

fn cell(pairing: Pairing) -> String {
    let times = |gain: f64| format!("\u{d7}\u{a0}{}", table::figures(gain));
    let gain = pairing.gain.map_or("the same".to_owned(), times);
    let allowed = pairing
        .efficient_gain
        .map_or(String::new(), |gain| format!("<span class=\"band\">allowed {}</span>", times(gain)));
    format!("<b>{gain}</b>{allowed}")
}
