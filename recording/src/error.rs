//! What can be wrong with a recording, and where.

use crate::{FORMAT_VERSION, JOURNAL_VERSION, Kind, SNAPSHOT_VERSION, ScanFault};
use std::fmt;
use thiserror::Error;

/// Where in a recording something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which part of the recording.
    pub part: Part,
    /// Byte at which the part begins.
    pub offset: u64,
}

/// A part of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Prelude and header.
    Header,
    /// A frame, or where one was due, counted from one.
    Frame(u64),
    /// The close.
    Close,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Part::Header => write!(formatter, "header"),
            Part::Frame(number) => write!(formatter, "frame {number}"),
            Part::Close => write!(formatter, "close"),
        }?;
        write!(formatter, " at byte {}", self.offset)
    }
}

/// What is wrong with a recording. The caller, who knows it, adds the name of the file.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The bytes do not begin as a recording does.
    #[error("not a recording: the first bytes are {found:02x?}")]
    NotARecording {
        /// The first bytes, at most eight.
        found: Vec<u8>,
    },
    /// The bytes do not begin as a journal does.
    #[error("not a journal: the first bytes are {found:02x?}")]
    NotAJournal {
        /// The first bytes, at most eight.
        found: Vec<u8>,
    },
    /// A journal written by another version of this program.
    #[error("journal version {found}; this program reads version {JOURNAL_VERSION}")]
    UnsupportedJournal {
        /// The version.
        found: u16,
    },
    /// The bytes do not begin as a snapshot does.
    #[error("not a snapshot: the first bytes are {found:02x?}")]
    NotASnapshot {
        /// The first bytes, at most eight.
        found: Vec<u8>,
    },
    /// A snapshot written by another version of this program.
    #[error("snapshot version {found}; this program reads version {SNAPSHOT_VERSION}")]
    UnsupportedSnapshot {
        /// The version.
        found: u16,
    },
    /// Written by another version of this program.
    #[error("format version {found}; this program reads version {FORMAT_VERSION}")]
    UnsupportedVersion {
        /// The version.
        found: u16,
    },
    /// Neither scans nor truth, or a byte that must be zero is not.
    #[error("the recording says that it is of kind {kind}.{reserved}; known are 1.0 (scans) and 2.0 (truth)")]
    UnknownKind {
        /// The kind.
        kind: u8,
        /// The byte after it.
        reserved: u8,
    },
    /// Scans where truth was asked for, or the other way round.
    #[error("this is a recording of {found}, and {expected} was asked for")]
    WrongKind {
        /// What it is.
        found: Kind,
        /// What was asked for.
        expected: Kind,
    },
    /// The bytes end too early. What comes before `at` is whole.
    #[error("{at}: the recording is cut: {needed} bytes are due here and {found} are left")]
    Truncated {
        /// The part that is not whole.
        at: Place,
        /// Bytes needed from the start of the part.
        needed: u64,
        /// Bytes there are.
        found: u64,
    },
    /// A length that no recording has.
    #[error("{at}: a length of {length} bytes; at least 1 and at most {limit} are allowed")]
    Length {
        /// The part.
        at: Place,
        /// Its length.
        length: u64,
        /// The longest allowed.
        limit: u64,
    },
    /// The bytes are not those that were written.
    #[error(
        "{at}: the checksum is {stored:08x} in the file and {computed:08x} over its bytes: it is damaged"
    )]
    Checksum {
        /// The part.
        at: Place,
        /// What the file says.
        stored: u32,
        /// What its bytes give.
        computed: u32,
    },
    /// Undamaged bytes that are not what they should be.
    #[error("{at}: cannot be understood: {reason}")]
    Undecodable {
        /// The part.
        at: Place,
        /// Why.
        reason: String,
    },
    /// The value cannot be written.
    #[error("{at}: cannot be written: {reason}")]
    Unencodable {
        /// The part.
        at: Place,
        /// Why.
        reason: String,
    },
    /// Frames are missing or too many.
    #[error("{at}: the recording had {stored} frames when it was written and has {counted}")]
    FrameCount {
        /// The close.
        at: Place,
        /// What the file says.
        stored: u64,
        /// How many there are.
        counted: u64,
    },
    /// Frames were swapped or replaced.
    #[error("{at}: the frames are not those that were written, or not in their order: the digest differs")]
    Digest {
        /// The close.
        at: Place,
    },
    /// Something follows the close.
    #[error("{at}: {bytes} bytes follow the end of the recording")]
    TrailingBytes {
        /// The close.
        at: Place,
        /// How many.
        bytes: u64,
    },
    /// A value of the header that no run can have.
    #[error("header: {field} = {value} is not allowed; it must be {allowed}")]
    HeaderValue {
        /// The field.
        field: String,
        /// Its value.
        value: String,
        /// What it may be.
        allowed: String,
    },
    /// A scan that the sensors of the header cannot have sent.
    #[error("{at}: {fault}")]
    Scan {
        /// The frame.
        at: Place,
        /// What is wrong with it.
        fault: ScanFault,
    },
}
