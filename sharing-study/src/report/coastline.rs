//! The coastline that the map is drawn with.

use thiserror::Error;

/// Natural Earth, public domain; see `sharing-study/data/README.md`.
const LAND: &str = include_str!("../../data/coastline.txt");

/// Edges of the box that the data was cut to: longitude, longitude, latitude, latitude, degrees.
pub(super) const BOX_DEG: [f64; 4] = [105.0, 185.0, 20.0, 60.0];

/// A closed ring of land: longitude, latitude, degrees.
pub(super) type Ring = Vec<[f64; 2]>;

/// What is wrong with a coastline file.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub(super) enum CoastlineError {
    /// A line is neither a comment, nor `ring N`, nor points.
    #[error("line {line}: `{text}` is no point `longitude,latitude` in the box")]
    Point {
        /// Number of the line, from one.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// A ring has another number of points than it says.
    #[error("ring {ring}: {found} points, expected {expected}")]
    Count {
        /// Number of the ring, from one.
        ring: usize,
        /// Points found.
        found: usize,
        /// Points announced.
        expected: usize,
    },
}

/// The land that is compiled in; nothing, if the file were broken, which a test rules out.
pub(super) fn land() -> Vec<Ring> {
    parse(LAND).unwrap_or_default()
}

fn parse(text: &str) -> Result<Vec<Ring>, CoastlineError> {
    let (mut rings, mut announced): (Vec<Ring>, Vec<usize>) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let bad = |text: &str| CoastlineError::Point { line: index + 1, text: text.to_owned() };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(count) = line.strip_prefix("ring ") {
            announced.push(count.parse().map_err(|_| bad(line))?);
            rings.push(Vec::new());
            continue;
        }
        let ring = rings.last_mut().ok_or_else(|| bad(line))?;
        for word in line.split(' ') {
            ring.push(point(word).ok_or_else(|| bad(word))?);
        }
    }
    for (index, (ring, expected)) in rings.iter().zip(announced).enumerate() {
        if ring.len() != expected || expected < 3 {
            return Err(CoastlineError::Count { ring: index + 1, found: ring.len(), expected });
        }
    }
    Ok(rings)
}

fn point(word: &str) -> Option<[f64; 2]> {
    let (longitude, latitude) = word.split_once(',')?;
    let (longitude, latitude): (f64, f64) = (longitude.parse().ok()?, latitude.parse().ok()?);
    let inside =
        (BOX_DEG[0]..=BOX_DEG[1]).contains(&longitude) && (BOX_DEG[2]..=BOX_DEG[3]).contains(&latitude);
    inside.then_some([longitude, latitude])
}

/// Whether an edge runs along the box, where the data was cut: not a coast.
pub(super) fn is_cut(a: [f64; 2], b: [f64; 2]) -> bool {
    let along = |axis: usize, edge: f64| a[axis] == edge && b[axis] == edge;
    along(0, BOX_DEG[0])
        || along(0, BOX_DEG[1])
        || along(1, BOX_DEG[2])
        || along(1, BOX_DEG[3])
        || along(0, 180.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_land_is_there_and_in_the_right_place() {
        let rings = parse(LAND).unwrap();
        assert!(rings.len() > 50 && LAND.len() < 80_000);
        // A point is inside the land if a ray to the east crosses it an odd number of times.
        let land = |place: [f64; 2]| {
            let crossings = |ring: &Ring| {
                let edges = ring.iter().zip(ring.iter().cycle().skip(1));
                edges
                    .filter(|(a, b)| (a[1] > place[1]) != (b[1] > place[1]))
                    .filter(|(a, b)| place[0] < a[0] + (place[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
                    .count()
            };
            rings.iter().map(crossings).sum::<usize>() % 2 == 1
        };
        for (name, place) in [
            ("Pyongyang", [125.75, 39.03]),
            ("Seoul", [127.0, 37.5]),
            ("Tokyo", [139.5, 35.8]),
            ("Sapporo", [141.5, 43.0]),
            ("Aomori", [140.8, 40.7]),
            ("Hiroshima", [132.5, 34.6]),
            ("Beijing", [116.4, 39.9]),
        ] {
            assert!(land(place), "{name}");
        }
        for (name, place) in
            [("Sea of Japan", [134.0, 39.5]), ("Pacific", [160.0, 40.0]), ("Yellow Sea", [123.5, 36.0])]
        {
            assert!(!land(place), "{name}");
        }
    }

    #[test]
    fn broken_files_are_refused() {
        assert!(matches!(parse("ring 3\n1,2"), Err(CoastlineError::Point { line: 2, .. })));
        assert!(matches!(parse("130,40"), Err(CoastlineError::Point { line: 1, .. })));
        assert_eq!(
            parse("ring 4\n130,40 131,40 131,41"),
            Err(CoastlineError::Count { ring: 1, found: 3, expected: 4 })
        );
        assert!(is_cut([105.0, 30.0], [105.0, 40.0]) && !is_cut([105.0, 30.0], [106.0, 30.0]));
    }
}
