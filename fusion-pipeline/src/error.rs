//! What can go wrong in the pipeline.

use fusion_core::node::NetworkError;
use fusion_core::types::{NodeId, SensorId, Time};
use thiserror::Error;

/// Why a pipeline could not start, or ended early. The workers have been stopped when it is returned.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The regime does not fit the scenario, or a scan is of a sensor that there is not.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A sensor's owner is not one of the nodes.
    #[error("sensor {sensor} belongs to node {owner}, but there are only {nodes} nodes")]
    UnknownOwner {
        /// The sensor.
        sensor: SensorId,
        /// Its owner.
        owner: NodeId,
        /// How many nodes there are.
        nodes: usize,
    },
    /// An option lies outside what it may be.
    #[error("{key} = {value} is not allowed; it must be {allowed}")]
    Option {
        /// The option.
        key: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// A feed went back in time: the scan is older than the sensor's last, or than a tick that was done.
    #[error(
        "scan {sequence} of sensor {sensor} at {} ns is older than {} ns, which that feed had reached",
        .time.nanoseconds(), .reached.nanoseconds()
    )]
    BackInTime {
        /// The sensor.
        sensor: SensorId,
        /// The scan's number.
        sequence: u32,
        /// The scan's time.
        time: Time,
        /// How far the feed was.
        reached: Time,
    },
    /// A scan of a live feed is so far ahead that all ticks up to it would take forever: a broken clock.
    #[error(
        "scan {sequence} of sensor {sensor} is {ahead_s} s ahead of the last tick; allowed are {allowed_s} s"
    )]
    TooFarAhead {
        /// The sensor.
        sensor: SensorId,
        /// The scan's number.
        sequence: u32,
        /// How far it is ahead of the last tick, s.
        ahead_s: f64,
        /// How far it may be, s.
        allowed_s: f64,
    },
    /// Where the scans came from gave an error.
    #[error("after {scans} scans: {source}")]
    Source {
        /// How many scans it had given.
        scans: u64,
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A node's code panicked; its worker was stopped, and all others with it.
    #[error("node {node} (`{name}`) panicked: {message}")]
    NodePanicked {
        /// The node.
        node: NodeId,
        /// Its name.
        name: String,
        /// What the panic said.
        message: String,
    },
    /// The system gave no thread.
    #[error("no thread for worker {worker}: {error}")]
    NoThread {
        /// Number of the worker.
        worker: usize,
        /// What the system said.
        error: std::io::Error,
    },
}
