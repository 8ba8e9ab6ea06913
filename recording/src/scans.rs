//! Scans that decode are still hostile: whether the sensors of the header can have sent them.

use crate::{Frames, Header, MAX_RANGE_FACTOR, MAX_SPAN_S, Place, Reader, RecordingError};
use fusion_core::types::{Plot, Scan, SensorId, SensorKind, Time};
use std::f64::consts::{FRAC_PI_2, TAU};
use std::fmt;
use thiserror::Error;

/// What is wrong with a scan.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ScanFault {
    /// The header has no such sensor.
    #[error("sensor = {sensor} is unknown; the header has {sensors} sensors, counted from 0")]
    UnknownSensor {
        /// The sensor named.
        sensor: SensorId,
        /// How many there are.
        sensors: usize,
    },
    /// A look that was already had.
    #[error("sensor {sensor}: sequence = {sequence} is a duplicate or out of order; {expected} was due")]
    Duplicate {
        /// The sensor.
        sensor: SensorId,
        /// The scan's number.
        sequence: u32,
        /// The number that was due.
        expected: u64,
    },
    /// Looks are missing before this one, which is sound itself.
    #[error("sensor {sensor}: sequence = {sequence} leaves a gap; {expected} was due")]
    Gap {
        /// The sensor.
        sensor: SensorId,
        /// The scan's number.
        sequence: u32,
        /// The number that was due.
        expected: u64,
    },
    /// Further from the start than any recording reaches.
    #[error(
        "sensor {sensor}: time = {} ns is {seconds} s from the start; at most {MAX_SPAN_S} s are allowed",
        time.nanoseconds()
    )]
    FarTime {
        /// The sensor.
        sensor: SensorId,
        /// The scan's time.
        time: Time,
        /// Seconds after the start.
        seconds: f64,
    },
    /// Not after the sensor's look before.
    #[error(
        "sensor {sensor}: time = {} ns is not after its look before, {} ns",
        time.nanoseconds(), previous.nanoseconds()
    )]
    Backwards {
        /// The sensor.
        sensor: SensorId,
        /// The scan's time.
        time: Time,
        /// The time of the look before.
        previous: Time,
    },
    /// Before the scan before, of another sensor.
    #[error(
        "sensor {sensor}: time = {} ns is before that of the scan before, {} ns",
        time.nanoseconds(), previous.nanoseconds()
    )]
    OutOfOrder {
        /// The sensor.
        sensor: SensorId,
        /// The scan's time.
        time: Time,
        /// The time of the scan before.
        previous: Time,
    },
    /// A plot of another kind than the sensor.
    #[error("sensor {sensor}: plots[{plot}] is not that of {expected} sensor")]
    PlotKind {
        /// The sensor.
        sensor: SensorId,
        /// Index of the plot.
        plot: usize,
        /// What the sensor is.
        expected: &'static str,
    },
    /// A number that no sensor can report.
    #[error("sensor {sensor}: plots[{plot}].{field} = {value} is not allowed; it must be {allowed}")]
    ImpossiblePlot {
        /// The sensor.
        sensor: SensorId,
        /// Index of the plot.
        plot: usize,
        /// The field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
}

/// What the check remembers of one sensor.
#[derive(Clone, Debug)]
struct Memory {
    /// A radar's greatest range, m; None for an infrared sensor.
    maximum_range_m: Option<f64>,
    expected: u64,
    previous: Option<Time>,
}

/// Checks scans one after the other against the sensors and against those before: for recordings and live feeds.
#[derive(Clone, Debug)]
pub struct ScanCheck {
    start: Time,
    sensors: Vec<Memory>,
    latest: Option<Time>,
}

impl ScanCheck {
    /// A check that has seen no scan yet.
    pub fn new(header: &Header) -> Self {
        let memory = |kind: &SensorKind| Memory {
            maximum_range_m: match kind {
                SensorKind::Radar(model) => Some(model.maximum_range_m),
                SensorKind::Infrared(_) => None,
            },
            expected: 0,
            previous: None,
        };
        let sensors = header.sensors.iter().map(|sensor| memory(&sensor.kind)).collect();
        ScanCheck { start: header.start, sensors, latest: None }
    }

    /// Checks the next scan.
    ///
    /// # Errors
    /// The first thing that is wrong. A [`ScanFault::Gap`] comes only where nothing else is: such a scan counts as
    /// had and may be used. Any other fault leaves the times as they were, and the looks after it are judged as if
    /// this one had come and been good.
    pub fn check(&mut self, scan: &Scan) -> Result<(), ScanFault> {
        let (sensor, time, sequence) = (scan.sensor, scan.time, scan.sequence);
        let sensors = self.sensors.len();
        let Some(memory) = self.sensors.get_mut(usize::from(sensor.0)) else {
            return Err(ScanFault::UnknownSensor { sensor, sensors });
        };
        let (number, expected) = (u64::from(sequence), memory.expected);
        if number < expected {
            return Err(ScanFault::Duplicate { sensor, sequence, expected });
        }
        if number == expected {
            memory.expected = expected.saturating_add(1);
        }
        let seconds = time.seconds_since(self.start);
        if seconds.abs() > MAX_SPAN_S {
            return Err(ScanFault::FarTime { sensor, time, seconds });
        }
        if let Some(previous) = memory.previous.filter(|previous| time <= *previous) {
            return Err(ScanFault::Backwards { sensor, time, previous });
        }
        if let Some(previous) = self.latest.filter(|latest| time < *latest) {
            return Err(ScanFault::OutOfOrder { sensor, time, previous });
        }
        for (index, plot) in scan.plots.iter().enumerate() {
            check_plot(sensor, memory.maximum_range_m, index, plot)?;
        }
        memory.previous = Some(time);
        self.latest = Some(time);
        memory.expected = number.saturating_add(1);
        if number > expected {
            return Err(ScanFault::Gap { sensor, sequence, expected });
        }
        Ok(())
    }
}

fn check_plot(
    sensor: SensorId,
    maximum_range_m: Option<f64>,
    plot: usize,
    value: &Plot,
) -> Result<(), ScanFault> {
    let expected = if maximum_range_m.is_some() { "a radar" } else { "an infrared" };
    let fields = match (*value, maximum_range_m) {
        (Plot::Radar { range_m, azimuth_rad, elevation_rad }, Some(maximum_range_m)) => [
            Some((
                "range_m",
                range_m,
                range_m > 0.0 && range_m <= maximum_range_m * MAX_RANGE_FACTOR,
                "above zero and at most twice the radar's greatest range",
            )),
            Some(("azimuth_rad", azimuth_rad, (0.0..TAU).contains(&azimuth_rad), "from 0 to below 2 pi")),
            Some((
                "elevation_rad",
                elevation_rad,
                (-FRAC_PI_2..=FRAC_PI_2).contains(&elevation_rad),
                "from -pi/2 to pi/2",
            )),
        ],
        (Plot::Infrared { right_rad, up_rad }, None) => {
            let row = |field, angle_rad: f64| {
                Some((field, angle_rad, angle_rad.abs() < FRAC_PI_2, "between -pi/2 and pi/2"))
            };
            [row("right_rad", right_rad), row("up_rad", up_rad), None]
        }
        _ => return Err(ScanFault::PlotKind { sensor, plot, expected }),
    };
    let wrong = fields.into_iter().flatten().find(|(_, _, allowed, _)| !allowed);
    // The core's own judgement, should it one day ask for more than the rows above.
    let wrong =
        wrong.or((!value.is_valid()).then_some(("value", f64::NAN, false, "what such a sensor can report")));
    match wrong {
        None => Ok(()),
        Some((field, value, _, allowed)) => {
            Err(ScanFault::ImpossiblePlot { sensor, plot, field, value, allowed })
        }
    }
}

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
