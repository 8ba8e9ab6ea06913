//! A study as one self-contained HTML file: no network, no script but a little of ours, readable on a phone, in the dark, on
//! paper and by those who cannot see the pictures; and the same as Markdown.
//!
//! The page reads from the answer to the evidence: what sharing gives each nation in words, the same as pictures of paired
//! differences, the map, what was known when, the tables, and what all this rests on.

mod alerts;
mod answer;
mod coastline;
mod credit;
mod curves;
mod effects;
mod html;
mod inset;
mod labels;
mod leads;
mod map;
mod markdown;
mod moment;
mod notes;
mod pairing;
mod possible;
mod projection;
mod reported;
mod rows;
mod svg;
pub mod sweeps;
mod tables;
mod timeline;

use crate::outcome::{Credit, NodeOutcome, StudyResult, Sweep};
use crate::summary::Summary;
use html::{display_name, escape};
use std::fmt::Write;

const STYLE: &str = include_str!("style.css");
const DARK: &str = include_str!("dark.css");
const SCRIPT: &str = include_str!("script.js");

/// What a report is made from. The same input gives the same bytes.
///
/// `summary` is the summary of that study; a cell that is missing in it is left out of the report.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The rows.
    pub study: &'a StudyResult,
    /// Their summary.
    pub summary: &'a Summary,
    /// Who contributes what; the section is left out where there is none.
    pub credits: &'a [Credit],
    /// Gains against quantities of the sharing; the section is left out where there is none.
    pub sweeps: &'a [Sweep],
    /// The command that makes the report again, as one would type it.
    pub command: &'a str,
}

impl Report<'_> {
    /// One HTML file that needs nothing else. Its root element has `data-ready="true"` once its script has run.
    #[must_use]
    pub fn html(&self) -> String {
        let page = Page::of(self);
        let mut text = String::with_capacity(1 << 20);
        head(&mut text, &self.summary.title);
        text.push_str(&self.body(&page));
        let _ = writeln!(text, "<script>{SCRIPT}</script>\n</body>\n</html>");
        text
    }

    /// The same words and tables for a pull request, in GitHub's Markdown. Pictures become tables of their numbers.
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown::of(&self.body(&Page::of(self)))
    }

    fn body(&self, page: &Page<'_>) -> String {
        let mut text = format!(
            "<header class=\"top\"><p class=\"eyebrow\">Vantage \u{b7} sharing study \u{b7} notional{THEME}</p><h1>{}</h1>",
            escape(&self.summary.title)
        );
        text.push_str(&answer::render(page));
        let _ = writeln!(
            text,
            "<p class=\"quiet\">{}</p></header>\n<main>",
            escape(&self.study.description.summary)
        );
        text.push_str(&key(page));
        section(&mut text, "map", "The flight, and where it was expected to fall", &map::render(page));
        section(&mut text, "differences", "What each arrangement changes", &effects::render(page));
        section(&mut text, "accuracy", "How well the impact was known", &curves::render(page));
        section(&mut text, "areas", "Areas warned", &(leads::render(page) + &tables::areas(page)));
        section(&mut text, "timeline", "What was known when", &timeline::render(page));
        if let Some(reported) = &self.summary.reported {
            section(&mut text, "reported", "Beside the public record", &reported::render(page, reported));
        }
        if !self.credits.is_empty() {
            section(&mut text, "credit", "Who contributes what", &credit::render(page, self.credits));
        }
        if !self.sweeps.is_empty() {
            section(&mut text, "sweeps", "What the gain depends on", &sweeps::render(self.sweeps));
        }
        section(&mut text, "consistency", "Do the covariances tell the truth?", &tables::consistency(page));
        section(&mut text, "measures", "All measures", &tables::measures(page));
        section(&mut text, "pairing", "What the pairing does", &pairing::render(page));
        section(&mut text, "links", "What the links carried", &tables::links(page));
        section(&mut text, "notes", "What this rests on", &notes::render(page, self.command));
        text.push_str("</main>\n");
        text
    }
}

/// Light or dark against what the system says.
const THEME: &str = "<button type=\"button\" class=\"theme\" hidden>Theme: system</button>";

fn head(text: &mut String, title: &str) {
    let _ = writeln!(
        text,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{} \u{b7} Vantage sharing study</title>\n\
         <style>\n{STYLE}\n@media (prefers-color-scheme: dark) {{ @media screen {{ :root:not(.light) {{ {DARK} }} }} }}\n\
         @media screen {{ :root.dark {{ {DARK} }} }}\n</style>\n</head>\n<body>",
        escape(title)
    );
}

fn section(text: &mut String, id: &str, title: &str, body: &str) {
    let _ = writeln!(text, "<section id=\"{id}\"><h2>{title}</h2>\n{body}</section>");
}

/// The key to colours and markers; with the script, a click brings one regime forward everywhere.
fn key(page: &Page<'_>) -> String {
    let mut text = String::from("<nav class=\"key\" aria-label=\"Regimes; press one to bring it forward\">");
    for (index, regime) in page.summary.regimes.iter().enumerate() {
        let _ = write!(
            text,
            "<button type=\"button\" class=\"r{slot}\" data-focus=\"{slot}\" aria-pressed=\"false\" title=\"{}\">{}{}</button>",
            escape(&regime.description),
            page.swatch(index),
            escape(&regime.name),
            slot = page.slot(index),
        );
    }
    text.push_str("</nav>\n");
    text
}

/// What every part of the page is made from.
struct Page<'a> {
    study: &'a StudyResult,
    summary: &'a Summary,
}

impl<'a> Page<'a> {
    fn of(report: &Report<'a>) -> Page<'a> {
        Page { study: report.study, summary: report.summary }
    }

    /// The nation that headlines and the map begin with: the first that answers for a threatened area.
    fn first_warned(&self) -> usize {
        let nodes = &self.summary.nodes;
        nodes.iter().position(|node| node.most_threatened_area.is_some()).unwrap_or(0)
    }

    /// The style of a regime: its colour class and its marker.
    fn slot(&self, regime: usize) -> usize {
        regime % svg::MARKERS
    }

    /// A small picture of a regime's marker, for keys and row headers.
    fn swatch(&self, regime: usize) -> String {
        let slot = self.slot(regime);
        format!(
            "<svg class=\"swatch r{slot}\" viewBox=\"0 0 24 12\" aria-hidden=\"true\"><path class=\"curve\" d=\"M0 6H24\"/>{}</svg>",
            svg::marker("", slot, [12.0, 6.0], 4.0)
        )
    }

    /// A regime's swatch and name.
    fn regime_label(&self, regime: usize) -> String {
        let name = self.summary.regimes.get(regime).map_or("", |regime| regime.name.as_str());
        format!("{}{}", self.swatch(regime), escape(name))
    }

    /// A node's name for readers, escaped.
    fn node_name(&self, node: usize) -> String {
        self.summary.nodes.get(node).map_or(String::new(), |node| display_name(&node.name))
    }

    /// The rows of one node under one regime.
    fn rows(&self, node: usize, regime: usize) -> impl Iterator<Item = &NodeOutcome> {
        let outcomes = self.study.outcomes.iter();
        outcomes.filter(move |row| row.regime == regime && row.node.0 as usize == node)
    }
}
