//! Distance along the WGS-84 ellipsoid.

use fusion_core::types::{EARTH_RADIUS_EQUATORIAL_M, FLATTENING, Geodetic};

/// The shortest way between two places on the ellipsoid (heights ignored): its length, m, and the azimuth at which it
/// leaves `from`, radians clockwise from north in (-π, π].
///
/// None for places so nearly opposite each other (beyond about 19,900 km) that the iteration doesn't settle. The
/// reference flights define their range this way: their impacts lie at the given range within 3 mm.
///
/// Vincenty, *Survey Review* 23 (1975), 88-93, inverse formula; better than a millimetre.
///
/// ```
/// use fusion_core::types::Geodetic;
/// let sunan = Geodetic::from_degrees(39.2, 125.673, 0.0);
/// let impact = Geodetic::from_degrees(39.9269787697824, 169.15634282971843, 0.0);
/// let (distance_m, _) = sensor_sim::flight::geodesic(sunan, impact).unwrap();
/// assert!((distance_m - 3_700_000.0).abs() < 0.01);
/// ```
pub fn geodesic(from: Geodetic, to: Geodetic) -> Option<(f64, f64)> {
    let reduced = |latitude_rad: f64| libm::sincos(libm::atan((1.0 - FLATTENING) * libm::tan(latitude_rad)));
    let ((sin_from, cos_from), (sin_to, cos_to)) = (reduced(from.latitude_rad), reduced(to.latitude_rad));
    let difference_rad = to.longitude_rad - from.longitude_rad;
    let mut longitude_rad = difference_rad;
    for _ in 0..100 {
        let (sine, cosine) = libm::sincos(longitude_rad);
        let north = cos_from * sin_to - sin_from * cos_to * cosine;
        let sin_arc = libm::hypot(cos_to * sine, north);
        let cos_arc = sin_from * sin_to + cos_from * cos_to * cosine;
        if sin_arc == 0.0 {
            // The same place; or exactly opposite, which has no one shortest way.
            return (cos_arc > 0.0).then_some((0.0, 0.0));
        }
        let arc_rad = libm::atan2(sin_arc, cos_arc);
        let sin_azimuth = cos_from * cos_to * sine / sin_arc;
        let cos2_azimuth = 1.0 - sin_azimuth * sin_azimuth;
        // Along the equator the arc's middle has no meaning and its factor is zero.
        let middle =
            if cos2_azimuth > 1e-14 { cos_arc - 2.0 * sin_from * sin_to / cos2_azimuth } else { 0.0 };
        let c = FLATTENING / 16.0 * cos2_azimuth * (4.0 + FLATTENING * (4.0 - 3.0 * cos2_azimuth));
        let correction = arc_rad + c * sin_arc * (middle + c * cos_arc * (2.0 * middle * middle - 1.0));
        let next_rad = difference_rad + (1.0 - c) * FLATTENING * sin_azimuth * correction;
        let settled = (next_rad - longitude_rad).abs() < 1e-13;
        longitude_rad = next_rad;
        if settled {
            let azimuth_rad = libm::atan2(cos_to * sine, north);
            return Some((arc_length_m(cos2_azimuth, arc_rad, sin_arc, cos_arc, middle), azimuth_rad));
        }
    }
    None
}

fn arc_length_m(cos2_azimuth: f64, arc_rad: f64, sin_arc: f64, cos_arc: f64, middle: f64) -> f64 {
    let polar_radius_m = EARTH_RADIUS_EQUATORIAL_M * (1.0 - FLATTENING);
    let ratio = EARTH_RADIUS_EQUATORIAL_M / polar_radius_m;
    let u2 = cos2_azimuth * (ratio * ratio - 1.0);
    let a = 1.0 + u2 / 16_384.0 * (4_096.0 + u2 * (-768.0 + u2 * (320.0 - 175.0 * u2)));
    let b = u2 / 1_024.0 * (256.0 + u2 * (-128.0 + u2 * (74.0 - 47.0 * u2)));
    let square = 2.0 * middle * middle - 1.0;
    let outer = b / 6.0 * middle * (4.0 * sin_arc * sin_arc - 3.0) * (4.0 * middle * middle - 3.0);
    let change = b * sin_arc * (middle + b / 4.0 * (cos_arc * square - outer));
    polar_radius_m * a * (arc_rad - change)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_distances() {
        // Quarter meridian and a degree of the equator of WGS-84 (published: 10,001,965.729 m; 111,319.4908 m).
        let at = |latitude_deg, longitude_deg| Geodetic::from_degrees(latitude_deg, longitude_deg, 0.0);
        let (quarter_m, azimuth_rad) = geodesic(at(0.0, 10.0), at(90.0, 10.0)).expect("a way");
        assert!((quarter_m - 10_001_965.729).abs() < 2e-3 && azimuth_rad.abs() < 1e-12, "{quarter_m}");
        let (degree_m, _) = geodesic(at(0.0, 179.5), at(0.0, 180.5)).expect("a way");
        assert!((degree_m - 111_319.490_8).abs() < 1e-3, "{degree_m}");
        assert_eq!(geodesic(at(39.2, 125.0), at(39.2, 125.0)), Some((0.0, 0.0)));
        assert_eq!(geodesic(at(0.0, 0.0), at(0.3, 179.7)), None);
    }
}
