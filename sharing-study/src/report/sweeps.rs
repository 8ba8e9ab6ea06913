//! Gain against a quantity of the sharing, with the value at which it comes to nothing.

use super::html::{Table, decimals_for, display_name, escape, number, numbers};
use super::svg::{Anchor, Kind, MARKERS, Scale, Svg, n};
use crate::outcome::{Sweep, SweepPoint};
use crate::statistics::Interval;
use std::fmt::Write;

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 246.0;
const PLACES: [[f64; 2]; 2] = [[50.0, 386.0], [196.0, 10.0]];

/// Curves start at this style, so that the first is not the hollow grey one of no sharing.
const FIRST_SLOT: usize = 2;

pub(super) fn render(sweeps: &[Sweep]) -> String {
    let mut text = String::from(
        "<p>Gain over a baseline while one quantity is varied, from runs with 95&nbsp;% intervals or worked out from the bound \
         without; above the line at zero the sharing is worth having. A ring marks where the gain comes to nothing, with its \
         interval.</p>\n<div class=\"cards\">\n",
    );
    let panels = panels(sweeps);
    for panel in &panels {
        let Some(first) = panel.first() else { continue };
        let _ = writeln!(
            text,
            "<figure class=\"card\"><figcaption data-html><h3>{}</h3><span>{} over {}: gain, {}</span></figcaption>{}{}</figure>",
            display_name(&first.receiver),
            escape(&first.regime),
            escape(&first.baseline),
            escape(&first.measure_unit),
            draw(panel),
            key(panel),
        );
    }
    text.push_str("</div>\n<ul>");
    for sweep in sweeps {
        let _ = write!(text, "<li>{}</li>", sentence(sweep));
    }
    text.push_str("</ul>\n");
    for panel in &panels {
        text.push_str(&numbers(&table(panel)));
    }
    text
}

/// Sweeps alone as one self-contained HTML file. `title` is the scenario's, `command` makes it again.
#[must_use]
pub fn html(sweeps: &[Sweep], title: &str, command: &str) -> String {
    let mut text = String::new();
    super::head(&mut text, title);
    text.push_str(&body(sweeps, title, command));
    let _ = writeln!(text, "<script>{}</script>\n</body>\n</html>", super::SCRIPT);
    text
}

/// The same in GitHub's Markdown.
#[must_use]
pub fn markdown(sweeps: &[Sweep], title: &str, command: &str) -> String {
    super::markdown::of(&body(sweeps, title, command))
}

fn body(sweeps: &[Sweep], title: &str, command: &str) -> String {
    let mut text = format!(
        "<header class=\"top\"><p class=\"eyebrow\">Vantage \u{b7} sharing study \u{b7} notional{}</p><h1>{}</h1></header>\n<main>",
        super::THEME,
        escape(title)
    );
    super::section(&mut text, "sweeps", "What the gain depends on", &render(sweeps));
    let again =
        format!("<p>Made by <code>{}</code>. Every delay and every sensor is assumed.</p>", escape(command));
    super::section(&mut text, "notes", "What this rests on", &again);
    text + "</main>\n"
}

/// Sweeps that share a picture.
fn panels(sweeps: &[Sweep]) -> Vec<Vec<&Sweep>> {
    let same = |a: &Sweep, b: &Sweep| {
        (&a.quantity, &a.unit, &a.measure_unit, &a.regime, &a.baseline, &a.receiver)
            == (&b.quantity, &b.unit, &b.measure_unit, &b.regime, &b.baseline, &b.receiver)
    };
    let mut panels: Vec<Vec<&Sweep>> = Vec::new();
    for sweep in sweeps {
        match panels.iter_mut().find(|panel| panel.first().is_some_and(|first| same(first, sweep))) {
            Some(panel) => panel.push(sweep),
            None => panels.push(vec![sweep]),
        }
    }
    panels
}

fn slot(index: usize) -> usize {
    (FIRST_SLOT + index) % MARKERS
}

fn with_unit(value: f64, unit: &str) -> String {
    let space = if unit.is_empty() { "" } else { "\u{a0}" };
    format!("{}{space}{unit}", plain(value))
}

/// About three figures, without zeros at the end.
fn plain(value: f64) -> String {
    let text = number(value, decimals_for(value));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// What a curve says, from its points.
fn sentence(sweep: &Sweep) -> String {
    let what = format!(
        "<b>{}</b> under {} over {}, {}",
        display_name(&sweep.receiver),
        escape(&sweep.regime),
        escape(&sweep.baseline),
        escape(&sweep.measure)
    );
    let (Some(first), Some(last)) = (sweep.points.first(), sweep.points.last()) else {
        return format!("{what}: nothing was swept");
    };
    let quantity = escape(&sweep.quantity);
    let unit = escape(&sweep.unit);
    let range = format!("from {} to {}", plain(first.x), with_unit(last.x, &unit));
    if let Some(crossover) = &sweep.crossover {
        let interval = crossover.interval.map_or(String::new(), |interval| {
            format!(" <i>[{}, {}]</i>", plain(interval.low), plain(interval.high))
        });
        return format!(
            "{what}: the gain comes to nothing where the {quantity} is <b>{}</b>{interval}",
            with_unit(crossover.value, &unit)
        );
    }
    let low = |point: &SweepPoint| point.interval.map_or(point.mean, |interval| interval.low);
    let high = |point: &SweepPoint| point.interval.map_or(point.mean, |interval| interval.high);
    let verdict = if sweep.points.iter().all(|point| point.from == point.to) {
        "nothing is gained or lost"
    } else if sweep.points.iter().all(|point| low(point) > 0.0) {
        "a gain everywhere"
    } else if sweep.points.iter().all(|point| high(point) < 0.0) {
        "a loss everywhere"
    } else {
        "no value at which the gain can be told to come to nothing"
    };
    format!("{what}: {verdict} {range} of {quantity}")
}

fn key(panel: &[&Sweep]) -> String {
    let mut text = String::from("<ul class=\"signs\" data-html>");
    for (index, sweep) in panel.iter().enumerate() {
        let slot = slot(index);
        let _ = write!(
            text,
            "<li><svg class=\"swatch r{slot}\" viewBox=\"0 0 24 12\" aria-hidden=\"true\"><path class=\"curve\" d=\"M0 6H24\"/>{}</svg>{}</li>",
            super::svg::marker("", slot, [12.0, 6.0], 4.0),
            escape(&sweep.measure),
        );
    }
    text + "</ul>"
}

fn scales(panel: &[&Sweep]) -> [Scale; 2] {
    let points = || panel.iter().flat_map(|sweep| &sweep.points);
    let crossings = panel.iter().filter_map(|sweep| sweep.crossover).map(|crossover| crossover.value);
    let ends = |values: &mut dyn Iterator<Item = f64>| {
        let start = [f64::INFINITY, f64::NEG_INFINITY];
        values
            .filter(|value| value.is_finite())
            .fold(start, |[low, high], value| [low.min(value), high.max(value)])
    };
    let x = ends(&mut points().map(|point| point.x).chain(crossings));
    let y = ends(&mut points().flat_map(|point| {
        let [low, high] = point.interval.map_or([point.mean; 2], |interval| [interval.low, interval.high]);
        [low, high, point.mean, 0.0]
    }));
    let wide = |[low, high]: [f64; 2], margin: f64| {
        if low < high {
            let room = margin * (high - low);
            [if low == 0.0 { 0.0 } else { low - room }, if high == 0.0 { 0.0 } else { high + room }]
        } else if low.is_finite() {
            [low - 1.0, low + 1.0]
        } else {
            [0.0, 1.0]
        }
    };
    [
        Scale { kind: Kind::Linear, values: wide(x, 0.02), places: PLACES[0] },
        Scale { kind: Kind::Linear, values: wide(y, 0.06), places: PLACES[1] },
    ]
}

fn draw(panel: &[&Sweep]) -> String {
    let [x, y] = scales(panel);
    let ([left, right], [bottom, _]) = (PLACES[0], PLACES[1]);
    let mut picture = Svg::new(WIDTH, HEIGHT);
    for (tick, label) in y.labelled(4) {
        let place = y.place(tick);
        picture.line("grid", [left, place], [right, place]);
        picture.text("tick", [left - 5.0, place + 4.0], Anchor::End, &label);
    }
    for (tick, label) in x.labelled(6) {
        let place = x.place(tick);
        picture.line("axis", [place, bottom], [place, bottom + 4.0]);
        picture.text("tick", [place, bottom + 17.0], Anchor::Middle, &label);
    }
    picture.line("axis", [left, bottom], [right, bottom]);
    picture.line("zero", [left, y.place(0.0)], [right, y.place(0.0)]);
    if let Some(first) = panel.first() {
        let unit = if first.unit.is_empty() { String::new() } else { format!(", {}", first.unit) };
        picture.text("tick", [right, bottom + 36.0], Anchor::End, &format!("{}{unit}", first.quantity));
    }
    for (index, sweep) in panel.iter().enumerate() {
        curve(&mut picture, &[x, y], slot(index), sweep);
    }
    let first = panel.first().map_or(String::new(), |sweep| {
        format!("Gain against {}, received by {}, {}", sweep.quantity, sweep.receiver, sweep.regime)
    });
    picture.finish("plot", &first, "The table below gives the numbers.")
}

fn curve(picture: &mut Svg, [x, y]: &[Scale; 2], slot: usize, sweep: &Sweep) {
    picture.raw(&format!("<g class=\"r{slot}\">"));
    let at = |point: &SweepPoint, value: f64| [x.place(point.x), y.place(value)];
    let band = |end: fn(Interval) -> f64| {
        sweep.points.iter().filter_map(move |point| Some(at(point, end(point.interval?))))
    };
    let mut around: Vec<[f64; 2]> = band(|interval| interval.low).collect();
    let mut upper: Vec<[f64; 2]> = band(|interval| interval.high).collect();
    upper.reverse();
    around.append(&mut upper);
    if around.len() > 3 {
        picture.polygon("spread", &around);
    }
    let line: Vec<[f64; 2]> = sweep.points.iter().map(|point| at(point, point.mean)).collect();
    picture.polyline("curve", &line);
    for place in &line {
        picture.marker("", slot, *place, 3.4);
    }
    if let Some(crossover) = &sweep.crossover {
        let zero = y.place(0.0);
        if let Some(interval) = crossover.interval {
            picture.line("whisker", [x.place(interval.low), zero], [x.place(interval.high), zero]);
        }
        let place = x.place(crossover.value);
        picture.raw(&format!(
            "<circle class=\"crossover\" cx=\"{}\" cy=\"{}\" r=\"6.5\"/>",
            n(place),
            n(zero)
        ));
    }
    picture.raw("</g>");
}

fn table(panel: &[&Sweep]) -> Table {
    let first = panel.first();
    let mut values: Vec<f64> = panel.iter().flat_map(|sweep| &sweep.points).map(|point| point.x).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let cell = |sweep: &Sweep, value: f64| {
        let Some(point) = sweep.points.iter().find(|point| point.x == value) else {
            return "\u{2013}".to_owned();
        };
        let interval = point.interval.map_or(String::new(), |interval| {
            format!(" [{}, {}]", plain(interval.low), plain(interval.high))
        });
        format!("{}{interval}", plain(point.mean))
    };
    Table {
        caption: first.map_or(String::new(), |first| {
            let (receiver, regime) = (display_name(&first.receiver), escape(&first.regime));
            let (baseline, unit) = (escape(&first.baseline), escape(&first.measure_unit));
            format!("{receiver} under {regime} over {baseline}: gain, {unit}")
        }),
        columns: first
            .map(|first| escape(format!("{} {}", first.quantity, first.unit).trim()))
            .into_iter()
            .chain(panel.iter().map(|sweep| escape(&sweep.measure)))
            .collect(),
        rows: values
            .into_iter()
            .map(|value| (plain(value), panel.iter().map(|sweep| cell(sweep, value)).collect()))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Crossover;

    fn sweep(points: &[[f64; 4]], crossover: Option<[f64; 3]>) -> Sweep {
        let point = |[x, mean, low, high]: &[f64; 4]| SweepPoint {
            x: *x,
            from: 1.0 + mean,
            to: 1.0,
            mean: *mean,
            interval: Some(Interval { low: *low, high: *high }),
        };
        Sweep {
            quantity: "link delay".to_owned(),
            unit: "s".to_owned(),
            measure: "impact error".to_owned(),
            measure_unit: "km".to_owned(),
            regime: "gsomia-direct".to_owned(),
            baseline: "bilateral".to_owned(),
            receiver: "korea".to_owned(),
            points: points.iter().map(point).collect(),
            crossover: crossover
                .map(|[value, low, high]| Crossover { value, interval: Some(Interval { low, high }) }),
        }
    }

    #[test]
    fn a_curve_says_no_more_than_its_points() {
        let gain = sweep(&[[0.0, 3.0, 2.0, 4.0], [60.0, 1.0, 0.5, 1.5]], None);
        assert!(sentence(&gain).ends_with("a gain everywhere from 0 to 60\u{a0}s of link delay"));
        let loss = sweep(&[[0.0, -3.0, -4.0, -2.0]], None);
        assert!(sentence(&loss).contains("a loss everywhere"));
        let open = sweep(&[[0.0, 3.0, 2.0, 4.0], [60.0, 0.1, -0.5, 0.7]], None);
        assert!(sentence(&open).contains("no value at which"));
        let crossed = sweep(&[[0.0, 3.0, 2.0, 4.0], [60.0, -2.0, -3.0, -1.0]], Some([36.0, 30.0, 41.5]));
        assert!(sentence(&crossed).ends_with("where the link delay is <b>36\u{a0}s</b> <i>[30, 41.5]</i>"));
        assert!(sentence(&sweep(&[], None)).contains("nothing was swept"));
        let nothing = sweep(&[[0.0, 0.0, 0.0, 0.0], [60.0, 0.0, 0.0, 0.0]], None);
        assert!(sentence(&nothing).contains("nothing is gained or lost from 0"));
    }

    #[test]
    fn sweeps_of_one_quantity_at_one_receiver_share_a_picture() {
        let first = sweep(&[[0.0, 1.0, 0.5, 2.0]], None);
        let second = Sweep { measure: "later".to_owned(), ..first.clone() };
        let other = Sweep { receiver: "japan".to_owned(), ..first.clone() };
        let all = [first, second, other];
        let panels = panels(&all);
        assert_eq!(panels.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        assert!(!draw(&[&sweep(&[], None)]).contains("NaN"));
    }
}
