//! One message from a thread to another. Whoever must wait spins, then yields: alike for the bare queue and ours.

use crate::{quantile, timed_ns};
use crossbeam::queue::ArrayQueue;
use crossbeam::sync::Parker;
use crossbeam::utils::Backoff;
use fusion_core::types::NodeId;
use fusion_pipeline::WallClock;
use fusion_pipeline::ring::{RingName, ring};
use std::hint::black_box;

/// So few that a round is mostly done before the system gives the processor to somebody else.
const MESSAGES: u64 = 32_000;
const ROUNDS: usize = 120;
/// The share of the rounds that a figure is not below: most of those above it were interrupted on a busy machine.
const SHARE: f64 = 0.1;
const CAPACITY: usize = 256;

/// A message of `WORDS` words.
type Message<const WORDS: usize> = [u64; WORDS];

/// Prints ns for each message, and the ratio to the bare queue.
pub fn show(clock: &WallClock) {
    println!(
        "a hop, ns a message: best tenth of {ROUNDS} rounds of {MESSAGES} messages, and ratio to the bare queue's"
    );
    show_for::<3>("24 bytes", clock);
    show_for::<16>("128 bytes", clock);
    println!();
}

fn show_for<const WORDS: usize>(size: &str, clock: &WallClock) {
    let hops: [fn(); 6] = [
        bare::<WORDS>,
        single::<WORDS>,
        packed::<WORDS>,
        bare_alone::<WORDS>,
        single_alone::<WORDS>,
        packed_alone::<WORDS>,
    ];
    let mut rounds = vec![Vec::new(); hops.len()];
    for _ in 0..ROUNDS {
        for (hop, rounds) in hops.iter().zip(&mut rounds) {
            rounds.push(timed_ns(clock, hop) / MESSAGES as f64);
        }
    }
    for rounds in &mut rounds {
        rounds.sort_by(f64::total_cmp);
    }
    for (what, rounds) in ["two threads", "one thread "].into_iter().zip(rounds.chunks(3)) {
        let [bare, single, packed] = rounds else { continue };
        let [bare, single, packed] = [bare, single, packed].map(|rounds| quantile(rounds, SHARE));
        println!(
            "  {size:9} {what}   bare {bare:5.1}   one at a time {single:5.1} (x {:.2})   by sixteen {packed:5.1} (x {:.2})",
            single / bare,
            packed / bare,
        );
    }
}

/// Runs a sender on a thread of its own beside a receiver of all messages.
fn stream<T>(mut send: impl FnMut(u64) + Send, mut receive: impl FnMut() -> Option<T>) {
    std::thread::scope(|scope| {
        scope.spawn(move || (0..MESSAGES).for_each(&mut send));
        let (mut received, backoff) = (0, Backoff::new());
        while received < MESSAGES {
            match receive() {
                Some(message) => {
                    black_box(message);
                    received += 1;
                    backoff.reset();
                }
                None => backoff.snooze(),
            }
        }
    });
}

fn bare<const WORDS: usize>() {
    let queue = ArrayQueue::<Message<WORDS>>::new(CAPACITY);
    let send = |number| {
        let (mut message, backoff) = ([number; WORDS], Backoff::new());
        while let Err(back) = queue.push(message) {
            message = back;
            backoff.snooze();
        }
    };
    stream(send, || queue.pop());
}

fn single<const WORDS: usize>() {
    let (mut producer, mut consumer) = new_ring::<WORDS>(CAPACITY);
    let send = |number| {
        producer.send([number; WORDS]);
        let backoff = Backoff::new();
        while !producer.is_clear() {
            backoff.snooze();
            producer.flush();
        }
        producer.wake();
    };
    stream(send, || consumer.pop());
}

fn packed<const WORDS: usize>() {
    let (mut producer, mut consumer) = new_ring::<WORDS>(CAPACITY / 16);
    let send = |number| {
        producer.pack([number; WORDS]);
        let backoff = Backoff::new();
        while !producer.has_room() || number + 1 == MESSAGES && !producer.is_clear() {
            backoff.snooze();
            producer.flush();
        }
    };
    stream(send, || consumer.pop());
}

fn new_ring<const WORDS: usize>(
    capacity: usize,
) -> (fusion_pipeline::ring::Producer<Message<WORDS>>, fusion_pipeline::ring::Consumer<Message<WORDS>>) {
    let (sender, receiver) = (Parker::new(), Parker::new());
    let name = RingName::Time { to: NodeId(0) };
    ring(name, capacity, sender.unparker().clone(), receiver.unparker().clone())
}

/// Sixteen in, sixteen out, on one thread: the instructions without the traffic between caches.
fn bare_alone<const WORDS: usize>() {
    let queue = ArrayQueue::<Message<WORDS>>::new(CAPACITY);
    for first in (0..MESSAGES).step_by(16) {
        for number in first..first + 16 {
            _ = black_box(queue.push(black_box([number; WORDS])));
        }
        while let Some(message) = queue.pop() {
            black_box(message);
        }
    }
}

fn single_alone<const WORDS: usize>() {
    let (mut producer, mut consumer) = new_ring::<WORDS>(CAPACITY);
    for first in (0..MESSAGES).step_by(16) {
        for number in first..first + 16 {
            producer.send(black_box([number; WORDS]));
            producer.wake();
        }
        while let Some(message) = consumer.pop() {
            black_box(message);
        }
    }
}

fn packed_alone<const WORDS: usize>() {
    let (mut producer, mut consumer) = new_ring::<WORDS>(CAPACITY / 16);
    for first in (0..MESSAGES).step_by(16) {
        (first..first + 16).for_each(|number| producer.pack(black_box([number; WORDS])));
        while let Some(message) = consumer.pop() {
            black_box(message);
        }
    }
}
