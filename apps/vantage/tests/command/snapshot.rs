//! `vantage replay --snapshot`: killed at any moment, the same command ends with the same digest.

use super::{done, json, recording, refused, vantage};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Kills in the suite; `VANTAGE_KILLS=200` in the environment asks for more.
const KILLS: u32 = 4;
const SAVED: [&str; 9] = [
    "replay",
    "short.vrec",
    "--regime",
    "realtime-2023",
    "--snapshot",
    "short.vsnp",
    "--snapshot-every",
    "5",
    "--json",
];

/// What a replay ends with: everything that it prints.
fn whole(folder: &Path) -> String {
    done(folder, &["replay", "short.vrec", "--regime", "realtime-2023", "--json"])
}

/// Lets the program run for a while and kills it; whether it was still running then.
#[expect(clippy::disallowed_methods, reason = "another program is killed: only time tells when")]
fn killed(folder: &Path, after: Duration) -> bool {
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("vantage"))
        .current_dir(folder)
        .args(SAVED)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(after);
    let was_running = child.try_wait().expect("a child").is_none();
    // SIGKILL: it is given no time to tidy up.
    child.kill().expect("a child");
    child.wait().expect("a child");
    was_running
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a kill falls within the time that the program takes")]
fn killed_at_any_moment_it_ends_with_the_same_digest() {
    let kills = std::env::var("VANTAGE_KILLS").map_or(KILLS, |text| text.parse().expect("a number of kills"));
    let (folder, _) = recording();
    let folder = folder.path();
    let whole = whole(folder);
    let begin = std::time::Instant::now();
    assert_eq!(done(folder, &SAVED), whole);
    let longest = begin.elapsed();
    let remove = || std::fs::remove_file(folder.join("short.vsnp")).expect("a snapshot");
    remove();
    // Xorshift is chance enough: seeded, so that only the machine's speed decides where a kill falls.
    let (mut chance, mut done_kills, mut went_on) = (0x9e37_79b9_7f4a_7c15_u64, 0, 0);
    while done_kills < kills {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        let share = (chance >> 11) as f64 / (1_u64 << 53) as f64;
        if !killed(folder, longest.mul_f64(share)) {
            remove();
            continue;
        }
        done_kills += 1;
        let saved = folder.join("short.vsnp").exists();
        if saved {
            std::fs::copy(folder.join("short.vsnp"), folder.join("kept.vsnp")).expect("a copy");
        }
        let ran = vantage(folder, &SAVED);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, whole.as_str()), "kill {done_kills}: {}", ran.stderr);
        assert_eq!(ran.stderr.contains("going on from"), saved, "kill {done_kills}: {}", ran.stderr);
        went_on += u32::from(saved);
        // The next kill falls on what this one left: a restart that is killed again.
        if saved && done_kills % 4 != 0 {
            std::fs::rename(folder.join("kept.vsnp"), folder.join("short.vsnp")).expect("a copy");
        } else {
            remove();
        }
    }
    assert!(2 * went_on > kills, "only {went_on} of {kills} found a snapshot: nothing was shown");
}

#[test]
fn what_is_not_this_replays_snapshot_is_refused_and_left_alone() {
    let (folder, _) = recording();
    let folder = folder.path();
    done(folder, &SAVED);
    let read = || std::fs::read(folder.join("short.vsnp")).expect("a snapshot");
    let first = read();
    let replay = |more: &[&str]| {
        refused(folder, &[&["replay", "short.vrec", "--snapshot", "short.vsnp"], more].concat())
    };
    assert!(replay(&["--regime", "siloed"]).contains("made with the regime realtime-2023"));
    assert!(replay(&["--regime", "realtime-2023", "--seed", "77"]).contains("made with the link seed"));
    for more in ["--threads", "--speed"] {
        assert!(replay(&[more, if more == "--speed" { "2x" } else { "2" }]).contains("cannot be used with"));
    }
    done(folder, &["record", "short.toml", "--seed", "9", "-o", "other.vrec"]);
    let other =
        refused(folder, &["replay", "other.vrec", "--regime", "realtime-2023", "--snapshot", "short.vsnp"]);
    assert!(other.contains("of another recording"), "{other}");
    let over = refused(folder, &["replay", "short.vrec", "--snapshot", "short.vrec"]);
    assert!(over.contains("written over"), "{over}");
    let text = refused(folder, &["replay", "short.vrec", "--snapshot", "short.toml"]);
    assert!(text.contains("not a snapshot"), "{text}");
    assert_eq!(read(), first);

    let mut damaged = first.clone();
    damaged[first.len() / 2] ^= 1;
    std::fs::write(folder.join("short.vsnp"), &damaged).expect("it can be written");
    let error = refused(folder, &SAVED);
    assert!(error.contains("digest differs") && error.contains("remove it"), "{error}");
    // Another build: the first bytes of the header are its own.
    let mut built = first;
    built[28] ^= 1;
    let checked = [
        &built[..24],
        &built[28..28 + u32::from_le_bytes([built[12], built[13], built[14], built[15]]) as usize],
    ];
    let checksum = crc32c::crc32c_append(crc32c::crc32c(checked[0]), checked[1]).to_le_bytes();
    built[24..28].copy_from_slice(&checksum);
    let end = built.len() - 32;
    let digest = *blake3::hash(&built[..end]).as_bytes();
    built[end..].copy_from_slice(&digest);
    std::fs::write(folder.join("short.vsnp"), &built).expect("it can be written");
    let error = refused(folder, &SAVED);
    assert!(error.contains("another build"), "{error}");
}

#[test]
fn events_before_a_snapshot_are_in_the_file() {
    let (folder, _) = recording();
    let folder = folder.path();
    done(folder, &["replay", "short.vrec", "--regime", "realtime-2023", "--events", "whole.jsonl"]);
    let with = [&SAVED[..8], &["--events", "parts.jsonl"]].concat();
    // Twice: the second time everything comes out of the snapshot.
    for _ in 0..2 {
        done(folder, &with);
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("events");
        assert_eq!(read("parts.jsonl"), read("whole.jsonl"));
        std::fs::remove_file(folder.join("parts.jsonl")).expect("events");
    }
    assert!(json(&done(folder, &SAVED))["nodes"][0]["first_confirmed_s"].is_number());
}
