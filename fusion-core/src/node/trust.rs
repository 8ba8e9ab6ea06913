//! Whether another node is believed: by what it tells, the own sensors' looks must not become harder to explain.
//!
//! From a peer's first news on, a tracker carries further pictures beside its own: the one of the node's own sensors alone, and for
//! each peer the one of the own sensors and this peer. All are made by the same code, so that what is hard to track is hard for each. At
//! every look of an own sensor it is asked how well each picture explains what was seen, and what was not: the logarithm of
//! the ratio of the two likelihoods is evidence against the peer. Page's test sums it up: a peer that makes things worse is believed
//! less, then quarantined: its news is tested, and no longer taken in.

use super::Setup;
use super::TrackerConfig;
use super::remote::Outcome;
use super::same::Neighbours;
use super::scan::Scratch;
use super::tracker::Tracker;
use crate::filter::{Gaussian, Kinematic};
use crate::share::{Fact, FusionRule};
use crate::types::{NodeId, Scan, Time};
use serde::{Deserialize, Serialize};

/// Bounds on the evidence against a peer, as logarithms of a ratio of likelihoods.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrustBounds {
    /// Above it a peer is believed less.
    pub doubt: f64,
    /// Above it a peer is quarantined.
    pub quarantine: f64,
}

impl TrustBounds {
    pub(super) fn new(tracker: &TrackerConfig) -> Self {
        let bound =
            |probability: f64| if probability > 0.0 { -libm::log(probability) } else { f64::INFINITY };
        TrustBounds {
            doubt: bound(tracker.peer_doubt_probability),
            quarantine: bound(tracker.peer_quarantine_probability),
        }
    }

    /// Evidence beyond this is not kept: it would only have to be forgiven later.
    fn most(&self) -> f64 {
        if self.quarantine.is_finite() { self.quarantine } else { self.doubt + MOST_BEYOND_DOUBT }
    }

    /// Whether anybody is ever tested.
    pub(super) fn is_on(&self) -> bool {
        self.doubt.is_finite() || self.quarantine.is_finite()
    }
}

/// How a peer was found out, and since when it has behaved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Quarantine {
    pub log_ratio: f64,
    clean_since: Time,
}

/// A peer on trial.
#[derive(Debug, Serialize, Deserialize)]
struct Trial {
    peer: NodeId,
    /// What the own sensors and this peer alone make.
    picture: Tracker,
    /// The evidence against it.
    log_ratio: f64,
    quarantine: Option<Quarantine>,
}

/// What a tracker thinks of other nodes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Trust {
    /// The picture of the own sensors alone, from anybody's first news on.
    own: Option<Box<Tracker>>,
    /// In order of peers.
    trials: Vec<Trial>,
    /// Who has just been quarantined.
    caught: Option<NodeId>,
}

/// One look counts for so much at most: that a track went astray at one look is no lie.
const MOST_OF_A_LOOK: f64 = 3.0;
/// Evidence that is forgiven at each look: pictures are not quite what they say, and a peer need not be better than nothing.
const FORGIVEN: f64 = 0.25;

/// Whoever is doubted that much, as a logarithm, is as good as not heard.
const MOST_BEYOND_DOUBT: f64 = 14.0;

impl Clone for Trial {
    fn clone(&self) -> Self {
        Trial { picture: self.picture.clone(), ..*self }
    }

    /// In the memory that is there.
    fn clone_from(&mut self, source: &Self) {
        self.picture.clone_from(&source.picture);
        (self.peer, self.log_ratio, self.quarantine) = (source.peer, source.log_ratio, source.quarantine);
    }
}

impl Clone for Trust {
    fn clone(&self) -> Self {
        Trust { own: self.own.clone(), trials: self.trials.clone(), caught: self.caught }
    }

    /// In the memory that is there.
    fn clone_from(&mut self, source: &Self) {
        match (&mut self.own, &source.own) {
            (Some(mine), Some(other)) => mine.clone_from(other),
            (mine, other) => mine.clone_from(other),
        }
        self.trials.clone_from(&source.trials);
        self.caught = source.caught;
    }
}

impl Trust {
    pub fn quarantines(&self) -> impl Iterator<Item = (NodeId, &Quarantine)> {
        self.trials.iter().filter_map(|trial| Some((trial.peer, trial.quarantine.as_ref()?)))
    }

    pub fn is_quarantined(&self, peer: NodeId) -> bool {
        self.quarantines().any(|(quarantined, _)| quarantined == peer)
    }

    /// Who has just been quarantined, once.
    pub fn take_caught(&mut self) -> Option<NodeId> {
        self.caught.take()
    }

    /// By how much the variance of what a peer tells is raised: one up to doubt, and from there on by how much stronger the evidence is.
    pub fn caution(&self, setup: &Setup, peer: NodeId) -> f64 {
        let trial = self.trials.iter().find(|trial| trial.peer == peer);
        let beyond = trial.map_or(0.0, |trial| trial.log_ratio - setup.trust.doubt);
        libm::exp(beyond.clamp(0.0, MOST_BEYOND_DOUBT))
    }

    /// The trial of a peer that tells something, which begins with it; none where nobody is tested.
    fn of<'a>(tracker: &'a mut Tracker, setup: &Setup, peer: NodeId) -> Option<&'a mut Trial> {
        if !setup.trust.is_on() {
            return None;
        }
        if tracker.trust.own.is_none() {
            // Up to here there was no other picture.
            tracker.trust.own = Some(Box::new(tracker.clone()));
        }
        let Trust { own: Some(own), trials, .. } = &mut tracker.trust else { return None };
        let index = trials.partition_point(|trial| trial.peer < peer);
        if trials.get(index).is_none_or(|trial| trial.peer != peer) {
            let picture = Tracker::clone(own);
            trials.insert(index, Trial { peer, picture, log_ratio: 0.0, quarantine: None });
        }
        trials.get_mut(index)
    }

    /// Takes a look of an own sensor into the other pictures, and holds it against them.
    pub fn look(&mut self, node: NodeId, setup: &Setup, scan: &Scan, scratch: &mut Scratch) {
        let Some(own) = &mut self.own else { return };
        let alone = own.scan_explained(node, setup, scan, scratch);
        for trial in &mut self.trials {
            let together = trial.picture.scan_explained(node, setup, scan, scratch);
            if trial.weigh(alone - together, setup, scan.time) {
                self.caught = Some(trial.peer);
            }
        }
    }

    /// Lets time pass: readmits who has behaved.
    pub fn tick(&mut self, setup: &Setup, now: Time, neighbours: &mut Neighbours) {
        let pictures =
            self.own.as_deref_mut().into_iter().chain(self.trials.iter_mut().map(|trial| &mut trial.picture));
        for picture in pictures {
            picture.tick(setup, now, neighbours);
            picture.unreported.clear();
        }
        for trial in &mut self.trials {
            let behaves = |quarantine: Quarantine| {
                now.seconds_since(quarantine.clean_since) >= setup.tracker.peer_readmission_s
            };
            if trial.quarantine.is_some_and(behaves) {
                trial.quarantine = None;
            }
        }
    }
}

impl Trial {
    /// Takes evidence in; whether the peer is now found out.
    fn weigh(&mut self, log_ratio: f64, setup: &Setup, time: Time) -> bool {
        // What is no number is a fault of a picture, and says nothing of the peer.
        if log_ratio.is_nan() {
            return false;
        }
        let sum = self.log_ratio + log_ratio.min(MOST_OF_A_LOOK) - FORGIVEN;
        self.log_ratio = sum.clamp(0.0, setup.trust.most());
        let is_beyond = sum >= setup.trust.quarantine;
        if let Some(quarantine) = &mut self.quarantine {
            if self.log_ratio > setup.trust.doubt.min(setup.trust.quarantine) {
                quarantine.clean_since = time;
            }
            return false;
        }
        if is_beyond {
            self.quarantine = Some(Quarantine { log_ratio: sum, clean_since: time });
        }
        is_beyond
    }
}

/// The same, less surely: its variances raised by a factor; none where its numbers are unsound.
pub(super) fn vaguer(fact: &Fact, factor: f64) -> Option<Fact> {
    match fact {
        Fact::Tracklet(tracklet) => Some(Fact::Tracklet(Box::new(tracklet.with_share(1.0 / factor)))),
        Fact::Estimate(estimate) => {
            let mut vague = estimate.clone();
            let raised =
                |told: &Kinematic| Ok(Gaussian { mean: told.mean, covariance: told.covariance * factor });
            vague.filter.fuse_kinematic(raised).ok()?;
            Some(Fact::Estimate(vague))
        }
        Fact::Cue { .. } => Some(fact.clone()),
    }
}

impl Tracker {
    /// Holds what another node tells at `time` for true in its own trial.
    pub fn try_fact(&mut self, setup: &Setup, fact: &Fact, fusion: FusionRule, time: Time) {
        if let Some(trial) = Trust::of(self, setup, fact.origin().0) {
            trial.picture.fact(setup, fact, fusion, time);
        }
    }

    /// The same for a look of another node's sensor.
    pub fn try_scan(
        &mut self,
        (node, owner): (NodeId, NodeId),
        setup: &Setup,
        scan: &Scan,
        scratch: &mut Scratch,
    ) {
        if let Some(trial) = Trust::of(self, setup, owner) {
            trial.picture.scan(node, setup, scan, scratch);
        }
    }

    /// Takes a node's part out of the picture: what is left is the picture with one peer who is believed, or of the own sensors alone.
    /// Of more peers than one the others' parts go with it, until they tell anew.
    pub fn expel(&mut self, peer: NodeId) {
        let trust = std::mem::take(&mut self.trust);
        let believed = trust.trials.iter().find(|trial| trial.peer != peer && trial.quarantine.is_none());
        if let Some(picture) = believed.map(|trial| &trial.picture).or(trust.own.as_deref()) {
            self.clone_from(picture);
        }
        self.trust = trust;
    }

    /// Takes in what another node tells at `time`.
    pub fn fact(&mut self, setup: &Setup, fact: &Fact, fusion: FusionRule, time: Time) -> Outcome {
        match fact {
            Fact::Tracklet(tracklet) => self.tracklet(setup, tracklet),
            Fact::Estimate(estimate) => self.estimate(setup, estimate, fusion, time),
            Fact::Cue { .. } => Outcome::Used,
        }
    }
}
