//! `vantage merge`: joins the parts of a study that were run on several machines.

use super::TotalsArgs;
use super::study::show;
use crate::failure::Failure;
use crate::output::make_folder;
use crate::progress::note;
use crate::study::journal::{self, Header, Journal, Torn};
use crate::study::{Totals, prepare, read_plan, whole};
use crate::words::counted;
use clap::Args;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  vantage study a.toml --runs 200 --shard 1/2 --out part-1        on one machine
  vantage study a.toml --runs 200 --shard 2/2 --out part-2        on another
  vantage merge part-1 part-2 --out study                         the same files, to the byte, as without --shard";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct MergeArgs {
    /// Folders of the parts, all of them, in any order
    #[arg(required = true, value_name = "SHARD_DIR")]
    pub parts: Vec<PathBuf>,
    /// Folder of the whole study
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    #[command(flatten)]
    pub totals: TotalsArgs,
}

pub fn run(args: &MergeArgs) -> Result<(), Failure> {
    let mut parts = open(&args.parts)?;
    let Some(plan) = parts.first().map(|part| part.plan().clone()) else { return Ok(()) };
    check(&args.parts, &parts)?;
    let read = read_plan(&plan)?;
    let studies = prepare(&plan, &read)?;
    make_folder(&args.out)?;
    let path = args.out.join(journal::NAME);
    if path.exists() {
        return Err(Failure::new(
            format!("{} is there already", path.display()),
            "name a folder without a study with --out",
        ));
    }
    let mut journal = journal::write_in_order(&path, Header { plan, shard: None }, &mut parts)?;
    let runs = match whole(&mut journal, &studies)? {
        Ok(runs) => runs,
        Err((scenario, run)) => {
            // The parts were checked against each other: what is missing is missing in one of them.
            drop(journal);
            let _ = std::fs::remove_file(&path);
            return Err(missing(&parts, &args.parts, (scenario, run)));
        }
    };
    note(
        args.totals.quiet,
        &format!("{} joined in {}", counted(parts.len() as u64, "part"), args.out.display()),
    );
    let threads = args.totals.threads.map(usize::from);
    let totals = Totals { folder: &args.out, baseline: None, threads, is_whole: true };
    show(&totals.write(&mut journal, (&read, &studies), &runs)?, args.totals.json)
}

/// The journals, each folder once.
fn open(folders: &[PathBuf]) -> Result<Vec<Journal>, Failure> {
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut journals = Vec::new();
    for folder in folders {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        if seen.contains(&real) {
            return Err(Failure::new(format!("{} is given twice", folder.display()), "give each part once"));
        }
        seen.push(real);
        journals.push(Journal::open(&folder.join(journal::NAME), Torn::Refuse)?.0);
    }
    Ok(journals)
}

/// Whether the parts are parts of one study, and each run is in one of them.
fn check(folders: &[PathBuf], parts: &[Journal]) -> Result<(), Failure> {
    let Some(first) = parts.first() else { return Ok(()) };
    let name = |index: usize| folders.get(index).map_or(String::new(), |path| path.display().to_string());
    for (index, part) in parts.iter().enumerate() {
        if let Some(difference) = first.plan().difference(part.plan()) {
            return Err(Failure::new(
                format!("{} and {} are of two studies; {difference}", name(0), name(index)),
                "give parts that were made with the same command but for --shard and --out",
            ));
        }
        let twice = parts[..index].iter().position(|other| part.tasks().any(|task| other.has(task)));
        if let Some(other) = twice {
            let shard = part.shard().map_or("the whole study".to_owned(), |shard| format!("part {shard}"));
            return Err(Failure::new(
                format!(
                    "{} and {} have runs in common ({} is {shard})",
                    name(other),
                    name(index),
                    name(index)
                ),
                "each run may be in one part only: give parts I/N of the same N, each once",
            ));
        }
    }
    Ok(())
}

fn missing(parts: &[Journal], folders: &[PathBuf], (scenario, run): (u32, u32)) -> Failure {
    let plan = parts.first().map(Journal::plan);
    let name =
        plan.and_then(|plan| plan.scenarios.get(scenario as usize)).map_or("", |planned| &planned.name);
    let runs = plan.map_or(0, |plan| plan.runs);
    let has = |part: &&Journal| part.shard().is_some_and(|shard| shard.has((scenario, run), runs));
    let of = parts.iter().find(has).and_then(|part| part.shard());
    let folder = parts.iter().position(|part| has(&part)).and_then(|index| folders.get(index));
    let message = format!("run {run} of scenario `{name}` is in no part");
    match (of, folder.map(PathBuf::as_path).map(Path::display)) {
        (Some(shard), Some(folder)) => Failure::new(
            message,
            format!(
                "{folder} (part {shard}) was stopped early: its `vantage study` command again goes on with it"
            ),
        ),
        _ => Failure::new(message, "give every part of the study"),
    }
}
