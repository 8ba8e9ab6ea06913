//! Named areas that a nation warns, and the rule by which it does.

use crate::types::NodeId;
use serde::{Deserialize, Serialize};

/// A named area on the ground that some nodes answer for warning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Its name.
    pub name: String,
    /// Nodes whose duty it is to alert it.
    pub warned_by: Vec<NodeId>,
    /// Corners in order, [latitude, longitude] in radians; the polygon closes itself and must not cross the
    /// antimeridian or a pole.
    pub corners_rad: Vec<[f64; 2]>,
}

/// When an area is alerted and an estimate counts as actionable.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct WarningConfig {
    /// An area is alerted when the probability of impact in it exceeds this.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub alert_probability: f64,
    /// An estimate is actionable when the semi-major axis of its 95 % ellipse is below this, km.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.001, max = 10_000.0)))]
    pub actionable_major_axis_km: f64,
    /// Seconds from a node's decision to the alert's arrival at the people.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 86_400.0)))]
    pub dissemination_s: f64,
}

impl Default for WarningConfig {
    fn default() -> Self {
        WarningConfig { alert_probability: 0.05, actionable_major_axis_km: 20.0, dissemination_s: 0.0 }
    }
}
