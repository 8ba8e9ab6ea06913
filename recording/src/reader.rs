//! Bytes to values.

use crate::wire::{self, DIGEST_BYTES, Kind, take, take_u32};
use crate::{
    CLOSE_BYTES, FORMAT_VERSION, FRAME_HEAD_BYTES, Header, MAX_FRAME_BYTES, MAX_HEADER_BYTES, PRELUDE_BYTES,
    Part, Place, RecordingError, limits::MAGIC,
};
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// Reads a recording whose frames are `T`.
///
/// For scans use [`crate::open_scans`], which also checks what they say.
#[derive(Debug)]
pub struct Reader<T>(PhantomData<fn() -> T>);

impl<T: DeserializeOwned + 'static> Reader<T> {
    /// The header, checked, and the frames, which are decoded one by one.
    ///
    /// # Errors
    /// What is wrong with prelude or header; [`RecordingError::WrongKind`] where the recording does not hold `T`.
    pub fn open(bytes: &[u8]) -> Result<(Header, Frames<'_, T>), RecordingError> {
        let (kind, header, rest) = split_header(bytes)?;
        let expected = Kind::of::<T>();
        if kind != expected {
            return Err(RecordingError::WrongKind { found: kind, expected });
        }
        let offset = bytes.len().saturating_sub(rest.len()) as u64;
        let digest = blake3::Hasher::new();
        let frames =
            Frames { rest, frames: 0, offset, digest, undigested: bytes, ended: None, body: PhantomData };
        Ok((header, frames))
    }
}

/// The frames of a recording in order; ends after the first error.
#[derive(Clone, Debug)]
pub struct Frames<'a, T> {
    rest: &'a [u8],
    frames: u64,
    offset: u64,
    digest: blake3::Hasher,
    /// From the first byte on that is not in the digest yet.
    undigested: &'a [u8],
    /// Whether nothing more comes, and whether it ended well.
    ended: Option<bool>,
    body: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Frames<'_, T> {
    /// How many frames were read.
    pub fn count_read(&self) -> u64 {
        self.frames
    }

    /// Where the next frame begins; after an error, where the frame begins that it names.
    pub fn place(&self) -> Place {
        Place { part: Part::Frame(self.frames.saturating_add(1)), offset: self.offset }
    }

    /// The BLAKE3 digest of header and frames, once the end was reached and was found whole.
    pub fn digest(&self) -> Option<[u8; 32]> {
        self.ended.filter(|whole| *whole).map(|_| self.digest.finalize().into())
    }

    /// Reads one frame, or the close (None).
    fn read(&mut self) -> Result<Option<T>, RecordingError> {
        let at = self.place();
        let mut rest = self.rest;
        let truncated = |needed: usize| RecordingError::Truncated {
            at,
            needed: needed as u64,
            found: self.rest.len() as u64,
        };
        let (Some(length), Some(stored)) = (take_u32(&mut rest), take_u32(&mut rest)) else {
            return Err(truncated(FRAME_HEAD_BYTES));
        };
        if length == 0 {
            return self.read_close(stored, rest).map(|()| None);
        }
        let body_bytes = length as usize;
        if body_bytes > MAX_FRAME_BYTES {
            let (length, limit) = (u64::from(length), MAX_FRAME_BYTES as u64);
            return Err(RecordingError::Length { at, length, limit });
        }
        let whole = FRAME_HEAD_BYTES.saturating_add(body_bytes);
        let Some((body, after)) = rest.split_at_checked(body_bytes) else {
            return Err(truncated(whole));
        };
        let computed = wire::checksum(&[&length.to_le_bytes(), body]);
        if computed != stored {
            return Err(RecordingError::Checksum { at, stored, computed });
        }
        let value = wire::decode(body).map_err(|reason| RecordingError::Undecodable { at, reason })?;
        if self.undigested.len().saturating_sub(after.len()) >= DIGEST_BYTES {
            self.digest_before(after);
        }
        self.rest = after;
        self.frames = self.frames.saturating_add(1);
        self.offset = self.offset.saturating_add(whole as u64);
        Ok(Some(value))
    }

    /// Takes into the digest what lies before the rest.
    fn digest_before(&mut self, rest: &[u8]) {
        let length = self.undigested.len().saturating_sub(rest.len());
        let (before, after) = self.undigested.split_at_checked(length).unwrap_or_default();
        self.digest.update(before);
        self.undigested = after;
    }

    fn read_close(&mut self, stored: u32, mut rest: &[u8]) -> Result<(), RecordingError> {
        let at = Place { part: Part::Close, offset: self.offset };
        let (Some(count), Some(digest)) = (take::<8>(&mut rest), take::<32>(&mut rest)) else {
            let (needed, found) = (CLOSE_BYTES as u64, self.rest.len() as u64);
            return Err(RecordingError::Truncated { at, needed, found });
        };
        let computed = wire::checksum(&[&[0; 4], count, digest]);
        if computed != stored {
            return Err(RecordingError::Checksum { at, stored, computed });
        }
        let (stored, counted) = (u64::from_le_bytes(*count), self.frames);
        if stored != counted {
            return Err(RecordingError::FrameCount { at, stored, counted });
        }
        self.digest_before(self.rest);
        if self.digest.finalize().as_bytes() != digest {
            return Err(RecordingError::Digest { at });
        }
        match rest.len() {
            0 => Ok(()),
            bytes => Err(RecordingError::TrailingBytes { at, bytes: bytes as u64 }),
        }
    }
}

impl<T: DeserializeOwned> Iterator for Frames<'_, T> {
    type Item = Result<T, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended.is_some() {
            return None;
        }
        let read = self.read();
        match &read {
            Ok(Some(_)) => {}
            Ok(None) => self.ended = Some(true),
            Err(_) => self.ended = Some(false),
        }
        read.transpose()
    }
}

impl<T: DeserializeOwned> std::iter::FusedIterator for Frames<'_, T> {}

/// The kind and the header of any recording, for a program that says what a file is.
///
/// # Errors
/// What is wrong with prelude or header. The frames are not looked at.
pub fn read_header(bytes: &[u8]) -> Result<(Kind, Header), RecordingError> {
    split_header(bytes).map(|(kind, header, _)| (kind, header))
}

/// Header and frames of a whole recording.
///
/// # Errors
/// The first thing that is wrong, also a cut between two frames.
pub fn read_all<T: DeserializeOwned + 'static>(bytes: &[u8]) -> Result<(Header, Vec<T>), RecordingError> {
    let (header, frames) = Reader::open(bytes)?;
    Ok((header, frames.collect::<Result<_, _>>()?))
}

/// Header and frames up to the first thing that is wrong, and what that is: for a recording whose writer died.
///
/// # Errors
/// What is wrong with prelude or header: without them no frame can be read.
pub fn read_valid_prefix<T: DeserializeOwned + 'static>(
    bytes: &[u8],
) -> Result<(Header, Vec<T>, Option<RecordingError>), RecordingError> {
    let (header, frames) = Reader::open(bytes)?;
    let mut values = Vec::new();
    let mut error = None;
    for frame in frames {
        match frame {
            Ok(value) => values.push(value),
            Err(found) => error = Some(found),
        }
    }
    Ok((header, values, error))
}

/// Prelude and header, checked, and what follows them.
fn split_header(bytes: &[u8]) -> Result<(Kind, Header, &[u8]), RecordingError> {
    let at = Place { part: Part::Header, offset: 0 };
    let truncated =
        |needed: usize| RecordingError::Truncated { at, needed: needed as u64, found: bytes.len() as u64 };
    let start = bytes.get(..MAGIC.len().min(bytes.len())).unwrap_or_default();
    if !MAGIC.starts_with(start) {
        return Err(RecordingError::NotARecording { found: start.to_vec() });
    }
    let mut rest = bytes;
    let Some(prelude) = take::<PRELUDE_BYTES>(&mut rest) else {
        return Err(truncated(PRELUDE_BYTES));
    };
    let [_, _, _, _, _, _, _, _, v0, v1, kind, reserved, l0, l1, l2, l3, c0, c1, c2, c3] = *prelude;
    let found = u16::from_le_bytes([v0, v1]);
    if found != FORMAT_VERSION {
        return Err(RecordingError::UnsupportedVersion { found });
    }
    let Some(known) = Kind::from_byte(kind).filter(|_| reserved == 0) else {
        return Err(RecordingError::UnknownKind { kind, reserved });
    };
    let length = u32::from_le_bytes([l0, l1, l2, l3]);
    let body_bytes = length as usize;
    if body_bytes == 0 || body_bytes > MAX_HEADER_BYTES {
        let (length, limit) = (u64::from(length), MAX_HEADER_BYTES as u64);
        return Err(RecordingError::Length { at, length, limit });
    }
    let Some((body, rest)) = rest.split_at_checked(body_bytes) else {
        return Err(truncated(PRELUDE_BYTES.saturating_add(body_bytes)));
    };
    let stored = u32::from_le_bytes([c0, c1, c2, c3]);
    let computed = wire::checksum(&[prelude.get(..16).unwrap_or_default(), body]);
    if computed != stored {
        return Err(RecordingError::Checksum { at, stored, computed });
    }
    let header: Header = wire::decode(body).map_err(|reason| RecordingError::Undecodable { at, reason })?;
    header.check()?;
    Ok((known, header, rest))
}
