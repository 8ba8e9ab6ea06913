//! Text, numbers and tables as HTML. Whatever comes from a scenario file passes through [`escape`].

use crate::statistics::{Difference, Direction, Interval};
use std::fmt::Write;

/// Text that is safe inside an element and inside a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A node's or a link's name for readers, escaped: `united-states` is United States.
pub(super) fn display_name(name: &str) -> String {
    escape(&readable(name))
}

/// The same without escaping, for pictures.
pub(super) fn readable(name: &str) -> String {
    let words = name.split(['-', '_']).map(|word| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    });
    words.collect::<Vec<String>>().join(" ")
}

/// Decimals that leave about three figures of a number of that size.
pub(super) fn decimals_for(size: f64) -> usize {
    match size.abs() {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.9995 => 2,
        _ => 3,
    }
}

/// A number with a true minus sign, and none on zero.
pub(super) fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|byte| matches!(byte, b'0' | b'.')) => rest.to_owned(),
        Some(rest) => format!("\u{2212}{rest}"),
        None => text,
    }
}

/// The same with a plus sign on what is above zero.
pub(super) fn signed(value: f64, decimals: usize) -> String {
    let text = number(value, decimals);
    let zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if text.starts_with('\u{2212}') || zero { text } else { format!("+{text}") }
}

/// Whole percent that says 100 or 0 only where it is.
pub(super) fn percent(share: f64) -> String {
    let rounded = (100.0 * share).round();
    let below = if share < 1.0 { rounded.min(99.0) } else { rounded };
    format!("{:.0}\u{a0}%", if share > 0.0 { below.max(1.0) } else { below })
}

/// How a measure is written: what one unit is, and its name.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    /// Values are divided by this.
    pub(super) size: f64,
    /// Its name, may be empty.
    pub(super) name: &'static str,
    /// Fixed decimals; none for about three figures.
    pub(super) decimals: Option<usize>,
}

/// Seconds.
pub(super) const SECONDS: Unit = Unit { size: 1.0, name: "s", decimals: Some(0) };
/// Metres shown as kilometres.
pub(super) const KILOMETRES: Unit = Unit { size: 1e3, name: "km", decimals: None };
/// A fraction shown as percent.
pub(super) const PERCENT: Unit = Unit { size: 0.01, name: "%", decimals: Some(0) };
/// A count or a ratio.
pub(super) const PLAIN: Unit = Unit { size: 1.0, name: "", decimals: Some(2) };

impl Unit {
    fn decimals(self, size: f64) -> usize {
        self.decimals.unwrap_or_else(|| decimals_for(size / self.size))
    }

    /// The value without the unit's name.
    pub(super) fn value(self, value: f64) -> String {
        number(value / self.size, self.decimals(value))
    }

    /// The value with the unit's name.
    pub(super) fn with_name(self, value: f64) -> String {
        let space = if self.name.is_empty() { "" } else { "\u{a0}" };
        format!("{}{space}{}", self.value(value), self.name)
    }

    /// `[low, high]` to the decimals that a value of that size has.
    pub(super) fn interval(self, interval: Interval, size: f64) -> String {
        let decimals = self.decimals(size);
        let end = |value: f64| number(value / self.size, decimals);
        format!("[{}, {}]", end(interval.low), end(interval.high))
    }

    /// A difference as a span: `+0.5 [0.1, 0.9]`, of a class that tells decided from undecided. No interval where every run
    /// gave the same.
    pub(super) fn difference(self, difference: &Difference) -> String {
        let size = size(difference);
        let interval = match difference.interval {
            None => " (1 pair)".to_owned(),
            Some(interval) if !is_wide(interval) => String::new(),
            Some(interval) => format!(" {}", self.interval(interval, size)),
        };
        let mean = signed(difference.mean / self.size, self.decimals(size));
        let class = if difference.direction() == Direction::Undecided { "delta open" } else { "delta told" };
        format!("<span class=\"{class}\">\u{394}\u{a0}{mean}{interval}</span>")
    }
}

/// Whether the ends of an interval are apart by more than sums of the same numbers in another order are.
pub(super) fn is_wide(interval: Interval) -> bool {
    interval.high - interval.low > 1e-9 * interval.low.abs().max(interval.high.abs())
}

/// The largest number that stands in a difference and its interval.
pub(super) fn size(difference: &Difference) -> f64 {
    let ends = difference.interval.map_or(0.0, |interval| interval.low.abs().max(interval.high.abs()));
    difference.mean.abs().max(ends)
}

/// A table whose rows have headers.
pub(super) struct Table {
    /// Caption, as HTML.
    pub(super) caption: String,
    /// Headers of columns, the first over the row headers, as HTML.
    pub(super) columns: Vec<String>,
    /// Row header and cells, as HTML.
    pub(super) rows: Vec<(String, Vec<String>)>,
}

impl Table {
    /// The table with its caption.
    pub(super) fn render(&self) -> String {
        self.framed(&format!("<caption>{}</caption>", self.caption))
    }

    /// In a frame that scrolls sideways on narrow screens.
    fn framed(&self, caption: &str) -> String {
        let label = strip_tags(&self.caption);
        let mut text = format!(
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{label}\"><table>{caption}<thead><tr>"
        );
        for column in &self.columns {
            let _ = write!(text, "<th scope=\"col\">{column}</th>");
        }
        text.push_str("</tr></thead>\n<tbody>\n");
        for (header, cells) in &self.rows {
            let _ = write!(text, "<tr><th scope=\"row\">{header}</th>");
            for cell in cells {
                let _ = write!(text, "<td>{cell}</td>");
            }
            text.push_str("</tr>\n");
        }
        text.push_str("</tbody></table></div>\n");
        text
    }
}

/// The numbers of a picture, folded away on the page: for those who cannot see it, and for whoever wants to copy them.
pub(super) fn numbers(table: &Table) -> String {
    format!(
        "<details class=\"numbers\"><summary>{}, in numbers</summary>{}</details>\n",
        table.caption,
        table.framed("")
    )
}

/// Escaped text without its tags, for attributes.
fn strip_tags(html: &str) -> String {
    let mut inside = false;
    html.chars()
        .filter(|character| {
            let keep = !inside && *character != '<';
            inside = (inside || *character == '<') && *character != '>';
            keep
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        assert_eq!(escape("<b a=\"x\" b='y'>&"), "&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
        assert_eq!(display_name("united-states"), "United States");
        assert_eq!(strip_tags("a <b class=\"x\">b</b> &lt;c&gt;"), "a b &lt;c&gt;");
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!((number(-1.25, 1).as_str(), number(-0.04, 1).as_str()), ("\u{2212}1.2", "0.0"));
        assert_eq!((signed(3.0, 0).as_str(), signed(0.001, 1).as_str()), ("+3", "0.0"));
        assert_eq!(KILOMETRES.with_name(1234.0), "1.23\u{a0}km");
        assert_eq!(KILOMETRES.interval(Interval { low: -31.0, high: 12_000.0 }, 12_000.0), "[0.0, 12.0]");
        assert_eq!((percent(0.999).as_str(), percent(0.001).as_str()), ("99\u{a0}%", "1\u{a0}%"));
    }
}
