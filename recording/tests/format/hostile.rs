//! What no writer wrote, with checksums that are right.

use crate::sample::{boundaries, header, sample};
use fusion_core::types::Scan;
use proptest::prelude::*;
use recording::{
    MAX_FRAME_BYTES, Part, RecordingError, Writer, open_scans, read_all, read_header, read_scans,
    read_valid_prefix,
};

/// Replaces the frames of the sample by one frame with this body and a right checksum.
fn with_body(body: &[u8]) -> Vec<u8> {
    let bytes = sample();
    let mut forged = bytes[..boundaries(&bytes)[0]].to_vec();
    let length = (body.len() as u32).to_le_bytes();
    forged.extend_from_slice(&length);
    forged.extend_from_slice(&crc32c::crc32c_append(crc32c::crc32c(&length), body).to_le_bytes());
    forged.extend_from_slice(body);
    forged
}

fn scan_body(plots: u64) -> Vec<u8> {
    [
        &[0; 2 + 4][..],
        &1_505_426_220_000_000_000_i64.to_le_bytes(), // It stands, and looked at its whole coverage.
        &[0; 1 + 4],
        &plots.to_le_bytes(),
    ]
    .concat()
}

fn undecodable(bytes: &[u8]) -> String {
    match read_scans(bytes) {
        Err(RecordingError::Undecodable { at, reason }) if at.part == Part::Frame(1) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_length_of_all_ones_is_refused_unread() {
    let bytes = sample();
    let frame = boundaries(&bytes)[0];
    for length in [u32::MAX, u32::MAX - 1, 1 << 31, MAX_FRAME_BYTES as u32 + 1] {
        let mut forged = bytes.clone();
        forged[frame..frame + 4].copy_from_slice(&length.to_le_bytes());
        let RecordingError::Length { at, length: found, limit } = read_scans(&forged).expect_err("too long")
        else {
            panic!("not refused for its length")
        };
        assert_eq!((at.part, found, limit), (Part::Frame(1), u64::from(length), MAX_FRAME_BYTES as u64));

        let mut forged = bytes.clone();
        forged[12..16].copy_from_slice(&length.to_le_bytes());
        let error = read_header(&forged).expect_err("too long");
        assert!(matches!(error, RecordingError::Length { at, .. } if at.part == Part::Header), "{error}");
    }
    let mut forged = bytes;
    forged[frame..frame + 4].copy_from_slice(&(MAX_FRAME_BYTES as u32).to_le_bytes());
    let error = read_scans(&forged).expect_err("longer than the file");
    assert!(matches!(error, RecordingError::Truncated { at, .. } if at.part == Part::Frame(1)), "{error}");
}

#[test]
fn bodies_with_right_checksums_that_are_no_scans_say_why() {
    assert!(undecodable(&with_body(&scan_body(1))).contains("ends before"));
    assert!(undecodable(&with_body(&scan_body(1 << 60))).contains("ends before"));
    assert!(undecodable(&with_body(&scan_body(u64::MAX))).contains("ends before"));
    assert!(undecodable(&with_body(&[0])).contains("ends before"));
    assert!(undecodable(&with_body(&[scan_body(0), vec![0]].concat())).contains("27 of 28 bytes"));
    let unknown_plot = [scan_body(1), vec![9, 0, 0, 0]].concat();
    let reason = undecodable(&with_body(&unknown_plot));
    assert!(reason.contains("variant") && reason.contains('9'), "{reason}");
    // The form itself is right: this one is accepted up to the missing close.
    let error = read_scans(&with_body(&scan_body(0))).expect_err("not closed");
    assert!(matches!(error, RecordingError::Truncated { at, .. } if at.part == Part::Frame(2)), "{error}");
}

#[test]
fn no_lie_about_a_length_reserves_more_than_a_fixed_amount() {
    let mut writer = Writer::new(&header()).expect("a header");
    writer.write_frame(&("x".repeat(200), vec![0_u64; 3])).expect("a frame");
    let truth = writer.finish();
    let frame = boundaries(&truth)[0];
    for lie in [201, 1 << 16, 1 << 24, 1 << 31, 1 << 60, u64::MAX] {
        // A text that says it is longer than it is, and a list of plots that does.
        let mut body = truth[frame + 8..truth.len() - recording::CLOSE_BYTES].to_vec();
        body[..8].copy_from_slice(&lie.to_le_bytes());
        let text = with_body(&body);
        let mut text_as_truth = text.clone();
        text_as_truth[..frame].copy_from_slice(&truth[..frame]);
        let measured = allocation_counter::measure(|| {
            assert!(read_all::<(String, Vec<u64>)>(&text_as_truth).is_err());
        });
        assert!(measured.bytes_max < 16_384, "a text of {lie}: {} bytes", measured.bytes_max);

        let list = with_body(&scan_body(lie));
        let measured = allocation_counter::measure(|| assert!(read_scans(&list).is_err()));
        // What serde reserves at most for a list before its elements come.
        assert!(measured.bytes_max < (1 << 20) + 16_384, "a list of {lie}: {} bytes", measured.bytes_max);
    }
}

/// Reads as every reader does; what matters is that it comes back.
fn read_every_way(bytes: &[u8]) -> bool {
    let skipping = open_scans(bytes).map(|(_, scans)| scans.skipping().filter(Result::is_ok).count());
    let _ = (read_header(bytes), read_all::<Vec<(String, f64)>>(bytes), skipping);
    let _ = read_valid_prefix::<Scan>(bytes);
    read_scans(bytes).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn garbage_never_passes_and_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(!read_every_way(&bytes));
    }

    #[test]
    fn garbage_in_frames_with_right_checksums_never_panics(body in proptest::collection::vec(any::<u8>(), 1..300)) {
        prop_assert!(!read_every_way(&with_body(&body)));
    }

    #[test]
    fn garbage_in_headers_with_right_checksums_never_panics(
        at in any::<prop::sample::Index>(),
        with in proptest::collection::vec(any::<u8>(), 1..12),
    ) {
        let mut bytes = sample();
        let body = recording::PRELUDE_BYTES..boundaries(&bytes)[0];
        let begin = body.start + at.index(body.len() - with.len());
        bytes[begin..begin + with.len()].copy_from_slice(&with);
        let checksum = crc32c::crc32c_append(crc32c::crc32c(&bytes[..16]), &bytes[body]);
        bytes[16..20].copy_from_slice(&checksum.to_le_bytes());
        // Whatever header came out of it, the digest of the close no longer fits, unless nothing changed.
        prop_assert!(!read_every_way(&bytes) || bytes == sample());
        let measured = allocation_counter::measure(|| drop(read_header(&bytes)));
        prop_assert!(measured.bytes_max < 3 << 20, "{} bytes", measured.bytes_max);
    }

    #[test]
    fn pieces_of_a_recording_in_any_order_never_panic(
        pieces in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..200), 0..8),
    ) {
        let bytes = sample();
        let mut built = bytes[..boundaries(&bytes)[0]].to_vec();
        for (index, length) in pieces {
            let begin = index.index(bytes.len());
            built.extend_from_slice(&bytes[begin..(begin + length).min(bytes.len())]);
        }
        prop_assert!(!read_every_way(&built));
    }
}
