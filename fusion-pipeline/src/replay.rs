//! A recording through the pipeline, at full speed or by a clock.

use crate::clock::Pace;
use crate::error::PipelineError;
use crate::options::{Options, Plan};
use crate::pipeline::Pipeline;
use crate::record::Arrival;
use crate::report::{NodeTick, Report};
use fusion_core::types::Time;
use std::time::Duration;

/// Replays `scans`, each an `Arc<Scan>` or an [`Arrival`], in order of the time at which they are handed in, until the tick at or after `until`; `observe` sees every tick of every node on the
/// caller's thread, in the order of (tick, node).
///
/// Gives what [`Network::run`](fusion_core::node::Network::run) gives, bit for bit, whatever the `options`. Like that, it
/// takes no scan after the last tick: the first one ends the reading.
///
/// # Errors
/// [`PipelineError`] of the start; of a scan that goes back in time or is of an unknown sensor; [`PipelineError::Source`]
/// when `scans` gives an error; [`PipelineError::NodePanicked`]. The workers have ended when it is returned.
pub fn replay<S, E>(
    plan: &Plan<'_>,
    scans: impl IntoIterator<Item = Result<S, E>>,
    until: Time,
    options: &Options,
    observe: impl FnMut(&NodeTick),
) -> Result<Report, PipelineError>
where
    S: Into<Arrival>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut pipeline = Pipeline::start(plan, options, observe)?;
    let pacer = Pacer::new(&options.pace, plan.setup.start);
    let mut scans = scans.into_iter();
    // Nothing is read that no tick needs: no tick, no scan.
    while pipeline.now() < until
        && let Some(scan) = scans.next()
    {
        let arrival: Arrival = scan
            .map_err(|error| PipelineError::Source { scans: pipeline.scans(), source: error.into() })?
            .into();
        while pipeline.now() < until && pipeline.next_tick() < arrival.at {
            pacer.wait_until(pipeline.next_tick(), &mut pipeline)?;
            pipeline.close_tick()?;
        }
        if pipeline.now() >= until {
            break;
        }
        pacer.wait_until(arrival.at, &mut pipeline)?;
        pipeline.check(&arrival)?;
        pipeline.put(arrival)?;
    }
    while pipeline.now() < until {
        pacer.wait_until(pipeline.next_tick(), &mut pipeline)?;
        pipeline.close_tick()?;
    }
    pipeline.finish(until)
}

/// Says when something recorded is due.
struct Pacer<'a> {
    pace: &'a Pace,
    /// The clock when the replay began.
    begin: Duration,
    start: Time,
}

impl<'a> Pacer<'a> {
    fn new(pace: &'a Pace, start: Time) -> Self {
        let begin = match pace {
            Pace::Maximum => Duration::ZERO,
            Pace::RealTime { clock, .. } => clock.elapsed(),
        };
        Pacer { pace, begin, start }
    }

    /// Waits until `time` is due, and observes meanwhile.
    fn wait_until<F: FnMut(&NodeTick)>(
        &self,
        time: Time,
        pipeline: &mut Pipeline<F>,
    ) -> Result<(), PipelineError> {
        let Pace::RealTime { factor, clock } = self.pace else { return Ok(()) };
        let after_s = time.seconds_since(self.start).max(0.0) / factor;
        // A span that cannot be told is waited for as long as can be told.
        let after = Duration::try_from_secs_f64(after_s).unwrap_or(Duration::MAX);
        let due = self.begin.saturating_add(after);
        loop {
            pipeline.poll()?;
            let left = due.saturating_sub(clock.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            clock.wait(left, pipeline.wake());
        }
    }
}
