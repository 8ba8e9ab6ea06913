//! Who shares what with whom, how late and what is withheld: data, never code.

use crate::types::NodeId;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A sharing arrangement: a set of links between named nodes, as it stands in a regime file.
///
/// An analyst writes another one without touching code; see `sharing-study/regimes/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Regime {
    /// Short name.
    pub name: String,
    /// What it stands for.
    pub description: String,
    /// What is assumed and not published, for the report.
    #[serde(default)]
    pub assumptions: String,
    /// The links; none means that every node has its own sensors only.
    #[serde(default, rename = "link")]
    pub links: Vec<LinkConfig>,
}

/// A one-way link from node to node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LinkConfig {
    /// Name of the sending node.
    pub from: String,
    /// Name of the receiving node.
    pub to: String,
    /// What is sent.
    pub level: Level,
    /// Time from sending to arrival.
    pub delay: Delay,
    /// Seconds between two sendings; what arose in between goes together. Measurements go at once and ignore it.
    #[serde(default = "one_second")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0.01, max = 86_400.0)))]
    pub interval_s: f64,
    /// Whether the sender also passes on what it heard from others (a hub), with its author's name kept.
    #[serde(default)]
    pub forward: bool,
    /// What the provider decides before an object is sent.
    #[serde(default)]
    pub release: Release,
    /// How the receiver combines a received track with its own.
    #[serde(default)]
    pub fusion: FusionRule,
    /// Windows, seconds after the scenario's start, in which nothing is sent: a cut feed.
    #[serde(default)]
    pub outages_s: Vec<[f64; 2]>,
}

fn one_second() -> f64 {
    1.0
}

/// What crosses a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// That something was launched, where and when: no track.
    Cues,
    /// States with covariances, and what is new in them since the last message.
    Tracks,
    /// The scans themselves.
    Measurements,
}

/// How a receiver combines a remote track with its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FusionRule {
    /// Each message carries what is new since the last one, and its pedigree; new information adds up.
    #[default]
    Information,
    /// Each message carries the whole estimate; covariance intersection, safe whatever the correlation.
    CovarianceIntersection,
    /// Each message carries the whole estimate and is taken as independent: the negative control, overconfident.
    Naive,
}

/// A random span of time, s. An assumption: no published figure exists for any of the links.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Delay {
    /// Always the same.
    Constant {
        /// The span, s.
        #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 86_400.0)))]
        seconds: f64,
    },
    /// Every value between two is as likely.
    Uniform {
        /// Least, s.
        #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 86_400.0)))]
        low_s: f64,
        /// Greatest, s.
        #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 86_400.0)))]
        high_s: f64,
    },
    /// The logarithm is normal, above a least value: what people and queues do.
    LogNormal {
        /// Least, s, added to the rest.
        #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 86_400.0)))]
        minimum_s: f64,
        /// Median of the rest, s.
        #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 86_400.0)))]
        median_s: f64,
        /// Standard deviation of the logarithm of the rest.
        #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 3.0)))]
        log_sigma: f64,
    },
}

/// What the provider of a track decides before it is sent: the provider keeps that authority.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Release {
    /// Probability that an object is released at all, drawn once for each object.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub probability: f64,
    /// How long the decision takes, drawn once for each object, from the moment the provider has confirmed it.
    pub decision: Delay,
    /// Positions are rounded to this grid, m, and the rounding is added to the covariance; zero leaves them.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1e5)))]
    pub position_grid_m: f64,
    /// Velocities are rounded to this grid, m/s.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1e3)))]
    pub velocity_grid_m_s: f64,
}

impl Default for Release {
    fn default() -> Self {
        Release {
            probability: 1.0,
            decision: Delay::Constant { seconds: 0.0 },
            position_grid_m: 0.0,
            velocity_grid_m_s: 0.0,
        }
    }
}

/// What is wrong with a regime.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum RegimeError {
    /// A link names a node that the scenario does not have.
    #[error("regime `{regime}`, link {link}: there is no node `{node}`; the scenario has {known}")]
    UnknownNode {
        /// The regime.
        regime: String,
        /// Number of the link, from one.
        link: usize,
        /// The name that was not found.
        node: String,
        /// The names there are.
        known: String,
    },
    /// A value lies outside what it may be.
    #[error("regime `{regime}`, link {link}: {key} = {value} is not allowed; it must be {allowed}")]
    OutOfRange {
        /// The regime.
        regime: String,
        /// Number of the link, from one.
        link: usize,
        /// The key.
        key: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// A link leads from a node to itself.
    #[error("regime `{regime}`, link {link}: from and to are both `{node}`")]
    Loop {
        /// The regime.
        regime: String,
        /// Number of the link, from one.
        link: usize,
        /// The node.
        node: String,
    },
}

impl Regime {
    /// Checks every value and finds the nodes of each link: (from, to) in the order of the links.
    ///
    /// # Errors
    /// [`RegimeError`] with the link, the key, the value and what is allowed.
    pub fn resolve(&self, node_names: &[String]) -> Result<Vec<(NodeId, NodeId)>, RegimeError> {
        let find = |link: usize, name: &str| {
            node_names.iter().position(|known| known == name).map(|index| NodeId(index as u16)).ok_or_else(
                || RegimeError::UnknownNode {
                    regime: self.name.clone(),
                    link,
                    node: name.to_owned(),
                    known: node_names.join(", "),
                },
            )
        };
        let mut ends = Vec::with_capacity(self.links.len());
        for (index, link) in self.links.iter().enumerate() {
            let number = index + 1;
            self.check_values(number, link)?;
            let (from, to) = (find(number, &link.from)?, find(number, &link.to)?);
            if from == to {
                return Err(RegimeError::Loop {
                    regime: self.name.clone(),
                    link: number,
                    node: link.from.clone(),
                });
            }
            ends.push((from, to));
        }
        Ok(ends)
    }

    fn check_values(&self, link: usize, config: &LinkConfig) -> Result<(), RegimeError> {
        let interval_s = config.interval_s;
        let mut checks =
            vec![("interval_s", interval_s, (0.01..=86_400.0).contains(&interval_s), "0.01 to 86400")];
        checks.extend(config.release_checks());
        checks.extend(config.delay.checks());
        checks.extend(config.release.decision.checks());
        checks.extend(config.outages_s.iter().map(|[from_s, to_s]| {
            ("outages_s", *to_s, from_s <= to_s, "a window [from, to] with from <= to")
        }));
        match checks.into_iter().find(|(_, _, allowed, _)| !allowed) {
            None => Ok(()),
            Some((key, value, _, allowed)) => {
                Err(RegimeError::OutOfRange { regime: self.name.clone(), link, key, value, allowed })
            }
        }
    }
}

/// A key, its value, whether that is allowed, and what is.
type Check = (&'static str, f64, bool, &'static str);

impl LinkConfig {
    fn release_checks(&self) -> Vec<Check> {
        let Release { probability, position_grid_m, velocity_grid_m_s, .. } = self.release;
        let sends_estimates = self.level == Level::Tracks && self.fusion != FusionRule::Information;
        let by_object = self.level != Level::Measurements || probability == 1.0;
        let coarsens = position_grid_m > 0.0 || velocity_grid_m_s > 0.0;
        vec![
            (
                "release.probability",
                probability,
                by_object,
                "1 with level `measurements`: scans are not released object by object",
            ),
            (
                "release.position_grid_m",
                position_grid_m,
                sends_estimates || !coarsens,
                "0 and the velocity grid as well, unless whole estimates are sent (level `tracks` with fusion \
                 `covariance-intersection` or `naive`): nothing else is coarsened",
            ),
            ("release.probability", probability, (0.0..=1.0).contains(&probability), "0 to 1"),
            (
                "release.position_grid_m",
                position_grid_m,
                (0.0..=1e5).contains(&position_grid_m),
                "0 to 100000",
            ),
            (
                "release.velocity_grid_m_s",
                velocity_grid_m_s,
                (0.0..=1e3).contains(&velocity_grid_m_s),
                "0 to 1000",
            ),
        ]
    }
}

impl Delay {
    fn checks(&self) -> Vec<Check> {
        const SPAN: &str = "a number of seconds from 0 to 86400";
        let span = |key: &'static str, value: f64| (key, value, (0.0..=86_400.0).contains(&value), SPAN);
        match *self {
            Delay::Constant { seconds } => vec![span("delay.constant.seconds", seconds)],
            Delay::Uniform { low_s, high_s } => vec![
                span("delay.uniform.low_s", low_s),
                span("delay.uniform.high_s", high_s),
                ("delay.uniform.high_s", high_s, high_s >= low_s, "at least low_s"),
            ],
            Delay::LogNormal { minimum_s, median_s, log_sigma } => vec![
                span("delay.log-normal.minimum_s", minimum_s),
                span("delay.log-normal.median_s", median_s),
                ("delay.log-normal.log_sigma", log_sigma, (0.0..=3.0).contains(&log_sigma), "0 to 3"),
            ],
        }
    }
}
