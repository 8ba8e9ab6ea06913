//! What a link sends, when, to whom, how late and how coarse.

use super::*;
use crate::filter::{Gaussian, MissileFilter, MissileModels};
use crate::share::{Delay, Release};
use crate::types::{Geodetic, Pedigree, SensorId};
use nalgebra::{Matrix3, Matrix6, Vector3};

pub const START: Time = Time::from_nanoseconds(1_505_426_220_000_000_000);
pub const SENDER: NodeId = NodeId(0);
pub const RECEIVER: NodeId = NodeId(1);
const THIRD: NodeId = NodeId(2);

pub fn config(level: Level) -> LinkConfig {
    LinkConfig::plain("sender", "receiver", level)
}

fn link(config: LinkConfig) -> Link {
    Link::new(3, (RECEIVER, Audience::of([SENDER, RECEIVER])), config, 7, START)
}

pub fn at(seconds: f64) -> Time {
    START.plus_seconds(seconds)
}

fn estimate(origin: (NodeId, TrackId), time: Time) -> Estimate {
    let position_m = Vector3::new(-3_051_234.5, 4_051_876.4, 3_991_111.1);
    let mut filter = MissileFilter::from_position(
        &position_m,
        &(Matrix3::identity() * 1e4),
        0.5,
        &MissileModels::for_tests(),
    );
    for mean in [
        filter.boost.mean.as_mut_slice(),
        filter.coast.mean.as_mut_slice(),
        filter.reentry.mean.as_mut_slice(),
    ] {
        mean[3..6].copy_from_slice(&[-1_034.4, 777.7, 1_501.2]);
    }
    Estimate { origin, time, first_seen: START, filter, pedigree: Pedigree::default() }
}

fn tracklet(origin: (NodeId, TrackId), until: Time) -> Tracklet {
    Tracklet {
        origin,
        until,
        reference: Vector6::new(-3_051_234.5, 4_051_876.4, 3_991_111.1, -1_034.4, 777.7, 1_501.2),
        information: Matrix6::identity(),
        vector: Vector6::zeros(),
        plume_seen: false,
    }
}

pub fn report(track: u64, time: Time) -> Report {
    let origin = (SENDER, TrackId(track));
    let launch = Some((START, Geodetic::from_degrees(39.2, 125.7, 0.0)));
    Report {
        estimate: estimate(origin, time),
        tracklet: Some(tracklet(origin, time)),
        launch,
        class: ObjectClass::Missile,
        audience: Audience::EVERYBODY,
    }
}

/// What a link sends of one track that is reported each second: (second, delivery).
fn sent_of(link: &mut Link, seconds: std::ops::Range<u32>) -> Vec<(u32, Delivery)> {
    seconds
        .flat_map(|second| {
            let now = at(f64::from(second));
            link.offer(now, &[report(1, now)], &[]).into_iter().map(move |sent| (second, sent))
        })
        .collect()
}

fn is_estimate(sent: &Delivery) -> bool {
    matches!(sent.message.fact, Fact::Estimate(_))
}

#[test]
fn an_introduction_then_each_tracklet_once_then_an_introduction_again() {
    let sent = sent_of(&mut link(config(Level::Tracks)), 0..65);
    let introduced: Vec<u32> =
        sent.iter().filter(|(_, sent)| is_estimate(sent)).map(|(second, _)| *second).collect();
    assert_eq!(introduced, [0, 30, 60]);
    let told: Vec<Time> = sent
        .iter()
        .filter(|(_, sent)| !is_estimate(sent))
        .map(|(_, sent)| sent.message.fact.time())
        .collect();
    // What the introduction holds is not told again.
    assert_eq!(told, (1..65).map(|second| at(f64::from(second))).collect::<Vec<_>>());
    for rule in [FusionRule::CovarianceIntersection, FusionRule::Naive] {
        let sent = sent_of(&mut link(LinkConfig { fusion: rule, ..config(Level::Tracks) }), 0..20);
        assert!(
            sent.len() == 20 && sent.iter().all(|(_, sent)| is_estimate(sent) && sent.message.fusion == rule)
        );
    }
}

#[test]
fn what_arises_between_two_sendings_goes_together() {
    let sent = sent_of(&mut link(LinkConfig { interval_s: 10.0, ..config(Level::Tracks) }), 0..31);
    assert!(sent.iter().all(|(second, _)| second % 10 == 0));
    assert_eq!(sent.iter().filter(|(second, sent)| *second == 20 && !is_estimate(sent)).count(), 10);
    let last = sent.iter().filter(|(second, _)| *second == 30);
    assert_eq!(last.filter(|(_, sent)| is_estimate(sent)).count(), 1);
}

#[test]
fn release_is_drawn_once_for_each_object() {
    let released = |probability: f64| {
        let release = Release { probability, ..Release::default() };
        let mut link = link(LinkConfig { release, ..config(Level::Tracks) });
        let mut tracks = std::collections::BTreeSet::new();
        for second in 0..5 {
            let now = at(f64::from(second));
            let reports: Vec<Report> = (0..1_000).map(|track| report(track, now)).collect();
            let sent = link.offer(now, &reports, &[]);
            let named: std::collections::BTreeSet<_> =
                sent.iter().map(|sent| sent.message.fact.origin().1).collect();
            assert!(second == 0 || named == tracks, "no object is released later or withheld again");
            tracks = named;
        }
        assert_eq!(link.bytes() == 0, tracks.is_empty());
        tracks.len()
    };
    assert_eq!(released(0.0), 0);
    assert_eq!(released(1.0), 1_000);
    // Five deviations of a binomial of 1,000 at 0.7.
    assert!(released(0.7).abs_diff(700) < 73, "{}", released(0.7));
}

#[test]
fn a_decision_takes_its_time_also_while_the_feed_is_cut() {
    let release = Release { decision: Delay::Constant { seconds: 12.0 }, ..Release::default() };
    let decided = LinkConfig { release, ..config(Level::Tracks) };
    let sent = sent_of(&mut link(decided.clone()), 5..30);
    // First reported at 5 s. Nothing of before the release follows it.
    assert_eq!(sent[0].0, 17);
    assert!(is_estimate(&sent[0].1));
    assert!(sent.iter().all(|(_, sent)| sent.message.fact.time() >= at(17.0)));
    let cut = LinkConfig { outages_s: vec![[4.0, 19.0]], ..decided };
    assert_eq!(sent_of(&mut link(cut), 5..30)[0].0, 20);
}

#[test]
fn a_cut_feed_carries_nothing_and_what_it_missed_is_gone() {
    let cut = LinkConfig { outages_s: vec![[10.0, 20.0], [25.0, 26.0]], ..config(Level::Tracks) };
    let mut link = link(cut.clone());
    let seconds: Vec<u32> = sent_of(&mut link, 0..29).iter().map(|(second, _)| *second).collect();
    assert_eq!(seconds, (0..10).chain(21..25).chain(27..29).collect::<Vec<_>>());
    let mut scans = Link::new(
        0,
        (RECEIVER, Audience::EVERYBODY),
        LinkConfig { level: Level::Measurements, ..cut },
        7,
        START,
    );
    let scan = |second: f64| Scan::of_field(SensorId(0), 1, at(second), Vec::new());
    let carried =
        [9.9, 10.0, 20.0, 20.1].map(|second| scans.send_scan(at(second), &scan(second))[0].is_some());
    assert_eq!(carried, [true, false, false, true]);
    assert_eq!(scans.bytes(), 2 * SCAN_BYTES);
}

#[test]
fn a_hub_passes_on_what_others_said_but_never_the_receivers_own() {
    let facts = |origin: NodeId| {
        let origin = (origin, TrackId(9));
        let place = Geodetic::from_degrees(39.2, 125.7, 0.0);
        [
            Fact::Cue { origin, launch_time: START, place },
            Fact::Estimate(Box::new(estimate(origin, at(1.0)))),
            Fact::Tracklet(Box::new(tracklet(origin, at(2.0)))),
        ]
    };
    let told = |fact| Released { fact, audience: Audience::EVERYBODY };
    let heard: Vec<Released> = [facts(THIRD), facts(RECEIVER)].concat().into_iter().map(told).collect();
    let passed_on = |config: LinkConfig| -> Vec<Fact> {
        link(config).offer(at(3.0), &[], &heard).into_iter().map(|sent| sent.message.fact).collect()
    };
    assert!(passed_on(config(Level::Tracks)).is_empty(), "only a hub does");
    // As its author said it, whatever the hub releases of its own.
    let release = Release { probability: 0.0, ..Release::default() };
    assert_eq!(passed_on(LinkConfig { forward: true, release, ..config(Level::Tracks) }), facts(THIRD));
    assert_eq!(passed_on(LinkConfig { forward: true, ..config(Level::Cues) }), facts(THIRD)[..1]);
}

#[test]
fn a_cue_is_sent_once_when_the_launch_is_known() {
    let mut link = link(config(Level::Cues));
    let mut early = report(1, at(1.0));
    early.launch = None;
    assert!(link.offer(at(1.0), &[early], &[]).is_empty());
    let sent = sent_of(&mut link, 2..100);
    assert_eq!(sent.len(), 1);
    assert!(sent[0].0 == 2 && matches!(sent[0].1.message.fact, Fact::Cue { launch_time: START, .. }));
    assert_eq!(link.bytes(), sent[0].1.message.fact.wire_bytes());
}

#[test]
fn what_is_coarse_is_on_the_grid_and_says_so() {
    let release = Release { position_grid_m: 1_000.0, velocity_grid_m_s: 20.0, ..Release::default() };
    let coarse = LinkConfig { release, fusion: FusionRule::Naive, ..config(Level::Tracks) };
    let sent = sent_of(&mut link(coarse), 0..1);
    let Fact::Estimate(coarse) = &sent[0].1.message.fact else { panic!("an estimate") };
    let exact = report(1, START).estimate;
    fn check<const N: usize>(coarse: &Gaussian<N>, exact: &Gaussian<N>) {
        for axis in 0..N {
            let grid = [1_000.0, 20.0].get(axis / 3).copied();
            let (value, added) =
                (coarse.mean[axis], coarse.covariance[(axis, axis)] - exact.covariance[(axis, axis)]);
            match grid {
                Some(grid) => {
                    assert_eq!(value, libm::round(value / grid) * grid);
                    assert!((value - exact.mean[axis]).abs() <= 0.5 * grid && value != exact.mean[axis]);
                    // The variance of what is uniform over one cell.
                    assert!((added - grid * grid / 12.0).abs() < 1e-6, "{added}");
                }
                None => assert!(value == exact.mean[axis] && added == 0.0),
            }
        }
    }
    check(&coarse.filter.boost, &exact.filter.boost);
    check(&coarse.filter.coast, &exact.filter.coast);
    check(&coarse.filter.reentry, &exact.filter.reentry);
    assert_eq!(coarse.filter.probabilities, exact.filter.probabilities);
}

#[test]
fn delays_have_the_stated_distributions_and_never_are_nothing() {
    const COUNT: u64 = 20_000;
    let delays = |delay: Delay| {
        let mut link = link(LinkConfig { delay, fusion: FusionRule::Naive, ..config(Level::Tracks) });
        let reports: Vec<Report> = (0..COUNT).map(|track| report(track, START)).collect();
        let sent = link.offer(START, &reports, &[]);
        let mut spans: Vec<f64> = sent.iter().map(|sent| sent.arrival.seconds_since(START)).collect();
        assert!(sent.iter().zip(0..).all(|(sent, number)| sent.order == (3, number)));
        spans.sort_by(f64::total_cmp);
        let mean = spans.iter().sum::<f64>() / COUNT as f64;
        (spans[0], spans[COUNT as usize / 2], mean, spans[COUNT as usize - 1])
    };
    let nothing = delays(Delay::Constant { seconds: 0.0 });
    assert!(nothing.0 == 1e-6 && nothing.3 == 1e-6, "{nothing:?}");
    assert_eq!(delays(Delay::Constant { seconds: 2.5 }).0, 2.5);
    let (least, _, mean, most) = delays(Delay::Uniform { low_s: 1.0, high_s: 3.0 });
    assert!((1.0..1.001).contains(&least) && (2.999..3.0).contains(&most) && (mean - 2.0).abs() < 0.02);
    let (least, median, mean, _) =
        delays(Delay::LogNormal { minimum_s: 5.0, median_s: 20.0, log_sigma: 0.5 });
    // The mean of a log-normal is the median times exp(σ²/2).
    let expected = 5.0 + 20.0 * libm::exp(0.125);
    assert!(
        least > 5.0 && (median - 25.0).abs() < 0.5 && (mean - expected).abs() < 0.5,
        "{least} {median} {mean}"
    );
}

#[test]
fn bytes_are_those_of_what_was_sent() {
    let mut tracks = link(config(Level::Tracks));
    let sent = sent_of(&mut tracks, 0..40);
    assert_eq!(tracks.bytes(), sent.iter().map(|(_, sent)| sent.message.fact.wire_bytes()).sum::<u64>());
    // An estimate: 22 means, 45 + 21 + 28 packed covariances, 8 of the burnout, 3 probabilities, 2 times, identity.
    let (estimate, tracklet) = (&sent[0].1.message.fact, &sent[1].1.message.fact);
    assert_eq!(
        (estimate.wire_bytes(), tracklet.wire_bytes()),
        (10 + 8 * (22 + 94 + 8 + 3 + 2), 10 + 16 + 1 + 8 * (6 + 27))
    );
    let mut scans = link(LinkConfig { level: Level::Measurements, ..config(Level::Tracks) });
    let plot = crate::types::Plot::Infrared { right_rad: 0.0, up_rad: 0.0 };
    let scan = Scan::of_field(SensorId(2), 5, at(3.0), vec![plot; 4]);
    assert!(scans.send_scan(scan.time, &scan)[0].is_some_and(|arrival| arrival > scan.time));
    assert_eq!(scans.bytes(), SCAN_BYTES + 4 * PLOT_BYTES);
    assert!(scans.offer(at(4.0), &[report(1, at(4.0))], &[]).is_empty());
}

#[test]
fn what_no_link_can_do_is_refused() {
    let resolved = |link: LinkConfig| {
        let regime = super::super::Regime {
            name: "test".into(),
            description: String::new(),
            assumptions: String::new(),
            links: vec![link],
        };
        regime.resolve(&["sender".into(), "receiver".into()]).is_ok()
    };
    let grid = Release { position_grid_m: 1_000.0, ..Release::default() };
    let rare = Release { probability: 0.5, ..Release::default() };
    let coarse = |level, fusion| resolved(LinkConfig { release: grid.clone(), fusion, ..config(level) });
    assert!(
        coarse(Level::Tracks, FusionRule::CovarianceIntersection) && coarse(Level::Tracks, FusionRule::Naive)
    );
    assert!(!coarse(Level::Tracks, FusionRule::Information), "tracklets are not coarsened");
    assert!(!coarse(Level::Measurements, FusionRule::Naive) && !coarse(Level::Cues, FusionRule::Naive));
    assert!(resolved(LinkConfig { release: rare.clone(), ..config(Level::Tracks) }));
    assert!(!resolved(LinkConfig { release: rare, ..config(Level::Measurements) }));
}
