//! Gives a node more than it can work on, and tells what it left out.
#![forbid(unsafe_code)]

use benches::SceneError;
use benches::overload::{Figures, Flood, run};
use clap::Parser;
use fusion_core::node::Setup;
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;

/// Finds the load that a node sustains on one core when it leaves nothing out, gives it a multiple of that, and tells what was left
/// out and what became of the missiles, beside the same flights without the flood.
#[derive(Parser)]
#[command(after_help = "Examples:
  cargo run --release -p benches --bin overload
  cargo run --release -p benches --bin overload -- --seconds 120 --times 4
  cargo run --release -p benches --bin overload -- --clutter 20000 --json")]
struct Arguments {
    /// Simulated seconds
    #[arg(long, default_value_t = 600.0, value_parser = seconds)]
    seconds: f64,
    /// How many times the load that is sustained
    #[arg(long, default_value_t = 2.0, value_parser = times)]
    times: f64,
    /// Takes this for what is sustained, false plots in a radar's look, instead of finding it
    #[arg(long, value_name = "PLOTS", value_parser = clutter)]
    clutter: Option<f64>,
    /// Prints the figures as JSON
    #[arg(long)]
    json: bool,
}

/// Simulated seconds that each attempt to find the sustained load takes: the first missiles are followed by then.
const ATTEMPT_S: f64 = 60.0;
/// Attempts at most.
const ATTEMPTS: usize = 6;
/// The first attempt, false plots in a radar's look.
const FIRST_ATTEMPT: f64 = 4_000.0;
/// So near to one is sustained.
const CLOSE: f64 = 0.03;
/// Nothing is left out.
const WHOLE: u32 = 1_000_000_000;

fn main() -> ExitCode {
    match measure(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "overload: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<(), SceneError> {
    let flood = Flood::new()?;
    let sustained = match arguments.clutter {
        Some(clutter) => clutter,
        None => sustained(&flood)?,
    };
    let span_s = arguments.seconds;
    let flooded = flood.setup(Some(arguments.times * sustained), None)?;
    let work_per_tick = flooded.tracker.work_per_tick;
    let calm = watched(&flood, flood.setup(None, None)?, ("without the flood", span_s));
    let shed = watched(&flood, flooded, ("with it", span_s));
    if arguments.json {
        let figures = json!({
            "sustained_clutter_per_look": sustained,
            "times": arguments.times,
            "work_per_tick": work_per_tick,
            "calm": calm.to_json(),
            "flooded": shed.to_json(),
        });
        writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&figures)?)?;
        return Ok(());
    }
    let mut out = std::io::stdout();
    writeln!(
        out,
        "sustained on one core with nothing left out: {sustained:.0} false plots in each radar's look"
    )?;
    writeln!(
        out,
        "given {} times that for {span_s:.0} s, work_per_tick = {work_per_tick}\n\n{}",
        arguments.times,
        table(&calm, &shed)
    )?;
    Ok(())
}

/// False plots in a radar's look with which the node needs as much time as passes.
fn sustained(flood: &Flood) -> Result<f64, SceneError> {
    let (mut below, mut above) = ((0.0, 0.0), (f64::INFINITY, f64::INFINITY));
    let mut clutter = FIRST_ATTEMPT;
    for _ in 0..ATTEMPTS {
        let label = format!("{clutter:.0} false plots a look");
        let load = watched(flood, flood.setup(Some(clutter), Some(WHOLE))?, (&label, ATTEMPT_S)).load();
        writeln!(std::io::stderr(), "{clutter:.0} false plots a look: {load:.2} processor s a second")?;
        if (load - 1.0).abs() <= CLOSE {
            break;
        }
        if load < 1.0 {
            below = (clutter, load);
        } else {
            above = (clutter, load);
        }
        clutter = if above.0.is_finite() {
            below.0 + (above.0 - below.0) * ((1.0 - below.1) / (above.1 - below.1)).clamp(0.1, 0.9)
        } else {
            clutter * (1.0 / load).clamp(1.2, 8.0)
        };
        clutter = clutter.min(recording::MAX_PLOTS as f64 / 2.0);
    }
    Ok(clutter)
}

fn watched(flood: &Flood, setup: Setup, (what, span_s): (&str, f64)) -> Figures {
    let mut told_s = 0.0;
    run(flood, setup, span_s, |done_s| {
        if done_s >= told_s + 60.0 {
            told_s = done_s;
            let _ = writeln!(std::io::stderr(), "{what}: {done_s:.0} of {span_s:.0} s");
        }
    })
}

fn table(calm: &Figures, shed: &Figures) -> String {
    let mut text = format!("{:34}{:>16}{:>16}\n", "", "no flood", "flood");
    let mut row = |name: &str, of: &dyn Fn(&Figures) -> String| {
        text.push_str(&format!("{name:34}{:>16}{:>16}\n", of(calm), of(shed)));
    };
    row("plots a second", &|figures| format!("{:.0}", figures.plots as f64 / figures.span_s));
    row("processor time a second, s", &|figures| format!("{:.3}", figures.load()));
    row("longest tick, s", &|figures| format!("{:.3}", figures.longest_tick_s));
    row("greatest lag, s", &|figures| format!("{:.2}", figures.greatest_lag_s));
    row("plots left out, %", &|figures| {
        format!("{:.1}", 100.0 * figures.counts.shed_plots as f64 / figures.plots.max(1) as f64)
    });
    row("steps left out", &|figures| figures.counts.shed_steps.to_string());
    row("tracks not begun", &|figures| figures.counts.shed_beginnings.to_string());
    row("false tracks at the end", &|figures| figures.false_tracks.to_string());
    for (index, missile) in calm.missiles.iter().enumerate() {
        let whole =
            |number: Option<f64>, none: &str| number.map_or(none.into(), |number| format!("{number:.0}"));
        row(&format!("{}: confirmed after, s", missile.name), &|figures| {
            whole(figures.missiles[index].confirmed_after_s, "never")
        });
        row("  ticks followed", &|figures| figures.missiles[index].ticks.to_string());
        row("  of these with new plots, %", &|figures| {
            format!("{:.1}", 100.0 * figures.missiles[index].update_rate())
        });
        row("  mean error, m", &|figures| whole(figures.missiles[index].mean_error_m(), "-"));
    }
    text
}

fn seconds(text: &str) -> Result<f64, String> {
    between(text, 10.0, 3_600.0)
}

fn times(text: &str) -> Result<f64, String> {
    between(text, 0.1, 100.0)
}

fn clutter(text: &str) -> Result<f64, String> {
    between(text, 1.0, recording::MAX_PLOTS as f64)
}

fn between(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (least..=most).contains(&number) { Ok(number) } else { Err(format!("must be {least} to {most}")) }
}
