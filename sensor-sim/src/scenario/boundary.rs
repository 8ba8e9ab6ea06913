//! Prefectures of Japan and provinces of the Republic of Korea, for areas that are given by name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Natural Earth, public domain; see `sensor-sim/data/README.md`.
const BOUNDARIES: &str = include_str!("../../data/boundaries.txt");

/// A prefecture or province: the largest piece of land of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Boundary {
    /// Country, ISO 3166-1 alpha-2.
    pub country: String,
    /// Share of the whole that the piece is, 0 to 1: small where it is made of islands.
    pub share: f64,
    /// Corners, [latitude, longitude] in degrees; it closes itself.
    pub corners_deg: Vec<[f64; 2]>,
}

/// All that are packaged, by name. Simplified to about a kilometre: for who is warned, not for surveying.
pub fn boundaries() -> &'static BTreeMap<String, Boundary> {
    static READ: LazyLock<BTreeMap<String, Boundary>> = LazyLock::new(|| {
        // A line that is none is left out; a test rules that out for the data that is compiled in.
        BOUNDARIES.lines().filter(|line| !line.starts_with('#')).filter_map(boundary).collect()
    });
    &READ
}

fn boundary(line: &str) -> Option<(String, Boundary)> {
    let mut parts = line.split('|');
    let (country, name) = (parts.next()?, parts.next()?);
    let share = parts.next()?.parse().ok()?;
    let corner = |word: &str| {
        let (latitude_deg, longitude_deg) = word.split_once(',')?;
        Some([latitude_deg.parse().ok()?, longitude_deg.parse().ok()?])
    };
    let corners_deg = parts.next()?.split(' ').map(corner).collect::<Option<_>>()?;
    Some((name.to_owned(), Boundary { country: country.to_owned(), share, corners_deg }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fusion_core::types::Geodetic;
    use fusion_core::warning::Area;

    const EARTH_RADIUS_KM: f64 = 6_371.007_2;

    fn area(name: &str) -> Area {
        let corners_deg = &boundaries().get(name).unwrap_or_else(|| panic!("{name}")).corners_deg;
        let corners_rad = corners_deg.iter().map(|corner| corner.map(f64::to_radians)).collect();
        Area { name: name.to_owned(), warned_by: vec![], corners_rad }
    }

    fn holds(name: &str, [latitude_deg, longitude_deg]: [f64; 2]) -> bool {
        let (latitude_rad, longitude_rad) = (latitude_deg.to_radians(), longitude_deg.to_radians());
        area(name).contains(Geodetic { latitude_rad, longitude_rad, height_m: 0.0 })
    }

    /// On a sphere of the Earth's area, edges straight in latitude and longitude.
    fn area_km2(name: &str) -> f64 {
        let corners_rad = area(name).corners_rad;
        let next = corners_rad.iter().cycle().skip(1);
        let part = |(a, b): (&[f64; 2], &[f64; 2])| (b[1] - a[1]) * (libm::sin(a[0]) + libm::sin(b[0])) / 2.0;
        (corners_rad.iter().zip(next).map(part).sum::<f64>() * EARTH_RADIUS_KM * EARTH_RADIUS_KM).abs()
    }

    #[test]
    fn every_line_of_the_data_is_a_boundary() {
        let lines = BOUNDARIES.lines().filter(|line| !line.starts_with('#')).count();
        let count = |country: &str| boundaries().values().filter(|found| found.country == country).count();
        assert_eq!((lines, count("JP"), count("KR")), (64, 47, 17));
        for (name, Boundary { share, corners_deg, .. }) in boundaries() {
            assert!((0.3..=1.0).contains(share) && corners_deg.len() >= 8, "{name}");
            let is_near = |[latitude, longitude]: &[f64; 2]| {
                (24.0..46.0).contains(latitude) && (125.0..146.0).contains(longitude)
            };
            assert!(corners_deg.iter().all(is_near), "{name}");
        }
        for wrong in ["", "JP|Hokkaido", "JP|Hokkaido|x|1,2", "JP|Hokkaido|1|1,2 3"] {
            assert_eq!(boundary(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn cities_lie_where_they_belong_and_nowhere_else() {
        for (name, city, place) in [
            ("Hokkaido", "Sapporo", [43.06, 141.35]),
            ("Hokkaido", "Obihiro", [42.92, 143.20]),
            ("Aomori", "Aomori", [40.82, 140.74]),
            ("Aomori", "Hachinohe", [40.51, 141.48]),
            ("Iwate", "Morioka", [39.70, 141.15]),
            ("Akita", "Akita", [39.72, 140.11]),
            ("Miyagi", "Sendai", [38.27, 140.87]),
            ("Yamagata", "Yamagata", [38.25, 140.34]),
            ("Niigata", "Nagaoka", [37.45, 138.85]),
            ("Tokyo", "Hachioji", [35.66, 139.32]),
            ("Okinawa", "Nago", [26.59, 127.98]),
            ("Seoul", "Seoul", [37.55, 126.99]),
            ("Gyeonggi", "Suwon", [37.27, 127.01]),
            ("Gangwon", "Chuncheon", [37.88, 127.73]),
            ("Busan", "Busan", [35.18, 129.07]),
            ("Jeju", "Jeju", [33.49, 126.53]),
        ] {
            let found: Vec<&String> = boundaries().keys().filter(|other| holds(other, place)).collect();
            // A city that is its own province lies in a hole of its neighbour, which is not cut out.
            assert!(found.iter().any(|other| *other == name), "{city}: {found:?}");
            assert!(found.len() == 1 || name == "Seoul", "{city}: {found:?}");
        }
        assert!(boundaries().keys().all(|name| !holds(name, [39.5, 135.0])), "the sea between");
    }

    /// Published land areas: Geospatial Information Authority of Japan, 2023, lakes included; Statistics Korea, 2020.
    #[test]
    fn areas_are_the_published_ones_within_the_outlines_errors() {
        for (name, published_km2) in [
            // Without the four islands that Natural Earth does not count to it.
            ("Hokkaido", 78_421.0),
            ("Aomori", 9_646.0),
            ("Iwate", 15_275.0),
            ("Akita", 11_638.0),
            ("Miyagi", 7_282.0),
            ("Yamagata", 9_323.0),
            ("Fukushima", 13_784.0),
            ("Nagano", 13_562.0),
            ("North Gyeongsang", 19_034.0),
            ("Jeju", 1_850.0),
            ("Seoul", 605.0),
        ] {
            let found_km2 = area_km2(name) / boundaries()[name].share;
            let off = found_km2 / published_km2 - 1.0;
            assert!(off.abs() < 0.05, "{name}: {found_km2:.0} km2, published {published_km2:.0}");
        }
    }

    /// Every cell of a grid of 0.05 degrees is held once, but where a city lies in a province and where slivers overlap.
    #[test]
    fn neighbours_overlap_by_slivers_only() {
        let japanese: Vec<Area> = boundaries()
            .iter()
            .filter(|(_, found)| found.country == "JP")
            .map(|(name, _)| area(name))
            .collect();
        let (mut held, mut twice) = (0, 0);
        for row in 0..440 {
            for column in 0..440 {
                let [latitude_rad, longitude_rad] =
                    [24.0 + 0.05 * f64::from(row), 124.0 + 0.05 * f64::from(column)].map(f64::to_radians);
                let place = Geodetic { latitude_rad, longitude_rad, height_m: 0.0 };
                let count = japanese.iter().filter(|area| area.contains(place)).count();
                held += usize::from(count > 0);
                twice += usize::from(count > 1);
            }
        }
        assert!(held > 10_000, "{held}");
        assert!(100 * twice < held, "{twice} of {held}");
    }
}
