//! How the air bends and delays a radar's ray, and how to take that off a plot.
//!
//! The ray is followed as its deviation from the straight line along which it leaves the sensor: smooth at every
//! elevation, at grazing incidence and through the lowest point of a ray that first descends.

/// Refractivity at sea level that stands for unknown weather, in millionths (N-units): the long-used mean of the
/// temperate zone (Bean and Dutton, *Radio Meteorology*, 1966). ITU-R P.453 gives 315; weather has 280 to 380.
pub const STANDARD_REFRACTIVITY: f64 = 313.0;
/// Height over which refractivity falls by the factor e, m (ITU-R P.453).
pub const REFRACTIVITY_SCALE_HEIGHT_M: f64 = 7_350.0;
/// Radius of the sphere on which the air lies, m: the mean radius of the Earth (IUGG).
pub const MEAN_EARTH_RADIUS_M: f64 = 6_371_008.8;

/// Above this height the ray counts as straight, m: refractivity is there a hundred-thousandth of the surface's.
const TOP_OF_REFRACTION_M: f64 = 85_000.0;
/// Runge-Kutta steps through the air: their error is a thousandth of what unknown weather leaves.
const STEPS: u32 = 8;
/// Rounds of the reverse; it settles in four to six.
const MAXIMUM_ROUNDS: u32 = 12;

/// Slant range, m, and elevation, radians, that a straight ray in vacuum would have given, from what a radar measured.
///
/// `sensor_height_m` counts above the ellipsoid, `refractivity` is that of sea level in millionths
/// ([`STANDARD_REFRACTIVITY`]; zero changes nothing), the range is the delay times the speed of light in vacuum. Air
/// is a spherical exponential atmosphere, N(h) = N₀ exp(-h / 7.35 km), as in ITU-R P.453 and P.834; the ionosphere,
/// which a radar below about 1 GHz has to correct as well, is not in it.
///
/// A fixed sequence of eight Runge-Kutta steps: no iteration, no allocation, about a microsecond. Sensors above 85 km get their
/// numbers back; what is not a number stays so. Below the horizon the numbers mean nothing, as there is no such ray.
///
/// Worst error against the simulator's ray tracing, sensor at sea level, ranges of 50 to 2,000 km (asserted in the
/// simulator's tests):
///
/// | elevation at least | same refractivity | 280 or 380 flown, 313 assumed | without correction |
/// |---|---|---|---|
/// | 1° | 0.012 m, 0.0005 mrad | 13.3 m, 1.56 mrad | 57 m, 7.0 mrad |
/// | 2° | 0.010 m, 0.0004 mrad | 9.8 m, 1.19 mrad | 43 m, 5.4 mrad |
/// | 3° | 0.010 m, 0.0004 mrad | 7.6 m, 0.95 mrad | 34 m, 4.4 mrad |
/// | 5° | 0.010 m, 0.0003 mrad | 5.2 m, 0.66 mrad | 24 m, 3.1 mrad |
pub fn straighten(
    sensor_height_m: f64,
    refractivity: f64,
    apparent_range_m: f64,
    apparent_elevation_rad: f64,
) -> (f64, f64) {
    let (sine, cosine) = libm::sincos(apparent_elevation_rad);
    let radius_m = MEAN_EARTH_RADIUS_M + sensor_height_m;
    let top_m = MEAN_EARTH_RADIUS_M + TOP_OF_REFRACTION_M;
    if radius_m >= top_m {
        return (apparent_range_m, apparent_elevation_rad);
    }
    // Where the straight line leaves the air.
    let (upward_m, chord_m2) = (radius_m * sine, (top_m - radius_m) * (top_m + radius_m));
    let way_m = (upward_m * upward_m + chord_m2).sqrt() - upward_m;
    let ray = Ray { radius_m, sine, cosine, excess: refractivity * 1e-6 };
    let end = ray.follow(if apparent_range_m < way_m { apparent_range_m } else { way_m });
    // What is left of the delay (behind the end of the air, or some metres back) is a straight piece.
    let left_m = (apparent_range_m - end.along_m - end.delay_m) / (1.0 + end.excess);
    let length = (1.0 + end.slope * end.slope).sqrt();
    let along_m = end.along_m + left_m / length;
    let across_m = end.across_m + left_m * end.slope / length;
    (libm::hypot(along_m, across_m), apparent_elevation_rad + libm::atan2(across_m, along_m))
}

/// Range, m, and elevation, radians, as a radar would measure them, from the geometric ones: the inverse of
/// [`straighten`], with the same arguments, within 1e-9 rad and 1e-3 m.
///
/// For coverage near the least elevation; it iterates (at most twelve rounds) and costs several times as much.
pub fn apparent(sensor_height_m: f64, refractivity: f64, range_m: f64, elevation_rad: f64) -> (f64, f64) {
    let (mut apparent_m, mut apparent_rad) = (range_m, elevation_rad);
    let mut before: Option<(f64, f64)> = None;
    for _ in 0..MAXIMUM_ROUNDS {
        let (reached_m, reached_rad) = straighten(sensor_height_m, refractivity, apparent_m, apparent_rad);
        let (short_m, short_rad) = (range_m - reached_m, elevation_rad - reached_rad);
        apparent_m += short_m;
        // The geometric elevation grows at least as fast as the apparent one, and above the horizon not much faster.
        let gain =
            before.map_or(1.0, |(rad, short)| ((short_rad - short) / (rad - apparent_rad)).clamp(1.0, 20.0));
        before = Some((apparent_rad, short_rad));
        if !(short_m.abs() > 1e-4 || short_rad.abs() > 1e-10) {
            break;
        }
        apparent_rad += if gain.is_finite() { short_rad / gain } else { 0.0 };
    }
    (apparent_m, apparent_rad)
}

/// Geometric elevation, radians, at which a ray that leaves at an apparent elevation is where it has come to a geometric range.
///
/// The air delays it by some tens of metres, over which the elevation changes by 1e-9 rad at most: one correction is enough.
pub(super) fn of_ray_at(
    sensor_height_m: f64,
    refractivity: f64,
    range_m: f64,
    apparent_elevation_rad: f64,
) -> f64 {
    let reach = |apparent_m| straighten(sensor_height_m, refractivity, apparent_m, apparent_elevation_rad);
    let (reached_m, _) = reach(range_m);
    reach(range_m + (range_m - reached_m)).1
}

/// An upper bound of how much a ray that leaves at an apparent elevation is bent on its whole way, radians.
///
/// Above the horizon that of flat air, of which the round Earth leaves some out: refractivity over the tangent of the elevation. And
/// no ray through air of up to 500 N-units is bent by more than 0.12 rad, also one that descends and rises again.
pub(super) fn greatest_bending(refractivity: f64, apparent_elevation_rad: f64) -> f64 {
    const OF_ANY_RAY_RAD: f64 = 0.12;
    let tangent = libm::tan(apparent_elevation_rad);
    if tangent > 0.0 { OF_ANY_RAY_RAD.min(refractivity * 1e-6 / tangent) } else { OF_ANY_RAY_RAD }
}

/// A ray on its way: deviation from the line along which it left the sensor.
struct Ray {
    radius_m: f64,
    sine: f64,
    cosine: f64,
    excess: f64,
}

/// The end of a ray in the air.
struct End {
    along_m: f64,
    across_m: f64,
    slope: f64,
    /// Optical path less `along_m`.
    delay_m: f64,
    excess: f64,
}

impl Ray {
    /// Curvature-like change of the slope per metre along the line, of the delay, and n - 1, at a point of the ray.
    fn change(&self, along_m: f64, across_m: f64, slope: f64) -> (f64, f64, f64) {
        // The point from the Earth's centre, in axes along the line and upwards across it.
        let (x_m, y_m) = (self.radius_m * self.sine + along_m, self.radius_m * self.cosine + across_m);
        let radius_m = (x_m * x_m + y_m * y_m).sqrt();
        // Below ground there is no ray; the bound keeps numbers finite.
        let height_m = (radius_m - MEAN_EARTH_RADIUS_M).max(-1_000.0);
        let excess = self.excess * libm::exp(height_m * (-1.0 / REFRACTIVITY_SCALE_HEIGHT_M));
        let steepness = 1.0 + slope * slope;
        let bend = -excess * (y_m - slope * x_m) * steepness
            / (REFRACTIVITY_SCALE_HEIGHT_M * (1.0 + excess) * radius_m);
        // n √(1 + slope²) - 1 without the cancellation.
        let root = steepness.sqrt();
        (bend, excess * root + slope * slope / (root + 1.0), excess)
    }

    /// Runge-Kutta of fourth order in the square root of the way, so that steps are short near the sensor.
    fn follow(&self, way_m: f64) -> End {
        let step = 1.0 / f64::from(STEPS);
        let (mut across_m, mut slope, mut delay_m) = (0.0, 0.0, 0.0);
        let at = |fraction: f64, across_m: f64, slope: f64| {
            let speed_m = 2.0 * way_m * fraction;
            let (bend, delay, _) = self.change(way_m * fraction * fraction, across_m, slope);
            (slope * speed_m, bend * speed_m, delay * speed_m)
        };
        for index in 0..STEPS {
            let start = f64::from(index) * step;
            let first = at(start, across_m, slope);
            let second =
                at(start + 0.5 * step, across_m + 0.5 * step * first.0, slope + 0.5 * step * first.1);
            let third =
                at(start + 0.5 * step, across_m + 0.5 * step * second.0, slope + 0.5 * step * second.1);
            let last = at(start + step, across_m + step * third.0, slope + step * third.1);
            across_m += step / 6.0 * (first.0 + 2.0 * (second.0 + third.0) + last.0);
            slope += step / 6.0 * (first.1 + 2.0 * (second.1 + third.1) + last.1);
            delay_m += step / 6.0 * (first.2 + 2.0 * (second.2 + third.2) + last.2);
        }
        let (_, _, excess) = self.change(way_m, across_m, slope);
        End { along_m: way_m, across_m, slope, delay_m, excess }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn without_air_nothing_changes() {
        for (range_m, elevation_rad) in [(5e4, 0.02), (2e6, -0.03), (3e7, 1.5)] {
            assert_eq!(straighten(100.0, 0.0, range_m, elevation_rad), (range_m, elevation_rad));
            assert_eq!(apparent(100.0, 0.0, range_m, elevation_rad), (range_m, elevation_rad));
            assert_eq!(straighten(4e5, 313.0, range_m, elevation_rad), (range_m, elevation_rad));
        }
    }

    #[test]
    fn straight_up_the_delay_is_refractivity_times_scale_height() {
        let (range_m, elevation_rad) = straighten(0.0, 313.0, 8e5, std::f64::consts::FRAC_PI_2);
        assert!((8e5 - range_m - 313e-6 * REFRACTIVITY_SCALE_HEIGHT_M).abs() < 0.01, "{range_m}");
        assert!((elevation_rad - std::f64::consts::FRAC_PI_2).abs() < 1e-15);
    }

    #[test]
    fn the_geometric_place_lies_below_and_nearer_and_in_the_same_order() {
        for range_m in [5e4, 3e5, 2e6] {
            let mut before = (f64::NEG_INFINITY, f64::INFINITY);
            for step in 0..=90 {
                let apparent_rad = f64::from(step).to_radians();
                let (reached_m, reached_rad) = straighten(0.0, 313.0, range_m, apparent_rad);
                let bending_rad = apparent_rad - reached_rad;
                assert!(reached_m < range_m && reached_rad > before.0, "{step}");
                assert!(bending_rad >= 0.0 && bending_rad < before.1, "{step}: {bending_rad:e}");
                before = (reached_rad, bending_rad);
            }
        }
    }

    proptest! {
        #[test]
        fn the_reverse_undoes_it(
            sensor_height_m in -100.0..12e3, refractivity in 200.0..400.0, range_m in 1e3..3e6, elevation_rad in 0.0..1.57
        ) {
            let (apparent_m, apparent_rad) = apparent(sensor_height_m, refractivity, range_m, elevation_rad);
            let (back_m, back_rad) = straighten(sensor_height_m, refractivity, apparent_m, apparent_rad);
            prop_assert!((back_m - range_m).abs() < 1e-3 && (back_rad - elevation_rad).abs() < 1e-9);
        }

        #[test]
        fn any_numbers_give_an_answer(
            sensor_height_m: f64, refractivity: f64, range_m: f64, elevation_rad: f64
        ) {
            straighten(sensor_height_m, refractivity, range_m, elevation_rad);
            apparent(sensor_height_m, refractivity, range_m, elevation_rad);
        }

        #[test]
        fn numbers_of_any_plot_stay_finite(
            sensor_height_m in -500.0..1e6, refractivity in 0.0..500.0, range_m in 0.0..1e9, elevation_rad in -4.0..4.0
        ) {
            let (reached_m, reached_rad) = straighten(sensor_height_m, refractivity, range_m, elevation_rad);
            prop_assert!(reached_m.is_finite() && reached_rad.is_finite());
            let (apparent_m, apparent_rad) = apparent(sensor_height_m, refractivity, range_m, elevation_rad);
            prop_assert!(apparent_m.is_finite() && apparent_rad.is_finite());
        }
    }

    proptest! {
        #[test]
        fn a_place_lies_above_a_ray_where_its_own_ray_leaves_above_it(
            sensor_height_m in 0.0..10e3, refractivity in 200.0..400.0, range_m in 1e3..3e6,
            least_rad in 0.0..0.3_f64, above_rad in -0.02..0.02_f64,
        ) {
            let ray_rad = of_ray_at(sensor_height_m, refractivity, range_m, least_rad);
            let bending_rad = least_rad - ray_rad;
            prop_assert!((0.0..greatest_bending(refractivity, least_rad)).contains(&bending_rad), "{bending_rad}");
            // So near that neither is sure of its last digits.
            prop_assume!(above_rad.abs() > 1e-8 && ray_rad + above_rad > 0.0);
            let (_, leaves_rad) = apparent(sensor_height_m, refractivity, range_m, ray_rad + above_rad);
            prop_assert_eq!(leaves_rad >= least_rad, above_rad > 0.0);
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        assert!(straighten(0.0, 313.0, f64::NAN, 0.1).0.is_nan());
        assert!(straighten(0.0, 313.0, 1e5, f64::NAN).1.is_nan());
        assert!(apparent(0.0, 313.0, 1e5, f64::NAN).1.is_nan());
    }
}
