//! What the programs `peers` and `limits` have in common: how long a run is, what is said meanwhile, and where results go.

use super::contest::{Contest, Length, Outcome};
use crate::SceneError;
use clap::Args;
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;

/// How a run is to be.
#[derive(Args, Clone, Debug)]
pub struct Session {
    /// How many rounds; everybody has one turn in each
    #[arg(long, default_value_t = 41, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub rounds: u16,
    /// Five rounds of short turns: to see that it runs, not for figures
    #[arg(long, conflicts_with = "rounds")]
    pub quick: bool,
    /// Write the figures as JSON as well
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Where peers in other languages are made
    #[arg(long, value_name = "FOLDER", default_value = "target/peers")]
    pub folder: PathBuf,
}

impl Session {
    fn length(&self) -> Length {
        if self.quick {
            Length { rounds: 5, turn_ns: 2e6 }
        } else {
            Length { rounds: self.rounds.into(), turn_ns: 30e6 }
        }
    }

    /// All rounds, with a word now and then on standard error; none where results differ, which is said as well.
    ///
    /// # Errors
    /// When a peer dies.
    pub fn run(&self, contest: &mut Contest) -> Result<Option<Vec<Outcome>>, SceneError> {
        let mut said = std::io::stderr();
        for (who, why) in contest.skipped() {
            writeln!(said, "not there: {who}: {why}")?;
        }
        let mut is_same = true;
        for other in contest.disagreeing() {
            is_same = false;
            let worst = other.agreement.map_or(f64::NAN, |agreement| agreement.worst);
            writeln!(said, "{} beside {}: results differ by {worst:e}", other.topic, other.peer)?;
        }
        if !is_same {
            return Ok(None);
        }
        let length = self.length();
        let outcomes = contest.run(length, |round| {
            if round.is_multiple_of(10) || round == length.rounds {
                let _ = writeln!(said, "round {round} of {}", length.rounds);
            }
        })?;
        Ok(Some(outcomes))
    }

    /// How many rounds there are.
    pub fn count(&self) -> usize {
        self.length().rounds
    }

    /// Writes figures where they were asked for, and the table to standard output.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn tell(&self, table: &str, figures: &Value) -> Result<(), SceneError> {
        if let Some(file) = &self.json {
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(file, serde_json::to_string_pretty(figures)? + "\n")?;
        }
        // Whoever reads may have gone away.
        let _ = std::io::stdout().write_all(table.as_bytes());
        Ok(())
    }
}
