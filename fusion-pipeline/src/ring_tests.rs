//! Rings on one thread: what fits, what waits, what goes lost, and in which order it comes.

use super::*;
use crossbeam::sync::Parker;

const NAME: RingName = RingName::Link { from: NodeId(1), to: NodeId(2) };

fn small(capacity: usize) -> (Producer<u32>, Consumer<u32>) {
    let parker = Parker::new();
    ring(NAME, capacity, parker.unparker().clone(), parker.unparker().clone())
}

fn rest(consumer: &mut Consumer<u32>) -> Vec<u32> {
    std::iter::from_fn(|| consumer.pop()).collect()
}

#[test]
fn what_a_full_ring_does_not_take_waits_and_comes_in_order() {
    let (mut producer, mut consumer) = small(2);
    (0..5).for_each(|item| producer.send(item));
    assert!(!producer.is_clear() && producer.has_room() && !producer.flush(), "the ring is full");
    consumer.note_fill();
    assert_eq!(consumer.pop(), Some(0));
    // Room in the ring does not let a later item overtake those that wait: they go together.
    producer.send(5);
    assert!(producer.is_clear());
    assert_eq!(rest(&mut consumer), [1, 2, 3, 4, 5]);
    let expected = RingReport { ring: NAME, capacity: 2, items: 6, parcels: 3, high_water: 0, waits: 1 };
    assert_eq!((producer.report(), consumer.high_water()), (expected, (NAME, 2)));
    assert_eq!(NAME.to_string(), "node 1 to node 2");
}

#[test]
fn sixteen_travel_together_and_the_rest_with_the_next_flush() {
    let (mut producer, mut consumer) = small(4);
    (0..20).for_each(|item| producer.pack(item));
    assert_eq!(rest(&mut consumer), Vec::from_iter(0..16));
    producer.flush_if_idle();
    assert_eq!(rest(&mut consumer), [16, 17, 18, 19]);
    (0..5).for_each(|item| producer.pack(item));
    assert!(producer.flush() && !producer.flush());
    producer.pack(5);
    producer.flush_if_idle();
    assert!(!producer.is_clear(), "the receiver has something to do");
    assert_eq!(producer.report().parcels, 3);
}

#[test]
fn a_parcel_that_does_not_fit_is_unpacked_in_order() {
    let (mut producer, mut consumer) = small(1);
    (0..40).for_each(|item| producer.pack(item));
    assert!(!producer.has_room());
    let mut taken = Vec::new();
    while let Some(item) = consumer.pop() {
        taken.push(item);
        producer.flush();
    }
    assert_eq!(taken, Vec::from_iter(0..40));
    assert!(producer.is_clear() && producer.has_room());
}

/// Every order in which six are sent, alone or packed, and received meanwhile: nothing is missing, doubled or overtaken.
#[test]
fn every_schedule_of_six_items_keeps_count_and_order() {
    // Two bits for each step: send, pack, flush, or receive; eight steps.
    for schedule in 0..1_u32 << 16 {
        let (mut producer, mut consumer) = small(2);
        let (mut sent, mut taken) = (0, Vec::new());
        for step in 0..8 {
            match (schedule >> (2 * step)) & 3 {
                0 if sent < 6 => producer.send(sent),
                1 if sent < 6 => producer.pack(sent),
                2 => _ = producer.flush(),
                3 => taken.extend(consumer.pop()),
                _ => continue,
            }
            sent += u32::from((schedule >> (2 * step)) & 3 < 2);
        }
        while taken.len() < sent as usize {
            producer.flush();
            taken.extend(rest(&mut consumer));
        }
        assert_eq!(taken, Vec::from_iter(0..sent), "schedule {schedule:x}");
    }
}

#[test]
fn the_oldest_goes_first_when_there_is_no_room() {
    for schedule in 0..1_u32 << 12 {
        let (mut producer, mut consumer) = small(2);
        let (mut sent, mut lost, mut taken) = (0, Vec::new(), Vec::new());
        for step in 0..12 {
            if schedule >> step & 1 == 1 {
                taken.extend(consumer.pop());
            } else if sent < 6 {
                producer.send(sent);
                while !producer.is_clear() {
                    producer.drop_oldest(|item| lost.push(item));
                    producer.flush();
                }
                sent += 1;
            }
        }
        taken.extend(rest(&mut consumer));
        // What came is in order, what did not was counted, and the last two are never lost.
        assert!(taken.is_sorted() && lost.is_sorted(), "{schedule:x}: {taken:?} {lost:?}");
        assert!(lost.iter().all(|item| item + 2 < sent), "{schedule:x}: {lost:?} of {sent}");
        taken.extend(lost);
        taken.sort_unstable();
        assert_eq!(taken, Vec::from_iter(0..sent), "{schedule:x}");
    }
}

#[test]
fn nothing_is_allocated_once_vectors_are_under_way() {
    let (mut producer, mut consumer) = small(8);
    let mut round = |count| {
        for item in 0..count {
            producer.pack(item);
            producer.send(item);
            if item % 5 == 0 {
                producer.flush();
                while consumer.pop().is_some() {}
                producer.wake();
            }
        }
    };
    round(200);
    assert_eq!(allocation_counter::measure(|| round(20_000)).count_total, 0);
}
