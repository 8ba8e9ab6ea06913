//! A node that lies to another: what its lies do to the picture, and whether the honest are left in peace.

mod honest;
mod lies;
mod watch;

use super::statistics::Batches;
use super::{AccuracyError, Cell, Options, Progress, Study, Table, words};
use fusion_core::node::{Setup, TrackerConfig};
use fusion_core::share::Regime;
use fusion_core::types::{NodeId, Time};
use lies::Lie;
use sensor_sim::{Scenario, simulate};
use std::sync::Arc;
use watch::{Watched, watch};

/// The study, as the program lists it.
pub const STUDY: Study = Study {
    name: "liar",
    about: "a node that lies to another in several ways, and how often honest nodes are quarantined",
    runs: 100,
    run,
};

const OVERFLIGHT: &str = include_str!("../../../../fixtures/overflight-2017-09-15/scenario.toml");
/// An error may not be more than so many times that of the node alone.
const MOST: f64 = 2.0;

/// One link of tracks, a few seconds late.
fn regime(from: &str, to: &str) -> Result<Regime, AccuracyError> {
    let text = format!(
        "name = \"liar\"\ndescription = \"one link\"\n[[link]]\nfrom = \"{from}\"\nto = \"{to}\"\nlevel = \"tracks\"\n\
         delay = {{ uniform = {{ low_s = 1.0, high_s = 3.0 }} }}\n"
    );
    Ok(sharing_study::regimes::parse("liar", &text, &[from.to_owned(), to.to_owned()])?)
}

/// Who lies to whom.
struct Pair {
    names: [&'static str; 2],
    liar: NodeId,
    receiver: NodeId,
    regime: Regime,
}

impl Pair {
    fn new(setup: &Setup, liar: &'static str, receiver: &'static str) -> Result<Self, AccuracyError> {
        let find = |name: &str| {
            let index = setup.nodes.iter().position(|node| node == name).ok_or("no such node")?;
            Ok::<NodeId, AccuracyError>(NodeId(index as u16))
        };
        Ok(Pair {
            names: [liar, receiver],
            liar: find(liar)?,
            receiver: find(receiver)?,
            regime: regime(liar, receiver)?,
        })
    }
}

/// Of nodes that test their peers, and of nodes that do not.
fn setups(scenario: &Scenario) -> Result<[Arc<Setup>; 2], AccuracyError> {
    let with = |doubt: f64, quarantine: f64| {
        let mut scenario = scenario.clone();
        scenario.tracker = TrackerConfig {
            peer_doubt_probability: doubt,
            peer_quarantine_probability: quarantine,
            ..scenario.tracker
        };
        sharing_study::study::setup_of(&scenario)
    };
    Ok([with(1e-6, 1e-9)?, with(0.0, 0.0)?])
}

fn run(options: &Options, progress: &Progress) -> Result<Vec<Table>, AccuracyError> {
    Ok(vec![lies(options, progress)?, honest::table(options, progress)?])
}

/// What each lie does, believed and tested.
pub fn lies(options: &Options, progress: &Progress) -> Result<Table, AccuracyError> {
    let scenario = Scenario::parse(OVERFLIGHT)?;
    let flights = scenario.fly()?;
    let setups = setups(&scenario)?;
    let pairs = [Pair::new(&setups[0], "japan", "korea")?, Pair::new(&setups[0], "korea", "japan")?];
    let cases: Vec<(&Pair, Option<Lie>, bool)> = pairs
        .iter()
        .flat_map(|pair| {
            let told = Lie::ALL.iter().map(move |lie| (pair, Some(*lie), true));
            let believed = Lie::ALL.iter().map(move |lie| (pair, Some(*lie), false));
            std::iter::once((pair, None, true)).chain(told).chain(believed)
        })
        .collect();
    let mut sums: Vec<Row> = cases.iter().map(|_| Row::new()).collect();
    let one_run = |run: usize| -> Result<Vec<(Watched, Watched)>, AccuracyError> {
        let simulation = simulate(&scenario, &flights, options.seed, run as u32)?;
        let scans: Vec<_> = simulation.scans.into_iter().map(Arc::new).collect();
        let until = simulation.truth.missiles().map(|missile| missile.impact_time()).max();
        let until: Time = until.ok_or("nothing flies")?;
        let world = (&scans[..], &simulation.truth, until);
        let alone: Vec<Watched> = pairs
            .iter()
            .map(|pair| watch(&setups[0], pair, None, world, (options.seed, run, false)))
            .collect::<Result<_, _>>()?;
        let mut outcomes = Vec::new();
        for (index, (pair, lie, is_wary)) in cases.iter().enumerate() {
            let setup = &setups[usize::from(!is_wary)];
            let alone = &alone[index * pairs.len() / cases.len()];
            outcomes.push((alone.clone(), watch(setup, pair, *lie, world, (options.seed, run, true))?));
        }
        Ok(outcomes)
    };
    let mut run = 0;
    progress.fold_runs("liar", options.runs, one_run, |outcomes| {
        for (row, (alone, told)) in sums.iter_mut().zip(&outcomes) {
            row.add((run, options.runs), alone, told);
        }
        run += 1;
        Ok::<(), AccuracyError>(())
    })?;
    let rows = cases.iter().zip(&sums).map(|(case, row)| row.cells(case, options.runs)).collect();
    Ok(table(rows, options.runs))
}

/// Sums of one case.
struct Row {
    /// Squared position errors told and alone, squared GOSPA told and alone.
    squares: Batches,
    caught: usize,
    wrong: usize,
    delays_s: Vec<f64>,
    /// Squared errors by tick: told, alone.
    by_tick: Vec<[f64; 2]>,
}

impl Row {
    fn new() -> Self {
        Row { squares: Batches::new(4), caught: 0, wrong: 0, delays_s: Vec::new(), by_tick: Vec::new() }
    }

    fn add(&mut self, (run, runs): (usize, usize), alone: &Watched, told: &Watched) {
        let mut squares = [0.0; 4];
        for (tick, (told, alone)) in told.ticks.iter().zip(&alone.ticks).enumerate() {
            squares[2] += told.gospa_squared_m2;
            squares[3] += alone.gospa_squared_m2;
            if let (Some(told), Some(alone)) = (told.squared_m2, alone.squared_m2) {
                squares[0] += told;
                squares[1] += alone;
                if self.by_tick.len() <= tick {
                    self.by_tick.resize(tick + 1, [0.0; 2]);
                }
                self.by_tick[tick][0] += told;
                self.by_tick[tick][1] += alone;
            }
        }
        self.squares.add(run, runs, &squares);
        self.wrong += told.wrong;
        if let Some(delay_s) = told.caught_after_s {
            self.caught += 1;
            self.delays_s.push(delay_s);
        }
    }

    fn cells(&self, (pair, lie, is_wary): &(&Pair, Option<Lie>, bool), runs: usize) -> Vec<Cell> {
        let root = |first: usize| self.squares.statistic(|means| (means[first] / means[first + 1]).sqrt());
        let (position, position_interval) = root(0);
        let (gospa, gospa_interval) = root(2);
        let ratio = |[told, alone]: &[f64; 2]| if *alone > 0.0 { (told / alone).sqrt() } else { 0.0 };
        let worst = self.by_tick.iter().map(ratio).fold(0.0, f64::max);
        let mut delays_s = self.delays_s.clone();
        delays_s.sort_by(f64::total_cmp);
        let middle = delays_s.get(delays_s.len() / 2);
        let verdict = |ratio: f64| if *is_wary { words(ratio < MOST) } else { Cell::Text(String::new()) };
        vec![
            format!("{} to {}", pair.names[0], pair.names[1]).as_str().into(),
            lie.map_or("honest", Lie::name).into(),
            if *is_wary { "tested" } else { "believed" }.into(),
            Cell::Estimate(position, position_interval, 2),
            Cell::Estimate(gospa, gospa_interval, 2),
            Cell::Number(worst, 2),
            verdict(position),
            verdict(gospa),
            Cell::Number(100.0 * self.caught as f64 / runs as f64, 0),
            middle.map_or(Cell::Empty, |delay_s| Cell::Number(*delay_s, 0)),
            Cell::Number(self.wrong as f64, 0),
        ]
    }
}

fn table(rows: Vec<Vec<Cell>>, runs: usize) -> Table {
    Table {
        title: format!("A node that lies to another, overflight-2017-09-15, {runs} runs"),
        columns: vec![
            "link",
            "lie",
            "peer is",
            "position RMSE / alone",
            "GOSPA / alone",
            "worst second",
            "position below 2",
            "GOSPA below 2",
            "caught %",
            "after s",
            "wrongly named",
        ],
        rows,
        notes: vec![
            "Alone: the same node without the link, on the same scans. Errors are those of the confirmed track of a launched object nearest to the missile, at most 50 km, over all seconds at which the node has one alone and with the link; GOSPA (order 2, cut-off 10 km) is over all seconds of the flight and counts false tracks.".into(),
            "Worst second: the greatest ratio of RMSE over runs at one second. After s: median from the first lie to the event. Wrongly named: events that name somebody else.".into(),
            "Believed: the same lies with the tests turned off.".into(),
        ],
    }
}
