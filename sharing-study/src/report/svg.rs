//! A small SVG writer: scales with ticks, lines, markers, text. Colours come from classes, so that a theme can change them.

use super::html::{escape, number};
use std::fmt::Write;

/// How values become places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Equal steps are equal distances.
    Linear,
    /// Equal ratios are equal distances; values at or below zero have no place.
    Logarithmic,
}

/// From values to places along one axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// How.
    pub(super) kind: Kind,
    /// First and last value.
    pub(super) values: [f64; 2],
    /// Where they lie.
    pub(super) places: [f64; 2],
}

impl Scale {
    /// The place of a value; values outside are kept at the ends.
    pub(super) fn place(&self, value: f64) -> f64 {
        let [first, last] = self.values;
        let part = match self.kind {
            Kind::Linear => (value - first) / (last - first),
            Kind::Logarithmic if value <= 0.0 => 0.0,
            Kind::Logarithmic => libm::log10(value / first) / libm::log10(last / first),
        };
        let part = if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 };
        self.places[0] + part * (self.places[1] - self.places[0])
    }

    /// Round values for about `count` ticks; decades for a logarithmic scale.
    pub(super) fn ticks(&self, count: usize) -> Vec<f64> {
        let [first, last] = self.values;
        let (low, high) = (first.min(last), first.max(last));
        match self.kind {
            Kind::Linear => {
                let step = round_step((high - low) / count.max(1) as f64);
                let start = (low / step - 1e-9).ceil() as i64;
                let end = (high / step + 1e-9).floor() as i64;
                (start..=end.min(start + 1000)).map(|index| index as f64 * step).collect()
            }
            Kind::Logarithmic => {
                let start = (libm::log10(low) - 1e-9).ceil() as i32;
                let end = (libm::log10(high) + 1e-9).floor() as i32;
                (start..=end).map(|power| libm::pow(10.0, f64::from(power))).collect()
            }
        }
    }
}

impl Scale {
    /// Ticks of a linear scale with decimals that tell neighbours apart.
    pub(super) fn labelled(&self, count: usize) -> Vec<(f64, String)> {
        let ticks = self.ticks(count);
        let step = ticks.windows(2).map(|pair| pair[1] - pair[0]).next().unwrap_or(1.0);
        // Steps are 1, 2 or 5 times a power of ten.
        let decimals =
            (0..6_i32).find(|decimals| step >= 0.995 * libm::pow(10.0, f64::from(-decimals))).unwrap_or(6);
        ticks.into_iter().map(|tick| (tick, number(tick, decimals as usize))).collect()
    }
}

/// The least of 1, 2, 5 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    if !(step.is_finite() && step > 0.0) {
        return 1.0;
    }
    let power = libm::pow(10.0, libm::floor(libm::log10(step)));
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= step * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// The decades that hold all values, at least one; none without a positive value.
pub(super) fn decades(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
    for value in values.filter(|value| value.is_finite() && *value > 0.0) {
        (low, high) = (low.min(value), high.max(value));
    }
    if high <= 0.0 {
        return None;
    }
    let start = libm::floor(libm::log10(low) + 1e-9);
    let end = libm::ceil(libm::log10(high) - 1e-9).max(start + 1.0);
    Some([libm::pow(10.0, start), libm::pow(10.0, end)])
}

/// A coordinate with one decimal at most.
pub(super) fn n(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A picture being drawn.
pub(super) struct Svg {
    body: String,
    width: f64,
    height: f64,
}

/// Where a text stands against its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    /// The point is its beginning.
    Start,
    /// The point is its middle.
    Middle,
    /// The point is its end.
    End,
}

impl Svg {
    /// An empty picture.
    pub(super) fn new(width: f64, height: f64) -> Svg {
        Svg { body: String::new(), width, height }
    }

    /// Adds markup as it is.
    pub(super) fn raw(&mut self, markup: &str) {
        self.body.push_str(markup);
    }

    /// Adds a straight line.
    pub(super) fn line(&mut self, class: &str, from: [f64; 2], to: [f64; 2]) {
        let ([x1, y1], [x2, y2]) = (from.map(n), to.map(n));
        let _ =
            write!(self.body, "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>");
    }

    /// Adds a text, escaped here.
    pub(super) fn text(&mut self, class: &str, at: [f64; 2], anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (x, y, text) = (n(at[0]), n(at[1]), escape(text));
        let _ = write!(
            self.body,
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>"
        );
    }

    /// Adds a line through points, if there are at least two.
    pub(super) fn polyline(&mut self, class: &str, points: &[[f64; 2]]) {
        if points.len() > 1 {
            let _ = write!(self.body, "<path class=\"{class}\" d=\"{}\"/>", path(points, false));
        }
    }

    /// Adds a closed shape.
    pub(super) fn polygon(&mut self, class: &str, points: &[[f64; 2]]) {
        let _ = write!(self.body, "<path class=\"{class}\" d=\"{}\"/>", path(points, true));
    }

    /// Adds a regime's marker.
    pub(super) fn marker(&mut self, class: &str, slot: usize, at: [f64; 2], radius: f64) {
        self.raw(&marker(class, slot, at, radius));
    }

    /// The finished picture. `title` and `description` are for those who cannot see it; they are escaped here.
    pub(super) fn finish(self, class: &str, title: &str, description: &str) -> String {
        format!(
            "<svg class=\"{class}\" viewBox=\"0 0 {} {}\" role=\"img\"><title>{}</title><desc>{}</desc>{}</svg>\n",
            n(self.width),
            n(self.height),
            escape(title),
            escape(description),
            self.body,
        )
    }
}

/// The `d` of a path through points.
pub(super) fn path(points: &[[f64; 2]], closed: bool) -> String {
    let mut text = String::with_capacity(points.len() * 12);
    for (index, [x, y]) in points.iter().enumerate() {
        let _ = write!(text, "{}{} {}", if index == 0 { "M" } else { "L" }, n(*x), n(*y));
    }
    if closed {
        text.push('Z');
    }
    text
}

/// Shapes that tell regimes apart without colour.
pub(super) const MARKERS: usize = 8;

/// A marker as markup.
pub(super) fn marker(class: &str, slot: usize, [x, y]: [f64; 2], radius: f64) -> String {
    let shape = match slot % MARKERS {
        0 | 4 => {
            let hollow = if slot.is_multiple_of(MARKERS) { " hollow" } else { "" };
            return format!(
                "<circle class=\"mark{hollow} {class}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
                n(x),
                n(y),
                n(radius)
            );
        }
        1 => [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]].as_slice(),
        2 => &[[0.0, -1.2], [1.1, 0.8], [-1.1, 0.8]],
        3 => &[[0.0, -1.3], [1.3, 0.0], [0.0, 1.3], [-1.3, 0.0]],
        5 => &[
            [-0.4, -1.3],
            [0.4, -1.3],
            [0.4, -0.4],
            [1.3, -0.4],
            [1.3, 0.4],
            [0.4, 0.4],
            [0.4, 1.3],
            [-0.4, 1.3],
            [-0.4, 0.4],
            [-1.3, 0.4],
            [-1.3, -0.4],
            [-0.4, -0.4],
        ],
        6 => &[[0.0, 1.2], [1.1, -0.8], [-1.1, -0.8]],
        _ => &[[-1.2, -0.5], [1.2, -0.5], [1.2, 0.5], [-1.2, 0.5]],
    };
    let points: Vec<[f64; 2]> = shape.iter().map(|[dx, dy]| [x + radius * dx, y + radius * dy]).collect();
    format!("<path class=\"mark {class}\" d=\"{}\"/>", path(&points, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_place_and_tick() {
        let time = Scale { kind: Kind::Linear, values: [0.0, 1145.0], places: [40.0, 390.0] };
        assert_eq!((time.place(0.0), time.place(1145.0), time.place(2e9)), (40.0, 390.0, 390.0));
        assert_eq!(time.ticks(6), [0.0, 200.0, 400.0, 600.0, 800.0, 1000.0]);
        let error = Scale { kind: Kind::Logarithmic, values: [0.01, 100.0], places: [200.0, 0.0] };
        assert!((error.place(1.0) - 100.0).abs() < 1e-9);
        assert_eq!(error.place(0.0), 200.0);
        assert_eq!(error.ticks(5).len(), 5);
    }

    #[test]
    fn empty_and_odd_ranges_do_no_harm() {
        assert_eq!(decades([].into_iter()), None);
        assert_eq!(decades([3.0, f64::NAN, -1.0].into_iter()), Some([1.0, 10.0]));
        assert_eq!(decades([10.0].into_iter()), Some([10.0, 100.0]));
        let flat = Scale { kind: Kind::Linear, values: [5.0, 5.0], places: [0.0, 1.0] };
        assert!(flat.place(5.0).is_finite() && flat.ticks(5).len() < 10);
    }

    #[test]
    fn text_and_titles_are_escaped() {
        let mut picture = Svg::new(10.0, 10.0);
        picture.text("", [1.0, 2.25], Anchor::End, "<script>");
        let markup = picture.finish("x", "a & b", "<c>");
        assert!(
            !markup.contains("<script>") && markup.contains("&lt;script&gt;") && markup.contains("a &amp; b")
        );
    }
}
