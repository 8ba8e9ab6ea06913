//! Nothing is allocated on the way of a plot once the run is warm: counted on one thread, as the threads would do it.

use crate::clock::Wake;
use crate::feed::{Sent, feed};
use crate::intake::Intake;
use crate::observer::Observer;
use crate::options::{FeedOptions, Options, Plan};
use crate::pictures::{Pictures, Publisher};
use crate::report::NodeTick;
use crate::ring::{RingName, ring};
use crate::sequencer::{FeedItem, Next, Sequencer};
use crate::wiring::{Threads, Wiring, wire};
use crossbeam::atomic::AtomicCell;
use crossbeam::sync::Parker;
use fusion_core::node::{Inbox, NetworkNode, Picture, Routing, Setup, TICK_S, build};
use fusion_core::share::Delivery;
use fusion_core::types::{NodeId, Scan, SensorId, Time};
use sensor_sim::{Scenario, simulate};
use std::sync::Arc;

const TICKS: usize = 240;
const WARM_UP: usize = 120;

fn counted(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total
}

fn scenario() -> (Arc<Setup>, Vec<Arc<Scan>>) {
    let text = include_str!("../../fixtures/overflight-2017-09-15/scenario.toml");
    let scenario = Scenario::parse(text).unwrap();
    let scans = simulate(&scenario, &scenario.fly().unwrap(), 1, 0).unwrap().scans;
    let (names, start) = (scenario.node_names(), scenario.start);
    let setup =
        Setup::new(names, scenario.sensors, scenario.areas, scenario.warning, scenario.tracker, start);
    (Arc::new(setup.unwrap()), scans.into_iter().map(Arc::new).collect())
}

/// What is under way to one node by plain calls. The node's own inbox gets it when it is due, as it does of a sequencer.
struct UnderWay {
    scans: Vec<(Time, Arc<Scan>)>,
    deliveries: Vec<Delivery>,
    inbox: Inbox,
}

/// One tick by plain calls.
fn plain(
    routing: &mut Routing,
    nodes: &mut [NetworkNode],
    under_way: &mut [UnderWay],
    scans: &[Arc<Scan>],
    tick: Time,
) {
    for scan in scans {
        for (to, arrival) in routing.route(scan).unwrap() {
            under_way[usize::from(to.0)].scans.push((arrival, Arc::clone(scan)));
        }
    }
    for index in 0..nodes.len() {
        let UnderWay { scans, deliveries, inbox } = &mut under_way[index];
        for (arrival, scan) in scans.extract_if(.., |(arrival, _)| *arrival <= tick) {
            inbox.add_scan(arrival, scan);
        }
        for delivery in deliveries.extract_if(.., |delivery| delivery.arrival <= tick) {
            inbox.add_delivery(delivery);
        }
        let (result, sent) = nodes[index].tick(tick, inbox);
        drop(result);
        sent.into_iter().for_each(|delivery| under_way[usize::from(delivery.to.0)].deliveries.push(delivery));
    }
}

/// One tick through the rings, with all that the threads do but sleeping.
fn piped<F: FnMut(&NodeTick)>(
    routing: &mut Routing,
    wiring: &mut Wiring,
    observer: &mut Observer<F>,
    scans: &[Arc<Scan>],
    tick: Time,
) {
    for scan in scans {
        for (to, arrival) in routing.route(scan).unwrap() {
            let reached = wiring.feeds[usize::from(scan.sensor.0)].iter().find(|(node, _)| *node == to);
            wiring.rings[reached.unwrap().1].pack(FeedItem::Scan(arrival, Arc::clone(scan)));
        }
    }
    for ring in &mut wiring.rings {
        ring.pack(FeedItem::Watermark(tick));
        ring.flush();
    }
    let all = observer.seen() + wiring.tasks.len() as u64;
    while observer.seen() < all {
        wiring.tasks.iter_mut().for_each(|task| _ = task.step());
        observer.collect();
    }
}

#[test]
fn the_pipeline_allocates_nothing_that_the_nodes_do_not() {
    let (setup, scans) = scenario();
    let regimes = sharing_study::regimes::builtin().unwrap();
    for regime in
        regimes.iter().filter(|regime| ["realtime-2023", "integrated"].contains(&regime.name.as_str()))
    {
        let plan = Plan { setup: &setup, regime, seed: 1 };
        let (mut routing, mut nodes) = build(&setup, regime, 1).unwrap();
        let mut under_way = Vec::new();
        under_way.resize_with(nodes.len(), || UnderWay {
            scans: Vec::with_capacity(4096),
            deliveries: Vec::with_capacity(4096),
            inbox: Inbox::default(),
        });
        let (mut same_routing, same_nodes) = build(&setup, regime, 1).unwrap();
        let (parker, wake, pictures) = (Parker::new(), Wake::default(), Pictures::new(&setup));
        let workers = [parker.unparker().clone()];
        let threads = Threads { driver: &wake.unparker(), workers: &workers };
        let mut wiring = wire(&plan, &Options::default(), &threads, same_nodes, &pictures).unwrap();
        let mut observer = Observer::new(std::mem::take(&mut wiring.ticks), wake, |_| {});
        let (mut next, mut tick) = (0, setup.start);
        let mut warm = [0, 0];
        for number in 0..TICKS {
            tick = tick.plus_seconds(TICK_S);
            let count = scans[next..].partition_point(|scan| scan.time <= tick);
            let now = &scans[next..next + count];
            next += count;
            let by_calls = counted(|| plain(&mut routing, &mut nodes, &mut under_way, now, tick));
            let by_rings = counted(|| piped(&mut same_routing, &mut wiring, &mut observer, now, tick));
            if number >= WARM_UP {
                warm = [warm[0] + by_calls, warm[1] + by_rings];
            }
        }
        let digests = nodes.iter().map(|node| node.node.digest());
        assert!(digests.eq(wiring.tasks.iter().map(|task| task.node.node.digest())), "the same work");
        assert_eq!(warm[0], warm[1], "{}: by plain calls, by rings", regime.name);
    }
}

#[test]
fn from_a_feed_to_a_picture_nothing_is_allocated_without_a_node() {
    let (start, sensor, node) = (Time::from_nanoseconds(0), SensorId(0), NodeId(0));
    let parker = Parker::new();
    let wake = || parker.unparker().clone();
    let options = FeedOptions { ring_capacity: 4, ..FeedOptions::default() };
    let (mut feed, mut source) = feed(sensor, &options, wake(), &Arc::new(AtomicCell::new(false)));
    let mut intake = Intake::new(start, std::iter::once((sensor, options)));
    let (mut driver, mut to_node) = ring(RingName::Feed { sensor, to: node }, 4, wake(), wake());
    let mut sequencer = Sequencer::new(start, 1, 0);
    let (setup, _) = scenario();
    let pictures = Pictures::new(&setup);
    let mut publisher = Publisher::new(&pictures, node, 4);
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
                while let Some(scan) = intake.scan_until(tick.time) {
                    driver.pack(FeedItem::Scan(scan.time, scan));
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
                let picture = publisher.publish(Picture { node, time: tick.time, tracks: Vec::new() });
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
