//! The two re-entry problems of the textbooks: paths without noise, and filters along one recorded run.
//!
//! What the files leave open was found by reproducing their rows. Julier and Uhlmann: the Jacobian is that of the Euler step;
//! a filter predicts before the first measurement; sigma points are drawn anew before each update; angles are averaged
//! plainly. Farina, Ristic and Benvenuti: the process noise is `q [[T^3/3, T^2/2], [T^2/2, T]]` an axis; a filter starts at
//! the second measurement from the difference of the first two, whose covariances are first-order and whose process noise is
//! left out.

use super::{Deviations, EXACT, Place, ReferenceError};
use crate::textbook::{Farina, Julier, Problem};
use fusion_core::filter::{Gaussian, Innovation, SigmaRule};
use fusion_core::math::symmetric::NotPositiveDefinite;
use nalgebra::{SMatrix, SVector, Vector2, matrix};

/// Tolerance of covariances in units of their own standard deviations. A position of 6.4e3 km is rounded to 1e-12 km, which is
/// 1e-9 of its standard deviation here: as much as any two orders of the same sums may differ by.
const SCALED: f64 = 1e-8;

/// How long a path without noise may be, in steps: far above what the files hold.
const LONGEST_PATH: f64 = 1e6;

pub(super) fn check_julier(document: &Place<'_>) -> Result<Deviations, ReferenceError> {
    let params = document.get("params")?;
    let diagonal = |key: &str| Ok::<_, ReferenceError>(SMatrix::from_diagonal(&params.get(key)?.vector()?));
    let golden = document.get("golden")?;
    let julier = Julier {
        drag_per_km: params.get("b0")?.number()?,
        scale_height_km: params.get("H0")?.number()?,
        gravity_km3_s2: params.get("GM")?.number()?,
        earth_radius_km: params.get("R0")?.number()?,
        step_s: params.get("dt")?.number()?,
        radar_km: params.get("radar")?.vector()?,
        measurement_variances: setting(document, &golden, "toolbox_1m_0.17mrad")?.get("R_diag")?.vector()?,
        truth_start: Gaussian {
            mean: params.get("x0_true")?.vector()?,
            covariance: diagonal("P0_true_diag")?,
        },
        filter_start: Gaussian {
            mean: params.get("x0_filter")?.vector()?,
            covariance: diagonal("P0_filter_diag")?,
        },
        truth_noise: params.get("Q_step_true_diag")?.vector()?,
        filter_noise: params.get("Q_step_filter_diag")?.vector()?,
    };
    let mut deviations = Deviations::new();
    let start = &julier.truth_start.mean;
    if let Some(rows) = document.optional("deterministic_euler_0p1") {
        path(&rows, julier.step_s, start, |state| julier.step(state), &mut deviations)?;
    }
    if let Some(rows) = document.optional("deterministic_rk4_0p01") {
        path(&rows, 0.01, start, |state| runge_kutta(&julier, state, 0.01), &mut deviations)?;
    }
    let measured = measurements(&golden)?;
    for (name, expected) in golden.entries()? {
        let Some(filter) = Filter::named(name) else { continue };
        let mut state = julier.filter_start;
        let mut sum = 0.0;
        for (index, measured) in measured.iter().enumerate() {
            expected.calculated(filter.predict(&mut state, &julier))?;
            sum += expected.calculated(filter.update(&mut state, measured, &julier))?.normalised_squared;
            let step = (index + 1).to_string();
            if let Some(mean) = expected.get("x_at")?.optional(&step) {
                let covariance = expected.get("P_at")?.get(&step)?;
                compare(name, &state, &mean, &covariance, &mut deviations)?;
            }
        }
        deviations.relative(
            &format!("{name}: NIS, summed"),
            EXACT,
            &[sum],
            &[expected.get("nis_sum")?.number()?],
        )?;
    }
    Ok(deviations)
}

pub(super) fn check_farina(document: &Place<'_>) -> Result<Deviations, ReferenceError> {
    let params = document.get("params")?;
    let golden = document.get("golden")?;
    let radar = setting(document, &golden, "memory_100m_17mrad")?;
    let farina = Farina {
        ballistic_kg_m_s2: params.get("beta_kg_per_m_s2")?.number()?,
        gravity_m_s2: params.get("g")?.number()?,
        step_s: params.get("T")?.number()?,
        noise_density_m2_s3: params.get("q")?.number()?,
        range_sigma_m: radar.get("sigma_r")?.number()?,
        elevation_sigma_rad: radar.get("sigma_e")?.number()?,
        start: params.get("x0")?.vector()?,
    };
    let mut deviations = Deviations::new();
    if let Some(rows) = document.optional("deterministic_discrete") {
        path(&rows, farina.step_s, &farina.start, |state| farina.step(state), &mut deviations)?;
    }
    let measured = measurements(&golden)?;
    let [first, second, ..] = measured.as_slice() else {
        return Err(golden.get("z")?.unsupported("a list of two measurements or more"));
    };
    for (name, expected) in golden.entries()? {
        let Some(filter) = Filter::named(name) else { continue };
        let mut state = farina.two_point_start(first, second);
        for (index, measured) in measured.iter().enumerate().skip(1) {
            if index > 1 {
                expected.calculated(filter.predict(&mut state, &farina))?;
                let updated = if name.ends_with("_converted") {
                    let (position_m, noise) = farina.converted(measured);
                    let positions = matrix![1.0, 0.0, 0.0, 0.0; 0.0, 0.0, 1.0, 0.0];
                    state.update_linear(&(position_m - positions * state.mean), &positions, &noise)
                } else {
                    filter.update(&mut state, measured, &farina)
                };
                expected.calculated(updated)?;
            }
            if let Some(row) = expected.optional(&index.to_string()) {
                compare(name, &state, &row.get("x")?, &row.get("P")?, &mut deviations)?;
            }
        }
    }
    Ok(deviations)
}

/// The setting that the recorded run was made with: the one that `golden.variant` names, or else the usual one.
fn setting<'a>(document: &Place<'a>, golden: &Place<'a>, usual: &str) -> Result<Place<'a>, ReferenceError> {
    let name = match golden.optional("variant") {
        Some(name) => name.text()?,
        None => usual,
    };
    document.get("variants")?.get(name)
}

fn measurements(golden: &Place<'_>) -> Result<Vec<Vector2<f64>>, ReferenceError> {
    golden.get("z")?.list()?.iter().map(Place::vector).collect()
}

/// Compares states along a path without noise, listed by time.
fn path<const N: usize>(
    rows: &Place<'_>,
    step_s: f64,
    start: &SVector<f64, N>,
    step: impl Fn(&SVector<f64, N>) -> SVector<f64, N>,
    deviations: &mut Deviations,
) -> Result<(), ReferenceError> {
    for (time, expected) in rows.entries()? {
        let steps = time.parse::<f64>().map_or(f64::NAN, |time_s| libm::round(time_s / step_s));
        if !(0.0..=LONGEST_PATH).contains(&steps) {
            return Err(expected.unsupported("under its time in seconds"));
        }
        let mut state = *start;
        for _ in 0..steps as u64 {
            state = step(&state);
        }
        deviations.relative("path", EXACT, state.as_slice(), expected.vector::<N>()?.as_slice())?;
    }
    Ok(())
}

/// One fourth-order Runge-Kutta step of the motion of which the problem's own step is Euler's.
fn runge_kutta(julier: &Julier, state: &SVector<f64, 5>, seconds: f64) -> SVector<f64, 5> {
    let first = julier.rate(state);
    let second = julier.rate(&(state + first * (0.5 * seconds)));
    let third = julier.rate(&(state + second * (0.5 * seconds)));
    let fourth = julier.rate(&(state + third * seconds));
    state + (first + (second + third) * 2.0 + fourth) * (seconds / 6.0)
}

/// Means and covariances relative to their size, and covariances also in units of their own standard deviations: in km² they
/// are nearly all far below one, where the first says nothing.
fn compare<const N: usize>(
    name: &str,
    ours: &Gaussian<N>,
    mean: &Place<'_>,
    covariance: &Place<'_>,
    deviations: &mut Deviations,
) -> Result<(), ReferenceError> {
    let mean = mean.vector::<N>()?;
    deviations.relative(&format!("{name}: mean"), EXACT, ours.mean.as_slice(), mean.as_slice())?;
    let (ours, theirs) = (ours.covariance, covariance.matrix::<N, N>()?);
    deviations.relative(&format!("{name}: covariance"), EXACT, ours.as_slice(), theirs.as_slice())?;
    let sigma = theirs.diagonal().map(f64::sqrt);
    let scale: SMatrix<f64, N, N> = sigma * sigma.transpose();
    let (ours, theirs) = (ours.component_div(&scale), theirs.component_div(&scale));
    deviations.absolute(&format!("{name}: covariance, in sigmas"), SCALED, ours.as_slice(), theirs.as_slice())
}

/// A filter by the name it has in the files: `ekf`, `ckf`, `ukf_alpha0.5_beta2_kappa-2`, `ukf_k-1`, with `_converted` or
/// `_polar` behind it or not.
enum Filter {
    Extended,
    Sampled(SigmaRule),
}

impl Filter {
    fn named(name: &str) -> Option<Self> {
        let mut parts = name.split('_');
        match parts.next()? {
            "ekf" => Some(Filter::Extended),
            "ckf" => Some(Filter::Sampled(SigmaRule::CUBATURE)),
            "ukf" => {
                let mut rule = SigmaRule::CUBATURE;
                for part in parts {
                    let number = |prefix| part.strip_prefix(prefix).and_then(|number| number.parse().ok());
                    if let Some(alpha) = number("alpha") {
                        rule.alpha = alpha;
                    } else if let Some(beta) = number("beta") {
                        rule.beta = beta;
                    } else if let Some(kappa) = number("kappa").or_else(|| number("k")) {
                        rule.kappa = kappa;
                    }
                }
                Some(Filter::Sampled(rule))
            }
            _ => None,
        }
    }

    fn predict<const N: usize>(
        &self,
        state: &mut Gaussian<N>,
        problem: &impl Problem<N>,
    ) -> Result<(), NotPositiveDefinite> {
        match self {
            Filter::Extended => {
                let (mean, jacobian) = (problem.step(&state.mean), problem.step_jacobian(&state.mean));
                state.predict_extended(&mean, &jacobian, &problem.process_noise());
                Ok(())
            }
            Filter::Sampled(rule) => {
                state.predict_unscented(rule, |state| problem.step(state), &problem.process_noise())
            }
        }
    }

    fn update<const N: usize>(
        &self,
        state: &mut Gaussian<N>,
        measured: &Vector2<f64>,
        problem: &impl Problem<N>,
    ) -> Result<Innovation<2>, NotPositiveDefinite> {
        match self {
            Filter::Extended => state.update_extended(measured, &problem.measurement_noise(), problem, 1),
            Filter::Sampled(rule) => {
                state.update_unscented(measured, &problem.measurement_noise(), problem, rule)
            }
        }
    }
}
