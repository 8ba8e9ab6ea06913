//! Twenty-five minutes of air traffic and false plots: whatever is shared, nothing is declared a missile and nobody is alerted.

use fusion_core::node::{EventKind, Network};
use sensor_sim::{Scenario, simulate};
use sharing_study::regimes::builtin;
use sharing_study::run::link_seed;
use sharing_study::study::setup_of;
use std::sync::Arc;

#[test]
fn where_nothing_is_launched_nothing_is_declared() {
    let scenario =
        Scenario::parse(include_str!("../../fixtures/no-launch/scenario.toml")).expect("a fixture");
    let setup = setup_of(&scenario).expect("a setup");
    for regime in
        builtin().expect("regimes").iter().filter(|regime| ["siloed", "integrated"].contains(&&*regime.name))
    {
        for run in 0..3 {
            let scans: Vec<_> =
                simulate(&scenario, &[], 1, run).expect("a run").scans.into_iter().map(Arc::new).collect();
            let end = scans.last().expect("scans").time.plus_seconds(1.0);
            let mut network = Network::new(&setup, regime, link_seed(1, run)).expect("a network");
            let (mut confirmed, mut ticks) = (0, 0);
            let followed = network.run(&scans, end, |result| {
                ticks += 1;
                confirmed += result.picture.confirmed().count();
                let place = format!("{}, run {run}, {:?}", regime.name, result.picture.time);
                assert_eq!(result.picture.launched().count(), 0, "{place}");
                for event in &result.events {
                    let says_more = !matches!(
                        event.kind,
                        EventKind::Confirmed { .. } | EventKind::Ended { .. } | EventKind::Joined { .. }
                    );
                    assert!(!says_more, "{place}: {event:?}");
                }
            });
            followed.expect("a replay");
            // The traffic is there, and followed: three nodes, eight aircraft.
            assert!(confirmed > 3 * ticks, "{}: {confirmed} tracks in {ticks} ticks", regime.name);
        }
    }
}
