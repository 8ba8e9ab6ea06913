//! `vantage credit`: who contributes what to whom.

use super::asked::{Asked, Measured};
use crate::failure::Failure;
use crate::load::{Given, find_regime};
use crate::output::{print, print_json};
use crate::progress::progress_bar;
use crate::words::{counted, rounded};
use clap::{Args, ValueEnum};
use fusion_core::share::Regime;
use sensor_sim::Scenario;
use sharing_study::credit::{Accountant, CreditError, Over, Players, Question, RunQuestion};
use sharing_study::gain::Measure;
use sharing_study::nominal::NominalFlight;
use sharing_study::outcome::{Contribution, Credit};
use sharing_study::paths::DataDelays;
use sharing_study::shapley::MOST_PLAYERS;
use sharing_study::study::{CAP_M, StudyError};
use std::fmt::Write;

const EXAMPLES: &str = "\
Examples:
  vantage credit                                            each sensor, for every nation, as realtime-2023 delivers
  vantage credit --by nation --receiver japan --at 180,300
  vantage credit --over own --receiver korea                who gives most to Korea besides its own radars
  vantage credit --regime bilateral --without shariki --without kyogamisaki
  vantage credit --from runs --by nation --measure warning,actionable
  vantage credit --from runs --runs 10 --receiver japan --over own    each sensor, as the trackers have it
  vantage credit mine.toml --regime mine-regime.toml --json

A Shapley value is what one adds to the gain, averaged over every order in which they could join: the values add up to the whole
gain, whoever changes nothing gets 0, and whoever can stand for each other get the same.

From the bound the gain is in the impact error that the posterior Cramér-Rao bound allows on the nominal flight: what the sensors
could tell a perfect filter that knows the instant of burnout. Before burnout there is none. Losses and queues of the links are not
counted. It is worked out for up to 12 who see the missile, and drawn, with 95 % intervals, for more. From runs it is what the
trackers make of it: every coalition sees the same flights and the same noise, with 95 % intervals over runs. Up to 8 players take
2^n passes over a run, for more an order is drawn for each run and taken in all its rotations: n^2 passes.";

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
    #[command(flatten)]
    pub measured: Measured,
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

impl By {
    fn players(self) -> Players {
        match self {
            By::Sensor => Players::Sensors,
            By::Nation => Players::Nations,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum From {
    /// No sensor at all, whose error counts as 100 km: everybody gets credit
    Nothing,
    /// The receiver's own sensors: the others get credit, for what sharing gains
    Own,
}

/// A column of a receiver's table.
struct Column {
    title: String,
    credit: Credit,
    /// The measure with everybody; none from runs.
    left: Option<f64>,
}

pub fn run(args: &CreditArgs) -> Result<(), Failure> {
    let (text, scenario) = args.asked.scenario()?;
    let nodes = scenario.node_names();
    let regime = find_regime(&args.regime, Given { nodes: &nodes, own: &scenario.regimes })?;
    let is_from_bound = args.measured.is_from_bound(true);
    let columns = if is_from_bound {
        from_bound(args, &text, &scenario, &regime)?
    } else {
        from_runs(args, &text, &scenario, &regime)?
    };
    if args.json {
        let all: Vec<&Credit> = columns.iter().map(|column| &column.credit).collect();
        return print_json(&all);
    }
    // A sensor with whose it is.
    let label = |name: &str| {
        let sensor = scenario.sensors.iter().find(|sensor| args.by == By::Sensor && sensor.name == name);
        let owner = sensor.and_then(|sensor| nodes.get(usize::from(sensor.owner.0)));
        owner.map_or(name.to_owned(), |owner| format!("{name} ({owner})"))
    };
    let mut page = format!(
        "{}{}: who contributes what, as {} delivers\n",
        scenario.title,
        args.asked.without_text(),
        regime.name
    );
    for block in columns.chunk_by(|a, b| a.credit.receiver == b.credit.receiver) {
        page.push('\n');
        receiver(&mut page, block, &label);
    }
    let _ = write!(page, "\n{}", footing(is_from_bound, &columns));
    print(&page)
}

fn over(args: &CreditArgs) -> Over {
    match args.over {
        From::Nothing => Over::Nothing,
        From::Own => Over::OwnSensors,
    }
}

fn from_bound(
    args: &CreditArgs,
    text: &str,
    scenario: &Scenario,
    regime: &Regime,
) -> Result<Vec<Column>, Failure> {
    let fault = |error: StudyError| args.asked.failure(text, &error);
    let flight = NominalFlight::of(scenario, args.measured.seed).map_err(fault)?;
    let geometry = flight.geometry().map_err(fault)?;
    let delays = DataDelays::new(regime, &flight.setup.nodes).map_err(|error| fault(error.into()))?;
    let players = args.by.players();
    let too_many = |error: CreditError| {
        Failure::new(error.to_string(), "--by nation, or leave sensors out with --without")
    };
    let mut accountant = Accountant::new(&flight.setup, &geometry);
    let mut columns = Vec::new();
    for receiver in args.asked.receivers(scenario)? {
        for measure in args.measured.measures(&args.asked, text, scenario)? {
            let Measure::ImpactError(time_s) = measure else {
                return Err(Failure::new(
                    format!("the bound does not have `{}`", measure.name().0),
                    "take --from runs for it",
                ));
            };
            let question = Question {
                regime: &regime.name,
                delays: &delays,
                receiver,
                time_s,
                players,
                over: over(args),
            };
            let credit = accountant.credit(&question, args.measured.seed).map_err(too_many)?;
            let left_m = geometry.impact_error_m(receiver, &delays, time_s, |_| true).unwrap_or(CAP_M);
            let left = Some(left_m.min(CAP_M) * 1e-3);
            columns.push(Column { title: format!("{time_s:.0} s, km"), credit, left });
        }
    }
    Ok(columns)
}

fn from_runs(
    args: &CreditArgs,
    text: &str,
    scenario: &Scenario,
    regime: &Regime,
) -> Result<Vec<Column>, Failure> {
    if scenario.sensors.len() > MOST_PLAYERS {
        return Err(Failure::new(
            format!("runs tell up to {MOST_PLAYERS} sensors apart, and there are {}", scenario.sensors.len()),
            "take --from bound --by nation",
        ));
    }
    let measures = args.measured.measures(&args.asked, text, scenario)?;
    let receivers = args.asked.receivers(scenario)?;
    let (players, over) = (args.by.players(), over(args));
    let question =
        RunQuestion { scenario, regime, players, receivers: &receivers, measures: &measures, over };
    let runs = u64::from(args.measured.runs);
    let what = format!("{}: {} of every coalition", scenario.name, counted(runs, "run"));
    let bar = progress_bar(&what, runs, false);
    let credits = question.credit(&args.measured.options(), &|done, _| bar.set_position(u64::from(done)));
    bar.finish_and_clear();
    let credits = credits.map_err(|error| args.asked.failure(text, &error))?;
    let title = |credit: &Credit| {
        let end = credit.measure.find(", ").unwrap_or(credit.measure.len());
        format!("{}, {}", &credit.measure[..end], credit.unit)
    };
    Ok(credits.into_iter().map(|credit| Column { title: title(&credit), credit, left: None }).collect())
}

fn footing(is_from_bound: bool, columns: &[Column]) -> String {
    if !is_from_bound {
        return "Shapley values of what the trackers know, from runs in which only a coalition's sensors look; more is better, 95 % intervals\n\
                in brackets.\n"
            .to_owned();
    }
    let mut parts = columns.iter().flat_map(|column| &column.credit.contributions);
    let how = if parts.any(|part| part.interval.is_some()) {
        "Drawn over orders of joining; 95 % intervals in brackets."
    } else {
        "Worked out over all coalitions: exact."
    };
    format!(
        "Shapley values of the impact error that the posterior Cramér-Rao bound allows; with no sensor at all it counts as {:.0} km.\n\
         {how} The bound knows the instant of burnout and counts no loss and no queue: what\n\
         the sensors could tell, not what a tracker makes of it (--from runs, `vantage compare`).\n",
        CAP_M * 1e-3
    )
}

/// One receiver: a line for each who contributes.
fn receiver(page: &mut String, columns: &[Column], label: &dyn Fn(&str) -> String) {
    let Some(first) = columns.first() else { return };
    let parts = &first.credit.contributions;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|a, b| parts[*b].value.total_cmp(&parts[*a].value));
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut line = |name: String, cell: &dyn Fn(&Column) -> String| {
        lines.push(std::iter::once(name).chain(columns.iter().map(cell)).collect());
    };
    line(format!("For {}", first.credit.receiver), &|column| column.title.clone());
    for index in order {
        line(label(&parts[index].name), &|column| {
            column.credit.contributions.get(index).map_or(String::new(), part)
        });
    }
    line("all together".to_owned(), &|column| figure(column.credit.total));
    if first.left.is_some() {
        let left = |column: &Column| column.left.unwrap_or(0.0);
        line("error before".to_owned(), &|column| figure(left(column) + column.credit.total));
        line("error left".to_owned(), &|column| figure(left(column)));
    }
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    for line in &lines {
        for (column, cell) in line.iter().enumerate() {
            let width = width(column);
            let _ =
                if column == 0 { write!(page, "{cell:width$}") } else { write!(page, "   {cell:>width$}") };
        }
        page.push('\n');
    }
}

fn part(part: &Contribution) -> String {
    let interval = part
        .interval
        .map_or(String::new(), |interval| format!(" [{}, {}]", figure(interval.low), figure(interval.high)));
    format!("{}{interval}", figure(part.value))
}

/// To a thousandth; exactly nothing as a bare zero.
fn figure(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{:.3}", rounded(value, 3)) }
}
