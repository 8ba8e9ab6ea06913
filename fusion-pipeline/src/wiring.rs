//! Which rings there are: the nodes of a regime, tied together and to the driver.

use crate::error::PipelineError;
use crate::observer::Source;
use crate::options::{Options, Plan};
use crate::pictures::{Pictures, Publisher};
use crate::ring::{Consumer, Producer, RingName, ring};
use crate::sequencer::{FeedItem, LinkItem, Sequencer};
use crate::worker::NodeTask;
use crossbeam::queue::ArrayQueue;
use crossbeam::sync::Unparker;
use fusion_core::node::{NetworkError, NetworkNode, TickResult};
use fusion_core::share::Level;
use fusion_core::types::{NodeId, Sensor};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The nodes that one sensor's scans reach, each with the number of the ring to it.
pub(crate) type FeedRings = Vec<(NodeId, usize)>;

/// The nodes with all ends of their rings.
pub(crate) struct Wiring {
    /// The nodes, in order.
    pub tasks: Vec<NodeTask>,
    /// The rings from the driver to the nodes.
    pub rings: Vec<Producer<FeedItem>>,
    /// By sensor: which of them lead to the nodes that its scans reach.
    pub feeds: Vec<FeedRings>,
    /// By node: its ticks.
    pub ticks: Vec<Source>,
}

/// Ends of the rings of one node, as they are found.
#[derive(Default)]
struct Ends {
    feeds: Vec<Consumer<FeedItem>>,
    senders: Vec<Consumer<LinkItem>>,
    receivers: Vec<(NodeId, Producer<LinkItem>)>,
}

/// Who wakes whom.
pub(crate) struct Threads<'a> {
    pub driver: &'a Unparker,
    /// Not empty where there are nodes.
    pub workers: &'a [Unparker],
    /// By node: which of them it belongs to.
    pub owners: &'a [usize],
}

impl Threads<'_> {
    /// The worker to which a node belongs.
    fn of(&self, node: NodeId) -> Unparker {
        self.workers[self.owners[usize::from(node.0)]].clone()
    }
}

/// Which of so many workers each node belongs to: the nodes with the most looks a second first, each to the worker that has the fewest.
///
/// # Errors
/// When the regime or a sensor names a node that there is not.
pub(crate) fn spread(plan: &Plan<'_>, workers: usize) -> Result<Vec<usize>, PipelineError> {
    let mut nodes: Vec<(f64, usize)> = (0..plan.setup.nodes.len()).map(|node| (0.0, node)).collect();
    for (sensor, hearers) in plan.setup.sensors.iter().zip(hearers(plan)?) {
        hearers.iter().for_each(|node| nodes[usize::from(node.0)].0 += 1.0 / sensor.revisit_s);
    }
    nodes.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    let (mut owners, mut loads) = (vec![0; nodes.len()], vec![0.0; workers]);
    for (load, node) in nodes {
        let least =
            (0..workers).min_by(|one, other| f64::total_cmp(&loads[*one], &loads[*other])).unwrap_or(0);
        owners[node] = least;
        // A node that hears nothing has its ticks to do.
        loads[least] += load + 1e-3;
    }
    Ok(owners)
}

/// Ties the nodes of a plan together.
pub(crate) fn wire(
    plan: &Plan<'_>,
    options: &Options,
    threads: &Threads<'_>,
    nodes: Vec<NetworkNode>,
    pictures: &Pictures,
) -> Result<Wiring, PipelineError> {
    let capacity = options.ring_capacity;
    let mut ends: Vec<Ends> = nodes.iter().map(|_| Ends::default()).collect();
    let (mut rings, feeds) = wire_feeds(plan, capacity, threads, &mut ends)?;
    // To a node that no sensor feeds, only time passes.
    for (index, ends) in ends.iter_mut().enumerate().filter(|(_, ends)| ends.feeds.is_empty()) {
        let to = NodeId(index as u16);
        let (producer, consumer) =
            ring(RingName::Time { to }, capacity, threads.driver.clone(), threads.of(to));
        rings.push(producer);
        ends.feeds.push(consumer);
    }
    wire_links(plan, capacity, threads, &mut ends)?;
    let mut ticks = Vec::new();
    let mut tasks = Vec::new();
    for ((node, ends), name) in nodes.into_iter().zip(ends).zip(&plan.setup.nodes) {
        let from = node.node.id();
        let (producer, consumer) =
            ring(RingName::Ticks { from }, capacity, threads.of(from), threads.driver.clone());
        let emptied = Arc::new(ArrayQueue::new(capacity));
        ticks.push(Source { ring: consumer, emptied: Arc::clone(&emptied) });
        tasks.push(NodeTask {
            name: name.clone(),
            node,
            sequencer: Sequencer::new(plan.setup.start, ends.feeds.len(), ends.senders.len()),
            feeds: ends.feeds,
            senders: ends.senders,
            receivers: ends.receivers,
            ticks: producer,
            publisher: Publisher::new(pictures, from, capacity),
            probe: options.probe.clone(),
            emptied,
            result: TickResult::empty(from, plan.setup.start),
            deliveries: Vec::new(),
            sent: 0,
        });
    }
    Ok(Wiring { tasks, rings, feeds, ticks })
}

/// By sensor: its owner, and each node to which its measurements are passed on.
fn hearers(plan: &Plan<'_>) -> Result<Vec<BTreeSet<NodeId>>, PipelineError> {
    let nodes = plan.setup.nodes.len();
    let shared = plan.regime.shared_scans(&plan.setup.nodes).map_err(NetworkError::from)?;
    let of_sensor = |sensor: &Sensor| {
        let owner = sensor.owner;
        if usize::from(owner.0) >= nodes {
            return Err(PipelineError::UnknownOwner { sensor: sensor.id, owner, nodes });
        }
        let others = shared.iter().filter(|scans| scans.owner == owner).map(|scans| scans.to);
        Ok(others.chain([owner]).collect())
    };
    plan.setup.sensors.iter().map(of_sensor).collect()
}

/// A ring from each sensor to each node that hears it.
fn wire_feeds(
    plan: &Plan<'_>,
    capacity: usize,
    threads: &Threads<'_>,
    ends: &mut [Ends],
) -> Result<(Vec<Producer<FeedItem>>, Vec<FeedRings>), PipelineError> {
    let mut rings = Vec::new();
    let mut feeds = Vec::with_capacity(plan.setup.sensors.len());
    for (sensor, nodes) in plan.setup.sensors.iter().zip(hearers(plan)?) {
        let mut reached = Vec::with_capacity(nodes.len());
        for to in nodes {
            let name = RingName::Feed { sensor: sensor.id, to };
            let (producer, consumer) = ring(name, capacity, threads.driver.clone(), threads.of(to));
            reached.push((to, rings.len()));
            rings.push(producer);
            ends[usize::from(to.0)].feeds.push(consumer);
        }
        feeds.push(reached);
    }
    Ok((rings, feeds))
}

/// A ring for each two nodes with links of tracks or cues from one to the other.
fn wire_links(
    plan: &Plan<'_>,
    capacity: usize,
    threads: &Threads<'_>,
    ends: &mut [Ends],
) -> Result<(), PipelineError> {
    let all = plan.regime.resolve(&plan.setup.nodes).map_err(NetworkError::from)?;
    let with_levels = plan.regime.links.iter().zip(all);
    let pairs: BTreeSet<(NodeId, NodeId)> =
        with_levels.filter(|(link, _)| link.level != Level::Measurements).map(|(_, ends)| ends).collect();
    for (from, to) in pairs {
        let (producer, consumer) =
            ring(RingName::Link { from, to }, capacity, threads.of(from), threads.of(to));
        ends[usize::from(from.0)].receivers.push((to, producer));
        ends[usize::from(to.0)].senders.push(consumer);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use fusion_core::node::Setup;
    use sensor_sim::Scenario;

    #[test]
    fn the_busiest_node_has_a_worker_to_itself_before_another_has_two() {
        let text = include_str!("../../fixtures/no-launch/scenario.toml");
        let Scenario { sensors, areas, warning, tracker, start, .. } = Scenario::parse(text).unwrap();
        let names = ["korea", "japan", "united-states"].map(str::to_owned).to_vec();
        let setup = Arc::new(Setup::new(names, sensors, areas, warning, tracker, start).unwrap());
        let siloed = sharing_study::regimes::builtin().unwrap().swap_remove(0);
        let plan = Plan { setup: &setup, regime: &siloed, seed: 1 };
        assert!(siloed.links.is_empty());
        assert_eq!(spread(&plan, 1).unwrap(), [0, 0, 0]);
        // Korea looks most often; the United States, from space, least.
        assert_eq!(spread(&plan, 2).unwrap(), [0, 1, 1]);
        assert_eq!(spread(&plan, 3).unwrap(), [0, 1, 2]);
    }
}
