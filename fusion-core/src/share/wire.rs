//! What happens to a message between its sending and its arrival: queue, outage, loss, delay, order, duplication.
//!
//! ```text
//! sent ─► cut? ─► room in the queue? ─► sent bit by bit ─► lost? ─► delay ─► in order? ─► twice? ─► arrival
//! ```

use super::LinkConfig;
use crate::math::chance::Stream;
use crate::types::Time;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// What became of everything that was given to a link, in messages; a look is one.
///
/// Whatever happens, `sent + duplicated = arrived + in_flight + lost + dropped + cut`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkCounts {
    /// Given to the link.
    pub sent: u64,
    /// Second copies, made on the way.
    pub duplicated: u64,
    /// Arrived, both copies where there are two.
    pub arrived: u64,
    /// On their way, or waiting in the queue.
    pub in_flight: u64,
    /// Lost on their way.
    pub lost: u64,
    /// Refused by a full queue.
    pub dropped: u64,
    /// Given to the link, or still in its queue, while the feed was cut and nothing was stored.
    pub cut: u64,
}

/// Names of the draws of one kind of message: parts of their streams' keys.
pub(super) struct Draws {
    pub delay: &'static str,
    pub loss: &'static str,
    pub duplicate: &'static str,
}

/// A link's way, and what is on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Wire {
    start: Time,
    /// When the last message that was accepted has been sent bit by bit.
    free_at: Time,
    last_arrival: Time,
    /// What is still to be sent bit by bit: when that is done, and its bytes, in order.
    queue: VecDeque<(Time, u64)>,
    queued_bytes: u64,
    on_the_way: BinaryHeap<Reverse<Time>>,
    bytes: u64,
    /// Without those that arrived and are in flight.
    counts: LinkCounts,
    copies: u64,
}

/// A message takes at least this long, s: what is sent at one instant is never known elsewhere at the same.
const LEAST_DELAY_S: f64 = 1e-6;
const BITS: f64 = 8.0;

impl Wire {
    pub fn new(start: Time) -> Self {
        Wire {
            start,
            free_at: start,
            last_arrival: start,
            queue: VecDeque::new(),
            queued_bytes: 0,
            on_the_way: BinaryHeap::new(),
            bytes: 0,
            counts: LinkCounts::default(),
            copies: 0,
        }
    }

    /// Bytes that were let onto the way, those of lost messages too.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Messages given to it so far.
    pub fn sent(&self) -> u64 {
        self.counts.sent
    }

    /// What became of everything up to `at`, which is not before the last sending.
    pub fn counts(&self, at: Time) -> LinkCounts {
        let in_flight = self.on_the_way.iter().filter(|Reverse(arrival)| *arrival > at).count() as u64;
        LinkCounts { in_flight, arrived: self.copies - in_flight, ..self.counts }
    }

    /// Sends `bytes` at `now`: the arrival of the message, and of its second copy where there is one.
    ///
    /// `seed` and `numbers` key its draws, each purpose its own stream, so that a link that loses more delays no other message.
    pub fn send(
        &mut self,
        config: &LinkConfig,
        now: Time,
        bytes: u64,
        (draws, seed, numbers): (&Draws, u64, &[u64]),
    ) -> [Option<Time>; 2] {
        self.counts.sent += 1;
        while self.on_the_way.peek().is_some_and(|Reverse(arrival)| *arrival <= now) {
            self.on_the_way.pop();
        }
        let Some(sent_at) = self.transmit(config, now, bytes) else { return [None; 2] };
        self.bytes += bytes;
        let happens = |purpose: &str, probability: f64| {
            probability > 0.0 && Stream::new(purpose, seed, numbers).uniform() < probability
        };
        if happens(draws.loss, config.loss_probability) {
            self.counts.lost += 1;
            return [None; 2];
        }
        let mut stream = Stream::new(draws.delay, seed, numbers);
        let first = self.arrive(config, sent_at, &mut stream);
        let second = happens(draws.duplicate, config.duplication_probability).then(|| {
            self.counts.duplicated += 1;
            self.arrive(config, sent_at, &mut stream)
        });
        [Some(first), second]
    }

    /// When the last bit of a message has been sent; none when it never is.
    fn transmit(&mut self, config: &LinkConfig, now: Time, bytes: u64) -> Option<Time> {
        if !config.store_and_forward && config.is_cut(now.seconds_since(self.start)) {
            self.counts.cut += 1;
            return None;
        }
        if config.bandwidth_bit_s.is_none() && !config.store_and_forward {
            return Some(now);
        }
        while let Some((_, gone)) = self.queue.pop_front_if(|(until, _)| *until <= now) {
            self.queued_bytes -= gone;
        }
        if self.queued_bytes + bytes > config.queue_bytes {
            self.counts.dropped += 1;
            return None;
        }
        let begin = self.free_at.max(now);
        let span_s = config.bandwidth_bit_s.map_or(0.0, |rate| bytes as f64 * BITS / rate);
        let begin_s = begin.seconds_since(self.start);
        let until_s = after_outages(&config.outages_s, begin_s, span_s);
        if !config.store_and_forward && until_s > begin_s + span_s {
            self.counts.cut += 1;
            return None;
        }
        let until = begin.plus_seconds(until_s - begin_s);
        self.free_at = until;
        if until > now {
            self.queue.push_back((until, bytes));
            self.queued_bytes += bytes;
        }
        Some(until)
    }

    fn arrive(&mut self, config: &LinkConfig, sent_at: Time, stream: &mut Stream) -> Time {
        let mut arrival = sent_at.plus_seconds(config.delay.draw(stream).max(LEAST_DELAY_S));
        if config.in_order {
            arrival = arrival.max(self.last_arrival);
            self.last_arrival = arrival;
        }
        self.copies += 1;
        self.on_the_way.push(Reverse(arrival));
        arrival
    }
}

/// When `span_s` of sending that begins at `begin_s` is done, if it stands still in every outage, s after the start.
pub(super) fn after_outages(outages_s: &[[f64; 2]], begin_s: f64, span_s: f64) -> f64 {
    let (mut at_s, mut left_s) = (begin_s, span_s);
    // Each round ends an outage or comes to the next one.
    loop {
        if let Some([_, until_s]) =
            outages_s.iter().find(|[from_s, until_s]| *from_s <= at_s && at_s < *until_s)
        {
            at_s = *until_s;
            continue;
        }
        let next_s = outages_s.iter().map(|[from_s, _]| *from_s).filter(|from_s| *from_s > at_s);
        let next_s = next_s.fold(f64::INFINITY, f64::min);
        if at_s + left_s <= next_s {
            return at_s + left_s;
        }
        left_s -= next_s - at_s;
        at_s = next_s;
    }
}
