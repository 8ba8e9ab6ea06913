//! What is written from all runs of a study, once and in order: reports, summaries, tables.

use super::journal::Journal;
use super::study_failure;
use super::tables::TableFiles;
use crate::failure::Failure;
use crate::load::{REPORTED, chosen_regimes, is_by_name};
use crate::output::{json, make_folder, write_file};
use crate::words::hex;
use fusion_core::share::Regime;
use sensor_sim::Scenario;
use serde::{Deserialize, Serialize};
use sharing_study::credit;
use sharing_study::outcome::{Credit, StudyResult};
use sharing_study::plan::{PlannedScenario, StudyPlan};
use sharing_study::report::Report;
use sharing_study::study::{RunRecord, Study};
use sharing_study::summary::Summary;
use std::path::Path;

/// The file that is written last: what the folder holds.
const INDEX: &str = "study.json";

/// What a study's folder holds.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Index {
    /// Version of the program.
    vantage: String,
    /// BLAKE3 digest of the plan.
    plan: String,
    seed: u64,
    perturb: f64,
    until: Option<String>,
    scenarios: Vec<Entry>,
}

/// One scenario in the folder.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    name: String,
    folder: String,
    runs: u32,
    regimes: Vec<String>,
}

/// What is to be written, and where.
#[derive(Clone, Copy, Debug)]
pub struct Totals<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// The regime against which differences are, if it is not the usual one.
    pub baseline: Option<&'a str>,
    pub threads: Option<usize>,
    /// Whether the tables and the index are written as well as the reports.
    pub is_whole: bool,
}

impl Totals<'_> {
    /// Writes everything from a journal that is whole, with so many runs of each scenario. One scenario's rows are in memory
    /// at a time.
    pub fn write(
        &self,
        journal: &mut Journal,
        (read, studies): (&[(Scenario, Vec<Regime>)], &[Study<'_>]),
        runs: &[u32],
    ) -> Result<Vec<Summary>, Failure> {
        let plan = journal.plan().clone();
        let mut summaries = Vec::new();
        let mut tables = if self.is_whole { Some(TableFiles::begin(self.folder)?) } else { None };
        for (index, study) in studies.iter().enumerate() {
            let planned = &plan.scenarios[index];
            let mut records: Vec<RunRecord> = Vec::new();
            for run in 0..runs[index] {
                records.extend(journal.record((index as u32, run))?);
            }
            if let Some(tables) = &mut tables {
                records.iter().try_for_each(|record| tables.push(&planned.name, study, record))?;
            }
            let result = study.result(records, self.threads);
            let mut result =
                result.map_err(|error| study_failure(Path::new(&planned.name), &planned.text, &error))?;
            take_baseline(&mut result, self.baseline)?;
            let folder = self.folder.join(folder_name(&planned.name));
            make_folder(&folder)?;
            let command = command(&plan, planned, &read[index], runs[index])?;
            let (scenario, regimes) = &read[index];
            let credits = credit::reported(scenario, regimes, plan.seed)
                .map_err(|error| study_failure(Path::new(&planned.name), &planned.text, &error))?;
            summaries.push(write_reports(&folder, &result, &credits, &command)?);
            if self.is_whole {
                write_texts(&folder, planned, &read[index])?;
            }
        }
        if let Some(tables) = tables {
            tables.finish()?;
            write_file(&self.folder.join(INDEX), json(&index_of(&plan, runs))?.as_bytes())?;
        }
        Ok(summaries)
    }
}

/// Takes another regime as the one against which differences are.
pub fn take_baseline(result: &mut StudyResult, name: Option<&str>) -> Result<(), Failure> {
    let Some(name) = name else { return Ok(()) };
    if result.take_baseline(name) {
        return Ok(());
    }
    let names: Vec<&str> = result.description.regimes.iter().map(|regime| regime.name.as_str()).collect();
    Err(Failure::new(
        format!("the study has no regime `{name}` to take as the baseline"),
        format!("it has: {}", names.join(", ")),
    ))
}

/// Writes report.html, report.md and summary.json into a folder.
pub fn write_reports(
    folder: &Path,
    study: &StudyResult,
    credits: &[Credit],
    command: &str,
) -> Result<Summary, Failure> {
    let summary = Summary::of(study).map_err(|error| {
        Failure::new(
            format!("the study cannot be summarised: {error}"),
            "this is a fault of vantage: report it",
        )
    })?;
    let report = Report { study, summary: &summary, credits, sweeps: &[], command };
    write_file(&folder.join("report.html"), report.html().as_bytes())?;
    write_file(&folder.join("report.md"), report.markdown().as_bytes())?;
    write_file(&folder.join("summary.json"), json(&summary)?.as_bytes())?;
    Ok(summary)
}

/// Writes what was flown, so that the folder alone is enough to do it again.
fn write_texts(
    folder: &Path,
    planned: &PlannedScenario,
    (scenario, regimes): &(Scenario, Vec<Regime>),
) -> Result<(), Failure> {
    let path = folder.join("scenario.toml");
    write_file(&path, planned.text.as_bytes())?;
    if !scenario.reported.is_empty() {
        write_file(&path.with_extension(REPORTED), planned.reported.as_bytes())?;
    }
    for (planned, _) in
        planned.regimes.iter().zip(regimes).filter(|(_, regime)| !is_by_name(regime, scenario))
    {
        let name = format!("{}.toml", folder_name(&planned.name));
        write_file(&folder.join(name), planned.text.as_bytes())?;
    }
    Ok(())
}

/// The command that gives one scenario's report again, in the folder of the study.
fn command(
    plan: &StudyPlan,
    planned: &PlannedScenario,
    (scenario, regimes): &(Scenario, Vec<Regime>),
    runs: u32,
) -> Result<String, Failure> {
    let folder = folder_name(&planned.name);
    let mut text = format!("vantage study {folder}/scenario.toml --runs {runs} --seed {}", plan.seed);
    if plan.perturb != 1.0 {
        text.push_str(&format!(" --perturb {}", plan.perturb));
    }
    if chosen_regimes(&[], scenario, &mut |_| {})? != *regimes {
        for regime in regimes {
            let name = match is_by_name(regime, scenario) {
                true => regime.name.clone(),
                false => format!("{folder}/{}.toml", folder_name(&regime.name)),
            };
            text.push_str(&format!(" --regime {name}"));
        }
    }
    Ok(text + " --out again")
}

/// A name that any file system takes: letters, digits, `-`, `_` and `.`, and not hidden.
pub fn folder_name(name: &str) -> String {
    let plain =
        |letter: char| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '-' };
    let text: String = name.chars().map(plain).take(100).collect();
    match text.strip_prefix('.') {
        Some(rest) => format!("-{rest}"),
        None => text,
    }
}

fn index_of(plan: &StudyPlan, runs: &[u32]) -> Index {
    let entry = |(planned, runs): (&PlannedScenario, &u32)| Entry {
        name: planned.name.clone(),
        folder: folder_name(&planned.name),
        runs: *runs,
        regimes: planned.regimes.iter().map(|regime| regime.name.clone()).collect(),
    };
    Index {
        vantage: plan.program.clone(),
        plan: hex(&plan.digest()),
        seed: plan.seed,
        perturb: plan.perturb,
        until: plan.until.as_ref().map(ToString::to_string),
        scenarios: plan.scenarios.iter().zip(runs).map(entry).collect(),
    }
}

/// The summaries of a folder that holds all that is written for this plan with these runs: its index is written last.
pub fn written(folder: &Path, plan: &StudyPlan, runs: &[u32]) -> Option<Vec<Summary>> {
    let text = std::fs::read(folder.join(INDEX)).ok()?;
    let found: Index = serde_json::from_slice(&text).ok().filter(|found| *found == index_of(plan, runs))?;
    let read = |entry: &Entry| {
        let text = std::fs::read(folder.join(&entry.folder).join("summary.json")).ok()?;
        serde_json::from_slice(&text).ok()
    };
    found.scenarios.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_scenario_leaves_the_folder() {
        assert_eq!(folder_name("overflight-2017-09-15"), "overflight-2017-09-15");
        assert_eq!(folder_name("../../etc/passwd"), "-.-..-etc-passwd");
        assert_eq!(["..", ".", "a b", "é/x"].map(folder_name), ["-.", "-", "a-b", "--x"]);
    }
}
