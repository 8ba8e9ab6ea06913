//! Time as it passes: how fast a replay goes, and the one place that reads the wall clock.

use crossbeam::sync::{Parker, Unparker};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How fast the scans of a recording are fed. Results do not depend on it.
#[derive(Clone, Debug, Default)]
pub enum Pace {
    /// As fast as the nodes take them.
    #[default]
    Maximum,
    /// As they were recorded, `factor` times as fast.
    RealTime {
        /// 1 is real time, 10 is ten times as fast.
        factor: f64,
        /// The clock that passes meanwhile.
        clock: Arc<dyn Clock>,
    },
}

impl Pace {
    /// `factor` times as fast as recorded, by the wall clock.
    pub fn real_time(factor: f64) -> Self {
        Pace::RealTime { factor, clock: Arc::new(WallClock::new()) }
    }
}

/// A clock that can be waited for.
pub trait Clock: Debug + Send + Sync {
    /// Time since some fixed instant; never goes back.
    fn elapsed(&self) -> Duration;

    /// Waits about `at_most`, or less: until `wake` is given a sign.
    fn wait(&self, at_most: Duration, wake: &Wake);
}

/// The computer's monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct WallClock {
    begin: Instant,
}

impl WallClock {
    /// A clock that starts now.
    #[allow(
        clippy::disallowed_methods,
        reason = "the one clock; it paces the feeding and no result depends on it"
    )]
    pub fn new() -> Self {
        WallClock { begin: Instant::now() }
    }
}

impl Default for WallClock {
    fn default() -> Self {
        WallClock::new()
    }
}

impl Clock for WallClock {
    fn elapsed(&self) -> Duration {
        self.begin.elapsed()
    }

    fn wait(&self, at_most: Duration, wake: &Wake) {
        wake.wait(at_most);
    }
}

/// Where the driver sleeps, and is woken when a ring has room again or a tick is there to be observed.
#[derive(Debug, Default)]
pub struct Wake {
    parker: Parker,
}

impl Wake {
    /// Sleeps until there is a sign, at most for a span. A sign given since the last sleep counts.
    pub fn wait(&self, at_most: Duration) {
        self.parker.park_timeout(at_most);
    }

    /// Sleeps until there is a sign.
    pub(crate) fn park(&self) {
        self.parker.park();
    }

    pub(crate) fn unparker(&self) -> Unparker {
        self.parker.unparker().clone()
    }
}
