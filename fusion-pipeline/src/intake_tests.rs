//! The intake, the delay queue and the shedder over every order in which messages can come.

use super::*;
use crate::delay::DelayQueue;
use crate::record::{Late, Lost};
use fusion_core::node::{Node, Setup};
use fusion_core::types::NodeId;

const START: Time = Time::from_nanoseconds(1_000_000_000_000);
const HISTORY_S: f64 = 1.0;

fn at(seconds: f64) -> Time {
    START.plus_seconds(seconds)
}

/// What a feed sends, by its number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Item {
    /// Number and seconds.
    Scan(usize, u64, f64),
    Watermark(usize, f64),
    End(usize, u64),
}

impl Item {
    fn feed(self) -> usize {
        match self {
            Item::Scan(feed, ..) | Item::Watermark(feed, _) | Item::End(feed, _) => feed,
        }
    }
}

fn intake(feeds: usize, options: FeedOptions) -> Intake {
    Intake::new(START, HISTORY_S, (0..feeds).map(|feed| (SensorId(feed as u16), options)))
}

fn empty_scan(feed: usize, number: u64, seconds: f64) -> Arc<Scan> {
    Arc::new(Scan::of_field(SensorId(feed as u16), number as u32, at(seconds), Vec::new()))
}

fn take(intake: &mut Intake, item: Item) {
    match item {
        Item::Scan(feed, number, seconds) => {
            intake.take_scan(feed, number, empty_scan(feed, number, seconds));
        }
        Item::Watermark(feed, seconds) => intake.take_watermark(feed, at(seconds)),
        Item::End(feed, sent) => intake.end(feed, Some(Total { sent, waits: 0 })),
    }
}

/// The ticks that can be closed, each as its seconds with the scans in it.
fn ticks(intake: &mut Intake) -> Vec<String> {
    let mut told = Vec::new();
    while let Next::Tick(tick) = intake.next() {
        let scans = std::iter::from_fn(|| intake.scan_until(tick.time));
        let name = |Arrival { scan, .. }: Arrival| format!("{}.{}", scan.sensor, scan.sequence);
        let scans: Vec<String> = scans.map(name).collect();
        told.push(format!("{}: {}", tick.time.seconds_since(START), scans.join(" ")));
    }
    told
}

/// Every order of the items that leaves each feed's own order.
fn orders(items: &[Item]) -> Vec<Vec<Item>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut found = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if items[..index].iter().any(|before| before.feed() == item.feed()) {
            continue;
        }
        let mut rest = items.to_vec();
        rest.remove(index);
        found.extend(orders(&rest).into_iter().map(|order| [&[*item][..], &order].concat()));
    }
    found
}

#[test]
fn feeds_that_all_are_waited_for_give_the_same_in_every_order() {
    let patient = FeedOptions { silence_s: None, ..FeedOptions::default() };
    let items = [
        Item::Scan(0, 0, 0.5),
        Item::Scan(0, 1, 1.5),
        Item::End(0, 2),
        Item::Scan(1, 0, 0.5),
        Item::Watermark(1, 3.0),
        Item::Scan(2, 0, 2.0),
        Item::End(1, 1),
        Item::End(2, 1),
    ];
    let all = orders(&items);
    assert_eq!(all.len(), 560, "8! / (3! 3! 2!)");
    for order in all {
        let mut intake = intake(3, patient);
        let mut told = Vec::new();
        for item in &order {
            take(&mut intake, *item);
            told.extend(ticks(&mut intake));
        }
        assert_eq!(told[..2], ["1: 0.0 1.0", "2: 0.1 2.0"], "{order:?}");
        // A third tick if the second feed says that it has come so far before all have ended.
        assert!(told.len() == 2 || told[2..] == ["3: "], "{told:?} {order:?}");
        assert!(intake.is_done() && intake.next() == Next::Finished);
        assert!(intake.records().iter().all(|record| record.unaccounted() == 0 && record.lost.is_empty()));
    }
}

#[test]
fn every_order_and_every_loss_of_six_messages_is_accounted_for() {
    // Two seconds of patience, one scan a tick; any of the six may be missing, as if the ring had dropped it.
    let options = FeedOptions { silence_s: Some(2.0), most_per_tick: 1, ..FeedOptions::default() };
    let items = [
        Item::Scan(0, 0, 0.5),
        Item::Scan(0, 1, 0.7),
        Item::Scan(0, 2, 3.5),
        Item::Scan(1, 0, 0.6),
        Item::Scan(1, 1, 0.4),
        Item::Scan(1, 2, 5.5),
    ];
    let (mut lost, mut late) = (Vec::new(), 0);
    for missing in 0..64_u32 {
        let kept = (0..6).filter(|bit| missing >> bit & 1 == 0);
        let kept: Vec<Item> = kept.map(|bit| items[bit]).collect();
        for order in orders(&kept) {
            let mut intake = intake(2, options);
            let mut told = Vec::new();
            for item in order.iter().chain(&[Item::End(0, 3), Item::End(1, 3)]) {
                take(&mut intake, *item);
                told.extend(ticks(&mut intake));
            }
            let records = intake.records();
            assert!(records.iter().all(|record| record.unaccounted() == 0), "{order:?}: {records:?}");
            assert!(intake.is_done(), "{order:?}");
            // What is said to be delivered was, once, and in the tick that is said.
            let mut delivered: Vec<(Time, usize, u64)> = Vec::new();
            for item in &items {
                if let Item::Scan(feed, number, seconds) = *item
                    && let Some(arrival) = records[feed].arrival(number, &empty_scan(feed, number, seconds))
                {
                    delivered.push((arrival.at, feed, number));
                }
            }
            delivered.sort_unstable();
            let expected: Vec<String> = told.iter().flat_map(|tick| names(tick)).collect();
            let name = |(at, feed, number): &(Time, usize, u64)| {
                format!("{}: {feed}.{number}", at.seconds_since(START).ceil())
            };
            let found: Vec<String> = delivered.iter().map(name).collect();
            assert_eq!(found, expected, "{order:?}");
            let dropped: u64 = records.iter().map(|record| record.count(Loss::Dropped)).sum();
            assert_eq!(dropped, u64::from(missing.count_ones()), "{order:?}");
            lost.extend(records.iter().flat_map(|record| &record.lost).map(|lost| lost.why));
            late += records.iter().map(FeedRecord::late_scans).sum::<u64>();
        }
    }
    lost.sort_unstable();
    lost.dedup();
    assert_eq!(lost, [Loss::Dropped, Loss::Shed, Loss::TooLate], "all that there are here");
    assert!(late > 0);
}

/// The scans of a tick, each with the tick.
fn names(tick: &str) -> Vec<String> {
    let (time, scans) = tick.split_once(": ").unwrap_or((tick, ""));
    scans.split_whitespace().map(|scan| format!("{time}: {scan}")).collect()
}

#[test]
fn a_silent_feed_is_waited_for_as_long_as_it_may_be_silent() {
    let mut intake = intake(2, FeedOptions { silence_s: Some(3.0), ..FeedOptions::default() });
    for (number, seconds) in [(0, 0.5), (1, 1.5), (2, 3.5)] {
        assert!(intake.wants(0), "to see how long the other has been silent");
        take(&mut intake, Item::Scan(0, number, seconds));
        assert_eq!(intake.next(), Next::Wait);
    }
    take(&mut intake, Item::Scan(0, 3, 4.1));
    assert!(!intake.wants(0) && intake.wants(1));
    assert_eq!(ticks(&mut intake), ["1: 0.0"]);
    // It is back, and late for what was closed; what comes out of order is not.
    take(&mut intake, Item::Scan(1, 0, 0.9));
    take(&mut intake, Item::Scan(1, 1, 4.2));
    take(&mut intake, Item::Scan(1, 2, 2.5));
    assert_eq!(ticks(&mut intake), ["2: 1.0 0.1", "3: 1.2", "4: 0.2"]);
    // A history of one second reaches back to the tick at three seconds now.
    take(&mut intake, Item::Scan(1, 3, 3.0));
    take(&mut intake, Item::Scan(1, 4, 3.1));
    take(&mut intake, Item::End(0, 4));
    intake.advance(at(6.0));
    assert_eq!(ticks(&mut intake), ["5: 1.4 0.3 1.1", "6: "]);
    let record = &intake.records()[1];
    let after = |seconds| at(seconds) + Duration::from_nanoseconds(1);
    assert_eq!(record.lost, [Lost { first: 3, count: 1, why: Loss::TooLate }]);
    let late = [(0, after(1.0)), (4, after(4.0))].map(|(first, at)| Late { first, count: 1, at });
    assert_eq!((&record.late[..], record.delivered, record.unaccounted()), (&late[..], 4, -5), "not ended");
    let silences = [(1.0, 1), (5.0, 2)].map(|(from, ticks)| (at(from), ticks));
    let found: Vec<_> = record.silences.iter().map(|silence| (silence.from, silence.ticks)).collect();
    assert_eq!((found, record.silent_ticks()), (silences.to_vec(), 3));
}

#[test]
fn what_is_too_late_is_what_a_node_would_refuse() {
    let text = include_str!("../../fixtures/overflight-2017-09-15/scenario.toml");
    let scenario = sensor_sim::Scenario::parse(text).unwrap();
    for history_s in [1.0, 1.5, 2.999_999_999, 3.0] {
        let tracker = fusion_core::node::TrackerConfig { history_s, ..scenario.tracker };
        let (names, sensors) = (scenario.node_names(), scenario.sensors.clone());
        let setup = Setup::new(names, sensors, Vec::new(), scenario.warning, tracker, START).unwrap();
        let mut node = Node::new(NodeId(0), Arc::new(setup));
        let mut intake =
            Intake::new(START, history_s, std::iter::once((SensorId(0), FeedOptions::default())));
        for tick in 0..8 {
            for (back, by_ns) in (0..=tick + 1).flat_map(|back| [-1, 0, 1].map(|by_ns| (back, by_ns))) {
                let scan = Scan::of_field(SensorId(0), 0, at(f64::from(tick - back)), Vec::new());
                let scan = Arc::new(Scan { time: scan.time + Duration::from_nanoseconds(by_ns), ..scan });
                let (mut node, mut intake) = (node.clone(), intake.clone());
                node.receive_scan(Arc::clone(&scan));
                intake.take_scan(0, 0, scan);
                let refused = intake.records()[0].count(Loss::TooLate);
                assert_eq!(refused, node.counts().too_late, "{history_s} {tick} {back} {by_ns}");
            }
            let next = at(f64::from(tick + 1));
            node.tick(next);
            intake.advance(next);
            assert_eq!(ticks(&mut intake).len(), 1);
        }
    }
}

/// Three feeds that look once a second, of which the first is `ahead_s` from the `broken` scan to the `mended`; gives what
/// became of each feed's scans.
fn with_clock_ahead(ahead_s: f64, broken: u64, mended: u64) -> Vec<FeedRecord> {
    let mut intake =
        intake(3, FeedOptions { silence_s: Some(5.0), ahead_s: Some(10.0), ..FeedOptions::default() });
    for number in 0..100 {
        for feed in 0..3 {
            let is_ahead = feed == 0 && (broken..mended).contains(&number);
            let seconds = number as f64 + 0.1 * (feed + 1) as f64 + if is_ahead { ahead_s } else { 0.0 };
            take(&mut intake, Item::Scan(feed, number, seconds));
            ticks(&mut intake);
        }
    }
    intake.records()
}

#[test]
fn a_clock_that_is_ahead_costs_no_other_feed_a_scan() {
    for ahead_s in [10.5, 60.0, 3_600.0, 86_390.0, 1e6] {
        for (broken, mended) in [(0, 100), (0, 50), (30, 60)] {
            let records = with_clock_ahead(ahead_s, broken, mended);
            assert_eq!(records[0].count(Loss::TooFarAhead), mended - broken, "{ahead_s}");
            assert_eq!(records[0].delivered, 100 - (mended - broken), "it goes on when it is mended");
            for other in &records[1..] {
                assert_eq!(
                    (other.delivered, other.late_scans(), other.silent_ticks()),
                    (100, 0, 0),
                    "{ahead_s}"
                );
            }
        }
    }
    // What is allowed beyond their patience makes the others late.
    let other = &with_clock_ahead(9.0, 30, 60)[1];
    assert!(other.late_scans() + other.count(Loss::TooLate) > 20);
}

#[test]
fn after_a_pause_of_all_feeds_two_that_agree_are_believed() {
    let mut intake = intake(3, FeedOptions { ahead_s: Some(40.0), ..FeedOptions::default() });
    (0..3).for_each(|feed| take(&mut intake, Item::Scan(feed, 0, 0.5)));
    for (feed, number, seconds) in [(0, 1, 600.0), (1, 1, 600.5), (0, 2, 601.0), (2, 1, 600.2)] {
        take(&mut intake, Item::Scan(feed, number, seconds));
    }
    assert_eq!(ticks(&mut intake).len(), 600);
    let refused = intake.records().iter().map(|record| record.count(Loss::TooFarAhead)).collect::<Vec<_>>();
    assert_eq!(refused, [1, 0, 0]);
}

#[test]
fn who_is_alone_is_believed_when_it_goes_on_for_long_enough() {
    let mut intake = intake(2, FeedOptions { ahead_s: Some(40.0), ..FeedOptions::default() });
    (0..2).for_each(|feed| take(&mut intake, Item::Scan(feed, 0, 0.5)));
    for number in 1..=50 {
        take(&mut intake, Item::Scan(0, number, 600.0 + number as f64));
    }
    assert_eq!(
        ticks(&mut intake).len(),
        650 - 31,
        "all but the last, which is open, and the other's patience"
    );
    let refused =
        [(0, 41), (1, 0)].map(|(feed, count)| (intake.records()[feed].count(Loss::TooFarAhead), count));
    assert!(refused.iter().all(|(found, expected)| found == expected), "{refused:?}");
}

#[test]
fn a_promise_counts_for_who_makes_it_and_moves_nobody_else() {
    let mut intake = intake(2, FeedOptions::default());
    take(&mut intake, Item::Watermark(0, 3_600.0));
    take(&mut intake, Item::Watermark(0, 1.5));
    assert_eq!(ticks(&mut intake).len(), 0, "an hour is no word of how late it is");
    take(&mut intake, Item::Scan(1, 0, 50.5));
    assert_eq!(ticks(&mut intake).len(), 50, "the first is not waited for");
    assert!(intake.records().iter().all(|record| record.silences.is_empty()));
}

#[test]
fn where_all_others_are_waited_for_a_leap_is_a_day_at_most() {
    let mut intake = intake(2, FeedOptions { silence_s: None, ..FeedOptions::default() });
    take(&mut intake, Item::Scan(0, 0, 86_401.0));
    take(&mut intake, Item::Scan(0, 1, 86_400.0));
    assert_eq!(intake.next(), Next::Wait);
    take(&mut intake, Item::Watermark(1, 1e9));
    assert_eq!(ticks(&mut intake).len(), 86_399, "the scan's own tick is open");
    assert_eq!(intake.records()[0].count(Loss::TooFarAhead), 1);
}

#[test]
fn the_delay_queue_gives_the_same_in_every_order() {
    let items = [(2.0, 0), (1.0, 1), (1.0, 0), (3.0, 7), (0.5, 9), (2.0, 1)];
    let mut order = [0, 1, 2, 3, 4, 5];
    let mut count = 0;
    permute(&mut order, 6, &mut |order| {
        let mut queue = DelayQueue::new();
        order.iter().for_each(|index| queue.put(at(items[*index].0), items[*index].1, *index));
        count += 1;
        assert_eq!(queue.last(), Some(at(3.0)));
        let mut until = |seconds| -> Vec<usize> {
            std::iter::from_fn(|| queue.pop_until(at(seconds)).map(|(_, item)| item)).collect()
        };
        assert_eq!(until(0.4), [0; 0]);
        assert_eq!((until(1.0), until(2.9), until(3.0)), (vec![4, 2, 1], vec![0, 5], vec![3]), "{order:?}");
    });
    assert_eq!(count, 720);
}

/// Every order, by Heap's method.
fn permute(items: &mut [usize; 6], count: usize, see: &mut impl FnMut(&[usize; 6])) {
    if count <= 1 {
        return see(items);
    }
    for index in 0..count {
        permute(items, count - 1, see);
        items.swap(if count.is_multiple_of(2) { index } else { 0 }, count - 1);
    }
}

#[test]
fn the_shedder_takes_so_many_a_tick_whatever_comes() {
    // Six scans, each in the tick of the one before or in the next: every way to spread them.
    for steps in 0..1_u32 << 6 {
        for most in 0..4 {
            let mut shedder = Shedder::new(most);
            let (mut tick, mut sent, mut taken) = (0, [0_u32; 7], [0_u32; 7]);
            for step in 0..6 {
                tick += (steps >> step & 1) as usize;
                sent[tick] += 1;
                taken[tick] += u32::from(shedder.takes(tick as i64));
            }
            assert_eq!(taken, sent.map(|count| count.min(most)), "{steps:b}, {most}");
        }
    }
}
