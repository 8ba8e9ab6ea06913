//! The report as a page: complete, self-contained, escaped, the same each time.

mod synthetic;

use sharing_study::outcome::StudyResult;
use sharing_study::report::render;
use sharing_study::summary::Summary;

fn page(study: &StudyResult) -> String {
    render(study, &Summary::of(study).unwrap())
}

#[test]
fn the_page_is_complete_and_the_same_each_time() {
    let study = synthetic::study(20, 240);
    let text = page(&study);
    assert!(text == page(&study), "two renderings differ");
    for id in
        ["differences", "map", "accuracy", "timeline", "measures", "areas", "consistency", "links", "notes"]
    {
        assert_eq!(text.matches(&format!("<section id=\"{id}\">")).count(), 1, "{id}");
    }
    for regime in &study.description.regimes {
        assert!(text.contains(&regime.name));
    }
    for words in
        ["what-if", "notional", "assumptions", "Natural Earth", "20170915", "overconfident", "includes zero"]
    {
        assert!(text.contains(words), "{words}");
    }
    assert!(text.len() < 1_000_000, "{} bytes", text.len());
}

#[test]
fn nothing_is_fetched_and_nothing_is_left_open() {
    let text = page(&synthetic::study(5, 120));
    for foreign in ["http://", "https://", "src=", "@import", "url(//"] {
        assert!(!text.contains(foreign), "{foreign}");
    }
    for tag in [
        "svg", "g", "table", "tr", "td", "th", "div", "section", "figure", "ul", "li", "p", "span", "b",
        "details",
    ] {
        let opened = text.matches(&format!("<{tag}>")).count() + text.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, text.matches(&format!("</{tag}>")).count(), "<{tag}>");
    }
    assert!(!text.contains("NaN") && !text.contains(">inf"));
}

#[test]
fn names_from_a_scenario_cannot_break_out() {
    let mut study = synthetic::study(2, 60);
    let hostile = "</script><script>alert(1)</script>\"'<b>&";
    study.description.title = hostile.to_owned();
    study.description.summary = hostile.to_owned();
    study.description.nodes[1] = hostile.to_owned();
    study.description.areas[1].name = hostile.to_owned();
    study.description.sensors[0].name = hostile.to_owned();
    for regime in &mut study.description.regimes {
        regime.name.push_str(hostile);
        regime.description.push_str(hostile);
        regime.link_bytes.push((hostile.to_owned(), 1.0));
    }
    let text = page(&study);
    assert!(!text.to_lowercase().contains("<script>alert"));
    assert_eq!(text.matches("<script").count(), 2, "the script and its numbers");
    assert!(!text.contains("\"'<b>"));
}

#[test]
fn a_study_without_tracks_areas_or_a_ground_track_still_renders() {
    let mut study = synthetic::study(1, 60);
    study.description.ground_track.clear();
    study.description.sensors.clear();
    study.description.areas.clear();
    study.bounds.clear();
    study.consistency.clear();
    for outcome in &mut study.outcomes {
        outcome.areas.clear();
        outcome.first_track_s = None;
        outcome.confirmed_s = None;
        outcome.actionable_s = None;
        outcome.launch_point_error_m = None;
        outcome.samples.iter_mut().for_each(|sample| *sample = Default::default());
    }
    let text = page(&study);
    assert!(text.contains("never knows enough to act") && !text.contains("NaN"));
}

#[test]
fn one_regime_alone_still_renders() {
    let mut study = synthetic::study(3, 60);
    study.outcomes.retain(|outcome| outcome.regime == 1);
    study.outcomes.iter_mut().for_each(|outcome| outcome.regime = 0);
    study.description.regimes = vec![study.description.regimes[1].clone()];
    study.description.baseline = 0;
    study.bounds.retain(|bound| bound.regime == 0);
    study.consistency.retain(|band| band.regime == 0);
    assert!(page(&study).contains("<section id=\"map\">"));
}
