//! The driver: starts the workers, feeds them, observes their ticks, and ends them.

use crate::clock::Wake;
use crate::error::PipelineError;
use crate::observer::Observer;
use crate::options::{Options, Plan};
use crate::pictures::Pictures;
use crate::record::Arrival;
use crate::report::{NodeTick, Report};
use crate::ring::Producer;
use crate::sequencer::FeedItem;
use crate::wiring::{FeedRings, Threads, Wiring, spread, wire};
use crate::worker::{NodeTask, Returned, Shared, work};
use crossbeam::sync::{Parker, Unparker};
use fusion_core::node::{Routing, Setup, TICK_S, build, combined_digest};
use fusion_core::types::{NodeId, Scan, Time};
use std::sync::Arc;
use std::thread::JoinHandle;

/// A scan that is fed by hand may be this many ticks ahead of the last one: a day.
pub const MAXIMUM_LEAP_TICKS: u64 = 86_400;

/// The nodes of a regime on worker threads, fed by hand.
///
/// Scans are handed in in order of time, to the tick: a scan closes every tick before it, and one for a tick that was
/// closed is refused. The observer is called on the thread that calls [`Pipeline::feed`], [`Pipeline::advance`],
/// [`Pipeline::poll`] or [`Pipeline::finish`], and nodes that are a whole ring ahead of it wait; so call one of them now
/// and then also when no sensor looks. For a recording use [`replay`](crate::replay). Dropping it stops the workers.
///
/// ```
/// # use fusion_pipeline::{Options, Pipeline, Plan};
/// # use std::sync::Arc;
/// # let scenario = sensor_sim::Scenario::parse(include_str!("../../fixtures/overflight-2017-09-15/scenario.toml"))?;
/// # let (names, start) = (scenario.node_names(), scenario.start);
/// # let setup = Arc::new(fusion_core::node::Setup::new(
/// #     names, scenario.sensors, scenario.areas, scenario.warning, scenario.tracker, start)?);
/// # let regimes = sharing_study::regimes::builtin()?;
/// let plan = Plan { setup: &setup, regime: &regimes[1], seed: 1 };
/// let mut pipeline = Pipeline::start(&plan, &Options { threads: 2, ..Options::default() }, |tick| {
///     for event in &tick.events { /* tell somebody */ let _ = event; }
/// })?;
/// // pipeline.feed(scan)? for each scan, as it comes
/// let report = pipeline.finish(start.plus_seconds(10.0))?;
/// assert_eq!((report.ticks, report.workers), (10, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Pipeline<F: FnMut(&NodeTick)> {
    setup: Arc<Setup>,
    routing: Routing,
    /// The rings to the nodes.
    rings: Vec<Producer<FeedItem>>,
    /// By sensor: which of them lead to the nodes that its scans reach.
    feeds: Vec<FeedRings>,
    /// Where a scan goes, while it is routed.
    arrivals: Vec<(NodeId, Time)>,
    /// By sensor: when its last scan was handed in.
    reached: Vec<Time>,
    observer: Observer<F>,
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<Returned>>,
    pictures: Pictures,
    /// Instant of the last tick that was closed, and how many were.
    now: Time,
    ticks: u64,
    scans: u64,
    routed: u64,
}

impl<F: FnMut(&NodeTick)> Pipeline<F> {
    /// Starts the workers; `observe` sees every tick of every node, in the order of (tick, node).
    ///
    /// # Errors
    /// [`PipelineError`] when the regime does not fit the scenario, an option is out of range, or there is no thread.
    pub fn start(plan: &Plan<'_>, options: &Options, observe: F) -> Result<Self, PipelineError> {
        options.check()?;
        let setup = Arc::clone(plan.setup);
        let (routing, nodes) = build(&setup, plan.regime, plan.seed)?;
        let pictures = Pictures::new(&setup);
        let wake = Wake::default();
        let driver = wake.unparker();
        // A node has one owner at a time: more threads than nodes would have nothing to do.
        let parkers: Vec<Parker> = (0..options.threads.min(nodes.len())).map(|_| Parker::new()).collect();
        let unparkers: Vec<Unparker> = parkers.iter().map(|parker| parker.unparker().clone()).collect();
        let owners = spread(plan, unparkers.len())?;
        let threads = Threads { driver: &driver, workers: &unparkers, owners: &owners };
        let Wiring { tasks, rings, feeds, ticks } = wire(plan, options, &threads, nodes, &pictures)?;
        let mut pipeline = Pipeline {
            routing,
            rings,
            feeds,
            arrivals: Vec::new(),
            reached: vec![Time::MIN; setup.sensors.len()],
            observer: Observer::new(ticks, wake, observe),
            shared: Arc::new(Shared::new(unparkers, driver)),
            workers: Vec::with_capacity(parkers.len()),
            pictures,
            now: setup.start,
            ticks: 0,
            scans: 0,
            routed: 0,
            setup,
        };
        pipeline.spawn(tasks, &owners, parkers)?;
        Ok(pipeline)
    }

    /// Gives each worker its nodes.
    fn spawn(
        &mut self,
        tasks: Vec<NodeTask>,
        owners: &[usize],
        parkers: Vec<Parker>,
    ) -> Result<(), PipelineError> {
        let mut shares: Vec<Vec<NodeTask>> = parkers.iter().map(|_| Vec::new()).collect();
        for (task, &owner) in tasks.into_iter().zip(owners) {
            shares[owner].push(task);
        }
        for (worker, (share, parker)) in shares.into_iter().zip(parkers).enumerate() {
            let shared = Arc::clone(&self.shared);
            let builder = std::thread::Builder::new().name(format!("node worker {worker}"));
            // Not scoped: a live pipeline lives as long as its handle, which joins its workers when it is dropped.
            let handle = builder
                .spawn(move || work(share, &parker, &shared))
                .map_err(|error| PipelineError::NoThread { worker, error })?;
            self.workers.push(handle);
        }
        Ok(())
    }

    /// Feeds a scan, and closes every tick before it. Waits while a ring is full.
    ///
    /// # Errors
    /// [`PipelineError::BackInTime`], [`PipelineError::TooFarAhead`] and [`PipelineError::Network`] (a sensor that there
    /// is not) refuse the scan, and the pipeline goes on. [`PipelineError::NodePanicked`]: it has stopped.
    pub fn feed(&mut self, scan: Arc<Scan>) -> Result<(), PipelineError> {
        let arrival = Arrival::from(scan);
        self.check(&arrival)?;
        let scan = &arrival.scan;
        let ahead_s = scan.time.seconds_since(self.now);
        let allowed_s = MAXIMUM_LEAP_TICKS as f64 * TICK_S;
        if ahead_s > allowed_s {
            let (sensor, sequence) = (scan.sensor, scan.sequence);
            return Err(PipelineError::TooFarAhead { sensor, sequence, ahead_s, allowed_s });
        }
        if self.next_tick() < scan.time {
            while self.next_tick() < scan.time {
                self.close_tick()?;
            }
            self.flush();
        }
        self.put(arrival)
    }

    /// Closes every tick up to and at `time`: no scan of that time or before is still to come.
    ///
    /// # Errors
    /// [`PipelineError::NodePanicked`].
    pub fn advance(&mut self, time: Time) -> Result<(), PipelineError> {
        while self.now < time && self.next_tick() <= time {
            self.close_tick()?;
        }
        self.poll().map(|_| ())
    }

    /// Lets the observer see what has been done since; says whether there was anything. Never waits.
    ///
    /// # Errors
    /// [`PipelineError::NodePanicked`].
    pub fn poll(&mut self) -> Result<bool, PipelineError> {
        self.flush();
        let has_observed = self.observer.collect();
        self.shared.check()?;
        Ok(has_observed)
    }

    /// The latest picture of every node, for any number of readers on any threads.
    pub fn pictures(&self) -> Pictures {
        self.pictures.clone()
    }

    /// Instant of the last tick that was closed: scans up to and at it are refused.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Closes every tick up to the one at or after `until`, lets the nodes finish and tells what they did.
    ///
    /// # Errors
    /// [`PipelineError::NodePanicked`].
    pub fn finish(mut self, until: Time) -> Result<Report, PipelineError> {
        self.end(until)
    }

    /// As [`Pipeline::finish`], for whoever holds it. Nothing can be fed afterwards.
    pub(crate) fn end(&mut self, until: Time) -> Result<Report, PipelineError> {
        while self.now < until {
            self.close_tick()?;
        }
        self.pack_for_all(&FeedItem::End)?;
        let all = self.ticks * self.setup.nodes.len() as u64;
        let rings = &mut self.rings;
        self.observer.wait(&self.shared, |observer| {
            rings.iter_mut().for_each(|ring| _ = ring.flush());
            observer.seen() == all
        })?;
        let workers = self.workers.len();
        let returned = self.join();
        self.shared.check()?;
        let worker_parks = returned.iter().map(|returned| returned.parks).sum();
        let mut tasks: Vec<_> = returned.into_iter().flat_map(|returned| returned.tasks).collect();
        tasks.sort_by_key(|task| task.node.node.id());
        let mut rings: Vec<_> = self.rings.iter().map(Producer::report).collect();
        rings.extend(tasks.iter().flat_map(NodeTask::rings));
        let taken = tasks.iter().flat_map(NodeTask::high_waters).chain(self.observer.high_waters());
        let high_waters: Vec<_> = taken.collect();
        for ring in &mut rings {
            let found = high_waters.iter().find(|(name, _)| *name == ring.ring);
            ring.high_water = found.map_or(0, |(_, high_water)| *high_water);
        }
        let nodes: Vec<_> = tasks.iter().map(NodeTask::report).collect();
        Ok(Report {
            digest: combined_digest(nodes.iter().map(|node| node.digest)),
            nodes,
            ticks: self.ticks,
            scans: self.scans,
            routed: self.routed,
            workers,
            worker_parks,
            driver_parks: self.observer.parks(),
            rings,
        })
    }

    /// Scans that were fed.
    pub(crate) fn scans(&self) -> u64 {
        self.scans
    }

    /// Where the driver sleeps until there is something to observe.
    pub(crate) fn wake(&self) -> &Wake {
        self.observer.wake()
    }

    /// Sleeps until there is something to do.
    pub(crate) fn park(&mut self) {
        self.observer.park();
    }

    /// Instant of the next tick that can be closed.
    pub(crate) fn next_tick(&self) -> Time {
        self.now.plus_seconds(TICK_S)
    }

    /// Tells every node that nothing more comes up to the next tick.
    pub(crate) fn close_tick(&mut self) -> Result<(), PipelineError> {
        let tick = self.next_tick();
        // Noted first: if a node has panicked meanwhile, nothing counts any more.
        self.now = tick;
        self.ticks += 1;
        self.pack_for_all(&FeedItem::Watermark(tick))?;
        self.observer.collect();
        Ok(())
    }

    /// Whether a scan can be taken.
    pub(crate) fn check(&mut self, Arrival { at, scan }: &Arrival) -> Result<(), PipelineError> {
        let Some(last) = self.reached.get(usize::from(scan.sensor.0)).copied() else {
            return Ok(self.routing.route_into(scan, &mut self.arrivals)?);
        };
        let is_closed = self.ticks > 0 && *at <= self.now;
        if is_closed || *at < last {
            return Err(PipelineError::BackInTime {
                sensor: scan.sensor,
                sequence: scan.sequence,
                time: *at,
                reached: if is_closed { last.max(self.now) } else { last },
            });
        }
        Ok(())
    }

    /// Routes a scan that has been checked and whose tick is open.
    pub(crate) fn put(&mut self, Arrival { at, scan }: Arrival) -> Result<(), PipelineError> {
        let sensor = usize::from(scan.sensor.0);
        self.routing.route_late_into(&scan, at, &mut self.arrivals)?;
        for (to, arrival) in self.arrivals.drain(..) {
            let reached = self.feeds[sensor].iter().find(|(node, _)| *node == to);
            if let Some((_, ring)) = reached {
                self.rings[*ring].pack(FeedItem::Scan(arrival, Arc::clone(&scan)));
                self.routed += 1;
            }
        }
        self.wait_for_room()?;
        self.reached[sensor] = at;
        self.scans += 1;
        Ok(())
    }

    /// Packs an item for every node. A ring that holds nothing gets it at once; others have work, and it can wait.
    fn pack_for_all(&mut self, item: &FeedItem) -> Result<(), PipelineError> {
        for ring in &mut self.rings {
            ring.pack(item.clone());
            ring.flush_if_idle();
        }
        self.wait_for_room()
    }

    /// Sends everything that was packed, as far as the rings take it.
    fn flush(&mut self) {
        self.rings.iter_mut().for_each(|ring| _ = ring.flush());
    }

    /// Waits while more than a parcel waits for a full ring; observes and flushes all meanwhile.
    fn wait_for_room(&mut self) -> Result<(), PipelineError> {
        let rings = &mut self.rings;
        if rings.iter().all(Producer::has_room) {
            return Ok(());
        }
        self.observer.wait(&self.shared, |_| {
            rings.iter_mut().for_each(|ring| _ = ring.flush());
            rings.iter().all(Producer::has_room)
        })?;
        Ok(())
    }

    /// Waits for the workers to return. A panic of a node was caught in its worker, which then still gives its nodes back.
    fn join(&mut self) -> Vec<Returned> {
        self.workers.drain(..).filter_map(|worker| worker.join().ok()).collect()
    }
}

impl<F: FnMut(&NodeTick)> Drop for Pipeline<F> {
    fn drop(&mut self) {
        self.shared.stop();
        self.join();
    }
}

impl<F: FnMut(&NodeTick)> std::fmt::Debug for Pipeline<F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Pipeline")
            .field("now", &self.now)
            .field("ticks", &self.ticks)
            .field("scans", &self.scans)
            .finish_non_exhaustive()
    }
}
