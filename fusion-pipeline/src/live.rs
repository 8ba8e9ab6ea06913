//! A live pipeline: one feed for each sensor, each on its own thread, merged here.

use crate::error::PipelineError;
use crate::feed::{Feed, Sent, Source, feed};
use crate::intake::Intake;
use crate::options::{FeedOptions, Options, Plan};
use crate::pictures::Pictures;
use crate::pipeline::Pipeline;
use crate::record::LiveReport;
use crate::report::NodeTick;
use crate::sequencer::Next;
use crossbeam::atomic::AtomicCell;
use crossbeam::utils::Backoff;
use fusion_core::types::{Sensor, Time};
use std::sync::Arc;

/// Ticks that are closed before the caller gets a word in.
const TICKS_AT_A_TIME: usize = 16;

/// The nodes of a regime on worker threads, fed by one [`Feed`] for each sensor.
///
/// A tick is closed when every feed has gone past it, has ended, or has been silent for too long: see
/// [`FeedOptions::silence_s`]. What becomes of every scan is recorded, so that the run can be replayed to its own digest:
/// [`LiveReport::delivered`].
///
/// When not to use it: for a recording, and where one thread has the scans of all sensors in order: see
/// [`replay`](crate::replay) and [`Pipeline`].
pub struct Live<F: FnMut(&NodeTick)> {
    pipeline: Pipeline<F>,
    intake: Intake,
    sources: Vec<Source>,
    is_closed: Arc<AtomicCell<bool>>,
}

impl<F: FnMut(&NodeTick)> Live<F> {
    /// Starts the workers, and gives the feeds in order of the sensors; `observe` sees every tick of every node on the
    /// thread that runs the pipeline, in the order of (tick, node).
    ///
    /// # Errors
    /// As [`Pipeline::start`].
    pub fn start(
        plan: &Plan<'_>,
        options: &Options,
        feed_options: impl Fn(&Sensor) -> FeedOptions,
        observe: F,
    ) -> Result<(Self, Vec<Feed>), PipelineError> {
        let sensors = || plan.setup.sensors.iter().map(|sensor| (sensor.id, feed_options(sensor)));
        sensors().try_for_each(|(_, options)| options.check())?;
        let pipeline = Pipeline::start(plan, options, observe)?;
        let is_closed = Arc::new(AtomicCell::new(false));
        let ends = sensors().map(|(id, options)| feed(id, &options, pipeline.wake().unparker(), &is_closed));
        let (feeds, sources) = ends.unzip();
        let intake = Intake::new(plan.setup.start, plan.setup.tracker.history_s, sensors());
        Ok((Live { pipeline, intake, sources, is_closed }, feeds))
    }

    /// Runs until every feed has ended, and tells what was done. An idle driver spins, yields, then parks.
    ///
    /// # Errors
    /// [`PipelineError::NodePanicked`].
    pub fn run(mut self) -> Result<LiveReport, PipelineError> {
        let backoff = Backoff::new();
        while !self.is_done() {
            if self.step()? {
                backoff.reset();
            } else if backoff.is_completed() {
                self.pipeline.park();
                backoff.reset();
            } else {
                backoff.snooze();
            }
        }
        self.finish()
    }

    /// Takes what the feeds have sent, closes the ticks that can be closed, and lets the observer see what has been done;
    /// says whether there was anything to do. For a caller with a loop of its own; never waits for a feed.
    ///
    /// # Errors
    /// [`PipelineError::NodePanicked`].
    pub fn step(&mut self) -> Result<bool, PipelineError> {
        let mut has_moved = false;
        for _ in 0..TICKS_AT_A_TIME {
            // Before each tick: nobody is silent whose scans lie in the ring.
            has_moved |= self.read();
            let Next::Tick(tick) = self.intake.next() else { break };
            while let Some(arrival) = self.intake.scan_until(tick.time) {
                self.pipeline.put(arrival)?;
            }
            self.pipeline.close_tick()?;
            has_moved = true;
        }
        Ok(self.pipeline.poll()? || has_moved)
    }

    /// Closes every tick up to and at `time`, whoever is missing: for a caller with a clock, when all feeds are silent.
    ///
    /// # Errors
    /// [`PipelineError::NodePanicked`].
    pub fn advance(&mut self, time: Time) -> Result<(), PipelineError> {
        self.intake.advance(time);
        while self.pipeline.next_tick() <= time && !self.is_done() {
            self.step()?;
        }
        Ok(())
    }

    /// The latest picture of every node, for any number of readers on any threads.
    pub fn pictures(&self) -> Pictures {
        self.pipeline.pictures()
    }

    /// Whether every feed has ended and every scan was handed on.
    pub fn is_done(&self) -> bool {
        self.intake.is_done()
    }

    /// Closes the feeds, hands on what they have sent, lets the nodes finish and tells what was done.
    ///
    /// What a feed sends at the same moment may lie unread and uncounted: let feeds end by themselves where every scan is
    /// to be accounted for.
    ///
    /// # Errors
    /// [`PipelineError::NodePanicked`].
    pub fn finish(mut self) -> Result<LiveReport, PipelineError> {
        self.close();
        for feed in 0..self.sources.len() {
            let total = self.sources[feed].total();
            while let Some(sent) = self.sources[feed].ring.pop() {
                self.take(feed, sent);
            }
            self.intake.end(feed, total);
        }
        while !self.is_done() {
            self.step()?;
        }
        let (until, feeds) = (self.pipeline.now(), self.intake.records());
        let report = self.pipeline.end(until)?;
        Ok(LiveReport { report, feeds, until })
    }

    fn read(&mut self) -> bool {
        let mut has_read = false;
        for feed in 0..self.sources.len() {
            let mut has_taken = false;
            while self.intake.wants(feed) {
                // Asked first: what it sent before it ended is in the ring then.
                let total = self.sources[feed].total();
                if let Some(sent) = self.sources[feed].ring.pop() {
                    self.take(feed, sent);
                } else {
                    if total.is_some() {
                        self.intake.end(feed, total);
                    }
                    has_read |= total.is_some();
                    break;
                }
                has_taken = true;
            }
            if has_taken {
                self.sources[feed].ring.wake();
                has_read = true;
            }
        }
        has_read
    }

    fn take(&mut self, feed: usize, sent: Sent) {
        match sent {
            Sent::Scan(number, scan) => self.intake.take_scan(feed, number, scan),
            Sent::Watermark(time) => self.intake.take_watermark(feed, time),
        }
    }

    fn close(&self) {
        self.is_closed.store(true);
        self.sources.iter().for_each(|source| source.ring.wake());
    }
}

impl<F: FnMut(&NodeTick)> Drop for Live<F> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<F: FnMut(&NodeTick)> std::fmt::Debug for Live<F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Live").field("pipeline", &self.pipeline).finish_non_exhaustive()
    }
}
