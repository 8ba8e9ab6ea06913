//! Your own sensors and plots into a node, and its picture out: two radars, one of them three seconds late.
//!
//! `cargo run -p fusion-core --example own_scans_to_tracks`
//!
//! The flight is made up (constant thrust for a minute, then free flight), so that nothing but this library is needed.
//! With real sensors, what stands in `sensors` comes from their data sheets and what `look` gives from the sensors.
#![allow(clippy::print_stdout, reason = "an example says on the screen what it found")]

use fusion_core::dynamics::{Boost, Coast, propagate};
use fusion_core::math::chance::Stream;
use fusion_core::measurement::Station;
use fusion_core::node::{EventKind, Node, Picture, Setup, TrackerConfig};
use fusion_core::types::*;
use fusion_core::warning::{Area, WarningConfig};
use nalgebra::{SVector, Vector3, Vector6};
use std::sync::Arc;

const BURN_S: f64 = 60.0;
const FLIGHT_S: f64 = 240.0;
/// The ship's data comes this late: the node goes back in its history and ends where it would have been.
const SHIP_LATE_S: u32 = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let start = Time::from_nanoseconds(0);
    let setup = Arc::new(Setup::new(
        vec!["centre".to_owned()],
        sensors(),
        vec![island()],
        WarningConfig { actionable_major_axis_km: 10.0, ..WarningConfig::default() },
        TrackerConfig::default(),
        start,
    )?);
    let mut node = Node::new(NodeId(0), Arc::clone(&setup));

    for second in 1..=FLIGHT_S as u32 {
        let now = f64::from(second);
        for sensor in &setup.sensors {
            let late_s = if sensor.name == "ship" { SHIP_LATE_S } else { 0 };
            // What arrives between the last tick and this one, in whatever order: the node sorts it by event time.
            if let Some(sequence) = (second - 1).checked_sub(late_s) {
                node.receive_scan(Arc::new(look(sensor, sequence)));
            }
        }
        let tick = node.tick(start.plus_seconds(now));
        for event in &tick.events {
            println!("{now:4.0} s  {}", said(&event.kind, &setup));
        }
        if second % 30 == 0 {
            show(now, &tick.picture);
        }
    }
    let counts = node.counts();
    println!(
        "{} scans, {} too late; {} steps gone through again for late data",
        counts.scans, counts.too_late, counts.replayed
    );
    Ok(())
}

/// The sensors as the node knows them: place, coverage, errors. The identity is the place in the list.
fn sensors() -> Vec<Sensor> {
    let radar = |id: u16, name: &str, place: Geodetic, angle_sigma_rad: f64| Sensor {
        id: SensorId(id),
        name: name.to_owned(),
        owner: NodeId(0),
        position_m: ecef_from_geodetic(place),
        navigation_sigma_m: 0.0,
        revisit_s: 1.0,
        first_look_s: 0.25 + 0.5 * f64::from(id),
        detection_probability: 0.9,
        clutter_per_scan: 0.5,
        kind: SensorKind::Radar(RadarModel {
            minimum_range_m: 1e3,
            maximum_range_m: 800e3,
            minimum_elevation_rad: 1_f64.to_radians(),
            maximum_elevation_rad: 89_f64.to_radians(),
            azimuth_centre_rad: 0.0,
            azimuth_half_width_rad: std::f64::consts::PI,
            range_sigma_m: 30.0,
            right_sigma_rad: angle_sigma_rad,
            up_sigma_rad: angle_sigma_rad,
            ..RadarModel::default()
        }),
    };
    vec![
        radar(0, "island", Geodetic::from_degrees(9.5, -147.5, 200.0), 1e-3),
        radar(1, "ship", Geodetic::from_degrees(11.0, -148.5, 20.0), 2e-3),
    ]
}

fn island() -> Area {
    let corners_deg: [[f64; 2]; 4] = [[9.3, -147.8], [9.3, -147.2], [9.8, -147.2], [9.8, -147.8]];
    Area {
        name: "the island".to_owned(),
        warned_by: vec![NodeId(0)],
        corners_rad: corners_deg.map(|corner| corner.map(f64::to_radians)).to_vec(),
    }
}

/// Where the made-up flight is: position and velocity, Earth-fixed; none when it is down.
fn truth(time_s: f64) -> Option<Vector6<f64>> {
    let pad = Geodetic::from_degrees(10.0, -150.0, 0.0);
    // East, north and up, m/s².
    let thrust_m_s2 = ecef_from_enu(pad) * Vector3::new(17.0, -4.0, 32.0);
    let mut state = SVector::<f64, 9>::zeros();
    state.fixed_rows_mut::<3>(0).copy_from(&ecef_from_geodetic(pad));
    state.fixed_rows_mut::<3>(6).copy_from(&thrust_m_s2);
    let (burning, _) = propagate(&Boost { density_m2_s5: 0.0 }, &state, time_s.min(BURN_S), 1.0);
    let at_burnout: Vector6<f64> = burning.fixed_rows::<6>(0).into();
    let (state, _) = propagate(&Coast { density_m2_s3: 0.0 }, &at_burnout, (time_s - BURN_S).max(0.0), 1.0);
    (height_and_up(&state.fixed_rows::<3>(0).into()).0 >= 0.0).then_some(state)
}

/// One look: the plot of what is there, and now and then a false one. A look that saw nothing is told as well.
fn look(sensor: &Sensor, sequence: u32) -> Scan {
    let time_s = sensor.first_look_s + f64::from(sequence) * sensor.revisit_s;
    let mut chance = Stream::new("own scans", 1, &[u64::from(sensor.id.0), u64::from(sequence)]);
    let mut plots = Vec::new();
    let station = Station::of(sensor);
    let SensorKind::Radar(radar) = &sensor.kind else { unreachable!("both sensors are radars") };
    if let Some(state) = truth(time_s) {
        let position_m: Vector3<f64> = state.fixed_rows::<3>(0).into();
        if station.can_see(&position_m) && chance.uniform() < sensor.detection_probability {
            let enu_m = station.ecef_from_enu.tr_mul(&(position_m - sensor.position_m));
            let range_m = enu_m.norm();
            let elevation_rad = libm::asin(enu_m.z / range_m);
            let right_rad = radar.right_sigma_rad * chance.normal();
            plots.push(Plot::radar(
                range_m + radar.range_sigma_m * chance.normal(),
                (libm::atan2(enu_m.x, enu_m.y) + right_rad / libm::cos(elevation_rad))
                    .rem_euclid(std::f64::consts::TAU),
                elevation_rad + radar.up_sigma_rad * chance.normal(),
            ));
        }
    }
    for _ in 0..chance.poisson(sensor.clutter_per_scan) {
        plots.push(Plot::radar(
            chance.between(radar.minimum_range_m, radar.maximum_range_m),
            chance.between(0.0, std::f64::consts::TAU),
            chance.between(radar.minimum_elevation_rad, radar.maximum_elevation_rad),
        ));
    }
    Scan::of_field(sensor.id, sequence, Time::from_nanoseconds(0).plus_seconds(time_s), plots)
}

/// What happened, in words.
fn said(event: &EventKind, setup: &Setup) -> String {
    match event {
        EventKind::Confirmed { .. } => "confirmed: there is an object".to_owned(),
        EventKind::Declared { .. } => "declared: it is no aircraft".to_owned(),
        EventKind::BurntOut { .. } => "burnt out".to_owned(),
        EventKind::Actionable { ellipse_major_m, .. } => {
            format!("actionable: the 95 % ellipse is {:.1} km", ellipse_major_m * 1e-3)
        }
        EventKind::Alert { area, .. } => format!("alert: {}", setup.areas[usize::from(*area)].name),
        other => format!("{other:?}"),
    }
}

/// What the node knows: phase, height, speed and, once the burn is over, where it will come down.
fn show(now: f64, picture: &Picture) {
    for track in picture.confirmed() {
        let position_m: Vector3<f64> = track.kinematic.mean.fixed_rows::<3>(0).into();
        let velocity_m_s: Vector3<f64> = track.kinematic.mean.fixed_rows::<3>(3).into();
        let height_km = height_and_up(&position_m).0 * 1e-3;
        print!(
            "{now:4.0} s  {:?}, {height_km:.0} km high, {:.0} m/s",
            track.likeliest_mode(),
            velocity_m_s.norm()
        );
        if let Some(state) = truth(now) {
            print!(", {:.0} m off", (state.fixed_rows::<3>(0) - position_m).norm());
        }
        if let Some(impact) = &track.impact {
            print!(
                "; down at {:.2}° {:.2}° after {:.0} s, 95 % within {:.1} km",
                impact.place.latitude_rad.to_degrees(),
                impact.place.longitude_rad.to_degrees(),
                impact.time.seconds_since(Time::from_nanoseconds(0)),
                impact.ellipse_95().major_m * 1e-3
            );
        }
        println!();
    }
}
