//! The tables: every measure with its interval and its difference to the baseline.

use super::Page;
use super::html::{KILOMETRES, PERCENT, PLAIN, SECONDS, Table, Unit, escape, is_wide, percent};
use super::possible::{self, percent_ratio};
use crate::statistics::{Difference, Proportion};
use crate::summary::{Consistency, ErrorMeasure, ImpactMeasure, Measure, NodeRegime, TimeMeasure};
use std::fmt::Write;

/// A row of the table of measures: its header, and how a cell is written.
type Row = (&'static str, fn(&NodeRegime) -> String);

const ROWS: [Row; 16] = [
    ("First track, s", |cell| time(cell.first_track_s.as_ref())),
    ("Confirmed track, s", |cell| time(cell.confirmed_s.as_ref())),
    ("Actionable, s", |cell| time(cell.actionable_s.as_ref())),
    ("Launch point error, km", |cell| error(cell.launch_point.as_ref())),
    ("Custody, % of the flight", |cell| measure(PERCENT, cell.custody_fraction.as_ref())),
    ("95 % ellipse holds the impact, % of instants", |cell| {
        measure(PERCENT, cell.coast_coverage_fraction.as_ref())
    }),
    ("Missiles counted", |cell| missiles(cell)),
    ("GOSPA, km", |cell| measure(KILOMETRES, cell.gospa.as_ref().map(|gospa| &gospa.total_m))),
    ("\u{2002}part from localisation, km", |cell| {
        measure(KILOMETRES, cell.gospa.as_ref().map(|gospa| &gospa.localisation_m))
    }),
    ("\u{2002}part from missed objects, km", |cell| {
        measure(KILOMETRES, cell.gospa.as_ref().map(|gospa| &gospa.missed_m))
    }),
    ("\u{2002}part from false tracks, km", |cell| {
        measure(KILOMETRES, cell.gospa.as_ref().map(|gospa| &gospa.false_m))
    }),
    ("SIAP completeness, %", |cell| {
        measure(PERCENT, cell.siap.as_ref().map(|siap| &siap.completeness_fraction))
    }),
    ("SIAP ambiguity, tracks for each object", |cell| {
        measure(PLAIN, cell.siap.as_ref().map(|siap| &siap.ambiguity))
    }),
    ("SIAP spuriousness, %", |cell| {
        measure(PERCENT, cell.siap.as_ref().map(|siap| &siap.spuriousness_fraction))
    }),
    ("Areas warned in vain, each run", |cell| measure(PLAIN, cell.areas_warned_in_vain.as_ref())),
    ("Threatened areas missed, each run", |cell| measure(PLAIN, cell.areas_missed.as_ref())),
];

pub(super) fn measures(page: &Page<'_>) -> String {
    let mut text = format!(
        "<p>Means over runs with 95&nbsp;% intervals; <span class=\"delta told\">\u{394}</span> is the paired difference to \
         <b>{}</b>, <span class=\"delta open\">grey</span> where its interval includes zero. A time that never came counts as \
         impact ({:.0}&nbsp;s). An error is over the runs that have an estimate; <i>capped</i> counts a missing one as {}. Beside the bound stands how near to it the RMS error comes; \
         <i>ellipse</i>: share of 95&nbsp;% ellipses that held the impact.</p>",
        escape(&page.summary.baseline),
        page.summary.impact_s,
        KILOMETRES.with_name(page.summary.cap_m),
    );
    for node in 0..page.summary.nodes.len() {
        let name = page.node_name(node);
        let rows =
            ROWS.iter().map(|(header, cell)| ((*header).to_owned(), across(page, node, *cell))).collect();
        let table = Table {
            caption: format!("{name}: warning, picture and areas"),
            columns: columns(page, "Measure"),
            rows,
        };
        let impact = Table {
            caption: format!("{name}: impact point against time"),
            columns: columns(page, "After burnout"),
            rows: impact_rows(page, node),
        };
        let _ = writeln!(
            text,
            "<details class=\"all\"><summary><h3>{name}</h3></summary>{}{}</details>",
            table.render(),
            impact.render()
        );
    }
    text
}

pub(super) fn columns(page: &Page<'_>, first: &str) -> Vec<String> {
    let regimes = (0..page.summary.regimes.len()).map(|regime| page.regime_label(regime));
    [first.to_owned()].into_iter().chain(regimes).collect()
}

fn across(page: &Page<'_>, node: usize, cell: impl Fn(&NodeRegime) -> String) -> Vec<String> {
    (0..page.summary.regimes.len())
        .map(|regime| page.summary.cell(node, regime).map_or(missing(), &cell))
        .collect()
}

fn impact_rows(page: &Page<'_>, node: usize) -> Vec<(String, Vec<String>)> {
    crate::summary::AFTER_BURNOUT_S
        .iter()
        .map(|after| {
            let cell = |regime: usize| {
                let found = page.summary.cell(node, regime).and_then(|cell| cell.impact_at(*after));
                found.map_or(missing(), |found| impact(found, possible::words(page, node, regime, *after)))
            };
            let cells: Vec<String> = (0..page.summary.regimes.len()).map(cell).collect();
            (format!("{after:.0}&nbsp;s"), cells)
        })
        .filter(|(_, cells)| cells.iter().any(|cell| *cell != missing()))
        .collect()
}

pub(super) fn missing() -> String {
    "<span class=\"none\">\u{2013}</span>".to_owned()
}

fn line(text: &mut String, class: &str, words: &str) {
    let _ = write!(text, "<span class=\"{class}\">{words}</span>");
}

fn delta(text: &mut String, unit: Unit, difference: Option<&Difference>) {
    if let Some(difference) = difference {
        text.push_str(&unit.difference(difference));
    }
}

fn measure(unit: Unit, measure: Option<&Measure>) -> String {
    let Some(measure) = measure else { return missing() };
    let mut text = format!("<b>{}</b>", unit.value(measure.mean));
    if let Some(interval) = measure.interval.filter(|interval| is_wide(*interval)) {
        line(&mut text, "band", &unit.interval(interval, measure.mean));
    }
    delta(&mut text, unit, measure.against_baseline.as_ref());
    text
}

fn time(measure: Option<&TimeMeasure>) -> String {
    let Some(measure) = measure else { return missing() };
    let mut text = format!("<b>{}</b>", SECONDS.value(measure.restricted.mean_s));
    if let Some(interval) = measure.restricted.interval_s.filter(|interval| is_wide(*interval)) {
        line(&mut text, "band", &SECONDS.interval(interval, measure.restricted.mean_s));
    }
    if measure.restricted.never_fraction > 0.0 {
        line(&mut text, "warn", &format!("never in {}", percent(measure.restricted.never_fraction)));
    }
    delta(&mut text, SECONDS, measure.against_baseline.as_ref());
    text
}

fn error(error: Option<&ErrorMeasure>) -> String {
    let Some(error) = error else { return missing() };
    let mut text = measure(KILOMETRES, error.given_estimate_m.as_ref());
    if error.with_estimate.share < 1.0 {
        line(&mut text, "warn", &format!("in {} of runs", percent(error.with_estimate.share)));
        line(&mut text, "band", &format!("capped {}", KILOMETRES.value(error.capped_m.mean)));
        delta(&mut text, KILOMETRES, error.capped_m.against_baseline.as_ref());
    }
    text
}

fn impact(impact: &ImpactMeasure, share_of_possible: Option<String>) -> String {
    let mut text = error(Some(&impact.error));
    if let Some(rms_m) = impact.error.rms_m {
        line(&mut text, "band", &format!("RMS {}", KILOMETRES.value(rms_m)));
    }
    if let Some(bound_m) = impact.bound_rms_m {
        let efficiency =
            impact.efficiency.map_or(String::new(), |ratio| format!(" ({})", percent_ratio(ratio)));
        line(&mut text, "band", &format!("bound {}{efficiency}", KILOMETRES.value(bound_m)));
    }
    if let Some(coverage) = impact.coverage {
        line(&mut text, "band", &format!("ellipse {}", percent(coverage.share)));
    }
    if let Some(words) = share_of_possible {
        line(&mut text, "band wrap", &words);
    }
    text
}

fn missiles(cell: &NodeRegime) -> String {
    let Some(missiles) = &cell.missiles else { return missing() };
    let mut text = format!("<b>{:.2}</b> of {:.0}", missiles.so_far.mean, missiles.flown_mean);
    line(&mut text, "band", &format!("right in {}", proportion(&missiles.right)));
    line(&mut text, "band", &format!("at most {:.2} tracks at one time", missiles.counted.mean));
    text
}

fn proportion(share: &Proportion) -> String {
    format!("{} {}", percent(share.share), PERCENT.interval(share.interval, 1.0))
}

/// Areas: one table for each node that answers for any.
pub(super) fn areas(page: &Page<'_>) -> String {
    let mut text = String::from(
        "<p>An area is threatened if the true impact lies in it or the true ground track crosses it. Lead: from the alert to \
         overflight or impact, over all runs that threaten it, an alert too late or never counted as zero.</p>\n",
    );
    for (node, summary) in page.summary.nodes.iter().enumerate() {
        let Some(first) = summary.regimes.first().filter(|cell| !cell.areas.is_empty()) else { continue };
        let mut rows = Vec::new();
        for area in &first.areas {
            let reached =
                area.reached_s.map_or(String::new(), |reached| format!(", reached {reached:.0}&nbsp;s"));
            let threat = format!("threatened in {} of runs{reached}", percent(area.threatened.share));
            let cells = across(page, node, |cell| {
                let Some(area) = cell.area(&area.name) else { return missing() };
                let mut text = String::new();
                if let Some(lead) = &area.lead_s {
                    text.push_str(&format!("lead {}", measure(SECONDS, Some(lead))));
                }
                if let Some(in_time) = &area.alerted_in_time {
                    line(&mut text, "band", &format!("in time {}", percent(in_time.share)));
                }
                if let Some(in_vain) = &area.alerted_in_vain {
                    line(&mut text, "band", &format!("in vain {}", proportion(in_vain)));
                }
                text
            });
            rows.push((format!("{}<span class=\"band\">{threat}</span>", escape(&area.name)), cells));
        }
        let caption = format!("{}: areas it answers for; leads in s", page.node_name(node));
        text.push_str(&Table { caption, columns: columns(page, "Area"), rows }.render());
    }
    text
}

/// Verdicts of consistency, in words.
pub(super) fn consistency(page: &Page<'_>) -> String {
    let rows = (0..page.summary.nodes.len())
        .map(|node| (page.node_name(node), across(page, node, verdict)))
        .collect();
    let table = Table {
        caption: "Mean NEES of position and velocity while coasting; 6 is right".to_owned(),
        columns: columns(page, "Received by"),
        rows,
    };
    format!(
        "<p>Consistent: errors are as large as the covariances say. Overconfident: larger, so that an ellipse means less than it \
         claims. Cautious: smaller.</p>\n{}",
        table.render()
    )
}

fn verdict(cell: &NodeRegime) -> String {
    let nees = &cell.nees;
    let (word, class) = match nees.verdict {
        Consistency::Consistent => ("consistent", "good"),
        Consistency::Overconfident => ("overconfident", "bad"),
        Consistency::Cautious => ("cautious", "warn"),
        Consistency::TooFewRuns => ("no verdict", "none"),
    };
    let mut text = format!("<b class=\"{class}\">{word}</b>");
    if let Some(mean) = nees.mean {
        line(&mut text, "band", &format!("{mean:.2} in {} runs", nees.runs));
    }
    if let Some(band) = nees.band {
        line(&mut text, "band", &format!("band {}", PLAIN.interval(band, 1.0)));
    }
    text
}

/// Bytes on each link.
pub(super) fn links(page: &Page<'_>) -> String {
    let mut labels: Vec<&str> = Vec::new();
    for link in page.summary.regimes.iter().flat_map(|regime| &regime.links) {
        if !labels.contains(&link.label.as_str()) {
            labels.push(&link.label);
        }
    }
    if labels.is_empty() {
        return "<p>No regime of this study has a link.</p>\n".to_owned();
    }
    let across = |value: &dyn Fn(usize) -> Option<f64>| -> Vec<String> {
        let cell = |regime| value(regime).map_or(missing(), |bytes: f64| kilobytes(bytes));
        (0..page.summary.regimes.len()).map(cell).collect()
    };
    let mut rows: Vec<(String, Vec<String>)> = labels
        .iter()
        .map(|label| {
            let bytes = |regime: usize| -> Option<f64> {
                let links = page.summary.regimes[regime].links.iter().filter(|link| link.label == *label);
                let found: Vec<f64> = links.map(|link| link.mean_bytes).collect();
                (!found.is_empty()).then(|| found.iter().sum())
            };
            (escape(label), across(&bytes))
        })
        .collect();
    rows.push(("all links".to_owned(), across(&|regime| Some(page.summary.regimes[regime].total_bytes))));
    let caption = "Mean kB in a run".to_owned();
    Table { caption, columns: columns(page, "Link"), rows }.render()
}

fn kilobytes(bytes: f64) -> String {
    format!("{:.1}", bytes / 1e3)
}
