//! Sensor models: where a sensor is, what it covers, how well it measures. Notional, from open literature.

use super::{NodeId, SensorId};
use nalgebra::Vector3;
use serde::{Deserialize, Serialize};

/// A sensor as a node knows it: the model its filter uses, not the one its simulator may use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sensor {
    /// Its identity: the index in the list of sensors.
    pub id: SensorId,
    /// Name as written in the scenario.
    pub name: String,
    /// The nation that owns it: who owns a sensor decides who has its data.
    pub owner: NodeId,
    /// Earth-centred Earth-fixed position, m: where it stands, or where one that moves began. Where it was at a look is in
    /// the scan ([`super::Scan::origin_m`]).
    pub position_m: Vector3<f64>,
    /// Standard deviation, in each horizontal axis, of where a sensor that moves believes to be, m: its navigation. Zero
    /// for one that stands.
    pub navigation_sigma_m: f64,
    /// Seconds between looks; of a rotating radar, for a full turn.
    pub revisit_s: f64,
    /// Instant of the first look, seconds after the scenario's start.
    pub first_look_s: f64,
    /// Probability that an object in its coverage gives a plot; with a [`SignalModel`] the greatest that it can be.
    pub detection_probability: f64,
    /// Expected number of false plots in a look over the whole coverage, spread evenly in the sensor's coordinates.
    pub clutter_per_scan: f64,
    /// What kind of sensor, with what only that kind has.
    pub kind: SensorKind,
}

/// What kind of sensor it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SensorKind {
    /// Measures range and direction.
    Radar(RadarModel),
    /// Measures the direction of a burning plume.
    Infrared(InfraredModel),
    /// Hears the bearing of something under water; sees nothing that flies.
    Sonar(SonarModel),
    /// Says that a launch is being prepared, and about where: imagery or a person. Sees nothing that flies.
    Cue,
}

/// A radar: range, azimuth, elevation, perhaps range rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RadarModel {
    /// Least range of its coverage, m.
    pub minimum_range_m: f64,
    /// Greatest range of its coverage, m.
    pub maximum_range_m: f64,
    /// Least elevation, radians above the local horizontal.
    pub minimum_elevation_rad: f64,
    /// Greatest elevation, radians.
    pub maximum_elevation_rad: f64,
    /// Centre of the azimuth sector, radians clockwise from north.
    pub azimuth_centre_rad: f64,
    /// Half the width of the azimuth sector, radians; π and more means all round.
    pub azimuth_half_width_rad: f64,
    /// Standard deviation of range, m. This and the next ones hold at the reference signal-to-noise ratio where there is a
    /// [`SignalModel`], and always where there is none.
    pub range_sigma_m: f64,
    /// Standard deviation across the line of sight to the right, radians of arc (not of azimuth: an azimuth error is
    /// this divided by the cosine of the elevation).
    pub right_sigma_rad: f64,
    /// Standard deviation across the line of sight upwards (elevation), radians.
    pub up_sigma_rad: f64,
    /// Standard deviation of the range rate, m/s; none where the radar does not measure it.
    pub range_rate_sigma_m_s: Option<f64>,
    /// How the echo fades with range; none where detection and noise are the same everywhere.
    pub signal: Option<SignalModel>,
    /// How near two objects may be before the radar takes them for one; none where it always tells them apart.
    pub resolution: Option<Resolution>,
    /// Half the width of a track dwell's beam, radians: what [`super::Regard::Beams`] looks at.
    pub beam_half_width_rad: f64,
    /// Surface refractivity that plots are corrected for, N-units; zero for no correction. See
    /// [`crate::measurement::straighten`].
    pub refractivity: f64,
}

/// How strong the echo of a nominal target is.
///
/// The signal-to-noise ratio falls with the fourth power of range; the echo fluctuates from look to look (Swerling 1).
/// Skolnik, *Introduction to Radar Systems*, 3rd edition (2001), sections 2.2 and 2.7.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalModel {
    /// Range at which a nominal target has the reference ratio on average, m.
    pub reference_range_m: f64,
    /// The reference signal-to-noise ratio, as a power ratio.
    pub reference_ratio: f64,
    /// Probability that noise alone passes the threshold in a resolution cell.
    pub false_alarm_probability: f64,
}

/// A resolution cell of a radar: two objects that are nearer to each other than this in range *and* across the line of
/// sight, directly or by way of others, give one plot, at the middle of their power.
///
/// Hard edges: a caricature of how the probability falls with the distance. Skolnik, *Introduction to Radar Systems*, 3rd
/// edition (2001), section 1.1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    /// In range, m.
    pub range_m: f64,
    /// Across the line of sight, radians.
    pub across_rad: f64,
}

/// A passive sonar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SonarModel {
    /// How far it hears, m.
    pub maximum_range_m: f64,
    /// Standard deviation of the bearing, radians.
    pub bearing_sigma_rad: f64,
}

/// A staring or scanning infrared sensor on a satellite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InfraredModel {
    /// The place that it looks at, Earth-centred Earth-fixed, m: the plots' angles are counted from the direction there.
    pub aim_m: Vector3<f64>,
    /// Half the width of the square field of view, radians in each of the two angles.
    pub half_width_rad: f64,
    /// Least geodetic height, m, at which a plume is seen (clouds and absorption below).
    pub minimum_target_height_m: f64,
    /// Standard deviation of each of the two angles, radians.
    pub angle_sigma_rad: f64,
}

impl Sensor {
    /// The same sensor with another surface refractivity, N-units; nothing changes for one that is no radar.
    #[must_use]
    pub fn with_refractivity(&self, refractivity: f64) -> Self {
        let mut sensor = self.clone();
        if let SensorKind::Radar(radar) = &mut sensor.kind {
            radar.refractivity = refractivity;
        }
        sensor
    }

    /// Within which it takes two objects for one; none for what tells everything apart.
    pub fn resolution(&self) -> Option<Resolution> {
        match &self.kind {
            SensorKind::Radar(radar) => radar.resolution,
            SensorKind::Infrared(_) | SensorKind::Sonar(_) | SensorKind::Cue => None,
        }
    }

    /// Whether the sensor sees burning plumes only.
    pub fn sees_plumes_only(&self) -> bool {
        matches!(self.kind, SensorKind::Infrared(_))
    }
}

impl SignalModel {
    /// Mean signal-to-noise ratio of a nominal target at a range, m.
    pub fn mean_ratio(&self, range_m: f64) -> f64 {
        let closeness = self.reference_range_m / range_m;
        let square = closeness * closeness;
        self.reference_ratio * square * square
    }

    /// The threshold on the echo with its noise, in units of the mean noise: −ln of the false-alarm probability.
    pub fn threshold(&self) -> f64 {
        -libm::log(self.false_alarm_probability)
    }

    /// Probability that an echo of that mean ratio passes the threshold: Swerling 1, one pulse.
    ///
    /// ```
    /// use fusion_core::types::SignalModel;
    /// let signal = SignalModel { reference_range_m: 8e5, reference_ratio: 20.0, false_alarm_probability: 1e-6 };
    /// assert!((signal.detection_probability(20.0) - 0.518).abs() < 1e-3); // 1e-6 to the power of 1/21
    /// ```
    pub fn detection_probability(&self, mean_ratio: f64) -> f64 {
        libm::exp(-self.threshold() / (1.0 + mean_ratio))
    }
}

impl Default for RadarModel {
    /// A generic radar to start from: all round and up to 86 degrees, 1,000 km, 30 m and a milliradian everywhere.
    fn default() -> Self {
        RadarModel {
            minimum_range_m: 1e3,
            maximum_range_m: 1e6,
            minimum_elevation_rad: 0.0,
            maximum_elevation_rad: 1.5,
            azimuth_centre_rad: 0.0,
            azimuth_half_width_rad: 4.0,
            range_sigma_m: 30.0,
            right_sigma_rad: 1e-3,
            up_sigma_rad: 1e-3,
            range_rate_sigma_m_s: None,
            signal: None,
            resolution: None,
            beam_half_width_rad: 0.02,
            refractivity: 0.0,
        }
    }
}

#[cfg(test)]
impl Sensor {
    /// The first sensor of the first node, for the tests of every stage: a look a second.
    pub(crate) fn for_tests(position_m: Vector3<f64>, kind: SensorKind) -> Self {
        Sensor {
            id: SensorId(0),
            name: "sensor".into(),
            owner: NodeId(0),
            position_m,
            navigation_sigma_m: 0.0,
            revisit_s: 1.0,
            first_look_s: 0.0,
            detection_probability: 0.9,
            clutter_per_scan: 0.3,
            kind,
        }
    }
}
