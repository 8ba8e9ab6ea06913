//! Warning lead of each threatened area under each regime.

use super::Page;
use super::html::{SECONDS, escape, is_wide, percent};
use super::rows::{Form, Row, Rows};
use std::fmt::Write;

pub(super) fn render(page: &Page<'_>) -> String {
    let mut cards = String::new();
    for (node, summary) in page.summary.nodes.iter().enumerate() {
        let Some(first) = summary.regimes.first() else { continue };
        for area in first.areas.iter().filter(|area| area.threatened.share > 0.0) {
            let reached =
                area.reached_s.map_or(String::new(), |reached| format!(", reached {reached:.0}&nbsp;s"));
            let threat = format!("threatened in {} of runs{reached}", percent(area.threatened.share));
            let _ = writeln!(
                cards,
                "<figure class=\"card\"><figcaption><h3>{}</h3><span>warned by {}; {threat}</span></figcaption>{}</figure>",
                escape(&area.name),
                page.node_name(node),
                draw(page, node, &area.name),
            );
        }
    }
    if cards.is_empty() {
        return "<p>No area of this scenario is threatened.</p>\n".to_owned();
    }
    format!(
        "<p data-html>Warning lead in seconds, with its 95&nbsp;% interval.</p>\n<div class=\"cards\" data-html>\n{cards}</div>\n"
    )
}

fn draw(page: &Page<'_>, node: usize, area: &str) -> String {
    let row = |regime: usize| {
        let lead = page.summary.cell(node, regime)?.area(area)?.lead_s?;
        Some(Row {
            slot: Some(page.slot(regime)),
            name: page.summary.regimes[regime].name.clone(),
            value: lead.mean,
            interval: lead.interval.filter(|interval| is_wide(*interval)),
            is_told: lead.mean > 0.0,
        })
    };
    let rows = Rows {
        title: format!("Warning lead for {area}, s, warned by {}", page.summary.nodes[node].name),
        unit: SECONDS,
        form: Form::Dot,
        is_signed: false,
        sides: ["", ""],
        rows: (0..page.summary.regimes.len()).filter_map(row).collect(),
    };
    rows.draw()
}
