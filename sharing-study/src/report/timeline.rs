//! What was known when: one strip for each nation and regime. The strips are as wide as the page and their text stays as
//! large, because places along them are percentages.

use super::Page;
use super::html::{Table, escape, numbers, percent};
use super::svg::{Kind, Scale};
use crate::statistics::mean;
use crate::summary::{NodeRegime, TimeMeasure};
use std::fmt::Write;

/// Shares of the strip that the flight takes, percent.
const PLACES: [f64; 2] = [1.0, 99.0];

pub(super) fn render(page: &Page<'_>) -> String {
    let mut text = String::from(
        "<p>Means over runs, a time that never came counted as impact<span data-html>; faint where it came in fewer than half of the runs</span>.</p>\
         <ul class=\"signs\" data-html aria-label=\"Signs\">",
    );
    for (sign, words) in [
        (Sign::First, "first track"),
        (Sign::Confirmed, "confirmed"),
        (Sign::Actionable, "actionable"),
        (Sign::Alert, "alert, numbered by area"),
        (Sign::Reached, "area reached"),
        (Sign::Burnout, "burnout"),
    ] {
        let _ = write!(
            text,
            "<li><svg viewBox=\"-9 -9 18 18\" aria-hidden=\"true\">{}</svg>{words}</li>",
            sign.shape()
        );
    }
    text.push_str("</ul>\n");
    for node in 0..page.summary.nodes.len() {
        text.push_str(&node_strips(page, node));
    }
    text
}

/// What happens on a strip.
#[derive(Clone, Copy)]
enum Sign {
    First,
    Confirmed,
    Actionable,
    Alert,
    Reached,
    Burnout,
}

impl Sign {
    fn shape(self) -> &'static str {
        match self {
            Sign::First => "<circle class=\"sign hollow\" r=\"5\"/>",
            Sign::Confirmed => "<circle class=\"sign\" r=\"5\"/>",
            Sign::Actionable => "<path class=\"sign\" d=\"M0-7L7 0L0 7L-7 0Z\"/>",
            Sign::Alert => "<path class=\"sign alert\" d=\"M0-7L7 6H-7Z\"/>",
            Sign::Reached => "<path class=\"reach\" d=\"M0-9V9\"/>",
            Sign::Burnout => "<path class=\"event\" d=\"M0-9V9\"/>",
        }
    }
}

struct Event {
    sign: Sign,
    time_s: f64,
    faint: bool,
    words: String,
    number: Option<usize>,
}

fn node_strips(page: &Page<'_>, node: usize) -> String {
    let summary = page.summary;
    let time = Scale { kind: Kind::Linear, values: [0.0, summary.impact_s.max(1.0)], places: PLACES };
    let mut text = format!("<h3>{}</h3><div class=\"strips\" data-html>", page.node_name(node));
    if let Some(areas) = summary.cell(node, 0).map(|cell| &cell.areas).filter(|areas| !areas.is_empty()) {
        let names: Vec<String> = areas
            .iter()
            .enumerate()
            .map(|(index, area)| match area.reached_s {
                Some(reached) => {
                    format!("{} {} (reached {reached:.0}\u{a0}s)", index + 1, escape(&area.name))
                }
                None => format!("{} {} (not threatened)", index + 1, escape(&area.name)),
            })
            .collect();
        let _ = write!(text, "<p class=\"quiet\">Areas: {}</p>", names.join(", "));
    }
    for regime in 0..summary.regimes.len() {
        let Some(cell) = summary.cell(node, regime) else { continue };
        let _ = write!(
            text,
            "<div class=\"strip rg r{}\"><span class=\"who\">{}</span>{}</div>",
            page.slot(regime),
            page.regime_label(regime),
            strip(page, node, regime, cell, &time),
        );
    }
    let _ = writeln!(text, "<div class=\"strip ticks\"><span></span>{}</div></div>", axis(&time));
    let row = |regime: usize| {
        let events = events(page, node, regime, summary.cell(node, regime)?);
        let words: Vec<String> = events.iter().map(|event| escape(&event.words)).collect();
        Some((page.regime_label(regime), vec![words.join("; ")]))
    };
    text + &numbers(&Table {
        caption: format!("{}: what was known when", page.node_name(node)),
        columns: ["Regime", "Mean seconds after launch"].map(str::to_owned).to_vec(),
        rows: (0..summary.regimes.len()).filter_map(row).collect(),
    })
}

fn strip(page: &Page<'_>, node: usize, regime: usize, cell: &NodeRegime, time: &Scale) -> String {
    let events = events(page, node, regime, cell);
    let mut text = String::from("<svg class=\"fluid\" width=\"100%\" height=\"34\" role=\"img\">");
    let words: Vec<&str> = events.iter().map(|event| event.words.as_str()).collect();
    let _ = write!(text, "<title>{}</title>", escape(&words.join("; ")));
    let from = events.first().map_or(PLACES[1], |event| time.place(event.time_s));
    let _ = write!(
        text,
        "<line class=\"rail\" x1=\"{:.1}%\" x2=\"{:.1}%\" y1=\"21\" y2=\"21\"/>",
        PLACES[0], PLACES[1]
    );
    let _ = write!(
        text,
        "<line class=\"known\" x1=\"{from:.1}%\" x2=\"{:.1}%\" y1=\"21\" y2=\"21\"/>",
        PLACES[1]
    );
    let burnout = time.place(page.summary.burnout_s);
    let _ =
        write!(text, "<line class=\"event\" x1=\"{burnout:.1}%\" x2=\"{burnout:.1}%\" y1=\"6\" y2=\"34\"/>");
    for event in &events {
        let faint = if event.faint { " faint" } else { "" };
        let _ = write!(
            text,
            "<svg x=\"{:.2}%\" y=\"21\" overflow=\"visible\"><g class=\"at{faint}\"><title>{}</title>{}",
            time.place(event.time_s),
            escape(&event.words),
            event.sign.shape(),
        );
        if let Some(number) = event.number {
            // Neighbouring areas are alerted at nearly the same time: odd numbers stand left of their sign, even ones right.
            let (x, anchor) = if number % 2 == 1 { (-4, "end") } else { (4, "start") };
            let _ = write!(
                text,
                "<text class=\"tick\" x=\"{x}\" y=\"-7\" text-anchor=\"{anchor}\">{number}</text>"
            );
        }
        text.push_str("</g></svg>");
    }
    text.push_str("</svg>");
    text
}

fn events(page: &Page<'_>, node: usize, regime: usize, cell: &NodeRegime) -> Vec<Event> {
    let mut events = Vec::new();
    let mut time = |sign: Sign, words: &str, measure: Option<&TimeMeasure>| {
        let Some(restricted) = measure.map(|measure| measure.restricted) else { return };
        if restricted.never_fraction < 1.0 {
            let came = percent(1.0 - restricted.never_fraction);
            events.push(Event {
                sign,
                time_s: restricted.mean_s,
                faint: restricted.never_fraction > 0.5,
                words: format!("{words} {:.0} s, in {came} of runs", restricted.mean_s),
                number: None,
            });
        }
    };
    time(Sign::First, "first track", cell.first_track_s.as_ref());
    time(Sign::Confirmed, "confirmed", cell.confirmed_s.as_ref());
    time(Sign::Actionable, "actionable", cell.actionable_s.as_ref());
    for (number, area) in cell.areas.iter().enumerate() {
        let Some(index) = page.study.description.areas.iter().position(|known| known.name == area.name)
        else {
            continue;
        };
        let alerts: Vec<f64> = page
            .rows(node, regime)
            .filter_map(|row| row.areas.get(index))
            .filter(|outcome| outcome.threatened)
            .filter_map(|outcome| outcome.alerted_s)
            .collect();
        if let Some(reached_s) = area.reached_s {
            let words = format!("{} reached {reached_s:.0} s", area.name);
            events.push(Event {
                sign: Sign::Reached,
                time_s: reached_s,
                faint: false,
                words,
                number: Some(number + 1),
            });
        }
        if let (Some(alerted_s), Some(share)) = (mean(&alerts), area.alerted) {
            let words = format!(
                "{} alerted {alerted_s:.0} s, in {} of the runs that threaten it",
                area.name,
                percent(share.share)
            );
            events.push(Event {
                sign: Sign::Alert,
                time_s: alerted_s,
                faint: share.share < 0.5,
                words,
                number: Some(number + 1),
            });
        }
    }
    events
}

fn axis(time: &Scale) -> String {
    let mut text = String::from("<svg class=\"fluid\" width=\"100%\" height=\"20\" aria-hidden=\"true\">");
    for tick in time.ticks(6) {
        let x = time.place(tick);
        let anchor = if x < 5.0 { "start" } else { "middle" };
        let _ = write!(
            text,
            "<text class=\"tick\" x=\"{x:.1}%\" y=\"14\" text-anchor=\"{anchor}\">{tick:.0}&#160;s</text>"
        );
    }
    text.push_str("</svg>");
    text
}
