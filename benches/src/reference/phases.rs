//! Boost, coast and re-entry in a plane as interacting extended filters: golden runs with their mode probabilities.

use super::{Deviations, ITERATED, Place, ReferenceError};
use crate::textbook::Phases;
use fusion_core::filter::ModeTransition;
use nalgebra::{Matrix6, vector};
use std::collections::BTreeMap;

pub(super) fn check(document: &Place<'_>) -> Result<Deviations, ReferenceError> {
    let parameters = document.get("params")?;
    let problem = problem(&parameters)?;
    let begins_s = parameters.get("t0")?.number()?;
    let golden = document.get("golden")?;
    let mut expected = BTreeMap::new();
    for (time, row) in golden.get("imm3")?.entries()? {
        let time_s: f64 = time.parse().map_err(|_| row.unsupported("under a time in seconds"))?;
        let scan = ((time_s - begins_s) / problem.scan_s).round();
        if !(0.0..1e6).contains(&scan) {
            return Err(row.unsupported("at a time of the run"));
        }
        expected.insert(scan as usize, row);
    }
    let mut belief = golden.calculated(problem.start(golden.get("x_init")?.vector()?))?;
    let mut deviations = Deviations::new();
    for (scan, measured) in golden.get("z")?.list()?.iter().enumerate() {
        if scan > 0 {
            let value = measured.present().map(Place::vector::<2>).transpose()?;
            belief = measured.calculated(problem.step(&belief, value.as_ref()))?.filtered;
        }
        if let Some(row) = expected.remove(&scan) {
            let (state, probabilities) = (row.get("x")?.vector::<6>()?, row.get("mu")?.vector::<3>()?);
            let combined = belief.combined();
            deviations.relative("combined mean", ITERATED, combined.mean.as_slice(), state.as_slice())?;
            let ours = belief.probabilities().as_slice();
            deviations.absolute("mode probabilities", ITERATED, ours, probabilities.as_slice())?;
        }
    }
    match expected.into_values().next() {
        Some(row) => Err(row.unsupported("at a time of the run")),
        None => Ok(deviations),
    }
}

fn problem(parameters: &Place<'_>) -> Result<Phases, ReferenceError> {
    let number = |key: &str| parameters.get(key)?.number();
    let markov = parameters.get("PI")?;
    let noises = parameters.get("Q_diag")?.matrix::<3, 6>()?;
    Ok(Phases {
        scan_s: number("T")?,
        sigmas: vector![number("SR")?, number("SE")?],
        radar_downrange_m: 1000.0 * number("radar_downrange_km")?,
        transition: markov.calculated(ModeTransition::new(markov.matrix()?))?,
        probabilities: parameters.get("mu0")?.vector()?,
        covariance: Matrix6::from_diagonal(&parameters.get("P0_diag")?.vector()?),
        densities_m2_s3: parameters.get("q_accel")?.vector()?,
        added: [0, 1, 2].map(|mode| vector![noises[(mode, 4)], noises[(mode, 5)]]),
    })
}
