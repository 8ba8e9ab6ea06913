//! Flights and first visibilities against an independent point-mass model: `fixtures/reference/20`, `23`.
#![expect(clippy::print_stdout, reason = "figures for whoever runs the tests with --nocapture")]

use fusion_core::measurement::Station;
use fusion_core::types::{
    Geodetic, NodeId, RadarModel, Sensor, SensorId, SensorKind, ecef_from_geodetic, geodetic_from_ecef,
};
use sensor_sim::flight::{BoostProfile, Flight, FlightPlan, Trajectory, geodesic};
use serde_json::Value;
use std::f64::consts::{FRAC_PI_2, PI};

fn reference(name: &str) -> Value {
    let path = format!("{}/../fixtures/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("a reference file")).expect("JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn plan(
    latitude_deg: f64,
    longitude_deg: f64,
    azimuth_deg: f64,
    apogee_km: f64,
    range_km: f64,
    boost_s: f64,
) -> FlightPlan {
    let launch = Geodetic::from_degrees(latitude_deg, longitude_deg, 0.0);
    let azimuth_rad = azimuth_deg.to_radians();
    FlightPlan::single_stage(launch, azimuth_rad, apogee_km * 1e3, range_km * 1e3, boost_s, 5_000.0)
}

/// With the profile of the reference.
fn linear(plan: FlightPlan) -> FlightPlan {
    FlightPlan { profile: BoostProfile::LinearPitch, ..plan }
}

#[test]
fn reported_flights_with_the_reference_profile_agree_with_it() {
    let mut flown = 0;
    for row in reference("20_flight_tests.json")["flights"].as_array().expect("rows") {
        if row["usable_as_test"] != Value::Bool(true) {
            continue;
        }
        let launch = &row["launch"];
        let (latitude_deg, longitude_deg) =
            (number(&launch["latitude_deg"]), number(&launch["longitude_deg"]));
        let (azimuth_deg, apogee_km) = (number(&row["azimuth_deg"]), number(&row["apogee_km"]));
        let predicted_s: Vec<f64> =
            row["predicted_time_s_over_boost_band"].as_array().expect("a band").iter().map(number).collect();
        let (reported_s, tolerance_s) =
            (number(&row["reported_time_s"]), number(&row["reported_tolerance_s"]));
        for (index, fit) in row["fits"].as_array().expect("fits").iter().enumerate() {
            let boost_s = number(&fit["t_boost"]);
            let range_km = number(&row["range_km"]);
            let plan = plan(latitude_deg, longitude_deg, azimuth_deg, apogee_km, range_km, boost_s);
            let flight =
                Flight::solve(&linear(plan)).unwrap_or_else(|error| panic!("{}: {error}", row["id"]));
            let trajectory = flight.trajectory();
            let impact = Geodetic::from_degrees(number(&fit["impact_lat"]), number(&fit["impact_lon"]), 0.0);
            let (apart_m, _) = geodesic(trajectory.impact(), impact).expect("a distance");
            let time_s = trajectory.impact_s();
            let deviation = time_s / predicted_s[index] - 1.0;
            let speed_m_s = trajectory.burnout_speed_m_s() - number(&fit["v_bo"]);
            let angle_deg = trajectory.burnout_angle_rad().to_degrees() - number(&fit["gamma_bo"]);
            let burnout = geodetic_from_ecef(&trajectory.burnout_state().0);
            let height_km = burnout.height_m / 1e3 - number(&fit["h_bo_km"]);
            // What is left of the speed at the ground tells how strong the drag was.
            let ground = trajectory.state_at(time_s).expect("the impact");
            let ground_speed = ground.velocity_m_s.norm() / number(&fit["v_impact"]) - 1.0;
            println!(
                "{} boost {boost_s}: {time_s:.1} s ({:+.4} %), reported {:+.1} s; burnout {speed_m_s:+.3} m/s \
                 {angle_deg:+.5} deg {height_km:+.4} km; impact {apart_m:.0} m apart, {:+.4} % \
                 faster",
                row["id"],
                deviation * 100.0,
                time_s - reported_s,
                ground_speed * 100.0
            );
            assert!(deviation.abs() < 1e-3, "time of flight");
            assert!(speed_m_s.abs() < 0.5 && angle_deg.abs() < 0.01 && height_km.abs() < 0.05, "burnout");
            assert!(apart_m < 500.0 && ground_speed.abs() < 0.002, "impact");
            if index == 1 {
                let miss_s = (time_s - reported_s).abs();
                assert!(miss_s <= tolerance_s.max(60.0), "{miss_s} s from the reported time");
                flown += 1;
            }
        }
    }
    assert_eq!(flown, 9);
}

#[test]
fn reported_flights_take_as_long_as_reported_with_a_gravity_turn() {
    let mut flown = 0;
    for row in reference("20_flight_tests.json")["flights"].as_array().expect("rows") {
        if row["usable_as_test"] != Value::Bool(true) {
            continue;
        }
        let plan = plan(
            number(&row["launch"]["latitude_deg"]),
            number(&row["launch"]["longitude_deg"]),
            number(&row["azimuth_deg"]),
            number(&row["apogee_km"]),
            number(&row["range_km"]),
            number(&row["assumed_boost_s"][1]),
        );
        let flight = Flight::solve(&plan).unwrap_or_else(|error| panic!("{}: {error}", row["id"]));
        let time_s = flight.trajectory().impact_s();
        let (_, bearing_rad) = geodesic(plan.launch, flight.trajectory().impact()).expect("a distance");
        let reported_s = number(&row["reported_time_s"]);
        let predicted_s = number(&row["predicted_time_s_over_boost_band"][1]);
        println!(
            "{}: {time_s:.1} s, {:+.1} s of the middle prediction, {:+.1} s of the report; impact {:+.2} deg off the \
             azimuth",
            row["id"],
            time_s - predicted_s,
            time_s - reported_s,
            (bearing_rad - plan.azimuth_rad).to_degrees(),
        );
        let allowed_s = number(&row["reported_tolerance_s"]).max(60.0);
        assert!((time_s - reported_s).abs() <= allowed_s, "{time_s} s, reported {reported_s} s");
        flown += 1;
    }
    assert_eq!(flown, 9);
}

/// Seconds after launch at which the ground track is between these latitudes and longitudes, degrees: first and last.
fn overflown(trajectory: &Trajectory, latitudes_deg: [f64; 2], longitudes_deg: [f64; 2]) -> (f64, f64) {
    let tenths = (0..(trajectory.impact_s() * 10.0) as u32).map(|tenth| f64::from(tenth) / 10.0);
    let inside = tenths.filter(|time_s| {
        let place = geodetic_from_ecef(&trajectory.state_at(*time_s).expect("flying").position_m);
        let (latitude_deg, longitude_deg) =
            (place.latitude_rad.to_degrees(), place.longitude_rad.to_degrees());
        (latitudes_deg[0]..latitudes_deg[1]).contains(&latitude_deg)
            && (longitudes_deg[0]..longitudes_deg[1]).contains(&longitude_deg)
    });
    inside.fold((f64::NAN, f64::NAN), |(first, _), time_s| (first.min(time_s), time_s))
}

/// Both were reported over Japan seven to nine and six to seven minutes after launch.
#[test]
fn reported_overflights_cross_japan_in_the_reported_minutes() {
    for profile in [BoostProfile::GravityTurn, BoostProfile::LinearPitch] {
        let fly = |plan| Flight::solve(&FlightPlan { profile, ..plan }).expect("a flight");
        let hokkaido = fly(plan(39.2, 125.673, 72.0, 800.0, 3_700.0, 145.0));
        let (first_s, last_s) = overflown(hokkaido.trajectory(), [41.4, 42.6], [140.0, 143.3]);
        println!("{profile:?}: over southern Hokkaido from {first_s:.1} to {last_s:.1} s");
        assert!(first_s >= 420.0 && last_s <= 540.0, "{first_s} to {last_s} s");
        let aomori = fly(plan(40.611, 126.426, 80.0, 1_000.0, 4_600.0, 145.0));
        let (first_s, last_s) = overflown(aomori.trajectory(), [40.4, 41.5], [139.9, 141.7]);
        println!("{profile:?}: over Aomori from {first_s:.1} to {last_s:.1} s");
        assert!(first_s >= 330.0 && last_s <= 450.0, "{first_s} to {last_s} s");
    }
}

#[test]
fn sites_see_flights_first_when_the_reference_says() {
    let reference = reference("23_visibility.json");
    for (name, row) in reference["flights"].as_object().expect("flights") {
        let launch = &reference["launch_sites"][row["launch"].as_str().expect("a site")];
        let plan = plan(
            number(&launch[0]),
            number(&launch[1]),
            number(&row["azimuth"]),
            number(&row["apogee_km"]),
            number(&row["range_km"]),
            number(&row["t_boost"]),
        );
        let flight = Flight::solve(&linear(plan)).expect("a flight");
        let trajectory = flight.trajectory();
        let heights = row["t_alt"].as_object().expect("heights");
        for (height_km, time_s) in heights {
            let state = trajectory.state_at(number(time_s)).expect("flying");
            let height_m = geodetic_from_ecef(&state.position_m).height_m;
            let off_m = height_m - height_km.parse::<f64>().expect("a height") * 1e3;
            println!("{name}: {off_m:+.1} m at {height_km} km");
            assert!(off_m.abs() < 100.0, "{name}: {off_m} m at {height_km} km");
        }
        let mut compared = 0;
        for (site, values) in reference["sites"].as_object().expect("sites") {
            let expected = &row["visibility"][site]["with_range_cap"];
            let sensor = radar(values);
            let station = Station::of(&sensor);
            // On tenths of a second: the reference's own steps are about 1.5 s.
            let seen: Vec<f64> = (0..(trajectory.impact_s() * 10.0) as u32)
                .map(|tenth| f64::from(tenth) / 10.0)
                .filter(|time_s| station.covers(&trajectory.state_at(*time_s).expect("flying").position_m))
                .collect();
            if expected.is_null() {
                assert!(seen.is_empty(), "{name} {site} sees at {:?}", seen.first());
                continue;
            }
            let first_s = seen.first().copied().unwrap_or(f64::NAN) - number(&expected["t_first"]);
            let last_s = seen.last().copied().unwrap_or(f64::NAN) - number(&expected["t_last"]);
            println!("{name} {site}: first {first_s:+.1} s, last {last_s:+.1} s");
            assert!(first_s.abs() < 3.0 && last_s.abs() < 3.0, "{name} {site}: {first_s} s, {last_s} s");
            compared += 1;
        }
        assert!(compared >= 10, "{name}: {compared} sites");
    }
}

/// The site as a radar that looks all round.
fn radar(site: &Value) -> Sensor {
    Sensor {
        id: SensorId(0),
        name: "site".into(),
        owner: NodeId(0),
        position_m: ecef_from_geodetic(Geodetic::from_degrees(
            number(&site["lat"]),
            number(&site["lon"]),
            number(&site["alt_m"]),
        )),
        navigation_sigma_m: 0.0,
        revisit_s: 1.0,
        first_look_s: 0.0,
        detection_probability: 1.0,
        clutter_per_scan: 0.0,
        kind: SensorKind::Radar(RadarModel {
            minimum_range_m: 0.0,
            maximum_range_m: number(&site["range_cap_km"]) * 1e3,
            minimum_elevation_rad: number(&site["min_el_deg"]).to_radians(),
            maximum_elevation_rad: FRAC_PI_2,
            azimuth_centre_rad: 0.0,
            azimuth_half_width_rad: PI,
            range_sigma_m: 1.0,
            right_sigma_rad: 1e-3,
            up_sigma_rad: 1e-3,
            ..RadarModel::default()
        }),
    }
}
