//! Paired differences to the baseline with their intervals, one panel for each nation and measure.

use super::Page;
use super::html::{KILOMETRES, SECONDS, Table, Unit, escape, numbers};
use super::rows::{Form, Row, Rows};
use crate::statistics::{Difference, Direction};
use crate::summary::NodeRegime;
use std::fmt::Write;

/// One measure at one node.
struct Panel {
    title: String,
    unit: Unit,
    sides: [&'static str; 2],
    differences: Vec<(usize, Difference)>,
}

pub(super) fn render(page: &Page<'_>) -> String {
    let summary = page.summary;
    let mut text = format!(
        "<p>Mean difference to <b>{}</b>, run by run on the same flights, with its 95&nbsp;% interval. An interval that crosses \
         the line at zero is hollow: these {} runs cannot tell it from zero.</p>\n",
        escape(&summary.baseline),
        summary.runs,
    );
    for node in 0..summary.nodes.len() {
        let panels = panels(page, node);
        if panels.is_empty() {
            continue;
        }
        let _ = write!(text, "<h3>{}</h3><div class=\"cards\">", page.node_name(node));
        for panel in &panels {
            let _ = write!(
                text,
                "<figure class=\"card\"><figcaption data-html><span>{}</span></figcaption>{}</figure>",
                escape(&panel.title),
                draw(page, panel, node),
            );
        }
        text.push_str("</div>\n");
        text.push_str(&numbers(&table(page, node, &panels)));
    }
    text
}

fn panels(page: &Page<'_>, node: usize) -> Vec<Panel> {
    let summary = page.summary;
    let collect = |of: &dyn Fn(&NodeRegime) -> Option<Difference>| -> Vec<(usize, Difference)> {
        let cells =
            (0..summary.regimes.len()).filter_map(|regime| Some((regime, summary.cell(node, regime)?)));
        cells.filter_map(|(regime, cell)| Some((regime, of(cell)?))).collect()
    };
    let mut panels = vec![
        Panel {
            title: "Time until actionable, s (over all runs)".to_owned(),
            unit: SECONDS,
            sides: ["sooner", "later"],
            differences: collect(&|cell| cell.actionable_s?.against_baseline),
        },
        Panel {
            title: "Impact error 120 s after burnout, km (runs where both have a track)".to_owned(),
            unit: KILOMETRES,
            sides: ["nearer", "further off"],
            differences: collect(&|cell| cell.impact_at(120.0)?.error.given_estimate_m?.against_baseline),
        },
    ];
    if let Some(area) = summary.nodes[node].most_threatened_area.clone() {
        panels.push(Panel {
            title: format!("Warning lead for {area}, s (over all runs)"),
            unit: SECONDS,
            sides: ["less warning", "more warning"],
            differences: collect(&|cell| cell.area(&area)?.lead_s?.against_baseline),
        });
    }
    panels.retain(|panel| !panel.differences.is_empty());
    panels
}

fn draw(page: &Page<'_>, panel: &Panel, node: usize) -> String {
    let row = |(regime, difference): &(usize, Difference)| Row {
        slot: Some(page.slot(*regime)),
        name: page.summary.regimes[*regime].name.clone(),
        value: difference.mean,
        interval: difference.interval,
        is_told: difference.direction() != Direction::Undecided,
    };
    let rows = Rows {
        title: format!(
            "{}, difference to {}, {}",
            panel.title, page.summary.baseline, page.summary.nodes[node].name
        ),
        unit: panel.unit,
        form: Form::Dot,
        is_signed: true,
        sides: panel.sides,
        rows: panel.differences.iter().map(row).collect(),
    };
    rows.draw()
}

fn table(page: &Page<'_>, node: usize, panels: &[Panel]) -> Table {
    let header = |panel: &Panel| escape(&panel.title);
    let row = |regime: usize| {
        let cell = |panel: &Panel| {
            let found = panel.differences.iter().find(|(known, _)| *known == regime);
            found.map_or("\u{2013}".to_owned(), |(_, difference)| panel.unit.difference(difference))
        };
        (page.regime_label(regime), panels.iter().map(cell).collect())
    };
    let is_compared = |regime: &usize| {
        panels.iter().any(|panel| panel.differences.iter().any(|(known, _)| known == regime))
    };
    Table {
        caption: format!("{}: difference to {}", page.node_name(node), escape(&page.summary.baseline)),
        columns: ["Regime".to_owned()].into_iter().chain(panels.iter().map(header)).collect(),
        rows: (0..page.summary.regimes.len()).filter(is_compared).map(row).collect(),
    }
}
