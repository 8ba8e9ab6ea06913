//! The Parquet files of a study: written beside their places first, then put there.

use crate::failure::Failure;
use sharing_study::results::{AREAS, OUTCOMES, Results, ResultsError, SAMPLES};
use sharing_study::study::{RunRecord, Study};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// The three files while they are written.
pub struct TableFiles {
    results: Results<BufWriter<File>>,
    /// Where each is written, and where it belongs.
    paths: [(PathBuf, PathBuf); 3],
}

impl TableFiles {
    /// Begins the tables in a folder.
    pub fn begin(folder: &Path) -> Result<TableFiles, Failure> {
        let paths = [OUTCOMES, SAMPLES, AREAS].map(|table| {
            // Always the same name, so that what a kill leaves behind is written over: the journal's lock keeps others out.
            let partial = format!(".{}.partial", table.file);
            (folder.join(partial), folder.join(table.file))
        });
        let create = |(partial, _): &(PathBuf, PathBuf)| {
            File::create(partial).map(BufWriter::new).map_err(|error| unwritable(partial, &error))
        };
        let results = Results::new(create(&paths[0])?, create(&paths[1])?, create(&paths[2])?);
        Ok(TableFiles { results: results.map_err(|error| failed(folder, &error))?, paths })
    }

    /// Adds one run of a scenario.
    pub fn push(&mut self, scenario: &str, study: &Study<'_>, record: &RunRecord) -> Result<(), Failure> {
        let pushed = self.results.push(scenario, study, record);
        pushed.map_err(|error| failed(&self.paths[0].1, &error))
    }

    /// Ends the tables and puts them where they belong.
    pub fn finish(self) -> Result<(), Failure> {
        let files = self.results.finish().map_err(|error| failed(&self.paths[0].1, &error))?;
        for (writer, (partial, path)) in files.into_iter().zip(&self.paths) {
            let file = writer.into_inner().map_err(|error| unwritable(path, error.error()))?;
            let put = file.sync_all().and_then(|()| std::fs::rename(partial, path));
            put.map_err(|error| unwritable(path, &error))?;
        }
        Ok(())
    }
}

fn failed(path: &Path, error: &ResultsError) -> Failure {
    Failure::new(
        format!("{}: {error}", path.display()),
        "check that there is room; then the same command goes on",
    )
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        format!("cannot write {}: {error}", path.display()),
        "check that the folder can be written to and that there is room; then the same command goes on",
    )
}
