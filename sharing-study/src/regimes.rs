//! The sharing regimes that ship with Vantage, and how a regime file is read.

use fusion_core::share::{Regime, RegimeError};
use thiserror::Error;

/// Names of the nodes that the shipped regimes speak of, in the order of the shipped scenarios.
pub const NODES: [&str; 3] = ["korea", "japan", "united-states"];

/// The regime against which headlines are differences.
pub const BASELINE: &str = "bilateral";

/// The regime without links.
pub const SILOED: &str = "siloed";

/// The what-if that every report must call one.
pub const WHAT_IF: &str = "gsomia-direct";

/// What is compared when nobody says what: see [`builtin`].
const FILES: [(&str, &str); 6] = [
    ("siloed.toml", include_str!("../regimes/siloed.toml")),
    ("bilateral.toml", include_str!("../regimes/bilateral.toml")),
    ("tisa-2014.toml", include_str!("../regimes/tisa-2014.toml")),
    ("gsomia-direct.toml", include_str!("../regimes/gsomia-direct.toml")),
    ("realtime-2023.toml", include_str!("../regimes/realtime-2023.toml")),
    ("integrated.toml", include_str!("../regimes/integrated.toml")),
];

/// What is compared where it is named: see [`variants`].
const VARIANTS: [(&str, &str); 5] = [
    ("feed-cut-realtime-2023.toml", include_str!("../regimes/feed-cut-realtime-2023.toml")),
    ("feed-cut-stored-2023.toml", include_str!("../regimes/feed-cut-stored-2023.toml")),
    ("feed-cut-hub-2023.toml", include_str!("../regimes/feed-cut-hub-2023.toml")),
    ("feed-cut-bilateral.toml", include_str!("../regimes/feed-cut-bilateral.toml")),
    ("cues-direct.toml", include_str!("../regimes/cues-direct.toml")),
];

/// Why a regime file could not be used.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It is not TOML, or a key or value is not one of a regime.
    #[error("{file}: {error}")]
    Syntax {
        /// The file.
        file: String,
        /// What the parser says, with line and column.
        error: toml::de::Error,
    },
    /// It names a node that does not exist, or a value outside its range.
    #[error("{file}: {error}")]
    Content {
        /// The file.
        file: String,
        /// What is wrong.
        error: RegimeError,
    },
}

/// Reads one regime and checks it against the nodes of a scenario.
///
/// `file` is only used in errors.
///
/// # Errors
/// [`ReadError`] with the file, and the line or the link, the key and what is allowed.
pub fn parse(file: &str, text: &str, node_names: &[String]) -> Result<Regime, ReadError> {
    let regime: Regime =
        toml::from_str(text).map_err(|error| ReadError::Syntax { file: file.to_owned(), error })?;
    regime.resolve(node_names).map_err(|error| ReadError::Content { file: file.to_owned(), error })?;
    Ok(regime)
}

/// The six regimes that a comparison takes when none is named, from no sharing to all of it: siloed, bilateral, tisa-2014,
/// gsomia-direct, realtime-2023, integrated. [`variants`] has those that must be named.
///
/// # Errors
/// [`ReadError`] if a file that was compiled in is broken, which a test rules out.
///
/// ```
/// let regimes = sharing_study::regimes::builtin()?;
/// assert_eq!(regimes[1].name, "bilateral");
/// # Ok::<(), sharing_study::regimes::ReadError>(())
/// ```
pub fn builtin() -> Result<Vec<Regime>, ReadError> {
    parse_all(&FILES)
}

/// The other regimes that ship, for comparisons that name them: those of [`builtin`] with a feed cut, and with cues.
///
/// # Errors
/// [`ReadError`] if a file that was compiled in is broken, which a test rules out.
pub fn variants() -> Result<Vec<Regime>, ReadError> {
    parse_all(&VARIANTS)
}

fn parse_all(files: &[(&str, &str)]) -> Result<Vec<Regime>, ReadError> {
    let nodes = NODES.map(str::to_owned);
    files.iter().map(|(file, text)| parse(file, text, &nodes)).collect()
}

/// The text of a regime that ships, with its sources and assumptions in comments: to be copied and changed.
pub fn text(name: &str) -> Option<&'static str> {
    let mut files = FILES.iter().chain(&VARIANTS);
    files.find(|(file, _)| file.strip_suffix(".toml") == Some(name)).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fusion_core::share::{FusionRule, Level, LinkConfig};

    fn named(name: &str) -> Regime {
        all().into_iter().find(|regime| regime.name == name).unwrap()
    }

    fn all() -> Vec<Regime> {
        [builtin().unwrap(), variants().unwrap()].concat()
    }

    fn ends(links: &[LinkConfig]) -> Vec<(&str, &str)> {
        links.iter().map(|link| (link.from.as_str(), link.to.as_str())).collect()
    }

    #[test]
    fn all_parse_and_are_named_after_their_files() {
        let regimes = all();
        for (regime, (file, _)) in regimes.iter().zip(FILES.iter().chain(&VARIANTS)) {
            assert_eq!(&format!("{}.toml", regime.name), file);
            assert!(!regime.description.is_empty() && !regime.assumptions.is_empty(), "{file}");
            assert!(
                text(&regime.name).unwrap().contains("# Source: ")
                    || regime.links.is_empty()
                    || file == &"integrated.toml"
            );
        }
        assert_eq!((builtin().unwrap().len(), regimes.len()), (6, 11));
    }

    #[test]
    fn siloed_has_no_link_and_bilateral_none_between_the_allies() {
        assert!(named(SILOED).links.is_empty());
        assert_eq!(ends(&named(BASELINE).links), [("united-states", "japan"), ("united-states", "korea")]);
    }

    #[test]
    fn the_american_links_are_the_same_in_every_regime_built_on_bilateral() {
        let base = named(BASELINE);
        for name in ["tisa-2014", "gsomia-direct", "realtime-2023"] {
            for link in &base.links {
                let regime = named(name);
                let mut same = regime
                    .links
                    .iter()
                    .find(|other| (&other.from, &other.to) == (&link.from, &link.to))
                    .cloned()
                    .unwrap();
                same.forward = false;
                assert_eq!(&same, link, "{name}");
            }
        }
    }

    #[test]
    fn each_arrangement_is_what_the_design_says() {
        let tisa = named("tisa-2014");
        assert_eq!(tisa.links.len(), 4);
        for link in &tisa.links[2..] {
            assert_eq!(link.fusion, FusionRule::CovarianceIntersection);
            assert_eq!((link.release.probability, link.release.position_grid_m), (0.7, 1000.0));
        }
        let hub = named("realtime-2023");
        for link in &hub.links {
            assert_eq!(link.forward, link.from == "united-states");
            assert_eq!(link.level, Level::Tracks);
        }
        let all = named("integrated");
        assert_eq!(all.links.len(), 6);
        assert!(all.links.iter().all(|link| link.level == Level::Measurements));
        assert!(named(WHAT_IF).description.contains("what-if"));
    }

    #[test]
    fn a_variant_is_its_regime_but_for_what_its_name_says() {
        for (name, of, cut) in [
            ("feed-cut-realtime-2023", "realtime-2023", vec![("korea", "united-states")]),
            ("feed-cut-stored-2023", "realtime-2023", vec![("korea", "united-states")]),
            (
                "feed-cut-hub-2023",
                "realtime-2023",
                vec![("united-states", "korea"), ("united-states", "japan")],
            ),
            ("feed-cut-bilateral", "bilateral", vec![("united-states", "japan")]),
        ] {
            let mut links = named(name).links;
            for link in &mut links {
                let is_cut = cut.contains(&(link.from.as_str(), link.to.as_str()));
                assert_eq!(
                    (link.outages_s.len() == 1, link.is_cut(241.0)),
                    (is_cut, is_cut && name.contains("hub"))
                );
                assert_eq!(link.store_and_forward, is_cut && name.contains("stored"));
                (link.outages_s, link.store_and_forward) = (Vec::new(), false);
            }
            assert_eq!(links, named(of).links, "{name}");
        }
        let cues = named("cues-direct").links;
        assert_eq!(cues[..2], named(BASELINE).links);
        assert!(cues[2..].iter().all(|link| link.level == Level::Cues) && cues.len() == 4);
    }

    #[test]
    fn each_ally_lets_the_hub_tell_the_other_one_alone() {
        let hub = named("realtime-2023");
        for link in &hub.links {
            let third = NODES.iter().find(|node| **node != link.from && **node != link.to).unwrap();
            assert_eq!(link.onward, [(*third).to_owned()]);
        }
    }

    #[test]
    fn a_broken_file_is_told_with_its_name_and_line() {
        let nodes = NODES.map(str::to_owned);
        let syntax =
            parse("mine.toml", "name = \"x\"\ndescription = \"y\"\ncolour = 1\n", &nodes).unwrap_err();
        let text = syntax.to_string();
        assert!(text.contains("mine.toml") && text.contains("line 3") && text.contains("colour"), "{text}");
        let other = FILES[1].1.replace("\"korea\"", "\"atlantis\"");
        let content = parse("mine.toml", &other, &nodes).unwrap_err();
        assert!(content.to_string().contains("there is no node `atlantis`"), "{content}");
    }
}
