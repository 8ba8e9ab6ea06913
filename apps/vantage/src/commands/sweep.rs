//! `vantage sweep`: what is gained while one quantity of the sharing is varied.

use super::asked::{Asked, Measured, sensors, unknown};
use super::compare::quoted;
use crate::failure::Failure;
use crate::load::{Given, find_regime};
use crate::output::{json, make_folder, print, say, write_file};
use crate::progress::progress_bar;
use crate::words::{counted, rounded};
use clap::{Args, ValueEnum};
use fusion_core::share::Regime;
use fusion_core::types::SensorId;
use sensor_sim::Scenario;
use sharing_study::outcome::{Sweep, SweepPoint};
use sharing_study::report::sweeps;
use sharing_study::sweep::{Quantity, SweepError, SweepPlan};
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  vantage sweep --vary delay                        how late may the data of realtime-2023 be? Worked out from the bound
  vantage sweep --vary delay --regime gsomia-direct --link korea-japan --receiver japan --at 160,175,295 --without shariki,kyogamisaki
  vantage sweep --vary delay --from runs --runs 50 --measure warning
  vantage sweep --vary loss --values 0,0.2,0.4,0.8 --out sweep
  vantage sweep --vary bias --link korea-japan --baseline cut --receiver japan

A gain is what the baseline has more: less error, an earlier warning. `--baseline cut` is the regime without the links that are
varied. From the bound it is exact and holds for the nominal flight and a perfect filter that knows the instant of burnout; losses,
queues and chance are not in it. From runs it is a mean of paired differences with a 95 % interval. The crossover, where a gain comes to
nothing, lies on straight lines between the values of runs, and its interval is a bootstrap over whole runs.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SweepArgs {
    #[command(flatten)]
    pub asked: Asked,
    /// What is varied
    #[arg(long, value_enum)]
    pub vary: Vary,
    /// Its values, ascending: seconds, probabilities from 0 to 1, or mrad [default: some over the usual range]
    #[arg(long, value_name = "X,X", value_delimiter = ',', allow_hyphen_values = true)]
    pub values: Vec<f64>,
    /// Regime whose links are varied, by name or from a .toml file
    #[arg(long, value_name = "NAME|FILE", default_value = "realtime-2023")]
    pub regime: String,
    /// Link that is varied, or whose sender's sensors are; may be given several times [default: all of the regime]
    #[arg(long, value_name = "FROM-TO", value_delimiter = ',')]
    pub link: Vec<String>,
    /// Sensor whose detection or bias is varied; may be given several times [default: those of the links' senders]
    #[arg(long, value_name = "SENSOR", value_delimiter = ',')]
    pub sensor: Vec<String>,
    /// Regime that it is compared with, or `cut`: the same without the links that are varied
    #[arg(long, value_name = "NAME|FILE", default_value = "bilateral")]
    pub baseline: String,
    #[command(flatten)]
    pub measured: Measured,
    /// Folder for sweep.html, sweep.md and sweep.json
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print JSON instead of the table
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Vary {
    /// Time from sending to arrival, s
    Delay,
    /// Probability that an object is released
    Release,
    /// How long that decision takes, s
    Decision,
    /// Probability that a message is lost
    Loss,
    /// Probability that a sensor detects what it can see
    Detection,
    /// Error of radars' azimuths, mrad, that no node knows
    Bias,
}

impl Vary {
    fn quantity(self) -> Quantity {
        match self {
            Vary::Delay => Quantity::Delay,
            Vary::Release => Quantity::Release,
            Vary::Decision => Quantity::Decision,
            Vary::Loss => Quantity::Loss,
            Vary::Detection => Quantity::Detection,
            Vary::Bias => Quantity::Bias,
        }
    }
}

pub fn run(args: &SweepArgs) -> Result<(), Failure> {
    let (text, scenario) = args.asked.scenario()?;
    let nodes = scenario.node_names();
    let given = Given { nodes: &nodes, own: &scenario.regimes };
    let regime = find_regime(&args.regime, given)?;
    let links = links(args, &regime)?;
    let baseline = match args.baseline.as_str() {
        "cut" => without_links(&regime, &links),
        name => find_regime(name, given)?,
    };
    let quantity = args.vary.quantity();
    let varied = varied_sensors(args, &scenario, &regime, &links)?;
    let usual = quantity.usual_values().to_vec();
    let plan = SweepPlan {
        scenario: &scenario,
        regime: &regime,
        label: &label(args, &regime),
        links: &links,
        sensors: &varied,
        baseline: &baseline,
        quantity,
        values: if args.values.is_empty() { &usual } else { &args.values },
        receivers: &args.asked.receivers(&scenario)?,
        measures: &args.measured.measures(&args.asked, &text, &scenario)?,
    };
    if let Some(out) = &args.out {
        make_folder(out)?;
    }
    let sweeps = sweep(args, &plan).map_err(|error| match error {
        SweepError::Study(error) => args.asked.failure(&text, &error),
        error => Failure::new(error.to_string(), "`vantage sweep --help` says what can be varied and how"),
    })?;
    if let Some(out) = &args.out {
        let command = command();
        write_file(&out.join("sweep.html"), sweeps::html(&sweeps, &scenario.title, &command).as_bytes())?;
        write_file(&out.join("sweep.md"), sweeps::markdown(&sweeps, &scenario.title, &command).as_bytes())?;
        write_file(&out.join("sweep.json"), json(&sweeps)?.as_bytes())?;
        say(&format!("report:  {}", out.join("sweep.html").display()));
    }
    if args.json { print(&json(&sweeps)?) } else { print(&page(&scenario, &plan, &sweeps)) }
}

fn sweep(args: &SweepArgs, plan: &SweepPlan<'_>) -> Result<Vec<Sweep>, SweepError> {
    if args.measured.is_from_bound(plan.quantity.is_in_bound()) {
        return plan.from_bound(args.measured.seed);
    }
    let (runs, values) = (u64::from(args.measured.runs), plan.values.len() as u64);
    let what = format!("{}: {} at {}", plan.label, counted(runs, "run"), counted(values, "value"));
    let bar = progress_bar(&what, runs.saturating_mul(values), false);
    let sweeps = plan.from_runs(&args.measured.options(), &|done, _| bar.set_position(u64::from(done)));
    bar.finish_and_clear();
    sweeps
}

/// The links that are varied, by index.
fn links(args: &SweepArgs, regime: &Regime) -> Result<Vec<usize>, Failure> {
    let names: Vec<String> = regime.links.iter().map(|link| format!("{}-{}", link.from, link.to)).collect();
    if names.is_empty() {
        return Err(Failure::new(
            format!("`{}` has no link that could be varied", regime.name),
            "name a regime with links; `vantage regimes` lists them",
        ));
    }
    if args.link.is_empty() {
        return Ok((0..names.len()).collect());
    }
    let find = |asked: &String| {
        names.iter().position(|name| name == asked).ok_or_else(|| unknown("link", asked, &names))
    };
    args.link.iter().map(find).collect()
}

/// The regime without some of its links.
fn without_links(regime: &Regime, links: &[usize]) -> Regime {
    let kept = regime.links.iter().enumerate().filter(|(index, _)| !links.contains(index));
    Regime {
        name: format!("{} without these links", regime.name),
        links: kept.map(|(_, link)| link.clone()).collect(),
        ..regime.clone()
    }
}

/// The sensors that are varied: those named, or those of whoever sends over the links.
fn varied_sensors(
    args: &SweepArgs,
    scenario: &Scenario,
    regime: &Regime,
    links: &[usize],
) -> Result<Vec<SensorId>, Failure> {
    if !args.sensor.is_empty() {
        return sensors(scenario, &args.sensor);
    }
    let sends =
        |node: &str| links.iter().any(|index| regime.links.get(*index).is_some_and(|link| link.from == node));
    let names = scenario.node_names();
    let is_varied =
        |owner: fusion_core::types::NodeId| names.get(usize::from(owner.0)).is_some_and(|name| sends(name));
    Ok(scenario.sensors.iter().filter(|sensor| is_varied(sensor.owner)).map(|sensor| sensor.id).collect())
}

/// The regime's name with what is special about the sweep.
fn label(args: &SweepArgs, regime: &Regime) -> String {
    let links = if args.link.is_empty() { String::new() } else { format!(" ({})", args.link.join(", ")) };
    let sensors =
        if args.sensor.is_empty() { String::new() } else { format!(" of {}", args.sensor.join(", ")) };
    format!("{}{links}{sensors}{}", regime.name, args.asked.without_text())
}

/// The command as it was given: what stands after the program's name.
fn command() -> String {
    let words = std::env::args().skip(1).map(|word| quoted(&word));
    std::iter::once("vantage".to_owned()).chain(words).collect::<Vec<String>>().join(" ")
}

/// One block for each receiver: a line for each value, a column for each measure.
fn page(scenario: &Scenario, plan: &SweepPlan<'_>, sweeps: &[Sweep]) -> String {
    let (name, unit) = plan.quantity.name();
    let mut page = format!(
        "{}: {} over {} while the {name} is varied\n",
        scenario.title, plan.label, plan.baseline.name
    );
    let has_intervals = sweeps.iter().flat_map(|sweep| &sweep.points).any(|point| point.interval.is_some());
    page.push_str(if has_intervals {
        "From paired runs; each cell: the baseline to so, and the gain with its 95 % interval.\n"
    } else {
        "From the posterior Cramér-Rao bound, which knows the instant of burnout and counts no loss and no queue; each cell: the\n\
         baseline to so.\n"
    });
    let head = format!("{name}{}{unit}", if unit.is_empty() { "" } else { ", " });
    for block in sweeps.chunk_by(|a, b| a.receiver == b.receiver) {
        receiver(&mut page, &head, block);
    }
    page
}

/// What many columns have in common, which stands above them.
const IMPACT: &str = "Impact error ";

fn receiver(page: &mut String, head: &str, block: &[Sweep]) {
    let Some(first) = block.first() else { return };
    let is_impact = block.iter().all(|sweep| sweep.measure.starts_with(IMPACT));
    let what = if is_impact { format!(": impact error, {}", first.measure_unit) } else { String::new() };
    let _ = write!(page, "\nFor {}{what}\n", first.receiver);
    let title = |sweep: &Sweep| match sweep.measure.strip_prefix(IMPACT).filter(|_| is_impact) {
        Some(when) => when.replace(" after launch", ""),
        None => format!("{}, {}", sweep.measure, sweep.measure_unit),
    };
    let columns: Vec<Vec<String>> = block
        .iter()
        .map(|sweep| std::iter::once(title(sweep)).chain(sweep.points.iter().map(cell)).collect())
        .collect();
    let values = std::iter::once(head.to_owned()).chain(first.points.iter().map(|point| point.x.to_string()));
    for (row, value) in values.enumerate() {
        let _ = write!(page, "{value:>wide$}", wide = head.chars().count());
        for column in &columns {
            let width = column.iter().map(|text| text.chars().count()).max().unwrap_or(0);
            let _ = write!(page, "   {:>width$}", column.get(row).map_or("", String::as_str));
        }
        page.push('\n');
    }
    for sweep in block {
        let _ = writeln!(page, "{}: {}", title(sweep), crossover(sweep));
    }
}

fn cell(point: &SweepPoint) -> String {
    let gain = point.interval.map_or(String::new(), |interval| {
        let [mean, low, high] = [point.mean, interval.low, interval.high].map(|value| rounded(value, 3));
        format!(", {mean:+.3} [{low:.3}, {high:.3}]")
    });
    format!("{:.3} to {:.3}{gain}", point.from, point.to)
}

/// Where the gain comes to nothing, in words.
fn crossover(sweep: &Sweep) -> String {
    let unit = if sweep.unit.is_empty() { String::new() } else { format!(" {}", sweep.unit) };
    let (Some(first), Some(last)) = (sweep.points.first(), sweep.points.last()) else { return String::new() };
    if let Some(crossover) = sweep.crossover {
        let interval = crossover
            .interval
            .map_or(String::new(), |interval| format!(" [{:.2}, {:.2}]", interval.low, interval.high));
        let next = sweep.points.iter().find(|point| point.x > crossover.value);
        let (gain, above) = match next {
            Some(next) if next.mean > 0.0 => ("there is a gain", "above "),
            _ => ("the gain comes to nothing", ""),
        };
        return format!(
            "{gain} where the {} is {above}{:.2}{unit}{interval}",
            sweep.quantity, crossover.value
        );
    }
    let bounds =
        |point: &SweepPoint| point.interval.map_or([point.mean; 2], |interval| [interval.low, interval.high]);
    let are_all = |is_so: fn([f64; 2]) -> bool| sweep.points.iter().all(|point| is_so(bounds(point)));
    let gains = || sweep.points.iter().map(|point| point.mean);
    let (least, most) = (gains().fold(f64::INFINITY, f64::min), gains().fold(f64::NEG_INFINITY, f64::max));
    let range = |sign: f64, low: f64, high: f64| {
        format!("everywhere, {:.3} to {:.3} {}", sign * low, sign * high, sweep.measure_unit)
    };
    let what = if are_all(|[low, _]| low > 0.0) {
        format!("a gain {}", range(1.0, least, most))
    } else if are_all(|[_, high]| high < 0.0) {
        format!("a loss {}", range(-1.0, most, least))
    } else if are_all(|ends| ends == [0.0; 2]) {
        "nothing is gained or lost".to_owned()
    } else {
        "none can be told".to_owned()
    };
    format!("no crossover from {} to {}{unit}: {what}", first.x, last.x)
}
