//! The scans of a recording, decoded and checked one by one.

use crate::{Frames, Header, Place, Reader, RecordingError, ScanCheck, ScanFault};
use fusion_core::types::Scan;
use std::fmt;

/// How many scans were not what they should be, by kind, where the caller chose to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Scans of no known sensor.
    pub unknown_sensor: u64,
    /// Looks that were already had.
    pub duplicate: u64,
    /// Scans out of all time.
    pub far_time: u64,
    /// Scans not after the look before, or before the scan before.
    pub out_of_order: u64,
    /// Scans from or at what cannot be.
    pub impossible_look: u64,
    /// Scans with a plot of the wrong kind.
    pub plot_kind: u64,
    /// Scans with an impossible plot.
    pub impossible_plot: u64,
    /// Looks that never came. The scans after such gaps are used.
    pub missing_looks: u64,
    /// The first fault and where it was.
    pub first: Option<(Place, String)>,
}

impl Skipped {
    /// Counts a fault; whether the scan may be used all the same.
    pub fn count(&mut self, at: Place, fault: &ScanFault) -> bool {
        if self.first.is_none() {
            self.first = Some((at, fault.to_string()));
        }
        let (counter, more) = match fault {
            ScanFault::UnknownSensor { .. } => (&mut self.unknown_sensor, 1),
            ScanFault::Duplicate { .. } => (&mut self.duplicate, 1),
            ScanFault::FarTime { .. } => (&mut self.far_time, 1),
            ScanFault::Backwards { .. } | ScanFault::OutOfOrder { .. } => (&mut self.out_of_order, 1),
            ScanFault::ImpossibleLook { .. } => (&mut self.impossible_look, 1),
            ScanFault::PlotKind { .. } => (&mut self.plot_kind, 1),
            ScanFault::ImpossiblePlot { .. } => (&mut self.impossible_plot, 1),
            ScanFault::Gap { sequence, expected, .. } => {
                (&mut self.missing_looks, u64::from(*sequence).saturating_sub(*expected))
            }
        };
        *counter = counter.saturating_add(more);
        matches!(fault, ScanFault::Gap { .. })
    }

    /// How many scans were left out.
    pub fn scans(&self) -> u64 {
        [
            self.unknown_sensor,
            self.duplicate,
            self.far_time,
            self.out_of_order,
            self.impossible_look,
            self.plot_kind,
            self.impossible_plot,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} scans skipped, {} looks missing", self.scans(), self.missing_looks)?;
        let parts = [
            ("of unknown sensors", self.unknown_sensor),
            ("duplicates", self.duplicate),
            ("far from the start", self.far_time),
            ("out of order", self.out_of_order),
            ("of impossible looks", self.impossible_look),
            ("with plots of the wrong kind", self.plot_kind),
            ("with impossible plots", self.impossible_plot),
        ];
        parts
            .iter()
            .filter(|(_, count)| *count > 0)
            .try_for_each(|(name, count)| write!(formatter, ", {count} {name}"))?;
        self.first.iter().try_for_each(|(at, fault)| write!(formatter, "; first: {at}: {fault}"))
    }
}

/// The scans of a recording, decoded and checked one by one; ends after the first error.
#[derive(Clone, Debug)]
pub struct Scans<'a> {
    frames: Frames<'a, Scan>,
    check: ScanCheck,
    /// None where a scan that is not what it should be is an error.
    skipped: Option<Skipped>,
    ended: bool,
}

impl Scans<'_> {
    /// From now on scans that are not what they should be are left out and counted. Damage to the file still ends the
    /// reading.
    #[must_use]
    pub fn skipping(mut self) -> Self {
        self.skipped.get_or_insert_default();
        self
    }

    /// What was skipped so far; nothing where skipping was not asked for.
    pub fn skipped(&self) -> Skipped {
        self.skipped.clone().unwrap_or_default()
    }

    /// As [`Frames::digest`].
    pub fn digest(&self) -> Option<[u8; 32]> {
        self.frames.digest()
    }
}

impl Iterator for Scans<'_> {
    type Item = Result<Scan, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let at = self.frames.place();
            let scan = match self.frames.next()? {
                Ok(scan) => scan,
                Err(error) => return Some(Err(error)),
            };
            let Err(fault) = self.check.check(&scan) else {
                return Some(Ok(scan));
            };
            let Some(skipped) = &mut self.skipped else {
                self.ended = true;
                return Some(Err(RecordingError::Scan { at, fault }));
            };
            if skipped.count(at, &fault) {
                return Some(Ok(scan));
            }
        }
        None
    }
}

impl std::iter::FusedIterator for Scans<'_> {}

/// Header and scans of a recording, checked; decoded one by one.
///
/// # Errors
/// What is wrong with prelude or header; [`RecordingError::WrongKind`] for a recording of the truth.
pub fn open_scans(bytes: &[u8]) -> Result<(Header, Scans<'_>), RecordingError> {
    let (header, frames) = Reader::open(bytes)?;
    let check = ScanCheck::new(&header);
    Ok((header, Scans { frames, check, skipped: None, ended: false }))
}

/// Header and scans of a whole recording, checked.
///
/// # Errors
/// The first thing that is wrong.
pub fn read_scans(bytes: &[u8]) -> Result<(Header, Vec<Scan>), RecordingError> {
    let (header, scans) = open_scans(bytes)?;
    Ok((header, scans.collect::<Result<_, _>>()?))
}
