//! Nodes on threads: what a worker does with each of its nodes, and what it does when there is nothing to do.

use crate::error::PipelineError;
use crate::options::Probe;
use crate::pictures::Publisher;
use crate::report::{NodeReport, NodeTick};
use crate::ring::{Consumer, Producer, RingName, RingReport};
use crate::sequencer::{FeedItem, LinkItem, Next, Sequencer, Tick};
use crossbeam::atomic::AtomicCell;
use crossbeam::queue::ArrayQueue;
use crossbeam::sync::{Parker, Unparker};
use crossbeam::utils::Backoff;
use fusion_core::node::{Event, NetworkNode, TickResult};
use fusion_core::share::Delivery;
use fusion_core::types::NodeId;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

/// What all threads of a pipeline share.
#[derive(Debug)]
pub(crate) struct Shared {
    has_stopped: AtomicCell<bool>,
    failure: OnceLock<Failure>,
    workers: Vec<Unparker>,
    driver: Unparker,
}

/// A node that panicked, and what it said.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub node: NodeId,
    pub name: String,
    pub message: String,
}

impl Shared {
    pub fn new(workers: Vec<Unparker>, driver: Unparker) -> Self {
        Shared { has_stopped: AtomicCell::new(false), failure: OnceLock::new(), workers, driver }
    }

    /// Makes every worker return soon, whatever is still to be done.
    pub fn stop(&self) {
        self.has_stopped.store(true);
        self.wake_workers();
        self.driver.unpark();
    }

    pub fn has_stopped(&self) -> bool {
        self.has_stopped.load()
    }

    pub fn wake_workers(&self) {
        self.workers.iter().for_each(Unparker::unpark);
    }

    /// The first failure, if a node has panicked.
    pub fn check(&self) -> Result<(), Failure> {
        self.failure.get().map_or(Ok(()), |failure| Err(failure.clone()))
    }

    fn fail(&self, failure: Failure) {
        // The first failure counts: later ones may follow from it.
        let _ = self.failure.set(failure);
        self.stop();
    }
}

/// One node with the ends of its rings.
pub(crate) struct NodeTask {
    pub name: String,
    pub node: NetworkNode,
    pub sequencer: Sequencer,
    pub feeds: Vec<Consumer<FeedItem>>,
    pub senders: Vec<Consumer<LinkItem>>,
    pub receivers: Vec<(NodeId, Producer<LinkItem>)>,
    pub ticks: Producer<NodeTick>,
    pub publisher: Publisher,
    pub probe: Option<Probe>,
    /// Lists of events that the observer has seen, on their way back.
    pub emptied: Arc<ArrayQueue<Vec<Event>>>,
    /// Memory of the last tick, for the next one.
    pub result: TickResult,
    pub deliveries: Vec<Delivery>,
    /// Messages sent so far.
    pub sent: u64,
}

/// What became of a round with one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Something moved.
    Moved,
    /// Nothing can be done until something arrives or a ring has room.
    Idle,
    /// The last tick is done, and the observer's ring has it.
    Finished,
}

impl NodeTask {
    /// One round: sends what has waited, takes what has come, and ticks if all is there.
    pub fn step(&mut self) -> Step {
        let mut has_moved = self.flush();
        has_moved |= self.pull();
        if self.ticks.is_clear() {
            // What other nodes did not take of the last tick's messages holds the next one back, but not the end: no
            // later tick means that nobody will ever hear it.
            let are_clear = self.receivers.iter().all(|(_, ring)| ring.is_clear());
            match self.sequencer.next(are_clear) {
                Next::Finished => return Step::Finished,
                Next::Tick(tick) => {
                    self.tick(tick);
                    return Step::Moved;
                }
                Next::Wait => {}
            }
        }
        if has_moved { Step::Moved } else { Step::Idle }
    }

    fn flush(&mut self) -> bool {
        let mut has_moved = self.ticks.flush();
        for (_, ring) in &mut self.receivers {
            has_moved |= ring.flush();
        }
        has_moved
    }

    /// Drains every ring up to what the next tick needs, also while this node cannot send.
    fn pull(&mut self) -> bool {
        let mut has_moved = false;
        let sequencer = &mut self.sequencer;
        for (index, ring) in self.feeds.iter_mut().enumerate() {
            has_moved |= drain(
                ring,
                sequencer,
                |sequencer| sequencer.wants_feed(index),
                |sequencer, item| {
                    sequencer.take_feed(index, item);
                },
            );
        }
        for (index, ring) in self.senders.iter_mut().enumerate() {
            has_moved |= drain(
                ring,
                sequencer,
                |sequencer| sequencer.wants_sender(index),
                |sequencer, item| {
                    sequencer.take_sender(index, item);
                },
            );
        }
        has_moved
    }

    fn tick(&mut self, tick: Tick) {
        if let Some(probe) = &self.probe {
            probe(self.node.node.id(), tick.time);
        }
        while let Some((_, scan)) = self.sequencer.scan_until(tick.time) {
            self.node.node.receive_scan(scan);
        }
        while let Some(delivery) = self.sequencer.delivery_until(tick.time) {
            self.node.node.deliver(delivery);
        }
        self.node.tick_received(tick.time, &mut self.result, &mut self.deliveries);
        self.sent += self.deliveries.len() as u64;
        for delivery in self.deliveries.drain(..) {
            let ring = self.receivers.iter_mut().find(|(to, _)| *to == delivery.to);
            if let Some((_, ring)) = ring {
                ring.pack(LinkItem::Delivery(delivery));
            }
        }
        for (_, ring) in &mut self.receivers {
            ring.pack(LinkItem::Ticked(tick.number));
            ring.flush();
        }
        let picture = self.publisher.publish(&mut self.result.picture);
        let events = self.take_events();
        self.ticks.pack(NodeTick { number: tick.number, picture, events });
        self.ticks.flush();
    }

    /// What happened, in exchange for a list that came back. Most ticks have nothing to tell, and need none.
    fn take_events(&mut self) -> Vec<Event> {
        if self.result.events.is_empty() {
            return Vec::new();
        }
        std::mem::replace(&mut self.result.events, self.emptied.pop().unwrap_or_default())
    }

    pub fn report(&self) -> NodeReport {
        NodeReport {
            node: self.node.node.id(),
            name: self.name.clone(),
            digest: self.node.node.digest(),
            counts: self.node.node.counts(),
            sent: self.sent,
            link_bytes: self.node.links.iter().map(|link| (link.number(), link.bytes())).collect(),
        }
    }

    /// How the rings to other nodes and to the observer were used.
    pub fn rings(&self) -> impl Iterator<Item = RingReport> {
        let links = self.receivers.iter().map(|(_, ring)| ring.report());
        links.chain(std::iter::once(self.ticks.report()))
    }

    /// How full the rings were from which this node takes.
    pub fn high_waters(&self) -> impl Iterator<Item = (RingName, usize)> {
        self.feeds.iter().map(Consumer::high_water).chain(self.senders.iter().map(Consumer::high_water))
    }
}

/// Takes out of a ring what is wanted; says whether there was anything.
fn drain<T>(
    ring: &mut Consumer<T>,
    sequencer: &mut Sequencer,
    is_wanted: impl Fn(&Sequencer) -> bool,
    mut take: impl FnMut(&mut Sequencer, T),
) -> bool {
    let mut has_taken = false;
    while is_wanted(sequencer) {
        if !has_taken {
            ring.note_fill();
        }
        let Some(item) = ring.pop() else { break };
        take(sequencer, item);
        has_taken = true;
    }
    if has_taken {
        ring.wake();
    }
    has_taken
}

/// Runs the nodes of one worker until they are finished or the pipeline has stopped, and gives them back.
///
/// A panic stops the pipeline and is told with the node in which it happened.
pub(crate) fn work(mut tasks: Vec<NodeTask>, parker: &Parker, shared: &Shared) -> Returned {
    let (mut at, mut parks) = (0, 0);
    let outcome = catch_unwind(AssertUnwindSafe(|| run(&mut tasks, &mut at, &mut parks, parker, shared)));
    if let (Err(payload), Some(task)) = (outcome, tasks.get(at)) {
        let (node, name) = (task.node.node.id(), task.name.clone());
        shared.fail(Failure { node, name, message: message_of(payload.as_ref()) });
    }
    Returned { tasks, parks }
}

/// What a worker gives back.
pub(crate) struct Returned {
    pub tasks: Vec<NodeTask>,
    /// How often it slept.
    pub parks: u64,
}

fn run(tasks: &mut [NodeTask], at: &mut usize, parks: &mut u64, parker: &Parker, shared: &Shared) {
    let backoff = Backoff::new();
    while !shared.has_stopped() {
        let (mut has_moved, mut has_finished) = (false, true);
        for (index, task) in tasks.iter_mut().enumerate() {
            *at = index;
            let step = task.step();
            has_moved |= step == Step::Moved;
            has_finished &= step == Step::Finished;
        }
        if has_finished {
            return;
        }
        if has_moved {
            backoff.reset();
        } else if backoff.is_completed() {
            // Whoever gives something afterwards leaves a sign that ends the sleep at once: nothing is missed.
            *parks += 1;
            parker.park();
            backoff.reset();
        } else {
            backoff.snooze();
        }
    }
}

impl From<Failure> for PipelineError {
    fn from(failure: Failure) -> Self {
        let Failure { node, name, message } = failure;
        PipelineError::NodePanicked { node, name, message }
    }
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}
