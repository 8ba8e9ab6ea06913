//! Scans in, tracks and warnings out: a missile-track fusion library for multi-sensor early warning.
//!
//! ```text
//! flight ─► sensor ─► plot ─► scan ─► associate ─► filter ─► track ─► picture ─► warning
//!                                │                               │
//!                                ▼                               ▼
//!                            recording            link ─► release ─► delay ─► other node: fuse
//! ```
//!
//! The modules stand in the order of that flow. The library reads no clock and no file, starts no thread and
//! draws no unseeded random number: a result is a function of what is handed in.
//!
//! Positions and velocities are Earth-centred Earth-fixed (WGS-84, EPSG:4978) in metres and metres per second;
//! angles are radians; times are UTC nanoseconds.
// `dispatch` alone allows it again.
#![deny(unsafe_code)]

/// Small mathematics that the stages share: assignment, chi-square, union-find, numbers in lanes.
pub mod math;

/// What the stages hand each other: time, frames, sensors, plots, scans, identities.
pub mod types;

/// Kernels compiled for several sets of instructions, chosen at run time.
pub mod dispatch;

/// How objects move: gravity, atmosphere, boost, coast, re-entry, aircraft.
pub mod dynamics;

/// What a sensor would have seen of a state: predicted measurement, Jacobian, noise.
pub mod measurement;

/// Kalman filters in their forms, smoothers, and the interacting multiple models that carry a missile from boost to re-entry.
pub mod filter;

/// Which plot belongs to which track: gate, assignment, joint probabilities, the best of several hypotheses.
pub mod association;

/// The life of a track: initiate, confirm, coast, delete.
pub mod track;

/// Where a sensor is off: biases of range, angles and clock, from objects that others see as well.
pub mod registration;

/// What crosses a link: messages with pedigree, release, delay, matching and fusion.
pub mod share;

/// What a warning says: launch point, impact point, time left, areas to alert.
pub mod warning;

/// How good a picture is, given the truth: OSPA, GOSPA, SIAP, NEES, RMSE, the posterior Cramér-Rao bound.
pub mod assess;

/// One nation's fusion centre: the order of the steps, the bounded history, and a network of such nodes.
pub mod node;
