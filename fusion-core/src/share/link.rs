//! The sending end of a link: what is released to whom, when it is due, and how it goes on its way.

use super::message::{ESTIMATE_BYTES, TRACKLET_BYTES};
use super::wire::{Draws, Wire};
use super::{
    Audience, Estimate, Fact, FusionRule, Level, LinkConfig, LinkCounts, Message, ObjectClass, Released,
    Tracklet,
};
use crate::math::chance::Stream;
use crate::types::{NodeId, Scan, Time, TrackId};
use nalgebra::Vector6;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a node can say of one of its confirmed tracks at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The whole estimate.
    pub estimate: Estimate,
    /// What its own plots added since the last report.
    pub tracklet: Option<Tracklet>,
    /// Where and when it was launched, when known.
    pub launch: Option<(Time, crate::types::Geodetic)>,
    /// What it most probably is.
    pub class: ObjectClass,
    /// Who may know everything that went into the estimate: whoever told a part of it decides.
    pub audience: Audience,
}

/// A message with its time of arrival.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// When it arrives.
    pub arrival: Time,
    /// At which node.
    pub to: NodeId,
    /// Number of the link that carries it, and of the message on it: makes the order of arrivals unique.
    pub order: (u16, u64),
    /// What arrives.
    pub message: Message,
}

/// The sending end of one link: a state machine that is told what the sender knows and says what arrives when.
///
/// Delays, losses and decisions are drawn from streams of their own, keyed by link, message and track, so that they do not
/// depend on anything else that happens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Link {
    number: u16,
    /// The receiving node.
    to: NodeId,
    /// Who may know what it carries.
    audience: Audience,
    config: LinkConfig,
    seed: u64,
    start: Time,
    next_sending: Time,
    withheld: u64,
    wire: Wire,
    releases: BTreeMap<TrackId, Option<Time>>,
    introduced: BTreeMap<TrackId, Time>,
    waiting: Vec<Released>,
}

/// A track is introduced anew this often, so that a receiver that lost it finds it again.
const REINTRODUCTION_S: f64 = 30.0;
/// Bytes of a look (identity, number, time, place, what it looked at, count) and of each of its plots (with range rate and
/// signal-to-noise ratio), on a link of level measurements.
const SCAN_BYTES: u64 = 56;
const PLOT_BYTES: u64 = 46;
/// Distinguishes the second copy of a message from the first.
const SECOND_COPY: u64 = 1 << 63;
const OF_MESSAGES: Draws =
    Draws { delay: "message delay", loss: "message loss", duplicate: "message duplicate" };
const OF_SCANS: Draws = Draws { delay: "scan delay", loss: "scan loss", duplicate: "scan duplicate" };

impl Link {
    /// A link that has sent nothing yet; `audience` may know what it carries.
    pub fn new(
        number: u16,
        (to, audience): (NodeId, Audience),
        config: LinkConfig,
        seed: u64,
        start: Time,
    ) -> Self {
        Link {
            number,
            to,
            audience,
            config,
            seed,
            start,
            next_sending: start,
            withheld: 0,
            wire: Wire::new(start),
            releases: BTreeMap::new(),
            introduced: BTreeMap::new(),
            waiting: Vec::new(),
        }
    }

    /// Its number in the regime, from zero.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// The node at its end.
    pub fn to(&self) -> NodeId {
        self.to
    }

    /// Who may know what it carries: its ends, and those to whom the receiver may tell it on.
    pub fn audience(&self) -> Audience {
        self.audience
    }

    /// Its configuration.
    pub fn config(&self) -> &LinkConfig {
        &self.config
    }

    /// Bytes sent so far.
    pub fn bytes(&self) -> u64 {
        self.wire.bytes()
    }

    /// What has become by `at` of everything that was sent; `at` is not before the last sending.
    pub fn counts(&self, at: Time) -> LinkCounts {
        self.wire.counts(at)
    }

    /// Estimates that were due and not sent, because somebody who had a part in them has not released it to the receiver.
    pub fn withheld(&self) -> u64 {
        self.withheld
    }

    /// Takes in what the sender knows now and gives what is sent now: `reports` of the sender's own tracks, and `heard`,
    /// what it has heard from others since the last call, which only a forwarding hub passes on.
    pub fn offer(&mut self, now: Time, reports: &[Report], heard: &[Released]) -> Vec<Delivery> {
        if self.config.level == Level::Measurements {
            return Vec::new();
        }
        for report in reports {
            // Whoever decides does so while the feed is cut as well.
            self.released_at(now, report.estimate.origin.1);
        }
        if !self.config.store_and_forward && self.config.is_cut(now.seconds_since(self.start)) {
            return Vec::new();
        }
        for report in reports {
            self.note(now, report);
        }
        if self.config.forward {
            let passed_on: Vec<Released> =
                heard.iter().filter(|heard| self.passes_on(heard)).cloned().collect();
            self.waiting.extend(passed_on);
        }
        if now < self.next_sending {
            return Vec::new();
        }
        self.next_sending = now.plus_seconds(self.config.interval_s);
        for report in reports {
            self.introduce(now, report);
        }
        let waiting = std::mem::take(&mut self.waiting);
        waiting.into_iter().flat_map(|released| self.dispatch(now, released)).flatten().collect()
    }

    /// Sends a scan over a link of level measurements at once: when it arrives, and when a second copy does.
    pub fn send_scan(&mut self, now: Time, scan: &Scan) -> [Option<Time>; 2] {
        let bytes = SCAN_BYTES + PLOT_BYTES * scan.plots.len() as u64;
        let numbers = [u64::from(self.number), u64::from(scan.sensor.0), u64::from(scan.sequence)];
        self.wire.send(&self.config, now, bytes, (&OF_SCANS, self.seed, &numbers))
    }

    /// What its author allows; what the receiver said itself is not told back to it, and a link of cues carries nothing else.
    fn passes_on(&self, heard: &Released) -> bool {
        let is_cue = matches!(heard.fact, Fact::Cue { .. });
        heard.audience.contains(self.to)
            && heard.fact.origin().0 != self.to
            && (is_cue || self.config.level == Level::Tracks)
    }

    /// When a track may be sent: the decision is drawn once, at its first report.
    fn released_at(&mut self, now: Time, track: TrackId) -> Option<Time> {
        let (release, number, seed) = (&self.config.release, self.number, self.seed);
        *self.releases.entry(track).or_insert_with(|| {
            let mut stream = Stream::new("release", seed, &[u64::from(number), track.0]);
            let granted = stream.uniform() < release.probability;
            granted.then(|| now.plus_seconds(release.decision.draw(&mut stream)))
        })
    }

    /// Whether a track may be sent now: decided on, and neither its class nor its place withheld.
    fn is_released(&mut self, now: Time, report: &Report) -> bool {
        self.released_at(now, report.estimate.origin.1).is_some_and(|at| at <= now) && {
            let position_m = || report.estimate.filter.kinematic().mean.fixed_rows::<3>(0).into();
            !self.config.release.withholds(report.class, position_m)
        }
    }

    /// Keeps what is new in a track that has been introduced, for the next sending.
    fn note(&mut self, now: Time, report: &Report) {
        let adds_up = self.config.level == Level::Tracks && self.config.fusion == FusionRule::Information;
        let Some(tracklet) = report.tracklet.as_ref().filter(|_| adds_up) else { return };
        if self.introduced.contains_key(&report.estimate.origin.1) && self.is_released(now, report) {
            let may_know_all = report.audience.contains(self.to);
            let tracklet = if may_know_all { tracklet.clone() } else { about_a_grid(tracklet.clone()) };
            let fact = Fact::Tracklet(Box::new(tracklet));
            self.waiting.push(Released { fact, audience: self.audience });
        }
    }

    /// Sends a whole estimate where the receiver needs one.
    fn introduce(&mut self, now: Time, report: &Report) {
        if !self.is_released(now, report) {
            return;
        }
        let track = report.estimate.origin.1;
        let last = self.introduced.get(&track).copied();
        if self.config.level == Level::Cues {
            if let (None, Some((launch_time, place))) = (last, report.launch) {
                self.introduced.insert(track, now);
                let fact = Fact::Cue { origin: report.estimate.origin, launch_time, place };
                self.waiting.push(Released { fact, audience: self.audience });
            }
            return;
        }
        let is_due = match self.config.fusion {
            FusionRule::Information => last.is_none_or(|time| now.seconds_since(time) >= REINTRODUCTION_S),
            FusionRule::CovarianceIntersection
            | FusionRule::InverseCovarianceIntersection
            | FusionRule::Naive => true,
        };
        if is_due && !report.audience.contains(self.to) {
            self.withheld += 1;
        } else if is_due {
            self.introduced.insert(track, now);
            let estimate = self.config.release.coarsened(report.estimate.clone());
            let audience = self.audience.and(report.audience);
            self.waiting.push(Released { fact: Fact::Estimate(Box::new(estimate)), audience });
        }
    }

    /// What arrives of a fact that is sent now: nothing, it, or it and a second copy.
    fn dispatch(&mut self, now: Time, Released { fact, audience }: Released) -> [Option<Delivery>; 2] {
        let number = self.wire.sent();
        let numbers = [u64::from(self.number), number];
        let bytes = fact.wire_bytes();
        let [first, second] = self.wire.send(&self.config, now, bytes, (&OF_MESSAGES, self.seed, &numbers));
        let message = Message { fact, fusion: self.config.fusion, audience };
        let delivery = |arrival: Time, copy: u64, message: Message| Delivery {
            arrival,
            to: self.to,
            order: (self.number, number | copy),
            message,
        };
        let second = second.map(|arrival| delivery(arrival, SECOND_COPY, message.clone()));
        [first.map(|arrival| delivery(arrival, 0, message)), second]
    }
}

impl LinkConfig {
    /// How long its bandwidth takes for the smallest message that says something of an object, s: an upper bound of the link's
    /// speed, without what waits in its queue.
    pub fn transmission_s(&self) -> f64 {
        let bytes = match (self.level, self.fusion) {
            (Level::Cues, _) => return 0.0,
            (Level::Measurements, _) => SCAN_BYTES + PLOT_BYTES,
            (Level::Tracks, FusionRule::Information) => TRACKLET_BYTES,
            (Level::Tracks, _) => ESTIMATE_BYTES,
        };
        self.bandwidth_bit_s.map_or(0.0, |rate| bytes as f64 * 8.0 / rate)
    }
}

/// Grid of the place at which a tracklet is told where the sender's estimate must not be, m and m/s.
const REFERENCE_GRID_M: f64 = 10_000.0;
const REFERENCE_GRID_M_S: f64 = 100.0;

/// The same information about the nearest point of a coarse grid. A tracklet is linearised at the sender's estimate, and that
/// may hold what is not for the receiver; what the plots say does not depend on the point that it is counted from.
fn about_a_grid(mut tracklet: Tracklet) -> Tracklet {
    let rounded = Vector6::from_fn(|axis, _| {
        let grid = if axis < 3 { REFERENCE_GRID_M } else { REFERENCE_GRID_M_S };
        libm::round(tracklet.reference[axis] / grid) * grid
    });
    tracklet.vector += tracklet.information * (tracklet.reference - rounded);
    tracklet.reference = rounded;
    tracklet
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
#[cfg(test)]
#[path = "wire_tests.rs"]
mod wire_tests;
