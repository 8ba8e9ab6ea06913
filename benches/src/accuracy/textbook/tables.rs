//! What the runs say, in tables.

use super::methods::Method;
use super::reference::File;
use super::run::{Outcome, Sample};
use crate::accuracy::statistics::{NORMAL, mean_interval};
use crate::accuracy::{AccuracyError, Cell, Options, Table};
use fusion_core::assess::{Band, Verdict, judge};
use fusion_core::math::chi_square::quantile;

/// The best filter shall come as near to the bound as this, averaged over the second half of the run.
const TARGET: f64 = 1.06;

/// Heads of a case's table.
const COLUMNS: [&str; 12] = [
    "filter",
    "time s",
    "RMSE m",
    "bound m",
    "ratio",
    "NEES",
    "NEES verdict",
    "posterior bound m",
    "published bound m",
    "published RMSE m",
    "ours is",
    "sigmas off",
];

/// One benchmark with all that is known of it.
pub(super) struct Case {
    pub name: &'static str,
    /// Metres in the problem's unit.
    pub scale_to_m: f64,
    /// Size of the state.
    pub states: u32,
    pub outcome: Outcome,
    pub published: File,
}

/// A root mean square with its interval, from the squares of independent runs.
pub(super) fn root_mean_square(squares: impl Iterator<Item = f64>) -> (f64, [f64; 2]) {
    let (mean, interval) = mean_interval(&squares.collect::<Vec<f64>>());
    (mean.sqrt(), interval.map(|end| end.max(0.0).sqrt()))
}

impl Case {
    fn squares(&self, method: usize, step: usize) -> impl Iterator<Item = f64> {
        self.outcome.samples[method].iter().map(move |run| run[step].squared_error)
    }

    /// Root mean square error over the bound, averaged over the second half of the run, with its interval.
    fn ratio(&self, method: usize, bound: &[f64]) -> (f64, [f64; 2]) {
        let times_s = &self.outcome.times_s;
        let half_s = 0.5 * times_s.last().copied().unwrap_or(0.0);
        let steps: Vec<usize> = (0..times_s.len()).filter(|&step| times_s[step] > half_s).collect();
        let samples = &self.outcome.samples[method];
        let runs = samples.len() as f64;
        let mut ratio = 0.0;
        // How much each run moves the mean ratio, to first order: errors of one run at all times go together.
        let mut moves = vec![0.0; samples.len()];
        for &step in &steps {
            let (rmse, _) = root_mean_square(self.squares(method, step));
            let share = 1.0 / (bound[step] * steps.len() as f64);
            ratio += rmse * share;
            for (moved, run) in moves.iter_mut().zip(samples) {
                *moved += (run[step].squared_error - rmse * rmse) / (2.0 * rmse) * share;
            }
        }
        let variance = moves.iter().map(|moved| moved * moved).sum::<f64>() / (runs - 1.0);
        let half = NORMAL * (variance / runs).sqrt();
        (ratio, [ratio - half, ratio + half])
    }

    /// What is told of one filter at one time; nothing where the file tells nothing of the time.
    fn row<const N: usize, B>(
        &self,
        index: usize,
        method: &Method<N, B>,
        step: usize,
        (nees, verdict): (f64, &str),
        inside: &mut Count,
    ) -> Option<Vec<Cell>> {
        let is_now = |time_s: f64| (time_s - self.outcome.times_s[step]).abs() < 1e-6;
        self.published.filters.iter().find(|row| is_now(row.time_s))?;
        let (rmse, interval) = root_mean_square(self.squares(index, step));
        let metres = |value: f64| value * self.scale_to_m;
        let bound = self.outcome.bounds.along[step];
        let published_bound = self.published.bound.iter().find(|(time_s, _)| is_now(*time_s));
        let mut row = vec![
            method.name.into(),
            Cell::Number(self.outcome.times_s[step], 1),
            Cell::Estimate(metres(rmse), interval.map(metres), 2),
            Cell::Number(metres(bound), 2),
            Cell::Number(rmse / bound, 3),
            Cell::Number(nees, 2),
            verdict.into(),
            Cell::Number(metres(self.outcome.bounds.posterior[step]), 2),
            published_bound.map_or(Cell::Empty, |(_, bound)| Cell::Number(metres(*bound), 2)),
        ];
        let rows = &mut self.published.filters.iter();
        match rows.find(|row| method.reference == Some(&row.filter) && is_now(row.time_s)) {
            Some(theirs) => {
                let [low, high] = theirs.interval;
                let is_inside = (low..=high).contains(&rmse);
                inside.add(is_inside);
                let widths = [interval, theirs.interval].map(|[low, high]| (high - low) / (2.0 * NORMAL));
                row.push(Cell::Estimate(metres(theirs.rmse), theirs.interval.map(metres), 2));
                row.push(if is_inside { "inside" } else { "OUTSIDE" }.into());
                row.push(Cell::Number((rmse - theirs.rmse) / libm::hypot(widths[0], widths[1]), 1));
            }
            None => row.extend([Cell::Empty, Cell::Empty, Cell::Empty]),
        }
        Some(row)
    }

    /// Runs that a filter has lost by the end: their NEES is one that a consistent filter has once in a million runs.
    fn lost(&self, method: usize) -> Result<usize, AccuracyError> {
        let limit = quantile(self.states, 1.0 - 1e-6)?;
        let is_lost = |run: &&Vec<Sample>| run.last().is_some_and(|sample| sample.nees > limit);
        Ok(self.outcome.samples[method].iter().filter(is_lost).count())
    }

    fn consistency(&self, method: usize, step: usize) -> Result<(f64, &'static str), AccuracyError> {
        let samples = &self.outcome.samples[method];
        let nees: Vec<f64> = samples.iter().map(|run: &Vec<Sample>| run[step].nees).collect();
        let judged = judge(&nees, &Band::chi_square(self.states, nees.len(), 0.95)?)?;
        let word = match judged.verdict {
            Verdict::Consistent => "ok",
            Verdict::Overconfident => "OVER",
            Verdict::Underconfident => "under",
            Verdict::TooFewRuns => "few runs",
        };
        Ok((judged.mean, word))
    }
}

/// How many rows of a filter a case has, and how many of them are as they should be.
#[derive(Default)]
struct Count {
    fine: usize,
    all: usize,
}

impl Count {
    fn add(&mut self, is_fine: bool) {
        self.all += 1;
        self.fine += usize::from(is_fine);
    }

    fn cell(&self) -> Cell {
        if self.all == 0 { Cell::Empty } else { Cell::Text(format!("{} of {}", self.fine, self.all)) }
    }
}

/// The table of all benchmarks and filters, filled case by case.
pub(super) struct Summary {
    runs: usize,
    rows: Vec<Vec<Cell>>,
}

impl Summary {
    pub(super) fn new(options: &Options) -> Self {
        Summary { runs: options.runs, rows: Vec::new() }
    }

    /// Adds a benchmark's filters and gives its table of times.
    pub(super) fn add<const N: usize, B>(
        &mut self,
        case: &Case,
        methods: &[Method<N, B>],
    ) -> Result<Table, AccuracyError> {
        let bounds = &case.outcome.bounds;
        let ratios: Vec<(f64, [f64; 2])> =
            (0..methods.len()).map(|index| case.ratio(index, &bounds.along)).collect();
        let best = ratios.iter().map(|(ratio, _)| *ratio).fold(f64::INFINITY, f64::min);
        let mut rows = Vec::new();
        for (index, method) in methods.iter().enumerate() {
            let (mut consistent, mut inside) = (Count::default(), Count::default());
            for step in 0..case.outcome.times_s.len() {
                let (nees, verdict) = case.consistency(index, step)?;
                consistent.add(verdict == "ok");
                rows.extend(case.row(index, method, step, (nees, verdict), &mut inside));
            }
            let (ratio, interval) = ratios[index];
            let target = match (ratio == best, ratio <= TARGET) {
                (false, _) => "",
                (true, true) => "best, reached",
                (true, false) => "best, MISSED",
            };
            self.rows.push(vec![
                case.name.into(),
                method.name.into(),
                Cell::Estimate(ratio, interval, 3),
                target.into(),
                Cell::Number(case.ratio(index, &bounds.posterior).0, 3),
                consistent.cell(),
                Cell::Number(case.lost(index)? as f64, 0),
                inside.cell(),
            ]);
        }
        Ok(Table {
            title: format!("{}: position error over {} runs", case.name, self.runs),
            columns: COLUMNS.to_vec(),
            rows,
            notes: Vec::new(),
        })
    }

    pub(super) fn table(self) -> Table {
        Table {
            title: format!("Textbook problems: position error beside the bound, {} runs", self.runs),
            columns: vec![
                "problem",
                "filter",
                "RMSE / bound, second half",
                "target 1.06",
                "over posterior bound",
                "NEES in band",
                "runs lost",
                "inside published",
            ],
            rows: self.rows,
            notes: [
                "Intervals are 95 %. NEES in band: times at which the mean lies in its own 95 % band.",
                "Runs lost: those whose NEES at the end is one that a consistent filter has once in a million runs.",
                "Bound: the Cramér-Rao recursion along each truth, mean of the variances. Posterior bound: the information",
                "is averaged over truths instead, which holds always but says little: Julier's truths lie kilometres apart after",
                "100 s, and the radar sees them from directions that differ by 4 to 5 degrees, so that the range, known to a",
                "metre, counts as if it told every truth's place across the line of sight as well.",
                "Toolbox: the filters start from a drag of 0 with variance 1, truth has 0.6932 always. Their assumptions are",
                "not true of it, so errors may lie below the bound and NEES outside of its band. Matched: truth is drawn",
                "from what the filters assume; drags spread widely there, and so do errors: a few runs make the figure, in the",
                "file's 300 runs as in ours.",
                "The published bound is the one along each truth for Julier's problem, the posterior one for Farina's.",
                "Inside published: times at which our figure lies in the file's interval, which leaves our own chance out;",
                "`sigmas off` below is the difference over the chance of both.",
            ]
            .map(str::to_owned)
            .to_vec(),
        }
    }
}
