//! Exact marginals of a cluster, without enumerating its joint events.

use super::events::{Events, Marginals};
use crate::association::Cluster;

/// A network of partial hypotheses. Tracks are taken in one after another; what the tracks to come need to know of
/// those before is only which of *their* plots are taken. Partial events that agree in that are one state, so that the
/// work grows with the number of such sets and not with that of events.
///
/// Maskell, Briers and Wright, "Fast mutual exclusion", *Proc. SPIE* 5428 (2004), 526-536; Horridge and Maskell,
/// "Real-time tracking of hundreds of targets with efficient exact JPDAF implementation", *Proc. 9th International
/// Conference on Information Fusion* (2006).
#[derive(Clone, Debug, Default)]
pub(super) struct Net {
    order: Vec<usize>,
    /// For each plot of the scan: how many of the cluster's tracks have it in their gate.
    gates: Vec<u32>,
    /// And how many of those are still to come.
    left: Vec<u32>,
    /// For each plot of the scan: its bit in a state's set, while some tracks had it and others are to come.
    slot: Vec<Option<u32>>,
    used: u128,
    /// The set of taken plots of each state.
    taken: Vec<u128>,
    /// Weight of all ways to a state, and of all from there to the end, by a scale of each layer's own.
    forwards: Vec<f64>,
    backwards: Vec<f64>,
    edges: Vec<Edge>,
    /// Where the states and the edges of each layer begin.
    layers: Vec<(usize, usize)>,
    /// Finds a state of the layer in the making by its set.
    index: Vec<usize>,
}

/// One choice of a track in one state.
#[derive(Clone, Copy, Debug)]
struct Edge {
    source: usize,
    target: usize,
    choice: Choice,
    weight: f64,
}

#[derive(Clone, Copy, Debug)]
enum Choice {
    /// A pair with a plot that others want too.
    Shared(usize),
    /// A miss or a plot in no other gate: all the same to the tracks to come.
    Aside,
}

/// What became of a cluster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outcome {
    Exact,
    /// More edges than allowed, more than [`MOST_TRACKS`], or more than 128 plots at a time that are wanted on both sides.
    TooLarge,
    /// No joint event has a weight.
    Impossible,
}

/// Tracks of a cluster at most: the order is found in time that grows with their square.
const MOST_TRACKS: usize = 256;
const EMPTY: usize = usize::MAX;

impl Net {
    /// Makes room for a scan of so many plots.
    pub fn begin(&mut self, plots: usize) {
        self.gates.clear();
        self.gates.resize(plots, 0);
        self.left.clear();
        self.left.resize(plots, 0);
        self.slot.clear();
        self.slot.resize(plots, None);
    }

    /// Weighs a cluster with at most `limit` edges.
    pub fn solve(
        &mut self,
        events: &Events,
        cluster: &Cluster<'_>,
        limit: usize,
        marginals: &mut Marginals,
    ) -> Outcome {
        self.start(events, cluster.tracks());
        let outcome = if cluster.tracks().len() > MOST_TRACKS {
            Outcome::TooLarge
        } else {
            self.forward(events, limit)
        };
        if outcome == Outcome::Exact {
            self.backward(events, marginals);
        }
        outcome
    }

    /// How many edges the last cluster had, or had when it became too large.
    #[cfg(test)]
    pub fn edges(&self) -> usize {
        self.edges.len()
    }

    fn start(&mut self, events: &Events, tracks: &[usize]) {
        let plots = || tracks.iter().flat_map(|&track| &events.plot[events.range(track)]);
        // Clusters do not share plots, but a walk that was given up left marks.
        for &plot in plots() {
            self.gates[plot] = 0;
            self.slot[plot] = None;
        }
        plots().for_each(|&plot| self.gates[plot] += 1);
        plots().for_each(|&plot| self.left[plot] = self.gates[plot]);
        self.used = 0;
        self.order.clear();
        self.order.extend_from_slice(tracks);
        self.edges.clear();
        self.layers.clear();
        self.taken.clear();
        self.taken.push(0);
        self.forwards.clear();
        self.forwards.push(1.0);
    }

    fn forward(&mut self, events: &Events, limit: usize) -> Outcome {
        let mut first = 0;
        for place in 0..self.order.len() {
            let track = self.choose_next(events, place);
            if !self.open(events, track) {
                return Outcome::TooLarge;
            }
            let last = self.taken.len();
            let shared =
                events.plot[events.range(track)].iter().filter(|&&plot| self.gates[plot] > 1).count();
            let most = (last - first) * (1 + shared);
            if self.edges.len() + most > limit {
                return Outcome::TooLarge;
            }
            self.layers.push((first, self.edges.len()));
            self.index.clear();
            self.index.resize((2 * most).next_power_of_two(), EMPTY);
            self.expand(events, track, first..last);
            self.close(events, track);
            let sum: f64 = self.forwards[last..].iter().sum();
            let is_possible = sum > 0.0;
            if !is_possible {
                return Outcome::Impossible;
            }
            self.forwards[last..].iter_mut().for_each(|weight| *weight /= sum);
            first = last;
        }
        Outcome::Exact
    }

    /// Takes as the next track the one after which the fewest plots stand between tracks that were and tracks to come;
    /// the first of equals.
    fn choose_next(&mut self, events: &Events, place: usize) -> usize {
        let growth = |track: usize| -> i64 {
            let of_plot = |&plot: &usize| match (self.slot[plot].is_some(), self.left[plot]) {
                (true, 1) => -1,
                (false, 2..) => 1,
                _ => 0,
            };
            events.plot[events.range(track)].iter().map(of_plot).sum()
        };
        let best = (place..self.order.len()).min_by_key(|&other| growth(self.order[other])).unwrap_or(place);
        // Those left stay in ascending order.
        self.order[place..=best].rotate_right(1);
        self.order[place]
    }

    /// Gives a bit to each plot that tracks to come want as well; no where there is none left.
    fn open(&mut self, events: &Events, track: usize) -> bool {
        for &plot in &events.plot[events.range(track)] {
            if self.slot[plot].is_none() && self.left[plot] > 1 {
                let free = self.used.trailing_ones();
                if free == u128::BITS {
                    return false;
                }
                self.used |= 1 << free;
                self.slot[plot] = Some(free);
            }
        }
        true
    }

    /// Takes back the bits of plots that no track to come wants.
    fn close(&mut self, events: &Events, track: usize) {
        for &plot in &events.plot[events.range(track)] {
            self.left[plot] -= 1;
            if self.left[plot] == 0
                && let Some(slot) = self.slot[plot].take()
            {
                self.used &= !(1 << slot);
            }
        }
    }

    /// All choices of a track in all states of the layer before.
    fn expand(&mut self, events: &Events, track: usize, states: std::ops::Range<usize>) {
        let aside = aside(events, &self.gates, track);
        for source in states {
            self.step(events, track, source, Choice::Aside, (0, aside));
            for pair in events.range(track) {
                if let Some(slot) = self.slot[events.plot[pair]]
                    && self.taken[source] & (1 << slot) == 0
                {
                    let choice = Choice::Shared(pair);
                    self.step(events, track, source, choice, (1 << slot, events.weight[pair]));
                }
            }
        }
    }

    /// One choice, which takes `bit`: an edge to the state that it leads to.
    fn step(
        &mut self,
        events: &Events,
        track: usize,
        source: usize,
        choice: Choice,
        (bit, mut weight): (u128, f64),
    ) {
        let mut taken = self.taken[source] | bit;
        // The last track that wanted a plot has chosen: it is taken or left over.
        for &plot in &events.plot[events.range(track)] {
            if let (Some(slot), 1) = (self.slot[plot], self.left[plot]) {
                if taken & (1 << slot) == 0 {
                    weight *= events.free[plot];
                }
                taken &= !(1 << slot);
            }
        }
        if weight == 0.0 {
            return;
        }
        let target = self.state(taken);
        self.forwards[target] += self.forwards[source] * weight;
        self.edges.push(Edge { source, target, choice, weight });
    }

    /// The state of the layer in the making with a set of taken plots: known, or new.
    fn state(&mut self, taken: u128) -> usize {
        let mask = self.index.len() - 1;
        let folded = (taken as u64) ^ ((taken >> 64) as u64).rotate_left(32);
        // Fibonacci hashing; the table is at most half full.
        let mut place = (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & mask;
        loop {
            let known = self.index[place];
            if known == EMPTY {
                self.index[place] = self.taken.len();
                self.taken.push(taken);
                self.forwards.push(0.0);
                return self.taken.len() - 1;
            }
            if self.taken[known] == taken {
                return known;
            }
            place = (place + 1) & mask;
        }
    }

    fn backward(&mut self, events: &Events, marginals: &mut Marginals) {
        self.backwards.clear();
        self.backwards.resize(self.taken.len(), 0.0);
        // Everything is closed at the end: one state is left.
        self.backwards.iter_mut().last().into_iter().for_each(|last| *last = 1.0);
        let mut last_edge = self.edges.len();
        let mut last_state = self.taken.len();
        for (&track, &(first_state, first_edge)) in self.order.iter().zip(&self.layers).rev() {
            let mut of_aside = 0.0;
            for edge in &self.edges[first_edge..last_edge] {
                let onwards = edge.weight * self.backwards[edge.target];
                self.backwards[edge.source] += onwards;
                let weight = self.forwards[edge.source] * onwards;
                match edge.choice {
                    Choice::Shared(pair) => marginals.pair[pair] += weight,
                    Choice::Aside => of_aside += weight,
                }
            }
            share(events, &self.gates, track, of_aside, marginals);
            let states = &mut self.backwards[first_state..last_state];
            let greatest = states.iter().copied().fold(0.0, f64::max);
            if greatest > 0.0 {
                states.iter_mut().for_each(|weight| *weight /= greatest);
            }
            (last_edge, last_state) = (first_edge, first_state);
        }
    }
}

/// Weight of all that a track may do without a plot that others want.
fn aside(events: &Events, gates: &[u32], track: usize) -> f64 {
    let own = events.range(track).filter(|&pair| gates[events.plot[pair]] == 1);
    events.miss[track] + own.map(|pair| events.weight[pair]).sum::<f64>()
}

/// Shares the weight of going aside out to a miss and the plots in no other gate, and makes all of the track's add up to one.
fn share(events: &Events, gates: &[u32], track: usize, of_aside: f64, marginals: &mut Marginals) {
    let whole_aside = aside(events, gates, track);
    let factor = if whole_aside > 0.0 { of_aside / whole_aside } else { 0.0 };
    marginals.none[track] = events.miss[track] * factor;
    for pair in events.range(track).filter(|&pair| gates[events.plot[pair]] == 1) {
        marginals.pair[pair] = events.weight[pair] * factor;
    }
    let sum = marginals.none[track] + marginals.pair[events.range(track)].iter().sum::<f64>();
    marginals.none[track] /= sum;
    marginals.pair[events.range(track)].iter_mut().for_each(|weight| *weight /= sum);
}
