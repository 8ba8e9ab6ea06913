use crate::sample::{boundaries, header, sample, scans};
use fusion_core::types::Scan;
use recording::{
    CLOSE_BYTES, Part, RecordingError, open_scans, read_all, read_header, read_scans, read_valid_prefix,
};

#[test]
fn a_cut_at_every_byte_names_the_frame_and_leaves_the_frames_before() {
    let (bytes, whole) = (sample(), scans());
    let boundaries = boundaries(&bytes);
    for cut in 0..bytes.len() {
        let left = &bytes[..cut];
        let error = read_scans(left).expect_err("cut");
        let RecordingError::Truncated { at, needed, found } = error else {
            panic!("cut at {cut}: {error}");
        };
        // The frames that end at or before the cut.
        let frames = boundaries.iter().filter(|begin| **begin <= cut).count().checked_sub(1);
        let Some(frames) = frames else {
            assert_eq!((at.part, at.offset, found), (Part::Header, 0, cut as u64));
            assert_eq!(read_valid_prefix::<Scan>(left).expect_err("no header"), error);
            continue;
        };
        assert_eq!((at.offset, found), (boundaries[frames] as u64, (cut - boundaries[frames]) as u64));
        assert!(needed > found, "cut at {cut}: {needed} needed");
        let in_close = frames == whole.len() && cut >= boundaries[frames] + 8;
        let part = if in_close { Part::Close } else { Part::Frame(frames as u64 + 1) };
        assert_eq!(at.part, part, "cut at {cut}");
        let named =
            if in_close { "close at byte".to_owned() } else { format!("frame {} at byte", frames + 1) };
        assert!(error.to_string().starts_with(&named), "{error}");
        assert_eq!(
            read_valid_prefix::<Scan>(left).expect("a header"),
            (header(), whole[..frames].to_vec(), Some(error)),
            "cut at {cut}"
        );
    }
    assert_eq!(read_valid_prefix::<Scan>(&bytes), Ok((header(), whole, None)));
}

#[test]
fn no_flip_of_a_single_bit_passes() {
    let bytes = sample();
    let boundaries = boundaries(&bytes);
    let mut flips = 0;
    for byte in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[byte] ^= 1 << bit;
            let strict = read_all::<Scan>(&flipped).expect_err("a flip that passed");
            assert_eq!(read_scans(&flipped).expect_err("a flip that passed"), strict);
            // Nothing but what was written is ever handed out, and everything before the flip is.
            if let Ok((read, frames, error)) = read_valid_prefix::<Scan>(&flipped) {
                let before = boundaries.iter().filter(|begin| **begin <= byte).count() - 1;
                assert_eq!((read, frames), (header(), scans()[..before].to_vec()), "byte {byte}, bit {bit}");
                assert_eq!(error, Some(strict));
            } else {
                assert!(byte < boundaries[0], "byte {byte}, bit {bit}: {strict}");
                assert!(read_header(&flipped).is_err());
            }
            flips += 1;
        }
    }
    assert_eq!(flips, bytes.len() * 8);
}

#[test]
fn frames_that_are_dropped_repeated_swapped_or_appended_are_found() {
    let bytes = sample();
    let boundaries = boundaries(&bytes);
    let frame = |index: usize| &bytes[boundaries[index]..boundaries[index + 1]];
    let close = &bytes[bytes.len() - CLOSE_BYTES..];
    let built = |frames: &[usize]| {
        let mut built = bytes[..boundaries[0]].to_vec();
        frames.iter().for_each(|index| built.extend_from_slice(frame(*index)));
        built.extend_from_slice(close);
        built
    };
    assert_eq!(built(&[0, 1, 2, 3, 4]), bytes);
    let error = |bytes: &[u8]| read_all::<Scan>(bytes).expect_err("not what was written");
    for (frames, counted) in [(&[0, 1, 2, 3][..], 4), (&[0, 1, 3, 4], 4), (&[0, 1, 1, 2, 3, 4], 6)] {
        let found = error(&built(frames));
        assert!(
            matches!(found, RecordingError::FrameCount { stored: 5, counted: seen, .. } if seen == counted),
            "{found}"
        );
    }
    let found = error(&built(&[0, 2, 1, 3, 4]));
    assert!(matches!(found, RecordingError::Digest { at } if at.part == Part::Close), "{found}");

    let appended = [&bytes[..], &[0]].concat();
    assert!(matches!(error(&appended), RecordingError::TrailingBytes { bytes: 1, .. }));
    let doubled = [&bytes[..], &bytes[..]].concat();
    assert!(matches!(error(&doubled), RecordingError::TrailingBytes { .. }));
}

#[test]
fn nothing_comes_after_the_first_error() {
    let mut bytes = sample();
    let second = boundaries(&bytes)[1];
    bytes[second + 10] ^= 1;
    let (_, mut scans) = open_scans(&bytes).expect("a header");
    assert!(matches!(scans.next(), Some(Ok(_))));
    let Some(Err(RecordingError::Checksum { at, .. })) = scans.next() else { panic!("damage not found") };
    assert_eq!((at.part, at.offset), (Part::Frame(2), second as u64));
    assert!(scans.next().is_none());
    assert_eq!(scans.digest(), None);
}
