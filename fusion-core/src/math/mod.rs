//! Small mathematics that the stages share.
//!
//! The lowest layer: nothing here knows a sensor, a track or a frame.

pub mod assignment;
pub mod box_tree;
pub mod chance;
pub mod chi_square;
pub mod digest;
pub mod exponential;
pub mod lanes;
pub mod logarithm;
pub mod real;
pub mod symmetric;
pub mod union_find;
