//! A small recording of a radar and a satellite.

use fusion_core::node::TrackerConfig;
use fusion_core::types::{
    Geodetic, InfraredModel, NodeId, Plot, RadarModel, Resolution, Scan, Sensor, SensorId, SensorKind,
    SignalModel, Time, ecef_from_geodetic,
};
use fusion_core::warning::{Area, WarningConfig};
use nalgebra::Vector3;
use recording::{Header, Writer};

/// 2017-09-14 21:57:00 UTC.
pub const START: Time = Time::from_nanoseconds(1_505_426_220_000_000_000);

fn radar() -> SensorKind {
    SensorKind::Radar(RadarModel {
        minimum_range_m: 1e3,
        maximum_range_m: 1e6,
        minimum_elevation_rad: 0.0,
        maximum_elevation_rad: 1.5,
        azimuth_centre_rad: 0.0,
        azimuth_half_width_rad: 3.2,
        range_sigma_m: 50.0,
        right_sigma_rad: 1e-3,
        up_sigma_rad: 1e-3,
        range_rate_sigma_m_s: Some(5.0),
        signal: Some(SignalModel {
            reference_range_m: 8e5,
            reference_ratio: 20.0,
            false_alarm_probability: 1e-6,
        }),
        resolution: Some(Resolution { range_m: 150.0, across_rad: 0.025 }),
        beam_half_width_rad: 0.02,
        refractivity: 313.0,
    })
}

fn infrared() -> SensorKind {
    SensorKind::Infrared(InfraredModel {
        aim_m: Vector3::new(-3.8e6, 5.1e6, 0.0),
        half_width_rad: 0.15,
        minimum_target_height_m: 8_000.0,
        angle_sigma_rad: 1e-4,
    })
}

fn sensor(index: u16, name: &str, place: Geodetic, kind: SensorKind) -> Sensor {
    Sensor {
        id: SensorId(index),
        name: name.to_owned(),
        owner: NodeId(index),
        position_m: ecef_from_geodetic(place),
        navigation_sigma_m: 0.0,
        revisit_s: 2.0,
        first_look_s: 0.5,
        detection_probability: 0.9,
        clutter_per_scan: 0.1,
        kind,
    }
}

pub fn header() -> Header {
    Header {
        scenario: "sample".to_owned(),
        scenario_digest: [7; 32],
        seed: 20_170_915,
        run: 3,
        start: START,
        sensors: vec![
            sensor(0, "radar", Geodetic::from_degrees(40.0, 140.0, 100.0), radar()),
            sensor(1, "satellite", Geodetic::from_degrees(0.0, 127.0, 35_786e3), infrared()),
        ],
        nodes: vec!["japan".to_owned(), "united-states".to_owned()],
        areas: vec![Area {
            name: "Hokkaido".to_owned(),
            warned_by: vec![NodeId(0)],
            corners_rad: vec![[0.72, 2.44], [0.79, 2.44], [0.77, 2.54]],
        }],
        tracker: TrackerConfig::default(),
        warning: WarningConfig::default(),
        note: "seen without cues".to_owned(),
    }
}

pub fn radar_plot(range_m: f64) -> Plot {
    Plot::radar(range_m, 1.25, 0.5)
}

pub fn infrared_plot(right_rad: f64) -> Plot {
    Plot::Infrared { right_rad, up_rad: -0.01 }
}

pub fn scan(sensor: u16, sequence: u32, seconds: f64, plots: Vec<Plot>) -> Scan {
    Scan::of_field(SensorId(sensor), sequence, START.plus_seconds(seconds), plots)
}

pub fn scans() -> Vec<Scan> {
    vec![
        scan(0, 0, 0.5, vec![radar_plot(3e5), radar_plot(4e5)]),
        scan(1, 0, 0.5, vec![infrared_plot(0.02)]),
        scan(0, 1, 2.5, vec![]),
        scan(1, 1, 2.5, vec![infrared_plot(0.03), infrared_plot(-0.1)]),
        scan(0, 2, 4.5, vec![radar_plot(3.1e5)]),
    ]
}

pub fn written(header: &Header, scans: &[Scan]) -> Vec<u8> {
    let mut writer = Writer::new(header).expect("a header that can be written");
    scans.iter().for_each(|scan| writer.write_frame(scan).expect("a scan that can be written"));
    writer.finish()
}

pub fn sample() -> Vec<u8> {
    written(&header(), &scans())
}

/// Bytes at which the frames of the sample begin, and at which its close does.
pub fn boundaries(bytes: &[u8]) -> Vec<usize> {
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
    let mut boundaries = vec![recording::PRELUDE_BYTES + word(12)];
    while let length @ 1.. = word(boundaries[boundaries.len() - 1]) {
        boundaries.push(boundaries[boundaries.len() - 1] + recording::FRAME_HEAD_BYTES + length);
    }
    boundaries
}
