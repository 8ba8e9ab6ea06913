//! What a provider decides before an object is sent: whether, when, how exactly.

use super::delay::DECISION;
use super::regime::Check;
use super::{Delay, Estimate, FusionRule, Level};
use crate::filter::{Burnout, Gaussian, MissileFilter};
use crate::types::{Geodetic, ecef_from_geodetic, geodetic_from_ecef, polygon_contains};
use nalgebra::{SMatrix, Vector3};
use serde::{Deserialize, Serialize};

/// What the provider of a track decides before it is sent: the provider keeps that authority.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Whether it must not be told where sensors stand: no scans then. Tracks and cues never say it.
    pub withhold_sensor_positions: bool,
    /// Objects that are most probably of these classes are not sent.
    pub withheld_classes: Vec<ObjectClass>,
    /// Objects that are over one of these areas are not sent as long as they are.
    #[cfg_attr(feature = "schema", schemars(length(max = 100)))]
    pub withheld_areas: Vec<WithheldArea>,
}

/// What an object that is told of may be: nodes tell of what was launched only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ObjectClass {
    /// A missile, in whichever phase of its flight.
    Missile,
    /// A spent stage, or another piece of a missile.
    SpentStage,
}

/// An area over which objects are not released.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WithheldArea {
    /// Its name, for people.
    pub name: String,
    /// Where it is.
    pub shape: Shape,
}

/// The shape of an area on the ground.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Shape {
    /// Corners in order, [latitude, longitude] in degrees; closes itself, and crosses neither the antimeridian nor a pole.
    Polygon(#[cfg_attr(feature = "schema", schemars(length(min = 3, max = 1_000)))] Vec<[f64; 2]>),
    /// Everything within a distance.
    Disc {
        /// Geodetic latitude of the middle, degrees.
        #[cfg_attr(feature = "schema", schemars(range(min = -90.0, max = 90.0)))]
        latitude_deg: f64,
        /// Its longitude, degrees east.
        #[cfg_attr(feature = "schema", schemars(range(min = -180.0, max = 180.0)))]
        longitude_deg: f64,
        /// The distance, km.
        #[cfg_attr(feature = "schema", schemars(range(min = 0.1, max = 10_000.0)))]
        radius_km: f64,
    },
}

impl Default for Release {
    fn default() -> Self {
        Release {
            probability: 1.0,
            decision: Delay::Constant { seconds: 0.0 },
            position_grid_m: 0.0,
            velocity_grid_m_s: 0.0,
            withhold_sensor_positions: false,
            withheld_classes: Vec::new(),
            withheld_areas: Vec::new(),
        }
    }
}

/// As vague as the date of a burnout that is not told, s.
const WITHHELD_SIGMA_S: f64 = 100.0;
/// Radius of the sphere on which a disc's radius is turned into a chord, m.
const MEAN_RADIUS_M: f64 = 6_371_008.8;

impl Release {
    /// Whether an object of this class is not sent as long as it is at this place (Earth-centred Earth-fixed, m).
    ///
    /// The place is only asked for where it matters.
    pub fn withholds(&self, class: ObjectClass, position_m: impl FnOnce() -> Vector3<f64>) -> bool {
        self.withheld_classes.contains(&class)
            || (!self.withheld_areas.is_empty() && {
                let place = geodetic_from_ecef(&position_m());
                self.withheld_areas.iter().any(|area| area.shape.contains(place))
            })
    }

    /// Rounds an estimate to the released grid and adds the rounding to its covariance, so that it stays honest.
    pub(super) fn coarsened(&self, mut estimate: Estimate) -> Estimate {
        let MissileFilter { boost, coast, reentry, burnout, .. } = &mut estimate.filter;
        self.coarsen(boost);
        self.coarsen(coast);
        self.coarsen(reentry);
        // Who releases on a grid does not release a date to a tenth of a second.
        if self.coarsens() {
            *burnout = Burnout::unknown(WITHHELD_SIGMA_S);
        }
        estimate
    }

    fn coarsens(&self) -> bool {
        self.position_grid_m > 0.0 || self.velocity_grid_m_s > 0.0
    }

    fn coarsen<const N: usize>(&self, state: &mut Gaussian<N>) {
        let mut added = SMatrix::<f64, N, N>::zeros();
        for axis in 0..6 {
            let grid = if axis < 3 { self.position_grid_m } else { self.velocity_grid_m_s };
            if grid > 0.0 {
                state.mean[axis] = libm::round(state.mean[axis] / grid) * grid;
                added[(axis, axis)] = grid * grid / 12.0;
            }
        }
        state.covariance += added;
    }

    /// Every value, and what the level and the rule of fusion leave to decide.
    pub(super) fn checks(&self, level: Level, fusion: FusionRule) -> Vec<Check> {
        const NOT_BY_OBJECT: &str =
            "left out with level `measurements`: scans are not released object by object";
        let (is_scans, probability) = (level == Level::Measurements, self.probability);
        let sends_estimates = level == Level::Tracks && fusion != FusionRule::Information;
        let (classes, areas) = (self.withheld_classes.len(), self.withheld_areas.len());
        let mut checks = vec![
            (
                "release.probability",
                probability,
                !is_scans || probability == 1.0,
                "1 with level `measurements`: scans are not released object by object",
            ),
            (
                "release.position_grid_m",
                self.position_grid_m,
                sends_estimates || !self.coarsens(),
                "0 and the velocity grid as well, unless whole estimates are sent (level `tracks` without fusion \
                 `information`): what adds up would average the rounding out",
            ),
            (
                "release.withhold_sensor_positions",
                1.0,
                !is_scans || !self.withhold_sensor_positions,
                "false with level `measurements`: a scan is worth nothing without its sensor's place",
            ),
            ("release.withheld_classes", classes as f64, !is_scans || classes == 0, NOT_BY_OBJECT),
            ("release.withheld_areas", areas as f64, !is_scans || areas == 0, NOT_BY_OBJECT),
            ("release.withheld_areas", areas as f64, areas <= 100, "at most 100 areas"),
            ("release.probability", probability, (0.0..=1.0).contains(&probability), "0 to 1"),
            (
                "release.position_grid_m",
                self.position_grid_m,
                (0.0..=1e5).contains(&self.position_grid_m),
                "0 to 100000",
            ),
            (
                "release.velocity_grid_m_s",
                self.velocity_grid_m_s,
                (0.0..=1e3).contains(&self.velocity_grid_m_s),
                "0 to 1000",
            ),
        ];
        checks.extend(self.decision.checks(&DECISION));
        checks.extend(self.withheld_areas.iter().flat_map(|area| area.shape.checks()));
        checks
    }
}

impl Shape {
    /// Whether a place lies in it, whatever its height.
    pub fn contains(&self, place: Geodetic) -> bool {
        match self {
            Shape::Polygon(corners_deg) => polygon_contains(
                corners_deg,
                [place.latitude_rad.to_degrees(), place.longitude_rad.to_degrees()],
            ),
            Shape::Disc { latitude_deg, longitude_deg, radius_km } => {
                let on_ground = ecef_from_geodetic(Geodetic { height_m: 0.0, ..place });
                let middle = ecef_from_geodetic(Geodetic::from_degrees(*latitude_deg, *longitude_deg, 0.0));
                let half_angle_rad = 0.5 * radius_km * 1e3 / MEAN_RADIUS_M;
                (on_ground - middle).norm() <= 2.0 * MEAN_RADIUS_M * libm::sin(half_angle_rad)
            }
        }
    }

    fn checks(&self) -> Vec<Check> {
        const LATITUDE: &str = "latitudes of -90 to 90 degrees";
        const LONGITUDE: &str = "longitudes of -180 to 180 degrees";
        let place = |key: &'static str, [latitude, longitude]: [f64; 2]| {
            [
                (key, latitude, (-90.0..=90.0).contains(&latitude), LATITUDE),
                (key, longitude, (-180.0..=180.0).contains(&longitude), LONGITUDE),
            ]
        };
        match self {
            Shape::Polygon(corners) => {
                let count = corners.len();
                let key = "release.withheld_areas.shape.polygon";
                let mut checks = vec![(key, count as f64, (3..=1_000).contains(&count), "3 to 1000 corners")];
                checks.extend(corners.iter().flat_map(|corner| place(key, *corner)));
                checks
            }
            Shape::Disc { latitude_deg, longitude_deg, radius_km } => {
                let key = "release.withheld_areas.shape.disc";
                let mut checks = place(key, [*latitude_deg, *longitude_deg]).to_vec();
                checks.push((
                    key,
                    *radius_km,
                    (0.1..=10_000.0).contains(radius_km),
                    "a radius_km of 0.1 to 10000",
                ));
                checks
            }
        }
    }
}
