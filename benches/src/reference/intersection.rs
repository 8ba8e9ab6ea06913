//! Covariance intersection of pairs, at a given weight and at the best one, and the bound on their difference.

use super::json::for_size;
use super::{Deviations, EXACT, Place, ReferenceError};
use fusion_core::filter::Gaussian;
use fusion_core::math::symmetric::log_determinant;
use fusion_core::share::{
    covariance_intersection, difference_bound, intersection_weight, intersection_weight_by_trace,
};
use nalgebra::SMatrix;

/// The files' weights were found by a bounded search that stops within some 1e-6 of the end; the criterion, flat there,
/// is held to the tolerance of what is exact.
const WEIGHT: f64 = 1e-5;
/// So far to either side of a weight of ours the criterion must rise away from it: by its slope, found from the file's matrices alone.
const BEST_WITHIN: f64 = 1e-6;

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

    if let Some(theirs) = case.optional("chernoff_innovation_cov") {
        // There the weight is that of the measurement's information, here that of its share of the difference.
        let weight = 1.0 - case.get("omega")?.number()?;
        let ours = difference_bound(&first.covariance, &second.covariance, weight);
        let theirs = theirs.matrix::<N, N>()?;
        deviations.relative("bound on the difference", EXACT, ours.as_slice(), theirs.as_slice())?;
    }
    if let Some(theirs) = case.optional("omega_min_det") {
        let weight = case.calculated(intersection_weight(&first.covariance, &second.covariance))?;
        deviations.absolute("weight of the least determinant", WEIGHT, &[weight], &[theirs.number()?])?;
        let sides =
            falling_sides((&first.covariance, &second.covariance), weight, |fused, by| (fused * by).trace());
        let falling = case.calculated(sides.ok_or("a singular matrix"))?;
        deviations.absolute("sides on which the determinant falls", 0.0, &[falling], &[0.0])?;
        let criterion = case.calculated(log_determinant(&at(weight)?.covariance))?;
        let theirs = case.get("logdet_at_min")?.number()?;
        deviations.relative("logarithm of the least determinant", EXACT, &[criterion], &[theirs])?;
    }
    if let Some(theirs) = case.optional("omega_min_trace") {
        let weight = case.calculated(intersection_weight_by_trace(&first.covariance, &second.covariance))?;
        deviations.absolute("weight of the least trace", WEIGHT, &[weight], &[theirs.number()?])?;
        let of_trace = |fused: &SMatrix<f64, N, N>, by: &SMatrix<f64, N, N>| (fused * by * fused).trace();
        let sides = falling_sides((&first.covariance, &second.covariance), weight, of_trace);
        let falling = case.calculated(sides.ok_or("a singular matrix"))?;
        deviations.absolute("sides on which the trace falls", 0.0, &[falling], &[0.0])?;
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

/// On how many sides of a weight the criterion falls further away than [`BEST_WITHIN`]: by nalgebra, from the slope `−gain(C, A⁻¹ − B⁻¹)`.
fn falling_sides<const N: usize>(
    (first, second): (&SMatrix<f64, N, N>, &SMatrix<f64, N, N>),
    weight: f64,
    gain: impl Fn(&SMatrix<f64, N, N>, &SMatrix<f64, N, N>) -> f64,
) -> Option<f64> {
    let (a, b) = (invert(first)?, invert(second)?);
    let gain_at = |at: f64| Some(gain(&invert(&(a * at + b * (1.0 - at)))?, &(a - b)));
    let falls_on = |at: f64, sign: f64| -> Option<f64> {
        let is_inside = (0.0..=1.0).contains(&at);
        Some(f64::from(u8::from(is_inside && sign * gain_at(at)? > 0.0)))
    };
    Some(falls_on(weight + BEST_WITHIN, 1.0)? + falls_on(weight - BEST_WITHIN, -1.0)?)
}

fn invert<const N: usize>(matrix: &SMatrix<f64, N, N>) -> Option<SMatrix<f64, N, N>> {
    matrix.try_inverse()
}
