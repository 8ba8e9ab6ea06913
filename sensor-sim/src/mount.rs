//! What a sensor really is: where it goes, when it looks, and in what it differs from what its node believes.

use crate::motion::{Course, Orbit, OrbitError};
use fusion_core::types::{Geodetic, Sensor, SensorKind, Time};
use nalgebra::Vector3;

/// A sensor of a scenario: the model that nodes know, and the truth about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Mount {
    /// What carries it.
    pub platform: Platform,
    /// When it looks, and at what.
    pub schedule: Schedule,
    /// Surface refractivity of the air that a radar's rays pass, N-units; zero for straight rays.
    pub refractivity: f64,
    /// Errors that stay, and that no node knows.
    pub bias: Bias,
    /// Cross-section of the target that the model's [`fusion_core::types::SignalModel`] is made for, m².
    pub nominal_cross_section_m2: f64,
    /// Spans without looks, s after the scenario's start.
    pub outages_s: Vec<[f64; 2]>,
    /// Probability that a look gets lost.
    pub lost_look_probability: f64,
    /// What a radar does where it is told to look; none for a sensor that nobody tells.
    pub cued: Option<Cued>,
}

/// What a radar does where it is told to look: it stays there longer. What that costs elsewhere is not counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cued {
    /// How much stronger an echo is against the noise, as a power ratio.
    pub dwell_gain: f64,
    /// The greatest probability that an object there gives a plot.
    pub detection_probability: f64,
    /// How far around the place that it is told, radians.
    pub half_width_rad: f64,
}

/// What carries a sensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Platform {
    /// The ground, or a geosynchronous slot: the sensor's own position.
    Fixed,
    /// A ship or an aircraft; its course begins with the scenario.
    Course(Course),
    /// A satellite.
    Orbit(Box<Orbit>),
}

/// When a sensor looks, and at what.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// At its whole coverage, every `revisit_s`.
    Field,
    /// A turning antenna: so many sectors in a turn of `revisit_s`.
    Turn(u16),
    /// A phased array: every so many looks at the whole coverage, in between at what it has found.
    Dwells(u16),
    /// Imagery: for launches that are being prepared.
    Imagery(Imagery),
    /// Nothing but these reports.
    Reports(Vec<Report>),
}

/// What imagery sees of a launch that is being prepared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Imagery {
    /// How long before a launch there is something to see, s.
    pub preparation_s: f64,
    /// How high above the launch place's horizon the satellite must stand, radians.
    pub minimum_elevation_rad: f64,
    /// Standard deviation of the place in each axis, m.
    pub place_sigma_m: f64,
}

/// A report by a person: that something will be launched about there and then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// When it is told, s after the scenario's start.
    pub told_s: f64,
    /// The place that is meant, before the report's error.
    pub place: Geodetic,
    /// Standard deviation of the report's error in each axis, m.
    pub place_sigma_m: f64,
    /// The launch is expected within this span, s after the scenario's start.
    pub window_s: [f64; 2],
}

/// Registration errors: added to everything that the sensor reports.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bias {
    /// Of range, m.
    pub range_m: f64,
    /// Of azimuth and bearing, radians.
    pub azimuth_rad: f64,
    /// Of elevation, radians.
    pub elevation_rad: f64,
    /// Of the clock, s: positive where it is fast.
    pub clock_s: f64,
}

impl Mount {
    /// A sensor that stands, looks at its whole coverage, and is what its node believes, but for the air.
    ///
    /// The air is the one that the sensor corrects for.
    pub fn ideal(sensor: &Sensor) -> Self {
        let refractivity = match &sensor.kind {
            SensorKind::Radar(radar) => radar.refractivity,
            _ => 0.0,
        };
        Mount {
            platform: Platform::Fixed,
            schedule: Schedule::Field,
            refractivity,
            bias: Bias::default(),
            nominal_cross_section_m2: 1.0,
            outages_s: Vec::new(),
            lost_look_probability: 0.0,
            cued: None,
        }
    }

    /// Where a sensor truly is, and how it moves (m, m/s, Earth-centred Earth-fixed), `since_start_s` after the scenario's
    /// start.
    ///
    /// # Errors
    /// [`OrbitError`] where the two-line elements cannot be carried that far.
    pub fn place_at(
        &self,
        sensor: &Sensor,
        start: Time,
        since_start_s: f64,
    ) -> Result<(Vector3<f64>, Vector3<f64>), OrbitError> {
        match &self.platform {
            Platform::Fixed => Ok((sensor.position_m, Vector3::zeros())),
            Platform::Course(course) => Ok(course.state_at(since_start_s)),
            Platform::Orbit(orbit) => orbit.state_at(start.plus_seconds(since_start_s)),
        }
    }

    /// Seconds between two looks.
    pub fn interval_s(&self, sensor: &Sensor) -> f64 {
        match self.schedule {
            Schedule::Turn(sectors) => sensor.revisit_s / f64::from(sectors.max(1)),
            _ => sensor.revisit_s,
        }
    }

    /// Whether the sensor is off at an instant, s after the scenario's start.
    pub fn is_off(&self, since_start_s: f64) -> bool {
        self.outages_s.iter().any(|[from_s, until_s]| (*from_s..*until_s).contains(&since_start_s))
    }
}
