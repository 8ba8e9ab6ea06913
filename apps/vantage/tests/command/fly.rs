//! `vantage fly`.

use super::{done, folder, json, refused};

const HOKKAIDO: [&str; 11] = [
    "fly",
    "--launch",
    "39.2,125.673",
    "--azimuth",
    "72",
    "--apogee-km",
    "800",
    "--range-km",
    "3700",
    "--boost-s",
    "145",
];

#[test]
fn the_flight_over_hokkaido_takes_nineteen_minutes() {
    let folder = folder();
    let text = done(folder.path(), &HOKKAIDO);
    assert!(text.contains("800.0 km high, 3700.0 km far, down after 1150.7 s (19.2 min)"), "{text}");
    let flight = json(&done(folder.path(), &[HOKKAIDO.as_slice(), &["--json"]].concat()));
    let number = |moment: &str, key: &str| flight[moment][key].as_f64().unwrap();
    assert!((flight["time_of_flight_s"].as_f64().unwrap() - 1150.7).abs() < 1.0);
    assert!((number("burnout", "time_s") - 145.0).abs() < 1e-9);
    assert!((number("apogee", "height_km") - 800.0).abs() < 1e-3);
    assert!(number("apogee", "angle_deg").abs() < 1e-3);
    assert!((number("impact", "longitude_deg") - 169.09).abs() < 0.01);
    assert!(number("impact", "speed_m_s") < 1_500.0);
}

#[test]
fn the_profile_of_the_reference_files_can_be_flown_as_well() {
    let folder = folder();
    let text = done(folder.path(), &[HOKKAIDO.as_slice(), &["--profile", "linear-pitch"]].concat());
    assert!(text.contains("800.0 km high, 3700.0 km far, down after 1144.8 s (19.1 min)"), "{text}");
    assert!(text.contains("169.15"), "{text}"); // the longitude of the impact in the reference file 23
}

#[test]
fn negative_coordinates_are_no_options() {
    let folder = folder();
    let mut arguments = HOKKAIDO;
    arguments[2] = "-39.2,-125.673";
    assert!(done(folder.path(), &arguments).contains("39.200° S 125.673° W"));
}

#[test]
fn what_cannot_be_flown_is_told_with_the_option_to_mend() {
    let folder = folder();
    for (place, value, says, mend) in [
        (4, "-72", "azimuth_deg = -72 is not allowed; it must be 0 to 360", "--azimuth"),
        (10, "nan", "boost_s = NaN is not allowed", "--boost-s"),
        (2, "39.2", "`39.2` is not a latitude and a longitude", "--launch"),
        (2, "99,0", "latitude_deg = 99 is not allowed", "--launch"),
    ] {
        let mut arguments = HOKKAIDO;
        arguments[place] = value;
        let error = refused(folder.path(), &arguments);
        assert!(error.contains(says) && error.contains(mend), "{value}: {error}");
    }
    let mut arguments = HOKKAIDO;
    (arguments[6], arguments[8], arguments[10]) = ("100", "500", "300");
    let error = refused(folder.path(), &arguments);
    assert!(error.contains("lies below the height of burnout"), "{error}");
    assert!(error.contains("--apogee-km or --boost-s"), "{error}");
    (arguments[6], arguments[8], arguments[10]) = ("40", "14000", "15");
    let error = refused(folder.path(), &arguments);
    assert!(error.contains("longer than a flight with this apogee_km can be"), "{error}");
}
