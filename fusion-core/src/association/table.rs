//! The question of one scan, which plot belongs to which track, and its answer, whatever the method.

use super::{Joint, NearestNeighbour};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A plot in a track's gate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The plot's index in its scan.
    pub plot: usize,
    /// ln(Pd N(z; ẑ, S) / β), with β the density of false plots.
    pub log_ratio: f64,
}

#[derive(Clone, Copy, Debug)]
struct Track {
    log_miss: f64,
    existence: f64,
    /// Where its pairs begin.
    start: usize,
}

/// The tracks that a scan may have seen, the number of its plots, and the pairs that a gate let through.
///
/// Holds pairs, not a full matrix, so that a raid of many thousands costs what its gates hold. Keeps its memory.
///
/// ```
/// use fusion_core::association::{Associate, Joint, Shares, Table};
/// let (mut table, mut shares) = (Table::default(), Shares::default());
/// table.clear(1);
/// // Two sure tracks want the only plot equally: (neither, first, second) weigh 1, 3 and 3.
/// for _ in 0..2 {
///     table.push_track(0.0, 1.0);
///     table.push_pair(0, libm::log(3.0));
/// }
/// Joint::default().associate(&table, &mut shares)?;
/// assert!((shares.missed(0) - 4.0 / 7.0).abs() < 1e-15);
/// # Ok::<(), fusion_core::association::AssociationError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Table {
    plots: usize,
    tracks: Vec<Track>,
    pairs: Vec<Pair>,
}

impl Table {
    /// Begins a scan of so many plots, without tracks yet.
    pub fn clear(&mut self, plots: usize) {
        self.plots = plots;
        self.tracks.clear();
        self.pairs.clear();
    }

    /// The next track: `log_miss` is ln(1 − Pd), −∞ where it cannot be missed; `existence` is the probability that it
    /// stands for an object at all, in (0, 1]; one where that is not asked.
    pub fn push_track(&mut self, log_miss: f64, existence: f64) {
        self.tracks.push(Track { log_miss, existence, start: self.pairs.len() });
    }

    /// A plot in the gate of the track pushed last, in any order. Of a plot that is given twice the likelier counts;
    /// a ratio of −∞ says the same as leaving the pair out.
    pub fn push_pair(&mut self, plot: usize, log_ratio: f64) {
        if log_ratio == f64::NEG_INFINITY {
            return;
        }
        let start = self.tracks.last().map_or(self.pairs.len(), |track| track.start);
        let place = start + self.pairs[start..].partition_point(|pair| pair.plot < plot);
        match self.pairs.get_mut(place) {
            Some(known) if known.plot == plot => known.log_ratio = known.log_ratio.max(log_ratio),
            _ => self.pairs.insert(place, Pair { plot, log_ratio }),
        }
    }

    /// Number of tracks.
    pub fn tracks(&self) -> usize {
        self.tracks.len()
    }

    /// Number of plots.
    pub fn plots(&self) -> usize {
        self.plots
    }

    /// The pairs of a track, by plot.
    ///
    /// # Panics
    ///
    /// If `track` is not below [`Table::tracks`], as indexing a slice does.
    pub fn row(&self, track: usize) -> &[Pair] {
        &self.pairs[self.range(track)]
    }

    /// ln(1 − Pd) of a track.
    ///
    /// # Panics
    ///
    /// As [`Table::row`].
    pub fn log_miss(&self, track: usize) -> f64 {
        self.tracks[track].log_miss
    }

    /// The probability of a track to exist, before this scan.
    ///
    /// # Panics
    ///
    /// As [`Table::row`].
    pub fn existence(&self, track: usize) -> f64 {
        self.tracks[track].existence
    }

    /// Where a track's pairs stand among those of all.
    pub(super) fn range(&self, track: usize) -> std::ops::Range<usize> {
        let end = self.tracks.get(track + 1).map_or(self.pairs.len(), |next| next.start);
        self.tracks[track].start..end
    }

    /// Whether the table makes sense.
    pub(super) fn check(&self) -> Result<(), AssociationError> {
        if self.tracks.first().map_or(self.pairs.len(), |first| first.start) > 0 {
            return Err(AssociationError::NoTrack);
        }
        for (track, &Track { log_miss, existence, .. }) in self.tracks.iter().enumerate() {
            let is_probability = existence > 0.0 && existence <= 1.0;
            if !is_probability {
                return Err(AssociationError::Existence { track, value: existence });
            }
            let is_log_probability = log_miss <= 0.0;
            if !is_log_probability {
                return Err(AssociationError::Miss { track, value: log_miss });
            }
            for &Pair { plot, log_ratio } in self.row(track) {
                if plot >= self.plots {
                    return Err(AssociationError::Plot { track, plot, plots: self.plots });
                }
                if !log_ratio.is_finite() {
                    return Err(AssociationError::Ratio { track, plot, value: log_ratio });
                }
            }
        }
        Ok(())
    }
}

/// The answer to a [`Table`]. Keeps its memory.
///
/// All weights of a track are *given that it exists*: those of its pairs and of a miss add up to one, and are what its
/// state is updated with. The probability that a plot is a track's is the pair's weight times the track's existence.
#[derive(Clone, Debug, Default)]
pub struct Shares {
    /// Plot and weight of each pair, in the table's order.
    pub(super) pairs: Vec<(usize, f64)>,
    pub(super) rows: Vec<ShareOfTrack>,
    pub(super) is_approximate: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct ShareOfTrack {
    pub missed: f64,
    pub existence: f64,
    start: usize,
}

impl Shares {
    /// Begins the answer to a table: all tracks missed.
    pub(super) fn begin(&mut self, table: &Table) {
        self.pairs.clear();
        self.pairs.extend(table.pairs.iter().map(|pair| (pair.plot, 0.0)));
        self.rows.clear();
        self.rows.extend(table.tracks.iter().map(|track| ShareOfTrack {
            missed: 1.0,
            existence: track.existence,
            start: track.start,
        }));
        self.is_approximate = false;
    }

    /// Number of tracks.
    pub fn tracks(&self) -> usize {
        self.rows.len()
    }

    /// Plots in the track's gate, ascending, each with the probability to be the track's, given that the track exists.
    ///
    /// # Panics
    ///
    /// If `track` is not below [`Shares::tracks`], as indexing a slice does.
    pub fn of(&self, track: usize) -> impl Iterator<Item = (usize, f64)> {
        let end = self.rows.get(track + 1).map_or(self.pairs.len(), |next| next.start);
        self.pairs[self.rows[track].start..end].iter().copied()
    }

    /// The probability that none of the plots is the track's, given that the track exists.
    ///
    /// # Panics
    ///
    /// As [`Shares::of`].
    pub fn missed(&self, track: usize) -> f64 {
        self.rows[track].missed
    }

    /// The probability that the track exists, after this scan.
    ///
    /// # Panics
    ///
    /// As [`Shares::of`].
    pub fn existence(&self, track: usize) -> f64 {
        self.rows[track].existence
    }

    /// Whether a cluster was too large for the exact answer.
    pub fn is_approximate(&self) -> bool {
        self.is_approximate
    }
}

/// Why a table has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum AssociationError {
    /// A pair was pushed before the first track.
    #[error("a pair stands before the first track")]
    NoTrack,
    /// A pair names a plot that is not there.
    #[error("track {track} names plot {plot} of {plots}")]
    Plot {
        /// The track.
        track: usize,
        /// The plot named.
        plot: usize,
        /// Plots of the scan.
        plots: usize,
    },
    /// The logarithm of a likelihood ratio that is NaN or +∞.
    #[error("the log-ratio {value} of track {track} with plot {plot} is not finite")]
    Ratio {
        /// The track.
        track: usize,
        /// The plot.
        plot: usize,
        /// What stands there.
        value: f64,
    },
    /// The logarithm of the probability of a miss that is NaN or above zero.
    #[error("the log-probability {value} of a miss of track {track} is none")]
    Miss {
        /// The track.
        track: usize,
        /// What stands there.
        value: f64,
    },
    /// A probability of existence outside of (0, 1].
    #[error("the probability {value} of track {track} to exist is not in (0, 1]")]
    Existence {
        /// The track.
        track: usize,
        /// What stands there.
        value: f64,
    },
    /// Tracks that cannot be missed share too few plots.
    #[error("no joint event is possible: more tracks that cannot be missed than plots for them")]
    Impossible,
}

/// A way to answer a [`Table`].
///
/// The answer depends on the table alone, not on earlier ones nor on the order in which pairs were pushed. Once the
/// memory of the associator and of `shares` has grown, nothing is allocated.
pub trait Associate {
    /// Answers `table` into `shares`.
    ///
    /// # Errors
    ///
    /// [`AssociationError`]; `shares` then holds nothing that may be used.
    fn associate(&mut self, table: &Table, shares: &mut Shares) -> Result<(), AssociationError>;
}

/// How plots are given to tracks; see the [module](super) for when to take which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The likeliest one-to-one assignment of the scan, and nothing else.
    #[default]
    NearestNeighbour,
    /// Every plot in a track's gate, weighed over all joint events.
    Joint,
    /// Several ways to explain the last scans are kept apart until later ones tell.
    MultipleHypotheses,
}

impl Method {
    /// What answers a scan's table by this method. Multiple hypotheses are chosen over several scans,
    /// by a [`Selector`](super::Selector); a single scan's weights are the joint ones to them too.
    pub fn associator(self) -> Associator {
        match self {
            Method::NearestNeighbour => Associator::NearestNeighbour(Box::default()),
            Method::Joint | Method::MultipleHypotheses => Associator::Joint(Box::default()),
        }
    }
}

/// The associator of a [`Method`], with its memory.
#[derive(Clone, Debug)]
pub enum Associator {
    /// Of [`Method::NearestNeighbour`].
    NearestNeighbour(Box<NearestNeighbour>),
    /// Of [`Method::Joint`].
    Joint(Box<Joint>),
}

impl Default for Associator {
    fn default() -> Self {
        Method::default().associator()
    }
}

impl Associate for Associator {
    fn associate(&mut self, table: &Table, shares: &mut Shares) -> Result<(), AssociationError> {
        match self {
            Associator::NearestNeighbour(nearest) => nearest.associate(table, shares),
            Associator::Joint(joint) => joint.associate(table, shares),
        }
    }
}
