//! When a sensor looks and at what: turning antennas, phased arrays, lost looks, outages.

use super::{DRAWS, SEED, assert_in_order, assert_share, look, looks, radar, seen_from, target, turned};
use fusion_core::measurement::Station;
use fusion_core::types::{Plot, RadarModel, Regard, Scan, Sensor, Time};
use sensor_sim::mount::{Mount, Schedule};
use sensor_sim::sensor::Target;
use std::f64::consts::{PI, TAU};

fn seconds(scan: &Scan) -> f64 {
    scan.time.seconds_since(Time::default())
}

#[test]
fn a_turning_antenna_sees_what_moves_slowly_once_a_turn_in_its_sector() {
    let sensor = Sensor { revisit_s: 12.0, first_look_s: 0.5, ..radar(RadarModel::default()) };
    let mount = Mount { schedule: Schedule::Turn(24), ..Mount::ideal(&sensor) };
    // A third of a sector in all: 1,000 turns of an object that goes round by 5 degrees.
    let (turns, start_deg) = (1_000_u32, 47.0);
    let azimuth_deg = |time_s: f64| start_deg + 5.0 * time_s / 12_000.0;
    let sky = |time_s: f64| vec![target(1, seen_from(&sensor, azimuth_deg(time_s), 10.0, 200e3))];
    let scans = looks((&sensor, &mount), 0.49 + 12.0 * f64::from(turns), SEED, sky, &[]);
    assert_in_order(&scans);
    assert_eq!(scans.len(), 24 * turns as usize);
    let mut seen = vec![0_u32; turns as usize];
    for (number, scan) in scans.iter().enumerate() {
        let time_s = seconds(scan);
        assert!((time_s - 0.5 - 0.5 * number as f64).abs() < 1e-6);
        let Regard::Sector { centre_rad, half_width_rad } = scan.regard else { panic!("{:?}", scan.regard) };
        assert!((half_width_rad - PI / 24.0).abs() < 1e-12);
        // Clockwise, and all round in a turn.
        assert!(turned(centre_rad, TAU / 24.0 * (number as f64 + 0.5)).abs() < 1e-9);
        let away_rad = turned(azimuth_deg(time_s).to_radians(), centre_rad).abs();
        assert_eq!(scan.plots.len(), usize::from(away_rad < half_width_rad), "{away_rad}");
        seen[number / 24] += scan.plots.len() as u32;
    }
    // In the one turn in which it crosses from a sector into the next it may be seen twice.
    let other = seen.iter().filter(|count| **count != 1).count();
    assert!(other <= 1, "{other} turns with not one plot");
}

/// A phased array with a beam of 2 degrees to each side, that searches every sixth time.
fn array(detection_probability: f64) -> (Sensor, Mount) {
    let model = RadarModel { beam_half_width_rad: 0.035, ..RadarModel::default() };
    let sensor = Sensor { detection_probability, ..radar(model) };
    let mount = Mount { schedule: Schedule::Dwells(6), ..Mount::ideal(&sensor) };
    (sensor, mount)
}

/// Two that fly, the second one only within a span of time; a third outside the coverage.
fn pair(sensor: &Sensor, time_s: f64, second_s: std::ops::Range<f64>) -> Vec<Target> {
    let first = target(1, seen_from(sensor, 20.0 + 0.1 * time_s, 15.0, 300e3));
    let outside = target(3, seen_from(sensor, 20.0, 15.0, 2_000e3));
    let second = target(2, seen_from(sensor, 200.0, 40.0 + 0.05 * time_s, 500e3));
    if second_s.contains(&time_s) { vec![first, outside, second] } else { vec![first, outside] }
}

fn is_search(scan: &Scan) -> bool {
    (seconds(scan) as u32).is_multiple_of(6)
}

#[test]
fn a_phased_array_searches_in_between_and_dwells_only_on_what_it_found() {
    let (sensor, mount) = array(1.0);
    let scans = looks((&sensor, &mount), 239.5, SEED, |time_s| pair(&sensor, time_s, 62.0..150.0), &[]);
    assert_in_order(&scans);
    assert_eq!(scans.len(), 240);
    for scan in &scans {
        let time_s = seconds(scan);
        let targets = pair(&sensor, time_s, 62.0..150.0);
        let Regard::Beams(beams) = &scan.regard else {
            assert!(is_search(scan) && scan.regard == Regard::Field, "{time_s}");
            assert_eq!(scan.plots.len(), targets.len() - 1, "{time_s}");
            continue;
        };
        assert!(!is_search(scan), "{time_s}");
        // The second comes between two searches: followed from the next search on.
        let followed = if (66.0..150.0).contains(&time_s) { 2 } else { 1 };
        assert_eq!((beams.len(), scan.plots.len()), (followed, followed), "{time_s}");
        let station = Station::new(&sensor, sensor.position_m, &scan.regard);
        for beam in beams {
            let towards = station.direction(beam.azimuth_rad, beam.elevation_rad);
            let nearest =
                targets.iter().map(|t| towards.dot(&(t.position_m - sensor.position_m).normalize()));
            assert!(nearest.fold(0.0, f64::max) > 1.0 - 1e-12, "a beam at nothing");
        }
    }
}

#[test]
fn what_a_phased_array_does_not_find_in_a_search_gets_no_dwell() {
    let (sensor, mount) = array(0.3);
    let sky = |_: f64| vec![target(1, seen_from(&sensor, 20.0, 15.0, 300e3))];
    let scans = looks((&sensor, &mount), 60_000.0, SEED, sky, &[]);
    assert_in_order(&scans);
    // By the slot that each look has in the time table.
    let mut table: Vec<Option<&Scan>> = vec![None; 60_001];
    for scan in &scans {
        table[seconds(scan) as usize] = Some(scan);
    }
    let (mut follows, mut misses, mut given_up, mut dwells, mut found) = (false, 0, 0, 0, 0);
    for (slot, scan) in table.iter().enumerate() {
        let sees = scan.is_some_and(|scan| !scan.plots.is_empty());
        if slot % 6 == 0 {
            assert_eq!(scan.map(|scan| &scan.regard), Some(&Regard::Field));
            if sees {
                (follows, misses) = (true, 0);
            }
            continue;
        }
        assert_eq!(scan.is_some(), follows, "slot {slot}");
        if follows {
            dwells += 1;
            found += u32::from(sees);
            misses = if sees { 0 } else { misses + 1 };
            follows = misses < 4;
            given_up += u32::from(!follows);
        }
    }
    assert_share(found, dwells, 0.3, "dwells that find");
    assert!(dwells > DRAWS && given_up > 1_000, "{dwells} dwells, {given_up} times given up");
}

#[test]
fn what_vanishes_is_followed_no_longer() {
    let (sensor, mount) = array(1.0);
    // After slot 31 there is nothing: the dwells of 32 to 35 have no beam, and the searches find nothing.
    let scans = looks(
        (&sensor, &mount),
        100.5,
        SEED,
        |time_s| {
            if time_s < 31.5 { pair(&sensor, time_s, 0.0..1e9) } else { Vec::new() }
        },
        &[],
    );
    assert_in_order(&scans);
    let late: Vec<&Scan> = scans.iter().filter(|scan| seconds(scan) > 31.5).collect();
    assert_eq!(late.len(), 11);
    assert!(late.iter().all(|scan| scan.regard == Regard::Field && scan.plots.is_empty()));
}

#[test]
fn looks_get_lost_as_often_as_said_and_the_others_are_as_they_were() {
    let sensor = radar(RadarModel::default());
    let whole = Mount::ideal(&sensor);
    let sky = |_: f64| vec![target(1, seen_from(&sensor, 20.0, 15.0, 300e3))];
    let end_s = f64::from(DRAWS) - 0.5;
    for lost_look_probability in [0.05, 0.5, 1.0] {
        let mount = Mount { lost_look_probability, ..whole.clone() };
        let scans = looks((&sensor, &mount), end_s, SEED, sky, &[]);
        assert_in_order(&scans);
        assert_share(DRAWS - scans.len() as u32, DRAWS, lost_look_probability, "lost");
        for scan in scans.iter().take(1_000) {
            let slot = seconds(scan) as u32;
            let same: Vec<Plot> = look(&sensor, &whole, &sky(0.0), slot);
            assert_eq!(scan.plots, same, "{slot}");
        }
    }
}

#[test]
fn in_an_outage_there_is_no_look_and_outside_there_are_all() {
    let sensor = Sensor { first_look_s: 0.25, ..radar(RadarModel::default()) };
    let mount =
        Mount { outages_s: vec![[10.25, 20.25], [15.0, 40.25], [90.3, 90.4]], ..Mount::ideal(&sensor) };
    let scans = looks((&sensor, &mount), 100.0, SEED, |_| Vec::new(), &[]);
    assert_in_order(&scans);
    let times: Vec<f64> = scans.iter().map(seconds).collect();
    // The beginning of an outage belongs to it, its end does not.
    let expected: Vec<f64> = (0..100)
        .map(|slot| 0.25 + f64::from(slot))
        .filter(|time_s| !(10.25..40.25).contains(time_s))
        .collect();
    assert_eq!(times, expected);
}
