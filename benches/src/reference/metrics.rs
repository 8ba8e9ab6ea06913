//! OSPA and GOSPA between sets of points. (The `*_stonesoup` values are for information only: the files say so. GOSPA
//! with alpha other than 2 has no parts, and the library does not offer it.)

use super::{Deviations, EXACT, Place, ReferenceError};
use fusion_core::assess::{gospa, ospa};
use nalgebra::Vector3;

pub(super) fn check(document: &Place<'_>) -> Result<Deviations, ReferenceError> {
    let mut deviations = Deviations::new();
    for case in document.get("cases")?.list()? {
        let (estimates, truths) = (points(&case.get("estimates")?)?, points(&case.get("truths")?)?);
        let (order, cutoff_m) = (case.get("p")?.number()?, case.get("c")?.number()?);
        let distance_m = case.calculated(ospa(&estimates, &truths, order, cutoff_m))?;
        deviations.relative("OSPA distance", EXACT, &[distance_m], &[case.get("ospa")?.number()?])?;
        let ours = case.calculated(gospa(&estimates, &truths, order, cutoff_m))?;
        let theirs = case.get("gospa_alpha2")?;
        let assigned = ours.estimate_of_truth.iter().flatten().count();
        for (name, key, number) in [
            ("GOSPA distance", "distance", ours.distance_m),
            ("GOSPA localisation", "localisation_p", ours.localisation_power),
            ("GOSPA missed", "missed_p", ours.missed_power),
            ("GOSPA false", "false_p", ours.false_power),
        ] {
            deviations.relative(name, EXACT, &[number], &[theirs.get(key)?.number()?])?;
        }
        for (name, key, count) in [
            ("missed, counted", "n_missed", ours.missed),
            ("false, counted", "n_false", ours.false_tracks),
            ("assigned, counted", "n_assigned", assigned),
        ] {
            deviations.absolute(name, 0.0, &[count as f64], &[theirs.get(key)?.number()?])?;
        }
    }
    Ok(deviations)
}

fn points(list: &Place<'_>) -> Result<Vec<Vector3<f64>>, ReferenceError> {
    list.list()?.iter().map(Place::vector).collect()
}
