//! Lies, as what one node sent is changed on its way.

use fusion_core::filter::{Gaussian, MissileFilter, MissileModels};
use fusion_core::node::Setup;
use fusion_core::share::{Audience, Delivery, Estimate, Fact, FusionRule, Message};
use fusion_core::types::{
    Duration, Geodetic, NodeId, Pedigree, Time, TrackId, ecef_from_enu, ecef_from_geodetic,
};
use nalgebra::{SMatrix, SVector, Vector3};

/// A way to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Every position is off by 100 m/s more, eastward.
    Drift,
    /// The same, and every velocity by 100 m/s: a flight that could be.
    SmoothDrift,
    /// What was told a minute ago, dated now.
    Replay,
    /// The same, with each number changed by a hair.
    AlteredReplay,
    /// A missile over each of sixty regions, all told of at once.
    Flood,
    /// The same, one more every five seconds.
    Trickle,
}

const DRIFT_M_S: f64 = 100.0;
const REPLAYED_AFTER_S: f64 = 60.0;
const REGIONS: u64 = 60;
const TRICKLE_S: f64 = 5.0;

impl Lie {
    /// All of them.
    pub const ALL: [Lie; 6] =
        [Lie::Drift, Lie::SmoothDrift, Lie::Replay, Lie::AlteredReplay, Lie::Flood, Lie::Trickle];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Lie::Drift => "offset by 100 m/s",
            Lie::SmoothDrift => "  with velocities",
            Lie::Replay => "replayed, 60 s old",
            Lie::AlteredReplay => "  changed by a hair",
            Lie::Flood => "60 ghosts at once",
            Lie::Trickle => "  one every 5 s",
        }
    }
}

/// A liar on a link.
pub struct Liar {
    lie: Lie,
    node: NodeId,
    to: NodeId,
    first: Option<Time>,
    told: Vec<Delivery>,
    replayed: usize,
    ghosts: Vec<MissileFilter>,
    sent: u64,
}

impl Liar {
    pub fn new(lie: Lie, node: NodeId, to: NodeId) -> Self {
        Liar { lie, node, to, first: None, told: Vec::new(), replayed: 0, ghosts: Vec::new(), sent: 0 }
    }

    /// When it first lied; none before.
    pub fn since(&self) -> Option<Time> {
        let waits = matches!(self.lie, Lie::Replay | Lie::AlteredReplay);
        self.first.map(|first| first.plus_seconds(if waits { REPLAYED_AFTER_S } else { 0.0 }))
    }

    /// What goes out in place of what was sent at `now`.
    pub fn tamper(&mut self, setup: &Setup, now: Time, sent: Vec<Delivery>) -> Vec<Delivery> {
        if self.first.is_none() && !sent.is_empty() {
            self.first = Some(now);
        }
        let Some(first) = self.first else { return sent };
        let lasted_s = now.seconds_since(first);
        match self.lie {
            Lie::Drift => drifted(sent, lasted_s * DRIFT_M_S, 0.0),
            Lie::SmoothDrift => drifted(sent, lasted_s * DRIFT_M_S, DRIFT_M_S),
            Lie::Replay => self.replay(now, sent, 0.0),
            Lie::AlteredReplay => self.replay(now, sent, 1e-3),
            Lie::Flood => self.with_ghosts(setup, now, REGIONS, sent),
            Lie::Trickle => {
                let count = (lasted_s / TRICKLE_S) as u64 + 1;
                self.with_ghosts(setup, now, count.min(REGIONS), sent)
            }
        }
    }

    fn replay(&mut self, now: Time, sent: Vec<Delivery>, hair_m: f64) -> Vec<Delivery> {
        self.told.extend(sent.iter().cloned());
        if self.since().is_none_or(|since| now < since) {
            return sent;
        }
        let shift = Duration::from_nanoseconds((REPLAYED_AFTER_S * 1e9) as i64);
        let mut again = Vec::new();
        // What was told by a minute before this second.
        while let Some(old) = self.told.get(self.replayed) {
            let mut fact = old.message.fact.clone();
            if fact.time() + shift > now {
                break;
            }
            self.replayed += 1;
            match &mut fact {
                Fact::Cue { .. } => continue,
                Fact::Estimate(estimate) => {
                    estimate.time = estimate.time + shift;
                    estimate.filter.coast.mean[0] += hair_m;
                }
                Fact::Tracklet(tracklet) => {
                    tracklet.until = tracklet.until + shift;
                    tracklet.reference[0] += hair_m;
                }
            }
            again.push(self.delivery(now, fact));
        }
        again
    }

    fn with_ghosts(
        &mut self,
        setup: &Setup,
        now: Time,
        count: u64,
        mut sent: Vec<Delivery>,
    ) -> Vec<Delivery> {
        for ghost in &mut self.ghosts {
            ghost.predict(1.0, &setup.models);
        }
        while (self.ghosts.len() as u64) < count {
            self.ghosts.push(ghost(self.ghosts.len() as u64, &setup.models));
        }
        for index in 0..self.ghosts.len() {
            let origin = (self.node, TrackId(0x00ff_0000 + index as u64));
            let estimate = Estimate {
                origin,
                time: now,
                first_seen: now,
                filter: self.ghosts[index],
                pedigree: Pedigree::default(),
            };
            sent.push(self.delivery(now, Fact::Estimate(Box::new(estimate))));
        }
        sent
    }

    fn delivery(&mut self, now: Time, fact: Fact) -> Delivery {
        self.sent += 1;
        let message = Message { fact, fusion: FusionRule::Information, audience: Audience::EVERYBODY };
        Delivery { arrival: now.plus_seconds(2.0), to: self.to, order: (u16::MAX, self.sent), message }
    }
}

/// Positions off by so much to the east of Korea, and velocities.
fn drifted(mut sent: Vec<Delivery>, offset_m: f64, offset_m_s: f64) -> Vec<Delivery> {
    let east = ecef_from_enu(Geodetic::from_degrees(40.0, 130.0, 0.0)) * Vector3::x();
    let mut shift = SVector::<f64, 9>::zeros();
    shift.fixed_rows_mut::<3>(0).copy_from(&(east * offset_m));
    shift.fixed_rows_mut::<3>(3).copy_from(&(east * offset_m_s));
    for delivery in &mut sent {
        match &mut delivery.message.fact {
            Fact::Cue { .. } => {}
            Fact::Tracklet(tracklet) => tracklet.reference += shift.fixed_rows::<6>(0),
            Fact::Estimate(estimate) => {
                estimate.filter.boost.mean += shift;
                estimate.filter.coast.mean += shift.fixed_rows::<6>(0);
                let mut of_reentry = estimate.filter.reentry.mean.fixed_rows_mut::<6>(0);
                of_reentry += shift.fixed_rows::<6>(0);
            }
        }
    }
    sent
}

/// A missile that nobody launched, known well, on its way up over one of the regions.
fn ghost(region: u64, models: &MissileModels) -> MissileFilter {
    let (row, column) = ((region / 10) as f64, (region % 10) as f64);
    let place = Geodetic::from_degrees(33.0 + 2.0 * row, 125.0 + 2.0 * column, 150e3);
    let velocity_m_s = ecef_from_enu(place) * Vector3::new(1_500.0, 500.0, 1_200.0);
    let mean = ecef_from_geodetic(place).push(0.0).push(0.0).push(0.0);
    let mut state = SVector::<f64, 9>::zeros();
    state.fixed_rows_mut::<6>(0).copy_from(&mean);
    state.fixed_rows_mut::<3>(3).copy_from(&velocity_m_s);
    let sigmas = [100.0, 100.0, 100.0, 2.0, 2.0, 2.0, 5.0, 5.0, 5.0];
    let covariance = SMatrix::from_diagonal(&SVector::from(sigmas.map(|sigma: f64| sigma * sigma)));
    MissileFilter::from_boost(Gaussian { mean: state, covariance }, 0.0, models)
}
