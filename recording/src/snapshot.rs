//! A snapshot: what a run holds at one instant, as one value with a header that says of which run it is.
//!
//! Written whole or not at all: the caller puts the bytes beside their place first. The header can be read and judged before
//! the value, whose layout is that of the program that wrote it.
//!
//! ```text
//! snapshot = prelude  header body  value body  close
//!
//! prelude   8  magic 89 'V' 'S' 'N' 'P' 0D 0A 1A
//!           2  SNAPSHOT_VERSION
//!           2  zero
//!           4  length of the header body
//!           8  length of the value body, 1 to MAX_SNAPSHOT_BYTES
//!           4  CRC-32C over the 24 bytes above and the header body
//! close    32  BLAKE3 over every byte before it
//! ```
//!
//! Bodies are bincode 2 with fixed-size integers.

use crate::wire::{self, take};
use crate::writer::encode_growing;
use crate::{MAX_HEADER_BYTES, MAX_SNAPSHOT_BYTES, Part, Place, RecordingError};
use serde::{Serialize, de::DeserializeOwned};

/// The version of the layout above.
pub const SNAPSHOT_VERSION: u16 = 1;

const MAGIC: [u8; 8] = *b"\x89VSNP\r\n\x1a";
const PRELUDE_BYTES: usize = 28;
const CLOSE_BYTES: usize = 32;
const AT_HEADER: Place = Place { part: Part::Header, offset: 0 };

/// The bytes of a snapshot.
///
/// # Errors
/// [`RecordingError::Length`] where the header is longer than [`MAX_HEADER_BYTES`] or the value than [`MAX_SNAPSHOT_BYTES`];
/// [`RecordingError::Unencodable`] where a type has no encoding.
///
/// ```
/// let bytes = recording::encode_snapshot(&"of this run".to_owned(), &vec![1.5, f64::INFINITY])?;
/// let snapshot = recording::open_snapshot::<String>(&bytes)?;
/// assert_eq!(snapshot.header, "of this run");
/// assert_eq!(snapshot.value::<Vec<f64>>()?, [1.5, f64::INFINITY]);
/// # Ok::<(), recording::RecordingError>(())
/// ```
pub fn encode_snapshot<H: Serialize, T: Serialize>(header: &H, value: &T) -> Result<Vec<u8>, RecordingError> {
    let mut bytes = Vec::new();
    let header_bytes = encode_growing(header, &mut bytes, PRELUDE_BYTES, MAX_HEADER_BYTES, AT_HEADER)?;
    let begin = PRELUDE_BYTES.saturating_add(header_bytes);
    bytes.truncate(begin);
    let at = Place { part: Part::Frame(1), offset: begin as u64 };
    let body = wire::encode_all(value).map_err(|reason| RecordingError::Unencodable { at, reason })?;
    if body.is_empty() || body.len() > MAX_SNAPSHOT_BYTES {
        let (length, limit) = (body.len() as u64, MAX_SNAPSHOT_BYTES as u64);
        return Err(RecordingError::Length { at, length, limit });
    }
    if let Some((prelude, header)) = bytes.split_first_chunk_mut::<PRELUDE_BYTES>() {
        let version = SNAPSHOT_VERSION.to_le_bytes();
        // Below MAX_HEADER_BYTES, so it fits.
        let lengths = ((header_bytes as u32).to_le_bytes(), (body.len() as u64).to_le_bytes());
        let checksum = wire::checksum(&[&MAGIC, &version, &[0; 2], &lengths.0, &lengths.1, header]);
        let checksum = checksum.to_le_bytes();
        let pieces = MAGIC.iter().chain(&version).chain(&[0; 2]).chain(&lengths.0).chain(&lengths.1);
        prelude.iter_mut().zip(pieces.chain(&checksum)).for_each(|(byte, piece)| *byte = *piece);
    }
    bytes.extend_from_slice(&body);
    let digest = blake3::hash(&bytes);
    bytes.extend_from_slice(digest.as_bytes());
    Ok(bytes)
}

/// A snapshot that is whole: every byte is one that was written.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a, H> {
    /// Of which run it is.
    pub header: H,
    body: &'a [u8],
    at: Place,
}

/// Opens a snapshot: checks every byte and reads the header.
///
/// # Errors
/// [`RecordingError::NotASnapshot`], [`RecordingError::UnsupportedSnapshot`]; [`RecordingError::Truncated`],
/// [`RecordingError::Length`], [`RecordingError::Checksum`], [`RecordingError::Digest`] or [`RecordingError::TrailingBytes`] where it
/// is damaged; [`RecordingError::Undecodable`] where the header is another.
pub fn open_snapshot<H: DeserializeOwned>(bytes: &[u8]) -> Result<Snapshot<'_, H>, RecordingError> {
    let cut = |at: Place, needed: usize, found: usize| {
        Err(RecordingError::Truncated { at, needed: needed as u64, found: found as u64 })
    };
    let mut rest = bytes;
    if take::<8>(&mut rest).is_none_or(|magic| *magic != MAGIC) {
        return Err(RecordingError::NotASnapshot { found: bytes.iter().copied().take(8).collect() });
    }
    let version = take::<2>(&mut rest).map(|version| u16::from_le_bytes(*version));
    let reserved = take::<2>(&mut rest);
    let (lengths, stored) = ((wire::take_u32(&mut rest), take::<8>(&mut rest)), wire::take_u32(&mut rest));
    let (Some(found), Some(_), (Some(header_bytes), Some(body_bytes)), Some(stored)) =
        (version, reserved, lengths, stored)
    else {
        return cut(AT_HEADER, PRELUDE_BYTES, bytes.len());
    };
    if found != SNAPSHOT_VERSION {
        return Err(RecordingError::UnsupportedSnapshot { found });
    }
    let limit = MAX_HEADER_BYTES as u64;
    if header_bytes == 0 || u64::from(header_bytes) > limit {
        return Err(RecordingError::Length { at: AT_HEADER, length: u64::from(header_bytes), limit });
    }
    let Some((header, rest)) = rest.split_at_checked(header_bytes as usize) else {
        return cut(AT_HEADER, PRELUDE_BYTES.saturating_add(header_bytes as usize), bytes.len());
    };
    let checked = bytes.get(..PRELUDE_BYTES.saturating_sub(4)).unwrap_or_default();
    let computed = wire::checksum(&[checked, header]);
    if computed != stored {
        return Err(RecordingError::Checksum { at: AT_HEADER, stored, computed });
    }
    let (begin, length) = (bytes.len().saturating_sub(rest.len()), u64::from_le_bytes(*body_bytes));
    let (at, limit) = (Place { part: Part::Frame(1), offset: begin as u64 }, MAX_SNAPSHOT_BYTES as u64);
    if length == 0 || length > limit {
        return Err(RecordingError::Length { at, length, limit });
    }
    let Some((body, close)) = rest.split_at_checked(length as usize) else {
        return cut(at, length as usize, rest.len());
    };
    let at_close = Place { part: Part::Close, offset: (begin as u64).saturating_add(length) };
    let Some((digest, after)) = close.split_first_chunk::<CLOSE_BYTES>() else {
        return cut(at_close, CLOSE_BYTES, close.len());
    };
    if !after.is_empty() {
        return Err(RecordingError::TrailingBytes { at: at_close, bytes: after.len() as u64 });
    }
    let before = bytes.get(..bytes.len().saturating_sub(CLOSE_BYTES)).unwrap_or_default();
    if blake3::hash(before).as_bytes() != digest {
        return Err(RecordingError::Digest { at: at_close });
    }
    let header =
        wire::decode(header).map_err(|reason| RecordingError::Undecodable { at: AT_HEADER, reason })?;
    Ok(Snapshot { header, body, at })
}

impl<H> Snapshot<'_, H> {
    /// What was saved.
    ///
    /// # Errors
    /// [`RecordingError::Undecodable`]: the program that wrote it was of another build.
    pub fn value<T: DeserializeOwned>(&self) -> Result<T, RecordingError> {
        wire::decode(self.body).map_err(|reason| RecordingError::Undecodable { at: self.at, reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Vec<u8> {
        encode_snapshot(&("this run".to_owned(), 7_u64), &vec![Some(1.5), None]).unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<Option<f64>>, RecordingError> {
        open_snapshot::<(String, u64)>(bytes)?.value()
    }

    #[test]
    fn every_cut_every_flipped_bit_and_every_further_byte_is_found() {
        let whole = whole();
        assert_eq!(read(&whole).unwrap(), [Some(1.5), None]);
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length} bytes of {}", whole.len());
        }
        for bit in 0..8 * whole.len() {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&bytes).is_err(), "bit {bit}");
        }
        let longer = [whole.as_slice(), &[0]].concat();
        assert!(matches!(read(&longer), Err(RecordingError::TrailingBytes { bytes: 1, .. })));
    }

    #[test]
    fn what_is_none_and_one_of_another_version_are_told() {
        let mut bytes = whole();
        bytes[8] = 9;
        assert_eq!(read(&bytes).unwrap_err(), RecordingError::UnsupportedSnapshot { found: 9 });
        assert!(matches!(read(b"text"), Err(RecordingError::NotASnapshot { .. })));
    }

    #[test]
    fn a_value_longer_than_a_frame_comes_back() {
        let value = vec![7_u8; crate::MAX_FRAME_BYTES + 1];
        let bytes = encode_snapshot(&0_u8, &value).unwrap();
        assert_eq!(open_snapshot::<u8>(&bytes).unwrap().value::<Vec<u8>>().unwrap(), value);
    }
}
