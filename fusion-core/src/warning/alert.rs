//! Which areas a prediction threatens.

use super::area::{Area, WarningConfig};
use super::impact::{Impact, PathPoint};
use crate::types::{EARTH_RADIUS_EQUATORIAL_M, Geodetic, polygon_contains};
use nalgebra::Vector2;
use std::sync::LazyLock;

/// Half-width of the corridor in standard deviations: 95 % of a one-dimensional Gaussian.
const CORRIDOR_SIGMAS: f64 = 1.96;
/// A corridor wider than this says nothing about an area, m.
const WIDEST_CORRIDOR_M: f64 = 100_000.0;

/// Whether the probability of impact in an area exceeds the configured one.
pub fn impact_threatens(area: &Area, impact: &Impact, config: &WarningConfig) -> bool {
    impact_probability(area, impact) > config.alert_probability
}

/// Whether the corridor that holds the predicted ground track with 95 % crosses an area at a point of the path.
pub fn path_threatens(area: &Area, point: &PathPoint<'_>) -> bool {
    corridor_crosses(area, point.place(), || point.across_sigma_m())
}

fn corridor_crosses(area: &Area, place: Geodetic, across_sigma_m: impl FnOnce() -> f64) -> bool {
    // Most points of a path are far from most areas: what the spread is need not be known there.
    if !area.may_be_within(place, WIDEST_CORRIDOR_M) {
        return false;
    }
    let half_width_m = CORRIDOR_SIGMAS * across_sigma_m();
    half_width_m < WIDEST_CORRIDOR_M
        && area.may_be_within(place, half_width_m)
        && area.distance_m(place) <= half_width_m
}

/// Probability that the impact lies in the area.
///
/// The Gaussian on the ground, summed over the cells of a 32 × 32 grid in its own axes to four deviations: good to
/// about a hundredth.
pub fn impact_probability(area: &Area, impact: &Impact) -> f64 {
    let ellipse = impact.ellipse_95();
    let scale = 1.0 / super::impact::CHI_SQUARE_95_TWO.sqrt();
    let (major_m, minor_m) = (ellipse.major_m * scale, ellipse.minor_m * scale);
    let reach_m = REACH_SIGMAS * major_m;
    if !area.may_be_within(impact.place, reach_m) || area.distance_m(impact.place) > reach_m {
        return 0.0;
    }
    let (sine, cosine) = libm::sincos(ellipse.azimuth_rad);
    let Geodetic { latitude_rad, longitude_rad, .. } = impact.place;
    let parallel_radius_m = EARTH_RADIUS_EQUATORIAL_M * libm::cos(latitude_rad);
    let (weights, total) = &*CELL_WEIGHTS;
    let mut inside = 0.0;
    for (i, weights) in weights.iter().enumerate() {
        for (j, weight) in weights.iter().enumerate() {
            let (along_m, across_m) = (middle_of_cell(i) * major_m, middle_of_cell(j) * minor_m);
            let (east_m, north_m) = (along_m * sine + across_m * cosine, along_m * cosine - across_m * sine);
            let place = Geodetic {
                latitude_rad: latitude_rad + north_m / EARTH_RADIUS_EQUATORIAL_M,
                longitude_rad: longitude_rad + east_m / parallel_radius_m,
                ..impact.place
            };
            if area.contains(place) {
                inside += weight;
            }
        }
    }
    inside / total
}

/// Cells of the grid in each axis, and how far it reaches, in standard deviations.
const CELLS: usize = 32;
const REACH_SIGMAS: f64 = 4.0;

/// What each cell weighs, and all of them.
static CELL_WEIGHTS: LazyLock<([[f64; CELLS]; CELLS], f64)> = LazyLock::new(|| {
    let weight = |a: f64, b: f64| libm::exp(-0.5 * (a * a + b * b));
    let weights =
        std::array::from_fn(|i| std::array::from_fn(|j| weight(middle_of_cell(i), middle_of_cell(j))));
    (weights, weights.iter().flatten().sum())
});

/// In standard deviations from the middle.
fn middle_of_cell(cell: usize) -> f64 {
    ((cell as f64 + 0.5) / CELLS as f64 * 2.0 - 1.0) * REACH_SIGMAS
}

impl Area {
    /// Whether a place lies in the area, whatever its height.
    pub fn contains(&self, place: Geodetic) -> bool {
        polygon_contains(&self.corners_rad, [place.latitude_rad, place.longitude_rad])
    }

    /// Distance from a place to the area, m, on a plane tangent there: zero inside, within a per cent to 500 km.
    pub fn distance_m(&self, place: Geodetic) -> f64 {
        if self.contains(place) {
            return 0.0;
        }
        let shrink = libm::cos(place.latitude_rad);
        let local = |[latitude_rad, longitude_rad]: [f64; 2]| {
            Vector2::new((longitude_rad - place.longitude_rad) * shrink, latitude_rad - place.latitude_rad)
                * EARTH_RADIUS_EQUATORIAL_M
        };
        self.edges()
            .map(|(from, to)| {
                let (a, b) = (local(from), local(to));
                let edge = b - a;
                let share = (-a.dot(&edge) / edge.norm_squared().max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
                (a + edge * share).norm()
            })
            .fold(f64::INFINITY, f64::min)
    }

    /// False when a place is certainly further from the area than a distance: a box around the corners.
    fn may_be_within(&self, place: Geodetic, distance_m: f64) -> bool {
        // A degree of longitude is shorter the further from the equator: 60 degrees doubles the margin.
        let margin_rad = distance_m / EARTH_RADIUS_EQUATORIAL_M;
        let within = |axis: usize, value: f64, margin: f64| {
            let [low, high] =
                self.corners_rad.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], corner| {
                    [low.min(corner[axis]), high.max(corner[axis])]
                });
            value >= low - margin && value <= high + margin
        };
        let along_parallel_rad = || margin_rad / libm::cos(place.latitude_rad).max(0.05);
        within(0, place.latitude_rad, margin_rad) && within(1, place.longitude_rad, along_parallel_rad())
    }

    fn edges(&self) -> impl Iterator<Item = ([f64; 2], [f64; 2])> {
        let next = self.corners_rad.iter().cycle().skip(1);
        self.corners_rad.iter().copied().zip(next.copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{NodeId, Time};
    use nalgebra::Matrix2;

    fn square() -> Area {
        let corners = [[40.0f64, 140.0f64], [40.0, 144.0], [44.0, 144.0], [44.0, 140.0]];
        Area {
            name: "square".into(),
            warned_by: vec![NodeId(0)],
            corners_rad: corners.map(|corner| corner.map(f64::to_radians)).to_vec(),
        }
    }

    fn impact(longitude_deg: f64, sigma_m: f64) -> Impact {
        Impact {
            place: Geodetic::from_degrees(42.0, longitude_deg, 0.0),
            time: Time::from_nanoseconds(0),
            time_sigma_s: 1.0,
            covariance_m2: Matrix2::identity() * (sigma_m * sigma_m),
        }
    }

    #[test]
    fn probability_is_one_inside_half_at_the_edge_and_nothing_far_away() {
        assert!(impact_probability(&square(), &impact(142.0, 1e3)) > 0.999);
        let edge = impact_probability(&square(), &impact(144.0, 1e4));
        assert!((edge - 0.5).abs() < 0.05, "{edge}");
        let one_sigma_out = impact_probability(
            &square(),
            &impact(144.0 + (1e4 / 6_378_137.0f64 / libm::cos(42f64.to_radians())).to_degrees(), 1e4),
        );
        assert!((one_sigma_out - 0.158_7).abs() < 0.03, "{one_sigma_out}");
        assert_eq!(impact_probability(&square(), &impact(160.0, 1e4)), 0.0);
    }

    #[test]
    fn a_corridor_that_touches_the_area_threatens_it() {
        let crosses = |latitude_deg: f64, across_sigma_m: f64| {
            corridor_crosses(&square(), Geodetic::from_degrees(latitude_deg, 142.0, 5e5), || across_sigma_m)
        };
        assert!(crosses(42.0, 10.0));
        // 44.1 degrees is 11.1 km north of the edge.
        assert!(!crosses(44.1, 5_000.0));
        assert!(crosses(44.1, 6_000.0));
        assert!(!crosses(44.1, 60_000.0), "too vague to alert on");
    }
}
