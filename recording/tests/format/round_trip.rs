use crate::sample::{header, sample, scans, written};
use fusion_core::types::{Beam, Plot, Regard, Scan, SensorId, Time};
use proptest::prelude::*;
use recording::{Encoder, Kind, Part, RecordingError, Writer, open_scans, read_all, read_header, read_scans};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Truth {
    Nothing,
    Object { name: String, state: [f64; 6], parts: Vec<Option<bool>> },
}

#[test]
fn what_is_written_comes_back() {
    let bytes = sample();
    assert_eq!(read_scans(&bytes).expect("a recording"), (header(), scans()));
    assert_eq!(read_all::<Scan>(&bytes).expect("a recording"), (header(), scans()));
    assert_eq!(read_header(&bytes).expect("a header"), (Kind::Scans, header()));
}

#[test]
fn a_recording_without_frames_is_whole() {
    assert_eq!(read_scans(&written(&header(), &[])).expect("a recording"), (header(), vec![]));
}

#[test]
fn truth_of_any_type_comes_back_and_no_node_can_open_it() {
    let object =
        Truth::Object { name: "stage".into(), state: [0.1; 6], parts: vec![None, Some(true), Some(false)] };
    let mut writer = Writer::new(&header()).expect("a header");
    for truth in [&object, &Truth::Nothing, &object] {
        writer.write_frame(truth).expect("a frame");
    }
    let bytes = writer.finish();
    let (_, read) = read_all::<Truth>(&bytes).expect("a recording");
    assert_eq!(read, [object.clone(), Truth::Nothing, object]);

    let wrong = RecordingError::WrongKind { found: Kind::Truth, expected: Kind::Scans };
    assert_eq!(open_scans(&bytes).map(|_| ()), Err(wrong));
    let wrong = RecordingError::WrongKind { found: Kind::Scans, expected: Kind::Truth };
    assert_eq!(read_all::<Truth>(&sample()).map(|_| ()), Err(wrong));
}

#[test]
fn piece_by_piece_gives_the_same_bytes_and_the_buffer_is_used_again() {
    let (mut encoder, mut bytes) = Encoder::new(&header()).expect("a header");
    let mut addresses = vec![];
    for scan in scans() {
        let frame = encoder.frame(&scan).expect("a frame");
        addresses.push(frame.as_ptr());
        bytes.extend_from_slice(frame);
    }
    assert!(addresses.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(encoder.frames(), 5);
    let allocated = allocation_counter::measure(|| {
        for scan in [&scans()[0]; 1] {
            encoder.frame(scan).expect("a frame");
        }
    });
    // The list that `scans()` makes: five lists of plots, less the empty one, and itself.
    assert_eq!(allocated.count_total, 5);
    let (mut encoder, mut again) = Encoder::new(&header()).expect("a header");
    scans().iter().for_each(|scan| again.extend_from_slice(encoder.frame(scan).expect("a frame")));
    assert_eq!(bytes, again);
    again.extend_from_slice(&encoder.close());
    assert_eq!(again, sample());
}

#[test]
fn a_frame_that_is_too_long_or_empty_is_refused_and_the_recording_goes_on() {
    let mut writer = Writer::new(&header()).expect("a header");
    writer.write_frame(&vec![1_u8; 1_000]).expect("a frame");
    let refused = writer.write_frame(&vec![1_u8; recording::MAX_FRAME_BYTES]);
    assert!(
        matches!(&refused, Err(RecordingError::Length { at, limit: 0x100_0000, .. }) if at.part == Part::Frame(2)),
        "{refused:?}"
    );
    writer.write_frame(&vec![2_u8]).expect("a frame");
    let largest = vec![3_u8; recording::MAX_FRAME_BYTES - 8];
    writer.write_frame(&largest).expect("the longest frame");
    let (_, frames) = read_all::<Vec<u8>>(&writer.finish()).expect("a recording");
    assert_eq!(frames, [vec![1; 1_000], vec![2], largest]);

    let mut writer = Writer::new(&header()).expect("a header");
    assert!(matches!(writer.write_frame(&()), Err(RecordingError::Length { length: 0, .. })));
}

#[test]
fn the_digest_names_the_content() {
    let digest = |bytes: &[u8]| {
        let (_, mut scans) = open_scans(bytes).expect("a recording");
        assert_eq!(scans.digest(), None, "not before the end was seen");
        assert!(scans.by_ref().all(|scan| scan.is_ok()));
        scans.digest().expect("a whole recording")
    };
    let other = written(&header(), &scans()[..4]);
    assert_eq!(digest(&sample()), digest(&sample()));
    assert_ne!(digest(&sample()), digest(&other));
    assert_eq!(&digest(&sample())[..], &sample()[sample().len() - 32..]);
}

fn any_plot() -> impl Strategy<Value = Plot> {
    // Any bits at all: the codec carries what the check would refuse.
    prop_oneof![
        (any::<[f64; 3]>(), any::<[Option<f64>; 2]>()).prop_map(
            |([range_m, azimuth_rad, elevation_rad], [range_rate_m_s, signal_to_noise])| Plot::Radar {
                range_m,
                azimuth_rad,
                elevation_rad,
                range_rate_m_s,
                signal_to_noise,
            }
        ),
        any::<f64>().prop_map(|azimuth_rad| Plot::Bearing { azimuth_rad }),
        (any::<[f64; 3]>(), any::<[i64; 2]>()).prop_map(
            |([latitude_rad, longitude_rad, sigma_m], [from, until])| Plot::Cue {
                latitude_rad,
                longitude_rad,
                sigma_m,
                from: Time::from_nanoseconds(from),
                until: Time::from_nanoseconds(until),
            }
        ),
        any::<[f64; 2]>().prop_map(|[right_rad, up_rad]| Plot::Infrared { right_rad, up_rad }),
    ]
}

fn any_scan() -> impl Strategy<Value = Scan> {
    let look = (any::<Option<[f64; 3]>>(), any_regard(), proptest::collection::vec(any_plot(), 0..20));
    (any::<u16>(), any::<u32>(), any::<i64>(), look).prop_map(
        |(sensor, sequence, nanoseconds, (origin_m, regard, plots))| Scan {
            sensor: SensorId(sensor),
            sequence,
            time: Time::from_nanoseconds(nanoseconds),
            origin_m: origin_m.map(nalgebra::Vector3::from),
            regard,
            plots,
        },
    )
}

fn any_regard() -> impl Strategy<Value = Regard> {
    let beam = any::<[f64; 2]>().prop_map(|[azimuth_rad, elevation_rad]| Beam { azimuth_rad, elevation_rad });
    prop_oneof![
        Just(Regard::Field),
        any::<[f64; 2]>()
            .prop_map(|[centre_rad, half_width_rad]| Regard::Sector { centre_rad, half_width_rad }),
        proptest::collection::vec(beam, 0..5).prop_map(Regard::Beams),
    ]
}

proptest! {
    #[test]
    fn every_scan_comes_back_bit_for_bit(scans in proptest::collection::vec(any_scan(), 0..20)) {
        let bytes = written(&header(), &scans);
        let (_, read) = read_all::<Scan>(&bytes).expect("a recording");
        // Through the bytes, since a NaN is not equal to itself.
        prop_assert_eq!(written(&header(), &read), bytes);
        prop_assert_eq!(read.len(), scans.len());
    }
}
