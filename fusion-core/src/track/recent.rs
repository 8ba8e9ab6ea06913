//! The last plots of a track: tracks that took different plots of one look are of different objects.

use serde::{Deserialize, Serialize};

/// The last few plots that went into a track, by the numbers that tell a plot from all others: above the lowest 16 bits the look's,
/// in them the plot's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent([Option<u64>; 6]);

impl Recent {
    /// Of a track with one plot.
    pub fn of(plot: u64) -> Self {
        let mut recent = Recent::default();
        recent.push(plot);
        recent
    }

    /// A plot went in.
    pub fn push(&mut self, plot: u64) {
        self.0.rotate_right(1);
        self.0[0] = Some(plot);
    }

    /// The plots, the last first.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        self.0.iter().flatten().copied()
    }

    /// Whether both took a plot of the same look, and not the same one.
    pub fn differs_from(&self, other: &Recent) -> bool {
        let others = || other.0.iter().flatten();
        self.0.iter().flatten().any(|plot| others().any(|other| plot >> 16 == other >> 16 && plot != other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_plots_of_one_look_tell_two_apart_as_long_as_they_are_recent() {
        let key = |look: u64, plot: u64| look << 16 | plot;
        let mut one = Recent::of(key(3, 1));
        let mut other = Recent::of(key(3, 1));
        assert!(!one.differs_from(&other));
        other.push(key(4, 0));
        assert!(!one.differs_from(&other));
        one.push(key(4, 2));
        assert!(one.differs_from(&other));
        for look in 10..20 {
            one.push(key(look, 0));
        }
        assert!(!one.differs_from(&other));
    }
}
