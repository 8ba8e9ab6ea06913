//! An event of a node as a line of JSON.

use crate::figures::{area_name, degrees, seconds, track_name};
use crate::words::{rounded, utc};
use fusion_core::node::{Event, EventKind, Setup};
use fusion_core::registration::Biases;
use fusion_core::types::{Plot, SensorId, TrackId};
use serde::Serialize;

/// An event as a line of JSON.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EventLine {
    time_s: f64,
    time_utc: String,
    node: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    track: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_node: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sensor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bearing_deg: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latitude_deg: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    longitude_deg: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sigma_km: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    burnout_time_utc: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    burnout_sigma_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impact_latitude_deg: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impact_longitude_deg: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impact_time_utc: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ellipse_major_km: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    biases: Option<BiasFigures>,
}

/// By how much a sensor is off, with standard deviations.
#[derive(Clone, Debug, Serialize)]
struct BiasFigures {
    range_m: [f64; 2],
    azimuth_mrad: [f64; 2],
    elevation_mrad: [f64; 2],
    time_s: [f64; 2],
}

impl BiasFigures {
    fn of(biases: &Biases, &[range_m, azimuth_rad, elevation_rad, time_s]: &[f64; 4]) -> Self {
        let pair = |value: f64, sigma: f64| [rounded(value, 3), rounded(sigma, 3)];
        BiasFigures {
            range_m: pair(biases.range_m, range_m),
            azimuth_mrad: pair(biases.azimuth_rad * 1e3, azimuth_rad * 1e3),
            elevation_mrad: pair(biases.elevation_rad * 1e3, elevation_rad * 1e3),
            time_s: pair(biases.time_s, time_s),
        }
    }
}

impl EventLine {
    pub fn of(setup: &Setup, event: &Event) -> Self {
        let node = |index: u16| setup.nodes.get(usize::from(index)).cloned().unwrap_or_default();
        let mut line = EventLine {
            time_s: seconds(setup, event.time),
            time_utc: utc(event.time),
            node: node(event.node.0),
            event: "other",
            ..EventLine::default()
        };
        match &event.kind {
            EventKind::Confirmed { track } => line.says("confirmed", *track),
            EventKind::Declared { track } => line.says("declared", *track),
            EventKind::Contact { sensor, plot } => line.says_contact(setup, *sensor, plot),
            EventKind::Ended { track } => line.says("ended", *track),
            EventKind::Joined { track, into } => line.says_joined(*track, *into),
            EventKind::BurntOut { track, since } => {
                line.says("burnt-out", *track);
                line.burnout_time_utc = since.map(|since| utc(since.time));
                line.burnout_sigma_s = since.map(|since| rounded(since.sigma_s, 3));
            }
            EventKind::Actionable { track, place, impact_time, ellipse_major_m } => {
                line.says("actionable", *track);
                let (latitude_deg, longitude_deg) = degrees(*place);
                line.impact_latitude_deg = Some(latitude_deg);
                line.impact_longitude_deg = Some(longitude_deg);
                line.impact_time_utc = Some(utc(*impact_time));
                line.ellipse_major_km = Some(rounded(ellipse_major_m / 1e3, 4));
            }
            EventKind::Alert { area, track } => {
                line.says("alert", *track);
                line.area = Some(area_name(setup, *area));
            }
            EventKind::Cued { origin: (from, track) } => {
                line.says("cued", *track);
                line.from_node = Some(node(from.0));
            }
            EventKind::Quarantined { peer, log_ratio, bound } => {
                line.event = "quarantined";
                line.peer = Some(node(peer.0));
                line.log_ratio = Some(rounded(*log_ratio, 2));
                line.bound = Some(rounded(*bound, 2));
            }
            EventKind::Readmitted { peer } => {
                line.event = "readmitted";
                line.peer = Some(node(peer.0));
            }
            EventKind::BiasFound { sensor, biases, sigmas } => {
                line.event = "bias-found";
                line.sensor = setup.sensor(*sensor).map(|sensor| sensor.name.clone());
                line.biases = Some(BiasFigures::of(biases, sigmas));
            }
            // A kind that is newer than this command.
            other => line.area = Some(format!("{other:?}")),
        }
        line
    }

    fn says_contact(&mut self, setup: &Setup, sensor: SensorId, plot: &Plot) {
        self.event = "contact";
        self.sensor = setup.sensor(sensor).map(|sensor| sensor.name.clone());
        match *plot {
            Plot::Bearing { azimuth_rad } => {
                self.bearing_deg = Some(rounded(azimuth_rad.to_degrees(), 2));
            }
            Plot::Cue { latitude_rad, longitude_rad, sigma_m, .. } => {
                self.latitude_deg = Some(rounded(latitude_rad.to_degrees(), 5));
                self.longitude_deg = Some(rounded(longitude_rad.to_degrees(), 5));
                self.sigma_km = Some(rounded(sigma_m / 1e3, 4));
            }
            Plot::Radar { .. } | Plot::Infrared { .. } => {}
        }
    }

    fn says_joined(&mut self, track: TrackId, into: TrackId) {
        self.says("joined", track);
        self.into = Some(track_name(into));
    }

    fn says(&mut self, event: &'static str, track: TrackId) {
        self.event = event;
        self.track = Some(track_name(track));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::built_in_scenario;
    use fusion_core::types::NodeId;

    #[test]
    fn whoever_is_quarantined_or_off_is_named() {
        let (_, scenario) = built_in_scenario().expect("it is built in");
        let setup = sharing_study::study::setup_of(&scenario).expect("it is sound");
        let line = |kind: EventKind| {
            let event = Event { time: setup.start.plus_seconds(2.0), node: NodeId(1), kind };
            serde_json::to_string(&EventLine::of(&setup, &event)).expect("a line")
        };
        let quarantined = line(EventKind::Quarantined { peer: NodeId(0), log_ratio: 21.234, bound: 20.723 });
        assert!(
            quarantined.ends_with(
                r#""node":"japan","event":"quarantined","peer":"korea","log_ratio":21.23,"bound":20.72}"#
            ),
            "{quarantined}"
        );
        let readmitted = line(EventKind::Readmitted { peer: NodeId(2) });
        assert!(readmitted.ends_with(r#""event":"readmitted","peer":"united-states"}"#), "{readmitted}");
        let biases = Biases { range_m: 500.0, azimuth_rad: 3e-3, elevation_rad: -1e-3, time_s: 0.1 };
        let kind = EventKind::BiasFound { sensor: SensorId(0), biases, sigmas: [20.0, 1e-4, 2e-4, 0.01] };
        let found = line(kind);
        assert!(found.contains(r#""azimuth_mrad":[3.0,0.1],"elevation_mrad":[-1.0,0.2]"#), "{found}");
        assert!(found.contains(r#""event":"bias-found","sensor":"chungcheong""#), "{found}");
    }
}
