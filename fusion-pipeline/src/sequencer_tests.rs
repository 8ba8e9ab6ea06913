//! The sequencer over every order in which messages can arrive.

use super::*;
use fusion_core::share::{Audience, Fact, FusionRule, Message};
use fusion_core::types::{Geodetic, NodeId, SensorId, TrackId};

const START: Time = Time::from_nanoseconds(1_000_000_000_000);

fn at(seconds: f64) -> Time {
    START.plus_seconds(seconds)
}

fn scan(sensor: u16, sequence: u32, seconds: f64) -> FeedItem {
    let scan = Scan::of_field(SensorId(sensor), sequence, at(seconds), Vec::new());
    FeedItem::Scan(at(seconds), Arc::new(scan))
}

fn message(link: u16, number: u64, seconds: f64) -> LinkItem {
    let place = Geodetic { latitude_rad: 0.0, longitude_rad: 0.0, height_m: 0.0 };
    let origin = (NodeId(link), TrackId(number));
    let fact = Fact::Cue { origin, launch_time: START, place };
    LinkItem::Delivery(Delivery {
        arrival: at(seconds),
        to: NodeId(9),
        order: (link, number),
        message: Message { fact, fusion: FusionRule::Naive, audience: Audience::EVERYBODY },
    })
}

/// One item and the ring in which it lies: rings of feeds first, then of senders.
#[derive(Clone, Debug)]
enum Item {
    Feed(usize, FeedItem),
    Sender(usize, LinkItem),
}

impl Item {
    fn ring(&self) -> (bool, usize) {
        match self {
            Item::Feed(ring, _) => (false, *ring),
            Item::Sender(ring, _) => (true, *ring),
        }
    }
}

/// A tick as a text: number, seconds, scans and messages in the order in which the node gets them.
fn told(sequencer: &mut Sequencer, tick: Tick) -> String {
    let scans = std::iter::from_fn(|| sequencer.scan_until(tick.time));
    let scans: Vec<String> = scans.map(|(_, scan)| format!("{}.{}", scan.sensor, scan.sequence)).collect();
    let messages = std::iter::from_fn(|| sequencer.delivery_until(tick.time));
    let messages: Vec<String> =
        messages.map(|delivery| format!("{}:{}", delivery.order.0, delivery.order.1)).collect();
    let seconds = tick.time.seconds_since(START);
    format!("{} at {seconds}: {} | {}", tick.number, scans.join(" "), messages.join(" "))
}

/// Every order of `items`; with `keeps_rings`, those only that leave the order within each ring.
fn orders(items: &[Item], keeps_rings: bool) -> Vec<Vec<Item>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut found = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let is_first = !items[..index].iter().any(|before| before.ring() == item.ring());
        if keeps_rings && !is_first {
            continue;
        }
        let mut rest = items.to_vec();
        rest.remove(index);
        for mut order in orders(&rest, keeps_rings) {
            order.insert(0, item.clone());
            found.push(order);
        }
    }
    found
}

/// Puts items in one after the other and lets the node tick whenever it can.
fn run(feeds: usize, senders: usize, items: &[Item]) -> Vec<String> {
    let mut sequencer = Sequencer::new(START, feeds, senders);
    let mut ticks = Vec::new();
    for item in items {
        match item.clone() {
            Item::Feed(ring, item) => sequencer.take_feed(ring, item),
            Item::Sender(ring, item) => sequencer.take_sender(ring, item),
        }
        while let Next::Tick(tick) = sequencer.next(true) {
            ticks.push(told(&mut sequencer, tick));
        }
    }
    ticks
}

#[test]
fn six_messages_in_every_order_give_the_same_ticks() {
    // Two of them at one instant, and one for the tick after.
    let messages = [
        Item::Feed(0, scan(0, 0, 0.2)),
        Item::Feed(0, scan(0, 1, 1.5)),
        Item::Feed(1, scan(1, 0, 0.2)),
        Item::Sender(0, message(0, 0, 0.7)),
        Item::Sender(0, message(0, 1, 0.6)),
        Item::Sender(1, message(1, 0, 0.7)),
    ];
    let ends = [
        Item::Feed(0, FeedItem::Watermark(at(2.0))),
        Item::Feed(1, FeedItem::Watermark(at(2.0))),
        Item::Sender(0, LinkItem::Ticked(1)),
        Item::Sender(1, LinkItem::Ticked(1)),
    ];
    let expected = ["1 at 1: 0.0 1.0 | 0:1 0:0 1:0", "2 at 2: 0.1 | "];
    for count in 0..=messages.len() {
        let all = orders(&messages[..count], false);
        assert_eq!(all.len(), (1..=count).product::<usize>());
        let first = run(2, 2, &[&all[0][..], &ends].concat());
        for order in all {
            assert_eq!(run(2, 2, &[&order[..], &ends].concat()), first, "{order:?}");
        }
        if count == messages.len() {
            assert_eq!(first, expected);
        }
    }
}

#[test]
fn six_messages_with_their_markers_give_the_same_ticks_in_every_order_of_the_rings() {
    let items = [
        Item::Feed(0, scan(0, 0, 0.5)),
        Item::Feed(0, FeedItem::Watermark(at(1.0))),
        Item::Feed(0, FeedItem::Watermark(at(2.0))),
        Item::Feed(1, FeedItem::Watermark(at(2.0))),
        Item::Sender(0, message(0, 0, 1.2)),
        Item::Sender(0, LinkItem::Ticked(1)),
    ];
    let all = orders(&items, true);
    assert_eq!(all.len(), 60, "6! / (3! 1! 2!)");
    for order in all {
        assert_eq!(run(2, 1, &order), ["1 at 1: 0.0 | ", "2 at 2:  | 0:0"], "{order:?}");
    }
}

#[test]
fn a_tick_waits_for_every_feed_and_for_what_every_sender_sent_before() {
    let mut sequencer = Sequencer::new(START, 2, 2);
    assert!(sequencer.wants_feed(0) && sequencer.wants_feed(1));
    assert!(!sequencer.wants_sender(0), "nobody sends anything before the first tick");
    sequencer.take_feed(0, FeedItem::Watermark(at(5.0)));
    assert!(!sequencer.wants_feed(0), "what comes later can stay in the ring");
    assert!(matches!(sequencer.next(true), Next::Wait));
    sequencer.take_feed(1, FeedItem::Watermark(at(0.999)));
    assert!(matches!(sequencer.next(true), Next::Wait));
    sequencer.take_feed(1, FeedItem::Watermark(at(2.0)));
    assert!(matches!(sequencer.next(false), Next::Wait), "the node has not sent the last tick's messages");
    assert!(matches!(sequencer.next(true), Next::Tick(tick) if tick.number == 1));
    assert!(sequencer.wants_sender(0) && sequencer.wants_sender(1));
    sequencer.take_sender(0, LinkItem::Ticked(1));
    assert!(!sequencer.wants_sender(0) && matches!(sequencer.next(true), Next::Wait));
    sequencer.take_sender(1, LinkItem::Ticked(1));
    assert!(matches!(sequencer.next(true), Next::Tick(tick) if tick.number == 2));
    assert!(sequencer.wants_feed(1) && matches!(sequencer.next(true), Next::Wait));
}

#[test]
fn the_end_of_a_feed_ends_the_node_after_the_last_tick() {
    let mut sequencer = Sequencer::new(START, 1, 0);
    sequencer.take_feed(0, FeedItem::Watermark(at(1.0)));
    sequencer.take_feed(0, FeedItem::End);
    assert!(matches!(sequencer.next(true), Next::Tick(_)));
    assert!(matches!(sequencer.next(false), Next::Finished), "also while it could not send");
    assert!(!sequencer.wants_feed(0));
}

#[test]
fn at_the_end_of_all_time_there_is_no_next_tick() {
    let mut sequencer = Sequencer::new(Time::MAX.plus_seconds(-0.5), 1, 0);
    sequencer.take_feed(0, FeedItem::Watermark(Time::MAX));
    assert!(matches!(sequencer.next(true), Next::Tick(tick) if tick.time == Time::MAX));
    assert!(matches!(sequencer.next(true), Next::Finished));
}
