//! Nothing is allocated on the way of a plot once the run is warm: counted on one thread, as the threads would do it.

use crate::clock::Wake;
use crate::feed::{Sent, feed};
use crate::intake::Intake;
use crate::observer::Observer;
use crate::options::{FeedOptions, Options, Plan};
use crate::pictures::{Pictures, Publisher};
use crate::record::Arrival;
use crate::report::NodeTick;
use crate::ring::{RingName, ring};
use crate::sequencer::{FeedItem, Next, Sequencer};
use crate::wiring::{Threads, Wiring, wire};
use crate::worker::{Shared, work};
use crossbeam::atomic::AtomicCell;
use crossbeam::sync::Parker;
use fusion_core::node::{Inbox, NetworkNode, Picture, Routing, Setup, TICK_S, TickResult, build};
use fusion_core::share::Delivery;
use fusion_core::types::{NodeId, Scan, SensorId, SensorKind, SonarModel, Time};
use sensor_sim::{Scenario, simulate};
use std::sync::Arc;

const TICKS: usize = 360;
/// Until then there is three times as much clutter, and until then memory may grow: it grows to the greatest load, and what
/// is counted afterwards is not whether a record was broken.
const SURGE: usize = 90;
const WARM_UP: usize = 180;

fn counted(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total
}

/// A radar of which the nodes are told that it is a sonar: each of its plots is an event and nothing else.
const TOLD: usize = 2;

fn scenario() -> (Arc<Setup>, Vec<Arc<Scan>>) {
    let text = include_str!("../../fixtures/overflight-2017-09-15/scenario.toml");
    let mut scenario = Scenario::parse(text).unwrap();
    scenario.tracker.history_s = 30.0;
    let surge_ends = scenario.start.plus_seconds(SURGE as f64);
    let flights = scenario.fly().unwrap();
    let mut scans = simulate(&scenario, &flights, 1, 0).unwrap().scans;
    scans.retain(|scan| scan.time > surge_ends);
    scenario.sensors.iter_mut().for_each(|sensor| sensor.clutter_per_scan *= 3.0);
    scans.extend(simulate(&scenario, &flights, 1, 0).unwrap().scans);
    scans.sort_by_key(|scan| (scan.time, scan.sensor));
    scans.dedup_by_key(|scan| (scan.time, scan.sensor, scan.sequence));
    scenario.sensors.iter_mut().for_each(|sensor| sensor.clutter_per_scan /= 3.0);
    scenario.sensors[TOLD].kind =
        SensorKind::Sonar(SonarModel { maximum_range_m: 1e6, bearing_sigma_rad: 0.02 });
    let (names, start) = (scenario.node_names(), scenario.start);
    let setup =
        Setup::new(names, scenario.sensors, scenario.areas, scenario.warning, scenario.tracker, start);
    (Arc::new(setup.unwrap()), scans.into_iter().map(Arc::new).collect())
}

/// The nodes by plain calls, with the memory that they keep.
struct Plain {
    routing: Routing,
    nodes: Vec<NetworkNode>,
    inboxes: Vec<Inbox>,
    results: Vec<TickResult>,
    arrivals: Vec<(NodeId, Time)>,
    sent: Vec<Delivery>,
}

impl Plain {
    fn new(plan: &Plan<'_>) -> Self {
        let (routing, nodes) = build(plan.setup, plan.regime, plan.seed).unwrap();
        let empty = |node: &NetworkNode| TickResult::empty(node.node.id(), plan.setup.start);
        let inboxes = vec![Inbox::default(); nodes.len()];
        let results = nodes.iter().map(empty).collect();
        Plain { routing, nodes, inboxes, results, arrivals: Vec::new(), sent: Vec::new() }
    }

    /// One tick; gives the messages that were sent.
    fn tick(&mut self, scans: &[Arc<Scan>], tick: Time) -> usize {
        let mut messages = 0;
        for scan in scans {
            self.routing.route_into(scan, &mut self.arrivals).unwrap();
            for (to, arrival) in self.arrivals.drain(..) {
                self.inboxes[usize::from(to.0)].add_scan(arrival, Arc::clone(scan));
            }
        }
        for (index, result) in self.results.iter_mut().enumerate() {
            self.nodes[index].tick_into(tick, &mut self.inboxes[index], result, &mut self.sent);
            messages += self.sent.len();
            for delivery in self.sent.drain(..) {
                self.inboxes[usize::from(delivery.to.0)].add_delivery(delivery);
            }
        }
        messages
    }
}

/// The same through the rings, with all that the threads do but sleeping.
struct Piped<F: FnMut(&NodeTick)> {
    routing: Routing,
    wiring: Wiring,
    observer: Observer<F>,
    parker: Parker,
    arrivals: Vec<(NodeId, Time)>,
}

impl<F: FnMut(&NodeTick)> Piped<F> {
    fn new(plan: &Plan<'_>, options: &Options, pictures: &Pictures, observe: F) -> Self {
        let (routing, nodes) = build(plan.setup, plan.regime, plan.seed).unwrap();
        let (parker, wake) = (Parker::new(), Wake::default());
        let workers = [parker.unparker().clone()];
        let owners = vec![0; nodes.len()];
        let threads = Threads { driver: &wake.unparker(), workers: &workers, owners: &owners };
        let mut wiring = wire(plan, options, &threads, nodes, pictures).unwrap();
        let observer = Observer::new(std::mem::take(&mut wiring.ticks), wake, observe);
        Piped { routing, wiring, observer, parker, arrivals: Vec::new() }
    }

    /// What the driver does with the scans of a tick.
    fn feed(&mut self, scans: &[Arc<Scan>], tick: Time) {
        let Wiring { feeds, rings, .. } = &mut self.wiring;
        for scan in scans {
            self.routing.route_into(scan, &mut self.arrivals).unwrap();
            for (to, arrival) in self.arrivals.drain(..) {
                let reached = feeds[usize::from(scan.sensor.0)].iter().find(|(node, _)| *node == to);
                rings[reached.unwrap().1].pack(FeedItem::Scan(arrival, Arc::clone(scan)));
            }
        }
        for ring in rings {
            ring.pack(FeedItem::Watermark(tick));
            ring.flush();
        }
    }

    /// One tick.
    fn tick(&mut self, scans: &[Arc<Scan>], tick: Time) {
        self.feed(scans, tick);
        let all = self.observer.seen() + self.wiring.tasks.len() as u64;
        while self.observer.seen() < all {
            self.wiring.tasks.iter_mut().for_each(|task| _ = task.step());
            self.observer.collect();
        }
    }
}

/// The scans of each tick, with its instant.
fn by_tick(start: Time, scans: &[Arc<Scan>]) -> impl Iterator<Item = (&[Arc<Scan>], Time)> {
    (1..=TICKS).map(move |number| {
        let [from, to] = [number - 1, number].map(|tick| start.plus_seconds(TICK_S * tick as f64));
        let [first, end] = [from, to].map(|tick| scans.partition_point(|scan| scan.time <= tick));
        (&scans[if number == 1 { 0 } else { first }..end], to)
    })
}

#[test]
fn from_ring_to_picture_a_plot_allocates_nothing() {
    let regimes = sharing_study::regimes::builtin().unwrap();
    let (setup, scans) = scenario();
    for name in ["siloed", "integrated", "realtime-2023"] {
        let regime = regimes.iter().find(|regime| regime.name == name).unwrap();
        let plan = Plan { setup: &setup, regime, seed: 1 };
        let mut plain = Plain::new(&plan);
        let pictures = Pictures::new(&setup);
        let mut events = 0;
        let mut piped = Piped::new(&plan, &Options::default(), &pictures, |tick| events += tick.events.len());
        let (mut cold, mut warm, mut messages, mut plots) = (0, [0, 0], 0, 0);
        for (number, (now, tick)) in by_tick(setup.start, &scans).enumerate() {
            let mut sent = 0;
            let by_calls = counted(|| sent = plain.tick(now, tick));
            let by_rings = counted(|| piped.tick(now, tick));
            if number < WARM_UP {
                cold += by_rings;
                continue;
            }
            warm = [warm[0] + by_calls, warm[1] + by_rings];
            messages += sent as u64;
            plots += now.iter().map(|scan| scan.plots.len()).sum::<usize>();
        }
        let digests = plain.nodes.iter().map(|node| node.node.digest());
        assert!(digests.eq(piped.wiring.tasks.iter().map(|task| task.node.node.digest())), "the same work");
        drop(piped);
        assert!(cold > 100 && plots > 1_000 && events > 100, "{name}: {cold} {plots} {events}");
        if messages == 0 {
            assert_eq!(warm, [0, 0], "{name}: by plain calls, by rings, for {plots} plots");
        } else {
            // A message is new: its box and what it was made from, the receiver's copy of both for its own links, and a
            // place in its history; and lists of what a link sends. Beside that, several pictures take turns here, and each
            // keeps memory of its own for what its tracks were made from.
            assert!(warm[0] <= 6 * messages && warm[1] <= warm[0] + messages / 10, "{warm:?} {messages}");
        }
    }
}

/// A lock is taken only where a thread goes to sleep or is woken from sleep, and so is the way into the system.
#[test]
fn a_worker_whose_rings_hold_work_never_sleeps() {
    let (setup, scans) = scenario();
    let regimes = sharing_study::regimes::builtin().unwrap();
    let regime = regimes.iter().find(|regime| regime.name == "realtime-2023").unwrap();
    let plan = Plan { setup: &setup, regime, seed: 1 };
    let options = Options { ring_capacity: 2 * TICKS, ..Options::default() };
    let pictures = Pictures::new(&setup);
    let mut piped = Piped::new(&plan, &options, &pictures, |_| {});
    let mut plain = Plain::new(&plan);
    for (now, tick) in by_tick(setup.start, &scans) {
        plain.tick(now, tick);
        piped.feed(now, tick);
    }
    for ring in &mut piped.wiring.rings {
        ring.pack(FeedItem::End);
        ring.flush();
        assert_eq!(ring.report().waits, 0);
    }
    let shared = Shared::new(Vec::new(), piped.observer.wake().unparker());
    let returned = work(std::mem::take(&mut piped.wiring.tasks), &piped.parker, &shared);
    assert_eq!(returned.parks, 0);
    piped.observer.collect();
    assert_eq!(piped.observer.seen(), (TICKS * setup.nodes.len()) as u64);
    let digests = returned.tasks.iter().map(|task| task.node.node.digest());
    assert!(digests.eq(plain.nodes.iter().map(|node| node.node.digest())), "the same work");
}

#[test]
fn no_lock_stands_in_the_source() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = 0;
    for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        if !file.ends_with("hot_path_tests.rs") {
            let text = std::fs::read_to_string(&file).unwrap();
            for lock in ["Mutex", "RwLock", "ShardedLock", "Condvar", "Barrier", "mpsc", "LazyLock"] {
                assert!(!text.contains(lock), "{lock} in {}", file.display());
            }
            files += 1;
        }
    }
    assert!(files > 15);
}

#[test]
fn from_a_feed_to_a_picture_nothing_is_allocated_without_a_node() {
    let (start, sensor, node) = (Time::from_nanoseconds(0), SensorId(0), NodeId(0));
    let parker = Parker::new();
    let wake = || parker.unparker().clone();
    let options = FeedOptions { ring_capacity: 4, ..FeedOptions::default() };
    let (mut feed, mut source) = feed(sensor, &options, wake(), &Arc::new(AtomicCell::new(false)));
    let mut intake = Intake::new(start, 90.0, std::iter::once((sensor, options)));
    let (mut driver, mut to_node) = ring(RingName::Feed { sensor, to: node }, 4, wake(), wake());
    let mut sequencer = Sequencer::new(start, 1, 0);
    let (setup, _) = scenario();
    let pictures = Pictures::new(&setup);
    let mut publisher = Publisher::new(&pictures, node, 4);
    let mut drawn = Picture::empty(node, start);
    let (mut ticks, mut observer) = ring(RingName::Ticks { from: node }, 4, wake(), wake());
    // Twenty scans a tick, all made before anything is counted; a reader keeps a picture now and then.
    let scan = |number: u32| {
        let time = start.plus_seconds(f64::from(number) / 20.0 + 0.01);
        Arc::new(Scan::of_field(sensor, number, time, Vec::new()))
    };
    let scans: Vec<_> = (0..20 * 200).map(scan).collect();
    let (mut published, mut taken, mut kept) = (0, 0, None);
    let mut run = |scans: &[Arc<Scan>]| {
        for (number, of_tick) in scans.chunks(20).enumerate() {
            feed.send_all(of_tick[..19].iter().cloned()).unwrap();
            feed.send(Arc::clone(&of_tick[19])).unwrap();
            while let Some(Sent::Scan(number, scan)) = source.ring.pop() {
                intake.take_scan(0, number, scan);
            }
            while let Next::Tick(tick) = intake.next() {
                while let Some(Arrival { at, scan }) = intake.scan_until(tick.time) {
                    driver.pack(FeedItem::Scan(at, scan));
                }
                driver.pack(FeedItem::Watermark(tick.time));
                driver.flush();
            }
            while let Some(item) = to_node.pop() {
                sequencer.take_feed(0, item);
            }
            while let Next::Tick(tick) = sequencer.next(true) {
                while sequencer.scan_until(tick.time).is_some() {
                    taken += 1;
                }
                drawn.time = tick.time;
                let picture = publisher.publish(&mut drawn);
                ticks.pack(NodeTick { number: tick.number, picture, events: Vec::new() });
                ticks.flush();
                if number % 10 == 0 {
                    kept = pictures.latest(node);
                }
            }
            while observer.pop().is_some() {
                published += 1;
            }
        }
    };
    run(&scans[..20 * 100]);
    assert_eq!(counted(|| run(&scans[20 * 100..])), 0);
    assert_eq!((published, taken), (199, 199 * 20), "all but the last tick, which is still open");
    assert!(kept.is_some());
}
