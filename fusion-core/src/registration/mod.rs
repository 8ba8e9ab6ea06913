//! Where a sensor is off: biases of range, azimuth, elevation and clock, from objects that others see as well.
//!
//! A [`Witness`](crate::registration::Witness) is the filter of one object that carries one sensor's biases along, so that what the references know of the
//! object, and go on knowing, is counted once however long they look. What it learns of the biases beyond their prior is its
//! evidence. Given the biases, objects are independent of each other: the evidence of all of them adds up, exactly for a
//! linear problem, in a [`BiasEstimator`](crate::registration::BiasEstimator).
//!
//! Bar-Shalom, Willett and Tian, *Tracking and Data Fusion* (2011), chapter 11; Lin, Bar-Shalom and Kirubarajan, *IEEE
//! Transactions on Aerospace and Electronic Systems* 41 (2005), 1-16, for biases from tracks.

mod bias;
mod estimator;
mod witness;

#[cfg(test)]
mod tests;

pub use bias::{BiasPrior, Biases, state_shift};
pub use estimator::{BiasEstimate, BiasEstimator, Combination, Evidence};
pub use witness::{RegistrationError, Told, Witness};
