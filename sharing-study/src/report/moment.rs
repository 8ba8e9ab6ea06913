//! What the map shows at one instant: the predicted impacts of the first run, placed once for both pictures and for the
//! script that moves them.

use super::Page;
use super::projection::{Projection, east_north_km};
use super::svg::n;
use crate::summary::estimate;
use std::fmt::Write;

/// Instants on the slider, at most.
const INSTANTS: usize = 96;

/// Half-widths of the inset, km: the least that holds every ellipse shown is taken.
pub(super) const HALF_WIDTHS_KM: [f64; 14] =
    [0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// A predicted impact, placed.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    /// Centre on the map.
    pub(super) at: [f64; 2],
    /// Length of a kilometre there.
    pub(super) per_km: f64,
    /// Turn of the major axis on the map, degrees clockwise from the right.
    pub(super) turn_deg: f64,
    /// East and north of the true impact, km.
    pub(super) east_north_km: [f64; 2],
    /// Semi-axes, km.
    pub(super) axes_km: [f64; 2],
    /// Turn of the major axis with north up, degrees clockwise from east.
    pub(super) north_up_turn_deg: f64,
    /// Distance from the true impact, km.
    pub(super) error_km: f64,
}

impl Moment {
    /// How far from the true impact the ellipse reaches at most, km.
    pub(super) fn reach_km(&self) -> f64 {
        self.east_north_km[0].abs().max(self.east_north_km[1].abs()) + self.axes_km[0]
    }

    /// What is read out.
    pub(super) fn words(&self) -> String {
        let [major, minor] = self.axes_km.map(|axis| size(2.0 * axis));
        format!("{major} \u{d7} {minor}, {} off", size(self.error_km))
    }
}

/// A length in metres or kilometres; the words of the script's `size` as well.
fn size(km: f64) -> String {
    match km {
        km if km < 0.9995 => format!("{:.0}\u{a0}m", 1e3 * km),
        km if km < 9.995 => format!("{km:.1}\u{a0}km"),
        km => format!("{km:.0}\u{a0}km"),
    }
}

/// All that the slider can show.
pub(super) struct Moments {
    /// Seconds since launch.
    pub(super) times_s: Vec<f64>,
    /// The true place on the map and height in km, at those times.
    pub(super) truth: Vec<([f64; 2], f64)>,
    /// By node, regime and instant.
    pub(super) placed: Vec<Vec<Vec<Option<Moment>>>>,
}

impl Moments {
    pub(super) fn of(page: &Page<'_>, map: &Projection) -> Moments {
        let description = &page.study.description;
        let flying: Vec<usize> = (0..description.times_s.len())
            .filter(|instant| (0.0..=description.impact_s).contains(&description.times_s[*instant]))
            .collect();
        let step = flying.len().div_ceil(INSTANTS).max(1);
        let instants: Vec<usize> = flying.into_iter().step_by(step).collect();
        let impact_deg = description.ground_track.last().map_or([0.0; 2], |point| [point[0], point[1]]);
        let place = |node: usize, regime: usize| {
            let row = page.rows(node, regime).find(|row| row.run == 0);
            let at = |instant: &usize| moment(row?.samples.get(*instant)?, map, impact_deg);
            instants.iter().map(at).collect()
        };
        let regimes = page.summary.regimes.len();
        Moments {
            times_s: instants.iter().map(|instant| description.times_s[*instant]).collect(),
            truth: instants
                .iter()
                .map(|i| truth(&description.ground_track, description.times_s[*i], map))
                .collect(),
            placed: (0..page.summary.nodes.len())
                .map(|node| (0..regimes).map(|regime| place(node, regime)).collect())
                .collect(),
        }
    }

    /// The instant nearest to a time.
    pub(super) fn nearest(&self, time_s: f64) -> usize {
        let distance = |index: &usize| (self.times_s[*index] - time_s).abs();
        (0..self.times_s.len()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
    }

    /// As members of a JSON object for the script: numbers only.
    pub(super) fn json(&self, burnout_s: f64) -> String {
        let mut text = format!("\"burnout\":{},\"times\":[", n(burnout_s));
        list(&mut text, self.times_s.iter().map(|time| n(*time)));
        text.push_str("],\"truth\":[");
        list(
            &mut text,
            self.truth.iter().map(|([x, y], height)| format!("[{},{},{}]", n(*x), n(*y), n(*height))),
        );
        let half_widths = HALF_WIDTHS_KM.map(|km| km.to_string()).join(",");
        let _ = write!(text, "],\"halfWidths\":[{half_widths}],\"placed\":[");
        list(
            &mut text,
            self.placed.iter().map(|regimes| {
                let mut inner = String::from("[");
                list(
                    &mut inner,
                    regimes.iter().map(|instants| {
                        let mut row = String::from("[");
                        list(
                            &mut row,
                            instants.iter().map(|found| found.as_ref().map_or("0".to_owned(), numbers)),
                        );
                        row + "]"
                    }),
                );
                inner + "]"
            }),
        );
        text.push(']');
        text
    }
}

fn list(text: &mut String, items: impl Iterator<Item = String>) {
    for (index, item) in items.enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&item);
    }
}

fn numbers(moment: &Moment) -> String {
    let [east, north] = moment.east_north_km;
    let fine = |km: f64| format!("{km:.3}").trim_end_matches('0').trim_end_matches('.').to_owned();
    format!(
        "[{},{},{:.4},{},{},{},{},{},{},{}]",
        n(moment.at[0]),
        n(moment.at[1]),
        moment.per_km,
        n(moment.turn_deg),
        fine(east),
        fine(north),
        fine(moment.axes_km[0]),
        fine(moment.axes_km[1]),
        n(moment.north_up_turn_deg),
        fine(moment.error_km),
    )
}

fn moment(sample: &crate::outcome::Sample, map: &Projection, impact_deg: [f64; 2]) -> Option<Moment> {
    let impact = estimate(sample)?;
    let place = [impact.latitude_deg, impact.longitude_deg];
    let (per_km, north) = map.local(place);
    Some(Moment {
        at: map.place(place),
        per_km,
        turn_deg: (impact.ellipse_azimuth_rad + north).to_degrees() - 90.0,
        east_north_km: east_north_km(impact_deg, place),
        axes_km: [impact.ellipse_major_m / 1e3, impact.ellipse_minor_m / 1e3],
        north_up_turn_deg: impact.ellipse_azimuth_rad.to_degrees() - 90.0,
        error_km: impact.error_m / 1e3,
    })
}

/// Where the missile truly is, between two points of its track.
pub(super) fn truth(track: &[[f64; 4]], time_s: f64, map: &Projection) -> ([f64; 2], f64) {
    let after = track.iter().position(|point| point[3] >= time_s).unwrap_or(track.len().saturating_sub(1));
    let (Some(next), Some(last)) = (track.get(after), track.get(after.saturating_sub(1))) else {
        return ([0.0; 2], 0.0);
    };
    let span = next[3] - last[3];
    let part = if span > 0.0 { ((time_s - last[3]) / span).clamp(0.0, 1.0) } else { 1.0 };
    let (a, b) = (map.place([last[0], last[1]]), map.place([next[0], next[1]]));
    let between = |a: f64, b: f64| a + part * (b - a);
    ([between(a[0], b[0]), between(a[1], b[1])], between(last[2], next[2]))
}
