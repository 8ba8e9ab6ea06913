//! `vantage record` and `vantage inspect`, and what becomes of damaged files.

use super::{SCENARIO, done, folder, json, recording, refused, vantage};
use std::path::Path;

#[test]
fn what_was_recorded_is_what_is_inspected() {
    let (folder, path) = recording();
    let text = done(folder.path(), &["inspect", "short.vrec", "--frames", "2"]);
    for part in ["scans, ", "short, seed 1, run 0", "2017-09-14T21:57:00Z", "seen without cues", "\nframe 2 "]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let file = json(&done(folder.path(), &["inspect", "short.vrec", "--json"]));
    let sensors = file["sensors"].as_array().unwrap();
    assert_eq!((sensors.len(), file["is_whole"].as_bool()), (4, Some(true)));
    let scans: u64 = sensors.iter().map(|sensor| sensor["scans"].as_u64().unwrap()).sum();
    assert_eq!(file["frames"].as_u64(), Some(scans));
    assert!(sensors.iter().all(|sensor| sensor["plots"].as_u64() > Some(10)), "{sensors:?}");
    assert_eq!(file["bytes"].as_u64(), Some(path.metadata().unwrap().len()));

    let truth = json(&done(folder.path(), &["inspect", "truth.vrec", "--json"]));
    assert_eq!(truth["kind"], "truth");
    assert!((truth["objects"][0]["greatest_height_km"].as_f64().unwrap() - 120.0).abs() < 0.2);
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "nothing is left behind: {left:?}");
}

#[test]
fn a_seed_and_a_run_give_one_recording() {
    let folder = folder();
    let record = |name: &str, more: &[&str]| {
        done(folder.path(), &[&["record", "short.toml", "-o", name], more].concat());
        std::fs::read(folder.path().join(name)).unwrap()
    };
    let first = record("a", &["--seed", "5", "--run", "2"]);
    assert_eq!(first, record("b", &["--seed", "5", "--run", "2"]));
    assert_ne!(first, record("c", &["--seed", "5", "--run", "3"]));
}

#[test]
fn the_spread_of_runs_is_multiplied_and_noted() {
    let folder = folder();
    let record = |factor: &str, run: &str| {
        let name = format!("{factor}-{run}.vrec");
        let truth = format!("{factor}-{run}-truth.vrec");
        let files = ["record", "short.toml", "-o", &name, "--truth", &truth];
        done(folder.path(), &[&files, ["--perturb", factor, "--run", run].as_slice()].concat());
        let file = json(&done(folder.path(), &["inspect", &truth, "--json"]));
        let note = json(&done(folder.path(), &["inspect", &name, "--json"]))["note"].clone();
        (file["objects"].clone(), note.as_str().unwrap().to_owned())
    };
    let (nominal, note) = record("0", "0");
    assert!(note.contains("cues from other nodes. The spreads of [perturb] were multiplied by 0."), "{note}");
    assert_eq!(nominal, record("0", "1").0);
    let (drawn, note) = record("1", "0");
    assert!(!note.contains("perturb"), "{note}");
    assert_ne!(drawn, record("1", "1").0);
    assert_ne!(drawn, nominal);
    assert_ne!(drawn, record("2.5", "0").0);
}

#[test]
fn a_damaged_recording_is_told_with_its_frame_and_read_up_to_there_on_request() {
    let (folder, path) = recording();
    let whole = std::fs::read(&path).unwrap();
    let frames = json(&done(folder.path(), &["inspect", "short.vrec", "--json"]))["frames"].as_u64().unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 0x10;
    let cut = &whole[..whole.len() * 3 / 4];
    for (name, bytes, says) in
        [("flipped.vrec", flipped.as_slice(), "it is damaged"), ("cut.vrec", cut, "the recording is cut")]
    {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let frame = |error: &str| -> u64 {
            let (_, rest) = error.split_once(": frame ").unwrap_or_else(|| panic!("{error}"));
            rest.split(' ').next().unwrap().parse().unwrap()
        };
        let error = refused(folder.path(), &["inspect", name]);
        assert!(error.contains(name) && error.contains(says) && error.contains("--valid-prefix"), "{error}");
        let damaged = frame(&error);
        assert!(0 < damaged && damaged < frames);
        assert_eq!(frame(&refused(folder.path(), &["replay", name])), damaged);

        let ran = vantage(folder.path(), &["inspect", name, "--valid-prefix", "--json"]);
        let file = json(&ran.stdout);
        assert_eq!(
            (ran.code, file["frames"].as_u64(), &file["is_whole"]),
            (0, Some(damaged - 1), &false.into())
        );
        assert!(ran.stderr.contains("whole frames before it are used"), "{}", ran.stderr);
        let ran = vantage(folder.path(), &["replay", name, "--valid-prefix"]);
        assert!(ran.code == 0 && ran.stderr.contains("are left out"), "{}", ran.stderr);
        assert!(ran.stdout.lines().last().unwrap().starts_with("digest "), "{}", ran.stdout);
    }
}

#[test]
fn other_files_are_not_mistaken_for_recordings() {
    let (folder, path) = recording();
    let error = refused(folder.path(), &["inspect", "short.toml"]);
    assert!(error.contains("short.toml: not a recording"), "{error}");
    assert!(refused(folder.path(), &["inspect", "none.vrec"]).contains("cannot read none.vrec"));
    let error = refused(folder.path(), &["replay", "truth.vrec"]);
    assert!(error.contains("nodes never see the truth"), "{error}");
    let mut bytes = std::fs::read(path).unwrap();
    bytes[30] ^= 1;
    std::fs::write(folder.path().join("head.vrec"), bytes).unwrap();
    let error = refused(folder.path(), &["inspect", "head.vrec", "--valid-prefix"]);
    assert!(error.contains("head.vrec: header") && error.contains("nothing can be read"), "{error}");
}

#[test]
fn a_wrong_scenario_is_shown_where_it_is_wrong() {
    let folder = folder();
    let record = |text: &str| {
        std::fs::write(folder.path().join("wrong.toml"), text).unwrap();
        let error = refused(folder.path(), &["record", "wrong.toml", "-o", "x.vrec"]);
        assert!(!Path::new(&folder.path().join("x.vrec")).exists());
        error
    };
    for (right, wrong, says) in [
        ("tail_s = 60.0", "tale_s = 60.0", "unknown field `tale_s`"),
        ("range_km = 3700.0", "range_km = -3.5", "range_km = -3.5 is not allowed"),
    ] {
        let line = 1 + SCENARIO.lines().position(|line| line == right).unwrap();
        let error = record(&SCENARIO.replace(right, wrong));
        assert!(error.contains(&format!("wrong.toml:{line}:")) && error.contains(says), "{error}");
    }
    let error = record(&SCENARIO.replace("apogee_km = 800.0", "apogee_km = 30.0"));
    assert!(
        error.contains("is longer than a flight with this apogee_km") && error.contains("vantage fly"),
        "{error}"
    );
    let error = refused(folder.path(), &["record", "short.toml", "-o", "short.toml"]);
    assert!(error.contains("written over"), "{error}");
}

#[test]
fn nothing_is_written_where_there_is_no_folder() {
    let folder = folder();
    let error = refused(folder.path(), &["record", "short.toml", "-o", "no/such/place.vrec"]);
    assert!(error.contains("cannot write no/such/place.vrec"), "{error}");
}
