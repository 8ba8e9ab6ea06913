//! The Kalman filter in its forms: on matrices as they come, extended, on sigma points, square-root, UD, information.

mod extended;
mod information;
mod linear;
mod nonlinear;
mod radar_models;
mod square_root;
mod unit_diagonal;
mod unscented;

pub use information::Information;
pub use linear::Innovation;
pub use nonlinear::MeasurementModel;
pub use radar_models::{BearingOnly, ElevationAzimuthRange, RangeElevation, RangeRate};
pub use square_root::SquareRootGaussian;
pub use unit_diagonal::UnitDiagonalGaussian;
pub(in crate::filter) use unscented::SigmaPoints;
pub use unscented::SigmaRule;

use super::Gaussian;
