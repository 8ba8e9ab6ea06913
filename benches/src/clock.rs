//! The clock of the benches.

use rustix::time::{ClockId, clock_gettime};

/// Time that this thread has run, ns: other work on the machine disturbs it less than the time that passes.
pub fn thread_ns() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
}

/// Time that has passed since some instant, ns: for work of several threads.
pub fn wall_ns() -> f64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
}
