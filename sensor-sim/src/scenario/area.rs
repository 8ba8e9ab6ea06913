//! `[[node]]` and `[[area]]`: who is who, and who is warned.

use super::boundary::boundaries;
use super::document::Place;
use super::file::Names;
use super::{Node, ScenarioError};
use fusion_core::types::NodeId;
use fusion_core::warning::Area;
use schemars::JsonSchema;
use serde::Deserialize;

/// A node: one nation's fusion centre.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeTable {
    /// Its name, as sensors, areas and links give it; no two nodes have the same.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Title, for people.
    #[serde(default)]
    pub title: String,
}

impl NodeTable {
    pub fn resolve(self) -> Node {
        Node { name: self.name, title: self.title }
    }
}

/// An area that is warned.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AreaTable {
    /// Its name; no two areas have the same.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Names of the nodes whose duty it is to alert it.
    pub warned_by: Vec<String>,
    /// Corners, as many as a recording may hold; it closes itself and must not cross the antimeridian.
    #[serde(default)]
    #[schemars(length(min = 3, max = 4_096))]
    pub polygon: Option<Vec<Corner>>,
    /// A prefecture of Japan or a province of the Republic of Korea, instead of a polygon: the largest piece of land of it.
    #[serde(default)]
    pub place: Option<String>,
}

/// A corner, [latitude, longitude] in degrees.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Corner(
    /// Geodetic latitude, degrees.
    #[schemars(title = "latitude", range(min = -89.0, max = 89.0))]
    f64,
    /// Longitude, degrees east.
    #[schemars(title = "longitude", range(min = -180.0, max = 180.0))]
    f64,
);

impl AreaTable {
    pub fn resolve(&self, place: &Place<'_>, nodes: &Names) -> Result<Area, ScenarioError> {
        let list = place.key("warned_by");
        let warned_by = self.warned_by.iter().enumerate();
        Ok(Area {
            name: self.name.clone(),
            warned_by: warned_by
                .map(|(index, name)| nodes.find(name, &list.item(index)).map(NodeId))
                .collect::<Result<_, _>>()?,
            corners_rad: self
                .corners_deg(place)?
                .into_iter()
                .map(|corner_deg| corner_deg.map(f64::to_radians))
                .collect(),
        })
    }

    fn corners_deg(&self, place: &Place<'_>) -> Result<Vec<[f64; 2]>, ScenarioError> {
        match (&self.polygon, &self.place) {
            (Some(polygon), None) => {
                Ok(polygon.iter().map(|Corner(latitude, longitude)| [*latitude, *longitude]).collect())
            }
            (None, Some(name)) => match boundaries().get(name) {
                Some(boundary) => Ok(boundary.corners_deg.clone()),
                None => Err(place.key("place").unknown("prefecture or province", boundaries().keys())),
            },
            _ => Err(place.wrong_keys("it needs exactly one of polygon and place")),
        }
    }
}
