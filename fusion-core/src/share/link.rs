//! The sending end of a link: release, interval, delay.

use super::{Delay, Estimate, Fact, FusionRule, Level, LinkConfig, Message, Release, Tracklet};
use crate::filter::{Burnout, Gaussian, MissileFilter};
use crate::math::chance::Stream;
use crate::types::{NodeId, Scan, Time, TrackId};
use nalgebra::SMatrix;
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
}

/// A message with its time of arrival.
#[derive(Clone, Debug, PartialEq)]
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
/// Delays and decisions are drawn from streams of their own, keyed by link, message and track, so that they do not
/// depend on anything else that happens.
#[derive(Clone, Debug)]
pub struct Link {
    number: u16,
    /// The receiving node.
    to: NodeId,
    config: LinkConfig,
    seed: u64,
    start: Time,
    next_sending: Time,
    sent: u64,
    bytes: u64,
    releases: BTreeMap<TrackId, Option<Time>>,
    introduced: BTreeMap<TrackId, Time>,
    waiting: Vec<Fact>,
}

/// A track is introduced anew this often, so that a receiver that lost it finds it again.
const REINTRODUCTION_S: f64 = 30.0;
/// Bytes of a look (identity, number, time, place, what it looked at, count) and of each of its plots (with range rate and
/// signal-to-noise ratio), on a link of level measurements.
const SCAN_BYTES: u64 = 56;
const PLOT_BYTES: u64 = 46;
/// A message takes at least this long, s: what is sent at one instant is never known elsewhere at the same.
const LEAST_DELAY_S: f64 = 1e-6;

impl Link {
    /// A link that has sent nothing yet.
    pub fn new(number: u16, to: NodeId, config: LinkConfig, seed: u64, start: Time) -> Self {
        Link {
            number,
            to,
            config,
            seed,
            start,
            next_sending: start,
            sent: 0,
            bytes: 0,
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

    /// Its configuration.
    pub fn config(&self) -> &LinkConfig {
        &self.config
    }

    /// Bytes sent so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes in what the sender knows now and gives what is sent now: `reports` of the sender's own tracks, and `heard`,
    /// what it has heard from others since the last call, which only a forwarding hub passes on.
    pub fn offer(&mut self, now: Time, reports: &[Report], heard: &[Fact]) -> Vec<Delivery> {
        if self.config.level == Level::Measurements {
            return Vec::new();
        }
        for report in reports {
            // Whoever decides does so while the feed is cut as well.
            self.released_at(now, report.estimate.origin.1);
        }
        if self.is_cut(now) {
            return Vec::new();
        }
        for report in reports {
            self.note(now, report);
        }
        if self.config.forward {
            let passed_on: Vec<Fact> = heard.iter().filter(|fact| self.passes_on(fact)).cloned().collect();
            self.waiting.extend(passed_on);
        }
        if now < self.next_sending {
            return Vec::new();
        }
        self.next_sending = now.plus_seconds(self.config.interval_s);
        for report in reports {
            self.introduce(now, report);
        }
        let facts = std::mem::take(&mut self.waiting);
        facts.into_iter().map(|fact| self.dispatch(now, fact)).collect()
    }

    /// Sends a scan over a link of level measurements at once; gives its arrival, or none while the link is cut.
    pub fn send_scan(&mut self, now: Time, scan: &Scan) -> Option<Time> {
        if self.is_cut(now) {
            return None;
        }
        self.bytes += SCAN_BYTES + PLOT_BYTES * scan.plots.len() as u64;
        let numbers = [u64::from(self.number), u64::from(scan.sensor.0), u64::from(scan.sequence)];
        let delay_s = self.config.delay.draw(&mut Stream::new("scan delay", self.seed, &numbers));
        Some(now.plus_seconds(delay_s.max(LEAST_DELAY_S)))
    }

    /// What the receiver said itself is not told back to it, and a link of cues carries nothing else.
    fn passes_on(&self, fact: &Fact) -> bool {
        let is_cue = matches!(fact, Fact::Cue { .. });
        fact.origin().0 != self.to && (is_cue || self.config.level == Level::Tracks)
    }

    fn is_cut(&self, now: Time) -> bool {
        let since_start_s = now.seconds_since(self.start);
        self.config.outages_s.iter().any(|[from, to]| (*from..=*to).contains(&since_start_s))
    }

    /// When a track may be sent: the decision is drawn once, at its first report.
    fn released_at(&mut self, now: Time, track: TrackId) -> Option<Time> {
        let (release, number, seed) = (self.config.release, self.number, self.seed);
        *self.releases.entry(track).or_insert_with(|| {
            let mut stream = Stream::new("release", seed, &[u64::from(number), track.0]);
            let granted = stream.uniform() < release.probability;
            granted.then(|| now.plus_seconds(release.decision.draw(&mut stream)))
        })
    }

    /// Keeps what is new in a track that has been introduced, for the next sending.
    fn note(&mut self, now: Time, report: &Report) {
        let track = report.estimate.origin.1;
        let released = self.released_at(now, track).is_some_and(|at| at <= now);
        let adds_up = self.config.level == Level::Tracks && self.config.fusion == FusionRule::Information;
        if released && adds_up && self.introduced.contains_key(&track) {
            self.waiting.extend(report.tracklet.clone().map(|tracklet| Fact::Tracklet(Box::new(tracklet))));
        }
    }

    /// Sends a whole estimate where the receiver needs one.
    fn introduce(&mut self, now: Time, report: &Report) {
        let track = report.estimate.origin.1;
        if self.released_at(now, track).is_none_or(|at| at > now) {
            return;
        }
        let last = self.introduced.get(&track).copied();
        if self.config.level == Level::Cues {
            if let (None, Some((launch_time, place))) = (last, report.launch) {
                self.introduced.insert(track, now);
                self.waiting.push(Fact::Cue { origin: report.estimate.origin, launch_time, place });
            }
            return;
        }
        let is_due = match self.config.fusion {
            FusionRule::Information => last.is_none_or(|time| now.seconds_since(time) >= REINTRODUCTION_S),
            FusionRule::CovarianceIntersection | FusionRule::Naive => true,
        };
        if is_due {
            self.introduced.insert(track, now);
            let estimate = coarsened(report.estimate.clone(), &self.config.release);
            self.waiting.push(Fact::Estimate(Box::new(estimate)));
        }
    }

    fn dispatch(&mut self, now: Time, fact: Fact) -> Delivery {
        let order = (self.number, self.sent);
        let mut stream = Stream::new("message delay", self.seed, &[u64::from(self.number), self.sent]);
        let arrival = now.plus_seconds(self.config.delay.draw(&mut stream).max(LEAST_DELAY_S));
        self.sent += 1;
        self.bytes += fact.wire_bytes();
        Delivery { arrival, to: self.to, order, message: Message { fact, fusion: self.config.fusion } }
    }
}

impl Delay {
    /// Draws a span, s.
    pub fn draw(&self, stream: &mut Stream) -> f64 {
        match *self {
            Delay::Constant { seconds } => seconds,
            Delay::Uniform { low_s, high_s } => stream.between(low_s, high_s),
            Delay::LogNormal { minimum_s, median_s, log_sigma } => {
                minimum_s + median_s * libm::exp(log_sigma * stream.normal())
            }
        }
    }
}

/// As vague as the date of a burnout that is not told, s.
const WITHHELD_SIGMA_S: f64 = 100.0;

/// Rounds an estimate to the released grid and adds the rounding to its covariance, so that it stays honest.
fn coarsened(mut estimate: Estimate, release: &Release) -> Estimate {
    let MissileFilter { boost, coast, reentry, burnout, .. } = &mut estimate.filter;
    coarsen(boost, release);
    coarsen(coast, release);
    coarsen(reentry, release);
    // Who releases on a grid does not release a date to a tenth of a second.
    if release.position_grid_m > 0.0 || release.velocity_grid_m_s > 0.0 {
        *burnout = Burnout::unknown(WITHHELD_SIGMA_S);
    }
    estimate
}

fn coarsen<const N: usize>(state: &mut Gaussian<N>, release: &Release) {
    let mut added = SMatrix::<f64, N, N>::zeros();
    for axis in 0..6 {
        let grid = if axis < 3 { release.position_grid_m } else { release.velocity_grid_m_s };
        if grid > 0.0 {
            state.mean[axis] = libm::round(state.mean[axis] / grid) * grid;
            added[(axis, axis)] = grid * grid / 12.0;
        }
    }
    state.covariance += added;
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
