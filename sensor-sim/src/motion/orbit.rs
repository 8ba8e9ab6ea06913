//! Satellites, from the two-line elements in which their orbits are published.

use fusion_core::types::{EARTH_ROTATION_RAD_S, Time};
use nalgebra::Vector3;
use thiserror::Error;

/// Characters of a line of elements.
const LINE_LENGTH: usize = 69;
/// Elements this far from their epoch are worth nothing any more.
const LONGEST_SPAN_DAYS: f64 = 30.0;
/// SGP4 is asked at whole multiples of this after the epoch, ns; in between lies a cubic.
const KNOT_NANOSECONDS: i64 = 30_000_000_000;
/// What SGP4 says is rounded to these fractions of a metre, and of a metre per second.
const ROUNDING: (f64, f64) = (16.0, 1_024.0);
/// 2000-01-01 12:00 UTC.
const J2000: Time = Time::from_nanoseconds(946_728_000_000_000_000);

/// What is wrong with the elements of a satellite, or with asking them.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum OrbitError {
    /// Not a line of elements at all.
    #[error("line {line} of the elements has {length} characters; it must have {LINE_LENGTH}, of ASCII only")]
    Length {
        /// Which line, 1 or 2.
        line: usize,
        /// How many characters it has.
        length: usize,
    },
    /// A line does not add up.
    #[error(
        "line {line} of the elements ends with the check digit '{written}' but adds up to {counted}: look for a mistyped digit"
    )]
    Checksum {
        /// Which line, 1 or 2.
        line: usize,
        /// Its last character.
        written: char,
        /// What it should be.
        counted: u32,
    },
    /// A field can't be read or has no meaning.
    #[error("the elements can't be used: {0}")]
    Elements(String),
    /// The time is too far from the epoch of the elements.
    #[error(
        "the time lies {days:.1} days from the epoch of the elements; they serve for {LONGEST_SPAN_DAYS} days"
    )]
    TooFar {
        /// Days after the epoch, negative before.
        days: f64,
    },
    /// The satellite has come down, or the theory fails.
    #[error("the orbit can't be followed to this time: {0}")]
    Lost(String),
}

/// The orbit of a satellite.
///
/// SGP4 and SDP4 (Hoots and Roehrich, *Spacetrack Report* 3, 1980; Vallado et al., AIAA 2006-6753) with the WGS-72
/// constants for which elements are published. Elements are off by about a kilometre at their epoch and by some more
/// each day.
///
/// SGP4 runs in a foreign crate on the system's sines, whose last bit depends on the machine: 4e-8 m in the result. The
/// same bits on every machine come from rounding: SGP4 is asked at every 30 s after the epoch only, its answer rounded
/// to 1/16 m and 1/1024 m/s, and a cubic laid through. A number within 4e-8 m of the edge of the rounding would still
/// differ, which happens with less than one in 1,000 hours of a satellite, if machines differ at all.
#[derive(Clone, Debug)]
pub struct Orbit {
    lines: [String; 2],
    epoch: Time,
    constants: sgp4::Constants,
}

/// Orbits are equal when their elements are, to the letter.
impl PartialEq for Orbit {
    fn eq(&self, other: &Self) -> bool {
        self.lines == other.lines
    }
}

impl Orbit {
    /// Reads the two lines of a set of elements, without its title.
    ///
    /// # Errors
    /// [`OrbitError::Length`], [`OrbitError::Checksum`], [`OrbitError::Elements`].
    pub fn parse(line1: &str, line2: &str) -> Result<Self, OrbitError> {
        for (line, text) in [(1, line1), (2, line2)] {
            check_line(line, text)?;
        }
        let elements = sgp4::Elements::from_tle(line1.as_bytes(), line2.as_bytes())
            .map_err(|error| OrbitError::Elements(error.to_string()))?;
        let numbers = [
            elements.inclination,
            elements.right_ascension,
            elements.argument_of_perigee,
            elements.mean_anomaly,
            elements.mean_motion,
            elements.drag_term,
        ];
        if numbers.iter().any(|number| !number.is_finite()) || elements.mean_motion > 20.0 {
            return Err(OrbitError::Elements("a field is out of all bounds".to_owned()));
        }
        let epoch_nanoseconds = elements.datetime.and_utc().timestamp_nanos_opt();
        let epoch = epoch_nanoseconds.map(Time::from_nanoseconds);
        Ok(Orbit {
            lines: [line1.to_owned(), line2.to_owned()],
            epoch: epoch.ok_or_else(|| OrbitError::Elements("the epoch is out of all bounds".to_owned()))?,
            constants: sgp4::Constants::from_elements_afspc_compatibility_mode(&elements)
                .map_err(|error| OrbitError::Elements(error.to_string()))?,
        })
    }

    /// The instant for which the elements were made.
    pub fn epoch(&self) -> Time {
        self.epoch
    }

    /// Position (m) and velocity (m/s), which is its derivative, in Earth-fixed axes: within 0.1 m of SGP4 in orbits that
    /// are nearly circular, 4 m at the perigee of one of 12 hours, where SGP4's velocity and the derivative of its
    /// position differ by 1 m/s.
    ///
    /// From the true equator and mean equinox by Greenwich mean sidereal time. Neglected: polar motion (up to 0.5",
    /// 20 m in a low orbit) and UT1 - UTC, up to 0.9 s of the Earth's rotation at 15"/s, which shifts the satellite by up
    /// to 14" along the equator: 450 m in a low orbit, 2.8 km in the geosynchronous one. The simulator tells the trackers
    /// the same position, so that nothing comes of it.
    ///
    /// # Errors
    /// [`OrbitError::TooFar`] beyond 30 days from the epoch, [`OrbitError::Lost`].
    pub fn state_at(&self, time: Time) -> Result<(Vector3<f64>, Vector3<f64>), OrbitError> {
        let since_epoch = (time - self.epoch).nanoseconds();
        let days = since_epoch as f64 / 86_400e9;
        if days.abs() > LONGEST_SPAN_DAYS {
            return Err(OrbitError::TooFar { days });
        }
        let knot = since_epoch.div_euclid(KNOT_NANOSECONDS);
        let fraction = since_epoch.rem_euclid(KNOT_NANOSECONDS) as f64 / KNOT_NANOSECONDS as f64;
        let (inertial_m, inertial_m_s) = between(&self.knot(knot)?, &self.knot(knot + 1)?, fraction);
        Ok(earth_fixed(&inertial_m, &inertial_m_s, sidereal_angle_rad(time)))
    }

    /// The rounded state at a whole multiple of 30 s after the epoch.
    fn knot(&self, count: i64) -> Result<State, OrbitError> {
        let (position_m, velocity_m_s) = self.inertial(count as f64 * (KNOT_NANOSECONDS as f64 / 60e9))?;
        let round = |vector: Vector3<f64>, parts: f64| vector.map(|part| libm::round(part * parts) / parts);
        Ok((round(position_m, ROUNDING.0), round(velocity_m_s, ROUNDING.1)))
    }

    /// What SGP4 says, in axes of the true equator and mean equinox.
    fn inertial(&self, minutes: f64) -> Result<State, OrbitError> {
        let prediction = self
            .constants
            .propagate_afspc_compatibility_mode(sgp4::MinutesSinceEpoch(minutes))
            .map_err(|error| OrbitError::Lost(error.to_string()))?;
        let position_m = Vector3::from(prediction.position) * 1e3;
        let velocity_m_s = Vector3::from(prediction.velocity) * 1e3;
        let sane = position_m.iter().chain(velocity_m_s.iter()).all(|part| part.is_finite());
        if !sane || position_m.norm() < 6.4e6 {
            return Err(OrbitError::Lost("the satellite has come down".to_owned()));
        }
        Ok((position_m, velocity_m_s))
    }
}

/// Position, m, and velocity, m/s.
type State = (Vector3<f64>, Vector3<f64>);

fn check_line(line: usize, text: &str) -> Result<(), OrbitError> {
    let length = text.chars().count();
    if length != LINE_LENGTH || !text.is_ascii() {
        return Err(OrbitError::Length { line, length });
    }
    let value = |character: char| character.to_digit(10).unwrap_or(u32::from(character == '-'));
    let counted = text.chars().take(LINE_LENGTH - 1).map(value).sum::<u32>() % 10;
    match text.chars().last() {
        Some(written) if written.to_digit(10) != Some(counted) => {
            Err(OrbitError::Checksum { line, written, counted })
        }
        _ => Ok(()),
    }
}

/// Hermite's cubic between two knots, and its derivative.
fn between(before: &State, after: &State, fraction: f64) -> State {
    let span_s = KNOT_NANOSECONDS as f64 / 1e9;
    let rise_m = after.0 - before.0;
    let first_m = before.1 * span_s - rise_m;
    let last_m = rise_m - after.1 * span_s;
    let rest = 1.0 - fraction;
    let bend_m = first_m * rest + last_m * fraction;
    let position_m = before.0 + rise_m * fraction + bend_m * (fraction * rest);
    let slope_m = rise_m + bend_m * (rest - fraction) + (last_m - first_m) * (fraction * rest);
    (position_m, slope_m / span_s)
}

/// Greenwich mean sidereal time as an angle, radians: IAU 1982 (Aoki et al., *Astron. Astrophys.* 105 (1982) 359), with
/// UTC for UT1.
fn sidereal_angle_rad(time: Time) -> f64 {
    let days = time.seconds_since(J2000) / 86_400.0;
    let centuries = days / 36_525.0;
    // The whole turns of the days themselves are left out: they would cost digits.
    let turns = 67_310.548_41 / 86_400.0
        + (days - libm::floor(days))
        + centuries * (8_640_184.812_866 + centuries * (0.093_104 - centuries * 6.2e-6)) / 86_400.0;
    std::f64::consts::TAU * (turns - libm::floor(turns))
}

/// Turns axes of the true equator and mean equinox into those fixed to the Earth.
fn earth_fixed(inertial_m: &Vector3<f64>, inertial_m_s: &Vector3<f64>, angle_rad: f64) -> State {
    let (sine, cosine) = libm::sincos(angle_rad);
    let turned = |v: &Vector3<f64>| Vector3::new(cosine * v.x + sine * v.y, cosine * v.y - sine * v.x, v.z);
    let position_m = turned(inertial_m);
    let carried_m_s = Vector3::new(-position_m.y, position_m.x, 0.0) * EARTH_ROTATION_RAD_S;
    (position_m, turned(inertial_m_s) - carried_m_s)
}

#[cfg(test)]
mod tests;
