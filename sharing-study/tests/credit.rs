//! Credit on the flight over Hokkaido, against the bound itself.

use fusion_core::types::{NodeId, SensorId};
use sensor_sim::Scenario;
use sharing_study::bound::FlightGeometry;
use sharing_study::credit::{Accountant, Over, Players, Question, RunQuestion};
use sharing_study::gain::Measure;
use sharing_study::nominal::NominalFlight;
use sharing_study::outcome::{Credit, NodeOutcome};
use sharing_study::paths::DataDelays;
use sharing_study::regimes::builtin;
use sharing_study::study::{CAP_M, StudyOptions, run_study};
use sharing_study::sweep::RunOptions;
use sharing_study::variant;

const JAPAN: NodeId = NodeId(1);
const TIME_S: f64 = 175.0;

fn scenario() -> Scenario {
    Scenario::parse(include_str!("../../fixtures/overflight-2017-09-15/scenario.toml")).expect("it parses")
}

fn delays(regime: &str) -> DataDelays {
    let regimes = builtin().expect("they parse");
    let regime = regimes.iter().find(|other| other.name == regime).expect("shipped");
    DataDelays::new(regime, &scenario().node_names()).expect("it fits")
}

fn part(credit: &Credit, name: &str) -> f64 {
    credit.contributions.iter().find(|part| part.name == name).expect(name).value
}

/// What Japan has, km of impact error, from the sensors allowed: straight from the bound.
fn error_km(geometry: &FlightGeometry<'_>, delays: &DataDelays, allowed: impl Fn(SensorId) -> bool) -> f64 {
    geometry.impact_error_m(JAPAN, delays, TIME_S, allowed).map_or(CAP_M, |error_m| error_m.min(CAP_M)) * 1e-3
}

#[test]
fn sensors_share_the_whole_gain_and_one_that_is_off_has_no_part_in_it() {
    let mut scenario = variant::without(&scenario(), |sensor| sensor == SensorId(5));
    // Busan stands in for Chungcheong: the same place, the same looks.
    let twin = scenario.sensors[0].clone();
    scenario.sensors[1] = fusion_core::types::Sensor { id: SensorId(1), name: "twin".to_owned(), ..twin };
    scenario.mounts[1] = scenario.mounts[0].clone();
    let flight = NominalFlight::of(&scenario, 1).expect("it flies");
    let geometry = flight.geometry().expect("it has a flight");
    let delays = delays("realtime-2023");
    let mut accountant = Accountant::new(&flight.setup, &geometry);
    for (over, from_km) in [
        (Over::Nothing, CAP_M * 1e-3),
        (Over::OwnSensors, error_km(&geometry, &delays, |sensor| [3, 4].contains(&sensor.0))),
    ] {
        let question = Question {
            regime: "realtime-2023",
            delays: &delays,
            receiver: JAPAN,
            time_s: TIME_S,
            players: Players::Sensors,
            over,
        };
        let credit = accountant.credit(&question, 1).expect("few players");
        let sum = credit.contributions.iter().fold(0.0, |sum, part| sum + part.value);
        let gain_km = from_km - error_km(&geometry, &delays, |_| true);
        assert!((sum - gain_km).abs() < 1e-9 && (credit.total - gain_km).abs() < 1e-9, "{sum} {gain_km}");
        assert_eq!(part(&credit, "shariki"), 0.0);
        assert!(part(&credit, "kyogamisaki") > 0.1);
        let twins = [part(&credit, "chungcheong"), part(&credit, "twin")];
        assert!((twins[0] - twins[1]).abs() < 1e-9 && twins[0] > 0.1, "{twins:?}");
        assert!(credit.contributions.iter().all(|part| part.interval.is_none()));
        let has_own = credit.contributions.iter().any(|part| part.name == "sado");
        assert_eq!(has_own, over == Over::Nothing);
    }
}

#[test]
fn nations_get_the_mean_over_the_orders_in_which_their_data_could_come() {
    let flight = NominalFlight::of(&scenario(), 1).expect("it flies");
    let geometry = flight.geometry().expect("it has a flight");
    let delays = delays("gsomia-direct");
    let question = Question {
        regime: "gsomia-direct",
        delays: &delays,
        receiver: JAPAN,
        time_s: TIME_S,
        players: Players::Nations,
        over: Over::Nothing,
    };
    let credit = Accountant::new(&flight.setup, &geometry).credit(&question, 1).expect("few players");
    let owner = |sensor: SensorId| usize::from(flight.setup.sensors[usize::from(sensor.0)].owner.0);
    let error = |nations: &[usize]| error_km(&geometry, &delays, |sensor| nations.contains(&owner(sensor)));
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for (nation, name) in ["korea", "japan", "united-states"].into_iter().enumerate() {
        let added = orders.iter().map(|order| {
            let place = order.iter().position(|other| *other == nation).expect("it joins");
            error(&order[..place]) - error(&order[..=place])
        });
        let by_hand = added.fold(0.0, |sum, added| sum + added) / 6.0;
        assert!((part(&credit, name) - by_hand).abs() < 1e-9, "{name}: {by_hand}");
        assert!(by_hand > 1.0, "{name}: {by_hand}");
    }
}

#[test]
fn what_never_arrives_gets_nothing() {
    let flight = NominalFlight::of(&scenario(), 1).expect("it flies");
    let geometry = flight.geometry().expect("it has a flight");
    let delays = delays("bilateral");
    let mut accountant = Accountant::new(&flight.setup, &geometry);
    let question = Question {
        regime: "bilateral",
        delays: &delays,
        receiver: JAPAN,
        time_s: TIME_S,
        players: Players::Nations,
        over: Over::Nothing,
    };
    let credit = accountant.credit(&question, 1).expect("few players");
    assert_eq!(part(&credit, "korea"), 0.0);
    // Before burnout there is no bound: all get nothing, and so they do together.
    let early = accountant.credit(&Question { time_s: 140.0, ..question }, 1).expect("few players");
    assert_eq!((early.total, part(&early, "japan")), (0.0, 0.0));
}

#[test]
fn from_runs_a_nation_that_shares_with_nobody_is_all_that_helps_itself() {
    let scenario = scenario();
    let regimes = builtin().expect("they parse");
    let siloed = regimes.iter().find(|regime| regime.name == "siloed").expect("shipped");
    let measures = [Measure::ImpactError(TIME_S), Measure::Confirmed];
    let ask = |over: Over| {
        let question = RunQuestion {
            scenario: &scenario,
            regime: siloed,
            players: Players::Nations,
            receivers: &[JAPAN],
            measures: &measures,
            over,
        };
        let options = RunOptions { runs: 2, seed: 3, threads: Some(2) };
        question.credit(&options, &|_, _| {}).expect("it runs")
    };
    let options = StudyOptions { runs: 2, seed: 3, ..StudyOptions::default() };
    let study = run_study(&scenario, std::slice::from_ref(siloed), &options, &|_, _| {}).expect("it runs");
    let at = study.description.times_s.iter().position(|time_s| *time_s == TIME_S).expect("on the grid");
    let rows = || study.outcomes.iter().filter(|row| row.node == JAPAN);
    let mean =
        |value: &dyn Fn(&NodeOutcome) -> f64| rows().map(value).fold(0.0, |sum, value| sum + 0.5 * value);
    // With no sensor there is no estimate before impact.
    let gained = [
        mean(&|row| (CAP_M - row.samples[at].impact.expect("an estimate").error_m.min(CAP_M)) * 1e-3),
        mean(&|row| study.description.impact_s - row.confirmed_s.expect("a track")),
    ];
    for (credit, gained) in ask(Over::Nothing).iter().zip(gained) {
        assert!((credit.total - gained).abs() < 1e-9 && gained > 10.0, "{} {gained}", credit.total);
        assert!((part(credit, "japan") - gained).abs() < 1e-9, "{credit:?}");
        assert_eq!((part(credit, "korea"), part(credit, "united-states")), (0.0, 0.0));
        assert!(credit.contributions.iter().all(|part| part.interval.is_some()));
    }
    for credit in ask(Over::OwnSensors) {
        let values: Vec<f64> = credit.contributions.iter().map(|part| part.value).collect();
        assert_eq!((credit.total, values), (0.0, vec![0.0, 0.0]));
    }
}

#[test]
fn from_runs_sensors_share_what_they_gain_and_one_that_is_off_gets_nothing() {
    const CHUNGCHEONG: u16 = 0;
    const SADO: u16 = 4;
    const INFRARED_WEST: u16 = 7;
    let looking = |numbers: &[u16]| variant::without(&scenario(), |sensor| !numbers.contains(&sensor.0));
    let regimes = builtin().expect("they parse");
    let integrated = regimes.iter().find(|regime| regime.name == "integrated").expect("shipped");
    let some = looking(&[CHUNGCHEONG, SADO, INFRARED_WEST]);
    let question = RunQuestion {
        scenario: &some,
        regime: integrated,
        players: Players::Sensors,
        receivers: &[JAPAN],
        measures: &[Measure::Confirmed],
        over: Over::OwnSensors,
    };
    let options = RunOptions { runs: 1, seed: 3, threads: Some(1) };
    let credit = question.credit(&options, &|_, _| {}).expect("it runs").remove(0);
    // Its own are no players; those of others that are off get exactly nothing.
    assert_eq!(credit.contributions.len(), 7);
    for off in ["busan", "east-sea-ship", "shariki", "kyogamisaki", "infrared-east"] {
        assert_eq!(part(&credit, off), 0.0, "{off}");
    }
    // The two that look, by hand: the mean over both orders of joining.
    let options = StudyOptions { runs: 1, seed: 3, ..StudyOptions::default() };
    let confirmed_s = |numbers: &[u16]| -> f64 {
        let study = run_study(&looking(numbers), std::slice::from_ref(integrated), &options, &|_, _| {});
        let study = study.expect("it runs");
        let row = study.outcomes.iter().find(|row| row.node == JAPAN).expect("a row");
        row.confirmed_s.unwrap_or(study.description.impact_s)
    };
    let (none, all) = (confirmed_s(&[SADO]), confirmed_s(&[CHUNGCHEONG, SADO, INFRARED_WEST]));
    let (korean, infrared) = (confirmed_s(&[CHUNGCHEONG, SADO]), confirmed_s(&[SADO, INFRARED_WEST]));
    let by_hand = [0.5 * ((none - korean) + (infrared - all)), 0.5 * ((none - infrared) + (korean - all))];
    for (name, value) in ["chungcheong", "infrared-west"].into_iter().zip(by_hand) {
        assert!((part(&credit, name) - value).abs() < 1e-9, "{credit:?} {by_hand:?}");
    }
    assert!((credit.total - (none - all)).abs() < 1e-9 && credit.total > 1.0, "{credit:?}");
}
