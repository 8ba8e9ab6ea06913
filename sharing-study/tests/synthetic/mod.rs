//! Rows that resemble a study, made by formula: for looking at tables and reports, and for their tests. Nothing here is a
//! result.

use fusion_core::types::NodeId;
use sharing_study::outcome::*;
use sharing_study::regimes;

const BURNOUT_S: f64 = 145.0;
const IMPACT_S: f64 = 1145.0;

/// A small generator (splitmix64), enough for made-up rows.
struct Chance(u64);

impl Chance {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// Great circle from Sunan to the north Pacific with a parabola of height, every 5 s.
fn ground_track() -> Vec<[f64; 4]> {
    let (from, to) = ([39.22_f64, 125.67_f64], [39.93_f64, 169.15_f64]);
    let unit = |place: [f64; 2]| {
        let (latitude, longitude) = (place[0].to_radians(), place[1].to_radians());
        [
            libm::cos(latitude) * libm::cos(longitude),
            libm::cos(latitude) * libm::sin(longitude),
            libm::sin(latitude),
        ]
    };
    let (a, b) = (unit(from), unit(to));
    let angle = libm::acos(a[0] * b[0] + a[1] * b[1] + a[2] * b[2]);
    (0..=229)
        .map(|step| {
            let time_s = (5.0 * f64::from(step)).min(IMPACT_S);
            let part = if time_s < BURNOUT_S {
                0.04 * (time_s / BURNOUT_S) * (time_s / BURNOUT_S)
            } else {
                0.04 + 0.96 * (time_s - BURNOUT_S) / (IMPACT_S - BURNOUT_S)
            };
            let (s, t) = (
                libm::sin((1.0 - part) * angle) / libm::sin(angle),
                libm::sin(part * angle) / libm::sin(angle),
            );
            let point = [0, 1, 2].map(|axis| s * a[axis] + t * b[axis]);
            let height = if time_s < BURNOUT_S {
                120.0 * (time_s / BURNOUT_S) * (time_s / BURNOUT_S)
            } else {
                let x = (time_s - BURNOUT_S) / (IMPACT_S - BURNOUT_S);
                120.0 * (1.0 - x) + 4.0 * 720.0 * x * (1.0 - x)
            };
            let latitude = libm::asin(point[2]).to_degrees();
            let longitude = libm::atan2(point[1], point[0]).to_degrees();
            [latitude, longitude, height.max(0.0), time_s]
        })
        .collect()
}

/// What made-up node `node` reaches under made-up regime `regime`: (seconds to a track, scale of its error, gap).
fn quality(node: usize, regime: usize) -> (f64, f64, f64) {
    let sees: [f64; 2] = [[30.0, 2.0], [95.0, 1.4], [22.0, 0.8]][node];
    let scale = [1.0, 0.8, 0.74, 0.5, 0.36, 0.30][regime];
    let start =
        if node == 2 { sees[0] } else { [sees[0], 30.0_f64, 30.0, 29.0, 27.0, 21.0][regime].min(sees[0]) };
    let lost_after = if node == 0 && regime == 0 { 420.0 } else { f64::INFINITY };
    (start, sees[1] * scale, lost_after)
}

fn sample(
    chance: &mut Chance,
    time_s: f64,
    (start, scale, lost): (f64, f64, f64),
    flight: f64,
    regime: usize,
) -> Sample {
    let has_track =
        time_s >= start + 10.0 * flight.abs() && time_s < lost + 60.0 * flight && time_s <= IMPACT_S;
    let missed: f64 = if has_track { 0.0 } else { 7071.0 };
    let gospa = GospaSample {
        total_m: missed.max(300.0),
        localisation_m: 300.0 - missed.min(300.0),
        missed_m: missed,
        false_m: 0.0,
    };
    if !has_track {
        return Sample { gospa, ..Sample::default() };
    }
    let after = time_s - BURNOUT_S;
    let rms = scale * if after < 5.0 { 9e4 } else { 2.4e5 / (after + 3.0 * libm::sqrt(after)) } + 25.0;
    let over = if regime == 2 { 2.2 } else { 1.0 };
    let (east, north) = (rms * 0.98 * chance.normal(), rms * 0.15 * chance.normal());
    let error_m = libm::sqrt(east * east + north * north);
    let impact = (time_s > 0.55 * BURNOUT_S).then(|| ImpactSample {
        error_m,
        time_error_s: rms / 4000.0 * chance.normal(),
        latitude_deg: 39.93 + (north - 0.1 * east) / 111_000.0,
        longitude_deg: 169.15 + east / 85_000.0,
        ellipse_major_m: 2.45 * 0.98 * rms / over,
        ellipse_minor_m: 2.45 * 0.2 * rms / over,
        ellipse_azimuth_rad: 1.66,
        covers_truth: error_m < 2.2 * rms / over,
    });
    let nees = 6.0 * over * (1.0 + 0.3 * chance.normal());
    Sample { has_track, position_error_m: Some(0.05 * rms), nees: Some(nees), impact, gospa }
}

fn areas(node: usize, actionable_s: Option<f64>) -> Vec<AreaOutcome> {
    let crossed = [None, Some(452.0), Some(520.0), None];
    let area = |(index, reached_s): (usize, &Option<f64>)| AreaOutcome {
        threatened: reached_s.is_some(),
        reached_s: *reached_s,
        alerted_s: actionable_s
            .filter(|_| node != 0 && (reached_s.is_some() || (index == 3 && node == 1)))
            .map(|time| time + 20.0 + 4.0 * index as f64)
            .filter(|time| index != 3 || *time > 300.0),
    };
    crossed.iter().enumerate().map(area).collect()
}

/// Three nodes, six regimes, a grid of `times` instants.
pub fn study(runs: u32, times: usize) -> StudyResult {
    let times_s: Vec<f64> =
        (0..times).map(|index| (IMPACT_S + 5.0) * index as f64 / (times - 1) as f64).collect();
    let mut outcomes = Vec::new();
    for run in 0..runs {
        let flight = Chance(u64::from(run) + 77).normal();
        for regime in 0..6 {
            for node in 0..3 {
                let mut chance = Chance(u64::from(run) * 1000 + node as u64 + 10);
                outcomes.push(outcome(&mut chance, run, regime, node, flight, &times_s));
            }
        }
    }
    let cells: Vec<(usize, usize)> =
        (0..6).flat_map(|regime| (0..3).map(move |node| (regime, node))).collect();
    let bounds = cells.iter().map(|(regime, node)| bound(*regime, *node, &times_s)).collect();
    let consistency = cells
        .iter()
        .map(|(regime, node)| ConsistencyBand {
            regime: *regime,
            node: NodeId(*node as u16),
            low: 4.6,
            high: 7.6,
            from_s: BURNOUT_S + 20.0,
            to_s: IMPACT_S - 60.0,
        })
        .collect();
    StudyResult { description: description(runs, times_s), outcomes, bounds, consistency }
}

fn outcome(
    chance: &mut Chance,
    run: u32,
    regime: usize,
    node: usize,
    flight: f64,
    times_s: &[f64],
) -> NodeOutcome {
    let quality = quality(node, regime);
    let samples: Vec<Sample> =
        times_s.iter().map(|time| sample(chance, *time, quality, flight, regime)).collect();
    let confirmed = times_s.iter().zip(&samples).find(|(_, sample)| sample.has_track).map(|(time, _)| *time);
    let small = |sample: &Sample| sample.impact.is_some_and(|impact| impact.ellipse_major_m < 20_000.0);
    let actionable = times_s.iter().zip(&samples).find(|(_, sample)| small(sample)).map(|(time, _)| *time);
    NodeOutcome {
        run,
        regime,
        node: NodeId(node as u16),
        first_track_s: confirmed.map(|time| time - 3.0),
        confirmed_s: confirmed,
        actionable_s: actionable,
        launch_point_error_m: confirmed.map(|_| 4000.0 * quality.1 * (1.0 + 0.3 * chance.normal().abs())),
        custody_fraction: samples.iter().filter(|sample| sample.has_track).count() as f64
            / samples.len() as f64,
        missiles_counted: 1 + u32::from(regime == 0 && run % 7 == 3),
        missiles_so_far: 1,
        missiles_flown: 1,
        siap: SiapOutcome { completeness: 0.9, ambiguity: 1.02, spuriousness: 0.01 },
        areas: areas(node, actionable),
        samples,
    }
}

fn bound(regime: usize, node: usize, times_s: &[f64]) -> Bound {
    let scale = quality(node, regime).1;
    let at = |time: &f64| {
        let after = time - BURNOUT_S;
        (after > 3.0 && *time < IMPACT_S)
            .then(|| 0.8 * scale * 2.4e5 / (after + 3.0 * libm::sqrt(after)) + 15.0)
    };
    Bound { regime, node: NodeId(node as u16), impact_rms_m: times_s.iter().map(at).collect() }
}

fn description(runs: u32, times_s: Vec<f64>) -> StudyDescription {
    let links = |name: &str| -> Vec<(String, f64)> {
        let kilobytes = |label: &str, size: f64| (label.to_owned(), 1e3 * size);
        match name {
            "siloed" => vec![],
            "bilateral" => {
                vec![kilobytes("united-states to japan", 210.0), kilobytes("united-states to korea", 205.0)]
            }
            "integrated" => vec![kilobytes("korea to japan", 960.0), kilobytes("japan to korea", 1480.0)],
            _ => vec![
                kilobytes("united-states to japan", 210.0),
                kilobytes("united-states to korea", 205.0),
                kilobytes("korea to japan", 8.0),
                kilobytes("japan to korea", 9.0),
            ],
        }
    };
    let regimes = regimes::builtin().unwrap().into_iter().map(|regime| RegimeDescription {
        link_bytes: links(&regime.name),
        description: format!("{} {}", regime.description, regime.assumptions),
        name: regime.name,
    });
    let area = |name: &str, warned_by: u16, polygon: &[[f64; 2]]| AreaDescription {
        name: name.to_owned(),
        warned_by: vec![NodeId(warned_by)],
        polygon: polygon.to_vec(),
    };
    let sensor = |name: &str, owner: u16, latitude_deg: f64, longitude_deg: f64| SensorDescription {
        name: name.to_owned(),
        owner: NodeId(owner),
        latitude_deg,
        longitude_deg,
    };
    StudyDescription {
        title: "Overflight of northern Japan, after 2017-09-15".to_owned(),
        summary: "MADE-UP ROWS to look at a report by: one flight over Hokkaido & <Aomori>, as newspapers described it; sensors are generic classes.".to_owned(),
        seed: 20_170_915,
        runs,
        regimes: regimes.collect(),
        baseline: 1,
        nodes: regimes::NODES.map(str::to_owned).to_vec(),
        areas: vec![
            area("Capital area", 0, &[[37.0, 126.4], [38.0, 126.4], [38.0, 127.6], [37.0, 127.6]]),
            area("Hokkaido", 1, &[[41.4, 139.8], [45.5, 141.2], [44.4, 145.4], [42.0, 143.4]]),
            area("Northern Tohoku", 1, &[[39.5, 139.8], [41.5, 140.0], [41.5, 141.6], [39.5, 142.1]]),
            area("Izu and Ogasawara", 1, &[[26.5, 141.5], [34.8, 139.0], [34.8, 140.0], [26.5, 142.5]]),
        ],
        times_s,
        burnout_s: BURNOUT_S,
        impact_s: IMPACT_S,
        ground_track: ground_track(),
        sensors: vec![
            sensor("Chungcheong L-band", 0, 36.5, 127.2),
            sensor("East Sea ship", 0, 38.2, 130.2),
            sensor("Sea of Japan ship", 1, 39.6, 135.5),
            sensor("Shimokita radar", 1, 41.3, 141.0),
            sensor("Shariki X-band", 2, 40.9, 140.3),
            sensor("Kyogamisaki X-band", 2, 35.8, 135.2),
        ],
        cap_m: 200_000.0,
        dissemination_s: 60.0,
        reported: sensor_sim::Reported::default(),
    }
}
