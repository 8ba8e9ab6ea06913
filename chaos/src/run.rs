//! The runs of one seed, and what is held against them.

use crate::Outcome;
use crate::fault::{Fault, Scheduled, schedule};
use crate::feeds::{Handed, hand_on};
use crate::invariant::{Invariant, Violation, check_picture};
use crate::member::Member;
use crate::world::{Drawn, FAULTS_END_S, RUN_S, World, WorldError};
use fusion_core::node::{
    Inbox, Network, NetworkNode, Node, Picture, Routing, TICK_S, TickResult, build, combined_digest,
};
use fusion_core::share::{Delivery, Fact};
use fusion_core::types::{NodeId, Scan, SensorId, Time, ecef_from_enu, geodetic_from_ecef};
use nalgebra::Vector3;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What became of scans. Of those made: `made + copies = refused + handed on`; of those handed to nodes:
/// `given = used + again + too_late`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// By sensors.
    pub made: u64,
    /// Second copies.
    pub copies: u64,
    /// Changed on their way; all of them must be among those refused.
    pub corrupted: u64,
    /// Not handed on: of a dead feed, corrupted, or of a sensor that there is not or not on this feed.
    pub refused: u64,
    /// Handed to nodes: a scan that is shared counts at each.
    pub given: u64,
    /// Different looks among these that came in time.
    pub used: u64,
    /// A look that had come before.
    pub again: u64,
    /// From before a node's history.
    pub too_late: u64,
}

/// The error is that of the undisturbed run again so long after the last fault, s, ...
const RECOVERY_S: f64 = 60.0;
/// ... which is to say at most so many times as large, and so much, m, more.
const RECOVERED_FACTOR: f64 = 3.0;
const RECOVERED_M: f64 = 1_000.0;
/// An undisturbed track nearer to the missile than this, m, is one of it.
const TRACKED_M: f64 = 10_000.0;

/// Every so many seeds one is run a second time: it costs a third more.
const SECOND_RUN_EVERY: u64 = 4;

type Look = (Time, SensorId, u32);

/// Runs one seed, and holds every invariant against it but [`Invariant::NoPanic`].
///
/// # Errors
/// [`WorldError`] where the world itself cannot be made.
pub fn run_seed(world: &World, seed: u64) -> Result<Outcome, WorldError> {
    let drawn = world.draw(seed)?;
    let faults = schedule(seed, drawn.setup.sensors.len() as u16, drawn.setup.nodes.len() as u16);
    let (mut tally, mut violations) = (Tally::default(), Vec::new());
    let mut disturbed = Disturbed::new(&drawn, seed, &faults, (&mut tally, &mut violations))?;
    disturbed.run(&mut violations)?;
    disturbed.account(&mut tally, &mut violations);
    disturbed.compare_in_order(&mut violations);
    let digest = disturbed.digest();
    let undisturbed = undisturbed(&drawn, seed)?;
    disturbed.compare_errors(&undisturbed, &mut violations);
    if seed.is_multiple_of(SECOND_RUN_EVERY) {
        let (mut again, mut ignored) = (Tally::default(), Vec::new());
        let mut second = Disturbed::new(&drawn, seed, &faults, (&mut again, &mut ignored))?;
        second.run(&mut ignored)?;
        if second.digest() != digest {
            let what = "a second run of the seed has another digest".to_owned();
            violations.push(Violation { invariant: Invariant::SameDigest, time_s: None, node: None, what });
        }
    }
    Ok(Outcome { seed, faults, tally, digest, violations })
}

/// The last pictures without any fault but those of the links.
fn undisturbed(drawn: &Drawn, seed: u64) -> Result<Vec<Picture>, WorldError> {
    let mut network = Network::new(&drawn.setup, &drawn.regime, seed)?;
    let scans: Vec<Arc<Scan>> = drawn.scans.iter().cloned().map(Arc::new).collect();
    let mut last = Vec::new();
    network.run(&scans, drawn.until, |result| {
        if result.picture.time >= drawn.until {
            last.push(result.picture.clone());
        }
    })?;
    Ok(last)
}

struct Disturbed<'a> {
    drawn: &'a Drawn,
    faults: &'a [Scheduled],
    routing: Routing,
    members: Vec<Member>,
    handed: Vec<Handed>,
    refused: u64,
}

impl<'a> Disturbed<'a> {
    fn new(
        drawn: &'a Drawn,
        seed: u64,
        faults: &'a [Scheduled],
        (tally, violations): (&mut Tally, &mut Vec<Violation>),
    ) -> Result<Self, WorldError> {
        let (routing, nodes) = build(&drawn.setup, &drawn.regime, seed)?;
        let handed = hand_on(&drawn.scans, (drawn.setup.start, seed), faults, (tally, violations));
        let start = drawn.setup.start;
        let members = nodes.into_iter().map(|node| Member::new(node, start)).collect();
        Ok(Disturbed { drawn, faults, routing, members, handed, refused: 0 })
    }

    fn at(&self, tick: u32) -> Time {
        self.drawn.setup.start.plus_seconds(f64::from(tick) * TICK_S)
    }

    fn run(&mut self, violations: &mut Vec<Violation>) -> Result<(), WorldError> {
        let (mut next, mut arrivals, mut sent) = (0, Vec::new(), Vec::new());
        for tick in 1..=RUN_S {
            let now = self.at(tick);
            while let Some(Handed { at, scan }) = self.handed.get(next).filter(|handed| handed.at <= now) {
                next += 1;
                if self.routing.route_late_into(scan, *at, &mut arrivals).is_err() {
                    self.refused += 1;
                    continue;
                }
                let scan = Arc::new(scan.clone());
                for (to, arrival) in arrivals.drain(..) {
                    if let Some(member) = self.members.get_mut(usize::from(to.0)) {
                        member.take_scan(tick - 1, arrival, Arc::clone(&scan));
                    }
                }
            }
            for index in 0..self.members.len() {
                let Some(member) = self.members.get_mut(index) else { continue };
                member.node.tick_into(now, &mut member.inbox, &mut member.result, &mut sent);
                check_picture(&member.result.picture, f64::from(tick), violations);
                for mut delivery in sent.drain(..) {
                    self.tamper(NodeId(index as u16), f64::from(tick), &mut delivery);
                    if let Some(to) = self.members.get_mut(usize::from(delivery.to.0)) {
                        to.take_delivery(tick, delivery);
                    }
                }
            }
            self.restart(tick, violations);
        }
        Ok(())
    }

    /// What a liar makes of what it tells.
    fn tamper(&self, from: NodeId, time_s: f64, delivery: &mut Delivery) {
        for scheduled in self.faults.iter().filter(|scheduled| scheduled.holds(time_s)) {
            let Fault::Liar { node, offset_m } = scheduled.fault else { continue };
            if node != from.0 {
                continue;
            }
            let east = |place_m: Vector3<f64>| {
                ecef_from_enu(geodetic_from_ecef(&place_m)) * Vector3::new(offset_m, 0.0, 0.0)
            };
            match &mut delivery.message.fact {
                Fact::Cue { .. } => {}
                Fact::Tracklet(tracklet) => {
                    let moved = east(tracklet.reference.fixed_rows::<3>(0).into());
                    let mut place = tracklet.reference.fixed_rows_mut::<3>(0);
                    place += moved;
                }
                Fact::Estimate(estimate) => {
                    let moved = east(estimate.filter.kinematic().mean.fixed_rows::<3>(0).into());
                    let filter = &mut estimate.filter;
                    let mut place = filter.boost.mean.fixed_rows_mut::<3>(0);
                    place += moved;
                    let mut place = filter.coast.mean.fixed_rows_mut::<3>(0);
                    place += moved;
                    let mut place = filter.reentry.mean.fixed_rows_mut::<3>(0);
                    place += moved;
                }
            }
        }
    }

    /// Saves what will be restarted, and restarts what was saved.
    fn restart(&mut self, tick: u32, violations: &mut Vec<Violation>) {
        let time_s = f64::from(tick);
        for scheduled in self.faults {
            let Fault::Restart { node } = scheduled.fault else { continue };
            let ends = (scheduled.from_s.ceil(), scheduled.until_s.floor());
            let setup = &self.drawn.setup;
            let Some(member) = self.members.get_mut(usize::from(node)) else { continue };
            let outcome = if time_s == ends.0 {
                member.save(tick)
            } else if time_s == ends.1 {
                member.come_back(tick, |tick| setup.start.plus_seconds(f64::from(tick) * TICK_S), setup)
            } else {
                Ok(())
            };
            if let Err((invariant, what)) = outcome {
                violations.push(Violation { invariant, time_s: Some(time_s), node: Some(node), what });
            }
        }
    }

    /// Adds up what became of the scans that were handed on, by what was done and by what the nodes counted.
    fn account(&self, tally: &mut Tally, violations: &mut Vec<Violation>) {
        tally.refused += self.refused;
        for (node, member) in (0_u16..).zip(&self.members) {
            let (mut seen, mut given, mut again, mut too_late) = (BTreeSet::new(), 0_u64, 0_u64, 0_u64);
            let mut due: Vec<_> =
                member.scans.iter().filter(|(_, arrival, _)| *arrival <= self.at(RUN_S)).collect();
            due.sort_by_key(|(_, arrival, scan)| (*arrival, scan.sensor, scan.sequence));
            for (after, arrival, scan) in due {
                given += 1;
                let look: Look = (scan.time, scan.sensor, scan.sequence);
                if scan.time <= self.horizon(*after, *arrival) {
                    too_late += 1;
                } else if !seen.insert(look) {
                    again += 1;
                }
            }
            let counts = member.node.node.counts();
            // A second copy is told once its look is settled: one that lies in the future at the end is still to be.
            let tells_all = member.deliveries.is_empty()
                && member.scans.iter().all(|(_, _, scan)| scan.time <= self.at(RUN_S));
            let found = (counts.scans, counts.too_late, counts.duplicates);
            let is_right = counts.scans == given
                && if tells_all { found == (given, too_late, again) } else { counts.too_late >= too_late };
            if !is_right {
                let what = format!(
                    "given {given}, too late {too_late}, a second time {again}; the node counted {found:?}"
                );
                violations.push(Violation {
                    invariant: Invariant::Accounted,
                    time_s: None,
                    node: Some(node),
                    what,
                });
            }
            tally.given += given;
            tally.again += again;
            tally.too_late += too_late;
            tally.used += seen.len() as u64;
        }
        let handed = self.handed.len() as u64;
        if tally.made + tally.copies != tally.refused - self.refused + handed {
            let what = format!("{tally:?}, {handed} handed on");
            violations.push(Violation { invariant: Invariant::Accounted, time_s: None, node: None, what });
        }
    }

    /// Up to when a node's history is closed when it takes in what arrived after a tick: a tick that is as old as it may be,
    /// or a nanosecond before the start.
    fn horizon(&self, after: u32, arrival: Time) -> Time {
        let start = self.drawn.setup.start;
        let settled = (arrival.seconds_since(start).ceil() - 1.0).max(f64::from(after));
        let oldest_s = (settled - self.drawn.setup.tracker.history_s).floor();
        if oldest_s >= 1.0 {
            start.plus_seconds(oldest_s)
        } else {
            Time::from_nanoseconds(start.nanoseconds() - 1)
        }
    }

    /// Holds each node against one that heard every look once and in time, and every message when it came.
    fn compare_in_order(&self, violations: &mut Vec<Violation>) {
        if self.drawn.is_wary {
            // From when on a liar is barred depends on when it was found out: said in ARCHITECTURE.md.
            return;
        }
        for (node, member) in (0_u16..).zip(&self.members) {
            let mut twin = NetworkNode {
                node: Node::new(NodeId(node), Arc::clone(&self.drawn.setup)),
                links: Vec::new(),
            };
            let mut inbox = Inbox::default();
            for (after, arrival, scan) in &member.scans {
                if *arrival <= self.at(RUN_S) && scan.time > self.horizon(*after, *arrival) {
                    inbox.add_scan(scan.time, Arc::clone(scan));
                }
            }
            member.deliveries.iter().for_each(|(_, delivery)| inbox.add_delivery(delivery.clone()));
            let mut result = TickResult::empty(NodeId(node), self.drawn.setup.start);
            for tick in 1..=RUN_S {
                twin.tick_into(self.at(tick), &mut inbox, &mut result, &mut Vec::new());
            }
            if result.picture != member.result.picture {
                let what = "a node that heard the same in order has another picture".to_owned();
                let invariant = Invariant::SamePicture;
                violations.push(Violation {
                    invariant,
                    time_s: Some(f64::from(RUN_S)),
                    node: Some(node),
                    what,
                });
            }
        }
    }

    /// Holds the errors at the end against those of a run without faults.
    fn compare_errors(&self, undisturbed: &[Picture], violations: &mut Vec<Violation>) {
        if f64::from(RUN_S) < FAULTS_END_S + RECOVERY_S {
            return;
        }
        for missile in self.drawn.truth.missiles() {
            let Some(state) = missile.state_at(self.drawn.until) else { continue };
            let error_m = |picture: &Picture| {
                let errors = picture.confirmed().map(|track| {
                    let place: Vector3<f64> = track.kinematic.mean.fixed_rows::<3>(0).into();
                    (place - state.position_m).norm()
                });
                errors.fold(f64::INFINITY, f64::min)
            };
            for (member, before) in self.members.iter().zip(undisturbed) {
                let (after_m, before_m) = (error_m(&member.result.picture), error_m(before));
                if before_m < TRACKED_M && after_m > RECOVERED_FACTOR * before_m + RECOVERED_M {
                    let node = Some(before.node.0);
                    let what = format!("off by {after_m:.0} m, undisturbed {before_m:.0} m");
                    let time_s = Some(f64::from(RUN_S));
                    violations.push(Violation { invariant: Invariant::Recovery, time_s, node, what });
                }
            }
        }
    }

    fn digest(&self) -> [u8; 32] {
        combined_digest(self.members.iter().map(|member| member.node.node.digest()))
    }
}
