//! A journal: values appended one by one to a file whose writer may die at any moment.
//!
//! Unlike a recording it has no close, its header and its values are of any type, and the head of a frame has a checksum
//! of its own: a flipped bit in a length is told from a frame that was cut, so that no damage is taken for the end.
//! Nothing here reads or writes a file: the caller reads [`JOURNAL_FRAME_HEAD_BYTES`], asks how long the body is, and
//! reads that.
//!
//! ```text
//! journal = prelude  header body  frame*
//!
//! prelude   8  magic 89 'V' 'J' 'N' 'L' 0D 0A 1A
//!           2  JOURNAL_VERSION
//!           2  zero
//!           4  length of the header body
//!           4  CRC-32C over the 16 bytes above and the header body
//! frame     4  length of the body, 1 to MAX_FRAME_BYTES
//!           4  CRC-32C over the length
//!           4  CRC-32C over the body
//!           n  body
//! ```
//!
//! Bodies are bincode 2 with fixed-size integers, which takes no serde attribute that needs a self-describing format
//! (untagged and internally tagged enums, skipped fields): put such a value in as its text.

use crate::wire::{self, take};
use crate::writer::encode_growing;
use crate::{MAX_FRAME_BYTES, MAX_HEADER_BYTES, Part, Place, RecordingError};
use serde::{Serialize, de::DeserializeOwned};

/// The version of the layout above.
pub const JOURNAL_VERSION: u16 = 1;
/// Bytes before the body of a journal's header.
pub const JOURNAL_PRELUDE_BYTES: usize = 20;
/// Bytes before the body of a journal's frame.
pub const JOURNAL_FRAME_HEAD_BYTES: usize = 12;

const MAGIC: [u8; 8] = *b"\x89VJNL\r\n\x1a";
const AT_HEADER: Place = Place { part: Part::Header, offset: 0 };

/// The bytes with which a journal begins.
///
/// # Errors
/// [`RecordingError::Length`] where the header is longer than [`MAX_HEADER_BYTES`]; [`RecordingError::Unencodable`] where
/// its type has no encoding.
pub fn begin_journal<H: Serialize>(header: &H) -> Result<Vec<u8>, RecordingError> {
    let mut bytes = Vec::new();
    let length = encode_growing(header, &mut bytes, JOURNAL_PRELUDE_BYTES, MAX_HEADER_BYTES, AT_HEADER)?;
    bytes.truncate(JOURNAL_PRELUDE_BYTES.saturating_add(length));
    if let Some((prelude, body)) = bytes.split_first_chunk_mut::<JOURNAL_PRELUDE_BYTES>() {
        let version = JOURNAL_VERSION.to_le_bytes();
        // Below MAX_HEADER_BYTES, so it fits.
        let length = (length as u32).to_le_bytes();
        let checksum = wire::checksum(&[&MAGIC, &version, &[0; 2], &length, body]).to_le_bytes();
        let pieces = MAGIC.iter().chain(&version).chain(&[0; 2]).chain(&length).chain(&checksum);
        prelude.iter_mut().zip(pieces).for_each(|(byte, piece)| *byte = *piece);
    }
    Ok(bytes)
}

/// How long the body of the header is, bytes, from the prelude.
///
/// # Errors
/// [`RecordingError::NotAJournal`], [`RecordingError::UnsupportedJournal`] or [`RecordingError::Length`].
pub fn journal_header_bytes(prelude: &[u8; JOURNAL_PRELUDE_BYTES]) -> Result<usize, RecordingError> {
    let mut rest = prelude.as_slice();
    let magic = take::<8>(&mut rest).filter(|magic| **magic == MAGIC);
    let (Some(_), Some(version), Some(_)) = (magic, take::<2>(&mut rest), take::<2>(&mut rest)) else {
        return Err(RecordingError::NotAJournal { found: prelude.iter().copied().take(8).collect() });
    };
    let found = u16::from_le_bytes(*version);
    if found != JOURNAL_VERSION {
        return Err(RecordingError::UnsupportedJournal { found });
    }
    let length = wire::take_u32(&mut rest).unwrap_or_default();
    within(length, MAX_HEADER_BYTES, AT_HEADER)
}

/// The header, from the prelude and a body of [`journal_header_bytes`].
///
/// # Errors
/// [`RecordingError::Checksum`] where a byte of either has changed; [`RecordingError::Undecodable`].
pub fn journal_header<H: DeserializeOwned>(
    prelude: &[u8; JOURNAL_PRELUDE_BYTES],
    body: &[u8],
) -> Result<H, RecordingError> {
    let (checked, mut stored) = prelude.split_at(JOURNAL_PRELUDE_BYTES.saturating_sub(4));
    let stored = wire::take_u32(&mut stored).unwrap_or_default();
    let computed = wire::checksum(&[checked, body]);
    if computed != stored {
        return Err(RecordingError::Checksum { at: AT_HEADER, stored, computed });
    }
    wire::decode(body).map_err(|reason| RecordingError::Undecodable { at: AT_HEADER, reason })
}

/// The bytes of a frame, to be appended in one write.
///
/// # Errors
/// As [`begin_journal`], with [`MAX_FRAME_BYTES`].
pub fn journal_frame<T: Serialize>(value: &T) -> Result<Vec<u8>, RecordingError> {
    let at = Place { part: Part::Frame(0), offset: 0 };
    let mut bytes = Vec::new();
    let length = encode_growing(value, &mut bytes, JOURNAL_FRAME_HEAD_BYTES, MAX_FRAME_BYTES, at)?;
    bytes.truncate(JOURNAL_FRAME_HEAD_BYTES.saturating_add(length));
    if let Some((head, body)) = bytes.split_first_chunk_mut::<JOURNAL_FRAME_HEAD_BYTES>() {
        // Below MAX_FRAME_BYTES, so it fits.
        let length = (length as u32).to_le_bytes();
        let checksums = [wire::checksum(&[&length]).to_le_bytes(), wire::checksum(&[body]).to_le_bytes()];
        let pieces = length.iter().chain(checksums.as_flattened());
        head.iter_mut().zip(pieces).for_each(|(byte, piece)| *byte = *piece);
    }
    Ok(bytes)
}

/// How long the body of the frame at `at` is, bytes, from its head.
///
/// # Errors
/// [`RecordingError::Checksum`] where a byte of the length has changed; [`RecordingError::Length`].
pub fn journal_frame_bytes(
    head: &[u8; JOURNAL_FRAME_HEAD_BYTES],
    at: Place,
) -> Result<usize, RecordingError> {
    let mut rest = head.as_slice();
    let (length, stored) = (wire::take_u32(&mut rest), wire::take_u32(&mut rest));
    let (length, stored) = (length.unwrap_or_default(), stored.unwrap_or_default());
    let computed = wire::checksum(&[&length.to_le_bytes()]);
    if computed != stored {
        return Err(RecordingError::Checksum { at, stored, computed });
    }
    within(length, MAX_FRAME_BYTES, at)
}

/// The value of the frame at `at`, from its head and a body of [`journal_frame_bytes`].
///
/// # Errors
/// [`RecordingError::Checksum`] where a byte of the body has changed; [`RecordingError::Undecodable`].
pub fn journal_value<T: DeserializeOwned>(
    head: &[u8; JOURNAL_FRAME_HEAD_BYTES],
    body: &[u8],
    at: Place,
) -> Result<T, RecordingError> {
    let (_, mut stored) = head.split_at(JOURNAL_FRAME_HEAD_BYTES.saturating_sub(4));
    let stored = wire::take_u32(&mut stored).unwrap_or_default();
    let computed = wire::checksum(&[body]);
    if computed != stored {
        return Err(RecordingError::Checksum { at, stored, computed });
    }
    wire::decode(body).map_err(|reason| RecordingError::Undecodable { at, reason })
}

fn within(length: u32, limit: usize, at: Place) -> Result<usize, RecordingError> {
    let bytes = length as usize;
    if bytes == 0 || bytes > limit {
        return Err(RecordingError::Length { at, length: u64::from(length), limit: limit as u64 });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Place = Place { part: Part::Frame(1), offset: 100 };

    fn split<const N: usize>(bytes: &[u8]) -> ([u8; N], &[u8]) {
        let (head, body) = bytes.split_first_chunk::<N>().unwrap();
        (*head, body)
    }

    #[test]
    fn header_and_values_come_back() {
        let header = ("plan".to_owned(), 7_u64);
        let bytes = begin_journal(&header).unwrap();
        let (prelude, body) = split(&bytes);
        assert_eq!(journal_header_bytes(&prelude).unwrap(), body.len());
        assert_eq!(journal_header::<(String, u64)>(&prelude, body).unwrap(), header);

        let value = (3_u32, vec![Some(1.5), None], vec![0_u8; 9_000]);
        let bytes = journal_frame(&value).unwrap();
        let (head, body) = split(&bytes);
        assert_eq!(journal_frame_bytes(&head, AT).unwrap(), body.len());
        assert_eq!(journal_value::<(u32, Vec<Option<f64>>, Vec<u8>)>(&head, body, AT).unwrap(), value);
    }

    #[test]
    fn every_flipped_bit_is_found_and_no_length_is_believed_that_was_not_written() {
        let whole = begin_journal(&"the plan".to_owned()).unwrap();
        for bit in 0..8 * whole.len() {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let (prelude, body) = split(&bytes);
            let read = journal_header_bytes(&prelude).and_then(|_| journal_header::<String>(&prelude, body));
            assert!(read.is_err(), "bit {bit} of the header");
        }
        let whole = journal_frame(&"what a run gave".to_owned()).unwrap();
        for bit in 0..8 * whole.len() {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let (head, body) = split(&bytes);
            let length = journal_frame_bytes(&head, AT);
            assert_eq!(length.is_err(), bit < 64, "bit {bit} of the frame");
            assert!(length.and_then(|_| journal_value::<String>(&head, body, AT)).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn what_is_no_journal_and_one_of_another_version_are_told() {
        let mut bytes = begin_journal(&1_u8).unwrap();
        bytes[8] = 9;
        let error = journal_header_bytes(&split(&bytes).0).unwrap_err();
        assert_eq!(error, RecordingError::UnsupportedJournal { found: 9 });
        bytes[1] = b'v';
        let error = journal_header_bytes(&split(&bytes).0).unwrap_err();
        assert!(matches!(error, RecordingError::NotAJournal { .. }), "{error}");
    }
}
