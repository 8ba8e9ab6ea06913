//! Which plots of a scan may lie in a track's gate, without trying every pair.

use super::Gate;
use crate::filter::{PositionMode, PositionModes};
use crate::math::box_tree::{Bounds, BoxTree};
use crate::measurement::Observation;
use crate::types::LineOfSight;
use nalgebra::{Matrix2, Vector3};

/// The plots of one scan, sorted so that those near a track are found at once.
///
/// [`Gating::fill`] with the plots of a scan, then [`Gating::plots_near`] for each track: every plot that
/// [`gated_log_likelihood`](super::gated_log_likelihood) lets in, and few others. That function decides. `n` plots cost
/// `n log n`, and a track `log n` and its answers, however unevenly the plots are spread; but a track known so badly that its
/// gate spans ten degrees is compared with all plots of about its range. Once memory has grown, nothing is allocated.
/// For a single pair ask that function at once.
///
/// # Why no pair is missed
///
/// The normalised innovation squared νᵀ S⁻¹ ν is at most γ only if (w · ν)² ≤ γ wᵀ S w for every direction w of the
/// measured numbers. Two directions are looked at, with ν and S linearised at the prediction as the gate itself has them.
/// Let P be the covariance of the predicted position, r its distance from the sensor and e its direction.
///
/// - Range ρ: the gradient is e, so (ρ − r)² ≤ γ (eᵀ P e + σ_ρ²).
/// - The tangent of the angle θ between plot and prediction: its gradient lies across e and is 1 / (r cos² θ) long, so
///   tan² θ ≤ γ (p / (r² cos⁴ θ) + σ²), with p the greatest variance across e and σ² the greater one of the two angles.
///   Times cos⁴ θ: sin² θ cos² θ ≤ γ (p / r² + σ²).
///
/// The gate ends where cos θ is a tenth. Up to there the second is a cone as long as the root of its right side is at most
/// that of this end, and says little beyond, where the direction counts as unknown. The deviations of track and plot
/// together are no less than the root of the sum of their squares: so each has a box of its own, in range and in two
/// components of direction, and a pair can be in the gate only if the two overlap and both inequalities hold.
///
/// Both hold a part in a million more, for rounding: enough for deviations down to centimetres and to 1e-9 rad.
#[derive(Clone, Debug, Default)]
pub struct Gating {
    looks: Vec<Look>,
    view: Option<View>,
    boxes: Vec<Bounds>,
    tree: BoxTree,
    near: Vec<usize>,
}

/// sin θ cos θ where the gate ends, at the cosine of a tenth, and at the complement of that angle; rounded down.
const END: f64 = 0.099_498;
/// θ / (sin θ cos θ) at that complement, and less at smaller angles; rounded up.
const ANGLE_PER_PRODUCT: f64 = 1.006_8;
/// A part of every threshold, for rounding.
const MARGIN: f64 = 1e-6;
/// The same of what is left of a covariance across its longest axis, as a part of its trace.
const TRACE_MARGIN: f64 = 1e-12;

/// How boxes of one scan are made.
#[derive(Clone, Copy, Debug)]
struct View {
    /// At the sensor, towards the middle of the scan.
    frame: LineOfSight,
    /// The greater one of the gate's thresholds.
    threshold: f64,
    /// The greatest sin θ cos θ that a track's own deviations may allow if its direction is to count as known.
    greatest_product: f64,
}

/// Where something is, seen from the sensor, and how well that is known.
#[derive(Clone, Copy, Debug)]
struct Place {
    along: Vector3<f64>,
    /// Any, with a variance without bound, where it is not known.
    range_m: f64,
    range_variance_m2: f64,
    /// The greatest of all directions across.
    angle_variance_rad2: f64,
}

/// A plot.
#[derive(Clone, Copy, Debug)]
struct Look {
    place: Place,
    threshold: f64,
}

impl Gating {
    /// Takes in the plots of one scan; nothing of those before is left.
    ///
    /// All come from one look, so from one place. One that comes from elsewhere than the first is near every track.
    pub fn fill<'a>(&mut self, plots: impl Iterator<Item = &'a Observation>, gate: Gate) {
        self.looks.clear();
        self.boxes.clear();
        let mut first_origin_m = None;
        for plot in plots {
            let origin_m = first_origin_m.get_or_insert(plot.line_of_sight.origin_m);
            let threshold = (1.0 + MARGIN) * gate.threshold(plot);
            self.looks.push(Look { place: Place::of_plot(plot, origin_m), threshold });
        }
        self.view = first_origin_m.and_then(|origin_m| View::new(origin_m, &self.looks));
        if let Some(view) = &self.view {
            let bounds = |look: &Look| view.bounds(&look.place, look.threshold, 0.5 * END);
            self.boxes.extend(self.looks.iter().map(bounds));
        }
        self.tree.fill(&self.boxes);
    }

    /// The plots that may lie in the gate of a track, ascending, by their numbers in the scan.
    ///
    /// The box that is looked through is one around those of all modes.
    pub fn plots_near(&mut self, positions: &PositionModes) -> &[usize] {
        let Gating { looks, view, tree, near, .. } = self;
        near.clear();
        let Some(view) = view else { return near };
        let mut modes = [None; 3];
        for (place, mode) in modes.iter_mut().zip(positions.live()) {
            *place = Place::of_mode(mode, &view.frame.origin_m);
        }
        let modes = || modes.iter().flatten();
        let bounds = modes()
            .map(|mode| view.bounds(mode, view.threshold, view.greatest_product))
            .fold(Bounds::NOTHING, |all, one| all.union(&one));
        tree.for_each_overlapping(&bounds, |plot| {
            if modes().any(|mode| looks[plot].may_be_in_the_gate_of(mode)) {
                near.push(plot);
            }
        });
        near.sort_unstable();
        near
    }
}

impl View {
    fn new(origin_m: Vector3<f64>, looks: &[Look]) -> Option<Self> {
        let middle: Vector3<f64> = looks.iter().map(|look| look.place.along).sum();
        // Looks all around may have no middle; any direction serves then.
        let frame = LineOfSight::new(origin_m, &middle, &Vector3::z())
            .or_else(|| LineOfSight::new(origin_m, &Vector3::z(), &Vector3::x()))?;
        let products = looks.iter().map(|look| look.place.product(look.threshold));
        Some(View {
            frame,
            threshold: looks.iter().map(|look| look.threshold).fold(0.0, f64::max),
            greatest_product: END - products.filter(|product| *product <= 0.5 * END).fold(0.0, f64::max),
        })
    }

    /// The box of a place: two components of its direction, across the middle of the scan, and its range.
    ///
    /// A direction that turns by an angle changes a component by no more than the sine towards its axis times the angle, and
    /// half the angle squared of what it was.
    fn bounds(&self, place: &Place, threshold: f64, greatest_product: f64) -> Bounds {
        let product = place.product(threshold);
        let angle_rad = ANGLE_PER_PRODUCT * if product <= greatest_product { product } else { f64::INFINITY };
        let around = |middle: f64, half: f64| (middle - half, middle + half);
        let component = |axis: &Vector3<f64>| {
            let cosine = place.along.dot(axis);
            let sine = (1.0 - cosine * cosine).max(0.0).sqrt() + 1e-7;
            around(cosine, (sine + 0.5 * angle_rad) * angle_rad)
        };
        let (right, up) = (component(&self.frame.right), component(&self.frame.up));
        let range_m = around(place.range_m, (threshold * place.range_variance_m2).sqrt());
        Bounds { low: [right.0, up.0, range_m.0], high: [right.1, up.1, range_m.1] }
    }
}

impl Place {
    fn of_plot(plot: &Observation, origin_m: &Vector3<f64>) -> Self {
        let along = plot.line_of_sight.along;
        let [right_rad2, up_rad2] = plot.angle_variances_rad2;
        let is_elsewhere = plot.line_of_sight.origin_m != *origin_m;
        let (range_m, range_variance_m2) = match plot.range_m {
            Some(range_m) if !is_elsewhere => (range_m, plot.range_variance_m2),
            _ => (0.0, f64::INFINITY),
        };
        let angle_variance_rad2 = if is_elsewhere { f64::INFINITY } else { right_rad2.max(up_rad2) };
        Place { along, range_m, range_variance_m2, angle_variance_rad2 }
    }

    /// None where the mode lies in no gate: at the sensor itself, or nowhere.
    fn of_mode(mode: &PositionMode, origin_m: &Vector3<f64>) -> Option<Self> {
        let offset_m = mode.mean_m - origin_m;
        let LineOfSight { along, right, up, .. } = LineOfSight::new(*origin_m, &offset_m, &Vector3::z())?;
        let covariance = &mode.covariance_m2;
        let [by_right, by_up] = [covariance * right, covariance * up];
        let across = Matrix2::new(right.dot(&by_right), right.dot(&by_up), up.dot(&by_right), up.dot(&by_up));
        let across_m2 = greatest_eigenvalue(&across) + TRACE_MARGIN * covariance.trace().abs();
        Some(Place {
            along,
            range_m: offset_m.norm(),
            range_variance_m2: along.dot(&(covariance * along)).max(0.0),
            angle_variance_rad2: across_m2.max(0.0) / offset_m.norm_squared(),
        })
    }

    /// What sin θ cos θ of the angle to its true place is at most, by its own deviations.
    fn product(&self, threshold: f64) -> f64 {
        (threshold * self.angle_variance_rad2).sqrt()
    }
}

impl Look {
    /// Whether both inequalities hold; see [`Gating`].
    fn may_be_in_the_gate_of(&self, mode: &Place) -> bool {
        let Look { place, threshold } = self;
        let range_m = place.range_m - mode.range_m;
        let product = place.along.cross(&mode.along).norm() * place.along.dot(&mode.along);
        range_m * range_m <= threshold * (mode.range_variance_m2 + place.range_variance_m2)
            && product * product <= threshold * (mode.angle_variance_rad2 + place.angle_variance_rad2)
    }
}

/// Of a symmetric matrix.
fn greatest_eigenvalue(matrix: &Matrix2<f64>) -> f64 {
    let half_difference = 0.5 * (matrix[(0, 0)] - matrix[(1, 1)]);
    let aside = matrix[(0, 1)];
    0.5 * matrix.trace() + (half_difference * half_difference + aside * aside).sqrt()
}
