//! Who shares what with whom, how late and what is withheld: data, never code.

use super::delay::DELAY;
use super::{Audience, Delay, Release};
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
    /// Whether the sender also passes on what it heard from others (a hub), with its author's name kept, to whom its author
    /// allows.
    #[serde(default)]
    pub forward: bool,
    /// Names of the nodes to which the receiver may tell on what it hears over this link: it asks nobody else.
    #[serde(default)]
    pub onward: Vec<String>,
    /// What the provider decides before an object is sent.
    #[serde(default)]
    pub release: Release,
    /// How the receiver combines a received track with its own.
    #[serde(default)]
    pub fusion: FusionRule,
    /// Windows, seconds after the scenario's start, in which nothing is sent: a cut feed.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 1_000)))]
    pub outages_s: Vec<[f64; 2]>,
    /// Whether what arises while the feed is cut is kept and sent afterwards.
    #[serde(default)]
    pub store_and_forward: bool,
    /// Bits that it carries in a second; left out, as many as there are.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(min = 1.0, max = 1e12)))]
    pub bandwidth_bit_s: Option<f64>,
    /// Bytes that may wait for their turn or for the end of an outage; what finds no room is dropped.
    #[serde(default = "megabyte")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1_000, max = 1_000_000_000)))]
    pub queue_bytes: u64,
    /// Probability that a message is lost on its way; nobody notices and sends it again.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub loss_probability: f64,
    /// Probability that a message arrives twice, each copy with a delay of its own.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub duplication_probability: f64,
    /// Whether no message overtakes an earlier one.
    #[serde(default)]
    pub in_order: bool,
}

/// Most bytes that may wait.
const MOST_QUEUED: u64 = 1_000_000_000;

fn one_second() -> f64 {
    1.0
}

fn megabyte() -> u64 {
    1_000_000
}

impl LinkConfig {
    /// A link that carries everything at once and whole: to be changed from there.
    ///
    /// ```
    /// use fusion_core::share::{Level, LinkConfig};
    /// let lossy = LinkConfig { loss_probability: 0.1, ..LinkConfig::plain("korea", "japan", Level::Tracks) };
    /// assert_eq!((lossy.interval_s, lossy.forward, lossy.bandwidth_bit_s), (1.0, false, None));
    /// ```
    pub fn plain(from: &str, to: &str, level: Level) -> Self {
        LinkConfig {
            from: from.to_owned(),
            to: to.to_owned(),
            level,
            delay: Delay::Constant { seconds: 0.0 },
            interval_s: one_second(),
            forward: false,
            onward: Vec::new(),
            release: Release::default(),
            fusion: FusionRule::default(),
            outages_s: Vec::new(),
            store_and_forward: false,
            bandwidth_bit_s: None,
            queue_bytes: megabyte(),
            loss_probability: 0.0,
            duplication_probability: 0.0,
            in_order: false,
        }
    }
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
    /// Each message carries the whole estimate; inverse covariance intersection, less cautious, safe where what both have in common
    /// is information that they told each other.
    InverseCovarianceIntersection,
}

/// A node that gets the scans of another one's sensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedScans {
    /// Whose sensors.
    pub owner: NodeId,
    /// Who gets their scans.
    pub to: NodeId,
    /// Who may know what they say, by the link over which their owner sends them.
    pub audience: Audience,
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
        let mut ends = Vec::with_capacity(self.links.len());
        for (index, link) in self.links.iter().enumerate() {
            let number = index + 1;
            self.check_values(number, link)?;
            let find = |name: &String| self.find(number, name, node_names);
            let (from, to) = (find(&link.from)?, find(&link.to)?);
            if from == to {
                return Err(RegimeError::Loop {
                    regime: self.name.clone(),
                    link: number,
                    node: link.from.clone(),
                });
            }
            ends.push((from, to));
        }
        self.audiences(node_names)?;
        Ok(ends)
    }

    /// Who may know what each link carries: its two ends, and those to whom the receiver may tell it on.
    ///
    /// # Errors
    /// [`RegimeError::UnknownNode`] for a name that the scenario does not have.
    pub fn audiences(&self, node_names: &[String]) -> Result<Vec<Audience>, RegimeError> {
        let of_link = |(index, link): (usize, &LinkConfig)| {
            let names = [&link.from, &link.to].into_iter().chain(&link.onward);
            names
                .map(|name| self.find(index + 1, name, node_names))
                .collect::<Result<Vec<_>, _>>()
                .map(Audience::of)
        };
        self.links.iter().enumerate().map(of_link).collect()
    }

    /// Who gets the scans of whose sensors besides their owner: over its links of measurements, and from there over those of hubs
    /// that forward, within the audience of the owner's link.
    ///
    /// # Errors
    /// [`RegimeError`] when the regime does not fit the nodes.
    pub fn shared_scans(&self, node_names: &[String]) -> Result<Vec<SharedScans>, RegimeError> {
        let ends = self.resolve(node_names)?;
        let all: Vec<_> = self.links.iter().zip(ends).zip(self.audiences(node_names)?).collect();
        let is_scans = |link: &LinkConfig| link.level == Level::Measurements;
        let mut shared = Vec::new();
        for ((_, (owner, to)), audience) in all.iter().filter(|((link, _), _)| is_scans(link)) {
            let (mut reached, mut next) = (vec![*to], 0);
            while let Some(hub) = reached.get(next).copied() {
                for ((_, (_, to)), _) in
                    all.iter().filter(|((link, (from, _)), _)| is_scans(link) && link.forward && *from == hub)
                {
                    if *to != *owner && audience.contains(*to) && !reached.contains(to) {
                        reached.push(*to);
                    }
                }
                next += 1;
            }
            let to_each = |to| SharedScans { owner: *owner, to, audience: *audience };
            shared.extend(reached.into_iter().map(to_each));
        }
        Ok(shared)
    }

    fn find(&self, link: usize, name: &str, node_names: &[String]) -> Result<NodeId, RegimeError> {
        let found = node_names.iter().position(|known| known == name);
        found.map(|index| NodeId(index as u16)).ok_or_else(|| RegimeError::UnknownNode {
            regime: self.name.clone(),
            link,
            node: name.to_owned(),
            known: node_names.join(", "),
        })
    }

    fn check_values(&self, link: usize, config: &LinkConfig) -> Result<(), RegimeError> {
        match config.checks().into_iter().find(|(_, _, allowed, _)| !allowed) {
            None => Ok(()),
            Some((key, value, _, allowed)) => {
                Err(RegimeError::OutOfRange { regime: self.name.clone(), link, key, value, allowed })
            }
        }
    }
}

/// A key, its value, whether that is allowed, and what is.
pub(super) type Check = (&'static str, f64, bool, &'static str);

impl LinkConfig {
    /// Whether the feed is cut, s after the scenario's start.
    pub fn is_cut(&self, since_start_s: f64) -> bool {
        self.outages_s.iter().any(|[from_s, until_s]| (*from_s..=*until_s).contains(&since_start_s))
    }

    fn checks(&self) -> Vec<Check> {
        const PROBABILITY: &str = "0 to 1";
        const WINDOW: &str = "a window [from, to] with from <= to, both 0 to 864000";
        let within = |low: f64, high: f64, value: f64| (low..=high).contains(&value);
        let (interval_s, loss, twice) =
            (self.interval_s, self.loss_probability, self.duplication_probability);
        let mut checks = vec![
            ("interval_s", interval_s, within(0.01, 86_400.0, interval_s), "0.01 to 86400"),
            ("loss_probability", loss, within(0.0, 1.0, loss), PROBABILITY),
            ("duplication_probability", twice, within(0.0, 1.0, twice), PROBABILITY),
            (
                "queue_bytes",
                self.queue_bytes as f64,
                (1_000..=MOST_QUEUED).contains(&self.queue_bytes),
                "1000 to 1e9",
            ),
        ];
        if let Some(rate) = self.bandwidth_bit_s {
            checks.push(("bandwidth_bit_s", rate, within(1.0, 1e12, rate), "1 to 1e12"));
        }
        checks.extend(self.hub_checks());
        checks.extend(self.release.checks(self.level, self.fusion));
        checks.extend(self.delay.checks(&DELAY));
        let windows = self.outages_s.len();
        checks.push(("outages_s", windows as f64, windows <= 1_000, "at most 1000 windows"));
        checks.extend(self.outages_s.iter().map(|[from_s, to_s]| {
            let is_window =
                [from_s, to_s].iter().all(|edge_s| within(0.0, 864_000.0, **edge_s)) && from_s <= to_s;
            ("outages_s", *to_s, is_window, WINDOW)
        }));
        checks
    }

    /// Scans come to a hub in any order and are sent on as they come: its link of measurements has no queue.
    fn hub_checks(&self) -> Vec<Check> {
        const NO_QUEUE: &str = "left out where a hub forwards measurements: such a link has no queue";
        let is_free = self.level != Level::Measurements || !self.forward;
        vec![
            (
                "bandwidth_bit_s",
                self.bandwidth_bit_s.unwrap_or(0.0),
                is_free || self.bandwidth_bit_s.is_none(),
                NO_QUEUE,
            ),
            ("store_and_forward", 1.0, is_free || !self.store_and_forward, NO_QUEUE),
            ("in_order", 1.0, is_free || !self.in_order, NO_QUEUE),
        ]
    }
}
