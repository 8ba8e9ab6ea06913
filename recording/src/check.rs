//! Scans that decode are still hostile: whether the sensors of the header can have sent them.

use crate::{
    Header, MAX_BEAMS, MAX_PLOTS, MAX_RANGE_FACTOR, MAX_SENSOR_RADIUS_M, MAX_SPAN_S, MIN_SENSOR_RADIUS_M,
};
use fusion_core::types::{Plot, Regard, Scan, SensorId, SensorKind, Time};
use std::f64::consts::{FRAC_PI_2, PI, TAU};
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
    /// Where it looked from, or what it looked at, cannot be.
    #[error("sensor {sensor}: {field} = {value} is not allowed; it must be {allowed}")]
    ImpossibleLook {
        /// The sensor.
        sensor: SensorId,
        /// The field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        allowed: &'static str,
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
    kind: Kind,
    expected: u64,
    previous: Option<Time>,
}

/// What kind of plots a sensor gives.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A radar, with its greatest range, m.
    Radar(f64),
    Infrared,
    Sonar,
    Cue,
}

impl Kind {
    fn of(kind: &SensorKind) -> Self {
        match kind {
            SensorKind::Radar(model) => Kind::Radar(model.maximum_range_m),
            SensorKind::Infrared(_) => Kind::Infrared,
            SensorKind::Sonar(_) => Kind::Sonar,
            SensorKind::Cue => Kind::Cue,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Radar(_) => "a radar",
            Kind::Infrared => "an infrared",
            Kind::Sonar => "a sonar",
            Kind::Cue => "a cue",
        }
    }
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
        let memory = |kind: &SensorKind| Memory { kind: Kind::of(kind), expected: 0, previous: None };
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
        check_look(scan)?;
        for (index, plot) in scan.plots.iter().enumerate() {
            check_plot(sensor, memory.kind, index, plot)?;
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

/// A number of a scan: its field, its value, whether that may be, and what may be.
type Row = (&'static str, f64, bool, &'static str);

fn check_look(scan: &Scan) -> Result<(), ScanFault> {
    const AZIMUTH: &str = "an angle from -2 pi to 2 pi";
    let turn = |angle_rad: f64| angle_rad.abs() <= TAU;
    let origin = scan.origin_m.map(|origin_m| {
        let radius_m = origin_m.norm();
        let allowed = (MIN_SENSOR_RADIUS_M..=MAX_SENSOR_RADIUS_M).contains(&radius_m);
        (
            "origin_m (distance from the Earth's centre)",
            radius_m,
            allowed,
            "on or above the Earth, within 1e8 m",
        )
    });
    let wrong = |rows: &[Row]| rows.iter().copied().find(|(_, _, allowed, _)| !allowed);
    let regard = match &scan.regard {
        Regard::Field => None,
        Regard::Sector { centre_rad, half_width_rad } => wrong(&[
            ("regard.centre_rad", *centre_rad, turn(*centre_rad), AZIMUTH),
            (
                "regard.half_width_rad",
                *half_width_rad,
                (0.0..=TAU).contains(half_width_rad),
                "from 0 to 2 pi",
            ),
        ]),
        Regard::Beams(beams) if beams.len() > MAX_BEAMS => {
            Some(("number of regard.beams", beams.len() as f64, false, "at most 4096"))
        }
        Regard::Beams(beams) => beams.iter().find_map(|beam| {
            let elevation = (-FRAC_PI_2..=FRAC_PI_2).contains(&beam.elevation_rad);
            wrong(&[
                ("regard.beams.azimuth_rad", beam.azimuth_rad, turn(beam.azimuth_rad), AZIMUTH),
                ("regard.beams.elevation_rad", beam.elevation_rad, elevation, "from -pi/2 to pi/2"),
            ])
        }),
    };
    let plots = scan.plots.len();
    let too_many = (plots > MAX_PLOTS).then_some(("number of plots", plots as f64, false, "at most 65536"));
    match origin.filter(|(_, _, allowed, _)| !allowed).or(regard).or(too_many) {
        None => Ok(()),
        Some((field, value, _, allowed)) => {
            Err(ScanFault::ImpossibleLook { sensor: scan.sensor, field, value, allowed })
        }
    }
}

fn check_plot(sensor: SensorId, kind: Kind, plot: usize, value: &Plot) -> Result<(), ScanFault> {
    const FULL_TURN: &str = "from 0 to below 2 pi";
    const QUARTERS: &str = "from -pi/2 to pi/2";
    let quarters = |angle_rad: f64| (-FRAC_PI_2..=FRAC_PI_2).contains(&angle_rad);
    let rows: [Option<Row>; 5] = match (*value, kind) {
        (
            Plot::Radar { range_m, azimuth_rad, elevation_rad, range_rate_m_s, signal_to_noise },
            Kind::Radar(maximum_range_m),
        ) => [
            Some((
                "range_m",
                range_m,
                range_m > 0.0 && range_m <= maximum_range_m * MAX_RANGE_FACTOR,
                "above zero and at most twice the radar's greatest range",
            )),
            Some(("azimuth_rad", azimuth_rad, (0.0..TAU).contains(&azimuth_rad), FULL_TURN)),
            Some(("elevation_rad", elevation_rad, quarters(elevation_rad), QUARTERS)),
            range_rate_m_s.map(|rate| ("range_rate_m_s", rate, rate.abs() <= MAX_RATE_M_S, "within 20 km/s")),
            signal_to_noise.map(|ratio| {
                ("signal_to_noise", ratio, ratio > 0.0 && ratio <= MAX_RATIO, "above 0 and at most 1e12")
            }),
        ],
        (Plot::Infrared { right_rad, up_rad }, Kind::Infrared) => {
            let row = |field, angle_rad: f64| {
                Some((field, angle_rad, angle_rad.abs() < FRAC_PI_2, "between -pi/2 and pi/2"))
            };
            [row("right_rad", right_rad), row("up_rad", up_rad), None, None, None]
        }
        (Plot::Bearing { azimuth_rad }, Kind::Sonar) => {
            let row = ("azimuth_rad", azimuth_rad, (0.0..TAU).contains(&azimuth_rad), FULL_TURN);
            [Some(row), None, None, None, None]
        }
        (Plot::Cue { latitude_rad, longitude_rad, sigma_m, from, until }, Kind::Cue) => [
            Some(("latitude_rad", latitude_rad, quarters(latitude_rad), QUARTERS)),
            Some(("longitude_rad", longitude_rad, longitude_rad.abs() <= PI, "from -pi to pi")),
            Some(("sigma_m", sigma_m, sigma_m > 0.0 && sigma_m <= 1e7, "above 0 and at most 1e7")),
            Some(("until - from", until.seconds_since(from), from <= until, "not negative")),
            None,
        ],
        _ => return Err(ScanFault::PlotKind { sensor, plot, expected: kind.name() }),
    };
    let wrong = rows.into_iter().flatten().find(|(_, _, allowed, _)| !allowed);
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

/// Fastest range rate, m/s, and strongest echo, as a power ratio, that a plot may say.
const MAX_RATE_M_S: f64 = 20_000.0;
const MAX_RATIO: f64 = 1e12;
