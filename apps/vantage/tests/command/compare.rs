//! `vantage compare`, on a scenario short enough to be compared in seconds.

use super::{done, folder, json, refused, vantage};

#[test]
fn the_comparison_does_not_depend_on_threads() {
    let folder = folder();
    let compare = |threads: &str| {
        let out = format!("out-{threads}");
        let ran = vantage(
            folder.path(),
            &["compare", "short.toml", "--runs", "2", "--json", "--threads", threads, "--out", &out],
        );
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(
            ran.stderr.contains("report.html") && ran.stderr.contains("2 runs of 6 regimes"),
            "{}",
            ran.stderr
        );
        let read = |name: &str| std::fs::read_to_string(folder.path().join(&out).join(name)).unwrap();
        assert_eq!(read("summary.json"), ran.stdout);
        (ran.stdout, read("report.html"))
    };
    let one = compare("1");
    assert_eq!(one, compare("2"));
    let summary = json(&one.0);
    assert_eq!((summary["runs"].as_u64(), summary["regimes"].as_array().map(Vec::len)), (Some(2), Some(6)));
    assert!(one.1.starts_with("<!DOCTYPE html>"));
}

#[test]
fn the_spread_of_runs_can_be_turned_off() {
    let folder = folder();
    let compare = |factor: &str| {
        let arguments = ["compare", "short.toml", "--runs", "1", "--regime", "siloed", "--json", "--perturb"];
        done(folder.path(), &[&arguments, [factor].as_slice()].concat())
    };
    assert_ne!(compare("0"), compare("1"));
}

#[test]
fn only_the_regimes_asked_for_are_compared() {
    let folder = folder();
    let own = done(folder.path(), &["regimes", "gsomia-direct"])
        .replace("name = \"gsomia-direct\"", "name = \"own\"");
    std::fs::write(folder.path().join("own.toml"), own).unwrap();
    let compare = |first: &'static str, second: &'static str| {
        ["compare", "short.toml", "--runs", "1", "--regime", first, "--regime", second]
    };
    let table = done(folder.path(), &compare("bilateral", "own.toml"));
    assert!(
        table.contains("\nbilateral ") && table.contains("\nown ") && !table.contains("\nsiloed "),
        "{table}"
    );
    let error = refused(folder.path(), &compare("bilateral", "bilateral"));
    assert!(error.contains("two regimes are named `bilateral`"), "{error}");
    assert!(
        refused(folder.path(), &compare("bilateral", "everything")).contains("there are: siloed, bilateral")
    );
}
