//! Impact error against time on a logarithmic scale, with the bound, and the share of runs with a track below it.

use super::Page;
use super::html::{KILOMETRES, Table, numbers, percent};
use super::svg::{Anchor, Kind, Scale, Svg, decades, n};
use crate::statistics::root_mean_square;
use crate::summary::{AFTER_BURNOUT_S, estimate};
use std::fmt::Write;

const WIDTH: f64 = 400.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 392.0;

/// Markers on a curve, at most.
const MARKS: usize = 6;

/// Below this share of runs a curve is faint: it is made of the easy runs.
const ENOUGH: f64 = 0.5;

/// One regime at one node over the grid.
struct Curve {
    rms_km: Vec<Option<f64>>,
    with_estimate: Vec<f64>,
    with_track: Vec<f64>,
    bound_km: Vec<Option<f64>>,
}

pub(super) fn render(page: &Page<'_>) -> String {
    let mut text = String::from(
        "<p>Root mean square distance between the predicted and the true impact, over the runs that have a confirmed track \
         with an impact point; the bound<span data-html> \
         (<span class=\"dashed\">dashed</span>)</span>: what the sensors heard from allow at best. \
         <span data-html>Faint where fewer than half of the runs have one. Below: the share of runs with a confirmed track.</span></p>\n",
    );
    let nodes: Vec<Vec<Curve>> = (0..page.summary.nodes.len())
        .map(|node| (0..page.summary.regimes.len()).map(|regime| curve(page, node, regime)).collect())
        .collect();
    let all = nodes
        .iter()
        .flatten()
        .flat_map(|curve| curve.rms_km.iter().chain(&curve.bound_km).flatten().copied());
    let range = decades(all).unwrap_or([0.1, 100.0]);
    text.push_str("<div class=\"cards\">\n");
    for (node, curves) in nodes.iter().enumerate() {
        let _ = writeln!(
            text,
            "<figure class=\"card\" data-html><figcaption><h3>{}</h3><span>impact error, km, RMS</span></figcaption>{}\
             <span class=\"sub\">runs with a confirmed track, %</span>{}</figure>",
            page.node_name(node),
            errors(page, node, curves, range),
            shares(page, node, curves),
        );
    }
    text.push_str("</div>\n");
    for (node, curves) in nodes.iter().enumerate() {
        text.push_str(&numbers(&table(page, node, curves)));
    }
    text
}

/// The curves at the times that the summary names.
fn table(page: &Page<'_>, node: usize, curves: &[Curve]) -> Table {
    let times = &page.study.description.times_s;
    let wanted = AFTER_BURNOUT_S.map(|after| (after, page.summary.burnout_s + after));
    let instants: Vec<(f64, usize)> = wanted
        .into_iter()
        .filter(|(_, time)| *time < page.summary.impact_s)
        .filter_map(|(after, time)| Some((after, times.iter().position(|known| *known >= time)?)))
        .collect();
    let cell = |curve: &Curve, instant: usize| {
        let km = |km: f64| KILOMETRES.value(1e3 * km);
        let rms = curve.rms_km[instant].map_or("\u{2013}".to_owned(), km);
        let bound = curve.bound_km[instant].map_or(String::new(), |bound| format!(" (bound {})", km(bound)));
        let share = curve.with_estimate[instant];
        let few = if share < 1.0 { format!(", in {} of runs", percent(share)) } else { String::new() };
        format!("{rms}{bound}{few}")
    };
    Table {
        caption: format!("{}: impact error, km, RMS", page.node_name(node)),
        columns: ["After burnout".to_owned()]
            .into_iter()
            .chain((0..curves.len()).map(|regime| page.regime_label(regime)))
            .collect(),
        rows: instants
            .into_iter()
            .map(|(after, instant)| {
                let cells = curves.iter().map(|curve| cell(curve, instant)).collect();
                (format!("{after:.0}&nbsp;s"), cells)
            })
            .collect(),
    }
}

fn curve(page: &Page<'_>, node: usize, regime: usize) -> Curve {
    let instants = page.study.description.times_s.len();
    let runs = page.rows(node, regime).count().max(1) as f64;
    let bound =
        page.study.bounds.iter().find(|bound| bound.regime == regime && bound.node.0 as usize == node);
    let mut curve = Curve { rms_km: vec![], with_estimate: vec![], with_track: vec![], bound_km: vec![] };
    for instant in 0..instants {
        let samples = || page.rows(node, regime).filter_map(|row| row.samples.get(instant));
        let errors_km: Vec<f64> = samples().filter_map(estimate).map(|impact| impact.error_m / 1e3).collect();
        curve.with_estimate.push(errors_km.len() as f64 / runs);
        curve.with_track.push(samples().filter(|sample| sample.has_track).count() as f64 / runs);
        curve.rms_km.push(root_mean_square(&errors_km).filter(|rms| *rms > 0.0));
        let bound_m = bound.and_then(|bound| bound.impact_rms_m.get(instant).copied().flatten());
        curve.bound_km.push(bound_m.filter(|bound_m| *bound_m > 0.0).map(|bound_m| bound_m / 1e3));
    }
    curve
}

fn time_scale(page: &Page<'_>) -> Scale {
    Scale { kind: Kind::Linear, values: [0.0, page.summary.impact_s.max(1.0)], places: [LEFT, RIGHT] }
}

/// Ticks, the time axis and burnout.
fn frame(page: &Page<'_>, picture: &mut Svg, time: &Scale, value: &Scale, label: impl Fn(f64) -> String) {
    let [bottom, top] = value.places;
    for tick in value.ticks(4) {
        let y = value.place(tick);
        picture.line("grid", [LEFT, y], [RIGHT, y]);
        picture.text("tick", [LEFT - 5.0, y + 4.0], Anchor::End, &label(tick));
    }
    for tick in time.ticks(6) {
        let x = time.place(tick);
        picture.line("axis", [x, bottom], [x, bottom + 4.0]);
        picture.text("tick", [x, bottom + 16.0], Anchor::Middle, &format!("{tick:.0}"));
    }
    picture.line("axis", [LEFT, bottom], [RIGHT, bottom]);
    let burnout = time.place(page.summary.burnout_s);
    picture.line("event", [burnout, top], [burnout, bottom]);
    if bottom - top > 120.0 {
        picture.text("tick", [burnout + 3.0, top + 9.0], Anchor::Start, "burnout");
    }
    picture.text("tick", [RIGHT, bottom + 30.0], Anchor::End, "seconds since launch");
}

fn errors(page: &Page<'_>, node: usize, curves: &[Curve], range: [f64; 2]) -> String {
    let mut picture = Svg::new(WIDTH, 286.0);
    let time = time_scale(page);
    let value = Scale { kind: Kind::Logarithmic, values: range, places: [250.0, 6.0] };
    frame(
        page,
        &mut picture,
        &time,
        &value,
        |tick| if tick < 1.0 { n_small(tick) } else { format!("{tick:.0}") },
    );
    for (regime, curve) in curves.iter().enumerate() {
        picture.raw(&format!("<g class=\"rg r{}\">", page.slot(regime)));
        stretches(page, &mut picture, &time, &value, &curve.bound_km, |_| "bound");
        stretches(page, &mut picture, &time, &value, &curve.rms_km, |instant| {
            if curve.with_estimate[instant] < ENOUGH { "curve faint" } else { "curve" }
        });
        marks(page, &mut picture, regime, &time, &value, curve);
        picture.raw("</g>");
    }
    let title = format!("Impact error against time, received by {}", plain(page, node));
    picture.finish("plot", &title, &description(page, curves))
}

fn n_small(tick: f64) -> String {
    let text = format!("{tick:.6}");
    text.trim_end_matches('0').to_owned()
}

fn plain(page: &Page<'_>, node: usize) -> String {
    page.summary.nodes.get(node).map_or(String::new(), |node| node.name.clone())
}

/// Draws the unbroken stretches of a curve, each in the class that its points have.
fn stretches(
    page: &Page<'_>,
    picture: &mut Svg,
    time: &Scale,
    value: &Scale,
    values: &[Option<f64>],
    class: impl Fn(usize) -> &'static str,
) {
    let times = &page.study.description.times_s;
    let mut points: Vec<[f64; 2]> = Vec::new();
    let mut current = "";
    for (instant, found) in values.iter().enumerate() {
        let inside = times[instant] <= page.summary.impact_s;
        let Some(found) = found.filter(|_| inside) else {
            picture.polyline(current, &points);
            points.clear();
            continue;
        };
        let point = [time.place(times[instant]), value.place(found)];
        if class(instant) != current {
            points.push(point);
            picture.polyline(current, &points);
            points.clear();
            current = class(instant);
        }
        points.push(point);
    }
    picture.polyline(current, &points);
}

/// Markers spread over the part of a curve that enough runs made, each regime's a little further on.
fn marks(page: &Page<'_>, picture: &mut Svg, regime: usize, time: &Scale, value: &Scale, curve: &Curve) {
    let times = &page.study.description.times_s;
    let good: Vec<usize> = (0..times.len())
        .filter(|instant| times[*instant] <= page.summary.impact_s && curve.with_estimate[*instant] >= ENOUGH)
        .filter(|instant| curve.rms_km[*instant].is_some())
        .collect();
    let regimes = page.summary.regimes.len().max(1);
    let step = (good.len() / MARKS).max(1);
    let first = step * (regime + 1) / (regimes + 1);
    for instant in good.iter().skip(first).step_by(step) {
        if let Some(rms_km) = curve.rms_km[*instant] {
            picture.marker("", page.slot(regime), [time.place(times[*instant]), value.place(rms_km)], 3.2);
        }
    }
}

fn shares(page: &Page<'_>, node: usize, curves: &[Curve]) -> String {
    let mut picture = Svg::new(WIDTH, 126.0);
    let time = time_scale(page);
    let value = Scale { kind: Kind::Linear, values: [0.0, 1.0], places: [90.0, 8.0] };
    frame(page, &mut picture, &time, &value, |tick| format!("{:.0}", 100.0 * tick));
    for (regime, curve) in curves.iter().enumerate() {
        picture.raw(&format!("<g class=\"rg r{}\">", page.slot(regime)));
        // A little apart, so that regimes with the same share are all seen.
        let shift = 0.7 * (regime as f64 - 0.5 * (curves.len() as f64 - 1.0));
        let shifted = Scale { places: [value.places[0] + shift, value.places[1] + shift], ..value };
        let values: Vec<Option<f64>> = curve.with_track.iter().map(|share| Some(*share)).collect();
        stretches(page, &mut picture, &time, &shifted, &values, |_| "curve");
        picture.raw("</g>");
    }
    let title =
        format!("Share of runs with a confirmed track against time, received by {}", plain(page, node));
    picture.finish("plot", &title, "The table of measures gives the times of first confirmation and custody.")
}

/// The curves in words: each regime's error two minutes after burnout.
fn description(page: &Page<'_>, curves: &[Curve]) -> String {
    let wanted = page.summary.burnout_s + 120.0;
    let times = &page.study.description.times_s;
    let Some(instant) = times.iter().position(|time| *time >= wanted) else { return String::new() };
    let mut text = format!("At {:.0} seconds: ", times[instant]);
    for (regime, curve) in page.summary.regimes.iter().zip(curves) {
        let error = curve.rms_km[instant].map_or("no track".to_owned(), |rms| format!("{} km", n(rms)));
        let share = percent(curve.with_estimate[instant]);
        let _ = write!(text, "{} {error} in {share} of runs; ", regime.name);
    }
    text
}
