//! How late each nation's data reaches each node under a regime: what the bounds need to know of it.

use fusion_core::node::TICK_S;
use fusion_core::share::{Audience, Level, LinkConfig, Regime, RegimeError};
use fusion_core::types::NodeId;

/// Delay, s, from a look of a nation's sensor to its use at a node, by (owner, receiver); infinite where the data never
/// comes.
#[derive(Clone, Debug, PartialEq)]
pub struct DataDelays {
    hops: Vec<Hop>,
    /// While no feed is cut.
    delays_s: Vec<Vec<f64>>,
    /// All outages together, s.
    cut_s: f64,
}

/// A link that brings measurements or what was made from them.
#[derive(Clone, Debug, PartialEq)]
struct Hop {
    from: usize,
    to: usize,
    forwards: bool,
    audience: Audience,
    /// From a look, or an arrival, to its sending, and from there to the next node.
    waiting_s: f64,
    delay_s: f64,
    outages_s: Vec<[f64; 2]>,
    /// Whether what comes up in an outage never comes at all.
    loses: bool,
}

impl DataDelays {
    /// From the links of a regime: the fastest way, over hubs that forward, as far as the owner allows.
    ///
    /// A link takes its median delay and the time that its bandwidth needs for one message; tracks also wait for half an
    /// interval and half a tick, and for a decision, taken as made, at its median. In an outage tracks, and whatever is stored,
    /// wait for its end; scans are lost. A cue carries no measurement. Losses, and what waits in a queue, are not counted: the
    /// bound is optimistic there.
    ///
    /// # Errors
    /// [`RegimeError`] when the regime does not fit the nodes.
    pub fn new(regime: &Regime, node_names: &[String]) -> Result<Self, RegimeError> {
        let ends = regime.resolve(node_names)?;
        let audiences = regime.audiences(node_names)?;
        let carries = |link: &LinkConfig| link.level != Level::Cues && link.release.probability > 0.0;
        let hops: Vec<Hop> = regime
            .links
            .iter()
            .zip(ends)
            .zip(audiences)
            .filter(|((link, _), _)| carries(link))
            .map(|((link, (from, to)), audience)| Hop::new(link, (from, to), audience))
            .collect();
        let lengths_s = hops.iter().flat_map(|hop| &hop.outages_s).map(|[from_s, until_s]| until_s - from_s);
        let cut_s = lengths_s.fold(0.0, |sum, length_s| sum + length_s);
        let mut delays = DataDelays { hops, delays_s: Vec::new(), cut_s };
        let count = node_names.len();
        delays.delays_s =
            (0..count).map(|owner| delays.ways_s(owner, count, |hop, at_s| at_s + hop.total_s())).collect();
        Ok(delays)
    }

    /// Nothing is late and everybody has everything: what a bound of all sensors takes.
    pub fn none(nodes: usize) -> Self {
        DataDelays { hops: Vec::new(), delays_s: vec![vec![0.0; nodes]; nodes], cut_s: 0.0 }
    }

    /// When what `owner` has at zero is at each node, by what a hop does.
    fn ways_s(&self, owner: usize, count: usize, arrival_s: impl Fn(&Hop, f64) -> f64) -> Vec<f64> {
        let mut best_s = vec![f64::INFINITY; count];
        best_s[owner] = 0.0;
        for first in self.hops.iter().filter(|hop| hop.from == owner) {
            let mut known_s = vec![f64::INFINITY; count];
            known_s[first.to] = arrival_s(first, 0.0);
            // As many rounds as a way without a loop can have hops.
            for _ in 0..count {
                for hop in self.hops.iter().filter(|hop| hop.forwards) {
                    if first.audience.contains(NodeId(hop.to as u16)) {
                        known_s[hop.to] = known_s[hop.to].min(arrival_s(hop, known_s[hop.from]));
                    }
                }
            }
            best_s.iter_mut().zip(&known_s).for_each(|(best_s, known_s)| *best_s = best_s.min(*known_s));
        }
        best_s
    }

    /// Delay from a look of `owner`'s sensors to its use at `receiver` while no feed is cut, s; infinite when it never comes.
    pub fn seconds(&self, owner: NodeId, receiver: NodeId) -> f64 {
        let row = self.delays_s.get(usize::from(owner.0));
        row.and_then(|row| row.get(usize::from(receiver.0))).copied().unwrap_or(f64::INFINITY)
    }

    /// The same for a look at `since_start_s`, s after the scenario's start, with whatever is cut then.
    pub fn seconds_at(&self, owner: NodeId, receiver: NodeId, since_start_s: f64) -> f64 {
        let undisturbed_s = self.seconds(owner, receiver);
        if self.cut_s == 0.0 || owner == receiver || undisturbed_s == f64::INFINITY {
            return undisturbed_s;
        }
        let arrival_s = |hop: &Hop, at_s: f64| hop.arrival_s(since_start_s + at_s) - since_start_s;
        self.ways_s(usize::from(owner.0), self.delays_s.len(), arrival_s)[usize::from(receiver.0)]
    }

    /// The longest delay with which anything comes to `receiver`, s, every outage waited out.
    pub fn longest_s(&self, receiver: NodeId) -> f64 {
        (0..self.delays_s.len())
            .map(|owner| self.seconds(NodeId(owner as u16), receiver))
            .filter(|delay_s| delay_s.is_finite())
            .fold(0.0, f64::max)
            + self.cut_s
    }
}

impl Hop {
    fn new(link: &LinkConfig, (from, to): (NodeId, NodeId), audience: Audience) -> Self {
        // Scans go at once, and not object by object.
        let is_scans = link.level == Level::Measurements;
        let interval_s = 0.5 * (link.interval_s.max(TICK_S) + TICK_S);
        Hop {
            from: usize::from(from.0),
            to: usize::from(to.0),
            forwards: link.forward,
            audience,
            waiting_s: if is_scans { 0.0 } else { link.release.decision.median_s() + interval_s },
            delay_s: link.delay.median_s() + link.transmission_s(),
            outages_s: link.outages_s.clone(),
            loses: is_scans && !link.store_and_forward,
        }
    }

    fn total_s(&self) -> f64 {
        self.delay_s + self.waiting_s
    }

    /// When what is at the sender at `at_s` is at the receiver, both s after the scenario's start.
    fn arrival_s(&self, at_s: f64) -> f64 {
        let mut sent_s = at_s + self.waiting_s;
        // One outage may begin where another one ends, in any order.
        while let Some([_, until_s]) =
            self.outages_s.iter().find(|[from_s, until_s]| *from_s <= sent_s && sent_s < *until_s)
        {
            sent_s = if self.loses { f64::INFINITY } else { *until_s };
        }
        sent_s + self.delay_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regimes::{NODES, builtin, variants};
    use fusion_core::share::Delay;

    fn regime(name: &str) -> Regime {
        let regimes = [builtin().expect("they parse"), variants().expect("they parse")].concat();
        regimes.into_iter().find(|regime| regime.name == name).expect("shipped")
    }

    fn delays(name: &str) -> DataDelays {
        of(&regime(name))
    }

    fn of(regime: &Regime) -> DataDelays {
        DataDelays::new(regime, &NODES.map(str::to_owned)).expect("it fits")
    }

    #[test]
    fn data_takes_the_way_that_the_regime_gives_it() {
        let (korea, japan, states) = (NodeId(0), NodeId(1), NodeId(2));
        let siloed = delays("siloed");
        assert_eq!(siloed.seconds(korea, korea), 0.0);
        assert_eq!(siloed.seconds(states, japan), f64::INFINITY);
        let bilateral = delays("bilateral");
        // Uniform 1 to 3 s, a message every 2 s, ticks of 1 s.
        assert_eq!(bilateral.seconds(states, japan), 2.0 + 1.5);
        assert_eq!(bilateral.seconds(korea, japan), f64::INFINITY);
        let hub = delays("realtime-2023");
        assert_eq!(hub.seconds(korea, japan), 2.0 * (2.0 + 1.5));
        assert_eq!(delays("integrated").seconds(korea, japan), 0.3);
        assert_eq!(hub.longest_s(japan), 7.0);
    }

    #[test]
    fn a_cut_feed_makes_what_it_would_have_carried_wait() {
        let (korea, japan, states) = (NodeId(0), NodeId(1), NodeId(2));
        let cut = delays("feed-cut-realtime-2023");
        // Korea's feed is cut from 30 to 240 s: a look at 100 s goes at 240 s, 2 s to the hub and a hop of 3.5 s from there.
        assert_eq!(cut.seconds_at(korea, japan, 100.0), 140.0 + 2.0 + 3.5);
        assert_eq!([10.0, 250.0].map(|at_s| cut.seconds_at(korea, japan, at_s)), [7.0, 7.0]);
        assert_eq!(cut.seconds_at(japan, korea, 100.0), 7.0);
        assert_eq!(cut.longest_s(japan), 7.0 + 210.0);
        let hub = delays("feed-cut-hub-2023");
        assert!(
            hub.seconds_at(korea, japan, 300.0) > 80_000.0 && hub.seconds_at(korea, states, 300.0) == 3.5
        );
        let mut scans = regime("integrated");
        scans.links[0].outages_s = vec![[10.0, 20.0]];
        // Scans that are not stored are gone, unless they come by another way.
        assert_eq!(of(&scans).seconds_at(korea, japan, 15.0), f64::INFINITY);
        scans.links[2].onward = vec!["japan".to_owned()];
        scans.links[5].forward = true;
        let delay_s = |at_s: f64| of(&scans).seconds_at(korea, japan, at_s);
        assert!((delay_s(15.0) - 0.6).abs() < 1e-9 && (delay_s(25.0) - 0.3).abs() < 1e-9);
    }

    #[test]
    fn a_hub_passes_on_what_its_author_allows() {
        let (korea, japan) = (NodeId(0), NodeId(1));
        let mut hub = regime("realtime-2023");
        hub.links[0].onward.clear();
        assert_eq!(of(&hub).seconds(korea, japan), f64::INFINITY);
        assert_eq!(of(&hub).seconds(japan, korea), 7.0);
    }

    #[test]
    fn a_table_has_its_median_and_a_narrow_link_takes_its_time() {
        let (states, japan) = (NodeId(2), NodeId(1));
        let mut narrow = regime("bilateral");
        narrow.links[0].delay = Delay::Table { quantiles_s: vec![[0.0, 0.0], [0.5, 4.0], [1.0, 60.0]] };
        narrow.links[0].bandwidth_bit_s = Some(291.0 * 8.0);
        assert_eq!(of(&narrow).seconds(states, japan), 4.0 + 1.0 + 1.5);
    }
}
