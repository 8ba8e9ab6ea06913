//! Paired draws: what happens to an object does not depend on what else there is.

use super::{DRAWS, SEED, assert_moments, assert_share, look, looks, radar, seen_from, sensor, target};
use fusion_core::types::{
    ObjectId, Plot, RadarModel, Scan, Sensor, SensorId, SensorKind, SignalModel, SonarModel, Time,
};
use sensor_sim::mount::{Mount, Schedule};
use sensor_sim::sensor::Target;
use std::collections::BTreeMap;

fn fading(detection_probability: f64) -> Sensor {
    let signal =
        SignalModel { reference_range_m: 400e3, reference_ratio: 12.0, false_alarm_probability: 1e-4 };
    let model = RadarModel {
        range_rate_sigma_m_s: Some(10.0),
        signal: Some(signal),
        beam_half_width_rad: 0.02,
        ..RadarModel::default()
    };
    Sensor { detection_probability, ..radar(model) }
}

/// One that flies at 300 to 400 km, number 9, and some others on every side and very near to it.
fn sky(sensor: &Sensor, time_s: f64) -> Vec<Target> {
    let place = |azimuth_deg: f64, elevation_deg: f64, range_m: f64| {
        seen_from(sensor, azimuth_deg + 0.02 * time_s, elevation_deg, range_m)
    };
    vec![
        target(2, place(20.2, 15.1, 301e3 + 50.0 * time_s)),
        target(4, place(140.0, 30.0, 250e3)),
        target(9, place(20.0, 15.0, 300e3 + 50.0 * time_s)),
        target(11, place(19.9, 14.9, 299e3)),
        target(12, place(300.0, 60.0, 500e3)),
    ]
}

/// All plots by the time of their looks.
fn by_time(scans: &[Scan]) -> BTreeMap<Time, &Vec<Plot>> {
    scans.iter().map(|scan| (scan.time, &scan.plots)).collect()
}

/// Every plot of `few` is in `many`, at the same time; how many there are.
fn assert_within(few: &[Scan], many: &[Scan], what: &str) -> usize {
    let many = by_time(many);
    for scan in few {
        for plot in &scan.plots {
            let there = many.get(&scan.time).is_some_and(|plots| plots.contains(plot));
            assert!(there, "{what}: {plot:?} at {:?} is gone", scan.time);
        }
    }
    few.iter().map(|scan| scan.plots.len()).sum()
}

const SCHEDULES: [Schedule; 3] = [Schedule::Field, Schedule::Turn(4), Schedule::Dwells(5)];

#[test]
fn other_objects_and_clutter_change_nothing_for_an_object() {
    let sensor = fading(0.9);
    let cluttered = Sensor { clutter_per_scan: 3.0, ..sensor.clone() };
    for schedule in SCHEDULES {
        let mount = Mount { schedule, ..Mount::ideal(&sensor) };
        let run = |sensor: &Sensor, keep: &dyn Fn(&Target) -> bool| {
            let there = |time_s: f64| sky(sensor, time_s).into_iter().filter(|target| keep(target)).collect();
            looks((sensor, &mount), 2_000.0, SEED, there, &[])
        };
        let is_one = |target: &Target| target.id == ObjectId(9);
        let (one, others) = (run(&sensor, &is_one), run(&sensor, &|target| !is_one(target)));
        let all = run(&sensor, &|_| true);
        let what = format!("{:?}", mount.schedule);
        let count = assert_within(&one, &all, &what);
        assert!(count > 400, "{what}: {count}");
        let total = assert_within(&all, &all, &what);
        // And nothing more; but in a dwell on one object another that lies in the beam shows as well.
        let apart = count + assert_within(&others, &all, &what);
        let is_array = matches!(mount.schedule, Schedule::Dwells(_));
        assert!(apart == total || (is_array && apart < total), "{what}: {apart} of {total}");
        let among = run(&cluttered, &|_| true);
        assert_eq!(assert_within(&all, &among, &what), total, "{what}");
        assert!(assert_within(&among, &among, &what) > total + 300, "{what}: no clutter");
    }
}

#[test]
fn who_sees_better_sees_all_that_the_other_sees() {
    for schedule in SCHEDULES {
        let chances = [0.2, 0.6, 0.9, 1.0];
        let runs: Vec<Vec<Scan>> = chances
            .iter()
            .map(|chance| {
                let sensor = fading(*chance);
                let mount = Mount { schedule: schedule.clone(), ..Mount::ideal(&sensor) };
                looks((&sensor, &mount), 2_000.0, SEED, |time_s| sky(&sensor, time_s), &[])
            })
            .collect();
        let counts: Vec<usize> =
            runs.windows(2).map(|pair| assert_within(&pair[0], &pair[1], &format!("{schedule:?}"))).collect();
        assert!(counts.windows(2).all(|pair| pair[0] < pair[1]), "{schedule:?}: {counts:?}");
    }
    // Those that only hear as well.
    let sonar = |detection_probability| Sensor {
        detection_probability,
        ..sensor(SensorKind::Sonar(SonarModel { maximum_range_m: 1e6, bearing_sigma_rad: 0.05 }))
    };
    let heard = |sonar: &Sensor| {
        let boat = Target { is_under_water: true, ..sky(sonar, 0.0)[0] };
        looks((sonar, &Mount::ideal(sonar)), 999.0, SEED, |_| vec![boat], &[])
    };
    assert!(assert_within(&heard(&sonar(0.3)), &heard(&sonar(0.5)), "sonar") > 200);
}

#[test]
fn sensors_draw_apart() {
    let first = fading(0.9);
    let second = Sensor { id: SensorId(6), ..first.clone() };
    let plots = |sensor: &Sensor| {
        let scans = looks((sensor, &Mount::ideal(sensor)), 500.0, SEED, |time_s| sky(sensor, time_s), &[]);
        scans.into_iter().flat_map(|scan| scan.plots).collect::<Vec<Plot>>()
    };
    let (ours, theirs) = (plots(&first), plots(&second));
    assert!(ours.len() > 500 && ours.iter().all(|plot| !theirs.contains(plot)));
}

#[test]
fn objects_draw_apart() {
    let sensor = Sensor { detection_probability: 0.6, ..radar(RadarModel::default()) };
    let pair = [1, 2].map(|id| target(id, seen_from(&sensor, 20.0, 15.0, 300e3)));
    let mut both = 0;
    let mut differences_m = Vec::new();
    for slot in 0..DRAWS {
        if let [Plot::Radar { range_m: near_m, .. }, Plot::Radar { range_m: far_m, .. }] =
            look(&sensor, &Mount::ideal(&sensor), &pair, slot)[..]
        {
            both += 1;
            // In a look they stand in the order of their ranges.
            differences_m.push(if slot % 2 == 0 { far_m - near_m } else { near_m - far_m });
        }
    }
    assert_share(both, DRAWS, 0.36, "both seen");
    assert_moments(&differences_m, 0.0, 2.0 * 900.0, "difference of their ranges");
}
