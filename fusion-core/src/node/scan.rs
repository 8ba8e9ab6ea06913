//! What a look of a sensor does to a node's tracks: predict, gate, assign, update, start.

use super::Setup;
use super::branching::Branching;
use super::claims::Claims;
use super::effort::{Attention, Windows};
use super::merging::Merging;
use super::tracker::Tracker;
use crate::association::{
    Associate, Associator, Candidacy, GREATEST_DETECTION, Method, NearestNeighbour, Predicted, Shares,
    Weighing,
};
use crate::filter::{MissileFilter, PositionModes};
use crate::measurement::{Observation, Station, clutter_density};
use crate::track::{Initiator, Track, detection_probability, may_be_seen};
use crate::types::{NodeId, Plot, Scan};
use nalgebra::Matrix3;

/// What taking a scan in needs besides the tracks, kept from scan to scan: once it has grown, nothing is allocated.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    plots: Plots,
    /// Indices of the tracks that the look may be at.
    visible: Vec<usize>,
    windows: Windows,
    seen: Vec<Seen>,
    claims: Claims,
    weighing: Weighing,
    associator: Associator,
    shares: Shares,
    /// The likeliest assignment, and the shares by it: what tracks go by that have not settled.
    nearest: NearestNeighbour,
    whole_shares: Shares,
    /// The ways that a track may go on, with their weights.
    parts: Vec<(f64, MissileFilter)>,
    branching: Branching,
    merging: Merging,
    initiator: Initiator,
}

/// The plots of a scan as observations.
#[derive(Clone, Debug, Default)]
pub(super) struct Plots {
    pub observations: Vec<Observation>,
    /// Of false plots, at each observation.
    pub densities: Vec<f64>,
    /// How probably each stems from a track that is there already.
    pub claimed: Vec<f64>,
}

/// A track that the sensor may see, or one of its branches: where it may be, and how probably it gives a plot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// The track's index.
    pub index: usize,
    /// The branch's index; none for the track itself.
    pub branch: Option<usize>,
    pub positions: PositionModes,
    pub detection_probability: f64,
    /// Probability that the sensor tells it from the objects of all other tracks.
    pub resolved_probability: f64,
    /// Second moment of how far off its plot may lie because it is another track's as well, m².
    pub offset_m2: Matrix3<f64>,
}

/// One look, as the tracker sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look<'a> {
    pub node: NodeId,
    pub setup: &'a Setup,
    pub station: &'a Station<'a>,
    pub scan: &'a Scan,
}

/// A share of a plot, or of a track, above which it counts as the track's.
const MOSTLY: f64 = 0.5;
/// What a plot that is given to a track whole lacks of one at most.
const WHOLE: f64 = 1.0 - 1e-9;

impl Scratch {
    /// For trackers that associate by this method.
    pub fn new(method: Method) -> Self {
        Scratch { associator: method.associator(), ..Scratch::default() }
    }
}

impl Plots {
    pub fn fill(&mut self, station: &Station<'_>, scan: &Scan) {
        self.fill_with(station, scan.plots.iter());
    }

    /// The same of some of its plots.
    fn fill_with<'a>(&mut self, station: &Station<'_>, plots: impl Iterator<Item = &'a Plot>) {
        self.observations.clear();
        self.observations.extend(plots.filter_map(|plot| Observation::new(station, plot)));
        self.densities.clear();
        self.densities.extend(self.observations.iter().map(|plot| clutter_density(station, plot)));
        self.claimed.clear();
        self.claimed.resize(self.observations.len(), 0.0);
    }

    /// The plots that belong to no track, each with its place.
    pub fn free(&self) -> impl Iterator<Item = (usize, &Observation)> {
        let with_claims = self.observations.iter().zip(&self.claimed).enumerate();
        with_claims
            .filter(|(_, (_, claimed))| **claimed < MOSTLY)
            .map(|(plot, (observation, _))| (plot, observation))
    }

    pub fn candidacies(&self) -> impl Iterator<Item = Candidacy<'_>> {
        let with_density = self.observations.iter().zip(&self.densities);
        with_density.map(|(observation, &false_density)| Candidacy { observation, false_density })
    }
}

impl Seen {
    /// Probability that the sensor gives a plot of this track, and of no other.
    pub fn own_plot_probability(&self) -> f64 {
        self.detection_probability * self.resolved_probability
    }

    /// A plot as it goes into this track.
    pub fn taken(&self, plot: &Observation) -> Observation {
        plot.with_offset(&self.offset_m2)
    }
}

impl Look<'_> {
    /// Tells this plot from all others.
    pub fn key(&self, plot: usize) -> u64 {
        u64::from(self.scan.sensor.0) << 48 | u64::from(self.scan.sequence) << 16 | (plot as u64 & 0xffff)
    }

    /// Whether the sensor is the node's own.
    pub fn is_own(&self) -> bool {
        self.station.sensor.owner == self.node
    }

    pub fn sees_plumes_only(&self) -> bool {
        self.station.sensor.sees_plumes_only()
    }
}

impl Tracker {
    /// Takes in one look of one sensor.
    pub fn scan(&mut self, node: NodeId, setup: &Setup, scan: &Scan, scratch: &mut Scratch) {
        self.take_in(node, setup, scan, (scratch, false));
    }

    /// The same. Gives how well the confirmed tracks explained it: the logarithm of how much likelier they made what was seen than chance
    /// would.
    pub fn scan_explained(&mut self, node: NodeId, setup: &Setup, scan: &Scan, scratch: &mut Scratch) -> f64 {
        self.take_in(node, setup, scan, (scratch, true))
    }

    fn take_in(
        &mut self,
        node: NodeId,
        setup: &Setup,
        scan: &Scan,
        (scratch, explains): (&mut Scratch, bool),
    ) -> f64 {
        let Some(sensor) = setup.sensor(scan.sensor) else { return 0.0 };
        let station = Station::at_scan(sensor, scan);
        let look = Look { node, setup, station: &station, scan };
        let attention = self.see(&look, scratch);
        let caution = if look.is_own() { 1.0 } else { self.trust.caution(setup, sensor.owner) };
        if caution > 1.0 {
            scratch.plots.observations.iter_mut().for_each(|plot| *plot = plot.with_share(1.0 / caution));
        }
        scratch.merging.find(&look, &self.tracks, &mut scratch.seen);
        let Scratch { plots, seen, claims, .. } = scratch;
        let explained = if explains { claims.explain(setup, &self.tracks, (seen, plots)) } else { 0.0 };
        let is_integrated = setup.tracker.association == Method::Joint;
        let tracks = &self.tracks;
        let predicted = scratch.seen.iter().map(|seen| Predicted {
            positions: &seen.positions,
            detection_probability: seen.detection_probability,
            resolved_probability: seen.resolved_probability,
            existence: if is_integrated { tracks[seen.index].score.existence() } else { 1.0 },
        });
        let table = scratch.weighing.weigh(predicted, scratch.plots.candidacies(), setup.gate);
        let Scratch {
            plots, seen, associator, shares, nearest, whole_shares, parts, branching, merging, ..
        } = scratch;
        if setup.tracker.association == Method::MultipleHypotheses {
            self.branch(&look, (seen, table), plots, branching);
        } else if associator.associate(table, shares).is_ok() {
            merging.widen(seen, |row| Some(shares.missed(row)));
            let is_split = is_integrated && nearest.associate(table, whole_shares).is_ok();
            let whole = if is_split { &*whole_shares } else { &*shares };
            self.take(&look, (seen, shares, whole), plots, parts);
        }
        self.drop_rejected(setup, scan.time);
        self.begin_all(&look, attention, plots, &mut scratch.initiator);
        explained
    }

    /// Finds the tracks that the look may be at, predicts them to it, and turns the plots into observations: all of them, or, where
    /// there is too much, those that matter most.
    fn see(&mut self, look: &Look<'_>, scratch: &mut Scratch) -> Attention {
        let Scratch { plots, visible, windows, seen, .. } = scratch;
        visible.clear();
        let may_be = |track: &Track| may_be_seen(look.station, track, look.scan.time);
        // What has several explanations takes part in every choice between them.
        let is_in = |track: &Track| !track.branches.is_empty() || may_be(track);
        visible.extend((0..).zip(&self.tracks).filter(|(_, track)| is_in(track)).map(|(index, _)| index));
        let attention = self.effort.attend(look, &self.tracks, visible);
        if !attention.is_whole {
            self.close_what_is_left_out(visible);
        }
        self.predict(look, visible, seen);
        if attention.is_whole {
            plots.fill(look.station, look.scan);
        } else {
            windows.fill(look, seen);
            let near = look.scan.plots.iter().filter(|plot| windows.may_hold(plot));
            plots.fill_with(look.station, near);
            let looked_at = plots.observations.len() as u64;
            self.effort.spend(look.scan.sensor, looked_at);
            self.effort.shed.plots += (look.scan.plots.len() as u64).saturating_sub(looked_at);
        }
        attention
    }

    /// What is not confirmed and takes no part in a choice keeps its best explanation.
    fn close_what_is_left_out(&mut self, visible: &[usize]) {
        for (index, track) in self.tracks.iter_mut().enumerate() {
            if !track.is_confirmed() && visible.binary_search(&index).is_err() {
                track.branches.clear();
            }
        }
    }

    /// Predicts tracks to the look's time, with their branches, and lists those in `seen` that the sensor may see.
    fn predict(&mut self, look: &Look<'_>, visible: &[usize], seen: &mut Vec<Seen>) {
        seen.clear();
        for &index in visible {
            let track = &mut self.tracks[index];
            let is_open = !track.branches.is_empty();
            track.predict_to(look.scan.time, &look.setup.models);
            let own = std::iter::once((None, &track.filter));
            let others =
                track.branches.iter().enumerate().map(|(branch, other)| (Some(branch), &other.filter));
            let first = seen.len();
            seen.extend(own.chain(others).map(|(branch, filter)| {
                let positions = filter.positions();
                let detection_probability = detection_probability(look.station, &positions);
                Seen {
                    index,
                    branch,
                    positions,
                    detection_probability,
                    resolved_probability: 1.0,
                    offset_m2: Matrix3::zeros(),
                }
            }));
            if !is_open && seen[first].detection_probability <= 0.0 {
                seen.truncate(first);
            }
        }
    }

    /// Gives each track its share of the plots. One that is not confirmed takes a plot whole: with a velocity that may be
    /// anything it has all plots around in its gate, and a mean of them would be nowhere.
    fn take(
        &mut self,
        look: &Look<'_>,
        (seen, joint, whole): (&[Seen], &Shares, &Shares),
        plots: &mut Plots,
        parts: &mut Vec<(f64, MissileFilter)>,
    ) {
        for (row, seen) in seen.iter().enumerate() {
            let shares = if self.tracks[seen.index].is_confirmed() { joint } else { whole };
            let likeliest = shares.of(row).max_by(|one, other| one.1.total_cmp(&other.1));
            let whole = likeliest.filter(|(_, weight)| *weight >= WHOLE).map(|(plot, _)| plot);
            if whole.is_none() && likeliest.is_some_and(|(_, weight)| weight > 1.0 - WHOLE) {
                self.blend(look, seen, (shares, row), plots, parts);
            } else {
                self.decide(look, seen, whole, plots);
            }
            if look.setup.tracker.association == Method::Joint {
                self.tracks[seen.index].score.set_existence(joint.existence(row));
            }
        }
    }

    /// Gives a track one plot, or none.
    fn decide(&mut self, look: &Look<'_>, seen: &Seen, plot: Option<usize>, plots: &mut Plots) {
        let track = &mut self.tracks[seen.index];
        let hit = plot.and_then(|plot| {
            let observation = seen.taken(&plots.observations[plot]);
            let ratio = update_if_likelier(&mut track.filter, &observation, plots.densities[plot], seen)?;
            Some((plot, observation, ratio))
        });
        match hit {
            Some((plot, observation, ratio)) => {
                plots.claimed[plot] = 1.0;
                track.score.hit(ratio);
                if observation.sees_plume_only {
                    track.evidence.plume(ratio);
                }
                self.note_plot(look, seen.index, (plot, &observation));
            }
            None => {
                let log = track.filter.miss(seen.own_plot_probability(), look.sees_plumes_only());
                track.score.miss(log);
            }
        }
    }

    /// Updates a track with all plots in its gate, by their shares.
    fn blend(
        &mut self,
        look: &Look<'_>,
        seen: &Seen,
        (shares, row): (&Shares, usize),
        plots: &mut Plots,
        parts: &mut Vec<(f64, MissileFilter)>,
    ) {
        let track = &mut self.tracks[seen.index];
        let existence = shares.existence(row);
        parts.clear();
        let mut missed = (shares.missed(row), track.filter);
        missed.1.miss(seen.own_plot_probability(), look.sees_plumes_only());
        for (plot, weight) in shares.of(row) {
            plots.claimed[plot] += weight * existence;
            let mut filter = track.filter;
            match filter.update(&seen.taken(&plots.observations[plot]), plots.densities[plot]) {
                Some(_) => parts.push((weight, filter)),
                // It lies behind the sensor: as good as missed.
                None => missed.0 += weight,
            }
        }
        parts.push(missed);
        track.filter = MissileFilter::of_mixture(parts);
        let likeliest = shares.of(row).find(|(_, weight)| *weight > MOSTLY);
        if let Some((plot, weight)) = likeliest {
            track.score.count_plot();
            let observation = seen.taken(&plots.observations[plot]);
            if observation.sees_plume_only {
                track.evidence.plume(weight.min(existence) * LOG_OF_SHARED_PLUME);
            }
            // To others it is told as what it is worth here.
            self.note_plot(look, seen.index, (plot, &observation.with_share(weight)));
        }
    }

    /// Notes that a plot went into a track.
    fn note_plot(&mut self, look: &Look<'_>, index: usize, (plot, observation): (usize, &Observation)) {
        let track = &mut self.tracks[index];
        track.last_seen = look.scan.time;
        track.recent.push(look.key(plot));
        if look.is_own() {
            self.unreported.push((track.id, (look.scan.time, *observation)));
            track.has_own_plots = true;
        }
    }
}

/// A plume that may be one of several tracks' is as much evidence as a likely one, as a logarithm of the ratio.
const LOG_OF_SHARED_PLUME: f64 = 5.0;

/// Takes an assigned plot into a filter, and gives the logarithm of how much likelier it is than a false one; none, and no
/// change, when a miss is likelier.
pub(super) fn update_if_likelier(
    filter: &mut MissileFilter,
    observation: &Observation,
    false_density: f64,
    seen: &Seen,
) -> Option<f64> {
    let before = *filter;
    let log_likelihood = filter.update(observation, false_density)?;
    let ratio = libm::log(seen.detection_probability / false_density) + log_likelihood;
    // The assignment knows positions only, and linearises once. Where the range rate, or the update that has settled, says that
    // the plot is somebody else's, a miss is likelier.
    if ratio < libm::log1p(-seen.own_plot_probability().min(GREATEST_DETECTION)) {
        *filter = before;
        return None;
    }
    Some(ratio)
}
