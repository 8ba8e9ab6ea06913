//! Recordings: whole, or up to where they are damaged when that was asked for.

use crate::failure::Failure;
use crate::words::{count, size};
use fusion_core::types::Scan;
use recording::{Header, Part, Place, Reader, RecordingError};
use serde::de::DeserializeOwned;
use std::path::Path;

/// The frames of a recording.
#[derive(Debug)]
pub struct Frames<T> {
    /// What the recording says of itself.
    pub header: Header,
    /// The frames, all or those before the damage.
    pub frames: Vec<T>,
    /// BLAKE3 over header and frames; none for a damaged recording.
    pub digest: Option<[u8; 32]>,
    /// What is wrong with the rest; none for a whole recording.
    pub damage: Option<RecordingError>,
}

/// The scans of a recording, checked against its sensors.
///
/// Damage is an error, unless the valid prefix was asked for.
pub fn scans(path: &Path, bytes: &[u8], valid_prefix: bool) -> Result<Frames<Scan>, Failure> {
    let fault = |error: &RecordingError| recording_failure(path, error);
    let (header, mut scans) = recording::open_scans(bytes).map_err(|error| fault(&error))?;
    let (frames, damage) = until_damage(&mut scans);
    let digest = scans.digest();
    finish(path, Frames { header, frames, digest, damage }, valid_prefix)
}

/// The frames of a recording of another kind, such as the truth.
pub fn frames<T: DeserializeOwned + 'static>(
    path: &Path,
    bytes: &[u8],
    valid_prefix: bool,
) -> Result<Frames<T>, Failure> {
    let (header, mut reader) = Reader::<T>::open(bytes).map_err(|error| recording_failure(path, &error))?;
    let (frames, damage) = until_damage(&mut reader);
    let digest = reader.digest();
    finish(path, Frames { header, frames, digest, damage }, valid_prefix)
}

fn until_damage<T>(
    frames: &mut impl Iterator<Item = Result<T, RecordingError>>,
) -> (Vec<T>, Option<RecordingError>) {
    let mut whole = Vec::new();
    for frame in frames {
        match frame {
            Ok(frame) => whole.push(frame),
            Err(error) => return (whole, Some(error)),
        }
    }
    (whole, None)
}

fn finish<T>(path: &Path, read: Frames<T>, valid_prefix: bool) -> Result<Frames<T>, Failure> {
    match &read.damage {
        Some(error) if !valid_prefix => Err(recording_failure(path, error)),
        _ => Ok(read),
    }
}

/// What was left out of a damaged recording, for a note.
pub fn what_is_lost(path: &Path, damage: &RecordingError, frames: usize, bytes: usize) -> String {
    let total = bytes as u64;
    let lost = place_of(damage).map_or(total, |place| total.saturating_sub(place.offset));
    let path = path.display();
    format!(
        "note: {path}: {damage}\n      {} whole frames before it are used; {} after them are left out ({:.1} % of the file)",
        count(frames as u64),
        size(lost),
        100.0 * lost as f64 / total.max(1) as f64,
    )
}

/// Where in a recording an error lies.
fn place_of(error: &RecordingError) -> Option<Place> {
    match error {
        RecordingError::Truncated { at, .. }
        | RecordingError::Length { at, .. }
        | RecordingError::Checksum { at, .. }
        | RecordingError::Undecodable { at, .. }
        | RecordingError::Unencodable { at, .. }
        | RecordingError::FrameCount { at, .. }
        | RecordingError::Digest { at }
        | RecordingError::TrailingBytes { at, .. }
        | RecordingError::Scan { at, .. } => Some(*at),
        _ => None,
    }
}

/// What is wrong with a recording, and what to do.
pub fn recording_failure(path: &Path, error: &RecordingError) -> Failure {
    let help = match error {
        RecordingError::NotARecording { .. } => {
            "a recording is what `vantage record` writes; is this another file?"
        }
        RecordingError::UnsupportedVersion { .. } => {
            "record it again with this version: `vantage record SCENARIO -o FILE`"
        }
        RecordingError::WrongKind { .. } => {
            "nodes never see the truth: replay the file of `record -o`; `vantage inspect` reads both"
        }
        RecordingError::Unencodable { .. } | RecordingError::HeaderValue { .. } => {
            "give a value that is allowed in the scenario, and record it again"
        }
        _ => match place_of(error).map(|place| place.part) {
            Some(Part::Frame(_) | Part::Close) => {
                "--valid-prefix uses what lies before it; or make the file again with `vantage record`"
            }
            _ => "without its header nothing can be read: make the file again with `vantage record`",
        },
    };
    Failure::new(format!("{}: {error}", path.display()), help)
}
