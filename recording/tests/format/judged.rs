//! Recordings that are whole and undamaged, and say what cannot be.

use crate::sample::{START, header, infrared_plot, radar_plot, sample, scan, scans, written};
use fusion_core::types::{
    Beam, InfraredModel, NodeId, Plot, RadarModel, Regard, Resolution, Scan, SensorId, SensorKind,
    SignalModel,
};
use recording::{
    Encoder, Header, MAX_BEAMS, MAX_PLOTS, Part, RecordingError, ScanFault, open_scans, read_header,
    read_scans,
};
use std::f64::consts::TAU;

/// The fault of the frame after the sample's five.
fn fault_of(sixth: Scan) -> ScanFault {
    let mut all = scans();
    all.push(sixth);
    let error = read_scans(&written(&header(), &all)).expect_err("a scan that cannot be");
    assert!(error.to_string().starts_with("frame 6 at byte "), "{error}");
    match error {
        RecordingError::Scan { at, fault } if at.part == Part::Frame(6) => fault,
        other => panic!("{other}"),
    }
}

#[test]
fn scans_that_no_sensor_of_the_header_can_have_sent() {
    let sensor = SensorId(0);
    assert_eq!(
        fault_of(scan(2, 0, 5.0, vec![])),
        ScanFault::UnknownSensor { sensor: SensorId(2), sensors: 2 }
    );
    assert_eq!(fault_of(scan(0, 2, 6.5, vec![])), ScanFault::Duplicate { sensor, sequence: 2, expected: 3 });
    assert_eq!(fault_of(scan(0, 0, 6.5, vec![])), ScanFault::Duplicate { sensor, sequence: 0, expected: 3 });
    assert_eq!(fault_of(scan(0, 4, 6.5, vec![])), ScanFault::Gap { sensor, sequence: 4, expected: 3 });
    let (time, previous) = (START.plus_seconds(4.5), START.plus_seconds(4.5));
    assert_eq!(fault_of(scan(0, 3, 4.5, vec![])), ScanFault::Backwards { sensor, time, previous });
    let time = START.plus_seconds(4.4);
    let expected = ScanFault::OutOfOrder { sensor: SensorId(1), time, previous };
    assert_eq!(fault_of(scan(1, 2, 4.4, vec![])), expected);
    for seconds in [604_800.1, -604_800.1, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(matches!(fault_of(scan(0, 3, seconds, vec![])), ScanFault::FarTime { .. }), "{seconds}");
    }
    let wrong = fault_of(scan(1, 2, 4.5, vec![infrared_plot(0.0), radar_plot(1e5)]));
    assert_eq!(wrong, ScanFault::PlotKind { sensor: SensorId(1), plot: 1, expected: "an infrared" });
    let wrong = fault_of(scan(0, 3, 5.0, vec![infrared_plot(0.0)]));
    assert_eq!(wrong, ScanFault::PlotKind { sensor, plot: 0, expected: "a radar" });
}

#[test]
fn numbers_that_no_sensor_can_report() {
    let radar = Plot::radar;
    let infrared = |right_rad, up_rad| Plot::Infrared { right_rad, up_rad };
    let cases = [
        (0, radar(f64::NAN, 1.0, 0.1), "range_m"),
        (0, radar(f64::INFINITY, 1.0, 0.1), "range_m"),
        (0, radar(-1.0, 1.0, 0.1), "range_m"),
        (0, radar(0.0, 1.0, 0.1), "range_m"),
        (0, radar(2.1e6, 1.0, 0.1), "range_m"),
        (0, radar(1e5, TAU, 0.1), "azimuth_rad"),
        (0, radar(1e5, -0.1, 0.1), "azimuth_rad"),
        (0, radar(1e5, f64::NAN, 0.1), "azimuth_rad"),
        (0, radar(1e5, 1.0, 1.6), "elevation_rad"),
        (0, radar(1e5, 1.0, f64::NEG_INFINITY), "elevation_rad"),
        (1, infrared(f64::NAN, 0.0), "right_rad"),
        (1, infrared(0.0, 1.6), "up_rad"),
        (1, infrared(0.0, f64::INFINITY), "up_rad"),
    ];
    for (sensor, plot, expected) in cases {
        let sequence = 3 - u32::from(sensor);
        let fault = fault_of(scan(sensor, sequence, 5.0, vec![plot]));
        let ScanFault::ImpossiblePlot { plot: 0, field, .. } = fault else { panic!("{plot:?}: {fault}") };
        assert_eq!(field, expected);
        assert!(fault.to_string().contains("it must be"), "{fault}");
    }
}

#[test]
fn looks_and_scans_that_no_sensor_can_have_made() {
    let beams = |count| Regard::Beams(vec![Beam { azimuth_rad: 1.0, elevation_rad: 0.5 }; count]);
    let beyond = |regard, plots| fault_of(Scan { regard, ..scan(0, 3, 5.0, vec![radar_plot(1e5); plots]) });
    for (fault, expected, found) in [
        (beyond(beams(MAX_BEAMS + 1), 0), "number of regard.beams", MAX_BEAMS + 1),
        (beyond(beams(MAX_BEAMS), MAX_PLOTS + 1), "number of plots", MAX_PLOTS + 1),
    ] {
        let ScanFault::ImpossibleLook { field, value, allowed, .. } = fault else { panic!("{fault}") };
        assert_eq!((field, value), (expected, found as f64));
        assert_eq!(allowed, format!("at most {}", found - 1));
    }
    let mut all = scans();
    all.push(Scan { regard: beams(MAX_BEAMS), ..scan(0, 3, 5.0, vec![radar_plot(1e5); MAX_PLOTS]) });
    assert_eq!(read_scans(&written(&header(), &all)).expect("at the limits").1, all);
}

#[test]
fn where_the_caller_chose_so_bad_scans_are_counted_and_left_out() {
    let good = scans();
    let mut all = vec![scan(9, 0, 0.0, vec![])];
    all.extend_from_slice(&good[..2]);
    all.push(good[0].clone()); // a duplicate
    all.push(scan(0, 1, 2.5, vec![radar_plot(f64::NAN)]));
    all.push(scan(1, 1, 0.4, vec![])); // backwards
    all.push(scan(1, 2, 4.0, vec![radar_plot(1e5)])); // a radar's plot
    all.push(scan(0, 2, 1e9, vec![])); // thirty years on
    all.push(scan(0, 3, 4.5, vec![radar_plot(1e5)])); // good: the ones before came, and were bad
    all.push(scan(1, 5, 4.5, vec![])); // good: 3 and 4 never came
    let bytes = written(&header(), &all);

    let (_, mut read) = open_scans(&bytes).expect("a header");
    assert!(matches!(read.next(), Some(Err(RecordingError::Scan { .. }))));
    assert!(read.next().is_none());

    let (_, read) = open_scans(&bytes).expect("a header");
    let mut read = read.skipping();
    let kept: Vec<Scan> = read.by_ref().collect::<Result<_, _>>().expect("nothing but bad scans");
    assert_eq!(kept, [all[1].clone(), all[2].clone(), all[8].clone(), all[9].clone()]);
    let skipped = read.skipped();
    let counts = [skipped.unknown_sensor, skipped.duplicate, skipped.far_time, skipped.out_of_order];
    assert_eq!((counts, skipped.plot_kind, skipped.impossible_plot), ([1; 4], 1, 1));
    assert_eq!((skipped.scans(), skipped.missing_looks), (6, 2));
    let summary = skipped.to_string();
    assert!(summary.starts_with("6 scans skipped, 2 looks missing, 1 of unknown sensors, "), "{summary}");
    assert!(summary.contains("first: frame 1 at byte"), "{summary}");
    assert!(read.digest().is_some(), "skipping a scan is not losing sight of the file");
}

type Spoil = fn(&mut Header);

fn signal_of(header: &mut Header) -> &mut SignalModel {
    radar_of(header).signal.as_mut().expect("a signal model")
}

fn cell_of(header: &mut Header) -> &mut Resolution {
    radar_of(header).resolution.as_mut().expect("a resolution cell")
}

fn radar_of(header: &mut Header) -> &mut RadarModel {
    match &mut header.sensors[0].kind {
        SensorKind::Radar(model) => model,
        _ => unreachable!("the first sensor is a radar"),
    }
}

fn infrared_of(header: &mut Header) -> &mut InfraredModel {
    match &mut header.sensors[1].kind {
        SensorKind::Infrared(model) => model,
        _ => unreachable!("the second sensor is infrared"),
    }
}

/// The field that must be named, and what is wrong with it.
const SPOILED: [(&str, Spoil); 53] = [
    ("length of scenario", |header| header.scenario.clear()),
    ("scenario", |header| header.scenario.push('\u{1b}')),
    ("note", |header| header.note = "x".repeat(4_097)),
    ("number of nodes", |header| header.nodes = (0..257).map(|node| node.to_string()).collect()),
    ("length of nodes[1]", |header| header.nodes[1] = "x".repeat(257)),
    ("nodes[1]", |header| header.nodes[1] = "japan".into()),
    ("number of sensors", |header| header.sensors = vec![header.sensors[0].clone(); 4_097]),
    ("sensors[1].id", |header| header.sensors[1].id = SensorId(0)),
    ("sensors[0].owner", |header| header.sensors[0].owner = NodeId(2)),
    ("sensors[0].position_m", |header| header.sensors[0].position_m.x = f64::NAN),
    ("sensors[0].position_m", |header| header.sensors[0].position_m *= 0.9),
    ("sensors[0].position_m", |header| header.sensors[0].position_m *= f64::INFINITY),
    ("sensors[0].revisit_s", |header| header.sensors[0].revisit_s = 0.0),
    ("sensors[0].first_look_s", |header| header.sensors[0].first_look_s = -1.0),
    ("sensors[1].detection_probability", |header| header.sensors[1].detection_probability = 1.01),
    ("sensors[1].clutter_per_scan", |header| header.sensors[1].clutter_per_scan = f64::NAN),
    ("sensors[0].radar.minimum_range_m", |header| radar_of(header).minimum_range_m = -1.0),
    ("sensors[0].radar.maximum_range_m", |header| radar_of(header).maximum_range_m = f64::INFINITY),
    ("sensors[0].radar.maximum_range_m", |header| radar_of(header).maximum_range_m = 999.0),
    ("sensors[0].radar.minimum_elevation_rad", |header| radar_of(header).minimum_elevation_rad = -2.0),
    ("sensors[0].radar.maximum_elevation_rad", |header| radar_of(header).maximum_elevation_rad = -0.1),
    ("sensors[0].radar.azimuth_centre_rad", |header| radar_of(header).azimuth_centre_rad = 360.0),
    ("sensors[0].radar.azimuth_half_width_rad", |header| radar_of(header).azimuth_half_width_rad = 0.0),
    ("sensors[0].radar.range_sigma_m", |header| radar_of(header).range_sigma_m = 0.0),
    ("sensors[0].radar.right_sigma_rad", |header| radar_of(header).right_sigma_rad = f64::NAN),
    ("sensors[0].radar.up_sigma_rad", |header| radar_of(header).up_sigma_rad = -1e-3),
    ("sensors[0].radar.range_rate_sigma_m_s", |header| radar_of(header).range_rate_sigma_m_s = Some(0.0)),
    ("sensors[0].radar.signal.reference_range_m", |header| signal_of(header).reference_range_m = f64::NAN),
    ("sensors[0].radar.signal.reference_ratio", |header| signal_of(header).reference_ratio = 0.0),
    ("sensors[0].radar.signal.false_alarm_probability", |header| {
        signal_of(header).false_alarm_probability = 1.0;
    }),
    ("sensors[0].radar.resolution.range_m", |header| cell_of(header).range_m = 0.0),
    ("sensors[0].radar.resolution.across_rad", |header| cell_of(header).across_rad = f64::NAN),
    ("sensors[0].radar.beam_half_width_rad", |header| radar_of(header).beam_half_width_rad = 2.0),
    ("sensors[0].radar.refractivity", |header| radar_of(header).refractivity = -1.0),
    ("sensors[0].navigation_sigma_m", |header| header.sensors[0].navigation_sigma_m = -1.0),
    ("sensors[1].infrared.aim_m", |header| infrared_of(header).aim_m *= f64::INFINITY),
    ("sensors[1].infrared.half_width_rad", |header| infrared_of(header).half_width_rad = f64::NAN),
    ("sensors[1].infrared.minimum_target_height_m", |header| {
        infrared_of(header).minimum_target_height_m = f64::NEG_INFINITY;
    }),
    ("sensors[1].infrared.angle_sigma_rad", |header| infrared_of(header).angle_sigma_rad = 0.0),
    ("length of areas[0].name", |header| header.areas[0].name.clear()),
    ("areas[0].warned_by", |header| header.areas[0].warned_by.push(NodeId(7))),
    ("number of areas[0].corners_rad", |header| header.areas[0].corners_rad.truncate(2)),
    ("areas[0].corners_rad[1].latitude", |header| header.areas[0].corners_rad[1][0] = 40.0),
    ("areas[0].corners_rad[2].longitude", |header| header.areas[0].corners_rad[2][1] = f64::NAN),
    ("tracker.gate_probability", |header| header.tracker.gate_probability = 1.0),
    ("tracker.maximum_speed_m_s", |header| header.tracker.maximum_speed_m_s = f64::NAN),
    ("tracker.history_s", |header| header.tracker.history_s = -1.0),
    ("tracker.work_per_tick", |header| header.tracker.work_per_tick = 0),
    ("tracker.peer_doubt_probability", |header| header.tracker.peer_doubt_probability = 0.5),
    ("tracker.peer_quarantine_probability", |header| header.tracker.peer_quarantine_probability = f64::NAN),
    ("tracker.peer_bias_sigma_m", |header| header.tracker.peer_bias_sigma_m = -1.0),
    ("tracker.peer_readmission_s", |header| header.tracker.peer_readmission_s = 0.0),
    ("warning.actionable_major_axis_km", |header| header.warning.actionable_major_axis_km = 0.0),
];

#[test]
fn header_values_that_no_run_can_have_are_neither_written_nor_read() {
    for (expected, spoil) in SPOILED {
        let mut spoiled = header();
        spoil(&mut spoiled);
        let error = Encoder::<Scan>::new(&spoiled).map(|_| ()).expect_err(expected);
        let RecordingError::HeaderValue { field, allowed, .. } = &error else {
            panic!("{expected}: {error}")
        };
        assert!(field.starts_with(expected), "{expected}: {error}");
        assert!(!allowed.is_empty() && error.to_string().len() < 400, "{error}");
        assert_eq!(recording_with(&spoiled), Err(error), "a reader must refuse it too");
    }
    assert_eq!(header().check(), Ok(()));
}

/// What a reader says of a recording that holds this header, whatever our own writer thinks of it.
fn recording_with(header: &Header) -> Result<(), RecordingError> {
    let config = bincode::config::standard().with_fixed_int_encoding();
    let body = bincode::serde::encode_to_vec(header, config).expect("an encoding");
    let mut bytes = sample()[..12].to_vec();
    bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&bytes), &body);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes.extend_from_slice(&body);
    read_header(&bytes).map(|_| ())
}
