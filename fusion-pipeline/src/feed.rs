//! The sending end of a live feed: one for each sensor, on a thread of its own.

use crate::options::{FeedOptions, WhenFull};
use crate::ring::{Consumer, Producer, RingName, ring};
use crossbeam::atomic::AtomicCell;
use crossbeam::sync::{Parker, Unparker};
use crossbeam::utils::Backoff;
use fusion_core::types::{Scan, SensorId, Time};
use std::sync::{Arc, OnceLock};
use thiserror::Error;

/// What the ring of a live feed carries.
#[derive(Clone, Debug)]
pub(crate) enum Sent {
    /// A scan, with its number among those that the feed has sent: what is missing was dropped.
    Scan(u64, Arc<Scan>),
    /// Nothing of this time or before is still to come.
    Watermark(Time),
}

/// What a feed says when it ends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Total {
    pub sent: u64,
    pub waits: u64,
}

/// Why a feed did not take a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FeedError {
    /// The pipeline has ended.
    #[error("the pipeline of sensor {sensor} has ended")]
    Closed {
        /// The feed's sensor.
        sensor: SensorId,
    },
    /// The scan is another sensor's.
    #[error("scan {sequence} is of sensor {of}, but this is the feed of sensor {sensor}")]
    WrongSensor {
        /// The feed's sensor.
        sensor: SensorId,
        /// The scan's sensor.
        of: SensorId,
        /// The scan's number.
        sequence: u32,
    },
}

/// The sending end of one sensor's live feed. Dropping it ends the feed: nobody waits for it any more.
///
/// Scans are sent in order of time, and each says that nothing earlier need be waited for. What comes later all the same is
/// handed on as long as the nodes' histories reach back to it. What happens when the ring is full is
/// [`FeedOptions::when_full`].
#[derive(Debug)]
pub struct Feed {
    sensor: SensorId,
    when_full: WhenFull,
    ring: Producer<Sent>,
    parker: Parker,
    sent: u64,
    dropped: u64,
    total: Arc<OnceLock<Total>>,
    is_closed: Arc<AtomicCell<bool>>,
}

/// The receiving end.
#[derive(Debug)]
pub(crate) struct Source {
    pub ring: Consumer<Sent>,
    total: Arc<OnceLock<Total>>,
}

/// Both ends of a feed; `driver` is woken by what is sent.
pub(crate) fn feed(
    sensor: SensorId,
    options: &FeedOptions,
    driver: Unparker,
    is_closed: &Arc<AtomicCell<bool>>,
) -> (Feed, Source) {
    let parker = Parker::new();
    let name = RingName::Live { sensor };
    let (producer, consumer) = ring(name, options.ring_capacity, parker.unparker().clone(), driver);
    let total = Arc::new(OnceLock::new());
    let feed = Feed {
        sensor,
        when_full: options.when_full,
        ring: producer,
        parker,
        sent: 0,
        dropped: 0,
        total: Arc::clone(&total),
        is_closed: Arc::clone(is_closed),
    };
    (feed, Source { ring: consumer, total })
}

impl Feed {
    /// Whose scans it sends.
    pub fn sensor(&self) -> SensorId {
        self.sensor
    }

    /// Scans sent so far.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Scans that were dropped here since the ring was full.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Sends a scan at once.
    ///
    /// # Errors
    /// [`FeedError`]; the scan was not sent.
    pub fn send(&mut self, scan: Arc<Scan>) -> Result<(), FeedError> {
        let item = self.number(scan)?;
        self.ring.send(item);
        self.settle()
    }

    /// Sends several scans, sixteen at a time: for a sender that has more than one at hand.
    ///
    /// # Errors
    /// [`FeedError`]; the scans before the one in question were sent.
    pub fn send_all(&mut self, scans: impl IntoIterator<Item = Arc<Scan>>) -> Result<(), FeedError> {
        let mut outcome = Ok(());
        for scan in scans {
            match self.number(scan) {
                Ok(item) => self.ring.pack(item),
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
            if !self.ring.has_room() {
                self.settle()?;
            }
        }
        self.ring.flush();
        self.settle().and(outcome)
    }

    /// Says that nothing of this time or before is still to come: a sensor that looks seldom holds nobody back so. Further ahead
    /// than [`FeedOptions::ahead_s`] it says nothing of how late it is.
    ///
    /// # Errors
    /// [`FeedError::Closed`].
    pub fn advance(&mut self, time: Time) -> Result<(), FeedError> {
        self.check_open()?;
        self.ring.send(Sent::Watermark(time));
        self.settle()
    }

    fn check_open(&self) -> Result<(), FeedError> {
        if self.is_closed.load() { Err(FeedError::Closed { sensor: self.sensor }) } else { Ok(()) }
    }

    fn number(&mut self, scan: Arc<Scan>) -> Result<Sent, FeedError> {
        self.check_open()?;
        if scan.sensor != self.sensor {
            let (of, sequence) = (scan.sensor, scan.sequence);
            return Err(FeedError::WrongSensor { sensor: self.sensor, of, sequence });
        }
        self.sent += 1;
        Ok(Sent::Scan(self.sent - 1, scan))
    }

    /// Waits until the ring has taken everything, or makes room in it.
    fn settle(&mut self) -> Result<(), FeedError> {
        let backoff = Backoff::new();
        while !self.ring.is_clear() {
            match self.when_full {
                WhenFull::DropOldest => {
                    let dropped = &mut self.dropped;
                    self.ring.drop_oldest(|item| *dropped += u64::from(matches!(item, Sent::Scan(..))));
                }
                WhenFull::Wait => {
                    self.check_open()?;
                    self.ring.wake();
                    if backoff.is_completed() { self.parker.park() } else { backoff.snooze() }
                }
            }
            self.ring.flush();
        }
        self.ring.wake();
        Ok(())
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        let _ = self.total.set(Total { sent: self.sent, waits: self.ring.report().waits });
        self.ring.wake();
    }
}

impl Source {
    /// What the feed said when it ended; none while it has not. What it sent before is in the ring by then.
    pub fn total(&self) -> Option<Total> {
        self.total.get().copied()
    }
}
