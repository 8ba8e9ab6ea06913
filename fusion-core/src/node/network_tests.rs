//! Three nations on the real network: loops do no harm, nothing is lost unseen, and whoever says a thing decides who hears it.

use super::scenario_tests::*;
use super::{Network, Setup, TrackerConfig};
use crate::share::{Delay, FusionRule, Level, LinkConfig, Regime};
use crate::types::{Geodetic, NodeId, Sensor};
use crate::warning::WarningConfig;
use std::sync::Arc;

const HUB: NodeId = NodeId(2);
const LOOKS: u32 = 50;
const EVERYBODY: [&str; 3] = ["korea", "japan", "hub"];

/// Korea, Japan and a hub, and who owns each of some radars.
fn world(owners: &[NodeId]) -> World {
    let names: Vec<String> = EVERYBODY.map(str::to_owned).to_vec();
    let places = [(37.2, 127.0), (36.8, 128.4), (37.9, 127.8)];
    let sensors: Vec<Sensor> = (0_u16..)
        .zip(owners)
        .map(|(number, owner)| {
            let (north, east) = places[usize::from(number)];
            Sensor { owner: *owner, ..radar(number, Geodetic::from_degrees(north, east, 300.0), 0.3) }
        })
        .collect();
    let setup =
        Setup::new(names, sensors, Vec::new(), WarningConfig::default(), TrackerConfig::default(), START);
    World::new(Arc::new(setup.expect("a valid configuration")), Flight::boosting(), LOOKS, 11)
}

fn link(from: &str, to: &str, onward: &[&str], forward: bool) -> LinkConfig {
    LinkConfig {
        delay: Delay::Constant { seconds: 0.3 },
        onward: onward.iter().map(|name| (*name).to_owned()).collect(),
        forward,
        ..LinkConfig::plain(from, to, Level::Tracks)
    }
}

fn scans(link: LinkConfig) -> LinkConfig {
    LinkConfig { level: Level::Measurements, ..link }
}

fn run(world: &World, links: Vec<LinkConfig>) -> Network {
    let regime =
        Regime { name: "test".into(), description: String::new(), assumptions: String::new(), links };
    let mut network = Network::new(&world.setup, &regime, 5).expect("a regime of these nodes");
    network
        .run(&world.scans, START.plus_seconds(f64::from(LOOKS + 2)), |_| {})
        .expect("sensors of the setup");
    network
}

fn digest(network: &Network, node: NodeId) -> [u8; 32] {
    network.nodes()[usize::from(node.0)].node.digest()
}

fn counts(network: &Network, node: NodeId) -> super::Counts {
    network.nodes()[usize::from(node.0)].node.counts()
}

#[test]
fn a_second_way_over_a_hub_changes_nothing_where_the_first_is_faster() {
    let world = world(&[KOREA, JAPAN]);
    for fusion in [FusionRule::Information, FusionRule::CovarianceIntersection] {
        let links = |forward| {
            let links = vec![
                link("korea", "japan", &["hub"], false),
                link("korea", "hub", &["japan"], false),
                link("hub", "japan", &[], forward),
            ];
            links.into_iter().map(|link| LinkConfig { fusion, ..link }).collect()
        };
        let (once, twice) = (run(&world, links(false)), run(&world, links(true)));
        assert_eq!(digest(&once, JAPAN), digest(&twice, JAPAN), "{fusion:?}");
        let (once, twice) = (counts(&once, JAPAN), counts(&twice, JAPAN));
        assert!(once.messages > 20);
        // All but what was still on its way.
        assert!(2 * once.messages - twice.messages <= 4, "{} {}", once.messages, twice.messages);
        assert_eq!(twice.duplicates, twice.messages - once.messages);
    }
}

#[test]
fn a_way_round_in_a_circle_brings_nobody_news_of_himself() {
    let world = world(&[KOREA]);
    let round = |links: [(&str, &str); 6]| links.map(|(from, to)| link(from, to, &EVERYBODY, true)).to_vec();
    let both_ways = round([
        ("korea", "japan"),
        ("japan", "hub"),
        ("hub", "korea"),
        ("japan", "korea"),
        ("hub", "japan"),
        ("korea", "hub"),
    ]);
    let (alone, circle) = (run(&world, Vec::new()), run(&world, both_ways));
    assert_eq!(digest(&alone, KOREA), digest(&circle, KOREA));
    assert_eq!(counts(&circle, KOREA).messages, 0, "what it said itself is not told back");
    // Each of the others hears each fact from Korea, and once from the other one.
    let (japan, hub) = (counts(&circle, JAPAN), counts(&circle, HUB));
    let told =
        circle.link_counts().find(|(number, _)| *number == 0).map(|(_, counts)| counts.sent).expect("a link");
    assert!(told > 20 && japan.messages <= 2 * told && hub.messages <= 2 * told, "{told} {japan:?} {hub:?}");
    let confirmed = |node: NodeId| {
        let tracker = &circle.nodes()[usize::from(node.0)].node.history.tracker;
        tracker.tracks.iter().filter(|track| track.is_confirmed()).count()
    };
    assert_eq!([KOREA, JAPAN, HUB].map(confirmed), [1, 1, 1]);
}

#[test]
fn every_message_and_every_look_is_accounted_for() {
    let world = world(&[KOREA, JAPAN, HUB]);
    let bad = |link: LinkConfig| LinkConfig {
        delay: Delay::Uniform { low_s: 0.1, high_s: 6.0 },
        loss_probability: 0.2,
        duplication_probability: 0.2,
        bandwidth_bit_s: Some(4_000.0),
        queue_bytes: 4_000,
        outages_s: vec![[20.0, 25.0]],
        ..link
    };
    let links = vec![
        bad(link("korea", "hub", &["japan"], false)),
        bad(link("hub", "japan", &["korea"], true)),
        // What Korea makes of Japan's scans may be told to the hub.
        bad(scans(link("japan", "korea", &["hub"], false))),
    ];
    let network = run(&world, links);
    let all: Vec<_> = network.link_counts().map(|(_, counts)| counts).collect();
    for counts in &all {
        let ways = counts.arrived + counts.in_flight + counts.lost + counts.dropped + counts.cut;
        assert_eq!(counts.sent + counts.duplicated, ways);
        assert!(counts.lost > 0 && counts.duplicated > 0 && counts.arrived > 10, "{counts:?}");
    }
    // What the links say has arrived is what the nodes have taken in.
    assert_eq!(counts(&network, HUB).messages, all[0].arrived);
    assert_eq!(counts(&network, JAPAN).messages, all[1].arrived);
    assert_eq!(counts(&network, KOREA).scans, u64::from(LOOKS) + all[2].arrived);
}

#[test]
fn a_hub_tells_on_what_its_author_allows_and_nothing_else() {
    let world = world(&[KOREA, JAPAN, HUB]);
    let links = |onward: &[&str]| vec![link("korea", "hub", onward, false), link("hub", "japan", &[], true)];
    let (closed, open) = (run(&world, links(&[])), run(&world, links(&["japan"])));
    let heard_of_korea = |network: &Network| {
        let japan = &network.nodes()[usize::from(JAPAN.0)].node;
        let pedigrees = japan.history.tracker.tracks.iter().flat_map(|track| track.pedigree.iter());
        pedigrees.filter(|((node, _), _)| *node == KOREA).count()
    };
    assert_eq!((heard_of_korea(&closed), heard_of_korea(&open)), (0, 1));
    // Nor inside the hub's own estimates; what its own radar sees it tells all the same.
    let withheld = |network: &Network| network.nodes()[usize::from(HUB.0)].links[0].withheld();
    assert!(withheld(&closed) > 0 && withheld(&open) == 0);
    assert!(counts(&closed, HUB).messages > 20 && counts(&closed, JAPAN).messages > 20);
}

#[test]
fn a_hub_passes_scans_on_as_far_as_their_owner_allows() {
    let world = world(&[KOREA]);
    let links = |onward: &[&str]| {
        vec![
            scans(link("korea", "hub", onward, false)),
            scans(link("hub", "japan", &[], true)),
            // A circle, and a second way.
            scans(link("japan", "hub", &[], true)),
            scans(link("japan", "korea", &[], true)),
            scans(link("hub", "korea", &[], true)),
        ]
    };
    let (closed, open) = (run(&world, links(&[])), run(&world, links(&["japan"])));
    let looks = |network: &Network| [KOREA, HUB, JAPAN].map(|node| counts(network, node).scans);
    let all = u64::from(LOOKS);
    assert_eq!(looks(&closed), [all, all, 0]);
    // Japan tells the hub what the hub told it, which is nothing new.
    assert_eq!(looks(&open), [all, 2 * all, all]);
    assert_eq!(counts(&open, HUB).duplicates, all);
    assert_eq!(digest(&open, KOREA), digest(&run(&world, Vec::new()), KOREA));
    // The way that the scans take is the one that feeds are wired by.
    let regime = Regime {
        name: "test".into(),
        description: String::new(),
        assumptions: String::new(),
        links: links(&["japan"]),
    };
    let shared = regime.shared_scans(&world.setup.nodes).expect("it fits");
    let of_korea: Vec<NodeId> =
        shared.iter().filter(|scans| scans.owner == KOREA).map(|scans| scans.to).collect();
    assert_eq!(of_korea, [HUB, JAPAN]);
}
