//! This engine beside its peers, measured in one run: nalgebra written plainly, Eigen, Stone Soup, FilterPy, scipy, kiddo, a
//! copy of bytes, and the operations that are needed at the machine's own rate.
//!
//! All do the same work on the same numbers, which is checked before anything is timed. They take turns in rounds whose order
//! is drawn, each for its thread's own time, and what is told are medians of the ratios of each round: other work on the
//! machine disturbs both sides of a ratio.

pub mod assignment;
pub mod blocks;
pub mod child;
pub mod contest;
pub mod counting;
pub mod drag;
pub mod filters;
pub mod flight;
pub mod gating;
pub mod limits;
pub mod modes;
pub mod plain;
pub mod rates;
pub mod recordings;
pub mod report;
pub mod session;
pub mod statistics;
pub mod work;

use crate::SceneError;
use child::{Peer, Peers};
use contest::Contest;
use rates::Rates;
use std::path::Path;

/// What is compared, to be chosen by.
pub const TOPICS: [&str; 7] = ["filter", "drag", "modes", "flight", "gating", "assignment", "recording"];

/// Beside whom, to be chosen by.
pub const PEERS: [&str; 8] =
    ["floor", "nalgebra", "eigen", "stone-soup", "filterpy", "kiddo", "scipy", "copy"];

/// Who takes part, and what they are made of.
pub struct Gathering {
    /// The contest itself.
    pub contest: Contest,
    /// Programs in other languages.
    pub peers: Peers,
    rates: Option<Rates>,
}

impl Gathering {
    /// Nobody yet; those of these names only may come.
    pub fn new(only: Vec<String>, folder: &Path) -> Self {
        Gathering { contest: Contest::of(only), peers: Peers::new(folder), rates: None }
    }

    /// The machine's rates, entered once.
    pub fn rates(&mut self) -> Rates {
        match self.rates {
            Some(rates) => rates,
            None => *self.rates.insert(Rates::enter(&mut self.contest, &mut self.peers)),
        }
    }

    /// Eigen, or a word why not.
    pub fn eigen(&mut self) -> Option<Peer> {
        let made = self.peers.eigen();
        self.or_skip("Eigen", made)
    }

    /// Stone Soup, FilterPy and scipy, or a word why not.
    pub fn python(&mut self) -> Option<Peer> {
        let made = self.peers.python();
        self.or_skip("Stone Soup, FilterPy, scipy", made)
    }

    fn or_skip(&mut self, who: &str, made: Result<Peer, String>) -> Option<Peer> {
        made.map_err(|reason| self.contest.skip(who, reason)).ok()
    }
}

/// All comparisons that are wanted, of all who are there; programs in other languages are made in `folder`.
///
/// # Errors
/// When a scene cannot be set up, which none does as they are; when a program dies.
pub fn gather(only: Vec<String>, folder: &Path) -> Result<Contest, SceneError> {
    let mut all = Gathering::new(only, folder);
    filters::free_flight(&mut all)?;
    filters::in_the_air(&mut all)?;
    modes::enter(&mut all)?;
    flight::enter(&mut all)?;
    gating::enter(&mut all)?;
    assignment::enter(&mut all)?;
    recordings::enter(&mut all)?;
    Ok(all.contest)
}
