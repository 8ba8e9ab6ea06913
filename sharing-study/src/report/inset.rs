//! Around the true impact, north up: the ellipses of one instant at a scale that shows them.

use super::Page;
use super::moment::{HALF_WIDTHS_KM, Moment};
use super::svg::{Anchor, Svg, marker, n};
use std::fmt::Write;

/// Width and height.
const SIZE: f64 = 400.0;
/// Length of the half-width shown.
const HALF: f64 = 186.0;

/// The least half-width that holds all ellipses, km.
fn half_width_km(shown: &[Option<Moment>]) -> f64 {
    let reach = shown.iter().flatten().map(Moment::reach_km).fold(0.0, f64::max);
    let largest = HALF_WIDTHS_KM[HALF_WIDTHS_KM.len() - 1];
    HALF_WIDTHS_KM.into_iter().find(|half| *half >= reach).unwrap_or(largest)
}

pub(super) fn render(page: &Page<'_>, shown: &[Option<Moment>]) -> String {
    let half_km = half_width_km(shown);
    let per_km = HALF / half_km;
    let mut picture = Svg::new(SIZE, SIZE);
    let centre = 0.5 * SIZE;
    picture.raw(&format!(
        "<clipPath id=\"inset-clip\"><rect width=\"{SIZE}\" height=\"{SIZE}\"/></clipPath>\
         <rect class=\"sea\" width=\"{SIZE}\" height=\"{SIZE}\" rx=\"6\"/>"
    ));
    picture.line("grid", [centre, 8.0], [centre, SIZE - 8.0]);
    picture.line("grid", [8.0, centre], [SIZE - 8.0, centre]);
    for (part, id) in [(0.5, "ring-half"), (1.0, "ring-full")] {
        let radius = n(HALF * part);
        picture.raw(&format!("<circle class=\"grid\" cx=\"{centre}\" cy=\"{centre}\" r=\"{radius}\"/>"));
        picture.raw(&format!(
            "<text class=\"tick\" id=\"{id}\" x=\"{centre}\" y=\"{}\" dx=\"4\">{} km</text>",
            n(centre - HALF * part + 13.0),
            half_km * part
        ));
    }
    picture.text("tick", [centre - 6.0, 20.0], Anchor::End, "N");
    let mut markup = String::from("<g clip-path=\"url(#inset-clip)\">");
    for (regime, moment) in shown.iter().enumerate() {
        let slot = page.slot(regime);
        let (at, axes, turn) = moment.map_or(([centre; 2], [0.0; 2], 0.0), |moment| {
            let [east, north] = moment.east_north_km;
            let at = [centre + per_km * east, centre - per_km * north];
            (at, moment.axes_km.map(|axis| per_km * axis), moment.north_up_turn_deg)
        });
        let _ = write!(markup, "{}", ellipse("inset", regime, slot, moment.is_some(), at, axes, turn));
    }
    markup.push_str("</g>");
    picture.raw(&markup);
    picture.raw(&format!(
        "<path class=\"cross\" d=\"M{a} {centre}H{b}M{centre} {a}V{b}\"/>",
        a = centre - 7.0,
        b = centre + 7.0
    ));
    picture.finish(
        "plot inset",
        "Predicted impacts around the true one",
        "East to the right, north up; the cross is the impact of the nominal flight. The list beside the map gives the numbers.",
    )
}

/// One ellipse with its marker, as the script knows it: `data-where` and `data-regime`.
pub(super) fn ellipse(
    place: &str,
    regime: usize,
    slot: usize,
    visible: bool,
    at: [f64; 2],
    axes: [f64; 2],
    turn_deg: f64,
) -> String {
    let hidden = if visible { "" } else { " visibility=\"hidden\"" };
    format!(
        "<g class=\"rg r{slot} moment\" data-where=\"{place}\" data-regime=\"{regime}\" transform=\"translate({} {})\"{hidden}>\
         <ellipse class=\"ellipse d{slot}\" rx=\"{}\" ry=\"{}\" transform=\"rotate({})\"/>{}</g>",
        n(at[0]),
        n(at[1]),
        n(axes[0]),
        n(axes[1]),
        n(turn_deg),
        marker("", slot, [0.0, 0.0], 4.0),
    )
}
