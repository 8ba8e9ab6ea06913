//! Nodes on threads: what a worker does with each of its nodes, and what it does when there is nothing to do.

use crate::error::PipelineError;
use crate::options::Probe;
use crate::pictures::Pictures;
use crate::report::{NodeReport, NodeTick};
use crate::ring::{Consumer, Outlet, RingReport};
use crate::sequencer::{Batch, FeedItem, LinkItem, Next, Sequencer};
use crossbeam::sync::{Parker, Unparker};
use crossbeam::utils::Backoff;
use fusion_core::node::{Inbox, NetworkNode};
use fusion_core::types::NodeId;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// What all threads of a pipeline share.
#[derive(Debug)]
pub(crate) struct Shared {
    has_stopped: AtomicBool,
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
        Shared { has_stopped: AtomicBool::new(false), failure: OnceLock::new(), workers, driver }
    }

    /// Makes every worker return soon, whatever is still to be done.
    pub fn stop(&self) {
        self.has_stopped.store(true, Ordering::Release);
        self.wake_workers();
        self.driver.unpark();
    }

    fn has_stopped(&self) -> bool {
        self.has_stopped.load(Ordering::Acquire)
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
    pub receivers: Vec<(NodeId, Outlet<LinkItem>)>,
    pub ticks: Outlet<NodeTick>,
    pub pictures: Pictures,
    pub probe: Option<Probe>,
    pub inbox: Inbox,
    pub sent: u64,
}

/// What became of a round with one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Something moved.
    Moved,
    /// Nothing can be done until something arrives or a ring has room.
    Idle,
    /// The last tick is done, and the observer's ring has it.
    Finished,
}

impl NodeTask {
    fn step(&mut self) -> Step {
        let mut has_moved = self.flush();
        has_moved |= self.pull();
        if self.ticks.is_clear() {
            // What other nodes did not take of the last tick's messages holds the next one back, but not the end: no
            // later tick means that nobody will ever hear it.
            let are_clear = self.receivers.iter().all(|(_, outlet)| outlet.is_clear());
            match self.sequencer.next(are_clear) {
                Next::Finished => return Step::Finished,
                Next::Tick(batch) => {
                    self.tick(batch);
                    return Step::Moved;
                }
                Next::Wait => {}
            }
        }
        if has_moved { Step::Moved } else { Step::Idle }
    }

    fn flush(&mut self) -> bool {
        let mut has_moved = self.ticks.flush();
        for (_, outlet) in &mut self.receivers {
            has_moved |= outlet.flush();
        }
        has_moved
    }

    /// Drains every ring up to what the next tick needs, also while this node cannot send.
    fn pull(&mut self) -> bool {
        let mut has_moved = false;
        for (index, ring) in self.feeds.iter_mut().enumerate() {
            let mut has_taken = false;
            while self.sequencer.wants_feed(index)
                && let Some(item) = ring.pop()
            {
                self.sequencer.take_feed(index, item);
                has_taken = true;
            }
            if has_taken {
                ring.wake();
            }
            has_moved |= has_taken;
        }
        for (index, ring) in self.senders.iter_mut().enumerate() {
            let mut has_taken = false;
            while self.sequencer.wants_sender(index)
                && let Some(item) = ring.pop()
            {
                self.sequencer.take_sender(index, item);
                has_taken = true;
            }
            if has_taken {
                ring.wake();
            }
            has_moved |= has_taken;
        }
        has_moved
    }

    fn tick(&mut self, batch: Batch) {
        if let Some(probe) = &self.probe {
            probe(self.node.node.id(), batch.time);
        }
        for (arrival, scan) in batch.scans {
            self.inbox.add_scan(arrival, scan);
        }
        for delivery in batch.deliveries {
            self.inbox.add_delivery(delivery);
        }
        let (result, sent) = self.node.tick(batch.time, &mut self.inbox);
        self.sent += sent.len() as u64;
        for delivery in sent {
            let outlet = self.receivers.iter_mut().find(|(to, _)| *to == delivery.to);
            if let Some((_, outlet)) = outlet {
                outlet.send(LinkItem::Delivery(delivery));
            }
        }
        for (_, outlet) in &mut self.receivers {
            outlet.send(LinkItem::Ticked(batch.number));
            outlet.wake();
        }
        let picture = Arc::new(result.picture);
        self.pictures.publish(Arc::clone(&picture));
        self.ticks.send(NodeTick { number: batch.number, picture, events: result.events });
        self.ticks.wake();
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

    pub fn rings(&self) -> impl Iterator<Item = RingReport> {
        let links = self.receivers.iter().map(|(_, outlet)| outlet.report());
        links.chain(std::iter::once(self.ticks.report()))
    }
}

/// Runs the nodes of one worker until they are finished or the pipeline has stopped, and gives them back.
///
/// A panic stops the pipeline and is told with the node in which it happened.
pub(crate) fn work(mut tasks: Vec<NodeTask>, parker: &Parker, shared: &Shared) -> Vec<NodeTask> {
    let mut at = 0;
    let outcome = catch_unwind(AssertUnwindSafe(|| run(&mut tasks, &mut at, parker, shared)));
    if let (Err(payload), Some(task)) = (outcome, tasks.get(at)) {
        let (node, name) = (task.node.node.id(), task.name.clone());
        shared.fail(Failure { node, name, message: message_of(payload.as_ref()) });
    }
    tasks
}

fn run(tasks: &mut [NodeTask], at: &mut usize, parker: &Parker, shared: &Shared) {
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
