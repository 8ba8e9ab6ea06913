//! A coasting missile that two nations' radars see, alone and together: a problem of bounds.

use crate::reference::{Place, ReferenceError};
use fusion_core::assess::{BoundError, EpochInformation, look_information};
use fusion_core::dynamics::{LONGEST_STEP_S, Reentry, propagate};
use fusion_core::math::symmetric::symmetrise;
use fusion_core::measurement::Station;
use fusion_core::types::{Geodetic, NodeId, RadarModel, Sensor, SensorId, SensorKind, ecef_from_geodetic};
use fusion_core::warning::GroundMap;
use nalgebra::{Matrix6, SMatrix, SVector, Vector6};

/// What the radars do not say: (latitude and longitude in degrees, height in m, greatest range in m, least elevation in
/// degrees) by name, as file 23 of the reference values has them. All notional.
const SITES: [(&str, [f64; 5]); 5] = [
    ("KR_Chungcheong_Lband", [36.6, 127.5, 300.0, 800e3, 2.0]),
    ("KR_EastSea_Aegis", [37.5, 130.5, 20.0, 1_000e3, 1.0]),
    ("JP_Shariki_Xband", [40.9, 140.3, 20.0, 1_500e3, 3.0]),
    ("JP_Kyogamisaki_Xband", [35.8, 135.2, 100.0, 1_500e3, 3.0]),
    ("JP_SeaOfJapan_Aegis", [38.5, 135.0, 20.0, 1_000e3, 1.0]),
];
/// The only prior that such files have, and its standard deviations in m and m/s.
const PRIOR: (&str, f64, f64) = ("pos 20 km, vel 500 m/s per axis at burnout", 20e3, 500.0);
/// Ballistic coefficient m / (Cd A), known, kg/m².
const BALLISTIC_KG_M2: f64 = 5_000.0;
/// The flight without process noise.
const MODEL: Reentry = Reentry { density_m2_s3: 0.0, log_density_1_s: 0.0 };

/// A flight from its burnout on, the radars of two nations, and every look at which one of them sees it.
#[derive(Clone, Debug)]
pub struct SharedFlight {
    /// The radars, by identity.
    pub sensors: Vec<Sensor>,
    /// Every look that sees the flight, in order of time.
    pub looks: Vec<SharedLook>,
    /// Position (m) and velocity (m/s) at burnout, Earth-fixed.
    pub burnout: Vector6<f64>,
    /// Covariance of what is known at burnout.
    pub prior: Matrix6<f64>,
}

/// A look that sees the flight.
#[derive(Clone, Copy, Debug)]
pub struct SharedLook {
    /// When, s after burnout.
    pub at_s: f64,
    /// Index of the radar.
    pub radar: usize,
    /// Position (m) and velocity (m/s) then.
    pub state: Vector6<f64>,
    /// What it tells of the state at burnout.
    of_burnout: Matrix6<f64>,
}

/// Who is told of whose looks, and how late: `KR_only`, `shared_0s`, `JP_plus_KR_30s`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrangement<'a> {
    own: Option<&'a str>,
    other: Option<(Option<&'a str>, f64)>,
}

impl<'a> Arrangement<'a> {
    /// From its name; none for another kind of name.
    pub fn of_name(name: &'a str) -> Option<Self> {
        if let Some(own) = name.strip_suffix("_only") {
            return Some(Arrangement { own: Some(own), other: None });
        }
        let (who, delay) = name.strip_suffix('s')?.rsplit_once('_')?;
        let delay_s = delay.parse::<u32>().ok().map(f64::from)?;
        match who.split_once("_plus_") {
            Some((own, other)) => Some(Arrangement { own: Some(own), other: Some((Some(other), delay_s)) }),
            None => (who == "shared").then_some(Arrangement { own: None, other: Some((None, delay_s)) }),
        }
    }

    /// Whether a look is known `at_s` after burnout.
    pub fn knows(&self, flight: &SharedFlight, look: &SharedLook, at_s: f64) -> bool {
        let is_of = |nation: &str| {
            flight.sensors[look.radar].name.split_once('_').is_some_and(|(prefix, _)| prefix == nation)
        };
        let is_own = self.own.is_some_and(is_of);
        let told = self
            .other
            .is_some_and(|(nation, delay_s)| nation.is_none_or(is_of) && look.at_s + delay_s <= at_s);
        (is_own && look.at_s <= at_s) || told
    }
}

impl SharedFlight {
    /// From one run of a file and the file's radars.
    ///
    /// # Errors
    /// [`ReferenceError`] for what is missing, for a radar whose site is not known, for another prior.
    pub fn read(document: &Place<'_>, run: &Place<'_>) -> Result<Self, ReferenceError> {
        let prior = document.get("prior")?;
        if prior.text()? != PRIOR.0 {
            return Err(prior.unsupported(format!("`{}`", PRIOR.0)));
        }
        let mut sensors = Vec::new();
        for (index, (name, radar)) in (0_u16..).zip(document.get("sigmas")?.entries()?) {
            sensors.push(sensor(SensorId(index), name, &radar)?);
        }
        let burnout: Vector6<f64> = run.get("x_burnout_ecef")?.vector()?;
        let lasts = run.get("t_total")?;
        let lasts_s = lasts.number()? - run.get("t_boost")?.number()?;
        if !(0.0..7_200.0).contains(&lasts_s) {
            return Err(lasts.unsupported("within two hours of `t_boost`"));
        }
        let (position_m2, velocity_m2_s2) = (PRIOR.1 * PRIOR.1, PRIOR.2 * PRIOR.2);
        let prior = Matrix6::from_diagonal(&Vector6::new(
            position_m2,
            position_m2,
            position_m2,
            velocity_m2_s2,
            velocity_m2_s2,
            velocity_m2_s2,
        ));
        let mut flight = SharedFlight { sensors, looks: Vec::new(), burnout, prior };
        flight.look(lasts_s);
        Ok(flight)
    }

    /// Works out every look from burnout, inclusive, to the end.
    fn look(&mut self, lasts_s: f64) {
        let mut looks = Vec::new();
        for (radar, sensor) in self.sensors.iter().enumerate() {
            let station = Station::of(sensor);
            let (mut state, mut transition) = (with_drag(&self.burnout), SMatrix::<f64, 7, 7>::identity());
            let mut at_s = 0.0;
            loop {
                let seen = state.fixed_rows::<6>(0).into_owned();
                let (position_m, velocity_m_s) =
                    (seen.fixed_rows::<3>(0).into(), seen.fixed_rows::<3>(3).into());
                if let Some(information) = look_information(&station, &position_m, &velocity_m_s) {
                    let transition = six(&transition);
                    let of_burnout = symmetrise(&(transition.transpose() * information * transition));
                    looks.push(SharedLook { at_s, radar, state: seen, of_burnout });
                }
                at_s += sensor.revisit_s;
                if at_s > lasts_s {
                    break;
                }
                let (next, by_state) = propagate(&MODEL, &state, sensor.revisit_s, LONGEST_STEP_S);
                (state, transition) = (next, by_state * transition);
            }
        }
        looks.sort_by(|one, other| one.at_s.total_cmp(&other.at_s).then(one.radar.cmp(&other.radar)));
        self.looks = looks;
    }

    /// What an arrangement knows `at_s` after burnout about the state at burnout, and from how many looks.
    ///
    /// # Errors
    /// A covariance that is none.
    pub fn information(
        &self,
        arrangement: &Arrangement<'_>,
        at_s: f64,
    ) -> Result<(EpochInformation<6>, usize), BoundError> {
        let mut information = EpochInformation::from_prior(&self.prior)?;
        let mut count = 0;
        for look in self.looks.iter().filter(|look| arrangement.knows(self, look, at_s)) {
            information.add(&look.of_burnout, &Matrix6::identity(), 1.0)?;
            count += 1;
        }
        Ok((information, count))
    }
}

/// Carries a state at burnout, or the like, over so many seconds, with the derivative.
pub fn coast(state: &Vector6<f64>, seconds: f64) -> (Vector6<f64>, Matrix6<f64>) {
    let (then, transition) = propagate(&MODEL, &with_drag(state), seconds, LONGEST_STEP_S);
    (then.fixed_rows::<6>(0).into(), six(&transition))
}

/// Where and when a state comes down, and how that follows from it; none when it does not.
pub fn ground(state: &Vector6<f64>) -> Option<GroundMap> {
    GroundMap::of(&with_drag(state))
}

fn with_drag(state: &Vector6<f64>) -> SVector<f64, 7> {
    state.push(-libm::log(BALLISTIC_KG_M2))
}

fn six(transition: &SMatrix<f64, 7, 7>) -> Matrix6<f64> {
    transition.fixed_view::<6, 6>(0, 0).into_owned()
}

/// A radar of a file, at its site.
fn sensor(id: SensorId, name: &str, radar: &Place<'_>) -> Result<Sensor, ReferenceError> {
    let site = SITES.iter().find(|(known, _)| *known == name);
    let [latitude_deg, longitude_deg, height_m, maximum_range_m, minimum_deg] =
        site.map(|(_, site)| *site)
            .ok_or_else(|| radar.unsupported("one of the five radars whose sites are known"))?;
    let revisit = radar.get("revisit_s")?;
    let positive = |place: Place<'_>, least: f64| {
        let value = place.number()?;
        if value >= least { Ok(value) } else { Err(place.unsupported(format!("at least {least}"))) }
    };
    let angle_sigma_rad = positive(radar.get("angle_rad")?, 1e-9)?;
    Ok(Sensor {
        id,
        name: name.to_owned(),
        owner: NodeId(0),
        position_m: ecef_from_geodetic(Geodetic::from_degrees(latitude_deg, longitude_deg, height_m)),
        navigation_sigma_m: 0.0,
        revisit_s: positive(revisit, 0.1)?,
        first_look_s: 0.0,
        detection_probability: 1.0,
        clutter_per_scan: 0.0,
        kind: SensorKind::Radar(RadarModel {
            maximum_range_m,
            minimum_elevation_rad: minimum_deg.to_radians(),
            maximum_elevation_rad: std::f64::consts::FRAC_PI_2,
            range_sigma_m: positive(radar.get("range_m")?, 1e-3)?,
            right_sigma_rad: angle_sigma_rad,
            up_sigma_rad: angle_sigma_rad,
            ..RadarModel::default()
        }),
    })
}
