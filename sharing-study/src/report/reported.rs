//! What was publicly reported of the event, beside the model: times after launch, with their rounding.

use super::Page;
use super::html::{Table, display_name, escape, number, percent, signed};
use super::tables::{columns, missing};
use crate::summary::{AlertBeside, NodeRegime, ReportedSummary, TimeMeasure, Verdict, overflight};
use sensor_sim::scenario::{ReportedEvent, What};
use std::fmt::Write;

pub(super) fn render(page: &Page<'_>, reported: &ReportedSummary) -> String {
    let mut text = format!(
        "<p>Announced times stand beside the model's. An announced delay counts between two rounded times, so it may be off by \
         the rounding of both (\u{b1}); a difference within that is none. <b>What may be compared:</b> launch to overflight and to \
         impact are the flight's alone, and tell how near the scenario's flight is to the real one. <b>What may not:</b> an \
         announced alert came from real sensors, procedures and people who decided; the model's comes from notional sensors, \
         a rule, and {}&nbsp;s from the rule to the people. The difference of the two is not the time that anybody took, and \
         does not say what sharing would have changed that day. First and confirmed tracks and the first detection are of \
         other things under like names; notices, corrections and what was said after the flight have nothing beside them in \
         the model.</p>\n",
        number(reported.dissemination_s, 0),
    );
    for (node, summary) in page.summary.nodes.iter().enumerate() {
        let areas = areas(reported, &summary.name);
        if !areas.is_empty() {
            text.push_str(&words(page, node, reported, &areas));
            text.push_str(&table(page, node, reported, &areas));
        }
    }
    if reported.alerts.is_empty() {
        text.push_str("<p>No alert of an area of this scenario was announced.</p>\n");
        text.push_str(&timeline_alone(reported));
    }
    text.push_str(&counts(page, reported));
    text.push_str(&sources(reported));
    text
}

/// The areas for which a node has an announced alert, each once.
fn areas<'r>(reported: &'r ReportedSummary, node: &str) -> Vec<&'r str> {
    let mut found: Vec<&str> = Vec::new();
    for beside in reported.alerts.iter().filter(|beside| beside.node == node) {
        if !found.contains(&beside.area.as_str()) {
            found.push(&beside.area);
        }
    }
    found
}

/// Seconds after launch, a span as such, and how far they may be off.
fn span([from_s, until_s]: [f64; 2], half_width_s: f64) -> String {
    let time = if from_s == until_s {
        number(from_s, 0)
    } else {
        format!("{} to {}", number(from_s, 0), number(until_s, 0))
    };
    let rounding = if half_width_s > 0.0 { format!(" \u{b1}\u{a0}{half_width_s:.0}") } else { String::new() };
    format!("{time}{rounding}\u{a0}s")
}

/// For each area one sentence for each verdict, with the regimes of which it is true.
fn words(page: &Page<'_>, node: usize, reported: &ReportedSummary, areas: &[&str]) -> String {
    let name = &page.summary.nodes[node].name;
    let mut text = String::from("<ul>");
    for area in areas {
        let of_area: Vec<&AlertBeside> =
            reported.alerts.iter().filter(|beside| beside.node == *name && beside.area == *area).collect();
        let Some(first) = of_area.first() else { continue };
        let _ = write!(
            text,
            "<li><b>{}</b>, {}: alert announced {} after launch.",
            escape(area),
            display_name(name),
            span(first.reported_s, first.half_width_s)
        );
        for (verdict, says) in [
            (Verdict::Later, "Later than the model's under"),
            (Verdict::Earlier, "Earlier than the model's under"),
            (Verdict::WithinRounding, "Not told apart from the model's, within the rounding, under"),
            (Verdict::NoAlert, "No run of the model alerts it under"),
        ] {
            let regimes: Vec<String> = of_area
                .iter()
                .filter(|beside| beside.verdict == verdict)
                .map(|beside| of_regime(beside))
                .collect();
            if !regimes.is_empty() {
                let _ = write!(text, " {says} {}.", regimes.join(", "));
            }
        }
        text.push_str("</li>");
    }
    text + "</ul>\n"
}

/// A regime with the difference, and with the share of runs where that is not all.
fn of_regime(beside: &AlertBeside) -> String {
    let mut text = escape(&beside.regime);
    if let Some(difference_s) = beside.reported_less_model_s {
        let _ = write!(text, " ({}\u{a0}s", signed(difference_s, 0));
        if beside.alerted.share < 1.0 {
            let _ = write!(text, ", alerted in {} of runs", percent(beside.alerted.share));
        }
        text.push(')');
    }
    text
}

/// A row's header: a column of its own would be one more than a sheet of paper takes.
fn with_announced(name: &str, announced: &str) -> String {
    format!("{name}<span class=\"band\">announced: {announced}</span>")
}

/// A step of the timeline: what it is called, what was announced, and what the model has under each regime.
struct Step<'a> {
    name: String,
    announced: String,
    model: Box<dyn Fn(&NodeRegime) -> String + 'a>,
}

/// Steps that stand before and after the areas' in time, with what the model has of them.
const BEFORE: [What; 3] = [What::Launch, What::FirstDetection, What::GovernmentNotice];
const AFTER: [What; 5] = [What::Alert, What::Overflight, What::PassNotice, What::Impact, What::Correction];

fn table(page: &Page<'_>, node: usize, reported: &ReportedSummary, areas: &[&str]) -> String {
    let name = &page.summary.nodes[node].name;
    let mut steps: Vec<Step<'_>> = BEFORE.iter().flat_map(|what| plain(page, reported, *what)).collect();
    let track = |name: &str, time: fn(&NodeRegime) -> Option<&TimeMeasure>| Step {
        name: name.to_owned(),
        announced: missing(),
        model: Box::new(move |cell| time(cell).map_or_else(missing, came)),
    };
    steps.push(track("First track", |cell| cell.first_track_s.as_ref()));
    steps.push(track("Confirmed track", |cell| cell.confirmed_s.as_ref()));
    for area in areas {
        steps.extend(of_area(reported, name, area));
    }
    steps.extend(AFTER.iter().flat_map(|what| plain(page, reported, *what)));
    let row = |step: &Step<'_>| {
        let model = (0..page.summary.regimes.len())
            .map(|regime| page.summary.cell(node, regime).map_or_else(missing, |cell| (step.model)(cell)));
        (with_announced(&step.name, &step.announced), model.collect())
    };
    let caption = format!(
        "{}: the public record beside the model; \u{394} is announced less model",
        page.node_name(node)
    );
    Table { caption, columns: columns(page, "After launch, s"), rows: steps.iter().map(row).collect() }
        .render()
}

fn came(time: &TimeMeasure) -> String {
    let restricted = time.restricted;
    if restricted.never_fraction >= 1.0 {
        return "never".to_owned();
    }
    let share = percent(1.0 - restricted.never_fraction);
    let runs = format!("<span class=\"band\">in {share} of runs</span>");
    format!("{:.0}{}", restricted.mean_s, if restricted.never_fraction > 0.0 { runs.as_str() } else { "" })
}

/// The steps of a kind that no area divides.
fn plain<'a>(page: &'a Page<'_>, reported: &'a ReportedSummary, what: What) -> Vec<Step<'a>> {
    // What is of an area of the scenario has rows of its own.
    let is_apart = |event: &&ReportedEvent| event.areas.is_empty() || event.withdrawn;
    let events = reported.events.iter().filter(move |event| event.what == what && is_apart(event));
    let step = move |event: &'a ReportedEvent| Step {
        name: called(event),
        announced: span(event.span_s(), half_width_s(reported, event)),
        model: Box::new(move |_| match event.what {
            What::Launch => "0".to_owned(),
            What::Impact => delta(page.summary.impact_s, event.span_s()),
            _ => missing(),
        }),
    };
    events.map(step).collect()
}

/// An announced time after launch: the launch is rounded as well.
fn half_width_s(reported: &ReportedSummary, event: &ReportedEvent) -> f64 {
    event.half_width_s + if event.what == What::Launch { 0.0 } else { reported.launch_half_width_s }
}

/// The model's time, and the middle of the announced span less it.
fn delta(model_s: f64, [from_s, until_s]: [f64; 2]) -> String {
    format!(
        "{}<span class=\"band\">\u{394} {}</span>",
        number(model_s, 0),
        signed(0.5 * (from_s + until_s) - model_s, 0)
    )
}

fn of_area<'a>(reported: &'a ReportedSummary, node: &'a str, area: &'a str) -> Vec<Step<'a>> {
    let beside = move |regime: &str| {
        let mut alerts = reported.alerts.iter();
        alerts.find(|beside| beside.node == node && beside.area == area && beside.regime == regime)
    };
    let Some(first) = reported.alerts.iter().find(|beside| beside.node == node && beside.area == area) else {
        return Vec::new();
    };
    let name = escape(area);
    let mut steps = vec![Step {
        name: format!("{name}: alert"),
        announced: span(first.reported_s, first.half_width_s),
        model: Box::new(move |cell| {
            match beside(&cell.regime).and_then(|found| Some((found, found.model_s?))) {
                Some((found, model_s)) if found.alerted.share < 1.0 => {
                    let share = percent(found.alerted.share);
                    format!(
                        "{}<span class=\"band\">in {share} of runs</span>",
                        delta(model_s, found.reported_s)
                    )
                }
                Some((found, model_s)) => delta(model_s, found.reported_s),
                None => "never".to_owned(),
            }
        }),
    }];
    if let Some(over) = overflight(&reported.events, area) {
        steps.push(Step {
            name: format!("{name}: overflight"),
            announced: span(over.span_s(), half_width_s(reported, over)),
            model: Box::new(move |cell| {
                let reached_s = cell.area(area).and_then(|area| area.reached_s);
                reached_s.map_or("not reached".to_owned(), |reached_s| delta(reached_s, over.span_s()))
            }),
        });
    }
    if let (Some(margin_s), Some(half_width_s)) = (first.reported_margin_s, first.margin_half_width_s) {
        steps.push(Step {
            name: format!("{name}: alert to overflight"),
            announced: span(margin_s, half_width_s),
            model: Box::new(move |cell| {
                let margin_s = beside(&cell.regime).and_then(|found| found.model_margin_s);
                margin_s.map_or_else(missing, |model_s| number(model_s, 0))
            }),
        });
    }
    steps
}

/// What an event is called, with who announced it and of where.
fn called(event: &ReportedEvent) -> String {
    let what = match event.what {
        What::Launch => "Launch",
        What::FirstDetection => "First detection",
        What::GovernmentNotice => "Notice to authorities",
        What::Alert => "Alert",
        What::Overflight => "Overflight",
        What::PassNotice => "Notice that it has passed",
        What::Impact => "Impact",
        What::Correction => "Corrected or taken back",
    };
    let place = Some(&event.place).filter(|place| !place.is_empty()).map(|place| escape(place));
    let withdrawn = event.withdrawn.then(|| "taken back later".to_owned());
    let by = event.by.as_ref().map(|by| display_name(by));
    let of: Vec<String> = by.into_iter().chain(place).chain(withdrawn).collect();
    if of.is_empty() {
        what.to_owned()
    } else {
        format!("{what}<span class=\"band\">{}</span>", of.join("; "))
    }
}

/// Where nobody was alerted: what was announced, beside the flight.
fn timeline_alone(reported: &ReportedSummary) -> String {
    let row =
        |event: &ReportedEvent| (called(event), vec![span(event.span_s(), half_width_s(reported, event))]);
    if reported.events.is_empty() {
        return String::new();
    }
    Table {
        caption: "What was announced".to_owned(),
        columns: ["What", "After launch"].map(str::to_owned).to_vec(),
        rows: reported.events.iter().map(row).collect(),
    }
    .render()
}

/// Missiles that were announced beside those that the model counts.
fn counts(page: &Page<'_>, reported: &ReportedSummary) -> String {
    if reported.counts.is_empty() {
        return String::new();
    }
    let row = |count: &sensor_sim::scenario::ReportedCount| {
        let announced = format!("{}{}", if count.at_least { "at least " } else { "" }, count.missiles);
        let model = page.summary.regimes.iter().map(|regime| {
            let mut found = reported.missiles.iter();
            let found = found.find(|found| found.node == count.by && found.regime == regime.name);
            found.map_or_else(missing, |found| {
                format!(
                    "{}<span class=\"band\">of {} flown</span>",
                    number(found.counted_mean, 1),
                    number(found.flown_mean, 1)
                )
            })
        });
        (with_announced(&display_name(&count.by), &announced), model.collect())
    };
    let caption = "Missiles announced beside those counted by the end, mean over runs".to_owned();
    Table { caption, columns: columns(page, "Missiles"), rows: reported.counts.iter().map(row).collect() }
        .render()
        + "<p class=\"quiet\">How many the model counts depends on what its notional sensors reach; how a nation arrived at the \
           number it announced is not public.</p>\n"
}

fn sources(reported: &ReportedSummary) -> String {
    let events = reported.events.iter().map(|event| &event.source);
    let mut sources: Vec<String> = Vec::new();
    for source in events.chain(reported.counts.iter().map(|count| &count.source)) {
        let source = escape(source);
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    format!("<p class=\"quiet\">As announced by: {}.</p>\n", sources.join("; "))
}
