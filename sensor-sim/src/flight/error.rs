//! Why a flight cannot be flown.

use super::integrate::IntegrationError;
use thiserror::Error;

/// Why a flight cannot be flown.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum FlightError {
    /// A value lies outside what it may be.
    #[error("{key} = {value} is not allowed; it must be {allowed}")]
    OutOfRange {
        /// The key, with the unit in which a scenario file gives it.
        key: &'static str,
        /// The value, in that unit.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// Even the flattest burn of that length ends above the apogee.
    #[error(
        "apogee_km = {apogee_km:.1} lies below the height of burnout (about {burnout_km:.1} km for this boost_s and \
         range_km); give a greater apogee_km or a shorter boost_s"
    )]
    ApogeeBelowBurnout {
        /// Apogee asked for, km.
        apogee_km: f64,
        /// Height of burnout of the flattest flight that was tried, km.
        burnout_km: f64,
    },
    /// No flight with that apogee comes down that far away.
    #[error(
        "range_km = {range_km:.1} is longer than a flight with this apogee_km can be (about {reached_km:.1} km was \
         reached); give a shorter range_km or a greater apogee_km"
    )]
    RangeTooLong {
        /// Range asked for, km.
        range_km: f64,
        /// Range of the nearest flight that was found, km.
        reached_km: f64,
    },
    /// The search for the burnout state did not settle.
    #[error(
        "no burnout speed and angle found for this apogee_km and range_km: the nearest flight ({speed_m_s:.1} m/s, \
         {angle_deg:.2} deg) misses the apogee by {apogee_residual_km:.3} km and the range by \
         {range_residual_km:.3} km; change boost_s, or check that apogee_km and range_km belong to one flight"
    )]
    NotConverged {
        /// Apogee of the nearest flight minus the one asked for, km.
        apogee_residual_km: f64,
        /// Range of the nearest flight minus the one asked for, km.
        range_residual_km: f64,
        /// Its speed at burnout, m/s.
        speed_m_s: f64,
        /// Its angle at burnout, degrees.
        angle_deg: f64,
    },
    /// The integrator gave up.
    #[error(transparent)]
    Integration(#[from] IntegrationError),
    /// With another ballistic coefficient the object does not come down.
    #[error(
        "with a ballistic coefficient of {ballistic_coefficient_kg_m2} kg/m² the object does not come down"
    )]
    DoesNotComeDown {
        /// The ballistic coefficient, kg/m².
        ballistic_coefficient_kg_m2: f64,
    },
}

/// Says which value of a list of (key, value, least, greatest, what is allowed in words) lies outside, if one does.
pub(crate) fn check_ranges(
    checks: impl IntoIterator<Item = (&'static str, f64, f64, f64, &'static str)>,
) -> Result<(), FlightError> {
    for (key, value, low, high, allowed) in checks {
        // A hair of tolerance: degrees went through radians.
        if !(low - 1e-9 * low.abs()..=high + 1e-9 * high.abs()).contains(&value) {
            return Err(FlightError::OutOfRange { key, value, allowed });
        }
    }
    Ok(())
}
