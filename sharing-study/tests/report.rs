//! The report as a page and as Markdown: complete, self-contained, escaped, the same each time.

#[path = "synthetic/gains.rs"]
mod gains;
mod synthetic;

use sensor_sim::Scenario;
use sensor_sim::scenario::{ReportedEvent, What};
use sharing_study::outcome::StudyResult;
use sharing_study::report::Report;
use sharing_study::summary::Summary;

const COMMAND: &str = "vantage compare --runs 20 --seed 20170915";

/// The report of a study with nothing beside it: page and Markdown.
fn both(study: &StudyResult) -> [String; 2] {
    let summary = Summary::of(study).unwrap();
    let report = Report { study, summary: &summary, credits: &[], sweeps: &[], command: COMMAND };
    [report.html(), report.markdown()]
}

fn page(study: &StudyResult) -> String {
    let [html, _] = both(study);
    html
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
    for words in [
        "what-if",
        "notional",
        "assumptions",
        "Natural Earth",
        COMMAND,
        env!("CARGO_PKG_VERSION"),
        "overconfident",
    ] {
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
    let hostile = "</script><script>alert(1)</script>\"'<b>&`| hidden data-html";
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
    let [_, markdown] = both(&study);
    // Inside a code span all is text, and no backtick of a name gets there.
    let outside: String = markdown.replace("\\`", "").split('`').step_by(2).collect();
    assert!(!outside.contains("<script>") && !outside.contains("'<b>"));
    assert!(outside.contains("&lt;script&gt;alert(1)"));
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

#[test]
fn who_contributes_and_what_the_gain_depends_on_stand_in_the_report_where_they_are_known() {
    let study = synthetic::study(3, 60);
    let alone = page(&study);
    assert!(!alone.contains("<section id=\"credit\">") && !alone.contains("<section id=\"sweeps\">"));
    let (credits, sweeps) = (gains::credits(), gains::sweeps());
    let summary = Summary::of(&study).unwrap();
    let report =
        Report { study: &study, summary: &summary, credits: &credits, sweeps: &sweeps, command: COMMAND };
    let (html, markdown) = (report.html(), report.markdown());
    assert!(html.contains("<section id=\"credit\">") && html.contains("<section id=\"sweeps\">"));
    // Five bars and three; four curves of five points in two pictures, three crossovers.
    assert_eq!(html.matches("class=\"bar\"").count(), 8);
    assert_eq!(html.matches("class=\"spread\"").count(), 4);
    assert_eq!(html.matches("class=\"crossover\"").count(), 3);
    for words in [
        "most comes from **Shariki X-band**: 2.35",
        "all together gain 34.0",
        "is **70\u{a0}s** _\\[64, 79\\]_",
    ] {
        assert!(markdown.contains(words), "{words}");
    }
}

#[test]
fn the_markdown_says_what_the_page_says() {
    let study = synthetic::study(20, 240);
    let [html, markdown] = both(&study);
    assert!([html.clone(), markdown.clone()] == both(&study), "two renderings differ");
    // What GitHub takes as one comment.
    assert!(markdown.chars().count() < 65_536, "{} characters", markdown.chars().count());
    for heading in html.split("<h2>").skip(1).map(|rest| rest.split("</h2>").next().unwrap()) {
        assert!(markdown.contains(&format!("\n## {heading}\n")), "{heading}");
    }
    // Every cell of every table, and nothing of the pictures.
    let cells = html.matches("<td>").count() + html.matches("<th scope").count();
    let rows: Vec<&str> = markdown.lines().filter(|line| line.starts_with("| ")).collect();
    assert_eq!(rows.iter().map(|row| row.matches(" |").count()).sum::<usize>(), cells);
    let headline = html.split("<p class=\"headline\">").nth(1).unwrap().split("</p>").next().unwrap();
    for number in headline.split("<b>").skip(1).map(|rest| rest.split("</b>").next().unwrap()) {
        assert!(markdown.lines().nth(4).unwrap().contains(&format!("**{number}**")), "{number}");
    }
    let allowed = ["<br>", "<details>", "</details>", "<summary>", "</summary>"];
    let rest = allowed.iter().fold(markdown.clone(), |text, tag| text.replace(tag, ""));
    assert!(!rest.contains('<') && rest.contains(COMMAND));
    // A table begins after an empty line, or GitHub takes it for text.
    let lines: Vec<&str> = markdown.lines().collect();
    for (index, _) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("|---")) {
        assert_eq!(lines[index - 2], "", "line {index}");
    }
}

#[test]
fn what_may_be_zero_is_not_told_as_a_gain() {
    let mut study = synthetic::study(20, 120);
    // One draw for each run under every regime: only chance tells them apart.
    for outcome in study.outcomes.iter_mut().filter(|outcome| outcome.regime > 0) {
        let sign = if (outcome.run + outcome.regime as u32).is_multiple_of(2) { 1.0 } else { -1.0 };
        outcome.actionable_s = Some(160.0 + 20.0 * sign);
        for area in outcome.areas.iter_mut().filter(|area| area.threatened) {
            area.alerted_s = Some(200.0 + 20.0 * sign);
        }
    }
    let text = page(&study);
    let headline = text.split("<p class=\"headline\">").nth(1).unwrap().split("</p>").next().unwrap();
    assert!(
        headline.contains("neither more nor less warning for Hokkaido that these runs can show"),
        "{headline}"
    );
    assert!(headline.contains("neither sooner nor later"), "{headline}");
    assert!(text.contains("includes zero"));
}

/// What the page says beside a public record: Japan's alerts of Hokkaido (area 1) and Northern Tohoku at these times.
fn beside_record(alert_s: f64, change: impl Fn(&mut StudyResult)) -> [String; 2] {
    let mut study = synthetic::study(4, 120);
    let event = |what: What, after_launch_s: f64, areas: &[&str]| ReportedEvent {
        what,
        after_launch_s,
        until_s: None,
        half_width_s: 30.0,
        by: Some("japan".to_owned()),
        areas: areas.iter().map(|area| (*area).to_owned()).collect(),
        place: "<12> prefectures".to_owned(),
        withdrawn: false,
        source: "a <b>town".to_owned(),
    };
    study.description.reported.events = vec![
        event(What::Launch, 0.0, &[]),
        event(What::Alert, alert_s, &["Hokkaido"]),
        event(What::Overflight, 480.0, &["Hokkaido"]),
    ];
    change(&mut study);
    both(&study)
}

#[test]
fn the_public_record_stands_beside_the_model_in_words_that_fit() {
    let alert = |row: &mut sharing_study::outcome::NodeOutcome| row.areas[1].alerted_s = Some(200.0);
    let all_at_200 = |study: &mut StudyResult| study.outcomes.iter_mut().for_each(alert);
    for (alert_s, says, says_not) in [
        (261.0, "Later than the model's under", "Not told apart"),
        (260.0, "Not told apart from the model's", "Later than"),
        (140.0, "Not told apart from the model's", "Earlier than"),
        (139.0, "Earlier than the model's under", "Not told apart"),
    ] {
        for text in beside_record(alert_s, all_at_200) {
            assert!(text.contains(says) && !text.contains(says_not), "{alert_s}");
            assert!(!text.contains("No run of the model alerts it"), "{alert_s}");
        }
    }
    let never = |study: &mut StudyResult| {
        study.outcomes.iter_mut().for_each(|row| row.areas[1].alerted_s = None);
    };
    let [html, markdown] = beside_record(200.0, never);
    for text in [&html, &markdown] {
        assert!(text.contains("No run of the model alerts it under") && !text.contains("Later than"));
    }
    assert!(
        html.contains("200 \u{b1}\u{a0}60\u{a0}s") && html.contains("280 \u{b1}\u{a0}60\u{a0}s"),
        "rounding"
    );
    assert!(html.contains("&lt;12&gt; prefectures") && html.contains("a &lt;b&gt;town"));
    assert!(html.contains("60&nbsp;s from the rule to the people"), "the synthetic study's dissemination");
    assert!(!page(&synthetic::study(2, 60)).contains("id=\"reported\""));
}

#[test]
fn what_was_taken_back_is_compared_with_nothing() {
    let [html, _] = beside_record(200.0, |study| study.description.reported.events[2].withdrawn = true);
    assert!(html.contains("taken back later") && !html.contains("Hokkaido: overflight"));
    let [html, _] = beside_record(200.0, |_| {});
    assert!(!html.contains("taken back later") && html.contains("Hokkaido: overflight"));
}

/// The delays and margins of the files beside the fixtures are those of the reference.
#[test]
fn the_fixtures_records_are_the_references() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let read = |path: &str| {
        std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let reference: serde_json::Value =
        serde_json::from_str(&read("reference/21_warnings_and_sharing.json")).unwrap();
    let mut compared = 0;
    for (folder, area, delay, margin) in [
        ("overflight-2017-09-15", "Hokkaido", "alert_delay_s", "margin_alert_to_overflight_s"),
        ("overflight-2022-10-04", "Hokkaido", "alert_delay_s", ""),
        ("overflight-2022-10-04", "Aomori and Iwate", "alert_delay_aomori_s", "margin_aomori_s"),
        ("failed-2022-11-03", "Akita, Yamagata and Niigata coast", "alert_delay_s", ""),
    ] {
        let scenario = Scenario::parse(&read(&format!("{folder}/scenario.toml"))).unwrap();
        let text = read(&format!("{folder}/scenario.reported.toml"));
        let reported =
            scenario.with_reported(&text).unwrap_or_else(|error| panic!("{folder}: {error}")).reported;
        let events = reference["events"].as_array().unwrap();
        let event = events.iter().find(|event| folder.ends_with(event["date"].as_str().unwrap())).unwrap();
        let of = |what: What| {
            let mut events = reported.events.iter().filter(|event| event.what == what && !event.withdrawn);
            events.find(|event| what == What::Launch || event.areas.iter().any(|name| name == area))
        };
        let (alert, launch) = (of(What::Alert).unwrap().after_launch_s, of(What::Launch).unwrap().span_s());
        assert_eq!(Some(alert - 0.5 * (launch[0] + launch[1])), event[delay].as_f64(), "{folder}: {area}");
        if let Some([from_s, until_s]) = of(What::Overflight).map(ReportedEvent::span_s) {
            assert_eq!(
                serde_json::json!([from_s - alert, until_s - alert]),
                to_floats(&event[margin]),
                "{folder}"
            );
            compared += 1;
        }
    }
    assert_eq!(compared, 2);
    for folder in ["lofted-2022-11-18", "slbm-2019-10-02", "salvo-2022-06-05"] {
        let scenario = Scenario::parse(&read(&format!("{folder}/scenario.toml"))).unwrap();
        let told = scenario.with_reported(&read(&format!("{folder}/scenario.reported.toml")));
        assert!(!told.unwrap_or_else(|error| panic!("{folder}: {error}")).reported.is_empty());
    }
}

fn to_floats(values: &serde_json::Value) -> serde_json::Value {
    values.as_array().unwrap().iter().map(serde_json::Value::as_f64).collect()
}
