//! What a node does when it is given more than it can work on: false plots from every radar, more and more of them.
//!
//! The load that a node sustains is found first: false plots a second with which it needs as much processor time as passes, when it
//! leaves nothing out. Then it is given a multiple of that. What matters is told beside the same flights without the flood.

mod flood;
mod run;

pub use flood::Flood;
pub use run::{Figures, MissileFigures, run};
