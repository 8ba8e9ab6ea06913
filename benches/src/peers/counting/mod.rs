//! What a kernel needs: its operations, counted by running it with a number that notes them.
//!
//! The number builds a graph of what is computed from what. Constants are folded as a compiler may fold them, nothing is
//! computed twice, a zero that is known beforehand is not multiplied or added, and what reaches no result is left out. A
//! product that goes into sums only is one operation with each of these: a multiply-add.

mod graph;

use fusion_core::dispatch::{Four, Kernel};
use fusion_core::math::{lanes::Lanes, real::Real};
use graph::{Graph, Node};
use num_traits::{One, Zero};
use std::cell::RefCell;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// Operations on four numbers side by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operations {
    /// Sums and differences, those of a product among them.
    pub sums: usize,
    /// Products that are not part of a sum.
    pub products: usize,
    /// Products that are part of a sum, and cost nothing beside it.
    pub fused_products: usize,
    /// Divisions.
    pub divisions: usize,
    /// Square roots.
    pub roots: usize,
    /// Functions of each number by itself, such as a table that is looked up: not in any floor but by its own time.
    pub functions: usize,
}

impl Operations {
    /// Of a kernel, run once; whatever it stores is a result.
    pub fn of<K: Kernel>(kernel: K) -> Operations {
        GRAPH.with_borrow_mut(|graph| *graph = Graph::default());
        kernel.run::<Counted>();
        GRAPH.with_borrow(Graph::operations)
    }

    /// How many they are if each counts as one multiply-add, divisions and roots too: the lowest floor.
    pub fn each_as_one(&self) -> usize {
        self.multiply_adds() + self.divisions + self.roots
    }

    /// Those that are a multiply-add or less.
    pub fn multiply_adds(&self) -> usize {
        self.sums + self.products
    }

    /// All of them so many times.
    #[must_use]
    pub fn times(&self, count: usize) -> Operations {
        Operations {
            sums: count * self.sums,
            products: count * self.products,
            fused_products: count * self.fused_products,
            divisions: count * self.divisions,
            roots: count * self.roots,
            functions: count * self.functions,
        }
    }
}

impl Add for Operations {
    type Output = Operations;

    fn add(self, other: Self) -> Self {
        Operations {
            sums: self.sums + other.sums,
            products: self.products + other.products,
            fused_products: self.fused_products + other.fused_products,
            divisions: self.divisions + other.divisions,
            roots: self.roots + other.roots,
            functions: self.functions + other.functions,
        }
    }
}

impl Sum for Operations {
    fn sum<I: Iterator<Item = Operations>>(all: I) -> Operations {
        all.fold(Operations::default(), Add::add)
    }
}

thread_local! {
    static GRAPH: RefCell<Graph> = RefCell::default();
}

/// Four numbers that note what they are computed from.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    value: Lanes,
    node: u32,
}

/// Four truth values that do.
#[derive(Clone, Copy, Debug)]
pub struct CountedMask {
    value: <Lanes as Real>::Mask,
    node: u32,
}

fn noted(value: Lanes, note: impl FnOnce(&mut Graph) -> u32) -> Counted {
    Counted { value, node: GRAPH.with_borrow_mut(note) }
}

impl Default for Counted {
    fn default() -> Self {
        Self::zero()
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Zero for Counted {
    fn zero() -> Self {
        Self::splat(0.0)
    }

    fn is_zero(&self) -> bool {
        self.value.is_zero()
    }
}

impl One for Counted {
    fn one() -> Self {
        Self::splat(1.0)
    }
}

impl Neg for Counted {
    type Output = Self;

    fn neg(self) -> Self {
        noted(-self.value, |graph| graph.negative(self.node))
    }
}

macro_rules! operator {
    ($operator:ident, $function:ident, $assigning:ident, $assign:ident, $note:expr) => {
        impl $operator for Counted {
            type Output = Self;

            fn $function(self, other: Self) -> Self {
                let note: fn(&mut Graph, u32, u32) -> u32 = $note;
                noted($operator::$function(self.value, other.value), |graph| {
                    note(graph, self.node, other.node)
                })
            }
        }

        impl $assigning for Counted {
            fn $assign(&mut self, other: Self) {
                *self = $operator::$function(*self, other);
            }
        }
    };
}

operator!(Add, add, AddAssign, add_assign, Graph::sum);
operator!(Mul, mul, MulAssign, mul_assign, Graph::product);
operator!(Div, div, DivAssign, div_assign, Graph::quotient);
operator!(Sub, sub, SubAssign, sub_assign, |graph, a, b| {
    let b = graph.negative(b);
    graph.sum(a, b)
});

impl Real for Counted {
    type Mask = CountedMask;

    fn splat(value: f64) -> Self {
        // One zero: its sign is nobody's.
        let bits = if value == 0.0 { 0 } else { value.to_bits() };
        noted(Lanes::splat(value), |graph| graph.node(Node::Constant(bits)))
    }

    fn map(self, function: impl Fn(f64) -> f64) -> Self {
        noted(self.value.map(function), |graph| graph.fresh(|call| Node::Function(self.node, call)))
    }

    fn map_pair(self, function: impl Fn(f64) -> (f64, f64)) -> (Self, Self) {
        let (first, second) = self.value.map_pair(function);
        let first = noted(first, |graph| graph.fresh(|call| Node::Function(self.node, call)));
        (first, noted(second, |graph| graph.node(Node::Second(first.node))))
    }

    fn sqrt(self) -> Self {
        noted(self.value.sqrt(), |graph| graph.node(Node::Root(self.node)))
    }

    fn is_above(self, other: Self) -> CountedMask {
        let node = GRAPH.with_borrow_mut(|graph| graph.node(Node::Comparison(self.node, other.node)));
        CountedMask { value: self.value.is_above(other.value), node }
    }

    fn any(mask: CountedMask) -> bool {
        Lanes::any(mask.value)
    }

    fn both(first: CountedMask, second: CountedMask) -> CountedMask {
        let node = GRAPH.with_borrow_mut(|graph| graph.node(Node::Both(first.node, second.node)));
        CountedMask { value: Lanes::both(first.value, second.value), node }
    }

    fn select(mask: CountedMask, first: Self, second: Self) -> Self {
        noted(Lanes::select(mask.value, first.value, second.value), |graph| {
            graph.node(Node::Choice(mask.node, first.node, second.node))
        })
    }
}

impl Four for Counted {
    fn load(lanes: &Lanes) -> Self {
        noted(*lanes, |graph| graph.fresh(Node::Input))
    }

    fn store(self) -> Lanes {
        GRAPH.with_borrow_mut(|graph| graph.results.push(self.node));
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written beside each stands in the test.
    struct Small;

    impl Kernel for Small {
        type Output = [Lanes; 5];

        fn run<S: Four>(self) -> [Lanes; 5] {
            let [a, b, c] = [2.0, 3.0, 5.0].map(|value| S::load(&Lanes::splat(value)));
            let (zero, two) = (S::zero(), S::splat(2.0));
            let fused = a * b + c;
            let kept = a * c;
            let unused = (a + b) / c;
            let same = (b * a - zero) * S::one() + c;
            [
                fused + same,
                kept,
                (kept - b * b).sqrt() / (S::splat(3.0) * two),
                S::select(a.is_above(b), zero * unused, a),
                a.map(|value| value + 1.0),
            ]
            .map(Four::store)
        }
    }

    #[test]
    fn operations_are_those_that_results_need() {
        // a b + c is one, and its double another sum; a c is a result; a c - b b one; a root, a division; one function.
        let found = Operations::of(Small);
        let expected =
            Operations { sums: 3, products: 1, fused_products: 2, divisions: 1, roots: 1, functions: 1 };
        assert_eq!(found, expected);
        assert_eq!((found.multiply_adds(), found.each_as_one()), (4, 6));
        assert_eq!(found.times(2), found + found);
    }

    #[test]
    fn numbers_that_count_are_those_that_do_not() {
        assert_eq!(Small.run::<Counted>(), Small.run::<Lanes>());
    }
}
