//! The recording codec and the journal's.

use crate::bytes::Bytes;
use crate::world::header;
use fusion_core::types::Scan;
use recording::{
    CLOSE_BYTES, JOURNAL_FRAME_HEAD_BYTES, JOURNAL_PRELUDE_BYTES, PRELUDE_BYTES, Part, Place, Writer,
    journal_frame_bytes, journal_header, journal_header_bytes, journal_value, open_scans, read_all,
    read_header, read_scans, read_valid_prefix,
};
use serde::ser::{Serialize, SerializeTuple, Serializer};

/// A body of any bytes: it is written as it is, with a checksum that is right.
pub struct Raw<'a>(pub &'a [u8]);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A tuple, as only that has no length before it.
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        self.0.iter().try_for_each(|byte| tuple.serialize_element(byte))?;
        tuple.end()
    }
}

/// Any bytes as a recording, as the frames or the header of one whose checksums are right, or as a journal.
///
/// # Panics
/// Where what was read cannot be written again and read the same.
pub fn recording(data: &[u8]) {
    let mut bytes = Bytes(data);
    match bytes.byte() % 4 {
        0 => read(bytes.0),
        1 => read(&with_frames(bytes)),
        2 => read(&with_header(bytes.0)),
        _ => drop(read_journal(bytes.0)),
    }
}

/// A recording whose header is good and whose frames are pieces of these bytes.
fn with_frames(mut bytes: Bytes<'_>) -> Vec<u8> {
    let mut written = Writer::<Scan>::new(&header()).expect("a good header").finish();
    written.truncate(written.len() - CLOSE_BYTES);
    let mut frames = 0_u64;
    while !bytes.is_empty() {
        let length = (usize::from(bytes.byte()) + 1).min(bytes.0.len());
        let (body, rest) = bytes.0.split_at(length);
        bytes = Bytes(rest);
        push_checked(&mut written, &(length as u32).to_le_bytes(), body);
        frames += 1;
    }
    let close = [&frames.to_le_bytes()[..], blake3::hash(&written).as_bytes()].concat();
    push_checked(&mut written, &[0; 4], &close);
    written
}

/// A recording that is cut after a header of these bytes.
fn with_header(body: &[u8]) -> Vec<u8> {
    let good = Writer::<Scan>::new(&header()).expect("a good header").finish();
    let mut written = Vec::new();
    push_checked(
        &mut written,
        &[&good[..PRELUDE_BYTES - 8], &(body.len() as u32).to_le_bytes()].concat(),
        body,
    );
    written
}

/// A head, the checksum over it and the body, and the body.
fn push_checked(written: &mut Vec<u8>, head: &[u8], body: &[u8]) {
    written.extend_from_slice(head);
    written.extend_from_slice(&crc32c::crc32c_append(crc32c::crc32c(head), body).to_le_bytes());
    written.extend_from_slice(body);
}

fn read(bytes: &[u8]) {
    let whole = read_scans(bytes);
    drop(read_header(bytes).map_err(|error| error.to_string()));
    drop(read_all::<Vec<(String, f64)>>(bytes));
    drop(read_valid_prefix::<Scan>(bytes));
    if let Ok((_, scans)) = open_scans(bytes) {
        let mut scans = scans.skipping();
        let kept = scans.by_ref().filter(Result::is_ok).count();
        assert!(scans.skipped().to_string().len() < 1_000);
        assert!(kept <= bytes.len());
    }
    match whole {
        Err(error) => assert!(error.to_string().len() < 1_000, "{error}"),
        Ok((header, scans)) => {
            let mut writer = Writer::new(&header).expect("a header that was read can be written");
            for scan in &scans {
                writer.write_frame(scan).expect("a scan that was read can be written");
            }
            let again = read_scans(&writer.finish()).expect("what was written can be read");
            assert_eq!(again, (header, scans));
        }
    }
}

/// As a program reads a journal: the header, then frame after frame until one is cut or damaged.
fn read_journal(bytes: &[u8]) -> Option<()> {
    let (prelude, rest) = bytes.split_first_chunk::<JOURNAL_PRELUDE_BYTES>()?;
    let length = journal_header_bytes(prelude).ok()?;
    let (body, mut rest) = rest.split_at_checked(length)?;
    drop(journal_header::<(String, u64)>(prelude, body));
    let at = Place { part: Part::Frame(1), offset: 0 };
    loop {
        let (head, after) = rest.split_first_chunk::<JOURNAL_FRAME_HEAD_BYTES>()?;
        let length = journal_frame_bytes(head, at).ok()?;
        let (body, after) = after.split_at_checked(length)?;
        drop(journal_value::<Vec<(String, f64)>>(head, body, at));
        rest = after;
    }
}
