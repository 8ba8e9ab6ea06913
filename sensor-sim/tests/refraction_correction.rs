//! The trackers' correction of refraction against the simulator's ray tracing.

use fusion_core::measurement::{STANDARD_REFRACTIVITY, apparent, straighten};
use sensor_sim::refraction::refracted;

/// Worst residuals of range, m, and elevation, radians, at one elevation over ranges of 50 to 2,000 km.
fn worst(sensor_m: f64, elevation_deg: f64, flown: f64) -> (f64, f64) {
    let elevation_rad = elevation_deg.to_radians();
    let mut worst: (f64, f64) = (0.0, 0.0);
    for range_km in [50, 75, 100, 150, 200, 300, 400, 500, 600, 800, 1_000, 1_250, 1_500, 1_750, 2_000] {
        let range_m = 1e3 * f64::from(range_km);
        let (seen_m, seen_rad) =
            refracted(sensor_m, flown, range_m, elevation_rad).expect("above the horizon");
        let (got_m, got_rad) = straighten(sensor_m, STANDARD_REFRACTIVITY, seen_m, seen_rad);
        worst = (worst.0.max((got_m - range_m).abs()), worst.1.max((got_rad - elevation_rad).abs()));
    }
    worst
}

/// The table in the documentation of `straighten`: elevation, degrees; residuals of range, m, and elevation, mrad, with
/// the same refractivity, with other weather, and without correction.
const TABLE: [(f64, [(f64, f64); 3]); 4] = [
    (1.0, [(0.012, 0.0005), (13.3, 1.56), (57.0, 7.0)]),
    (2.0, [(0.010, 0.0004), (9.8, 1.19), (43.0, 5.4)]),
    (3.0, [(0.010, 0.0004), (7.6, 0.95), (34.0, 4.4)]),
    (5.0, [(0.010, 0.0003), (5.2, 0.66), (24.0, 3.1)]),
];

#[test]
fn the_correction_is_as_good_as_its_documentation_says() {
    for (elevation_deg, [same, weather, whole]) in TABLE {
        for higher_deg in [0.0, 1.0, 4.0, 20.0, 60.0] {
            let check = |flown: f64, (range_m, elevation_mrad): (f64, f64)| {
                let (got_m, got_rad) = worst(0.0, elevation_deg + higher_deg, flown);
                assert!(
                    got_m < range_m && got_rad < 1e-3 * elevation_mrad,
                    "{elevation_deg} {flown}: {got_m} {got_rad}"
                );
            };
            check(STANDARD_REFRACTIVITY, same);
            check(280.0, weather);
            check(380.0, weather);
        }
        // And not much better than said, where it is the unknown weather that counts.
        let (got_m, got_rad) = worst(0.0, elevation_deg, 380.0);
        assert!(
            got_m > 0.95 * weather.0 && got_rad > 0.95e-3 * weather.1,
            "{elevation_deg}: {got_m} {got_rad}"
        );
        let elevation_rad = elevation_deg.to_radians();
        let (far_m, seen_rad) = refracted(0.0, STANDARD_REFRACTIVITY, 2e6, elevation_rad).expect("a ray");
        let (delay_m, bending_mrad) = (far_m - 2e6, 1e3 * (seen_rad - elevation_rad));
        assert!(delay_m < whole.0 && delay_m > 0.95 * whole.0, "{delay_m}");
        assert!(bending_mrad < whole.1 && bending_mrad > 0.95 * whole.1, "{bending_mrad}");
    }
}

#[test]
fn an_airborne_radar_that_looks_down_is_corrected_as_well() {
    let mut rays = 0;
    for elevation_deg in [-3.0, -2.9, -2.5, -1.0, 0.0] {
        for range_km in [100, 200, 400, 700, 900] {
            let (range_m, elevation_rad) = (1e3 * f64::from(range_km), f64::to_radians(elevation_deg));
            let Some((seen_m, seen_rad)) = refracted(10e3, STANDARD_REFRACTIVITY, range_m, elevation_rad)
            else {
                continue;
            };
            rays += 1;
            let (got_m, got_rad) = straighten(10e3, STANDARD_REFRACTIVITY, seen_m, seen_rad);
            let errors = ((got_m - range_m).abs(), (got_rad - elevation_rad).abs());
            assert!(errors.0 < 0.05 && errors.1 < 1e-6, "{elevation_deg}, {range_km} km: {errors:?}");
        }
    }
    assert!(rays >= 20, "{rays}");
}

#[test]
fn the_reverse_is_the_simulators_ray() {
    for (sensor_m, range_m, elevation_deg) in
        [(0.0, 6e5, 0.0), (500.0, 2e6, 1.0), (50.0, 3e5, 3.0), (9_000.0, 4e5, -1.5), (0.0, 1e6, 45.0)]
    {
        let elevation_rad = f64::to_radians(elevation_deg);
        let (seen_m, seen_rad) = refracted(sensor_m, 350.0, range_m, elevation_rad).expect("a ray");
        let (got_m, got_rad) = apparent(sensor_m, 350.0, range_m, elevation_rad);
        assert!(
            (got_m - seen_m).abs() < 0.05 && (got_rad - seen_rad).abs() < 1e-6,
            "{sensor_m} {elevation_deg}"
        );
    }
}
