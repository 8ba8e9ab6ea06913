//! Runs in parallel, folded in order, and how far they are.

use rayon::prelude::*;
use std::io::{IsTerminal, Write};

/// Runs whose results are held at a time. Enough that no thread waits long, few enough for memory.
const CHUNK: usize = 64;

/// Tells a person at a terminal how far a study is; tells nobody else.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    is_shown: bool,
}

impl Progress {
    /// On standard error, where that is a terminal.
    pub fn on_terminal() -> Self {
        Progress { is_shown: std::io::stderr().is_terminal() }
    }

    /// Nowhere.
    pub fn silent() -> Self {
        Progress { is_shown: false }
    }

    /// Does `run` for 0 to `runs` in parallel and hands the results to `fold` in that order.
    ///
    /// # Errors
    /// The first error, in order, of either.
    pub fn fold_runs<T: Send, E: Send>(
        &self,
        what: &str,
        runs: usize,
        run: impl Fn(usize) -> Result<T, E> + Sync,
        mut fold: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        for begin in (0..runs).step_by(CHUNK) {
            let end = (begin + CHUNK).min(runs);
            let results: Vec<Result<T, E>> = (begin..end).into_par_iter().map(&run).collect();
            results.into_iter().try_for_each(|result| fold(result?))?;
            self.show(&format!("{what}: {end} of {runs} runs"));
        }
        self.show("");
        Ok(())
    }

    /// Replaces the line. Nobody may be reading it, and that is no reason to stop.
    fn show(&self, line: &str) {
        if self.is_shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K{line}");
            let _ = std::io::stderr().flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_the_first_error_ends_it() {
        let mut seen = Vec::new();
        let all = Progress::silent().fold_runs("", 200, Ok::<usize, usize>, |run| {
            seen.push(run);
            Ok(())
        });
        assert_eq!((all, seen), (Ok(()), (0..200).collect()));
        let fails = |run| if run % 70 == 69 { Err(run) } else { Ok(run) };
        assert_eq!(Progress::silent().fold_runs("", 200, fails, |_| Ok(())), Err(69));
    }
}
