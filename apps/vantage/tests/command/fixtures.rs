//! `vantage fixtures`.

use super::{done, folder, refused, vantage};

#[test]
fn what_was_written_verifies_and_every_change_is_named() {
    let folder = folder();
    let fixture = folder.path().join("all/short");
    std::fs::create_dir_all(&fixture).unwrap();
    std::fs::rename(folder.path().join("short.toml"), fixture.join("scenario.toml")).unwrap();
    done(folder.path(), &["fixtures", "--write", "all"]);
    assert!(done(folder.path(), &["fixtures", "--verify", "all"]).contains("as expected"));
    assert!(done(folder.path(), &["fixtures", "--verify", "all/short"]).contains("as expected"));

    let expected = std::fs::read_to_string(fixture.join("expected.json")).unwrap();
    let begin = expected.find("\"first_confirmed_s\": ").unwrap();
    let end = begin + expected[begin..].find(',').unwrap();
    let changed = format!("{}\"first_confirmed_s\": 1.5{}", &expected[..begin], &expected[end..]);
    std::fs::write(fixture.join("expected.json"), changed).unwrap();
    let mut input = std::fs::read(fixture.join("input.vrec")).unwrap();
    let middle = input.len() / 2;
    input[middle] ^= 1;
    std::fs::write(fixture.join("input.vrec"), input).unwrap();
    std::fs::remove_file(fixture.join("truth.vrec")).unwrap();

    let ran = vantage(folder.path(), &["fixtures", "--verify", "all"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for part in [
        "3 differences".to_owned(),
        format!("input.vrec: differs from byte {middle} on, in frame "),
        "truth.vrec: is missing".to_owned(),
        "expected.json: replays[siloed]: nodes[korea]: first_confirmed_s: expected 1.5, is ".to_owned(),
    ] {
        assert!(ran.stdout.contains(&part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn a_check_of_nothing_does_not_pass() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    assert!(
        refused(folder.path(), &["fixtures", "--verify", "empty"]).contains("there is no fixture in empty")
    );
    assert!(refused(folder.path(), &["fixtures", "--verify"]).contains("cannot read fixtures"));
    refused(folder.path(), &["fixtures"]);
    refused(folder.path(), &["fixtures", "--verify", "--write"]);
}
