//! Runs the program as a user does.

mod compare;
mod credit;
mod docs;
mod fixtures;
mod fly;
mod help;
mod recordings;
mod replay;
mod schema;
mod snapshot;
mod study;
mod sweep;

use assert_cmd::Command;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const SCENARIO: &str = include_str!("../../../../fixtures/overflight-2017-09-15/scenario.toml");

/// What a run of the program gave.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs `vantage` in a folder.
fn vantage(folder: &Path, arguments: &[&str]) -> Ran {
    let output = Command::cargo_bin("vantage")
        .expect("the program is built")
        .current_dir(folder)
        // Wherever the tests run: no colours, no folding.
        .env("NO_COLOR", "1")
        .args(arguments)
        .output()
        .expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes UTF-8");
    Ran {
        code: output.status.code().expect("the program ends by itself"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// As [`vantage`], for what must work: gives standard output.
fn done(folder: &Path, arguments: &[&str]) -> String {
    let ran = vantage(folder, arguments);
    assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
    ran.stdout
}

/// As [`vantage`], for what must be refused with exit code 2 and nothing on standard output: gives standard error.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let ran = vantage(folder, arguments);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}: {}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{arguments:?}: {}", ran.stderr);
    ran.stderr
}

/// A folder of its own with a short scenario: the flight over Hokkaido cut down to a flight of six minutes and four
/// sensors that look every other second.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("short.toml"), short_scenario()).expect("it can be written");
    folder
}

fn short_scenario() -> String {
    let mut parts = SCENARIO.split("[[sensor]]");
    let mut text = parts.next().expect("a beginning").to_owned();
    let kept = ["\"chungcheong\"", "\"sea-of-japan-ship\"", "\"shariki\"", "\"infrared-west\""];
    let mut after_sensors = "";
    for part in parts {
        // What follows the last sensor belongs to none.
        let (sensor, rest) = part.split_at(part.find("# --- Who is warned").unwrap_or(part.len()));
        if kept.iter().any(|name| sensor.contains(name)) {
            text.push_str("[[sensor]]");
            text.push_str(sensor);
        }
        after_sensors = rest;
    }
    text.push_str(after_sensors);
    for (from, to) in [
        ("name = \"overflight-2017-09-15\"", "name = \"short\""),
        ("apogee_km = 800.0", "apogee_km = 120.0"),
        ("range_km = 3700.0", "range_km = 500.0"),
        ("boost_s = 145.0", "boost_s = 65.0"),
        ("tail_s = 60.0", "tail_s = 10.0"),
        ("revisit_s = 1.0", "revisit_s = 2.0"),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

/// Records the short scenario: the folder and the recording in it.
fn recording() -> (TempDir, PathBuf) {
    let folder = folder();
    done(folder.path(), &["record", "short.toml", "-o", "short.vrec", "--truth", "truth.vrec"]);
    let path = folder.path().join("short.vrec");
    (folder, path)
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
