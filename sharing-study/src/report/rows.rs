//! A picture of values on one axis, a row for each: a dot with its interval, or a bar from zero. The value stands beside it.

use super::html::{Unit, decimals_for, number, signed};
use super::svg::{Anchor, Kind, Scale, Svg};
use crate::statistics::Interval;
use std::fmt::Write;

const WIDTH: f64 = 400.0;
/// Where axes end; the values stand to the right of it.
const RIGHT: f64 = 330.0;
const ROW: f64 = 24.0;
const TOP: f64 = 8.0;
/// Letters of a name, at most.
const LETTERS: usize = 22;

/// A value with its name.
pub(super) struct Row {
    /// Colour and marker; none for ink.
    pub(super) slot: Option<usize>,
    /// Its name, not escaped.
    pub(super) name: String,
    /// In the unit of the measure, as an interval is.
    pub(super) value: f64,
    pub(super) interval: Option<Interval>,
    /// Hollow where it may be zero.
    pub(super) is_told: bool,
}

/// How values are drawn.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// A marker.
    Dot,
    /// A bar from zero.
    Bar,
}

/// The picture.
pub(super) struct Rows {
    /// For those who cannot see it, not escaped.
    pub(super) title: String,
    pub(super) unit: Unit,
    pub(super) form: Form,
    /// Whether values are differences, which have signs.
    pub(super) is_signed: bool,
    /// What is left and right of zero; empty for nothing.
    pub(super) sides: [&'static str; 2],
    pub(super) rows: Vec<Row>,
}

impl Rows {
    pub(super) fn draw(&self) -> String {
        let bottom = TOP + ROW * self.rows.len() as f64;
        let has_sides = self.sides.iter().any(|side| !side.is_empty());
        let mut picture = Svg::new(WIDTH, bottom + if has_sides { 42.0 } else { 22.0 });
        let scale = self.scale();
        let left = scale.places[0];
        for (tick, label) in self.ticks(&scale) {
            let x = scale.place(tick);
            picture.line("grid", [x, TOP], [x, bottom]);
            picture.text("tick", [x, bottom + 15.0], Anchor::Middle, &label);
        }
        let zero = scale.place(0.0);
        picture.line("zero", [zero, TOP - 4.0], [zero, bottom + 3.0]);
        let y = bottom + 33.0;
        let room = |side: &str| 6.6 * (side.chars().count() + 3) as f64;
        if !self.sides[0].is_empty() && zero > room(self.sides[0]) {
            picture.text("tick", [zero - 6.0, y], Anchor::End, &format!("\u{2190} {}", self.sides[0]));
        }
        if !self.sides[1].is_empty() && WIDTH - zero > room(self.sides[1]) {
            picture.text("tick", [zero + 6.0, y], Anchor::Start, &format!("{} \u{2192}", self.sides[1]));
        }
        let mut description = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            let y = TOP + ROW * (index as f64 + 0.5);
            picture.text("name", [left - 8.0, y + 4.0], Anchor::End, &shortened(&row.name));
            self.row(&mut picture, &scale, row, y);
            picture.text("tick value", [WIDTH - 4.0, y + 4.0], Anchor::End, &self.written(row.value));
            let ends = row.interval.map_or(0.0, |interval| interval.low.abs().max(interval.high.abs()));
            let size = row.value.abs().max(ends);
            let interval = row.interval.map_or(String::new(), |interval| self.unit.interval(interval, size));
            let _ = write!(description, "{}: {} {interval}; ", row.name, self.unit.with_name(row.value));
        }
        picture.finish("plot", &self.title, &description)
    }

    fn row(&self, picture: &mut Svg, scale: &Scale, row: &Row, y: f64) {
        let at = |value: f64| scale.place(value / self.unit.size);
        let class = if row.is_told { "decided" } else { "undecided" };
        let group = row.slot.map_or("ink".to_owned(), |slot| format!("rg r{slot}"));
        picture.raw(&format!("<g class=\"{group} {class}\">"));
        if self.form == Form::Bar {
            let (zero, end) = (at(0.0), at(row.value));
            let [top, bottom] = [y - 7.0, y + 7.0];
            picture.polygon("bar", &[[zero, top], [end, top], [end, bottom], [zero, bottom]]);
        }
        if let Some(interval) = row.interval {
            let (low, high) = (at(interval.low), at(interval.high));
            picture.line("whisker", [low, y], [high, y]);
            picture.line("whisker", [low, y - 3.5], [low, y + 3.5]);
            picture.line("whisker", [high, y - 3.5], [high, y + 3.5]);
        }
        if self.form == Form::Dot {
            picture.marker("", row.slot.unwrap_or(1), [at(row.value), y], 4.2);
        }
        picture.raw("</g>");
    }

    /// A value as it stands beside its row, to the decimals of the largest.
    fn written(&self, value: f64) -> String {
        let largest = self.rows.iter().map(|row| row.value.abs()).fold(0.0, f64::max);
        let decimals = self.unit.decimals.unwrap_or_else(|| decimals_for(largest / self.unit.size));
        let write = if self.is_signed { signed } else { number };
        let space = if self.unit.name.is_empty() { "" } else { "\u{a0}" };
        format!("{}{space}{}", write(value / self.unit.size, decimals), self.unit.name)
    }

    fn scale(&self) -> Scale {
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for row in &self.rows {
            let ends = row.interval.map_or([row.value; 2], |interval| {
                [interval.low.min(row.value), interval.high.max(row.value)]
            });
            low = low.min(ends[0] / self.unit.size);
            high = high.max(ends[1] / self.unit.size);
        }
        let margin = (0.06 * (high - low)).max(0.5e-3);
        // Room for the words on either side of zero.
        let least = if self.sides[0].is_empty() { 0.0 } else { 0.12 * (high - low) };
        let first = if low < 0.0 || !self.sides[0].is_empty() { (low - margin).min(-least) } else { 0.0 };
        let letters = self.rows.iter().map(|row| row.name.chars().count().min(LETTERS)).max().unwrap_or(0);
        let left = 14.0 + 6.6 * letters as f64;
        Scale {
            kind: Kind::Linear,
            values: [first, (high + margin).max(least)],
            places: [left.clamp(60.0, 164.0), RIGHT],
        }
    }

    /// Ticks with their labels: the zero alone where there is nothing else, and decimals that tell neighbours apart.
    fn ticks(&self, scale: &Scale) -> Vec<(f64, String)> {
        let is_zero = |row: &Row| {
            row.value == 0.0
                && row.interval.is_none_or(|interval| interval.low == 0.0 && interval.high == 0.0)
        };
        if self.rows.iter().all(is_zero) {
            return vec![(0.0, "0".to_owned())];
        }
        scale.labelled(4)
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LETTERS {
        return name.to_owned();
    }
    name.chars().take(LETTERS - 1).chain(['\u{2026}']).collect()
}

#[cfg(test)]
mod tests {
    use super::super::html::SECONDS;
    use super::*;

    fn labels(ends: &[[f64; 2]]) -> Vec<String> {
        let row = |[low, high]: [f64; 2]| Row {
            slot: None,
            name: String::new(),
            value: 0.5 * (low + high),
            interval: Some(Interval { low, high }),
            is_told: true,
        };
        let rows = Rows {
            title: String::new(),
            unit: SECONDS,
            form: Form::Dot,
            is_signed: true,
            sides: ["less", "more"],
            rows: ends.iter().copied().map(row).collect(),
        };
        rows.ticks(&rows.scale()).into_iter().map(|(_, label)| label).collect()
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
