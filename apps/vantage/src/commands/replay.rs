//! `vantage replay`: the nodes over a recording, without a screen.

mod saving;

use crate::event_line::EventLine;
use crate::failure::Failure;
use crate::figures::{ImpactFigures, NodeFigures, TrackFigures};
use crate::load::{Frames, Given, find_regime, read_recording, scans, what_is_lost};
use crate::output::{must_differ, print, print_json, say, write_file, written};
use crate::replaying::{Plan, Replayed, replay, setup_of};
use crate::words::{after, count, counted, hex, place_deg, utc};
use clap::Args;
use fusion_core::types::{Scan, Time};
use saving::{Run, Saving, replay_saving};
use serde::Serialize;
use sharing_study::run::link_seed;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  vantage replay fixtures/overflight-2017-09-15/input.vrec
  vantage replay flight.vrec --regime bilateral --json
  vantage replay flight.vrec --regime mine.toml --events events.jsonl
  vantage replay flight.vrec --speed 10x --events -        ten times as fast as it was, with events
  vantage replay flight.vrec --snapshot flight.vsnp        goes on where it was stopped, to the same digest

The digest is over everything that the nodes knew and said. It is the same for every number of threads and every speed.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReplayArgs {
    /// Recording
    pub file: PathBuf,
    /// Sharing regime: a name (`vantage regimes` lists them) or a .toml file
    #[arg(long, default_value = "integrated", value_name = "NAME|FILE")]
    pub regime: String,
    /// Threads [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// How fast: `max`, or a multiple of real time such as 1x or 10x
    #[arg(long, default_value = "max", value_parser = parse_speed)]
    pub speed: Speed,
    /// Write every event as a line of JSON to this file, or with `-` to standard output (the summary then goes to
    /// standard error)
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Save the replay to this file now and then, and where it is there, go on from it: stopped by whatever, the same command
    /// ends with the same digest. On one thread and at full speed. A snapshot of another recording, regime, seed or build of
    /// vantage is refused; with `--events -`, events that were told before it are not told again
    #[arg(long, value_name = "FILE", conflicts_with_all = ["threads", "speed"])]
    pub snapshot: Option<PathBuf>,
    /// Seconds of the recording from one snapshot to the next
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "snapshot",
        value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub snapshot_every: u32,
    /// Of a damaged recording, use what lies before the damage
    #[arg(long)]
    pub valid_prefix: bool,
    /// Seed of the links' delays and releases [default: the recording's]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Print JSON and nothing else
    #[arg(long)]
    pub json: bool,
}

/// A multiple of real time; none is as fast as it goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed(Option<f64>);

/// A replay in figures.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    scenario: &'a str,
    regime: &'a str,
    link_seed: u64,
    start_utc: String,
    scans: u64,
    is_whole: bool,
    nodes: &'a [NodeFigures],
    digest: String,
}

pub fn run(args: &ReplayArgs) -> Result<(), Failure> {
    let to_stdout = args.events.as_deref() == Some(Path::new("-"));
    if to_stdout && args.json {
        return Err(Failure::new(
            "--json and --events - would both write to standard output",
            "give --events the name of a file",
        ));
    }
    let path = args.file.as_path();
    if let Some(events) = &args.events {
        must_differ(events, path)?;
    }
    let bytes = read_recording(path)?;
    let Frames { header, frames, damage, .. } = scans(path, &bytes, args.valid_prefix)?;
    if let Some(damage) = &damage {
        say(&what_is_lost(path, damage, frames.len(), bytes.len()));
    }
    let regime = find_regime(&args.regime, Given { nodes: &header.nodes, own: &[] })?;
    let scans: Vec<Arc<Scan>> = frames.into_iter().map(Arc::new).collect();
    let setup = setup_of(path, &header)?;
    let seed = args.seed.unwrap_or_else(|| link_seed(header.seed, header.run));
    let plan = Plan {
        setup: &setup,
        regime: &regime,
        seed,
        threads: args.threads.map(usize::from),
        speed: args.speed.0,
    };
    let mut lines = EventFile::new(to_stdout, args.events.is_some());
    let saving = saving(args, &bytes, &header.scenario, &plan)?;
    drop(bytes);
    let replayed = match &saving {
        None => replay(&plan, &scans, |event| lines.take(event))?,
        Some(saving) => replay_saving(&plan, &scans, saving, &mut lines)?,
    };
    if let (Some(file), false) = (&args.events, to_stdout) {
        write_file(file, &lines.kept)?;
    }
    let summary = Summary {
        scenario: &header.scenario,
        regime: &regime.name,
        link_seed: seed,
        start_utc: utc(header.start),
        scans: scans.len() as u64,
        is_whole: damage.is_none(),
        nodes: &replayed.nodes,
        digest: hex(&replayed.digest),
    };
    if args.json {
        return print_json(&summary);
    }
    let text = text(&summary, &replayed, scans.last().map(|scan| scan.time), header.start);
    if to_stdout {
        say(text.trim_end());
        return Ok(());
    }
    print(&text)
}

/// Where the replay is saved, if it is.
fn saving<'a>(
    args: &'a ReplayArgs,
    recording: &[u8],
    scenario: &str,
    plan: &Plan<'_>,
) -> Result<Option<Saving<'a>>, Failure> {
    let Some(path) = args.snapshot.as_deref() else { return Ok(None) };
    must_differ(path, &args.file)?;
    if let Some(events) = &args.events {
        must_differ(events, path)?;
    }
    let run = Run::of(recording, scenario, plan.regime, plan.seed)?;
    Ok(Some(Saving { path, every_s: f64::from(args.snapshot_every), run }))
}

fn parse_speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed(None));
    }
    let factor = text.strip_suffix('x').and_then(|number| number.parse::<f64>().ok());
    let is_allowed = |factor: &f64| (0.01..=1e6).contains(factor);
    factor.filter(is_allowed).map(|factor| Speed(Some(factor))).ok_or_else(|| {
        format!("`{text}` is not a speed: give max, or a multiple of real time such as 1x, 10x or 0.5x")
    })
}

/// Where events go.
struct EventFile {
    to_stdout: bool,
    keep: bool,
    kept: Vec<u8>,
}

impl EventFile {
    fn new(to_stdout: bool, wanted: bool) -> Self {
        EventFile { to_stdout, keep: wanted && !to_stdout, kept: Vec::new() }
    }

    fn take(&mut self, event: &EventLine) -> Result<(), Failure> {
        if !self.to_stdout && !self.keep {
            return Ok(());
        }
        let mut line = serde_json::to_vec(event).map_err(|error| {
            Failure::new(
                format!("an event has no form as JSON: {error}"),
                "this is a fault of vantage: report it",
            )
        })?;
        line.push(b'\n');
        if self.keep {
            self.kept.extend_from_slice(&line);
            return Ok(());
        }
        // At once: whoever reads along wants it when it happens.
        let mut out = std::io::stdout().lock();
        out.write_all(&line).and_then(|()| out.flush()).map_err(|error| written(&error))
    }
}

fn text(summary: &Summary<'_>, replayed: &Replayed, last: Option<Time>, start: Time) -> String {
    let span = last.map_or(String::new(), |last| format!(" over {:.1} s", last.seconds_since(start)));
    let mut text = format!(
        "{}, regime {}: {}{span} from {}\n",
        summary.scenario,
        summary.regime,
        counted(summary.scans, "scan"),
        summary.start_utc
    );
    for node in &replayed.nodes {
        node_text(&mut text, node, start);
    }
    let _ = writeln!(text, "\ndigest {}", summary.digest);
    text
}

fn node_text(text: &mut String, node: &NodeFigures, start: Time) {
    let _ = writeln!(
        text,
        "\n{}: {}, {}, {} too late",
        node.node,
        counted(node.scans, "scan"),
        counted(node.messages, "message"),
        count(node.too_late)
    );
    if node.shed_plots + node.shed_steps + node.shed_beginnings > 0 {
        let _ = writeln!(
            text,
            "  more than it can work on: {} not looked at, {} of unconfirmed tracks left out, {} not begun",
            counted(node.shed_plots, "plot"),
            counted(node.shed_steps, "look"),
            counted(node.shed_beginnings, "track")
        );
    }
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:18} {value}");
    };
    let at = |time_s: f64| format!("{}  {}", after(time_s), utc(start.plus_seconds(time_s)));
    let or_never = |time_s: Option<f64>| time_s.map_or("never".to_owned(), at);
    row("first confirmed", or_never(node.first_confirmed_s));
    row("first declared", or_never(node.first_declared_s));
    row("missiles counted", node.missiles_counted.to_string());
    row("actionable", or_never(node.actionable_s));
    for (index, track) in node.tracks.iter().enumerate() {
        let number = index + 1;
        row(&format!("track {number}"), track_text(track));
        if let Some(launch) = &track.launch {
            let place = place_deg(launch.latitude_deg, launch.longitude_deg);
            let time = after(launch.time_s);
            row("  launched", format!("{place} at {time} ± {:.1} s", 2.0 * launch.time_sigma_s));
        }
        if let Some(burnout) = &track.burnout {
            row("  burnt out", format!("{} ± {:.1} s", at(burnout.time_s), 2.0 * burnout.sigma_s));
        }
        if let Some(impact) = &track.impact_when_actionable {
            row("  first to act on", impact_text(impact));
        }
        if let Some(impact) = &track.impact {
            row("  last impact", impact_text(impact));
        }
    }
    for alert in &node.alerts {
        row("alert", format!("{}  {}", at(alert.time_s), alert.area));
    }
}

fn track_text(track: &TrackFigures) -> String {
    let mut text = format!("confirmed {}", after(track.confirmed_s));
    let parts = [
        ("declared", track.declared_s),
        ("burnt out", track.burnt_out_s),
        ("actionable", track.actionable_s),
        ("ended", track.ended_s),
    ];
    for (name, time_s) in parts {
        if let Some(time_s) = time_s {
            let _ = write!(text, ", {name} {}", after(time_s));
        }
    }
    text
}

fn impact_text(impact: &ImpactFigures) -> String {
    format!(
        "{} at {} ± {:.1} s; 95 % ellipse {:.2} x {:.2} km towards {:.0}°; told {}",
        place_deg(impact.latitude_deg, impact.longitude_deg),
        after(impact.time_s),
        impact.time_sigma_s,
        impact.ellipse_major_km,
        impact.ellipse_minor_km,
        impact.ellipse_azimuth_deg,
        after(impact.estimated_s)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_multiples_of_real_time() {
        assert_eq!(parse_speed("max"), Ok(Speed(None)));
        assert_eq!(parse_speed("10x"), Ok(Speed(Some(10.0))));
        assert_eq!(parse_speed("0.5x"), Ok(Speed(Some(0.5))));
        for wrong in ["0x", "-1x", "10", "x", "nanx", "infx", ""] {
            assert!(parse_speed(wrong).is_err(), "{wrong}");
        }
    }
}
