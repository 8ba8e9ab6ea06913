//! `vantage report`: the reports of a study again, against any of its regimes.

use super::TotalsArgs;
use super::study::show;
use crate::failure::Failure;
use crate::output::make_folder;
use crate::progress::note;
use crate::study::journal::{self, Journal, Torn};
use crate::study::{Totals, prepare, read_plan, whole};
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  vantage report study                                            report.html, report.md and summary.json of each scenario
  vantage report study --baseline siloed --out against-siloed     differences to no sharing at all";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReportArgs {
    /// Folder of a study that is whole: of `vantage study` or `vantage merge`
    #[arg(value_name = "DIR")]
    pub study: PathBuf,
    /// Regime against which differences are shown [default: bilateral, or the first where it was not studied]
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// Folder for the reports [default: the folder of the study]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub totals: TotalsArgs,
}

pub fn run(args: &ReportArgs) -> Result<(), Failure> {
    let path = args.study.join(journal::NAME);
    let (mut journal, _) = Journal::open(&path, Torn::Refuse)?;
    if let Some(shard) = journal.shard() {
        return Err(Failure::new(
            format!("{} is part {shard} of a study", args.study.display()),
            "join the parts with `vantage merge`, and report on the whole",
        ));
    }
    let read = read_plan(journal.plan())?;
    let studies = prepare(journal.plan(), &read)?;
    let runs = whole(&mut journal, &studies)?.map_err(|(scenario, run)| {
        let name = &journal.plan().scenarios[scenario as usize].name;
        Failure::new(
            format!("{}: run {run} of scenario `{name}` is missing", args.study.display()),
            "the study was stopped early: its `vantage study` command again goes on with it",
        )
    })?;
    let folder = args.out.as_deref().unwrap_or(&args.study);
    make_folder(folder)?;
    let threads = args.totals.threads.map(usize::from);
    let totals = Totals { folder, baseline: args.baseline.as_deref(), threads, is_whole: false };
    let summaries = totals.write(&mut journal, (&read, &studies), &runs)?;
    note(args.totals.quiet, &format!("reports: {}", folder.display()));
    show(&summaries, args.totals.json)
}
