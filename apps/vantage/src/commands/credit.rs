//! `vantage credit`: who contributes what to whom.

use super::asked::Asked;
use crate::failure::Failure;
use crate::load::{Given, find_regime};
use crate::output::{print, print_json};
use clap::{Args, ValueEnum};
use sharing_study::bound::FlightGeometry;
use sharing_study::credit::{Accountant, Over, Players, Question};
use sharing_study::nominal::NominalFlight;
use sharing_study::outcome::{Contribution, Credit};
use sharing_study::paths::DataDelays;
use sharing_study::study::CAP_M;
use std::fmt::Write;

const EXAMPLES: &str = "\
Examples:
  vantage credit                                            each sensor, for every nation, as realtime-2023 delivers
  vantage credit --by nation --receiver japan --at 180,300
  vantage credit --over own --receiver korea                who gives most to Korea besides its own radars
  vantage credit --regime bilateral --without shariki --without kyogamisaki
  vantage credit mine.toml --regime mine-regime.toml --json

A Shapley value is what one adds to the gain, averaged over every order in which they could join: the values add up to the whole
gain, whoever changes nothing gets 0, and whoever can stand for each other get the same. They are worked out for up to 12 that see
the missile and drawn, with 95 % intervals, for more.

The gain is in the impact error that the posterior Cramér-Rao bound allows on the nominal flight: what the sensors could tell a
perfect filter that knows the instant of burnout. Before burnout there is none. Losses and queues of the links are not counted.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CreditArgs {
    #[command(flatten)]
    pub asked: Asked,
    /// Regime by name or from a .toml file
    #[arg(long, value_name = "NAME|FILE", default_value = "realtime-2023")]
    pub regime: String,
    /// Who gets credit
    #[arg(long, value_enum, default_value_t = By::Sensor)]
    pub by: By,
    /// What the gain is counted from
    #[arg(long, value_enum, default_value_t = From::Nothing)]
    pub over: From,
    /// Seed of what is drawn
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub seed: u64,
    /// Print JSON instead of the table
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Each sensor by itself
    Sensor,
    /// Each nation with all its sensors
    Nation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum From {
    /// No sensor at all, whose error counts as 100 km: everybody gets credit
    Nothing,
    /// The receiver's own sensors: the others get credit, for what sharing gains
    Own,
}

pub fn run(args: &CreditArgs) -> Result<(), Failure> {
    let (text, scenario) = args.asked.scenario()?;
    let nodes = scenario.node_names();
    let regime = find_regime(&args.regime, Given { nodes: &nodes, own: &scenario.regimes })?;
    let receivers = args.asked.receivers(&scenario)?;
    let fault = |error| args.asked.failure(&text, &error);
    let flight = NominalFlight::of(&scenario, args.seed).map_err(fault)?;
    let geometry = flight.geometry().map_err(fault)?;
    let delays = DataDelays::new(&regime, &nodes).map_err(|error| fault(error.into()))?;
    let times_s = args.asked.times_s(geometry.burnout_s(), geometry.impact_s())?;
    let players = match args.by {
        By::Sensor => Players::Sensors,
        By::Nation => Players::Nations,
    };
    let over = match args.over {
        From::Nothing => Over::Nothing,
        From::Own => Over::OwnSensors,
    };
    let mut accountant = Accountant::new(&flight.setup, &geometry);
    let mut blocks: Vec<Vec<(Credit, f64)>> = Vec::new();
    for receiver in receivers {
        let credit = |&time_s: &f64| {
            let left_m = geometry.impact_error_m(receiver, &delays, time_s, |_| true).unwrap_or(CAP_M);
            let question =
                Question { regime: &regime.name, delays: &delays, receiver, time_s, players, over };
            accountant.credit(&question, args.seed).map(|credit| (credit, left_m.min(CAP_M) * 1e-3))
        };
        let credits: Vec<(Credit, f64)> =
            times_s.iter().map(credit).collect::<Result<_, _>>().map_err(|error| {
                Failure::new(error.to_string(), "--by nation, or leave sensors out with --without")
            })?;
        blocks.push(credits);
    }
    if args.json {
        let all: Vec<&Credit> = blocks.iter().flatten().map(|(credit, _)| credit).collect();
        return print_json(&all);
    }
    let title = format!(
        "{}{}: parts of the gain in the impact error, km, as {} delivers",
        scenario.title,
        args.asked.without_text(),
        regime.name
    );
    // A sensor with whose it is.
    let label = |name: &str| {
        let sensor = scenario.sensors.iter().find(|sensor| args.by == By::Sensor && sensor.name == name);
        let owner = sensor.and_then(|sensor| nodes.get(usize::from(sensor.owner.0)));
        owner.map_or(name.to_owned(), |owner| format!("{name} ({owner})"))
    };
    let mut page = format!("{title}\n{}\n", heading(&geometry));
    for credits in &blocks {
        page.push('\n');
        block(&mut page, credits, &times_s, &label);
    }
    let _ = write!(page, "\n{}", footing(&blocks));
    print(&page)
}

fn heading(geometry: &FlightGeometry<'_>) -> String {
    format!(
        "burnout {:.0} s, impact {:.0} s after launch; with no sensor at all the error counts as {:.0} km",
        geometry.burnout_s(),
        geometry.impact_s(),
        CAP_M * 1e-3
    )
}

fn footing(blocks: &[Vec<(Credit, f64)>]) -> String {
    let mut all = blocks.iter().flatten().flat_map(|(credit, _)| &credit.contributions);
    let how = if all.any(|part| part.interval.is_some()) {
        "Drawn over orders of joining; 95 % intervals in brackets."
    } else {
        "Worked out over all coalitions: exact."
    };
    format!(
        "Shapley values of the root-mean-square impact error that the posterior Cramér-Rao bound allows. {how}\n\
         The bound knows the instant of burnout and counts no loss and no queue: what the sensors could tell, not what a\n\
         tracker makes of it (`vantage compare`).\n"
    )
}

/// One receiver: a line for each who contributes, a column for each time; with each credit the error that is left, km.
fn block(page: &mut String, credits: &[(Credit, f64)], times_s: &[f64], label: &dyn Fn(&str) -> String) {
    let Some((first, _)) = credits.first() else { return };
    let mut order: Vec<usize> = (0..first.contributions.len()).collect();
    order.sort_by(|a, b| first.contributions[*b].value.total_cmp(&first.contributions[*a].value));
    let names: Vec<String> = first.contributions.iter().map(|part| label(&part.name)).collect();
    let name_width =
        names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max("For united-states".len());
    let cells: Vec<Vec<String>> =
        credits.iter().map(|(credit, _)| credit.contributions.iter().map(cell).collect()).collect();
    let longest = cells.iter().flatten().map(|cell| cell.chars().count()).max().unwrap_or(0);
    let width = longest.max(10);
    let mut line = |name: &str, cells: &mut dyn Iterator<Item = String>| {
        let _ = write!(page, "{name:name_width$}");
        for cell in cells {
            let _ = write!(page, " {cell:>width$}");
        }
        page.push('\n');
    };
    line(&format!("For {}", first.receiver), &mut times_s.iter().map(|time_s| format!("{time_s:.0} s")));
    for index in order {
        line(&names[index], &mut cells.iter().map(|cells| cells[index].clone()));
    }
    line("all together", &mut credits.iter().map(|(credit, _)| km(credit.total)));
    line("error before", &mut credits.iter().map(|(credit, left_km)| km(left_km + credit.total)));
    line("error left", &mut credits.iter().map(|(_, left_km)| km(*left_km)));
}

fn cell(part: &Contribution) -> String {
    let interval = part
        .interval
        .map_or(String::new(), |interval| format!(" [{}, {}]", km(interval.low), km(interval.high)));
    format!("{}{interval}", km(part.value))
}

/// To a metre; exactly nothing as a bare zero.
fn km(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{value:.3}") }
}
