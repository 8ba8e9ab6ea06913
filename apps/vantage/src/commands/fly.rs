//! `vantage fly`: one missile, from what the public record says of it.

use crate::failure::Failure;
use crate::output::{print, print_json};
use crate::words::{place, rounded};
use clap::{Args, ValueEnum};
use fusion_core::types::{Geodetic, geodetic_from_ecef};
use sensor_sim::flight::{BoostProfile, Flight, FlightError, FlightPlan, Trajectory};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  The flight over Hokkaido on 15 September 2017, with an assumed burn of 145 s:
  vantage fly --launch 39.2,125.673 --azimuth 72 --apogee-km 800 --range-km 3700 --boost-s 145

  From the southern hemisphere, as JSON:
  vantage fly --launch -30.5,-60.2 --azimuth 200 --apogee-km 150 --range-km 500 --boost-s 60 --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct FlyArgs {
    /// Launch place: latitude and longitude, degrees, north and east positive
    #[arg(long, value_name = "LAT,LON", value_parser = parse_place, allow_hyphen_values = true)]
    pub launch: (f64, f64),
    /// Bearing at launch, degrees clockwise from north, 0 to 360
    #[arg(long, value_name = "DEG", allow_hyphen_values = true)]
    pub azimuth: f64,
    /// Greatest height above the ellipsoid, km
    #[arg(long, value_name = "KM", allow_hyphen_values = true)]
    pub apogee_km: f64,
    /// Distance from launch to impact along the ground, km
    #[arg(long, value_name = "KM", allow_hyphen_values = true)]
    pub range_km: f64,
    /// Length of the burn, s
    #[arg(long, value_name = "S", allow_hyphen_values = true)]
    pub boost_s: f64,
    /// Ballistic coefficient m / (Cd A) of what comes down, kg/m²
    #[arg(long, value_name = "B", default_value_t = 5000.0, allow_hyphen_values = true)]
    pub ballistic_coefficient_kg_m2: f64,
    /// How the velocity turns during the burn
    #[arg(long, value_enum, default_value_t = Profile::GravityTurn)]
    pub profile: Profile,
    /// Print JSON and nothing else
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Profile {
    /// Straight up, a short pitch-over, then gravity alone turns it
    GravityTurn,
    /// Straight up, then linearly with time, as the reference files have it
    LinearPitch,
}

impl From<Profile> for BoostProfile {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::GravityTurn => BoostProfile::GravityTurn,
            Profile::LinearPitch => BoostProfile::LinearPitch,
        }
    }
}

/// A flight in figures.
#[derive(Debug, Serialize)]
struct FlightFigures {
    time_of_flight_s: f64,
    burnout: Moment,
    apogee: Moment,
    impact: Moment,
    apogee_km: f64,
    range_km: f64,
}

/// Where and how fast it is at one instant.
#[derive(Debug, Serialize)]
struct Moment {
    time_s: f64,
    speed_m_s: f64,
    /// Over the local horizontal.
    angle_deg: f64,
    height_km: f64,
    latitude_deg: f64,
    longitude_deg: f64,
    #[serde(skip)]
    place: Geodetic,
}

pub fn run(args: &FlyArgs) -> Result<(), Failure> {
    let plan = FlightPlan {
        profile: args.profile.into(),
        ..FlightPlan::single_stage(
            Geodetic::from_degrees(args.launch.0, args.launch.1, 0.0),
            args.azimuth.to_radians(),
            args.apogee_km * 1e3,
            args.range_km * 1e3,
            args.boost_s,
            args.ballistic_coefficient_kg_m2,
        )
    };
    let flight = Flight::solve(&plan).map_err(|error| flight_failure(&error))?;
    let figures = figures(flight.trajectory()).ok_or_else(|| {
        Failure::new(
            "the flight has no state at burnout, apogee or impact",
            "this is a fault of vantage: report it",
        )
    })?;
    if args.json { print_json(&figures) } else { print(&text(args, &figures)) }
}

fn parse_place(text: &str) -> Result<(f64, f64), String> {
    let wrong = || format!("`{text}` is not a latitude and a longitude in degrees, such as 39.2,125.673");
    let (latitude, longitude) = text.split_once(',').ok_or_else(wrong)?;
    let number = |part: &str| part.trim().parse::<f64>().map_err(|_| wrong());
    Ok((number(latitude)?, number(longitude)?))
}

fn figures(trajectory: &Trajectory) -> Option<FlightFigures> {
    Some(FlightFigures {
        time_of_flight_s: rounded(trajectory.impact_s(), 3),
        burnout: moment(trajectory, trajectory.burnout_s())?,
        apogee: moment(trajectory, trajectory.apogee_s())?,
        impact: moment(trajectory, trajectory.impact_s())?,
        apogee_km: rounded(trajectory.apogee_m() / 1e3, 3),
        range_km: rounded(trajectory.range_m() / 1e3, 3),
    })
}

fn moment(trajectory: &Trajectory, time_s: f64) -> Option<Moment> {
    let state = trajectory.state_at(time_s)?;
    let place = geodetic_from_ecef(&state.position_m);
    let up = fusion_core::types::ecef_from_enu(place).column(2).dot(&state.velocity_m_s);
    let speed_m_s = state.velocity_m_s.norm();
    let angle_rad = libm::asin((up / speed_m_s).clamp(-1.0, 1.0));
    Some(Moment {
        time_s: rounded(time_s, 3),
        speed_m_s: rounded(speed_m_s, 3),
        angle_deg: rounded(angle_rad.to_degrees(), 4),
        height_km: rounded(place.height_m / 1e3, 4),
        latitude_deg: rounded(place.latitude_rad.to_degrees(), 5),
        longitude_deg: rounded(place.longitude_rad.to_degrees(), 5),
        place,
    })
}

fn text(args: &FlyArgs, flight: &FlightFigures) -> String {
    let launch = Geodetic::from_degrees(args.launch.0, args.launch.1, 0.0);
    let mut text = format!(
        "Launch from {}, bearing {:.1}°: {:.1} km high, {:.1} km far, down after {:.1} s ({:.1} min)\n\n\
         {:9} {:>9} {:>11} {:>9} {:>11}  place\n",
        place(launch),
        args.azimuth,
        flight.apogee_km,
        flight.range_km,
        flight.time_of_flight_s,
        flight.time_of_flight_s / 60.0,
        "",
        "time, s",
        "speed, m/s",
        "angle, °",
        "height, km",
    );
    for (name, moment) in
        [("burnout", &flight.burnout), ("apogee", &flight.apogee), ("impact", &flight.impact)]
    {
        text.push_str(&format!(
            "{name:9} {:>9.1} {:>11.0} {:>9.1} {:>11.1}  {}\n",
            moment.time_s,
            moment.speed_m_s,
            // No minus sign before a zero.
            rounded(moment.angle_deg, 1),
            rounded(moment.height_km, 1),
            place(moment.place),
        ));
    }
    text
}

fn flight_failure(error: &FlightError) -> Failure {
    let help = match error {
        FlightError::OutOfRange { key, .. } => match *key {
            "latitude_deg" | "longitude_deg" => "mend --launch LAT,LON".to_owned(),
            "azimuth_deg" => "mend --azimuth".to_owned(),
            key => format!("mend --{}", key.replace('_', "-")),
        },
        FlightError::ApogeeBelowBurnout { .. } => "mend --apogee-km or --boost-s".to_owned(),
        FlightError::RangeTooLong { .. } => "mend --range-km or --apogee-km".to_owned(),
        _ => "check that --apogee-km, --range-km and --boost-s belong to one flight".to_owned(),
    };
    Failure::new(format!("this cannot be flown: {error}"), help)
}
