//! Areas on the ground.

/// Whether a point lies in a polygon that closes itself, by the even-odd rule; corners and point as [latitude, longitude] in
/// one unit of angle, whichever. Not for polygons that cross the antimeridian or a pole.
pub fn polygon_contains(corners: &[[f64; 2]], [latitude, longitude]: [f64; 2]) -> bool {
    let next = corners.iter().cycle().skip(1);
    let mut inside = false;
    for ([lat_a, lon_a], [lat_b, lon_b]) in corners.iter().zip(next) {
        let crosses = (*lat_a > latitude) != (*lat_b > latitude);
        // Along the parallel to the east.
        if crosses && longitude < lon_a + (latitude - lat_a) / (lat_b - lat_a) * (lon_b - lon_a) {
            inside = !inside;
        }
    }
    inside
}
