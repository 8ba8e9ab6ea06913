//! What a warning says: launch point, impact point, time left, areas to alert.

mod area;

pub use area::{Area, WarningConfig};
