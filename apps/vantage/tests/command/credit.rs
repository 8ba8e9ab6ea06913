//! `vantage credit`, on the short scenario.

use super::{done, folder, json, refused, vantage};

#[test]
fn the_parts_add_up_to_the_gain_and_whoever_is_left_out_has_none() {
    let folder = folder();
    let text = done(
        folder.path(),
        &[
            "credit",
            "short.toml",
            "--receiver",
            "japan",
            "--at",
            "150,200",
            "--without",
            "chungcheong",
            "--json",
        ],
    );
    let credits = json(&text);
    let credits = credits.as_array().unwrap();
    assert_eq!(credits.len(), 2);
    for credit in credits {
        assert_eq!(credit["receiver"], "japan");
        let parts = credit["contributions"].as_array().unwrap();
        assert_eq!(parts.len(), 4);
        let sum = parts.iter().fold(0.0, |sum, part| sum + part["value"].as_f64().unwrap());
        let total = credit["total"].as_f64().unwrap();
        assert!((sum - total).abs() < 1e-9 && total > 1.0, "{text}");
        let off = parts.iter().find(|part| part["name"] == "chungcheong").unwrap();
        assert_eq!(off["value"], 0.0);
        let ship = parts.iter().find(|part| part["name"] == "sea-of-japan-ship").unwrap();
        assert!(ship["value"].as_f64().unwrap() > 1.0, "{text}");
    }
}

#[test]
fn the_table_has_a_line_for_each_and_says_what_the_bound_knows() {
    let folder = folder();
    let table = done(folder.path(), &["credit", "short.toml", "--by", "nation", "--over", "own"]);
    for words in
        ["For korea", "For japan", "For united-states", "knows the instant of burnout", "95 s", "215 s"]
    {
        assert!(table.contains(words), "{words}: {table}");
    }
    // To Korea all but itself give something: what there was before, less the parts, is what is left.
    let block = table.split("For korea").nth(1).unwrap().split("For japan").next().unwrap();
    let line = |name: &str| -> f64 {
        let line =
            block.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {block}"));
        line[name.len()..].split_whitespace().next().unwrap().parse().unwrap()
    };
    assert!(!block.contains("\nkorea"), "{block}");
    let gained = line("japan") + line("united-states");
    assert!((line("error before") - gained - line("error left")).abs() < 0.003, "{block}");
}

#[test]
fn runs_give_nations_credit_with_intervals() {
    let folder = folder();
    let arguments = [
        "credit",
        "short.toml",
        "--from",
        "runs",
        "--runs",
        "2",
        "--receiver",
        "japan",
        "--measure",
        "confirmed",
    ];
    let text = done(folder.path(), &[arguments.as_slice(), &["--by", "nation", "--json"]].concat());
    let credit = &json(&text)[0];
    let parts = credit["contributions"].as_array().unwrap();
    let sum = parts.iter().fold(0.0, |sum, part| sum + part["value"].as_f64().unwrap());
    let total = credit["total"].as_f64().unwrap();
    assert!((sum - total).abs() < 1e-9 && total > 1.0 && credit["unit"] == "s", "{text}");
    assert!(parts.iter().all(|part| part["interval"]["low"].is_f64()), "{text}");
    // Each sensor by itself: the parts of a nation's sensors and of all of them are different games with the same end.
    let text = done(folder.path(), &[arguments.as_slice(), &["--json"]].concat());
    let by_sensor = &json(&text)[0];
    assert!(by_sensor["contributions"].as_array().unwrap().len() > parts.len(), "{text}");
    assert!((by_sensor["total"].as_f64().unwrap() - total).abs() < 1e-9, "{text}");
}

#[test]
fn the_report_of_a_comparison_says_who_contributes_what() {
    let folder = folder();
    let arguments = ["compare", "short.toml", "--runs", "1", "--regime", "siloed", "--regime", "bilateral"];
    assert_eq!(vantage(folder.path(), &arguments).code, 0);
    let report = std::fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    let (_, credit) = report.split_once("id=\"credit\"").expect("a section");
    // Of the two, bilateral brings more; Korea's data stays in Korea.
    assert!(credit.contains("as bilateral delivers") && credit.contains("1 of 3 contribute nothing"));
}

#[test]
fn names_and_times_that_are_none_are_refused() {
    let folder = folder();
    let refused =
        |arguments: &[&str]| refused(folder.path(), &[&["credit", "short.toml"], arguments].concat());
    assert!(refused(&["--receiver", "china"]).contains("there are: korea, japan, united-states"));
    assert!(refused(&["--without", "radar"]).contains("there is no sensor `radar`"));
    assert!(refused(&["--at", "50"]).contains("burns out 65 s"));
    assert!(refused(&["--at", "9000"]).contains("comes down"));
    assert!(refused(&["--at", "soon"]).contains("a number of seconds"));
    assert!(refused(&["--from", "bound", "--measure", "warning"]).contains("--from runs"));
    assert!(refused(&["--regime", "nato"]).contains("there is no regime `nato`"));
}
