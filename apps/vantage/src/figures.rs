//! What a replay found, in figures with units: for `--json`, for `expected.json` and for the summary on screen.
//!
//! Seconds are counted from the start of the scenario. Figures are rounded to what a reader can use; the digest holds
//! every bit.

use crate::words::{rounded, utc};
use fusion_core::node::{PictureTrack, Setup};
use fusion_core::types::{Geodetic, Time, TrackId};
use fusion_core::warning::{Impact, Launch};
use serde::{Deserialize, Serialize};

/// What a node knew in the course of a replay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeFigures {
    /// Its name.
    pub node: String,
    /// Scans that it took in.
    pub scans: u64,
    /// Messages that it took in.
    pub messages: u64,
    /// Scans and tracklets that came too late to be used.
    pub too_late: u64,
    /// Plots near no track that it did not look at because there was more than `work_per_tick` allows.
    pub shed_plots: u64,
    /// Looks that an unconfirmed track was left out of for the same reason.
    pub shed_steps: u64,
    /// Plots of no track that began none, for the same reason or because there were too many unconfirmed tracks.
    pub shed_beginnings: u64,
    /// When it first confirmed a track.
    pub first_confirmed_s: Option<f64>,
    /// When it first declared a missile.
    pub first_declared_s: Option<f64>,
    /// Missiles that it counted in all.
    pub missiles_counted: u32,
    /// When an impact estimate first was good enough to act on.
    pub actionable_s: Option<f64>,
    /// The tracks that it confirmed, in that order.
    pub tracks: Vec<TrackFigures>,
    /// The areas that it alerted, in that order.
    pub alerts: Vec<AlertFigures>,
}

/// A track that was confirmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackFigures {
    /// Its identity, as text: it has more digits than a number in JSON keeps.
    pub track: String,
    /// When it was confirmed.
    pub confirmed_s: f64,
    /// When it was found to be no aircraft: from then on it counts as a missile.
    pub declared_s: Option<f64>,
    /// When the node knew that its boost was over.
    pub burnt_out_s: Option<f64>,
    /// When its impact estimate became good enough to act on.
    pub actionable_s: Option<f64>,
    /// When it ended.
    pub ended_s: Option<f64>,
    /// Where it was launched, as told last.
    pub launch: Option<LaunchFigures>,
    /// When its boost was over, as told last.
    pub burnout: Option<BurnoutFigures>,
    /// The impact estimate with which it became actionable.
    pub impact_when_actionable: Option<ImpactFigures>,
    /// The last impact estimate.
    pub impact: Option<ImpactFigures>,
}

/// An estimated launch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LaunchFigures {
    /// Latitude, degrees.
    pub latitude_deg: f64,
    /// Longitude, degrees.
    pub longitude_deg: f64,
    /// When.
    pub time_s: f64,
    /// Standard deviation of that time.
    pub time_sigma_s: f64,
}

/// When a track burnt out, by all that was seen of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BurnoutFigures {
    /// When.
    pub time_s: f64,
    /// Standard deviation.
    pub sigma_s: f64,
}

/// An estimated impact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImpactFigures {
    /// When the estimate was made.
    pub estimated_s: f64,
    /// Latitude, degrees.
    pub latitude_deg: f64,
    /// Longitude, degrees.
    pub longitude_deg: f64,
    /// When it will come down.
    pub time_s: f64,
    /// The same in UTC.
    pub time_utc: String,
    /// Standard deviation of that time.
    pub time_sigma_s: f64,
    /// Semi-major axis of the 95 % ellipse.
    pub ellipse_major_km: f64,
    /// Semi-minor axis of the 95 % ellipse.
    pub ellipse_minor_km: f64,
    /// Direction of the major axis, clockwise from north.
    pub ellipse_azimuth_deg: f64,
}

/// An area that was alerted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertFigures {
    /// Its name.
    pub area: String,
    /// When the node decided.
    pub time_s: f64,
    /// The same in UTC.
    pub time_utc: String,
    /// By which track.
    pub track: String,
}

/// A track's identity as text.
pub fn track_name(track: TrackId) -> String {
    track.to_string()
}

/// An instant, s after the start.
pub fn seconds(setup: &Setup, time: Time) -> f64 {
    rounded(time.seconds_since(setup.start), 3)
}

pub fn degrees(place: Geodetic) -> (f64, f64) {
    (rounded(place.latitude_rad.to_degrees(), 5), rounded(place.longitude_rad.to_degrees(), 5))
}

impl LaunchFigures {
    pub fn of(setup: &Setup, launch: &Launch) -> Self {
        let (latitude_deg, longitude_deg) = degrees(launch.place);
        LaunchFigures {
            latitude_deg,
            longitude_deg,
            time_s: seconds(setup, launch.time),
            time_sigma_s: rounded(launch.time_sigma_s, 3),
        }
    }
}

impl ImpactFigures {
    pub fn of(setup: &Setup, estimated: Time, impact: &Impact) -> Self {
        let (latitude_deg, longitude_deg) = degrees(impact.place);
        let ellipse = impact.ellipse_95();
        ImpactFigures {
            estimated_s: seconds(setup, estimated),
            latitude_deg,
            longitude_deg,
            time_s: seconds(setup, impact.time),
            time_utc: utc(impact.time),
            time_sigma_s: rounded(impact.time_sigma_s, 3),
            ellipse_major_km: rounded(ellipse.major_m / 1e3, 4),
            ellipse_minor_km: rounded(ellipse.minor_m / 1e3, 4),
            ellipse_azimuth_deg: rounded(ellipse.azimuth_rad.to_degrees(), 2),
        }
    }
}

impl TrackFigures {
    pub fn confirmed(setup: &Setup, time: Time, track: TrackId) -> Self {
        TrackFigures {
            track: track_name(track),
            confirmed_s: seconds(setup, time),
            declared_s: None,
            burnt_out_s: None,
            actionable_s: None,
            ended_s: None,
            launch: None,
            burnout: None,
            impact_when_actionable: None,
            impact: None,
        }
    }

    /// Takes over what a picture says of the track.
    pub fn note(&mut self, setup: &Setup, time: Time, track: &PictureTrack) {
        if let Some(launch) = &track.launch {
            self.launch = Some(LaunchFigures::of(setup, launch));
        }
        self.burnout = track.burnout.map(|burnout| BurnoutFigures {
            time_s: seconds(setup, burnout.time),
            sigma_s: rounded(burnout.sigma_s, 3),
        });
        if let Some(impact) = &track.impact {
            let figures = ImpactFigures::of(setup, time, impact);
            if self.actionable_s.is_some() && self.impact_when_actionable.is_none() {
                self.impact_when_actionable = Some(figures.clone());
            }
            self.impact = Some(figures);
        }
    }
}

/// An area's name.
pub fn area_name(setup: &Setup, area: u16) -> String {
    setup.areas.get(usize::from(area)).map_or_else(|| format!("area {area}"), |area| area.name.clone())
}
