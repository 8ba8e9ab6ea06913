//! This engine beside its peers, measured in one run: nalgebra written plainly, Eigen, Stone Soup, FilterPy, scipy, kiddo, a
//! copy of bytes, and the operations that are needed at the machine's own rate.
//!
//! All do the same work on the same numbers, which is checked before anything is timed. They take turns in rounds whose order
//! is drawn, each for its thread's own time, and what is told are medians of the ratios of each round: other work on the
//! machine disturbs both sides of a ratio.

pub mod child;
pub mod contest;
pub mod counting;
pub mod filters;
pub mod plain;
pub mod rates;
pub mod report;
pub mod statistics;

use crate::SceneError;
use child::Peers;
use contest::Contest;

/// What is compared, to be chosen by.
pub const TOPICS: [&str; 1] = ["filter"];

/// Beside whom, to be chosen by.
pub const PEERS: [&str; 2] = ["floor", "nalgebra"];

/// All comparisons that are wanted, of all who are there.
///
/// # Errors
/// When a scene cannot be set up, which none does as they are.
pub fn gather(only: Vec<String>, peers: &mut Peers) -> Result<Contest, SceneError> {
    let mut contest = Contest::of(only);
    filters::enter(&mut contest, peers)?;
    Ok(contest)
}
