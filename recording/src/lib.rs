//! The recording format: what sensors saw, in one file that alone is enough to replay it.
//!
//! A codec without files and sockets: bytes in, values out. It is the only crate that knows bincode. Beside recordings it
//! has journals, to which values of any type are appended ([`begin_journal`]), and snapshots, one value of any type
//! ([`encode_snapshot`]).
//!
//! # Layout
//!
//! All numbers are little-endian.
//!
//! ```text
//! recording = prelude  header body  frame*  close
//!
//! prelude   8  magic 89 'V' 'R' 'E' 'C' 0D 0A 1A
//!           2  format version
//!           1  kind: 1 scans, 2 truth
//!           1  zero
//!           4  length of the header body
//!           4  CRC-32C over the 16 bytes above and the header body
//! frame     4  length of the body, 1 to MAX_FRAME_BYTES
//!           4  CRC-32C over the length and the body
//!           n  body
//! close     4  zero
//!           4  CRC-32C over the zero and the 40 bytes below
//!           8  number of frames
//!          32  BLAKE3 over every byte before the close
//! ```
//!
//! Bodies are bincode 2 with fixed-size integers. Any prefix of whole frames is readable; the close tells a file that
//! was cut between two frames from a whole one, and finds frames that were dropped, repeated or swapped.
//!
//! # Example
//!
//! ```
//! use fusion_core::types::{Scan, SensorId, Time};
//! # use recording::Header;
//! # use fusion_core::{node::TrackerConfig, types::*, warning::WarningConfig};
//! # let header = Header {
//! #     scenario: "one-radar".into(), scenario_digest: [7; 32], seed: 1, run: 0,
//! #     start: Time::from_nanoseconds(0), sensors: vec![Sensor {
//! #         id: SensorId(0), name: "radar".into(), owner: NodeId(0),
//! #         position_m: ecef_from_geodetic(Geodetic::from_degrees(40.0, 140.0, 0.0)),
//! #         navigation_sigma_m: 0.0, revisit_s: 1.0, first_look_s: 0.0, detection_probability: 0.9, clutter_per_scan: 0.0,
//! #         kind: SensorKind::Radar(RadarModel::default()) }],
//! #     nodes: vec!["japan".into()], areas: vec![], tracker: TrackerConfig::default(),
//! #     warning: WarningConfig::default(), note: "seen without cues".into(),
//! # };
//! let scan = Scan::of_field(SensorId(0), 0, Time::from_nanoseconds(5), vec![]);
//!
//! let mut writer = recording::Writer::new(&header)?;
//! writer.write_frame(&scan)?;
//! let bytes = writer.finish();
//!
//! let (read, scans) = recording::read_scans(&bytes)?;
//! assert_eq!((read, scans), (header, vec![scan]));
//! # Ok::<(), recording::RecordingError>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::panic
    )
)]

mod check;
mod error;
mod header;
mod journal;
mod limits;
mod reader;
mod scans;
mod snapshot;
mod wire;
mod writer;

pub use check::{ScanCheck, ScanFault};
pub use error::{Part, Place, RecordingError};
pub use header::Header;
pub use journal::{
    JOURNAL_FRAME_HEAD_BYTES, JOURNAL_PRELUDE_BYTES, JOURNAL_VERSION, begin_journal, journal_frame,
    journal_frame_bytes, journal_header, journal_header_bytes, journal_value,
};
pub use limits::*;
pub use reader::{Frames, Reader, read_all, read_header, read_valid_prefix};
pub use scans::{Scans, Skipped, open_scans, read_scans};
pub use snapshot::{SNAPSHOT_VERSION, Snapshot, encode_snapshot, open_snapshot};
pub use wire::Kind;
pub use writer::{Encoder, Writer};
