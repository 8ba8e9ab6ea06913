//! What a coasting missile's impact can be known to by one nation's radars, by another's, and by both, at once or late.

use super::{Deviations, Place, ReferenceError};
use crate::textbook::{Arrangement, SharedFlight, ground};
use fusion_core::types::Time;
use nalgebra::{Matrix6, SMatrix};

/// The file rounds the flight where we do not, and the other way about.
const TOLERANCE: f64 = 0.02;

pub(super) fn check(document: &Place<'_>) -> Result<Deviations, ReferenceError> {
    let mut deviations = Deviations::new();
    for run in document.get("runs")?.list()? {
        let flight = SharedFlight::read(document, &run)?;
        let falls = ground(&flight.burnout).ok_or_else(|| run.unsupported("a flight that comes down"))?;
        for row in run.get("rows")?.list()? {
            let at_s = row.get("t_since_burnout")?.number()?;
            for (name, told) in row.entries()? {
                if name.starts_with("t_") {
                    continue;
                }
                let arrangement = Arrangement::of_name(name)
                    .ok_or_else(|| told.unsupported("named `A_only`, `shared_0s` or `A_plus_B_30s`"))?;
                let (information, count) = told.calculated(flight.information(&arrangement, at_s))?;
                deviations.absolute("looks", 0.0, &[count as f64], &[told.get("n")?.number()?])?;
                let covariance = told.calculated(information.covariance())?;
                compare(&mut deviations, &told, &falls.impact(&seven(&covariance), START))?;
            }
        }
    }
    Ok(deviations)
}

const START: Time = Time::from_nanoseconds(0);

/// With a ballistic coefficient that is known.
fn seven(covariance: &Matrix6<f64>) -> SMatrix<f64, 7, 7> {
    let mut seven = SMatrix::<f64, 7, 7>::zeros();
    seven.fixed_view_mut::<6, 6>(0, 0).copy_from(covariance);
    seven
}

fn compare(
    deviations: &mut Deviations,
    told: &Place<'_>,
    impact: &Option<fusion_core::warning::Impact>,
) -> Result<(), ReferenceError> {
    let impact = impact.as_ref().ok_or_else(|| told.unsupported("a sound covariance"))?;
    let ellipse = impact.ellipse_95();
    let one_sigma_km = 1e-3 / fusion_core::warning::CHI_SQUARE_95_TWO.sqrt();
    for (name, key, ours) in [
        ("drms", "ipp_drms_km", 1e-3 * impact.covariance_m2.trace().sqrt()),
        ("semi-major axis", "ipp_semi_major_km", ellipse.major_m * one_sigma_km),
        ("semi-minor axis", "ipp_semi_minor_km", ellipse.minor_m * one_sigma_km),
        ("deviation of the impact's time", "impact_time_sd_s", impact.time_sigma_s),
    ] {
        // To its own size: the figures go from tens of kilometres to metres.
        let theirs = told.get(key)?.number()?;
        if theirs <= 0.0 {
            return Err(told.unsupported("of positive numbers"));
        }
        deviations.absolute(name, TOLERANCE, &[ours / theirs], &[1.0])?;
    }
    Ok(())
}
