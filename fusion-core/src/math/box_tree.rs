//! Which of many boxes overlap a given one: a packed tree, built anew for each set.

/// A box with its sides along the axes: lowest and highest number in each. Infinite bounds are allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The lowest number in each axis.
    pub low: [f64; 3],
    /// The highest number in each axis.
    pub high: [f64; 3],
}

impl Bounds {
    /// Nothing: the union with it changes no box.
    pub const NOTHING: Bounds = Bounds { low: [f64::INFINITY; 3], high: [f64::NEG_INFINITY; 3] };

    /// The smallest box around both.
    #[must_use]
    pub fn union(&self, other: &Bounds) -> Bounds {
        Bounds {
            low: std::array::from_fn(|axis| self.low[axis].min(other.low[axis])),
            high: std::array::from_fn(|axis| self.high[axis].max(other.high[axis])),
        }
    }
}

/// Boxes halved by their middles again and again as a k-d tree does, eight to a group, eight groups to a group above, up to
/// one.
///
/// `O(n log n)` to build, in memory that is kept from one set to the next. A question costs as many groups as it meets on
/// each level, of which there are `log₈ n`: near `log n` and the answers where boxes are small against the distances
/// between them, however unevenly they are spread, and `n` where all overlap. After Bentley, *Comm. ACM* 18 (1975),
/// 509-517, and, for boxes on all levels, Guttman, *Proc. SIGMOD* (1984), 47-57.
///
/// Bounds are rounded to the two millionth part of the extent of the whole set, in one direction: every overlap is
/// found, and boxes that miss each other by less than that may be named too. Not for boxes that move one by one.
///
/// ```
/// use fusion_core::math::box_tree::{Bounds, BoxTree};
/// let cube = |at: f64| Bounds { low: [at; 3], high: [at + 1.0; 3] };
/// let mut tree = BoxTree::default();
/// tree.fill(&[cube(0.0), cube(5.0), cube(5.5)]);
/// let mut found = Vec::new();
/// tree.for_each_overlapping(&cube(4.5), |index| found.push(index));
/// found.sort_unstable();
/// assert_eq!(found, [1, 2]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct BoxTree {
    scales: [Scale; 3],
    sorted: Vec<Middle>,
    /// All levels, the lowest first: its groups hold the boxes, those of others the extents of eight groups below.
    groups: Vec<Group>,
    /// Where each level begins in `groups`.
    levels: Vec<usize>,
}

/// Boxes in one group.
const WIDTH: usize = 8;
/// The greatest rounded bound.
const GREATEST: i32 = (1 << 21) - 1;

/// The rounded box: its low sides, and its high sides negated, so that a union is a minimum of six numbers.
type Sides = [i32; 6];

/// Sides that overlap nothing, and from which a limit can be taken.
const EMPTY: Sides = [1 << 30; 6];

/// Twice the rounded middle of a box, and its index.
#[derive(Clone, Copy, Debug)]
struct Middle([i32; 3], u32);

/// Eight rounded boxes side by side.
#[derive(Clone, Copy, Debug)]
struct Group([[i32; WIDTH]; 6]);

/// From a coordinate to its rounded number, which never falls where the coordinate rises.
#[derive(Clone, Copy, Debug)]
struct Scale {
    origin: f64,
    per_unit: f64,
}

impl Default for Scale {
    fn default() -> Self {
        Scale { origin: 0.0, per_unit: 1.0 }
    }
}

impl Scale {
    /// Such that the finite bounds among those of one axis spread over all numbers but the first and the last.
    fn of(bounds: impl Iterator<Item = f64>) -> Self {
        let (low, high) = bounds
            .filter(|bound| bound.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), bound| (low.min(bound), high.max(bound)));
        let per_unit = f64::from(GREATEST - 2) / (high - low);
        // All in one place, or without an extent: any scale serves.
        let is_extended = low < high && per_unit.is_normal();
        Scale {
            origin: if low.is_finite() { low } else { 0.0 },
            per_unit: if is_extended { per_unit } else { 1.0 },
        }
    }

    /// Not a number stands for no bound.
    fn low(&self, bound: f64) -> i32 {
        (self.rounded(bound).max(0.0).min(f64::from(GREATEST))) as i32
    }

    fn high(&self, bound: f64) -> i32 {
        (self.rounded(bound).min(f64::from(GREATEST)).max(0.0)) as i32
    }

    fn rounded(&self, bound: f64) -> f64 {
        (bound - self.origin) * self.per_unit + 1.0
    }
}

impl BoxTree {
    /// Builds the tree of these boxes; nothing of those before is left.
    pub fn fill(&mut self, boxes: &[Bounds]) {
        self.scales = std::array::from_fn(|axis| {
            Scale::of(boxes.iter().flat_map(|bounds| [bounds.low[axis], bounds.high[axis]]))
        });
        let scales = self.scales;
        self.sorted.clear();
        let mut sizes = [1.0; 3];
        for (index, bounds) in (0_u32..).zip(boxes) {
            let sides = sides(&scales, bounds);
            self.sorted.push(Middle(std::array::from_fn(|axis| sides[axis] - sides[axis + 3]), index));
            for (axis, size) in sizes.iter_mut().enumerate() {
                *size -= f64::from(sides[axis] + sides[axis + 3]);
            }
        }
        halve(&mut self.sorted, &sizes.map(f64::recip));

        self.groups.clear();
        self.levels.clear();
        self.levels.push(0);
        let sides_of = |&Middle(_, index): &Middle| sides(&scales, &boxes[index as usize]);
        self.groups.extend(self.sorted.chunks(WIDTH).map(|eight| Group::new(eight.iter().map(sides_of))));
        while self.groups.len() - self.levels[self.levels.len() - 1] > 1 {
            let (begin, end) = (self.levels[self.levels.len() - 1], self.groups.len());
            self.levels.push(end);
            for first in (begin..end).step_by(WIDTH) {
                let below = &self.groups[first..end.min(first + WIDTH)];
                let above = Group::new(below.iter().map(Group::extent));
                self.groups.push(above);
            }
        }
    }

    /// The indices of all boxes in the order of the tree, in which neighbours in space are mostly neighbours: one to keep things in
    /// that are looked up by place.
    pub fn order(&self) -> impl ExactSizeIterator<Item = usize> {
        self.sorted.iter().map(|middle| middle.1 as usize)
    }

    /// Names every box that overlaps a given one, by its index, in an order that is the same every time.
    pub fn for_each_overlapping(&self, bounds: &Bounds, mut visit: impl FnMut(usize)) {
        if self.groups.is_empty() {
            return;
        }
        // A box overlaps where its low sides are not above our high ones, and its high sides not below our low ones.
        let [low_x, low_y, low_z, minus_high_x, minus_high_y, minus_high_z] = sides(&self.scales, bounds);
        let limits = [-minus_high_x, -minus_high_y, -minus_high_z, -low_x, -low_y, -low_z];
        self.descend(self.levels.len() - 1, 0, &limits, &mut visit);
    }

    fn descend(&self, level: usize, group: usize, limits: &Sides, visit: &mut impl FnMut(usize)) {
        let mut overlapping = self.groups[self.levels[level] + group].overlapping(limits);
        while overlapping != 0 {
            let below = group * WIDTH + overlapping.trailing_zeros() as usize;
            overlapping &= overlapping - 1;
            if level > 0 {
                self.descend(level - 1, below, limits, visit);
            } else {
                visit(self.sorted[below].1 as usize);
            }
        }
    }
}

impl Group {
    fn new(boxes: impl Iterator<Item = Sides>) -> Self {
        let mut group = Group(EMPTY.map(|side| [side; WIDTH]));
        for (lane, sides) in boxes.enumerate() {
            for (row, side) in group.0.iter_mut().zip(sides) {
                row[lane] = side;
            }
        }
        group
    }

    fn extent(&self) -> Sides {
        let mut extent = EMPTY;
        for (side, row) in extent.iter_mut().zip(&self.0) {
            *side = row.iter().fold(*side, |least, one| least.min(*one));
        }
        extent
    }

    /// A bit for each of the eight boxes.
    #[inline]
    fn overlapping(&self, limits: &Sides) -> u32 {
        // Negative where a side is above its limit: the sign of their union says whether any is.
        let mut outside = [0; WIDTH];
        for (row, limit) in self.0.iter().zip(limits) {
            for (outside, side) in outside.iter_mut().zip(row) {
                *outside |= limit - side;
            }
        }
        outside.iter().enumerate().fold(0, |bits, (lane, outside)| bits | u32::from(*outside >= 0) << lane)
    }
}

fn sides(scales: &[Scale; 3], Bounds { low, high }: &Bounds) -> Sides {
    let [x, y, z] = scales;
    [x.low(low[0]), y.low(low[1]), z.low(low[2]), -x.high(high[0]), -y.high(high[1]), -z.high(high[2])]
}

/// Sorts until every aligned run of as many boxes as a group of any level has lies in a cell of its own.
///
/// Each cut goes across the axis in which the middles extend farthest, in units of the boxes' own mean size.
fn halve(middles: &mut [Middle], weights: &[f64; 3]) {
    if middles.len() <= WIDTH {
        return;
    }
    let (mut low, mut high) = ([i32::MAX; 3], [i32::MIN; 3]);
    for Middle(middle, _) in &*middles {
        for axis in 0..3 {
            low[axis] = low[axis].min(middle[axis]);
            high[axis] = high[axis].max(middle[axis]);
        }
    }
    let extent = |axis: usize| f64::from(high[axis] - low[axis]) * weights[axis];
    let axis = [1, 2].into_iter().fold(0, |most, axis| if extent(axis) > extent(most) { axis } else { most });
    // As many whole groups as fill the lower half of a tree, so that groups above hold whole halves.
    let half = WIDTH * middles.len().div_ceil(WIDTH).next_power_of_two() / 2;
    middles.select_nth_unstable_by_key(half, |&Middle(middle, index)| (middle[axis], index));
    let (lower, upper) = middles.split_at_mut(half);
    halve(lower, weights);
    halve(upper, weights);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::chance::Stream;

    fn overlap(one: &Bounds, other: &Bounds) -> bool {
        (0..3).all(|axis| one.low[axis] <= other.high[axis] && other.low[axis] <= one.high[axis])
    }

    fn found(tree: &BoxTree, query: &Bounds) -> Vec<usize> {
        let mut found = Vec::new();
        tree.for_each_overlapping(query, |index| found.push(index));
        found.sort_unstable();
        found
    }

    /// Boxes around a few places, of sizes over six decades, some without bound in one axis.
    fn boxes(chance: &mut Stream, count: usize) -> Vec<Bounds> {
        let places: Vec<f64> = (0..4).map(|_| chance.between(-1e6, 1e6)).collect();
        let mut one = || {
            let spread = libm::exp(chance.between(0.0, 12.0));
            let middle: [f64; 3] =
                std::array::from_fn(|_| places[(chance.uniform() * 4.0) as usize] + spread * chance.normal());
            let half: [f64; 3] = std::array::from_fn(|_| libm::exp(chance.between(-3.0, 11.0)));
            let mut bounds = Bounds {
                low: std::array::from_fn(|axis| middle[axis] - half[axis]),
                high: std::array::from_fn(|axis| middle[axis] + half[axis]),
            };
            let axis = (chance.uniform() * 40.0) as usize;
            if axis < 3 {
                (bounds.low[axis], bounds.high[axis]) = (f64::NEG_INFINITY, f64::INFINITY);
            }
            bounds
        };
        (0..count).map(|_| one()).collect()
    }

    #[test]
    fn finds_every_overlap_and_little_else() {
        let mut tree = BoxTree::default();
        for round in 0..60 {
            let mut chance = Stream::new("box tree", round, &[]);
            // Also none, one, and counts around whole groups.
            let count = [0, 1, 7, 8, 9, 64, 65, 700][round as usize % 8];
            let set = boxes(&mut chance, count);
            tree.fill(&set);
            for query in boxes(&mut chance, 50) {
                let found = found(&tree, &query);
                assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "named twice");
                // Rounding: as if the question were wider by three parts of the extent.
                let width = 3.0 * 2.0 * 5e6 / f64::from(GREATEST);
                let wider = Bounds {
                    low: query.low.map(|low| low - width),
                    high: query.high.map(|high| high + width),
                };
                for (index, bounds) in set.iter().enumerate() {
                    let is_found = found.binary_search(&index).is_ok();
                    assert!(is_found || !overlap(bounds, &query), "{bounds:?} {query:?}");
                    assert!(!is_found || overlap(bounds, &wider), "{bounds:?} {query:?}");
                }
            }
        }
    }

    #[test]
    fn boxes_of_no_size_in_one_place_and_bounds_that_are_no_numbers() {
        let mut tree = BoxTree::default();
        assert!(found(&tree, &Bounds { low: [0.0; 3], high: [1.0; 3] }).is_empty());
        tree.fill(&[Bounds { low: [5.0; 3], high: [5.0; 3] }; 20]);
        assert_eq!(found(&tree, &Bounds { low: [5.0; 3], high: [5.0; 3] }).len(), 20);
        assert!(found(&tree, &Bounds { low: [7.0; 3], high: [8.0; 3] }).is_empty());
        // Not a number is no bound, as infinity is.
        for none in [f64::NAN, f64::INFINITY] {
            let all = Bounds { low: [-none; 3], high: [none; 3] };
            assert_eq!(found(&tree, &all).len(), 20);
            tree.fill(&[all; 3]);
            assert_eq!(found(&tree, &Bounds { low: [7.0; 3], high: [8.0; 3] }), [0, 1, 2]);
            tree.fill(&[Bounds { low: [5.0; 3], high: [5.0; 3] }; 20]);
        }
        assert!(found(&tree, &Bounds::NOTHING).is_empty());
    }
}
