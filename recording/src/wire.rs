//! Numbers, checksums and bodies as bytes. The one file that names bincode.

use bincode::{
    config::{Configuration, Fixint, Limit, LittleEndian},
    error::{DecodeError, EncodeError},
};
use fusion_core::types::Scan;
use serde::{Serialize, de::DeserializeOwned};
use std::{any::TypeId, fmt};

/// What the frames of a recording hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What the sensors reported: a node's input.
    Scans,
    /// What really happened. It lies in a file of its own, which no node can open.
    Truth,
}

impl Kind {
    /// The kind of a recording whose frames are `T`: [`Scan`] makes scans, everything else is truth.
    ///
    /// Derived and not passed, so that no caller can hand truth to a node by a slip.
    pub fn of<T: 'static>() -> Kind {
        if TypeId::of::<T>() == TypeId::of::<Scan>() { Kind::Scans } else { Kind::Truth }
    }

    pub(crate) fn byte(self) -> u8 {
        match self {
            Kind::Scans => 1,
            Kind::Truth => 2,
        }
    }

    pub(crate) fn from_byte(byte: u8) -> Option<Kind> {
        [Kind::Scans, Kind::Truth].into_iter().find(|kind| kind.byte() == byte)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Kind::Scans => "scans",
            Kind::Truth => "truth",
        })
    }
}

/// Fixed-size little-endian integers, and at most `LIMIT` bytes read.
type Config<const LIMIT: usize> = Configuration<LittleEndian, Fixint, Limit<LIMIT>>;

fn config<const LIMIT: usize>() -> Config<LIMIT> {
    bincode::config::standard().with_little_endian().with_fixed_int_encoding().with_limit::<LIMIT>()
}

/// Why a value did not fit where it was to be written.
pub(crate) enum EncodeFault {
    /// The slice is too short.
    Full,
    /// The value cannot be encoded at all.
    Other(String),
}

/// Encodes `value` at the start of `slice`, and says how many bytes it took.
pub(crate) fn encode<T: Serialize>(value: &T, slice: &mut [u8]) -> Result<usize, EncodeFault> {
    bincode::serde::encode_into_slice(value, slice, config::<{ crate::MAX_FRAME_BYTES }>()).map_err(|error| {
        match error {
            EncodeError::UnexpectedEnd => EncodeFault::Full,
            EncodeError::OtherString(reason) => EncodeFault::Other(reason),
            other => EncodeFault::Other(format!("{other:?}")),
        }
    })
}

/// Encodes a value of any length.
pub(crate) fn encode_all<T: Serialize>(value: &T) -> Result<Vec<u8>, String> {
    bincode::serde::encode_to_vec(value, config::<{ crate::MAX_SNAPSHOT_BYTES }>())
        .map_err(|error| format!("{error:?}"))
}

/// Decodes a body that must be used up by its value.
///
/// bincode reserves what a string says it is long, up to the limit, before it looks how much there is. The limit
/// follows the body in steps of sixteen, so that no lie reserves more than sixteen times what was really sent.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    match body.len() {
        0x0..=0x100 => decode_within::<T, 0x100>(body),
        0x101..=0x1000 => decode_within::<T, 0x1000>(body),
        0x1001..=0x1_0000 => decode_within::<T, 0x1_0000>(body),
        0x1_0001..=0x10_0000 => decode_within::<T, 0x10_0000>(body),
        0x10_0001..=crate::MAX_FRAME_BYTES => decode_within::<T, { crate::MAX_FRAME_BYTES }>(body),
        _ => decode_within::<T, { crate::MAX_SNAPSHOT_BYTES }>(body),
    }
}

fn decode_within<T: DeserializeOwned, const LIMIT: usize>(body: &[u8]) -> Result<T, String> {
    let (value, used) =
        bincode::serde::decode_from_slice(body, config::<LIMIT>()).map_err(|error| match error {
            DecodeError::UnexpectedEnd { .. } => "the body ends before its last field".to_owned(),
            DecodeError::LimitExceeded => "a list or a text says it is longer than the body".to_owned(),
            DecodeError::Utf8 { inner } => format!("a text is not UTF-8: {inner}"),
            DecodeError::OtherString(reason) => reason,
            other => format!("{other:?}"),
        })?;
    match body.len().checked_sub(used) {
        Some(0) => Ok(value),
        _ => Err(format!("{used} of {} bytes are used by the value", body.len())),
    }
}

/// Bytes that go into a digest at a time: BLAKE3 takes a long stretch many times as fast as the same in pieces of a frame.
pub(crate) const DIGEST_BYTES: usize = 65_536;

/// CRC-32C over several pieces as if they were one.
pub(crate) fn checksum(pieces: &[&[u8]]) -> u32 {
    pieces.iter().fold(0, |sum, piece| crc32c::crc32c_append(sum, piece))
}

/// Takes `N` bytes off the front of `bytes`.
pub(crate) fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(head)
}

/// Takes a `u32` off the front of `bytes`.
pub(crate) fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    take(bytes).map(|four| u32::from_le_bytes(*four))
}
