//! Every bound of the format, by name. A reader refuses what exceeds one; a writer never writes it.

/// The version of the format that this crate writes and reads.
///
/// It changes with every change of the layout, also with one of a type inside a header or a scan.
pub const FORMAT_VERSION: u16 = 6;

/// Bytes before the header body.
pub const PRELUDE_BYTES: usize = 20;
/// Bytes before the body of a frame: its length and its checksum.
pub const FRAME_HEAD_BYTES: usize = 8;
/// Bytes of the close that ends a whole recording.
pub const CLOSE_BYTES: usize = 48;

/// Longest header body, bytes.
pub const MAX_HEADER_BYTES: usize = 1 << 20;
/// Longest body of a frame, bytes: room for many more plots than a scan may have.
pub const MAX_FRAME_BYTES: usize = 1 << 24;

/// Longest value of a snapshot, bytes: sixteen of the longest frames, so that a lie reserves no more than sixteen times what was sent.
pub const MAX_SNAPSHOT_BYTES: usize = 1 << 28;

/// Longest name of a scenario, node, sensor or area, bytes.
pub const MAX_NAME_BYTES: usize = 256;
/// Longest note, bytes.
pub const MAX_NOTE_BYTES: usize = 4_096;
/// Most sensors.
pub const MAX_SENSORS: usize = 4_096;
/// Most nodes.
pub const MAX_NODES: usize = 256;
/// Most areas.
pub const MAX_AREAS: usize = 4_096;
/// Most corners of one area.
pub const MAX_CORNERS: usize = 4_096;

/// A scan further than this from the start of its recording, s, is refused: a week.
pub const MAX_SPAN_S: f64 = 604_800.0;
/// Least distance of a sensor from the Earth's centre, m: below the sea at the pole.
pub const MIN_SENSOR_RADIUS_M: f64 = 6.3e6;
/// Greatest distance of a sensor from the Earth's centre, m: well above geosynchronous.
pub const MAX_SENSOR_RADIUS_M: f64 = 1e8;
/// Most dwells of one look.
pub const MAX_BEAMS: usize = 4_096;
/// Most plots of one scan: a node numbers them with sixteen bits.
pub const MAX_PLOTS: usize = 65_536;
/// A radar plot further than this many times the radar's greatest range is refused.
pub const MAX_RANGE_FACTOR: f64 = 2.0;

/// The first bytes of every recording. The odd first byte and the line ends show a file that went through a text
/// conversion.
pub(crate) const MAGIC: [u8; 8] = *b"\x89VREC\r\n\x1a";
