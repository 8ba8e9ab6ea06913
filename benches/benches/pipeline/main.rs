//! The pipeline beside what it is made of: a hop beside a bare `ArrayQueue`'s, live feeds beside plain calls, the way from
//! a feed to a published picture beside a bare ring's, and what an idle pipeline costs. Everything is measured in one
//! run, in turns, so that what else the machine does falls on all alike; read the ratios.
//!
//! ```text
//! cargo bench -p benches --bench pipeline [-- hop]
//! ```
#![expect(clippy::print_stdout, reason = "a bench that shows its figures")]

mod hop;
mod latency;
mod throughput;

use fusion_pipeline::{Clock, WallClock};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let clock = WallClock::new();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{cores} processors\n");
    hop::show(&clock);
    if std::env::args().any(|a| a == "hop") {
        return Ok(());
    }
    throughput::show(&clock)?;
    latency::show(&clock)?;
    throughput::show_idle(&clock)
}

/// How long something takes, ns.
fn timed_ns(clock: &WallClock, work: impl FnOnce()) -> f64 {
    let begin = clock.elapsed();
    work();
    (clock.elapsed() - begin).as_nanos() as f64
}

/// The value that a share of all lie below.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let index = (share * sorted.len() as f64) as usize;
    sorted.get(index.min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}
