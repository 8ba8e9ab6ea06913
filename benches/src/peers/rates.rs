//! How many operations on four numbers the machine does: many that do not wait for each other.

use super::child::Peers;
use super::contest::{Contest, Entry, Form};
use super::counting::Operations;
use fusion_core::dispatch::{Four, Kernel, widest};
use fusion_core::math::{lanes::Lanes, real::Real};
use std::hint::black_box;

/// Chains side by side: more than the operations under way in any processor of now.
const CHAINS: usize = 12;
/// Operations of each chain in a repetition.
const TURNS: usize = 1_000;

/// Who is asked for the time of each kind of operation.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// A multiply-add.
    pub multiply_add: Entry,
    /// A division.
    pub division: Entry,
    /// A square root.
    pub root: Entry,
}

/// An operation that is done again and again.
#[derive(Clone, Copy, Debug)]
enum Operation {
    /// A product and a sum, as the engine does them.
    ProductAndSum,
    Division,
    Root,
}

/// Chains of one operation.
struct Repeat<'a>(Operation, &'a mut [Lanes; CHAINS]);

impl Kernel for Repeat<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Four>(self) {
        let Repeat(operation, lanes) = self;
        let (factor, addend) =
            (S::load(&black_box(Lanes::splat(0.5))), S::load(&black_box(Lanes::splat(1.0))));
        let mut chains = [S::zero(); CHAINS];
        for (chain, lanes) in chains.iter_mut().zip(lanes.iter()) {
            *chain = S::load(lanes);
        }
        match operation {
            Operation::ProductAndSum => {
                for _ in 0..TURNS {
                    for chain in &mut chains {
                        *chain = *chain * factor + addend;
                    }
                }
            }
            Operation::Division => {
                for _ in 0..TURNS {
                    for chain in &mut chains {
                        *chain = addend / *chain;
                    }
                }
            }
            Operation::Root => {
                for _ in 0..TURNS {
                    for chain in &mut chains {
                        *chain = chain.sqrt();
                    }
                }
            }
        }
        for (chain, lanes) in chains.iter().zip(lanes) {
            *lanes = chain.store();
        }
    }
}

impl Rates {
    /// Lets the machine take part; one that is asked for the rate of multiply-adds by a compiler of C++ where there is one.
    pub fn enter(contest: &mut Contest, peers: &mut Peers) -> Self {
        let operations = (CHAINS * TURNS) as f64;
        let repeat = |contest: &mut Contest, name: &str, operation: Operation| {
            let mut chains: [Lanes; CHAINS] = std::array::from_fn(|chain| Lanes::splat(1.1 + chain as f64));
            contest.enter_work(name, operations, move || widest(Repeat(operation, black_box(&mut chains))))
        };
        let multiply_add = match peers.rates() {
            Ok(peer) => contest.enter("multiply-add of four", operations, peer.timed("multiply-add")),
            Err(reason) => {
                contest.skip("the multiply-add by C++: a product and a sum by Rust in its place", reason);
                repeat(contest, "product and sum of four", Operation::ProductAndSum)
            }
        };
        Rates {
            multiply_add,
            division: repeat(contest, "division of four", Operation::Division),
            root: repeat(contest, "square root of four", Operation::Root),
        }
    }

    /// The floor of operations on four tracks, for a track: every operation as one multiply-add.
    pub fn floor(&self, operations: &Operations) -> Form {
        let parts = vec![(self.multiply_add, operations.each_as_one() as f64 / Lanes::COUNT as f64)];
        Form { name: format!("{} multiply-adds of four", operations.each_as_one()), parts }
    }

    /// The same with divisions and roots at their own rates; functions, a few of hundreds, at none.
    pub fn own_floor(&self, operations: &Operations) -> Form {
        let of_track = |count: usize| count as f64 / Lanes::COUNT as f64;
        let parts = vec![
            (self.multiply_add, of_track(operations.multiply_adds())),
            (self.division, of_track(operations.divisions)),
            (self.root, of_track(operations.roots)),
        ];
        let Operations { divisions, roots, .. } = operations;
        let name =
            format!("{} multiply-adds, {divisions} divisions, {roots} roots", operations.multiply_adds());
        Form { name, parts }
    }
}
