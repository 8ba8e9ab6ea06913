//! Lambert's conformal conic projection on a sphere: shapes are right everywhere, so that an ellipse stays an ellipse.
//!
//! Reference: J. P. Snyder, Map Projections: A Working Manual, USGS Professional Paper 1395, 1987, equations 15-1 to 15-4.

use std::f64::consts::FRAC_PI_4;

/// Kilometres in a degree of latitude, on the sphere of the map.
pub(super) const KM_PER_DEGREE: f64 = 111.195;

/// A map from latitude and longitude to a picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Projection {
    cone: f64,
    factor: f64,
    middle_deg: f64,
    offset: [f64; 2],
    scale: f64,
    /// Width and height of the picture.
    pub(super) size: [f64; 2],
}

impl Projection {
    /// Fits all places (latitude, longitude, degrees) into a picture of that width with a margin. Its height follows, between
    /// 0.45 and 0.9 of the width.
    pub(super) fn fit(places_deg: &[[f64; 2]], width: f64, margin: f64) -> Projection {
        let range = |axis: usize, otherwise: [f64; 2]| {
            let ends = places_deg.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], place| {
                [low.min(place[axis]), high.max(place[axis])]
            });
            if ends[0] <= ends[1] { ends } else { otherwise }
        };
        let (latitudes, longitudes) = (range(0, [30.0, 45.0]), range(1, [125.0, 145.0]));
        let sixth = ((latitudes[1] - latitudes[0]) / 6.0).max(1.0);
        let parallel = |latitude_deg: f64| latitude_deg.clamp(5.0, 80.0).to_radians();
        let (south, north) = (parallel(latitudes[0] + sixth), parallel(latitudes[0] + sixth + 4.0 * sixth));
        let tangent = |latitude: f64| libm::tan(FRAC_PI_4 + 0.5 * latitude);
        let cone =
            libm::log(libm::cos(south) / libm::cos(north)) / libm::log(tangent(north) / tangent(south));
        let factor = libm::cos(south) * libm::pow(tangent(south), cone) / cone;
        let middle_deg = 0.5 * (longitudes[0] + longitudes[1]);
        let mut map =
            Projection { cone, factor, middle_deg, offset: [0.0; 2], scale: 1.0, size: [width, width] };
        let mut bounds = [[f64::INFINITY; 2], [f64::NEG_INFINITY; 2]];
        for place in
            places_deg.iter().copied().chain([[latitudes[0], longitudes[0]], [latitudes[1], longitudes[1]]])
        {
            let point = map.place(place);
            for axis in [0, 1] {
                bounds[0][axis] = bounds[0][axis].min(point[axis]);
                bounds[1][axis] = bounds[1][axis].max(point[axis]);
            }
        }
        let spans = [0, 1].map(|axis| (bounds[1][axis] - bounds[0][axis]).max(1e-3));
        let tallest = 0.9 * width - 2.0 * margin;
        map.scale = ((width - 2.0 * margin) / spans[0]).min(tallest / spans[1]);
        let height = (map.scale * spans[1] + 2.0 * margin).clamp(0.45 * width, 0.9 * width);
        let centre = [0, 1].map(|axis| 0.5 * (bounds[0][axis] + bounds[1][axis]));
        map.offset = [0.5 * width - map.scale * centre[0], 0.5 * height - map.scale * centre[1]];
        map.size = [width, height];
        map
    }

    /// Where a place (latitude, longitude, degrees) lies in the picture; y grows downwards.
    pub(super) fn place(&self, [latitude_deg, longitude_deg]: [f64; 2]) -> [f64; 2] {
        let latitude = latitude_deg.clamp(-80.0, 89.0).to_radians();
        let mut from_middle = longitude_deg - self.middle_deg;
        from_middle -= 360.0 * (from_middle / 360.0).round();
        let angle = self.cone * from_middle.to_radians();
        let radius = self.factor / libm::pow(libm::tan(FRAC_PI_4 + 0.5 * latitude), self.cone);
        [
            self.offset[0] + self.scale * radius * libm::sin(angle),
            self.offset[1] + self.scale * radius * libm::cos(angle),
        ]
    }

    /// At a place: length of a kilometre in the picture, and the direction of north, radians clockwise from up.
    pub(super) fn local(&self, [latitude_deg, longitude_deg]: [f64; 2]) -> (f64, f64) {
        const STEP_DEG: f64 = 0.01;
        let here = self.place([latitude_deg, longitude_deg]);
        let north = self.place([latitude_deg + STEP_DEG, longitude_deg]);
        let (dx, dy) = (north[0] - here[0], north[1] - here[1]);
        (libm::hypot(dx, dy) / (STEP_DEG * KM_PER_DEGREE), libm::atan2(dx, -dy))
    }
}

/// East and north of one place from another, km, keeping distance and direction on the sphere.
pub(super) fn east_north_km(from_deg: [f64; 2], to_deg: [f64; 2]) -> [f64; 2] {
    let (a, b) = (from_deg.map(f64::to_radians), to_deg.map(f64::to_radians));
    let (half, turn) = (0.5 * (b[0] - a[0]), b[1] - a[1]);
    let haversine = libm::sin(half) * libm::sin(half)
        + libm::cos(a[0]) * libm::cos(b[0]) * libm::sin(0.5 * turn) * libm::sin(0.5 * turn);
    let distance_km = 2.0 * libm::asin(haversine.clamp(0.0, 1.0).sqrt()).to_degrees() * KM_PER_DEGREE;
    let azimuth = libm::atan2(
        libm::sin(turn) * libm::cos(b[0]),
        libm::cos(a[0]) * libm::sin(b[0]) - libm::sin(a[0]) * libm::cos(b[0]) * libm::cos(turn),
    );
    [distance_km * libm::sin(azimuth), distance_km * libm::cos(azimuth)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cone_agrees_with_snyder() {
        // Snyder's numerical example, page 295: parallels 33 and 45 degrees, n = 0.6304777, F = 1.9550002.
        // Places at 31 and 47 degrees give those parallels here only by chance of the sixths: 31 + 16/6 and + 5 * 16/6.
        let places = [[30.0, 125.0], [48.0, 169.0]];
        let map = Projection::fit(&places, 900.0, 20.0);
        assert!((map.cone - 0.6304777).abs() < 1e-6, "{}", map.cone);
        assert!((map.factor - 1.9550002).abs() < 1e-6, "{}", map.factor);
    }

    #[test]
    fn everything_fits_and_shapes_are_kept() {
        let places = [[39.2, 125.7], [39.9, 169.2], [26.5, 141.5], [45.5, 141.2]];
        let map = Projection::fit(&places, 900.0, 20.0);
        for place in places {
            let [x, y] = map.place(place);
            assert!((0.0..=900.0).contains(&x) && (0.0..=map.size[1]).contains(&y), "{x} {y}");
        }
        // Conformal: a small step east is as long as one north, and at a right angle to it.
        let at = [41.0, 160.0];
        let (km, north) = map.local(at);
        let (a, b) = (map.place(at), map.place([41.0, 160.01]));
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let east_km = 0.01 * KM_PER_DEGREE * libm::cos(41_f64.to_radians());
        assert!((libm::hypot(dx, dy) / east_km / km - 1.0).abs() < 1e-3);
        assert!((libm::atan2(dx, -dy) - north - std::f64::consts::FRAC_PI_2).abs() < 1e-3);
    }

    #[test]
    fn east_and_north() {
        let [east, north] = east_north_km([40.0, 169.0], [40.0, 170.0]);
        assert!((east - KM_PER_DEGREE * libm::cos(40_f64.to_radians())).abs() < 0.05 && north.abs() < 0.6);
        let [east, north] = east_north_km([40.0, 179.9], [41.0, -180.1]);
        assert!(east.abs() < 1e-6 && (north - KM_PER_DEGREE).abs() < 1e-6);
    }
}
