//! What the study rests on: said plainly, so that nobody takes a notional figure for a fact.

use super::Page;
use super::html::escape;
use crate::regimes::WHAT_IF;
use std::fmt::Write;

pub(super) fn render(page: &Page<'_>, command: &str) -> String {
    let summary = page.summary;
    let mut text = String::from(
        "<p>This is a notional study for civil warning. Sensors are generic classes with figures from open sources or assumed; \
         a flight is what newspapers reported of it. Latencies, release probabilities and coarsening are assumptions: no \
         figure is published for any of the links. A difference between two regimes is a statement about these assumptions.</p>\n",
    );
    if summary.regime_index(WHAT_IF).is_some() {
        let _ = writeln!(
            text,
            "<p><b>{WHAT_IF}</b> is a what-if: officials have said that real-time missile defence did not rely on GSOMIA.</p>"
        );
    }
    if let Some(siloed) = &summary.siloed {
        let _ = writeln!(
            text,
            "<p><b>{}</b> is a floor to measure from, no arrangement that ever was.</p>",
            escape(siloed)
        );
    }
    text.push_str("<h3>The regimes, with their assumptions</h3>\n<dl>\n");
    for (index, regime) in summary.regimes.iter().enumerate() {
        let _ =
            writeln!(text, "<dt>{}</dt><dd>{}</dd>", page.regime_label(index), escape(&regime.description));
    }
    text.push_str("</dl>\n<h3>How it was counted</h3>\n<ul>\n");
    for item in [
        "Every regime of a run sees the same flight and the same noise, so differences are paired run by run; intervals are 95 % \
         Student t intervals of the mean difference. Many are shown: about one in twenty misses the truth by chance.",
        "Runs without a track count. A time that never came counts as the time of impact. An error is shown over the runs that have \
         an estimate, with their share, and again capped.",
        "The bound is a Cram\u{e9}r-Rao bound on the data that a node could have under the regime: no unbiased filter does better.",
        "Share of the possible: how much of the gain that the bounds allow was realised; refused, with the reason, where a regime and \
         the baseline use their data with efficiencies that differ by more than 10 %, or where the bounds differ too little.",
        "GOSPA with p = 2, alpha = 2, c = 10 km; SIAP after Votruba et al., 2001.",
        "The map shows the first run only; all else is over all runs.",
    ] {
        let _ = writeln!(text, "<li>{item}</li>");
    }
    let _ = writeln!(
        text,
        "</ul>\n<h3>To make it again</h3>\n<p>Vantage {}, {} runs, seed <code>{}</code>, baseline <code>{}</code>. A result is a function of \
         the scenario, the regimes, the number of runs and the seed, and nothing else: the same command with the same files and \
         the committed lock file gives these numbers on every machine.</p>\n<pre>{}</pre>\n\
         <p class=\"quiet\" data-html>Coastlines: Natural Earth, public domain. Map: Lambert conformal conic.</p>",
        env!("CARGO_PKG_VERSION"),
        summary.runs,
        summary.seed,
        escape(&summary.baseline),
        escape(command),
    );
    text
}
