//! `[[sensor]]`: a sensor of a class, where it is and what is wrong with it.

use super::before_launch::ReportTable;
use super::{Class, Model};
use crate::motion::Orbit;
use crate::mount::{Bias, Mount, Platform, Report, Schedule};
use crate::scenario::ScenarioError;
use crate::scenario::document::Place;
use crate::scenario::file::Names;
use crate::scenario::mover::CourseTable;
use fusion_core::types::{Geodetic, NodeId, Sensor, SensorId, SensorKind, Time, ecef_from_geodetic};
use nalgebra::Vector3;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Height of the geosynchronous orbit over the equator, m.
const GEOSYNCHRONOUS_HEIGHT_M: f64 = 35_786_000.0;
/// A moving sensor can be followed for as long as a scenario may last, s.
const LONGEST_COURSE_S: f64 = 86_400.0;

/// A sensor. Which of the optional keys it needs depends on its class.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct SensorTable {
    /// Its name; no two sensors have the same.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Name of its sensor class.
    pub class: String,
    /// Name of the node that owns it: who owns a sensor decides who has its data.
    pub owner: String,
    /// Its first look, s after the start. Stagger them: sensors that look at the same instant are not how it is.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 86_400.0))]
    pub first_look_s: f64,
    /// Longitude of the site, of where it begins or of the satellite's slot, degrees east; not for an orbit.
    #[schemars(range(min = -180.0, max = 360.0))]
    pub longitude_deg: Option<f64>,
    /// Geodetic latitude of the site, degrees; not for a satellite.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub latitude_deg: Option<f64>,
    /// Height of the site above the ellipsoid, m; not for a satellite.
    #[schemars(range(min = -500.0, max = 30_000.0))]
    pub height_m: Option<f64>,
    /// Middle of a radar's sector, degrees clockwise from north; for a class that sees less than all round.
    #[schemars(range(min = -180.0, max = 360.0))]
    pub azimuth_centre_deg: Option<f64>,
    /// Where a satellite's boresight meets the ground.
    pub aim: Option<AimTable>,
    /// How a ship or an aircraft goes from its site; left out, the sensor stands.
    pub course: Option<CourseTable>,
    /// The orbit of a satellite that is not geosynchronous.
    pub orbit: Option<OrbitTable>,
    /// Standard deviation, in each horizontal axis, of where a moving sensor believes to be, m.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 10_000.0))]
    pub navigation_sigma_m: f64,
    /// Errors that stay in everything it reports, and that no node knows.
    #[serde(default)]
    pub bias: BiasTable,
    /// Spans in which it is off, s after the scenario's start.
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    pub outages_s: Vec<[f64; 2]>,
    /// Probability that a look gets lost.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lost_look_probability: f64,
    /// What a person reports.
    #[serde(default, rename = "report")]
    #[schemars(length(max = 1_000))]
    pub reports: Vec<ReportTable>,
}

/// A place on the ground.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct AimTable {
    /// Geodetic latitude, degrees.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub latitude_deg: f64,
    /// Longitude, degrees east.
    #[schemars(range(min = -180.0, max = 360.0))]
    pub longitude_deg: f64,
}

/// Two-line elements.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct OrbitTable {
    /// The first line.
    pub line1: String,
    /// The second line.
    pub line2: String,
}

/// Registration errors.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::scenario) struct BiasTable {
    /// Of range, m.
    #[schemars(range(min = -100_000.0, max = 100_000.0))]
    pub range_m: f64,
    /// Of azimuth, of a bearing, or to the right of a satellite's boresight, mrad.
    #[schemars(range(min = -100.0, max = 100.0))]
    pub azimuth_mrad: f64,
    /// Of elevation, or above a satellite's boresight, mrad.
    #[schemars(range(min = -100.0, max = 100.0))]
    pub elevation_mrad: f64,
    /// Of the clock, s; positive where it is fast.
    #[schemars(range(min = -60.0, max = 60.0))]
    pub clock_s: f64,
}

impl SensorTable {
    /// What its node knows of it, and what it really is. `air` is the refractivity of the scenario, if it says one.
    pub fn resolve(
        &self,
        index: usize,
        place: &Place<'_>,
        (classes, nodes): (&BTreeMap<String, Class>, &Names),
        (start, air): (Time, Option<f64>),
    ) -> Result<(Sensor, Mount), ScenarioError> {
        let found = classes.get(&self.class);
        let class = found.ok_or_else(|| place.key("class").unknown("sensor-class", classes.keys()))?;
        // Refused when the class was checked.
        let model = class.model().ok_or_else(|| place.wrong_keys("its class has no model"))?;
        self.check(&model, place)?;
        let (position_m, platform) = self.platform(&model, start, place)?;
        let kind = match model {
            Model::Radar(radar) => SensorKind::Radar(radar.resolve(self, place)?),
            Model::Infrared(infrared) => SensorKind::Infrared(infrared.resolve(self, place)?),
            Model::Sonar(sonar) => SensorKind::Sonar(sonar.resolve()),
            Model::Imagery(_) | Model::Reports => SensorKind::Cue,
        };
        let sensor = Sensor {
            id: SensorId(index as u16),
            name: self.name.clone(),
            owner: NodeId(nodes.find(&self.owner, &place.key("owner"))?),
            position_m,
            navigation_sigma_m: self.navigation_sigma_m,
            revisit_s: class.revisit_s,
            first_look_s: self.first_look_s,
            detection_probability: class.detection_probability,
            clutter_per_scan: class.clutter_per_scan,
            kind,
        };
        let mut mount = Mount::ideal(&sensor);
        mount.platform = platform;
        mount.bias = self.bias.resolve();
        mount.outages_s.clone_from(&self.outages_s);
        mount.lost_look_probability = self.lost_look_probability;
        match model {
            Model::Radar(radar) => {
                mount.schedule = radar.schedule();
                mount.cued = radar.cued(sensor.detection_probability);
                mount.nominal_cross_section_m2 = radar.nominal_cross_section_m2();
                mount.refractivity = air.unwrap_or(mount.refractivity);
            }
            Model::Imagery(imagery) => mount.schedule = Schedule::Imagery(imagery.resolve()),
            Model::Reports => {
                mount.schedule = Schedule::Reports(self.reports_as_told());
            }
            Model::Infrared(_) | Model::Sonar(_) => {}
        }
        Ok((sensor, mount))
    }

    /// What takes more than one key to judge.
    fn check(&self, model: &Model<'_>, place: &Place<'_>) -> Result<(), ScenarioError> {
        if self.aim.is_some() && !matches!(model, Model::Infrared(_)) {
            return Err(place
                .wrong_keys("aim belongs to infrared satellites; a radar's sector has azimuth_centre_deg"));
        }
        if self.azimuth_centre_deg.is_some() && !matches!(model, Model::Radar(_)) {
            let message = "azimuth_centre_deg belongs to radars; an infrared satellite has aim";
            return Err(place.wrong_keys(message));
        }
        if self.navigation_sigma_m > 0.0 && self.course.is_none() {
            let message =
                "navigation_sigma_m belongs to a sensor with a course: one that stands knows where it is";
            return Err(place.wrong_keys(message));
        }
        if !self.reports.is_empty() && !matches!(model, Model::Reports) {
            return Err(place.wrong_keys("report belongs to sensors of a class with reports"));
        }
        for (index, report) in self.reports.iter().enumerate() {
            let window = place.key("report").item(index).key("window_s");
            ascending(&report.window_s, &window)?;
        }
        let outages = place.key("outages_s");
        for (index, span_s) in self.outages_s.iter().enumerate() {
            ascending(span_s, &outages.item(index))?;
        }
        if self.outages_s.windows(2).any(|pair| matches!(pair, [[_, end_s], [next_s, _]] if next_s < end_s)) {
            return Err(outages.out_of_range("spans in the order of time, none over another"));
        }
        Ok(())
    }

    /// What is reported, in the order in which it is told.
    fn reports_as_told(&self) -> Vec<Report> {
        let mut reports: Vec<Report> = self.reports.iter().map(ReportTable::resolve).collect();
        reports.sort_by(|left, right| left.told_s.total_cmp(&right.told_s));
        reports
    }

    /// Where it is, or begins, and what carries it.
    fn platform(
        &self,
        model: &Model<'_>,
        start: Time,
        place: &Place<'_>,
    ) -> Result<(Vector3<f64>, Platform), ScenarioError> {
        let is_satellite = matches!(model, Model::Infrared(_) | Model::Imagery(_));
        if let Some(orbit) = &self.orbit {
            if !is_satellite
                || self.longitude_deg.is_some()
                || self.latitude_deg.is_some()
                || self.height_m.is_some()
                || self.course.is_some()
            {
                return Err(place.wrong_keys(
                    "an orbit belongs to infrared and imaging satellites, without longitude_deg, latitude_deg, \
                     height_m and course",
                ));
            }
            let elements = place.key("orbit");
            let orbit = Orbit::parse(&orbit.line1, &orbit.line2)
                .map_err(|error| elements.wrong_keys(error.to_string()))?;
            let (position_m, _) =
                orbit.state_at(start).map_err(|error| elements.wrong_keys(error.to_string()))?;
            return Ok((position_m, Platform::Orbit(Box::new(orbit))));
        }
        let Some(longitude_deg) = self.longitude_deg else {
            return Err(place.wrong_keys("it needs longitude_deg, or for a satellite an orbit"));
        };
        if is_satellite {
            if self.latitude_deg.is_some() || self.height_m.is_some() || self.course.is_some() {
                return Err(place.wrong_keys(
                    "a satellite without an orbit stands 35,786 km over the equator: give longitude_deg without \
                     latitude_deg, height_m and course",
                ));
            }
            let slot = Geodetic::from_degrees(0.0, longitude_deg, GEOSYNCHRONOUS_HEIGHT_M);
            return Ok((ecef_from_geodetic(slot), Platform::Fixed));
        }
        let (Some(latitude_deg), Some(height_m)) = (self.latitude_deg, self.height_m) else {
            return Err(place.wrong_keys("a sensor that is no satellite needs latitude_deg and height_m"));
        };
        let site = Geodetic::from_degrees(latitude_deg, longitude_deg, height_m);
        let platform = match &self.course {
            None => Platform::Fixed,
            Some(course) => Platform::Course(course.resolve(site, LONGEST_COURSE_S, &place.key("course"))?),
        };
        Ok((ecef_from_geodetic(site), platform))
    }
}

/// The first of a span before the second.
fn ascending([from_s, until_s]: &[f64; 2], place: &Place<'_>) -> Result<(), ScenarioError> {
    if from_s < until_s {
        return Ok(());
    }
    Err(place.out_of_range(format!("two times, the earlier one first, not [{from_s}, {until_s}]")))
}

impl BiasTable {
    fn resolve(&self) -> Bias {
        Bias {
            range_m: self.range_m,
            azimuth_rad: self.azimuth_mrad * 1e-3,
            elevation_rad: self.elevation_mrad * 1e-3,
            clock_s: self.clock_s,
        }
    }
}
