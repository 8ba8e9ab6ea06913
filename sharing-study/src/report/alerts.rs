//! Which areas have been alerted at a chosen time in the first run: on the map and in a list beside it.

use super::Page;
use super::html::escape;
use std::fmt::Write;

/// Seconds from launch to the alert of an area, in the first run.
pub(super) fn alerted_s(page: &Page<'_>, node: usize, regime: usize, area: usize) -> Option<f64> {
    page.rows(node, regime).find(|row| row.run == 0)?.areas.get(area)?.alerted_s
}

/// Whether a node answers for an area.
fn answers_for(page: &Page<'_>, node: usize, area: usize) -> bool {
    let areas = &page.study.description.areas;
    areas.get(area).is_some_and(|area| area.warned_by.iter().any(|id| usize::from(id.0) == node))
}

/// The area's class at a time: whether the node has alerted it under any regime.
pub(super) fn class(page: &Page<'_>, node: usize, area: usize, time_s: f64) -> &'static str {
    let is_alerted = |regime| alerted_s(page, node, regime, area).is_some_and(|alerted| alerted <= time_s);
    if answers_for(page, node, area) && (0..page.summary.regimes.len()).any(is_alerted) {
        "area alerted"
    } else {
        "area"
    }
}

/// For the script: seconds by node, regime and area, `null` for never, and whether a node answers for an area.
pub(super) fn json(page: &Page<'_>) -> String {
    let areas = 0..page.study.description.areas.len();
    let joined = |items: Vec<String>| format!("[{}]", items.join(","));
    let nodes = 0..page.summary.nodes.len();
    let times = nodes.clone().map(|node| {
        let regimes = (0..page.summary.regimes.len()).map(|regime| {
            let time = |area| {
                alerted_s(page, node, regime, area).map_or("null".to_owned(), |time| format!("{time:.1}"))
            };
            joined(areas.clone().map(time).collect())
        });
        joined(regimes.collect())
    });
    let duty = nodes.clone().map(|node| {
        joined(areas.clone().map(|area| u8::from(answers_for(page, node, area)).to_string()).collect())
    });
    format!("\"alerted\":{},\"answers\":{}", joined(times.collect()), joined(duty.collect()))
}

/// The list: for each area the regimes that have alerted it.
pub(super) fn list(page: &Page<'_>, node: usize, time_s: f64) -> String {
    let mut text = String::from(
        "<div data-html><p class=\"quiet\">Areas alerted by now, with the regimes and the seconds from launch to the alert:</p><ul class=\"alerts\">",
    );
    for (index, area) in page.study.description.areas.iter().enumerate() {
        let hidden = |is_hidden: bool| if is_hidden { " hidden" } else { "" };
        let reached = page
            .study
            .outcomes
            .iter()
            .find(|row| row.run == 0)
            .and_then(|row| row.areas.get(index)?.reached_s);
        let reached = reached.map_or("not threatened".to_owned(), |time| format!("reached {time:.0}&nbsp;s"));
        let _ = write!(
            text,
            "<li data-area=\"{index}\"{}><span>{} <span class=\"quiet\">{reached}</span></span> <span class=\"by\">",
            hidden(!answers_for(page, node, index)),
            escape(&area.name),
        );
        let mut any = false;
        for regime in 0..page.summary.regimes.len() {
            let time = alerted_s(page, node, regime, index);
            let is_alerted = time.is_some_and(|time| time <= time_s);
            any |= is_alerted;
            let _ = write!(
                text,
                "<span class=\"rg r{}\" data-by=\"{regime}\"{}>{} <span data-since>{}</span></span> ",
                page.slot(regime),
                hidden(!is_alerted),
                page.regime_label(regime),
                time.filter(|_| is_alerted).map_or(String::new(), |time| format!("{time:.0}&nbsp;s")),
            );
        }
        let _ = write!(text, "<span class=\"none\"{}>no alert yet</span></span></li>", hidden(any));
    }
    text + "</ul></div>"
}
