//! The posterior Cramér-Rao recursion of a linear problem: position and velocity on a line, sensors of position.

use super::{Deviations, EXACT, Place, ReferenceError};
use fusion_core::assess::{PosteriorBound, measurement_information};
use nalgebra::{Matrix2, matrix};
use std::collections::BTreeMap;

pub(super) fn check(document: &Place<'_>) -> Result<Deviations, ReferenceError> {
    let (time_s, density) = (document.get("T")?.number()?, document.get("q")?.number()?);
    let prior = Matrix2::from_diagonal(&document.get("P0")?.vector()?);
    let transition = matrix![1.0, time_s; 0.0, 1.0];
    let noise = matrix![
        time_s * time_s * time_s / 3.0, time_s * time_s / 2.0;
        time_s * time_s / 2.0, time_s
    ] * density;
    let mut deviations = Deviations::new();
    for (variances, result) in sensors(&document.get("results")?)? {
        let mut bound = result.calculated(PosteriorBound::from_prior(&prior))?;
        let mut expected = BTreeMap::new();
        for (step, covariance) in result.get("P_at")?.entries()? {
            let number = step.parse::<u16>().map_err(|_| covariance.unsupported("under a step's number"))?;
            expected.insert(number, covariance.matrix::<2, 2>()?);
        }
        for step in 0..=expected.keys().last().copied().unwrap_or(0) {
            // Before the first step there is the prior.
            if step > 0 {
                result.calculated(bound.predict(&transition, &noise))?;
                for &variance in &variances {
                    let seen = measurement_information(&matrix![1.0, 0.0], &matrix![variance]);
                    result.calculated(bound.add(&result.calculated(seen)?, 1.0))?;
                }
            }
            if let Some(theirs) = expected.get(&step) {
                let ours = result.calculated(bound.covariance())?;
                deviations.relative("bound", EXACT, ours.as_slice(), theirs.as_slice())?;
            }
        }
    }
    Ok(deviations)
}

/// The variances of the sensors of each result, by its name: `A R=1` is a sensor, `A+B shared` has those of two.
fn sensors<'a>(results: &Place<'a>) -> Result<Vec<(Vec<f64>, Place<'a>)>, ReferenceError> {
    let entries = results.entries()?;
    let mut known = BTreeMap::new();
    for (name, _) in &entries {
        if let Some((sensor, variance)) = name.split_once(" R=")
            && let Ok(variance) = variance.parse::<f64>()
        {
            known.insert(sensor, variance);
        }
    }
    let of = |(name, result): (&'a str, Place<'a>)| {
        let sensors = name.split(' ').next().unwrap_or(name).split('+');
        let variances: Option<Vec<f64>> = sensors.map(|sensor| known.get(sensor).copied()).collect();
        let variances = variances.ok_or_else(|| result.unsupported("named `A R=1` or `A+B shared`"))?;
        Ok((variances, result))
    };
    entries.into_iter().map(of).collect()
}
