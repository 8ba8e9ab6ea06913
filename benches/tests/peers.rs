//! The programs that measure beside peers and limits: what they write, and that who is not there is left out. No time is
//! asserted.

use assert_cmd::Command;
use serde_json::Value;
use std::error::Error;
use std::path::Path;

type Tested = Result<(), Box<dyn Error>>;

/// A program that finds no compiler and no Python, and its JSON; fails unless it ends well.
fn measured(program: &str, arguments: &[&str], folder: &Path) -> Result<(Value, String), Box<dyn Error>> {
    let file = folder.join("figures.json");
    let output = Command::cargo_bin(program)?
        .args(["--quick", "--json"])
        .arg(&file)
        .arg("--folder")
        .arg(folder)
        .args(arguments)
        .env("PATH", folder)
        .env_remove("CXX")
        .output()?;
    let said = String::from_utf8(output.stderr)?;
    assert!(output.status.success(), "{said}");
    let table = String::from_utf8(output.stdout)?;
    Ok((serde_json::from_str(&std::fs::read_to_string(file)?)?, table))
}

fn number(value: &Value, pointer: &str) -> f64 {
    let found = value.pointer(pointer).and_then(Value::as_f64);
    found.unwrap_or_else(|| panic!("no number {pointer} in {value}"))
}

/// Fails unless every figure of a comparison is one, and its ratio lies where it says.
fn is_sound(comparison: &Value) {
    for pointer in ["/ours/median", "/theirs/median", "/ratio/median", "/ratio/low", "/ratio/high"] {
        let figure = number(comparison, pointer);
        assert!(figure.is_finite() && figure > 0.0, "{pointer}: {comparison}");
    }
    let [low, median, high] =
        ["/ratio/low", "/ratio/median", "/ratio/high"].map(|one| number(comparison, one));
    assert!(low <= median && median <= high, "{comparison}");
    assert!((0.9..1.0).contains(&number(comparison, "/ratio/confidence")), "{comparison}");
    if let Some(target) = comparison["target"].as_f64() {
        let is_met = match comparison["ratio"]["direction"].as_str() {
            Some("ours over peer, at most") => median <= target,
            Some("peer over ours, at least") => median >= target,
            other => panic!("{other:?}"),
        };
        assert_eq!(comparison["is_met"], is_met, "{comparison}");
    }
    if !comparison["agreement"].is_null() {
        let worst = number(comparison, "/agreement/worst_relative_difference");
        assert!(worst <= number(comparison, "/agreement/tolerance"), "{comparison}");
    }
}

#[test]
fn figures_of_peers_in_rust_are_sound_and_results_agree() -> Tested {
    let folder = tempfile::tempdir()?;
    let only =
        ["--only", "filter", "--only", "drag", "--only", "modes", "--only", "flight", "--only", "recording"];
    let peers = ["--only", "nalgebra", "--only", "floor", "--only", "copy"];
    let (figures, table) = measured("peers", &[&only[..], &peers].concat(), folder.path())?;
    let comparisons = figures["comparisons"].as_array().ok_or("no comparisons")?;
    comparisons.iter().for_each(is_sound);
    let of = |topic: &str, peer: &str| {
        comparisons.iter().filter(|one| one["topic"] == topic && one["peer"] == peer).count()
    };
    let counts =
        ["filter", "drag", "modes", "flight"].map(|topic| (of(topic, "floor"), of(topic, "nalgebra")));
    assert_eq!(counts, [(2, 1), (2, 1), (2, 1), (4, 0)]);
    assert_eq!(of("recording", "copy"), 3);
    for one in comparisons.iter().filter(|one| one["peer"] == "nalgebra") {
        assert!(number(one, "/agreement/worst_relative_difference") < 1e-9, "{one}");
    }
    assert_eq!(figures["rounds"], 5);
    // Without a compiler, Rust's own rate stands in, and that is said.
    let skipped = figures["skipped"].as_array().ok_or("nothing skipped")?;
    assert_eq!(skipped.len(), 1, "{skipped:?}");
    assert!(table.contains("not there: the multiply-add by C++"), "{table}");
    assert!(table.lines().filter(|line| line.contains("as fast")).count() == 3, "{table}");
    Ok(())
}

#[test]
fn who_is_not_there_is_left_out_with_a_word() -> Tested {
    let folder = tempfile::tempdir()?;
    let only = ["--only", "eigen", "--only", "stone-soup", "--only", "filterpy", "--only", "scipy"];
    let (figures, table) = measured("peers", &only, folder.path())?;
    assert_eq!(figures["comparisons"].as_array().map(Vec::len), Some(0));
    let skipped = figures["skipped"].as_array().ok_or("nothing skipped")?;
    let who: Vec<&str> = skipped.iter().filter_map(|one| one["who"].as_str()).collect();
    assert_eq!(who, ["Eigen", "Stone Soup, FilterPy, scipy"]);
    for one in skipped {
        assert!(one["why"].as_str().is_some_and(|why| why.contains("no ")), "{one}");
    }
    assert!(table.contains("not there: Eigen: no C++ compiler `c++`"), "{table}");
    Ok(())
}

#[test]
fn a_name_that_nobody_has_is_refused() -> Tested {
    let output = Command::cargo_bin("peers")?.args(["--only", "armadillo"]).output()?;
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr)?.contains("stone-soup"));
    Ok(())
}

#[test]
fn limits_are_figures_with_intervals() -> Tested {
    let folder = tempfile::tempdir()?;
    let (figures, table) = measured("limits", &[], folder.path())?;
    let limits = figures["limits"].as_array().ok_or("no limits")?;
    assert_eq!(limits.len(), 8);
    for limit in limits {
        let [low, median, high] = ["/low", "/median", "/high"].map(|one| number(limit, one));
        assert!(0.0 < low && low <= median && median <= high && high.is_finite(), "{limit}");
    }
    let comparisons = figures["comparisons"].as_array().ok_or("no comparisons")?;
    comparisons.iter().for_each(is_sound);
    assert_eq!(comparisons.iter().filter(|one| one["topic"] == "hop").count(), 3);
    assert!(table.contains("GB/s"), "{table}");
    Ok(())
}
