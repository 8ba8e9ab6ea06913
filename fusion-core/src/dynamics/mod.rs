//! How objects move.

pub mod atmosphere;
pub mod gravity;
