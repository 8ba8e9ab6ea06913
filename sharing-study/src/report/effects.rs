//! Paired differences to the baseline with their intervals, one panel for each nation and measure.

use super::Page;
use super::html::{KILOMETRES, SECONDS, Unit, number};
use super::svg::{Anchor, Kind, Scale, Svg};
use crate::statistics::{Difference, Direction};
use crate::summary::NodeRegime;
use std::fmt::Write;

const WIDTH: f64 = 400.0;
const LEFT: f64 = 104.0;
const RIGHT: f64 = 386.0;
const ROW: f64 = 24.0;
const TOP: f64 = 8.0;

/// One measure at one node.
struct Panel {
    title: String,
    unit: Unit,
    better: [&'static str; 2],
    differences: Vec<(usize, Difference)>,
}

pub(super) fn render(page: &Page<'_>) -> String {
    let summary = page.summary;
    let mut text = format!(
        "<p>Mean difference to <b>{}</b>, run by run on the same flights, with its 95&nbsp;% interval. An interval that crosses \
         the line at zero is hollow: these {} runs cannot tell it from zero.</p>\n",
        super::escape(&summary.baseline),
        summary.runs,
    );
    for (node, node_summary) in summary.nodes.iter().enumerate() {
        let _ = write!(text, "<h3>{}</h3><div class=\"cards\">", page.node_name(node));
        for panel in panels(page, node) {
            let _ = write!(
                text,
                "<figure class=\"card\"><figcaption><span>{}</span></figcaption>{}</figure>",
                super::escape(&panel.title),
                draw(page, &panel, &node_summary.name),
            );
        }
        text.push_str("</div>\n");
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
            better: ["sooner", "later"],
            differences: collect(&|cell| cell.actionable_s?.against_baseline),
        },
        Panel {
            title: "Impact error 120 s after burnout, km (runs where both have a track)".to_owned(),
            unit: KILOMETRES,
            better: ["nearer", "further off"],
            differences: collect(&|cell| cell.impact_at(120.0)?.error.given_estimate_m?.against_baseline),
        },
    ];
    if let Some(area) = summary.nodes[node].most_threatened_area.clone() {
        panels.push(Panel {
            title: format!("Warning lead for {area}, s (over all runs)"),
            unit: SECONDS,
            better: ["less warning", "more warning"],
            differences: collect(&|cell| cell.area(&area)?.lead_s?.against_baseline),
        });
    }
    panels.retain(|panel| !panel.differences.is_empty());
    panels
}

fn scale(panel: &Panel) -> Scale {
    let (mut low, mut high) = (0.0_f64, 0.0_f64);
    for (_, difference) in &panel.differences {
        let ends = difference.interval.map_or([difference.mean; 2], |interval| [interval.low, interval.high]);
        low = low.min(ends[0] / panel.unit.size);
        high = high.max(ends[1] / panel.unit.size);
    }
    let margin = (0.06 * (high - low)).max(0.5e-3);
    // Room for the words on either side of zero.
    let least = 0.12 * (high - low);
    Scale {
        kind: Kind::Linear,
        values: [(low - margin).min(-least), (high + margin).max(least)],
        places: [LEFT, RIGHT],
    }
}

/// Ticks with their labels: the zero alone where there is nothing else, and decimals that tell neighbours apart.
fn ticks(panel: &Panel, scale: &Scale) -> Vec<(f64, String)> {
    let is_zero = |difference: &Difference| {
        difference.mean == 0.0
            && difference.interval.is_none_or(|interval| interval.low == 0.0 && interval.high == 0.0)
    };
    if panel.differences.iter().all(|(_, difference)| is_zero(difference)) {
        return vec![(0.0, "0".to_owned())];
    }
    let ticks = scale.ticks(5);
    let step = ticks.windows(2).map(|pair| pair[1] - pair[0]).next().unwrap_or(1.0);
    // Steps are 1, 2 or 5 times a power of ten.
    let decimals =
        (0..6_i32).find(|decimals| step >= 0.995 * libm::pow(10.0, f64::from(-decimals))).unwrap_or(6);
    ticks.into_iter().map(|tick| (tick, number(tick, decimals as usize))).collect()
}

fn draw(page: &Page<'_>, panel: &Panel, node: &str) -> String {
    let bottom = TOP + ROW * panel.differences.len() as f64;
    let mut picture = Svg::new(WIDTH, bottom + 42.0);
    let scale = scale(panel);
    for (tick, label) in ticks(panel, &scale) {
        let x = scale.place(tick);
        picture.line("grid", [x, TOP], [x, bottom]);
        picture.text("tick", [x, bottom + 15.0], Anchor::Middle, &label);
    }
    let zero = scale.place(0.0);
    picture.line("zero", [zero, TOP - 4.0], [zero, bottom + 3.0]);

    if zero - LEFT > 60.0 {
        picture.text(
            "tick",
            [zero - 6.0, bottom + 33.0],
            Anchor::End,
            &format!("\u{2190} {}", panel.better[0]),
        );
    }
    if RIGHT - zero > 60.0 {
        picture.text(
            "tick",
            [zero + 6.0, bottom + 33.0],
            Anchor::Start,
            &format!("{} \u{2192}", panel.better[1]),
        );
    }
    let mut description = String::new();
    for (row, (regime, difference)) in panel.differences.iter().enumerate() {
        let y = TOP + ROW * (row as f64 + 0.5);
        let name = &page.summary.regimes[*regime].name;
        bar(&mut picture, page.slot(*regime), &scale, panel.unit, difference, y);
        picture.text("name", [LEFT - 8.0, y + 4.0], Anchor::End, &shortened(name));
        let interval = difference
            .interval
            .map_or(String::new(), |interval| panel.unit.interval(interval, super::html::size(difference)));
        let _ = write!(description, "{name}: {} {interval}; ", panel.unit.with_name(difference.mean));
    }
    picture.finish(
        "plot",
        &format!("{}, difference to {}, {node}", panel.title, page.summary.baseline),
        &description,
    )
}

fn bar(picture: &mut Svg, slot: usize, scale: &Scale, unit: Unit, difference: &Difference, y: f64) {
    let at = |value: f64| scale.place(value / unit.size);
    let class = if difference.direction() == Direction::Undecided { "undecided" } else { "decided" };
    picture.raw(&format!("<g class=\"rg r{slot} {class}\">"));
    if let Some(interval) = difference.interval {
        let (low, high) = (at(interval.low), at(interval.high));
        picture.line("whisker", [low, y], [high, y]);
        picture.line("whisker", [low, y - 3.5], [low, y + 3.5]);
        picture.line("whisker", [high, y - 3.5], [high, y + 3.5]);
    }
    picture.marker("", slot, [at(difference.mean), y], 4.2);
    picture.raw("</g>");
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= 14 {
        return name.to_owned();
    }
    name.chars().take(13).chain(['\u{2026}']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Interval;

    fn labels(ends: &[[f64; 2]]) -> Vec<String> {
        let difference = |[low, high]: [f64; 2]| Difference {
            mean: 0.5 * (low + high),
            interval: Some(Interval { low, high }),
            bootstrap: None,
            pairs: 20,
        };
        let differences = ends.iter().copied().map(difference).enumerate().collect();
        let panel = Panel { title: String::new(), unit: SECONDS, better: ["less", "more"], differences };
        ticks(&panel, &scale(&panel)).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn an_axis_on_which_all_is_zero_shows_the_zero_once() {
        assert_eq!(labels(&[[0.0, 0.0], [0.0, 0.0]]), ["0"]);
    }

    #[test]
    fn neighbouring_ticks_read_differently() {
        for ends in [[0.0, 0.002], [-0.03, 0.5], [4.0, 4.0], [-30.0, 200.0]] {
            let labels = labels(&[[0.0, 0.0], ends]);
            assert!(
                labels.len() > 1 && labels.windows(2).all(|pair| pair[0] != pair[1]),
                "{ends:?}: {labels:?}"
            );
            assert_eq!(
                labels.iter().filter(|label| label.bytes().all(|byte| b"0.".contains(&byte))).count(),
                1
            );
        }
    }
}
