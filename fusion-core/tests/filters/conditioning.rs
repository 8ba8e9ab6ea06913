//! Where double precision runs out for covariances and not for their roots.

use fusion_core::filter::{Gaussian, Information, SquareRootGaussian, UnitDiagonalGaussian};
use nalgebra::{Matrix2, Matrix3, RowSVector, SMatrix, SVector, Vector3, matrix, vector};

/// The same scalar measurements of variance one taken in by each form, and by P - K H P as the textbooks begin.
struct Forms<const N: usize> {
    joseph: SMatrix<f64, N, N>,
    short: SMatrix<f64, N, N>,
    root: SMatrix<f64, N, N>,
    unit: SMatrix<f64, N, N>,
}

fn measured<const N: usize>(variance: f64, rows: &[RowSVector<f64, N>]) -> Forms<N> {
    let mut joseph =
        Gaussian { mean: SVector::<f64, N>::zeros(), covariance: SMatrix::identity() * variance };
    let mut short = joseph.covariance;
    let mut root = SquareRootGaussian::new(&joseph).expect("definite");
    let mut unit = UnitDiagonalGaussian::new(&joseph).expect("definite");
    for row in rows {
        joseph.update_linear(&vector![0.0], row, &matrix![1.0]).expect("definite");
        let cross = short * row.transpose();
        let gain = cross / ((row * cross)[0] + 1.0);
        short = (SMatrix::identity() - gain * row) * short;
        root.update_linear(&vector![0.0], row, &matrix![1.0]).expect("definite");
        unit.update_scalar(0.0, &row.transpose(), 1.0).expect("definite");
    }
    Forms {
        joseph: joseph.covariance,
        short,
        root: root.gaussian().covariance,
        unit: unit.gaussian().covariance,
    }
}

/// Bierman (1977), section V.2: a prior of 1/e² and two measurements of variance one, with 1 + e² = 1 to the last bit. The
/// answer is small and well conditioned; P - K H P loses it altogether.
#[test]
fn two_measurements_against_a_prior_of_no_weight() {
    let e = 1e-9;
    assert_eq!(1.0 + e * e, 1.0);
    let determinant = 1.0 - 2.0 * e + 4.0 * e * e;
    let exact = matrix![1.0 + 2.0 * e * e, -(1.0 + e); -(1.0 + e), 2.0 + e * e] / determinant;
    let forms = measured(1.0 / (e * e), &[matrix![1.0, e], matrix![1.0, 1.0]]);
    let error = |covariance: &Matrix2<f64>| (covariance - exact).amax();
    assert!(error(&forms.short) > 0.5, "{}", forms.short);
    // Rotations mix entries of 1/e with entries of one: they keep an absolute error of e. UD does not mix them.
    assert!(error(&forms.root) < 1e-7, "{:e}", error(&forms.root));
    assert!(error(&forms.unit) < 1e-14, "{:e}", error(&forms.unit));
    assert!(error(&forms.joseph) < 1e-12, "{:e}", error(&forms.joseph));
}

/// Two measurements that differ by e in one direction, each with noise e: their innovation's covariance is singular to the
/// last bit, though together they halve a variance. The covariance form says so; the array form never makes that matrix.
/// Verhaegen and Van Dooren (1986), section IV; exact to order e: the sum of the states is known, and then the third is
/// measured with variance 2.
#[test]
fn nearly_parallel_measurements_of_great_accuracy() {
    let e = 1e-9;
    let prior = Gaussian { mean: Vector3::zeros(), covariance: Matrix3::identity() };
    let rows = matrix![1.0, 1.0, 1.0; 1.0, 1.0, 1.0 + e];
    let noise = Matrix2::identity() * (e * e);
    // The truth is (0, -3, 3), whose sum is zero: the difference of the measurements is 3 e.
    let residual = vector![0.0, 3.0 * e];
    assert!(prior.clone().update_linear(&residual, &rows, &noise).is_err());
    let mut state = SquareRootGaussian::new(&prior).expect("definite");
    let innovation = state.update_linear(&residual, &rows, &noise).expect("definite");
    let exact = matrix![0.625, -0.375, -0.25; -0.375, 0.625, -0.25; -0.25, -0.25, 0.5];
    assert!((state.gaussian().covariance - exact).amax() < 1e-6, "{}", state.gaussian().covariance);
    assert!((state.mean - vector![-0.375, -0.375, 0.75]).amax() < 1e-6, "{}", state.mean);
    // 3 in units of the standard deviation of the third state given the sum (2/3) and of the measurement (2).
    assert!((innovation.normalised_squared - 9.0 / (2.0 / 3.0 + 2.0)).abs() < 1e-5);
}

/// Ranges to 1 m by a radar of which nothing but the distance is known, over a line of sight that swings by 2 degrees: the
/// prior says 32 km. The covariance forms lose all but two or three digits in some direction (whether the short one even
/// turns indefinite hangs on rounding), the factored forms keep seven; the truth is from the information, which only adds up
/// here.
#[test]
fn ranges_alone_against_a_wide_prior() {
    let rows: Vec<_> = (0..400)
        .map(|look| {
            let (azimuth, elevation) = (0.3 + 1e-4 * f64::from(look), 0.4 + 3e-5 * f64::from(look));
            let (level, up) = (libm::cos(elevation), libm::sin(elevation));
            matrix![libm::cos(azimuth) * level, libm::sin(azimuth) * level, up]
        })
        .collect();
    let forms = measured(1e9, &rows);
    let prior = Gaussian { mean: Vector3::zeros(), covariance: Matrix3::identity() * 1e9 };
    let mut known = Information::of_gaussian(&prior).expect("definite");
    for row in &rows {
        known += Information::of_measurement(&vector![0.0], row, &matrix![1.0]).expect("noise");
    }
    // Whitened by the truth, a right covariance is the identity: its eigenvalues tell every direction's error.
    let information = known.matrix;
    let worst = |covariance: &Matrix3<f64>| {
        let ratios = (covariance * information).complex_eigenvalues();
        ratios.iter().fold(0.0_f64, |worst, ratio| worst.max((ratio.re - 1.0).abs()))
    };
    let errors = [&forms.short, &forms.joseph, &forms.root, &forms.unit].map(worst);
    assert!(errors[0] > 1e-3 && errors[1] > 1e-3, "{errors:?}");
    assert!(errors[2] < 1e-6 && errors[3] < 1e-6, "{errors:?}");
}
