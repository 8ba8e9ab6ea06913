//! `vantage replay`.

use super::{done, json, recording, refused, vantage};
use std::path::Path;

fn digest(text: &str) -> &str {
    let last = text.lines().last().unwrap();
    let digest = last.strip_prefix("digest ").unwrap_or_else(|| panic!("{text}"));
    assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{digest}");
    digest
}

#[test]
fn the_digest_does_not_depend_on_threads() {
    let (folder, _) = recording();
    let replay = |threads: &str| {
        let text =
            done(folder.path(), &["replay", "short.vrec", "--regime", "realtime-2023", "--threads", threads]);
        digest(&text).to_owned()
    };
    let one = replay("1");
    assert_eq!(one, replay("2"));
    assert_eq!(one, replay("8"));
    let other = done(folder.path(), &["replay", "short.vrec", "--regime", "siloed"]);
    assert_ne!(one, digest(&other));
}

#[test]
fn every_node_says_what_it_knew_and_when() {
    let (folder, _) = recording();
    let text = done(folder.path(), &["replay", "short.vrec"]);
    for part in
        ["regime integrated", "\nkorea: ", "\njapan: ", "first confirmed", "last impact", "2017-09-14T21:5"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let found = json(&done(folder.path(), &["replay", "short.vrec", "--json"]));
    assert_eq!(found["digest"], digest(&text));
    for node in found["nodes"].as_array().unwrap() {
        let confirmed_s = node["first_confirmed_s"].as_f64().unwrap();
        assert!((10.0..200.0).contains(&confirmed_s), "{node}");
        assert!(node["tracks"][0]["impact"]["ellipse_major_km"].as_f64().unwrap() > 0.0, "{node}");
    }
}

#[test]
fn events_go_to_a_file_or_to_standard_output() {
    let (folder, _) = recording();
    done(folder.path(), &["replay", "short.vrec", "--events", "events.jsonl"]);
    let kept = std::fs::read_to_string(folder.path().join("events.jsonl")).unwrap();
    let ran = vantage(folder.path(), &["replay", "short.vrec", "--events", "-", "--speed", "1000x"]);
    assert_eq!((ran.code, &ran.stdout), (0, &kept));
    assert!(ran.stderr.contains("first confirmed"), "{}", ran.stderr);
    let events: Vec<_> = kept.lines().map(json).collect();
    assert!(events.iter().any(|event| event["event"] == "confirmed" && event["node"] == "korea"), "{kept}");
    assert!(events.is_sorted_by_key(|event| event["time_s"].as_f64().unwrap()), "{kept}");
    assert!(refused(folder.path(), &["replay", "short.vrec", "--events", "-", "--json"]).contains("both"));
    assert!(
        refused(folder.path(), &["replay", "short.vrec", "--events", "short.vrec"]).contains("written over")
    );
}

#[test]
fn a_regime_is_a_name_or_a_file() {
    let (folder, _) = recording();
    let error = refused(folder.path(), &["replay", "short.vrec", "--regime", "bilatral"]);
    assert!(error.contains("there is no regime `bilatral`"), "{error}");
    for name in ["siloed", "bilateral", "tisa-2014", "gsomia-direct", "realtime-2023", "integrated"] {
        assert!(error.contains(name), "{error}");
    }
    let text = done(folder.path(), &["regimes", "bilateral"]);
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    put("mine.toml", &text);
    let run = |regime: &str| done(folder.path(), &["replay", "short.vrec", "--regime", regime]);
    assert_eq!(digest(&run("mine.toml")), digest(&run("bilateral")));

    put("wrong.toml", &text.replace("to = \"korea\"", "to = \"atlantis\""));
    let error = refused(folder.path(), &["replay", "short.vrec", "--regime", "wrong.toml"]);
    assert!(error.contains("wrong.toml:") && error.contains("there is no node `atlantis`"), "{error}");
    put("wrong.toml", &text.replace("interval_s", "intervall_s"));
    let error = refused(folder.path(), &["replay", "short.vrec", "--regime", "wrong.toml"]);
    assert!(error.contains("wrong.toml: line ") && error.contains("intervall_s"), "{error}");
    assert!(
        refused(folder.path(), &["replay", "short.vrec", "--regime", "none.toml"]).contains("cannot read")
    );
}

#[test]
fn a_closed_pipe_is_no_error() {
    let (folder, _) = recording();
    let program = assert_cmd::cargo::cargo_bin("vantage");
    let closed_early = |arguments: &[&str]| {
        let mut child = std::process::Command::new(&program)
            .current_dir(folder.path())
            .args(arguments)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for arguments in [
        ["replay", "short.vrec", "--events", "-"].as_slice(),
        &["inspect", "short.vrec", "--frames", "1000"],
        &["completions", "bash"],
        &["regimes"],
    ] {
        let (code, stderr) = closed_early(arguments);
        assert!(code == Some(0) && !stderr.contains("panicked"), "{arguments:?}: {code:?} {stderr}");
    }
    assert!(Path::new(&program).exists());
}
