//! Covariance intersection of pairs, at a given weight and at the best one. (The files' `chernoff_innovation_cov` is for a
//! gate that the library does not have.)

use super::json::for_size;
use super::{Deviations, EXACT, Place, ReferenceError};
use fusion_core::filter::Gaussian;
use fusion_core::math::symmetric::log_determinant;
use fusion_core::share::{covariance_intersection, intersection_weight, intersection_weight_by_trace};

/// The files' weights were found by a bounded search that stops within some 1e-6 of the end; the criterion, flat there,
/// is held to the tolerance of what is exact.
const WEIGHT: f64 = 1e-5;

pub(super) fn check(document: &Place<'_>) -> Result<Deviations, ReferenceError> {
    let mut deviations = Deviations::new();
    for case in document.get("cases")?.list()? {
        let size = case.get("a")?.length()?;
        for_size!(case, size, case_of(&case, &mut deviations))?;
    }
    Ok(deviations)
}

fn case_of<const N: usize>(case: &Place<'_>, deviations: &mut Deviations) -> Result<(), ReferenceError> {
    let gaussian = |mean: &str, covariance: &str| -> Result<Gaussian<N>, ReferenceError> {
        Ok(Gaussian { mean: case.get(mean)?.vector()?, covariance: case.get(covariance)?.matrix()? })
    };
    let (first, second) = (gaussian("a", "A")?, gaussian("b", "B")?);
    let at = |weight: f64| case.calculated(covariance_intersection(&first, &second, weight));

    let fused = at(case.get("omega")?.number()?)?;
    let theirs = gaussian("fused_mean", "fused_cov")?;
    deviations.relative("fused mean", EXACT, fused.mean.as_slice(), theirs.mean.as_slice())?;
    deviations.relative(
        "fused covariance",
        EXACT,
        fused.covariance.as_slice(),
        theirs.covariance.as_slice(),
    )?;

    if let Some(theirs) = case.optional("omega_min_det") {
        let weight = case.calculated(intersection_weight(&first.covariance, &second.covariance))?;
        deviations.absolute("weight of the least determinant", WEIGHT, &[weight], &[theirs.number()?])?;
        let criterion = case.calculated(log_determinant(&at(weight)?.covariance))?;
        let theirs = case.get("logdet_at_min")?.number()?;
        deviations.relative("logarithm of the least determinant", EXACT, &[criterion], &[theirs])?;
    }
    if let Some(theirs) = case.optional("omega_min_trace") {
        let weight = case.calculated(intersection_weight_by_trace(&first.covariance, &second.covariance))?;
        deviations.absolute("weight of the least trace", WEIGHT, &[weight], &[theirs.number()?])?;
        let criterion = at(weight)?.covariance.trace();
        deviations.relative("least trace", EXACT, &[criterion], &[case.get("trace_at_min")?.number()?])?;
    }
    if let Some(naive) = case.optional("naive_independent_fusion") {
        // Taken for independent, either estimate is a measurement of the other's whole state.
        let mut ours = second;
        let residual = first.mean - second.mean;
        let whole = nalgebra::SMatrix::<f64, N, N>::identity();
        case.calculated(ours.update_linear(&residual, &whole, &first.covariance))?;
        let (mean, covariance) = (naive.get("mean")?.vector::<N>()?, naive.get("cov")?.matrix::<N, N>()?);
        deviations.relative("naive mean", EXACT, ours.mean.as_slice(), mean.as_slice())?;
        deviations.relative("naive covariance", EXACT, ours.covariance.as_slice(), covariance.as_slice())?;
    }
    Ok(())
}
