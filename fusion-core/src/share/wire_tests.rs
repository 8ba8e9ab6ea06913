//! What becomes of what a link is given: every message is accounted for, and no option changes the draws of another.

use super::tests::{RECEIVER, SENDER, START, at, config, report};
use super::*;
use crate::share::{Delay, Release, Shape, WithheldArea};
use crate::types::SensorId;
use proptest::prelude::*;

fn scans(config: LinkConfig) -> Link {
    Link::new(
        3,
        (RECEIVER, Audience::EVERYBODY),
        LinkConfig { level: Level::Measurements, ..config },
        7,
        START,
    )
}

fn scan(sequence: u32, second: f64) -> Scan {
    Scan::of_field(SensorId(0), sequence, at(second), Vec::new())
}

/// A look a second, and when each copy of each arrives, s after the start.
fn arrivals_s(link: &mut Link, seconds: std::ops::Range<u32>) -> Vec<Vec<f64>> {
    let since_start_s = |arrival: Time| arrival.seconds_since(START);
    seconds
        .map(|second| {
            let time_s = f64::from(second);
            let sent = link.send_scan(at(time_s), &scan(second, time_s));
            sent.into_iter().flatten().map(since_start_s).collect()
        })
        .collect()
}

fn plain() -> LinkConfig {
    config(Level::Measurements)
}

#[test]
fn loss_and_duplication_come_as_often_as_they_should_and_touch_no_other_draw() {
    let delay = Delay::Uniform { low_s: 0.0, high_s: 9.0 };
    let sure = LinkConfig { delay, ..plain() };
    let often = LinkConfig { loss_probability: 0.3, duplication_probability: 0.2, ..sure.clone() };
    const COUNT: u32 = 10_000;
    let (mut all, mut some) = (scans(sure), scans(often));
    let (whole, thinned) = (arrivals_s(&mut all, 0..COUNT), arrivals_s(&mut some, 0..COUNT));
    for (whole, thinned) in whole.iter().zip(&thinned) {
        assert_eq!(whole.len(), 1);
        assert!(
            thinned.first().is_none_or(|first| first == &whole[0]),
            "what is not lost is as late as before"
        );
        assert!(thinned.len() < 2 || thinned[0] != thinned[1], "copies have delays of their own");
    }
    let counts = some.counts(at(1e6));
    // Five deviations of a binomial: of 10,000 at 0.3, and of the 7,000 that are left at 0.2.
    assert!(counts.lost.abs_diff(3_000) < 230 && counts.duplicated.abs_diff(1_400) < 168, "{counts:?}");
    let lost = thinned.iter().filter(|copies| copies.is_empty()).count() as u64;
    let twice = thinned.iter().filter(|copies| copies.len() == 2).count() as u64;
    assert_eq!((counts.lost, counts.duplicated, counts.sent), (lost, twice, u64::from(COUNT)));
    assert_eq!((counts.arrived, counts.in_flight), (u64::from(COUNT) - lost + twice, 0));
}

#[test]
fn delays_reorder_unless_the_link_keeps_the_order() {
    let late = LinkConfig {
        delay: Delay::Uniform { low_s: 0.0, high_s: 9.0 },
        duplication_probability: 0.5,
        ..plain()
    };
    let free: Vec<f64> = arrivals_s(&mut scans(late.clone()), 0..500).concat();
    assert!(free.windows(2).any(|pair| pair[1] < pair[0]));
    let kept: Vec<f64> = arrivals_s(&mut scans(LinkConfig { in_order: true, ..late }), 0..500).concat();
    assert!(kept.windows(2).all(|pair| pair[1] >= pair[0]));
    // Held back by the latest before it and by nothing else.
    let mut latest_s: f64 = 0.0;
    for (free_s, kept_s) in free.iter().zip(&kept) {
        latest_s = latest_s.max(*free_s);
        assert_eq!(*kept_s, latest_s);
    }
}

#[test]
fn a_measured_delay_has_the_quantiles_of_its_table() {
    let quantiles_s = vec![[0.0, 1.0], [0.5, 2.0], [0.9, 10.0], [1.0, 60.0]];
    let delay = Delay::Table { quantiles_s };
    let mut link = scans(LinkConfig { delay, ..plain() });
    const COUNT: u32 = 20_000;
    let sent = arrivals_s(&mut link, 0..COUNT).concat();
    let mut delays_s: Vec<f64> =
        sent.iter().zip(0..).map(|(arrival, second)| arrival - f64::from(second)).collect();
    delays_s.sort_by(f64::total_cmp);
    for (probability, expected_s) in [(0.25, 1.5), (0.5, 2.0), (0.7, 6.0), (0.9, 10.0), (0.95, 35.0)] {
        let below = delays_s.partition_point(|delay_s| *delay_s <= expected_s) as f64 / f64::from(COUNT);
        // Four deviations of a binomial of 20,000.
        let allowed = 4.0 * (probability * (1.0_f64 - probability) / f64::from(COUNT)).sqrt();
        assert!((below - probability).abs() < allowed, "{below} at {expected_s} s, not {probability}");
    }
    assert!(delays_s[0] >= 1.0 && delays_s[COUNT as usize - 1] < 60.0);
}

#[test]
fn a_narrow_link_sends_one_after_the_other_and_drops_what_finds_no_room() {
    // An empty look takes 56 bytes: two seconds at 224 bit/s. A look a second comes, and the queue holds 17.
    let narrow = LinkConfig { bandwidth_bit_s: Some(224.0), queue_bytes: 1_000, ..plain() };
    let mut link = scans(narrow);
    let sent = arrivals_s(&mut link, 0..100);
    let arrived = sent.concat();
    for (number, arrival) in (1_u32..).zip(&arrived) {
        assert!((arrival - 2.0 * f64::from(number)).abs() < 1e-4, "{arrival}");
    }
    let first_refused = sent.iter().position(Vec::is_empty).unwrap();
    // Half of what comes goes: the seventeen places are full after some 34 s.
    assert_eq!(first_refused, 33);
    let counts = link.counts(at(99.0));
    assert_eq!((counts.sent, counts.arrived), (100, 49));
    assert_eq!(counts.in_flight, 17, "what waits and what is being sent");
    assert_eq!(counts.dropped, 100 - 49 - 17);
    assert_eq!(link.bytes(), 56 * (49 + 17));
}

#[test]
fn what_is_stored_in_an_outage_goes_on_afterwards_and_else_is_cut() {
    let cut =
        LinkConfig { outages_s: vec![[10.0, 20.0]], delay: Delay::Constant { seconds: 0.5 }, ..plain() };
    let mut lossy = scans(cut.clone());
    let sent = arrivals_s(&mut lossy, 0..30);
    assert!((10..=20).all(|second| sent[second].is_empty()) && sent[9] == [9.5] && sent[21] == [21.5]);
    assert_eq!((lossy.counts(at(40.0)).cut, lossy.counts(at(40.0)).arrived), (11, 19));
    let mut stored = scans(LinkConfig { store_and_forward: true, ..cut.clone() });
    let sent = arrivals_s(&mut stored, 0..30);
    assert!((10..=20).all(|second| sent[second] == [20.5]) && sent[9] == [9.5] && sent[21] == [21.5]);
    // As much as finds room.
    let mut little = scans(LinkConfig { store_and_forward: true, queue_bytes: 1_000, ..cut.clone() });
    let long = LinkConfig { outages_s: vec![[0.0, 50.0]], ..little.config().clone() };
    little = scans(long);
    assert_eq!(arrivals_s(&mut little, 0..30).concat().len(), 17);
    assert_eq!(
        little.counts(at(49.0)),
        LinkCounts { sent: 30, in_flight: 17, dropped: 13, ..LinkCounts::default() }
    );
    // Sending stands still while the feed is cut: half of a look that takes four seconds, the outage, the other half.
    let slow = LinkConfig { bandwidth_bit_s: Some(112.0), ..cut };
    let halved =
        scans(LinkConfig { store_and_forward: true, ..slow.clone() }).send_scan(at(8.0), &scan(8, 8.0));
    assert_eq!(halved[0].map(|arrival| arrival.seconds_since(START)), Some(22.5));
    let mut broken = scans(slow);
    assert_eq!(broken.send_scan(at(8.0), &scan(8, 8.0)), [None, None]);
    assert_eq!(broken.counts(at(9.0)).cut, 1);
}

#[test]
fn tracks_that_are_stored_are_all_told_later() {
    let cut = LinkConfig { outages_s: vec![[10.0, 20.0]], store_and_forward: true, ..config(Level::Tracks) };
    let mut link = Link::new(3, (RECEIVER, Audience::EVERYBODY), cut, 7, START);
    let mut told = Vec::new();
    for second in 0..25 {
        told.extend(link.offer(at(f64::from(second)), &[report(1, at(f64::from(second)))], &[]));
    }
    let times: Vec<f64> = told.iter().map(|sent| sent.message.fact.time().seconds_since(START)).collect();
    assert_eq!(times, (0..25).map(f64::from).collect::<Vec<_>>());
    assert!(told[10..20].iter().all(|sent| sent.arrival.seconds_since(at(20.0)) < 1e-3));
}

#[test]
fn second_copies_have_a_place_of_their_own_in_the_order() {
    let twice = LinkConfig { duplication_probability: 1.0, in_order: true, ..config(Level::Tracks) };
    let mut link = Link::new(3, (RECEIVER, Audience::EVERYBODY), twice, 7, START);
    let sent = link.offer(START, &[report(1, START), report(2, START)], &[]);
    let mut orders: Vec<_> = sent.iter().map(|sent| sent.order).collect();
    orders.sort_unstable();
    orders.dedup();
    assert_eq!(orders.len(), 4);
    assert_eq!(sent[0].message, sent[1].message);
}

#[test]
fn withheld_classes_and_places_are_not_told_as_long_as_they_are() {
    let sent = |release: Release, class: ObjectClass| {
        let mut link = Link::new(
            3,
            (RECEIVER, Audience::EVERYBODY),
            LinkConfig { release, ..config(Level::Tracks) },
            7,
            START,
        );
        let report = Report { class, ..report(1, START) };
        link.offer(START, &[report], &[]).len()
    };
    let missiles = Release { withheld_classes: vec![ObjectClass::Missile], ..Release::default() };
    assert_eq!(
        (sent(missiles.clone(), ObjectClass::Missile), sent(missiles, ObjectClass::SpentStage)),
        (0, 1)
    );
    // The object of the tests is near 39.0 north, 127.0 east.
    let place = crate::types::geodetic_from_ecef(
        &report(1, START).estimate.filter.kinematic().mean.fixed_rows::<3>(0).into(),
    );
    let (north, east) = (place.latitude_rad.to_degrees(), place.longitude_rad.to_degrees());
    let over = |shape: Shape| {
        let area = WithheldArea { name: "here".into(), shape };
        sent(Release { withheld_areas: vec![area], ..Release::default() }, ObjectClass::Missile)
    };
    let square = |shift: f64| {
        let [south, west] = [north - 1.0 + shift, east - 1.0];
        Shape::Polygon(vec![
            [south, west],
            [south, west + 2.0],
            [south + 2.0, west + 2.0],
            [south + 2.0, west],
        ])
    };
    assert_eq!((over(square(0.0)), over(square(0.9)), over(square(1.1))), (0, 0, 1));
    // Half a degree of latitude is 55.5 km.
    let disc = |radius_km: f64| Shape::Disc { latitude_deg: north + 0.5, longitude_deg: east, radius_km };
    assert_eq!((over(disc(56.0)), over(disc(55.0))), (0, 1));
}

#[test]
fn what_others_told_goes_to_those_alone_who_may_know_it() {
    let from_others =
        |audience: Audience, second: u32| Report { audience, ..report(1, at(f64::from(second))) };
    let told = |audience: Audience| {
        let mut link =
            Link::new(3, (RECEIVER, Audience::of([SENDER, RECEIVER])), config(Level::Tracks), 7, START);
        let first = link.offer(START, &[from_others(Audience::EVERYBODY, 0)], &[]);
        let mut later = Vec::new();
        for second in 1..70 {
            later.extend(link.offer(at(f64::from(second)), &[from_others(audience, second)], &[]));
        }
        assert_eq!(first[0].message.audience, Audience::of([SENDER, RECEIVER]));
        (later, link.withheld())
    };
    let (open, none) = told(Audience::of([SENDER, RECEIVER]));
    let (closed, withheld) = told(Audience::of([SENDER]));
    // Introduced again after 30 and 60 s, or due ever since.
    assert_eq!((open.len(), closed.len()), (69 + 2, 69), "its own plots are told all the same");
    assert_eq!((none, withheld), (0, 40));
    let tracklets = |told: &[Delivery]| -> Vec<Tracklet> {
        let tracklet = |sent: &Delivery| match &sent.message.fact {
            Fact::Tracklet(tracklet) => Some((**tracklet).clone()),
            _ => None,
        };
        told.iter().filter_map(tracklet).collect()
    };
    for (open, closed) in tracklets(&open).iter().zip(&tracklets(&closed)) {
        assert!(closed.reference.iter().all(|value| value % 100.0 == 0.0));
        // The information vector about one and the same point.
        let about_zero = |tracklet: &Tracklet| tracklet.vector + tracklet.information * tracklet.reference;
        assert!((about_zero(open) - about_zero(closed)).norm() < 1e-6);
    }
}

proptest! {
    #[test]
    fn every_message_is_accounted_for(
        loss in 0.0..0.5_f64,
        twice in 0.0..0.5_f64,
        rate in prop::option::of(50.0..5_000.0_f64),
        queue_bytes in 1_000_u64..5_000,
        window in (0.0..60.0_f64, 0.0..40.0_f64),
        (store_and_forward, in_order) in (any::<bool>(), any::<bool>()),
        seed in any::<u64>(),
    ) {
        let config = LinkConfig {
            delay: Delay::LogNormal { minimum_s: 0.1, median_s: 3.0, log_sigma: 1.0 },
            loss_probability: loss,
            duplication_probability: twice,
            bandwidth_bit_s: rate,
            queue_bytes,
            outages_s: vec![[window.0, window.0 + window.1]],
            store_and_forward,
            in_order,
            ..plain()
        };
        let mut link = Link::new(1, (RECEIVER, Audience::EVERYBODY), config, seed, START);
        let mut arrivals = Vec::new();
        for second in 0..120_u32 {
            let now = at(f64::from(second));
            let sent = link.send_scan(now, &scan(second, f64::from(second)));
            prop_assert!(sent.iter().flatten().all(|arrival| *arrival > now));
            arrivals.extend(sent.into_iter().flatten());
            let counts = link.counts(now);
            let ways = counts.arrived + counts.in_flight + counts.lost + counts.dropped + counts.cut;
            prop_assert_eq!(counts.sent + counts.duplicated, ways);
            let arrived = arrivals.iter().filter(|arrival| **arrival <= now).count() as u64;
            prop_assert_eq!((counts.arrived, counts.in_flight), (arrived, arrivals.len() as u64 - arrived));
        }
    }
}
