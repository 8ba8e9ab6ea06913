//! `vantage study`, `merge` and `report`: the same files, to the byte, however the runs were done.

use super::{done, folder, json, refused, vantage};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

const RUNS: &str = "6";
/// Bytes of a run in the journal, at most.
const FRAME: usize = 45_000;

/// The arguments of the study that all tests do, cheap: six runs of two regimes.
fn arguments<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let study =
        ["study", "short.toml", "--runs", RUNS, "--regime", "siloed", "--regime", "bilateral", "--out", out];
    [&study, more].concat()
}

/// Every file under a folder with its bytes, by its path in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn collect(folder: &Path, root: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, root, found);
            } else {
                let name = path.strip_prefix(root).expect("inside").to_owned();
                found.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(folder, folder, &mut found);
    found
}

/// Asserts that two folders hold the same files with the same bytes.
fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (files(one), files(other));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&one), names(&other));
    for (name, bytes) in &one {
        assert!(other[name] == *bytes, "{} differs", name.display());
    }
}

/// Waits until a file has so many bytes.
#[expect(clippy::disallowed_methods, reason = "another program writes the file: only time tells")]
fn wait_for(path: &Path, bytes: u64) {
    for _ in 0..60_000 {
        if std::fs::metadata(path).is_ok_and(|file| file.len() >= bytes) {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("{} has not {bytes} bytes after two minutes", path.display());
}

#[test]
fn a_study_that_was_killed_or_torn_goes_on_to_the_same_bytes() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let table = done(folder.path(), &arguments("whole", &["--threads", "1"]));
    assert!(files(&path("whole")).len() >= 6, "{:?}", files(&path("whole")).keys());

    // Killed, without a chance to tidy up, once some runs are there.
    let program = assert_cmd::cargo::cargo_bin("vantage");
    let mut child = std::process::Command::new(program)
        .current_dir(folder.path())
        .args(arguments("killed", &["--quiet"]))
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the program starts");
    let journal = path("killed/study.journal");
    wait_for(&journal, 20_000);
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert!(!path("killed/study.json").exists(), "it had ended before it was killed: nothing was tested");
    let again = vantage(folder.path(), &arguments("killed", &[]));
    assert_eq!((again.code, again.stdout.as_str()), (0, table.as_str()), "{}", again.stderr);
    assert!(again.stderr.contains("going on with"), "{}", again.stderr);
    assert_same(&path("whole"), &path("killed"));

    // Cut in the body of the last frame, in its head, and with two frames gone.
    let whole = std::fs::read(&journal).expect("a journal");
    for left in [whole.len() - 1, whole.len() - 100, whole.len() - 2 * FRAME, whole.len() - 4 * FRAME] {
        std::fs::write(&journal, &whole[..left]).expect("it can be written");
        std::fs::remove_file(path("killed/study.json")).expect("it is there");
        let again = vantage(folder.path(), &arguments("killed", &[]));
        assert!(again.code == 0 && again.stderr.contains("it is done again"), "{left}: {}", again.stderr);
        assert_same(&path("whole"), &path("killed"));
    }

    // Killed before there was a first byte.
    std::fs::write(&journal, "").expect("it can be written");
    std::fs::remove_file(path("killed/study.json")).expect("it is there");
    done(folder.path(), &arguments("killed", &[]));
    assert_same(&path("whole"), &path("killed"));

    // Asked again there is nothing to do, and it says so.
    let again = vantage(folder.path(), &arguments("killed", &[]));
    assert!(again.stderr.contains("is done") && again.stdout == table, "{}", again.stderr);
}

fn merge<'a>(parts: &[&'a str], out: &'a str) -> Vec<&'a str> {
    [&["merge"], parts, &["--out", out]].concat()
}

#[test]
fn seven_parts_make_the_same_bytes_as_the_whole() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    done(folder.path(), &arguments("whole", &["--quiet"]));
    let parts: Vec<String> = (1..=7).map(|part| format!("part-{part}")).collect();
    for (number, part) in (1..).zip(&parts) {
        let shard = format!("{number}/7");
        assert_eq!(done(folder.path(), &arguments(part, &["--shard", &shard, "--threads", "1"])), "");
    }
    let mut names: Vec<&str> = parts.iter().map(String::as_str).collect();
    names.reverse();
    done(folder.path(), &merge(&names, "merged"));
    assert_same(&path("whole"), &path("merged"));

    // The last is the first part: the seventh of six runs has none.
    let error = refused(folder.path(), &merge(&names[..6], "wrong"));
    assert!(error.contains("run 0 of scenario `short` is in no part"), "{error}");
    assert!(refused(folder.path(), &merge(&[names[0], names[0]], "wrong")).contains("is given twice"));
    let error = refused(folder.path(), &merge(&[names[1], "whole"], "wrong"));
    assert!(error.contains("runs in common"), "{error}");
    assert!(!path("wrong/study.journal").exists());
    done(folder.path(), &arguments("other", &["--seed", "2", "--shard", "1/7"]));
    let error = refused(folder.path(), &merge(&[names[1], "other"], "wrong"));
    assert!(error.contains("the seed: 1 against 2"), "{error}");
    let error = refused(folder.path(), &merge(&names, "merged"));
    assert!(error.contains("is there already"), "{error}");
    assert!(refused(folder.path(), &["report", "part-1"]).contains("is part 1/7 of a study"));
}

#[test]
fn more_runs_can_be_added_and_nothing_else_changed() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let study = |runs: &'static str, out: &'static str, more: &'static [&'static str]| {
        let study = ["study", "short.toml", "--regime", "bilateral", "--quiet", "--runs", runs, "--out", out];
        [&study, more].concat()
    };
    done(folder.path(), &study("4", "whole", &[]));
    done(folder.path(), &study("2", "longer", &[]));
    done(folder.path(), &study("4", "longer", &[]));
    assert_same(&path("whole"), &path("longer"));

    let error = refused(folder.path(), &study("2", "longer", &[]));
    assert!(error.contains("another study") && error.contains("the number of runs: 4 against 2"), "{error}");
    let error = refused(folder.path(), &study("4", "longer", &["--perturb", "0"]));
    assert!(error.contains("--perturb: 1 against 0"), "{error}");
    let error = refused(folder.path(), &study("4", "longer", &["--regime", "siloed"]));
    assert!(error.contains("bilateral against bilateral, siloed"), "{error}");
    let journal = std::fs::File::open(path("longer/study.journal")).unwrap();
    journal.lock().unwrap();
    assert!(refused(folder.path(), &study("4", "longer", &[])).contains("is in use by another vantage"));
    drop(journal);
    let changed =
        std::fs::read_to_string(path("short.toml")).unwrap().replace("tail_s = 10.0", "tail_s = 11.0");
    std::fs::write(path("short.toml"), changed).unwrap();
    let error = refused(folder.path(), &study("4", "longer", &[]));
    assert!(error.contains("the text of scenario `short`, first in line"), "{error}");
}

#[test]
fn a_flipped_bit_is_an_error_and_never_a_shorter_study() {
    let folder = folder();
    done(folder.path(), &arguments("study", &["--quiet"]));
    let journal = folder.path().join("study/study.journal");
    let whole = std::fs::read(&journal).expect("a journal");
    // In the header, in heads and bodies of frames, but for the last frame, which would be done again.
    for place in (3..whole.len() - 2 * FRAME).step_by(whole.len() / 41) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        std::fs::write(&journal, bytes).expect("it can be written");
        let error = refused(folder.path(), &arguments("study", &[]));
        assert!(error.contains("study.journal: "), "{place}: {error}");
        assert_eq!(std::fs::metadata(&journal).unwrap().len(), whole.len() as u64, "{place}: it was cut");
    }
    std::fs::write(&journal, &whole[..whole.len() - 5]).expect("it can be written");
    let error = refused(folder.path(), &["report", "study"]);
    assert!(error.contains("the last frame is not whole"), "{error}");
}

#[test]
fn a_report_is_written_again_against_any_regime() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    done(folder.path(), &arguments("study", &["--quiet"]));
    let before = files(&path("study"));
    done(folder.path(), &["report", "study", "--quiet"]);
    assert_eq!(before, files(&path("study")));
    let text = done(folder.path(), &["report", "study", "--baseline", "siloed", "--out", "other", "--json"]);
    assert_eq!(json(&text)[0]["baseline"], "siloed");
    assert_eq!(before, files(&path("study")));
    let compared = ["compare", "short.toml", "--runs", RUNS, "--regime", "siloed", "--regime", "bilateral"];
    let compared = done(folder.path(), &[&compared, ["--baseline", "siloed", "--json"].as_slice()].concat());
    assert_eq!(json(&text)[0], json(&compared));
    let error = refused(folder.path(), &["report", "study", "--baseline", "integrated", "--out", "other"]);
    assert!(error.contains("it has: siloed, bilateral"), "{error}");
    assert!(refused(folder.path(), &["report", "nowhere"]).contains("cannot open"));
}

#[test]
fn the_command_in_a_report_does_it_again_from_what_lies_in_the_folder() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let own =
        done(folder.path(), &["regimes", "bilateral"]).replace("name = \"bilateral\"", "name = \"my own\"");
    std::fs::write(path("own.toml"), own).unwrap();
    let study = [
        "study",
        "short.toml",
        "--runs",
        "2",
        "--seed",
        "9",
        "--perturb",
        "0.5",
        "--quiet",
        "--out",
        "study",
    ];
    done(folder.path(), &[&study, ["--regime", "siloed", "--regime", "own.toml"].as_slice()].concat());
    std::fs::remove_file(path("own.toml")).unwrap();
    std::fs::remove_file(path("short.toml")).unwrap();
    let report = std::fs::read_to_string(path("study/short/report.md")).unwrap();
    let command = report.lines().find_map(|line| line.trim().strip_prefix("vantage ")).expect("a command");
    let words: Vec<&str> = command.split(' ').collect();
    done(&path("study"), &words);
    assert_same(&path("study/short"), &path("study/again/short"));
}

#[test]
fn what_contradicts_itself_is_refused() {
    let folder = folder();
    let until = ["--until", "5%", "--measure", "confirmed"];
    let with = |more: &[&'static str]| refused(folder.path(), &arguments("out", &[&until, more].concat()));
    assert!(with(&["--shard", "1/2"]).contains("exclude each other"));
    let of = |more: &[&'static str]| refused(folder.path(), &arguments("out", more));
    assert!(of(&["--until", "5%", "--measure", "hope"]).contains("there are: impact-error-5"));
    for wrong in
        [["--until", "5%"].as_slice(), &["--measure", "lead"], &["--until", "5", "--measure", "lead"]]
    {
        of(wrong);
    }
    assert!(of(&["--shard", "3/2"]).contains("such as 2/7"));
    let twice = ["study", "short.toml", "short.toml", "--out", "out"];
    assert!(refused(folder.path(), &twice).contains("two scenarios are named `short`"));
    assert!(!folder.path().join("out").exists());
}

#[test]
fn it_runs_until_a_measure_is_known_and_stops_at_the_same_run_whatever_happens() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let study = |out: &'static str, share: &'static str, more: &'static [&'static str]| {
        let study =
            ["study", "short.toml", "--regime", "siloed", "--regime", "bilateral", "--out", out, "--json"];
        [&study, ["--until", share, "--measure", "confirmed", "--runs", "25"].as_slice(), more].concat()
    };
    let runs = |text: &str| json(text)[0]["runs"].as_u64();
    // The least number of runs, and the most: nothing is as sharp as that.
    let wide = done(folder.path(), &study("wide", "100%", &["--threads", "1"]));
    assert_eq!(runs(&wide), Some(20));
    let narrow = done(folder.path(), &study("narrow", "0.01%", &[]));
    assert_eq!(runs(&narrow), Some(25));

    let journal = path("wide/study.journal");
    let whole = std::fs::read(&journal).unwrap();
    let before = files(&path("wide"));
    std::fs::write(&journal, &whole[..whole.len() / 3]).unwrap();
    std::fs::remove_file(path("wide/study.json")).unwrap();
    assert_eq!(done(folder.path(), &study("wide", "100%", &["--threads", "2"])), wide);
    assert!(before == files(&path("wide")));
    assert_eq!(done(folder.path(), &["report", "wide", "--json", "--out", "again"]), wide);
}
