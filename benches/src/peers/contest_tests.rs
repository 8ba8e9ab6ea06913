//! What a contest says of contestants whose times are known.

use super::*;

/// Somebody who takes so long for a repetition, a little longer each time.
fn known(ns: f64) -> Run {
    let mut turn = 0.0;
    Box::new(move |repetitions| {
        turn += 1.0;
        Ok(repetitions as f64 * ns * (1.0 + 1e-6 * turn))
    })
}

fn comparison(ours: Vec<Form>, peers: Vec<Form>, goal: Goal) -> Comparison {
    let (topic, peer, unit) = ("filter", "floor", "ns");
    let (case, note) = (String::new(), String::new());
    Comparison { topic, peer, case, unit, ours, peers, goal, agreement: None, note }
}

#[test]
fn ratios_are_those_of_the_fastest_forms() -> Result<(), SceneError> {
    let mut contest = Contest::default();
    let [slow, fast, peer] = [60.0, 40.0, 80.0].map(|ns| contest.enter("somebody", 4.0, known(ns)));
    let ours = vec![contest.form(slow), contest.form(fast)];
    let sum = Form { name: "sum".to_owned(), parts: vec![(peer, 2.0), (fast, 0.5)] };
    contest.compare(comparison(ours.clone(), vec![contest.form(peer)], Goal::AtLeast(Some(1.9))));
    contest.compare(comparison(ours.clone(), vec![sum], Goal::AtMost(Some(0.2))));
    contest.compare(comparison(ours, vec![contest.form(peer)], Goal::AtMost(None)));
    let outcomes = contest.run(Length { rounds: 7, turn_ns: 1e6 }, |_| {})?;
    let near = |one: f64, other: f64| (one / other - 1.0).abs() < 1e-3;
    assert!(near(outcomes[0].ours.1, 10.0) && near(outcomes[0].peer.1, 20.0));
    assert!(near(outcomes[0].ratio.median, 2.0) && outcomes[0].is_met() == Some(true));
    // 10 of 2 · 20 + 10 / 2.
    assert!(near(outcomes[1].ratio.median, 10.0 / 45.0) && outcomes[1].is_met() == Some(false));
    assert!(near(outcomes[2].ratio.median, 0.5) && outcomes[2].is_met().is_none());
    assert_eq!(contest.median_ns(peer).map(|found| near(found.median, 20.0)), Some(true));
    Ok(())
}

#[test]
fn names_narrow_topics_and_peers_each_for_itself() {
    let of = |only: &[&str]| Contest::of(only.iter().map(|name| (*name).to_owned()).collect());
    assert!(of(&[]).wants("filter", "eigen"));
    let filters = of(&["filter", "drag"]);
    assert!(filters.wants("drag", "eigen") && !filters.wants("gating", "kiddo"));
    let both = of(&["filter", "eigen"]);
    assert!(both.wants("filter", "eigen") && !both.wants("filter", "floor") && !both.wants("drag", "eigen"));
    assert!(both.wants_topic("filter") && !both.wants_topic("gating"));
}

#[test]
fn results_that_differ_or_are_no_numbers_are_named() {
    let mut contest = Contest::default();
    for (worst, count) in [(1e-12, 0), (1e-9, 0), (2e-9, 1), (f64::NAN, 2)] {
        let agreement = Some(Agreement { worst, tolerance: 1e-9 });
        let of = comparison(Vec::new(), Vec::new(), Goal::AtMost(None));
        contest.compare(Comparison { agreement, ..of });
        assert_eq!(contest.disagreeing().count(), count);
    }
}
