//! What the stages hand each other.

mod frame;
mod ids;
mod pedigree;
mod polygon;
mod scan;
mod sensor;
mod time;

pub use frame::{
    EARTH_RADIUS_EQUATORIAL_M, EARTH_ROTATION_RAD_S, FLATTENING, Geodetic, LineOfSight, ecef_from_enu,
    ecef_from_geodetic, geodetic_from_ecef, height_and_up, heights_and_ups,
};
pub use ids::{NodeId, ObjectId, SensorId, TrackId};
pub use pedigree::Pedigree;
pub use polygon::polygon_contains;
pub use scan::{Beam, Plot, Regard, Scan};
pub use sensor::{InfraredModel, RadarModel, Resolution, Sensor, SensorKind, SignalModel, SonarModel};
pub use time::{Duration, Time};
