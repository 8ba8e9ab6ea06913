//! The map: land, areas, sensors, the true ground track, and where each regime expected the impact at a chosen time.

use super::coastline::{self, BOX_DEG};
use super::html::{display_name, escape};
use super::labels::{Label, Labels};
use super::moment::{Moment, Moments, truth};
use super::projection::Projection;
use super::svg::{Anchor, Svg, marker, n, path};
use super::{Page, alerts, inset};
use std::fmt::Write;

const WIDTH: f64 = 900.0;

/// Markers of nations' sensors; they stand in ink, regimes in colour.
const NATION_MARKERS: [usize; 5] = [2, 4, 1, 3, 6];

/// Time, seconds after burnout, that the map shows at first.
const FIRST_SHOWN_S: f64 = 30.0;

pub(super) fn render(page: &Page<'_>) -> String {
    let map = Projection::fit(&places(page), WIDTH, 26.0);
    let moments = Moments::of(page, &map);
    let node = page.first_warned();
    let instant = moments.nearest(page.summary.burnout_s + FIRST_SHOWN_S);
    let shown: Vec<Option<Moment>> = moments.placed.get(node).map_or(vec![], |regimes| {
        regimes.iter().map(|instants| instants.get(instant).copied().flatten()).collect()
    });
    let time_s = moments.times_s.get(instant).copied().unwrap_or(0.0);
    let mut text = String::from(
        "<p>Predicted impact points of the first run with their 95&nbsp;% ellipses. <span data-html>The small map is centred on \
         the impact of the nominal flight and changes its scale with the ellipses. An area fills when it is alerted.</span></p>\n",
    );
    text.push_str(&controls(page, &moments, node, instant));
    let _ = writeln!(
        text,
        "<div class=\"maps\"><figure>{}{}{}</figure><figure>{}{}</figure></div>",
        draw(page, &map, &moments, (node, instant), &shown),
        nations(page),
        alerts::list(page, node, time_s),
        inset::render(page, &shown),
        readout(page, &shown),
    );
    let _ = writeln!(
        text,
        "<script type=\"application/json\" id=\"moments\">{{{},{}}}</script>",
        moments.json(page.summary.burnout_s),
        alerts::json(page),
    );
    text
}

/// All that must be on the map: latitude, longitude, degrees.
fn places(page: &Page<'_>) -> Vec<[f64; 2]> {
    let description = &page.study.description;
    let track = description.ground_track.iter().map(|point| [point[0], point[1]]);
    let sensors = description.sensors.iter().map(|sensor| [sensor.latitude_deg, sensor.longitude_deg]);
    let areas = description.areas.iter().flat_map(|area| area.polygon.iter().copied());
    let all = track.chain(sensors).chain(areas);
    all.filter(|place| place.iter().all(|degrees| degrees.is_finite())).collect()
}

fn controls(page: &Page<'_>, moments: &Moments, node: usize, instant: usize) -> String {
    let mut text = String::from(
        "<form class=\"controls\" aria-label=\"What the map shows\" hidden><label>Received by <select name=\"node\">",
    );
    for (index, summary) in page.summary.nodes.iter().enumerate() {
        let selected = if index == node { " selected" } else { "" };
        let _ = write!(text, "<option value=\"{index}\"{selected}>{}</option>", display_name(&summary.name));
    }
    text.push_str("</select></label><label>Regime <select name=\"regime\"><option value=\"\">all</option>");
    for (index, regime) in page.summary.regimes.iter().enumerate() {
        let _ = write!(text, "<option value=\"{index}\">{}</option>", escape(&regime.name));
    }
    let _ = writeln!(
        text,
        "</select></label><span class=\"wide\"><button type=\"button\" name=\"play\" aria-pressed=\"false\">\u{25b6} Play</button>\
         <label>Time <input type=\"range\" name=\"instant\" min=\"0\" max=\"{}\" value=\"{instant}\" aria-keyshortcuts=\"Space\" \
         title=\"Arrow keys step, the space bar plays\"></label></span></form>",
        moments.times_s.len().saturating_sub(1)
    );
    let time_s = moments.times_s.get(instant).copied().unwrap_or(0.0);
    let _ = writeln!(
        text,
        "<p class=\"now\" aria-live=\"polite\"><b id=\"now-node\">{}</b>, <b id=\"now-time\">{}</b></p>",
        page.node_name(node),
        when(time_s, page.summary.burnout_s),
    );
    text
}

/// The words of the script's `when` as well.
fn when(time_s: f64, burnout_s: f64) -> String {
    let after = time_s - burnout_s;
    let side = if after < 0.0 { "before" } else { "after" };
    format!("{time_s:.0}\u{a0}s after launch, {:.0}\u{a0}s {side} burnout", after.abs())
}

fn readout(page: &Page<'_>, shown: &[Option<Moment>]) -> String {
    let mut text = String::from(
        "<p class=\"quiet\">95&nbsp;% ellipse, and how far its centre is off the true impact:</p><ul class=\"readout\">",
    );
    for (regime, moment) in shown.iter().enumerate() {
        let words = moment.map_or("no impact point".to_owned(), |moment| moment.words());
        let _ = write!(
            text,
            "<li class=\"rg r{}\"><span>{}</span> <span data-readout=\"{regime}\">{words}</span></li>",
            page.slot(regime),
            page.regime_label(regime),
        );
    }
    text.push_str("</ul>");
    text
}

fn nations(page: &Page<'_>) -> String {
    let mut text = String::from("<ul class=\"signs\" data-html aria-label=\"Sensors by owner\">");
    for node in 0..page.summary.nodes.len() {
        let _ = write!(
            text,
            "<li><svg viewBox=\"-9 -9 18 18\" aria-hidden=\"true\">{}</svg>{}</li>",
            marker("sensor", NATION_MARKERS[node % NATION_MARKERS.len()], [0.0, 0.0], 5.0),
            page.node_name(node),
        );
    }
    text.push_str("<li>sensors by owner; satellites are left out</li></ul>");
    text
}

fn draw(
    page: &Page<'_>,
    map: &Projection,
    moments: &Moments,
    (node, instant): (usize, usize),
    shown: &[Option<Moment>],
) -> String {
    let [width, height] = map.size;
    let mut picture = Svg::new(width, height);
    let (w, h) = (n(width), n(height));
    picture.raw(&format!(
        "<clipPath id=\"map-clip\"><rect width=\"{w}\" height=\"{h}\" rx=\"6\"/></clipPath><g clip-path=\"url(#map-clip)\">\
         <rect class=\"sea\" width=\"{w}\" height=\"{h}\"/>"
    ));
    land(&mut picture, map);
    graticule(&mut picture, map);
    let time_s = moments.times_s.get(instant).copied().unwrap_or(0.0);
    for (index, area) in page.study.description.areas.iter().enumerate() {
        let points: Vec<[f64; 2]> = area.polygon.iter().map(|place| map.place(*place)).collect();
        if points.len() > 2 {
            let class = alerts::class(page, node, index, time_s);
            let d = path(&points, true);
            picture.raw(&format!("<path class=\"{class}\" data-area=\"{index}\" d=\"{d}\"/>"));
        }
    }
    track(&mut picture, page, map);
    for (regime, moment) in shown.iter().enumerate() {
        let (at, axes, turn) = moment.map_or(([0.0; 2], [0.0; 2], 0.0), |moment| {
            (moment.at, moment.axes_km.map(|axis| axis * moment.per_km), moment.turn_deg)
        });
        picture.raw(&inset::ellipse("map", regime, page.slot(regime), moment.is_some(), at, axes, turn));
    }
    sensors(&mut picture, page, map);
    for (class, scale) in [("wide", 1.0), ("narrow", 2.0)] {
        picture.raw(&format!("<g class=\"{class}\">"));
        names(&mut picture, page, map, scale);
        picture.raw("</g>");
    }
    if let Some(([x, y], _)) = moments.truth.get(instant) {
        picture.raw(&format!(
            "<g id=\"missile\" transform=\"translate({} {})\"><circle class=\"halo\" r=\"11\"/><circle class=\"missile\" r=\"5\"/></g>",
            n(*x),
            n(*y)
        ));
    }
    picture.raw("</g>");
    let description = "Coastlines, the areas that are warned, sensors by owner, the true ground track with a tick each minute, burnout, \
                       apogee and impact, and predicted impact points with 95 % ellipses.";
    picture.finish("map", "Map of the flight", description)
}

fn land(picture: &mut Svg, map: &Projection) {
    let [width, height] = map.size;
    let (mut fill, mut coast) = (String::new(), String::new());
    for ring in coastline::land() {
        let points: Vec<[f64; 2]> =
            ring.iter().map(|[longitude, latitude]| map.place([*latitude, *longitude])).collect();
        let outside = |axis: usize, limit: f64| {
            points.iter().all(|point| point[axis] < -40.0)
                || points.iter().all(|point| point[axis] > limit + 40.0)
        };
        if outside(0, width) || outside(1, height) {
            continue;
        }
        fill.push_str(&path(&points, true));
        // The coast leaves out the edges where the data was cut.
        let mut stretch: Vec<[f64; 2]> = Vec::new();
        for index in 0..=ring.len() {
            let (here, next) = (index % ring.len(), (index + 1) % ring.len());
            stretch.push(points[here]);
            if index == ring.len() || coastline::is_cut(ring[here], ring[next]) {
                if stretch.len() > 1 {
                    coast.push_str(&path(&stretch, false));
                }
                stretch.clear();
            }
        }
    }
    picture.raw(&format!("<path class=\"land\" d=\"{fill}\"/><path class=\"coast\" d=\"{coast}\"/>"));
}

/// Parallels and meridians every ten degrees.
fn graticule(picture: &mut Svg, map: &Projection) {
    let mut lines = String::new();
    for latitude in [20, 30, 40, 50, 60] {
        let points: Vec<[f64; 2]> = (105..=185)
            .step_by(2)
            .map(|longitude| map.place([f64::from(latitude), f64::from(longitude)]))
            .collect();
        lines.push_str(&path(&points, false));
    }
    for longitude in (110..=180).step_by(10) {
        let ends = [BOX_DEG[2], BOX_DEG[3]].map(|latitude| map.place([latitude, f64::from(longitude)]));
        lines.push_str(&path(&ends, false));
    }
    picture.raw(&format!("<path class=\"graticule\" d=\"{lines}\"/>"));
}

/// Where the names of meridians begin, at the lower edge.
fn meridians(map: &Projection) -> Vec<([f64; 2], String)> {
    let mut names = Vec::new();
    for longitude in (110..=180).step_by(10) {
        let [foot, head] =
            [BOX_DEG[2], BOX_DEG[3]].map(|latitude| map.place([latitude, f64::from(longitude)]));
        let y = map.size[1] - 8.0;
        let part = (y - head[1]) / (foot[1] - head[1]);
        let x = head[0] + part * (foot[0] - head[0]);
        if (20.0..map.size[0] - 40.0).contains(&x) {
            names.push(([x + 4.0, y], format!("{longitude}\u{b0}E")));
        }
    }
    names
}

/// Launch, burnout, apogee, impact, the areas and every fifth minute, where there is room; letters `scale` times as large.
fn names(picture: &mut Svg, page: &Page<'_>, map: &Projection, scale: f64) {
    let description = &page.study.description;
    let mut labels = Labels::new(map.size);
    for sensor in &description.sensors {
        labels.occupy(map.place([sensor.latitude_deg, sensor.longitude_deg]), 6.0 * scale);
    }
    for point in &description.ground_track {
        labels.occupy(map.place([point[0], point[1]]), 3.0);
    }
    if scale == 1.0 {
        for (at, words) in meridians(map) {
            labels.occupy([at[0] + 17.0, at[1] - 4.0], 18.0);
            picture.text("tick", at, Anchor::Start, &words);
        }
    }
    for (words, [x, y]) in marks(page, map) {
        let around = [x - 5.0, y - 5.0, x + 5.0, y + 5.0];
        let (at, anchor, _) = labels.place(&Label { text: &words, size: 13.0 * scale, around });
        picture.text("mark-name", at, anchor, &words);
    }
    for place in description.areas.iter().flat_map(|area| &area.polygon) {
        labels.occupy(map.place(*place), 4.0);
    }
    let none = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for area in description.areas.iter().filter(|area| area.polygon.len() > 2) {
        let around = area.polygon.iter().fold(none, |edges, place| {
            let [x, y] = map.place(*place);
            [edges[0].min(x), edges[1].min(y), edges[2].max(x), edges[3].max(y)]
        });
        let (at, anchor, is_free) = labels.place(&Label { text: &area.name, size: 12.5 * scale, around });
        // Small pictures have no room to lay one name over another.
        if is_free || scale == 1.0 {
            picture.text("area-name", at, anchor, &area.name);
        }
    }
    let track = &description.ground_track;
    for minute in (5..minutes(track)).step_by(5) {
        let ([x, y], _) = truth(track, 60.0 * f64::from(minute), map);
        let words = format!("{minute} min");
        let label = Label { text: &words, size: 11.5 * scale, around: [x - 3.0, y - 6.0, x + 3.0, y + 6.0] };
        if let (at, anchor, true) = labels.place(&label) {
            picture.text("tick", at, anchor, &words);
        }
    }
}

/// What has a name on the ground track.
fn marks(page: &Page<'_>, map: &Projection) -> Vec<(String, [f64; 2])> {
    let track = &page.study.description.ground_track;
    let (Some(first), Some(last)) = (track.first(), track.last()) else { return vec![] };
    let place = |point: &[f64; 4]| map.place([point[0], point[1]]);
    let mut marks = vec![
        ("impact".to_owned(), place(last)),
        ("launch".to_owned(), place(first)),
        ("burnout".to_owned(), truth(track, page.summary.burnout_s, map).0),
    ];
    if let Some(top) = track.iter().max_by(|a, b| a[2].total_cmp(&b[2])) {
        marks.push((format!("apogee {:.0} km", top[2]), place(top)));
    }
    marks
}

/// Whole minutes of flight, and one.
fn minutes(track: &[[f64; 4]]) -> i32 {
    track.last().map_or(0, |last| ((last[3] / 60.0) as i32).min(120))
}

/// The true ground track: a tick each minute, dots at launch, burnout and apogee, a cross at impact.
fn track(picture: &mut Svg, page: &Page<'_>, map: &Projection) {
    let track = &page.study.description.ground_track;
    let points: Vec<[f64; 2]> = track.iter().map(|point| map.place([point[0], point[1]])).collect();
    picture.polyline("track", &points);
    for minute in 1..minutes(track) {
        let time_s = 60.0 * f64::from(minute);
        let (here, _) = truth(track, time_s, map);
        let (ahead, _) = truth(track, time_s + 5.0, map);
        let length = libm::hypot(ahead[0] - here[0], ahead[1] - here[1]).max(1e-6);
        let across = [-(ahead[1] - here[1]) / length, (ahead[0] - here[0]) / length];
        let half = if minute % 5 == 0 { 6.0 } else { 3.0 };
        let end = |sign: f64| [here[0] + sign * half * across[0], here[1] + sign * half * across[1]];
        picture.line("track", end(-1.0), end(1.0));
    }
    for (_, [x, y]) in marks(page, map).iter().skip(1) {
        picture.raw(&format!("<circle class=\"dot\" cx=\"{}\" cy=\"{}\" r=\"3.5\"/>", n(*x), n(*y)));
    }
    if let Some([x, y]) = points.last() {
        let (left, right, top, bottom) = (n(x - 8.0), n(x + 8.0), n(y - 8.0), n(y + 8.0));
        let (x, y) = (n(*x), n(*y));
        picture.raw(&format!("<path class=\"cross\" d=\"M{left} {y}H{right}M{x} {top}V{bottom}\"/>"));
    }
}

fn sensors(picture: &mut Svg, page: &Page<'_>, map: &Projection) {
    for sensor in &page.study.description.sensors {
        let at = map.place([sensor.latitude_deg, sensor.longitude_deg]);
        let owner = sensor.owner.0 as usize;
        let title = format!("{}, {}", escape(&sensor.name), page.node_name(owner));
        let shape = marker("sensor", NATION_MARKERS[owner % NATION_MARKERS.len()], at, 5.0);
        picture.raw(&format!("<g><title>{title}</title>{shape}</g>"));
    }
}
