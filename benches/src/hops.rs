//! Messages from thread to thread: through a bare queue, and through the pipeline's rings.
//!
//! Whoever must wait spins, then yields: alike for the bare queue and ours.

use crossbeam::queue::ArrayQueue;
use crossbeam::sync::Parker;
use crossbeam::utils::Backoff;
use fusion_core::types::NodeId;
use fusion_pipeline::ring::{Consumer, Producer, RingName, ring};
use std::hint::black_box;

/// So few that a round is mostly done before the system gives the processor to somebody else.
pub const MESSAGES: u64 = 32_000;
/// Round trips in a round.
pub const TRIPS: u64 = 2_000;
const CAPACITY: usize = 256;

/// A message of `WORDS` words.
type Message<const WORDS: usize> = [u64; WORDS];

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

/// Messages through a bare queue.
pub fn bare<const WORDS: usize>() {
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

/// Through a ring, one at a time.
pub fn single<const WORDS: usize>() {
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

/// Through a ring, by sixteen.
pub fn packed<const WORDS: usize>() {
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

fn new_ring<const WORDS: usize>(capacity: usize) -> (Producer<Message<WORDS>>, Consumer<Message<WORDS>>) {
    let (sender, receiver) = (Parker::new(), Parker::new());
    let name = RingName::Time { to: NodeId(0) };
    ring(name, capacity, sender.unparker().clone(), receiver.unparker().clone())
}

/// Sixteen in, sixteen out, on one thread: the instructions without the traffic between caches.
pub fn bare_alone<const WORDS: usize>() {
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

/// The same through a ring.
pub fn single_alone<const WORDS: usize>() {
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

/// The same by sixteen.
pub fn packed_alone<const WORDS: usize>() {
    let (mut producer, mut consumer) = new_ring::<WORDS>(CAPACITY / 16);
    for first in (0..MESSAGES).step_by(16) {
        (first..first + 16).for_each(|number| producer.pack(black_box([number; WORDS])));
        while let Some(message) = consumer.pop() {
            black_box(message);
        }
    }
}

/// There and back, one message at a time, through two bare queues.
pub fn bare_trips() {
    let [there, back] = [(); 2].map(|()| ArrayQueue::<Message<3>>::new(CAPACITY));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..TRIPS {
                let message = waited(|| there.pop());
                waited(|| back.push(message).ok());
            }
        });
        for number in 0..TRIPS {
            waited(|| there.push([number; 3]).ok());
            black_box(waited(|| back.pop()));
        }
    });
}

/// The same through two rings.
pub fn ring_trips() {
    let (mut there, mut at_there) = new_ring::<3>(CAPACITY);
    let (mut back, mut at_back) = new_ring::<3>(CAPACITY);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..TRIPS {
                let message = waited(|| at_there.pop());
                sent(&mut back, message);
            }
        });
        for number in 0..TRIPS {
            sent(&mut there, [number; 3]);
            black_box(waited(|| at_back.pop()));
        }
    });
}

/// Asks until there is an answer.
fn waited<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let backoff = Backoff::new();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        backoff.snooze();
    }
}

fn sent(ring: &mut Producer<Message<3>>, message: Message<3>) {
    ring.send(message);
    waited(|| {
        ring.flush();
        ring.is_clear().then_some(())
    });
    ring.wake();
}
