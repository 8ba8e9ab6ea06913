//! Values to bytes.

use crate::wire::{self, DIGEST_BYTES, EncodeFault, Kind};
use crate::{
    CLOSE_BYTES, FORMAT_VERSION, FRAME_HEAD_BYTES, Header, MAX_FRAME_BYTES, MAX_HEADER_BYTES, Part, Place,
    RecordingError, limits::MAGIC,
};
use serde::Serialize;
use std::marker::PhantomData;

/// Encodes a recording piece by piece into a buffer that it uses again: no allocation per frame once the buffer has
/// the length of the longest frame.
///
/// For a recording that goes to a file while it grows. [`Writer`] is simpler where it fits in memory.
#[derive(Debug)]
pub struct Encoder<T> {
    buffer: Vec<u8>,
    frames: u64,
    offset: u64,
    digest: blake3::Hasher,
    /// Bytes that are not in the digest yet.
    undigested: Vec<u8>,
    body: PhantomData<fn(&T)>,
}

impl<T: Serialize + 'static> Encoder<T> {
    /// An encoder, and the bytes with which the recording begins.
    ///
    /// # Errors
    /// [`RecordingError::HeaderValue`] where the header would be refused by a reader;
    /// [`RecordingError::Length`] where it is too long.
    pub fn new(header: &Header) -> Result<(Self, Vec<u8>), RecordingError> {
        header.check()?;
        let at = Place { part: Part::Header, offset: 0 };
        let mut buffer = Vec::new();
        let length = encode_growing(header, &mut buffer, 0, MAX_HEADER_BYTES, at)?;
        let body = buffer.get(..length).unwrap_or_default();

        let mut bytes = Vec::with_capacity(length.saturating_add(crate::PRELUDE_BYTES));
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&[Kind::of::<T>().byte(), 0]);
        // Below MAX_HEADER_BYTES, so it fits.
        bytes.extend_from_slice(&(length as u32).to_le_bytes());
        let checksum = wire::checksum(&[&bytes, body]);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes.extend_from_slice(body);

        let mut digest = blake3::Hasher::new();
        digest.update(&bytes);
        let (offset, undigested) = (bytes.len() as u64, Vec::with_capacity(DIGEST_BYTES));
        let encoder = Encoder { buffer, frames: 0, offset, digest, undigested, body: PhantomData };
        Ok((encoder, bytes))
    }

    /// The bytes of the next frame, valid until the next call.
    ///
    /// # Errors
    /// [`RecordingError::Length`] where the body is empty or longer than [`MAX_FRAME_BYTES`];
    /// [`RecordingError::Unencodable`] where the type has no encoding. The recording goes on without that frame.
    pub fn frame(&mut self, value: &T) -> Result<&[u8], RecordingError> {
        let at = Place { part: Part::Frame(self.frames.saturating_add(1)), offset: self.offset };
        let length = encode_growing(value, &mut self.buffer, FRAME_HEAD_BYTES, MAX_FRAME_BYTES, at)?;
        let whole = FRAME_HEAD_BYTES.saturating_add(length);
        let frame = self.buffer.get_mut(..whole).unwrap_or_default();
        if let Some((head, body)) = frame.split_first_chunk_mut::<FRAME_HEAD_BYTES>() {
            // Below MAX_FRAME_BYTES, so it fits.
            let length = (length as u32).to_le_bytes();
            let checksum = wire::checksum(&[&length, body]).to_le_bytes();
            let (first, second) = head.split_at_mut(length.len());
            first.copy_from_slice(&length);
            second.copy_from_slice(&checksum);
        }
        if self.undigested.len().saturating_add(frame.len()) > DIGEST_BYTES {
            self.digest.update(&self.undigested);
            self.undigested.clear();
        }
        if frame.len() > DIGEST_BYTES {
            self.digest.update(frame);
        } else {
            self.undigested.extend_from_slice(frame);
        }
        self.frames = self.frames.saturating_add(1);
        self.offset = self.offset.saturating_add(whole as u64);
        Ok(frame)
    }

    /// How many frames were encoded.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// The bytes with which the recording ends.
    pub fn close(mut self) -> [u8; CLOSE_BYTES] {
        let count = self.frames.to_le_bytes();
        self.digest.update(&self.undigested);
        let digest = self.digest.finalize();
        let zero = 0_u32.to_le_bytes();
        let checksum = wire::checksum(&[&zero, &count, digest.as_bytes()]).to_le_bytes();
        let mut bytes = [0; CLOSE_BYTES];
        let pieces = zero.iter().chain(&checksum).chain(&count).chain(digest.as_bytes());
        bytes.iter_mut().zip(pieces).for_each(|(byte, piece)| *byte = *piece);
        bytes
    }
}

/// Writes a whole recording into memory.
#[derive(Debug)]
pub struct Writer<T> {
    encoder: Encoder<T>,
    bytes: Vec<u8>,
}

impl<T: Serialize + 'static> Writer<T> {
    /// A recording with no frame yet.
    ///
    /// # Errors
    /// As [`Encoder::new`].
    pub fn new(header: &Header) -> Result<Self, RecordingError> {
        let (encoder, bytes) = Encoder::new(header)?;
        Ok(Writer { encoder, bytes })
    }

    /// Appends a frame.
    ///
    /// # Errors
    /// As [`Encoder::frame`].
    pub fn write_frame(&mut self, value: &T) -> Result<(), RecordingError> {
        let frame = self.encoder.frame(value)?;
        self.bytes.extend_from_slice(frame);
        Ok(())
    }

    /// The whole recording.
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&self.encoder.close());
        self.bytes
    }
}

/// Encodes `value` into `buffer` from byte `from` on, and lets the buffer grow as far as the value needs, up to
/// `limit` bytes of body. Gives the length of the body.
pub(crate) fn encode_growing<T: Serialize>(
    value: &T,
    buffer: &mut Vec<u8>,
    from: usize,
    limit: usize,
    at: Place,
) -> Result<usize, RecordingError> {
    const FIRST_BYTES: usize = 4_096;
    let largest = from.saturating_add(limit);
    loop {
        match wire::encode(value, buffer.get_mut(from..).unwrap_or_default()) {
            Ok(length) if length == 0 || length > limit => {
                return Err(RecordingError::Length { at, length: length as u64, limit: limit as u64 });
            }
            Ok(length) => return Ok(length),
            Err(EncodeFault::Other(reason)) => return Err(RecordingError::Unencodable { at, reason }),
            Err(EncodeFault::Full) if buffer.len() >= largest => {
                let length = (limit as u64).saturating_add(1);
                return Err(RecordingError::Length { at, length, limit: limit as u64 });
            }
            Err(EncodeFault::Full) => {
                let longer = buffer.len().saturating_mul(2).clamp(FIRST_BYTES, largest);
                buffer.resize(longer, 0);
            }
        }
    }
}
