//! The intake, the delay queue and the shedder over every order in which messages can come.

use super::*;
use crate::delay::DelayQueue;

const START: Time = Time::from_nanoseconds(1_000_000_000_000);

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
    Intake::new(START, (0..feeds).map(|feed| (SensorId(feed as u16), options)))
}

fn take(intake: &mut Intake, item: Item) {
    match item {
        Item::Scan(feed, number, seconds) => {
            let scan = Scan::of_field(SensorId(feed as u16), number as u32, at(seconds), Vec::new());
            intake.take_scan(feed, number, Arc::new(scan));
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
        let scans: Vec<String> = scans.map(|scan| format!("{}.{}", scan.sensor, scan.sequence)).collect();
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
    let mut lost = Vec::new();
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
            // What is said to be delivered was, once, and in its own tick.
            let mut delivered: Vec<(u64, usize, u64)> = Vec::new();
            for item in &items {
                if let Item::Scan(feed, number, seconds) = *item
                    && records[feed].has_delivered(number)
                {
                    delivered.push(((seconds * 10.0) as u64, feed, number));
                }
            }
            delivered.sort_unstable();
            let expected: Vec<String> = told.iter().flat_map(|tick| names(tick)).collect();
            let name = |(tenths, feed, number): &(u64, usize, u64)| {
                format!("{}: {feed}.{number}", tenths.div_ceil(10))
            };
            let found: Vec<String> = delivered.iter().map(name).collect();
            assert_eq!(found, expected, "{order:?}");
            let dropped: u64 = records.iter().map(|record| record.count(Loss::Dropped)).sum();
            assert_eq!(dropped, u64::from(missing.count_ones()), "{order:?}");
            lost.extend(records.iter().flat_map(|record| &record.lost).map(|lost| lost.why));
        }
    }
    lost.sort_unstable();
    lost.dedup();
    assert_eq!(lost, [Loss::Dropped, Loss::Shed, Loss::Late, Loss::BackInTime], "all that there are here");
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
    // It is back, and too late for what was closed.
    take(&mut intake, Item::Scan(1, 0, 0.9));
    take(&mut intake, Item::Scan(1, 1, 4.2));
    assert_eq!(ticks(&mut intake), ["2: 0.1", "3: ", "4: 0.2"]);
    take(&mut intake, Item::End(0, 4));
    intake.advance(at(6.0));
    assert_eq!(ticks(&mut intake), ["5: 0.3 1.1", "6: "]);
    let record = &intake.records()[1];
    assert_eq!(record.lost, [crate::record::Lost { first: 0, count: 1, why: Loss::Late }]);
    let silences = [(1.0, 1), (5.0, 2)].map(|(from, ticks)| (at(from), ticks));
    let found: Vec<_> = record.silences.iter().map(|silence| (silence.from, silence.ticks)).collect();
    assert_eq!((found, record.silent_ticks()), (silences.to_vec(), 3));
}

#[test]
fn a_broken_clock_is_refused_and_moves_nobody() {
    let mut intake = intake(2, FeedOptions::default());
    take(&mut intake, Item::Scan(0, 0, 86_401.0));
    take(&mut intake, Item::Scan(0, 1, 0.5));
    assert_eq!(intake.next(), Next::Wait);
    take(&mut intake, Item::Watermark(0, 1e9));
    assert_eq!(ticks(&mut intake).len(), 86_400 - 30, "a day, but for the other's patience");
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
