//! `vantage inspect`: what a recording holds, and whether it is whole.

use crate::failure::Failure;
use crate::load::{self, Frames, frames, read_recording, recording_failure, scans};
use crate::output::{print, print_json, say};
use crate::words::{after, count, counted, hex, place_deg, rounded, size, utc};
use clap::Args;
use fusion_core::types::{Plot, Regard, Scan, Time, geodetic_from_ecef};
use recording::{Header, Kind, read_header};
use sensor_sim::TruthSample;
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  vantage inspect fixtures/overflight-2017-09-15/input.vrec
  vantage inspect flight.vrec --frames 20                  the first twenty scans with their plots
  vantage inspect broken.vrec --valid-prefix               what lies before the damage
  vantage inspect truth.vrec --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct InspectArgs {
    /// Recording or truth file
    pub file: PathBuf,
    /// Also print this many frames from the start
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "json")]
    pub frames: usize,
    /// Of a damaged file, use what lies before the damage
    #[arg(long)]
    pub valid_prefix: bool,
    /// Print JSON and nothing else
    #[arg(long)]
    pub json: bool,
}

/// What a file holds.
#[derive(Debug, Serialize)]
struct Contents {
    kind: &'static str,
    scenario: String,
    scenario_digest: String,
    seed: u64,
    run: u32,
    start_utc: String,
    note: String,
    bytes: u64,
    frames: u64,
    first_s: Option<f64>,
    last_s: Option<f64>,
    is_whole: bool,
    /// BLAKE3 over header and frames, of a whole file.
    digest: Option<String>,
    damage: Option<String>,
    nodes: Vec<String>,
    areas: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sensors: Vec<SensorLine>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    objects: Vec<ObjectLine>,
}

/// What one sensor saw.
#[derive(Debug, Serialize)]
struct SensorLine {
    name: String,
    owner: String,
    kind: &'static str,
    revisit_s: f64,
    scans: u64,
    empty_scans: u64,
    plots: u64,
}

/// What is known of one object of the truth.
#[derive(Debug, Serialize)]
struct ObjectLine {
    object: u32,
    samples: u64,
    first_s: f64,
    last_s: f64,
    greatest_height_km: f64,
    last_latitude_deg: f64,
    last_longitude_deg: f64,
}

pub fn run(args: &InspectArgs) -> Result<(), Failure> {
    let path = args.file.as_path();
    let bytes = read_recording(path)?;
    let (kind, _) = read_header(&bytes).map_err(|error| recording_failure(path, &error))?;
    match kind {
        Kind::Scans => {
            let read = scans(path, &bytes, args.valid_prefix)?;
            let mut contents = contents("scans", &read, bytes.len(), |scan| scan.time);
            contents.sensors = sensor_lines(&read.header, &read.frames);
            show(args, path, &read, &contents, scan_text)
        }
        Kind::Truth => {
            let read = frames::<TruthSample>(path, &bytes, args.valid_prefix)?;
            let mut contents = contents("truth", &read, bytes.len(), |sample| sample.time);
            contents.objects = object_lines(&read.header, &read.frames);
            show(args, path, &read, &contents, sample_text)
        }
    }
}

fn show<T>(
    args: &InspectArgs,
    path: &Path,
    read: &Frames<T>,
    contents: &Contents,
    frame_text: fn(&Header, &T) -> String,
) -> Result<(), Failure> {
    if let Some(damage) = &read.damage {
        say(&load::what_is_lost(path, damage, read.frames.len(), contents.bytes as usize));
    }
    if args.json {
        return print_json(contents);
    }
    let mut text = text(contents);
    if args.frames > 0 {
        text.push('\n');
    }
    for (index, frame) in read.frames.iter().take(args.frames).enumerate() {
        let _ = writeln!(text, "frame {}  {}", index + 1, frame_text(&read.header, frame));
    }
    print(&text)
}

fn contents<T>(kind: &'static str, read: &Frames<T>, bytes: usize, time: fn(&T) -> Time) -> Contents {
    let header = &read.header;
    let since_start =
        |frame: Option<&T>| frame.map(|frame| rounded(time(frame).seconds_since(header.start), 3));
    Contents {
        kind,
        scenario: header.scenario.clone(),
        scenario_digest: hex(&header.scenario_digest),
        seed: header.seed,
        run: header.run,
        start_utc: utc(header.start),
        note: header.note.clone(),
        bytes: bytes as u64,
        frames: read.frames.len() as u64,
        first_s: since_start(read.frames.first()),
        last_s: since_start(read.frames.last()),
        is_whole: read.damage.is_none(),
        digest: read.digest.map(|digest| hex(&digest)),
        damage: read.damage.as_ref().map(ToString::to_string),
        nodes: header.nodes.clone(),
        areas: header.areas.iter().map(|area| area.name.clone()).collect(),
        sensors: Vec::new(),
        objects: Vec::new(),
    }
}

fn sensor_lines(header: &Header, scans: &[Scan]) -> Vec<SensorLine> {
    let line = |sensor: &fusion_core::types::Sensor| SensorLine {
        name: sensor.name.clone(),
        owner: header.nodes.get(usize::from(sensor.owner.0)).cloned().unwrap_or_default(),
        kind: match sensor.kind {
            fusion_core::types::SensorKind::Radar(_) => "radar",
            fusion_core::types::SensorKind::Infrared(_) => "infrared",
            fusion_core::types::SensorKind::Sonar(_) => "sonar",
            fusion_core::types::SensorKind::Cue => "cues",
        },
        revisit_s: sensor.revisit_s,
        scans: 0,
        empty_scans: 0,
        plots: 0,
    };
    let mut lines: Vec<SensorLine> = header.sensors.iter().map(line).collect();
    for scan in scans {
        if let Some(line) = lines.get_mut(usize::from(scan.sensor.0)) {
            line.scans += 1;
            line.empty_scans += u64::from(scan.plots.is_empty());
            line.plots += scan.plots.len() as u64;
        }
    }
    lines
}

fn object_lines(header: &Header, samples: &[TruthSample]) -> Vec<ObjectLine> {
    let mut lines: Vec<ObjectLine> = Vec::new();
    for sample in samples {
        let time_s = rounded(sample.time.seconds_since(header.start), 3);
        let place = geodetic_from_ecef(&sample.position_m);
        let index = lines.iter().position(|line| line.object == sample.object.0).unwrap_or_else(|| {
            lines.push(ObjectLine {
                object: sample.object.0,
                samples: 0,
                first_s: time_s,
                last_s: time_s,
                greatest_height_km: f64::NEG_INFINITY,
                last_latitude_deg: 0.0,
                last_longitude_deg: 0.0,
            });
            lines.len() - 1
        });
        let line = &mut lines[index];
        line.samples += 1;
        line.last_s = time_s;
        line.greatest_height_km = line.greatest_height_km.max(rounded(place.height_m / 1e3, 3));
        line.last_latitude_deg = rounded(place.latitude_rad.to_degrees(), 5);
        line.last_longitude_deg = rounded(place.longitude_rad.to_degrees(), 5);
    }
    lines
}

fn text(contents: &Contents) -> String {
    let mut text = String::new();
    let mut row = |name: &str, value: String| {
        // A String takes everything.
        let _ = writeln!(text, "{name:10} {value}");
    };
    row("kind", format!("{}, {}", contents.kind, size(contents.bytes)));
    row("scenario", format!("{}, seed {}, run {}", contents.scenario, contents.seed, contents.run));
    row("start", contents.start_utc.clone());
    row("note", contents.note.clone());
    row("nodes", contents.nodes.join(", "));
    row("areas", contents.areas.join(", "));
    let span = match (contents.first_s, contents.last_s) {
        (Some(first_s), Some(last_s)) => {
            format!(", from {} to {} after the start", after(first_s), after(last_s))
        }
        _ => String::new(),
    };
    row("frames", format!("{}{span}", count(contents.frames)));
    row(
        "checksums",
        match &contents.damage {
            None => "header, every frame and the whole are as they were written".to_owned(),
            Some(_) => "DAMAGED: only the whole frames before the damage are counted here".to_owned(),
        },
    );
    row("digest", contents.digest.clone().unwrap_or_else(|| "none: the recording is not whole".to_owned()));
    if !contents.sensors.is_empty() {
        let _ = writeln!(
            text,
            "\n{:20} {:14} {:8} {:>9} {:>8} {:>8} {:>8}",
            "sensor", "owner", "kind", "every, s", "scans", "empty", "plots"
        );
    }
    for sensor in &contents.sensors {
        let _ = writeln!(
            text,
            "{:20} {:14} {:8} {:>9} {:>8} {:>8} {:>8}",
            sensor.name,
            sensor.owner,
            sensor.kind,
            sensor.revisit_s,
            count(sensor.scans),
            count(sensor.empty_scans),
            count(sensor.plots)
        );
    }
    for object in &contents.objects {
        let _ = writeln!(
            text,
            "\nobject {}: {} from {} to {}, at most {:.1} km high, last at {}",
            object.object,
            counted(object.samples, "sample"),
            after(object.first_s),
            after(object.last_s),
            object.greatest_height_km,
            place_deg(object.last_latitude_deg, object.last_longitude_deg)
        );
    }
    text
}

fn scan_text(header: &Header, scan: &Scan) -> String {
    let sensor = header.sensors.get(usize::from(scan.sensor.0));
    let mut text = format!(
        "{:+.3} s  {}  look {}, {}",
        scan.time.seconds_since(header.start),
        sensor.map_or("?", |sensor| sensor.name.as_str()),
        scan.sequence,
        counted(scan.plots.len() as u64, "plot")
    );
    match &scan.regard {
        Regard::Field => {}
        Regard::Sector { centre_rad, half_width_rad } => {
            let (centre_deg, width_deg) = (centre_rad.to_degrees(), 2.0 * half_width_rad.to_degrees());
            let _ = write!(text, ", in {width_deg:.0}° around azimuth {centre_deg:.1}°");
        }
        Regard::Beams(beams) => {
            let _ = write!(text, ", in {}", counted(beams.len() as u64, "dwell"));
        }
    }
    for plot in &scan.plots {
        let _ = match plot {
            Plot::Radar { range_m, azimuth_rad, elevation_rad, range_rate_m_s, signal_to_noise } => {
                let rate = range_rate_m_s.map(|rate| format!(", {rate:+.1} m/s")).unwrap_or_default();
                let ratio = signal_to_noise
                    .map(|ratio| format!(", {:.1} dB", 10.0 * libm::log10(ratio)))
                    .unwrap_or_default();
                write!(
                    text,
                    "\n    range {:.3} km, azimuth {:.4}°, elevation {:.4}°{rate}{ratio}",
                    range_m / 1e3,
                    azimuth_rad.to_degrees(),
                    elevation_rad.to_degrees()
                )
            }
            Plot::Bearing { azimuth_rad } => write!(text, "\n    bearing {:.2}°", azimuth_rad.to_degrees()),
            Plot::Cue { latitude_rad, longitude_rad, sigma_m, from, until } => write!(
                text,
                "\n    a launch at {:.3}°, {:.3}° within {:.1} km, in the {:.0} s from {}",
                latitude_rad.to_degrees(),
                longitude_rad.to_degrees(),
                sigma_m / 1e3,
                until.seconds_since(*from),
                utc(*from)
            ),
            Plot::Infrared { right_rad, up_rad } => {
                let (right_deg, up_deg) = (right_rad.to_degrees(), up_rad.to_degrees());
                write!(text, "\n    {right_deg:+.5}° right, {up_deg:+.5}° up of the boresight")
            }
        };
    }
    text
}

fn sample_text(header: &Header, sample: &TruthSample) -> String {
    let place = geodetic_from_ecef(&sample.position_m);
    format!(
        "{}  object {}  {:?}, {}, {:.1} km high, {:.0} m/s",
        after(sample.time.seconds_since(header.start)),
        sample.object,
        sample.phase,
        crate::words::place(place),
        place.height_m / 1e3,
        sample.velocity_m_s.norm()
    )
}
