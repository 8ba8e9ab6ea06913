//! Time as a count of nanoseconds.

use serde::{Deserialize, Serialize};

/// An instant: nanoseconds since the Unix epoch, UTC, without leap seconds.
///
/// Not a clock: the library never asks what time it is. For printing and parsing use a calendar library at the
/// edge of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(i64);

/// A signed span of time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Duration(i64);

const NANOSECONDS_PER_SECOND: f64 = 1e9;

impl Time {
    /// The earliest time that can be told.
    pub const MIN: Time = Time(i64::MIN);
    /// The latest time that can be told: "never" for a feed that has ended.
    pub const MAX: Time = Time(i64::MAX);

    /// From nanoseconds since the Unix epoch.
    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        Time(nanoseconds)
    }

    /// Nanoseconds since the Unix epoch.
    pub const fn nanoseconds(self) -> i64 {
        self.0
    }

    /// Seconds from `earlier` to `self`, negative when `self` is the earlier one.
    pub fn seconds_since(self, earlier: Time) -> f64 {
        // Subtracted as integers first: the difference of two large floats would lose the nanoseconds.
        self.0.saturating_sub(earlier.0) as f64 / NANOSECONDS_PER_SECOND
    }

    /// The time `seconds` later, rounded to the nanosecond and saturating at [`Time::MIN`] and [`Time::MAX`].
    #[must_use]
    pub fn plus_seconds(self, seconds: f64) -> Time {
        self + Duration::from_seconds(seconds)
    }
}

impl Duration {
    /// No time at all.
    pub const ZERO: Duration = Duration(0);

    /// From seconds, rounded to the nanosecond, saturating; not-a-number counts as zero.
    pub fn from_seconds(seconds: f64) -> Self {
        // `as` saturates and maps NaN to zero.
        Duration(libm::round(seconds * NANOSECONDS_PER_SECOND) as i64)
    }

    /// From nanoseconds.
    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        Duration(nanoseconds)
    }

    /// As nanoseconds.
    pub const fn nanoseconds(self) -> i64 {
        self.0
    }

    /// As seconds.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / NANOSECONDS_PER_SECOND
    }
}

impl std::ops::Add<Duration> for Time {
    type Output = Time;
    fn add(self, span: Duration) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl std::ops::Sub for Time {
    type Output = Duration;
    fn sub(self, earlier: Time) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_survive_a_difference_of_large_times() {
        let launch = Time::from_nanoseconds(1_505_426_220_000_000_000);
        assert_eq!(launch.plus_seconds(0.000_000_001).seconds_since(launch), 1e-9);
        assert_eq!((launch.plus_seconds(-2.5) - launch).seconds(), -2.5);
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Time::MAX.plus_seconds(1.0), Time::MAX);
        assert_eq!(Time::MIN.plus_seconds(-1.0), Time::MIN);
        assert_eq!(Time::MAX.plus_seconds(f64::NAN), Time::MAX);
    }
}
