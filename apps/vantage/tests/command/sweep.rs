//! `vantage sweep`, on the short scenario.

use super::{done, folder, json, refused};

const DIRECT: [&str; 8] =
    ["sweep", "short.toml", "--regime", "gsomia-direct", "--link", "korea-japan", "--receiver", "japan"];

#[test]
fn the_bound_says_until_which_delay_a_link_is_worth_having() {
    let folder = folder();
    let arguments = ["--vary", "delay", "--at", "150,250", "--baseline", "cut", "--json"];
    let text = done(folder.path(), &[DIRECT.as_slice(), &arguments].concat());
    let sweeps = json(&text);
    let [early, late] = [&sweeps[0], &sweeps[1]];
    let gain = |sweep: &serde_json::Value, index: usize| sweep["points"][index]["mean"].as_f64().unwrap();
    // The later the data the less of it there is, and at 150 s nothing that is 120 s late has anything of the coast.
    assert!(gain(early, 0) > gain(early, 4) && gain(early, 4) >= gain(early, 6), "{text}");
    assert_eq!(gain(early, 6), 0.0);
    let crossover = early["crossover"]["value"].as_f64().unwrap();
    assert!((30.0..120.0).contains(&crossover), "{text}");
    assert!(gain(late, 0) > 0.0 && early["crossover"]["interval"].is_null(), "{text}");
    let table = done(folder.path(), &[DIRECT.as_slice(), &arguments[..6]].concat());
    assert!(table.contains("For japan: impact error, km") && table.contains("knows the instant of burnout"));
    assert!(
        table.contains(&format!("150 s: the gain comes to nothing where the link delay is {crossover:.2} s"))
    );
}

#[test]
fn runs_give_intervals_and_a_page() {
    let folder = folder();
    let arguments = ["--vary", "bias", "--values", "0,50", "--runs", "2", "--at", "150", "--out", "swept"];
    let table = done(folder.path(), &[DIRECT.as_slice(), &arguments, &["--threads", "1"]].concat());
    assert!(table.contains("From paired runs") && table.contains("azimuth bias, mrad"), "{table}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join("swept").join(name)).unwrap();
    let sweeps = json(&read("sweep.json"));
    for point in sweeps[0]["points"].as_array().unwrap() {
        assert!(point["interval"]["low"].as_f64().unwrap() <= point["mean"].as_f64().unwrap());
    }
    let (page, markdown) = (read("sweep.html"), read("sweep.md"));
    assert!(
        page.starts_with("<!DOCTYPE html>") && page.contains("gsomia-direct (korea-japan) over bilateral")
    );
    assert!(page.contains("vantage sweep short.toml --regime gsomia-direct") && !page.contains("NaN"));
    assert!(markdown.contains("azimuth bias") && !markdown.contains("<svg"), "{markdown}");
}

#[test]
fn what_cannot_be_swept_is_refused() {
    let folder = folder();
    let refused =
        |arguments: &[&str]| refused(folder.path(), &[&["sweep", "short.toml"], arguments].concat());
    assert!(
        refused(&["--vary", "loss", "--from", "bound"]).contains("does not depend on the loss probability")
    );
    assert!(refused(&["--vary", "delay", "--values", "3,2"]).contains("ascending values from 0 to 86400"));
    assert!(
        refused(&["--vary", "delay", "--link", "korea-japan"]).contains("there are: korea-united-states")
    );
    assert!(refused(&["--vary", "delay", "--regime", "siloed"]).contains("has no link"));
    assert!(refused(&["--vary", "bias", "--sensor", "radar"]).contains("there is no sensor `radar`"));
    assert!(refused(&["--vary", "taste"]).contains("--vary"));
}
