//! Names on a map, each at the free place among those that it may take.

use super::svg::Anchor;

/// A name that may stand in several places.
pub(super) struct Label<'t> {
    pub(super) text: &'t str,
    /// Height of its letters.
    pub(super) size: f64,
    /// Left, upper, right and lower edge of what it names.
    pub(super) around: [f64; 4],
}

/// What is taken: edges left, top, right, bottom.
pub(super) struct Labels {
    picture: [f64; 2],
    taken: Vec<[f64; 4]>,
}

impl Labels {
    pub(super) fn new(picture: [f64; 2]) -> Labels {
        Labels { picture, taken: Vec::new() }
    }

    /// Keeps a square free of names.
    pub(super) fn occupy(&mut self, [x, y]: [f64; 2], half: f64) {
        self.taken.push([x - half, y - half, x + half, y + half]);
    }

    /// The place of a name that covers least of what is taken: above, below, right, left of what it names, in this order.
    /// The last value says whether it stands free.
    pub(super) fn place(&mut self, label: &Label<'_>) -> ([f64; 2], Anchor, bool) {
        const GAP: f64 = 5.0;
        let [left, top, right, bottom] = label.around;
        let (middle, height) = (0.5 * (left + right), 0.5 * (top + bottom));
        let width = 0.56 * label.size * label.text.chars().count() as f64;
        let base = 0.35 * label.size;
        let places = [
            ([middle, top - GAP], Anchor::Middle),
            ([middle, bottom + GAP + 0.75 * label.size], Anchor::Middle),
            ([right + GAP, height + base], Anchor::Start),
            ([left - GAP, height + base], Anchor::End),
            ([right, top - GAP], Anchor::Start),
            ([left, bottom + GAP + 0.75 * label.size], Anchor::End),
            ([middle, bottom + GAP + 1.9 * label.size], Anchor::Middle),
            ([middle, top - GAP - 1.2 * label.size], Anchor::Middle),
        ];
        let boxed = |[x, y]: [f64; 2], anchor: Anchor| {
            let start = match anchor {
                Anchor::Start => x,
                Anchor::Middle => x - 0.5 * width,
                Anchor::End => x - width,
            };
            [start, y - 0.8 * label.size, start + width, y + 0.25 * label.size]
        };
        let mut best = (f64::INFINITY, places[0]);
        for (at, anchor) in places {
            let cost = self.covered(boxed(at, anchor));
            if cost < best.0 {
                best = (cost, (at, anchor));
            }
        }
        let (cost, (at, anchor)) = best;
        self.taken.push(boxed(at, anchor));
        (at, anchor, cost == 0.0)
    }

    /// Area of what is taken below a box; what lies outside the picture counts tenfold.
    fn covered(&self, [left, top, right, bottom]: [f64; 4]) -> f64 {
        let overlap = |other: &[f64; 4]| {
            let wide = (right.min(other[2]) - left.max(other[0])).max(0.0);
            wide * (bottom.min(other[3]) - top.max(other[1])).max(0.0)
        };
        let inside = overlap(&[0.0, 0.0, self.picture[0], self.picture[1]]);
        let outside = ((right - left) * (bottom - top) - inside).max(0.0);
        let outside = if outside < 1e-6 { 0.0 } else { outside };
        self.taken.iter().map(overlap).fold(10.0 * outside, |sum, area| sum + area)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_way() {
        let mut labels = Labels::new([200.0, 100.0]);
        let label = Label { text: "abcd", size: 10.0, around: [90.0, 45.0, 110.0, 55.0] };
        let (above, _, free) = labels.place(&label);
        assert!(above[1] < 45.0 && free);
        let (below, _, free) = labels.place(&label);
        assert!(below[1] > 55.0 && free);
        let mut corner = Labels::new([200.0, 100.0]);
        let (at, anchor, free) = corner.place(&Label { around: [0.0, 6.0, 4.0, 10.0], ..label });
        assert!(free && at[0] > 4.0 && matches!(anchor, Anchor::Start), "{at:?}");
    }

    #[test]
    fn where_all_is_taken_the_name_is_said_not_to_stand_free() {
        let mut labels = Labels::new([200.0, 100.0]);
        labels.occupy([100.0, 50.0], 100.0);
        let (_, _, free) =
            labels.place(&Label { text: "abcd", size: 10.0, around: [90.0, 45.0, 110.0, 55.0] });
        assert!(!free);
    }
}
