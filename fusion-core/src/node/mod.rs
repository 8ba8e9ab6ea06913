//! One nation's fusion centre.

mod config;

pub use config::TrackerConfig;
