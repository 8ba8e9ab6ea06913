//! How late each nation's data reaches each node under a regime: what the bounds need to know of it.

use fusion_core::node::TICK_S;
use fusion_core::share::{Delay, Level, Regime, RegimeError};
use fusion_core::types::NodeId;

/// Median delay, s, from a look of a nation's sensor to its use at a node, by (owner, receiver); infinite where the data
/// never comes.
#[derive(Clone, Debug, PartialEq)]
pub struct DataDelays {
    delays_s: Vec<Vec<f64>>,
}

impl DataDelays {
    /// From the links of a regime: the fastest way, over hubs that forward where there are such.
    ///
    /// A link of tracks takes its median delay, half its interval and half a tick; a decision to release is taken as made,
    /// at its median. A cue carries no measurement.
    ///
    /// # Errors
    /// [`RegimeError`] when the regime does not fit the nodes.
    pub fn new(regime: &Regime, node_names: &[String]) -> Result<Self, RegimeError> {
        let ends = regime.resolve(node_names)?;
        let count = node_names.len();
        let mut delays_s = vec![vec![f64::INFINITY; count]; count];
        for (index, row) in delays_s.iter_mut().enumerate() {
            row[index] = 0.0;
        }
        let hops: Vec<(usize, usize, bool, f64)> = regime
            .links
            .iter()
            .zip(ends)
            .filter(|(link, _)| link.level != Level::Cues && link.release.probability > 0.0)
            .map(|(link, (from, to))| {
                let waiting_s = match link.level {
                    Level::Measurements => 0.0,
                    Level::Tracks | Level::Cues => 0.5 * (link.interval_s.max(TICK_S) + TICK_S),
                };
                // Scans go at once, object by object released or not, and no further than one hop.
                let is_scans = link.level == Level::Measurements;
                let decision_s = if is_scans { 0.0 } else { median_s(&link.release.decision) };
                let delay_s = median_s(&link.delay) + decision_s + waiting_s;
                (usize::from(from.0), usize::from(to.0), link.forward && !is_scans, delay_s)
            })
            .collect();
        // As many rounds as a way without a loop can have hops.
        for _ in 0..count {
            for &(from, to, forwards, delay_s) in &hops {
                for (owner, to_receiver_s) in delays_s.iter_mut().enumerate() {
                    if owner == from || forwards {
                        to_receiver_s[to] = to_receiver_s[to].min(to_receiver_s[from] + delay_s);
                    }
                }
            }
        }
        Ok(DataDelays { delays_s })
    }

    /// Nothing is late and everybody has everything: what a bound of all sensors takes.
    pub fn none(nodes: usize) -> Self {
        DataDelays { delays_s: vec![vec![0.0; nodes]; nodes] }
    }

    /// Delay from a look of `owner`'s sensors to its use at `receiver`, s; infinite when it never comes.
    pub fn seconds(&self, owner: NodeId, receiver: NodeId) -> f64 {
        let row = self.delays_s.get(usize::from(owner.0));
        row.and_then(|row| row.get(usize::from(receiver.0))).copied().unwrap_or(f64::INFINITY)
    }

    /// The longest delay with which anything comes to `receiver`, s.
    pub fn longest_s(&self, receiver: NodeId) -> f64 {
        (0..self.delays_s.len())
            .map(|owner| self.seconds(NodeId(owner as u16), receiver))
            .filter(|delay_s| delay_s.is_finite())
            .fold(0.0, f64::max)
    }
}

fn median_s(delay: &Delay) -> f64 {
    match *delay {
        Delay::Constant { seconds } => seconds,
        Delay::Uniform { low_s, high_s } => 0.5 * (low_s + high_s),
        Delay::LogNormal { minimum_s, median_s, .. } => minimum_s + median_s,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regimes::{NODES, builtin};

    fn delays(name: &str) -> DataDelays {
        let regimes = builtin().expect("the shipped regimes parse");
        let regime = regimes.iter().find(|regime| regime.name == name).expect("shipped");
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
}
