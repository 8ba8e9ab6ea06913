//! What is computed from what.

use super::Operations;
use std::collections::BTreeMap;

/// What a number is computed from. A difference is the sum with a negative, which costs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    Input(u32),
    Constant(u64),
    Negative(u32),
    Sum(u32, u32),
    Product(u32, u32),
    Quotient(u32, u32),
    Root(u32),
    Comparison(u32, u32),
    Both(u32, u32),
    Choice(u32, u32, u32),
    /// Told apart by the number of the call: two functions may differ.
    Function(u32, u32),
    /// The second result of a function that has two.
    Second(u32),
}

impl Node {
    fn operands(self) -> [Option<u32>; 3] {
        match self {
            Node::Input(_) | Node::Constant(_) => [None; 3],
            Node::Negative(a) | Node::Root(a) | Node::Function(a, _) | Node::Second(a) => {
                [Some(a), None, None]
            }
            Node::Sum(a, b)
            | Node::Product(a, b)
            | Node::Quotient(a, b)
            | Node::Comparison(a, b)
            | Node::Both(a, b) => [Some(a), Some(b), None],
            Node::Choice(a, b, c) => [Some(a), Some(b), Some(c)],
        }
    }
}

/// All that was computed since it was new; nothing of it twice.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    known: BTreeMap<Node, u32>,
    /// Nodes that are results.
    pub results: Vec<u32>,
    calls: u32,
}

impl Graph {
    /// The number of a node, which is made where it is not known.
    pub fn node(&mut self, node: Node) -> u32 {
        *self.known.entry(node).or_insert_with(|| {
            self.nodes.push(node);
            (self.nodes.len() - 1) as u32
        })
    }

    /// A node like no other.
    pub fn fresh(&mut self, node: impl Fn(u32) -> Node) -> u32 {
        self.calls += 1;
        self.node(node(self.calls))
    }

    fn constant(&self, node: u32) -> Option<f64> {
        match self.nodes[node as usize] {
            Node::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    /// Without its sign, and whether that was there.
    fn unsigned(&self, node: u32) -> (u32, bool) {
        match self.nodes[node as usize] {
            Node::Negative(of) => (of, true),
            _ => (node, false),
        }
    }

    pub fn negative(&mut self, node: u32) -> u32 {
        match self.nodes[node as usize] {
            Node::Negative(of) => of,
            Node::Constant(bits) => self.node(Node::Constant((-f64::from_bits(bits)).to_bits())),
            _ => self.node(Node::Negative(node)),
        }
    }

    pub fn sum(&mut self, a: u32, b: u32) -> u32 {
        match (self.constant(a), self.constant(b)) {
            (Some(a), Some(b)) => self.node(Node::Constant((a + b).to_bits())),
            (Some(0.0), None) => b,
            (None, Some(0.0)) => a,
            _ => self.node(Node::Sum(a.min(b), a.max(b))),
        }
    }

    pub fn product(&mut self, a: u32, b: u32) -> u32 {
        match (self.constant(a), self.constant(b)) {
            (Some(a), Some(b)) => return self.node(Node::Constant((a * b).to_bits())),
            (Some(0.0), None) => return a,
            (None, Some(0.0)) => return b,
            (Some(1.0), None) => return b,
            (None, Some(1.0)) => return a,
            (Some(-1.0), None) => return self.negative(b),
            (None, Some(-1.0)) => return self.negative(a),
            _ => {}
        }
        let ((a, is_first), (b, is_second)) = (self.unsigned(a), self.unsigned(b));
        let product = self.node(Node::Product(a.min(b), a.max(b)));
        if is_first != is_second { self.negative(product) } else { product }
    }

    pub fn quotient(&mut self, a: u32, b: u32) -> u32 {
        match (self.constant(a), self.constant(b)) {
            (Some(a), Some(b)) => self.node(Node::Constant((a / b).to_bits())),
            (_, Some(1.0)) => a,
            _ => self.node(Node::Quotient(a, b)),
        }
    }

    /// Whether each node reaches a result.
    fn reached(&self) -> Vec<bool> {
        let (mut reached, mut open) = (vec![false; self.nodes.len()], self.results.clone());
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut reached[node as usize], true) {
                open.extend(self.nodes[node as usize].operands().into_iter().flatten());
            }
        }
        reached
    }

    /// What the results need.
    pub fn operations(&self) -> Operations {
        let reached = self.reached();
        let nodes = || {
            self.nodes
                .iter()
                .enumerate()
                .filter(|(index, node)| reached[*index] && !matches!(node, Node::Negative(_)))
        };
        let (mut uses, mut fused) = (vec![0_usize; self.nodes.len()], vec![0_usize; self.nodes.len()]);
        let all = nodes().flat_map(|(_, node)| node.operands()).flatten().chain(self.results.iter().copied());
        all.for_each(|operand| uses[self.unsigned(operand).0 as usize] += 1);
        for (_, node) in nodes() {
            if let &Node::Sum(a, b) = node {
                // One product goes into a sum: that which is used least elsewhere.
                let products = [a, b].map(|operand| self.unsigned(operand).0 as usize);
                let products =
                    products.into_iter().filter(|one| matches!(self.nodes[*one], Node::Product(..)));
                products.min_by_key(|one| uses[*one]).into_iter().for_each(|one| fused[one] += 1);
            }
        }
        let mut operations = Operations::default();
        for (index, node) in nodes() {
            match node {
                Node::Sum(..) => operations.sums += 1,
                Node::Product(..) if uses[index] == fused[index] => operations.fused_products += 1,
                Node::Product(..) => operations.products += 1,
                Node::Quotient(..) => operations.divisions += 1,
                Node::Root(_) => operations.roots += 1,
                Node::Function(..) => operations.functions += 1,
                _ => {}
            }
        }
        operations
    }
}
