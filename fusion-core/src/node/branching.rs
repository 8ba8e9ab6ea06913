//! Multiple hypotheses: where a look does not tell which plot is whose, the tracks go on in several ways until later looks tell.

use super::scan::{Look, Plots, Seen, update_if_likelier};
use super::tracker::Tracker;
use crate::association::{Hypotheses, Selection, Selector, Table};
use crate::track::{Branch, Choice, Verdict};

/// Memory for branching, kept from scan to scan.
#[derive(Clone, Debug, Default)]
pub(super) struct Branching {
    hypotheses: Hypotheses,
    selector: Selector,
    selection: Selection,
    /// All ways in which the tracks may go on, those of a track next to each other.
    ways: Vec<Way>,
    /// Weight and place of the ways of one track that are followed besides the best.
    kept: Vec<(f64, usize)>,
    branches: Vec<Branch>,
    /// Plots that are some track's for good since this look.
    taken: Vec<u64>,
}

/// One way in which a track may go on: an explanation of its past, by its row in the table, and what it takes of this look.
#[derive(Clone, Copy, Debug)]
struct Way {
    row: usize,
    plot: Option<usize>,
    /// That there is no object: all its plots were false, or others'.
    is_nothing: bool,
}

/// A way that is less probable is not followed.
const LEAST_WEIGHT: f64 = 1e-3;
/// Ways of one track that are followed besides the best, at most.
const MOST_BRANCHES: usize = 7;

impl Branching {
    /// Puts every way in which every track may go on.
    fn ask(&mut self, tracker: &Tracker, look: &Look<'_>, seen: &[Seen], table: &Table) {
        self.hypotheses.clear();
        self.ways.clear();
        for (row, Seen { index, branch, .. }) in seen.iter().enumerate() {
            let track = &tracker.tracks[*index];
            let (log_odds, choices) = match branch {
                // What continues the last answer by misses comes first: that always goes together.
                None => (0.0, &track.choices[..]),
                Some(branch) => (track.branches[*branch].log_odds, track.branches[*branch].choices.open()),
            };
            if branch.is_none() {
                self.hypotheses.push_family();
            }
            let used = || choices.iter().filter_map(|choice| choice.plot);
            self.hypotheses.push(log_odds + table.log_miss(row), used());
            self.ways.push(Way { row, plot: None, is_nothing: false });
            for pair in table.row(row) {
                self.hypotheses.push(log_odds + pair.log_ratio, used().chain([look.key(pair.plot)]));
                self.ways.push(Way { row, plot: Some(pair.plot), is_nothing: false });
            }
            // What began on a plot of another track, while that was thought to be elsewhere, must be able to give it back.
            if branch.is_none() && !track.is_confirmed() {
                self.hypotheses.push(track.score.log_odds_of_nothing(&look.setup.limits), []);
                self.ways.push(Way { row, plot: None, is_nothing: true });
            }
        }
    }

    /// Which of a track's ways, the first of which is `first`, is chosen; those that are kept besides it are then in `kept`.
    fn choose(&mut self, (family, first): (usize, usize), is_answered: bool) -> usize {
        self.kept.clear();
        if !is_answered {
            return 0;
        }
        let chosen = self.selection.chosen(family);
        let weights = self.selection.weights(family).iter().copied().enumerate();
        let others = weights.filter(|(way, weight)| *way != chosen && *weight >= LEAST_WEIGHT);
        let something = others.filter(|(way, _)| !self.ways[first + way].is_nothing);
        self.kept.extend(something.map(|(way, weight)| (weight, way)));
        self.kept.sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        self.kept.truncate(MOST_BRANCHES);
        chosen
    }
}

impl Tracker {
    /// Lets every track go on in all probable ways, the best set of which is what the tracker takes to be true.
    pub(super) fn branch(
        &mut self,
        look: &Look<'_>,
        (seen, table): (&[Seen], &Table),
        plots: &mut Plots,
        branching: &mut Branching,
    ) {
        branching.ask(self, look, seen, table);
        let Branching { hypotheses, selector, selection, .. } = branching;
        let is_answered = selector.select(hypotheses, selection).is_ok();
        let mut first = 0;
        branching.taken.clear();
        for family in 0..branching.hypotheses.families() {
            let index = seen[branching.ways[first].row].index;
            let count = branching.ways[first..].iter().take_while(|way| seen[way.row].index == index).count();
            let chosen = branching.choose((family, first), is_answered);
            let Branching { ways, kept, branches, taken, .. } = branching;
            self.go_on(look, seen, (&ways[first..first + count], chosen, kept), plots, (branches, taken));
            first += count;
        }
        self.drop_what_is_taken(&mut branching.taken);
    }

    /// Drops the branches that live on a plot which has become another track's for good. What that decides may take plots
    /// from others in turn.
    fn drop_what_is_taken(&mut self, taken: &mut Vec<u64>) {
        let mut known = 0;
        while taken.len() > known {
            known = taken.len();
            taken.sort_unstable();
            for index in 0..self.tracks.len() {
                let track = &mut self.tracks[index];
                if track.branches.is_empty() {
                    continue;
                }
                let is_taken = |choice: &Choice| {
                    choice.plot.is_some_and(|plot| taken[..known].binary_search(&plot).is_ok())
                };
                track.branches.retain(|branch| !branch.choices.open().iter().any(is_taken));
                if track.branches.is_empty() && track.is_confirmed() {
                    taken.extend(track.choices.iter().filter_map(|choice| choice.plot));
                    self.close_branches(index);
                }
            }
        }
    }

    /// Lets one track go on in the chosen way, and in the others that are kept.
    fn go_on(
        &mut self,
        look: &Look<'_>,
        seen: &[Seen],
        (ways, chosen, kept): (&[Way], usize, &[(f64, usize)]),
        plots: &mut Plots,
        (branches, taken): (&mut Vec<Branch>, &mut Vec<u64>),
    ) {
        let index = seen[ways[chosen].row].index;
        if ways[chosen].is_nothing {
            self.tracks[index].score.set_existence(0.0);
            return;
        }
        // A look that can see none of a track's branches says nothing of it, but what others took may have decided.
        let is_seen = ways.iter().any(|way| seen[way.row].detection_probability > 0.0);
        let follow = |tracker: &Tracker, way: Way, plots: &Plots| {
            let look = is_seen.then_some(look);
            tracker.follow(look, &seen[way.row], way.plot, plots)
        };
        let (best, closed) = follow(self, ways[chosen], plots);
        if let Some(plot) = ways[chosen].plot {
            plots.claimed[plot] = 1.0;
        }
        branches.clear();
        for (weight, way) in kept {
            let (mut branch, its_closed) = follow(self, ways[*way], plots);
            // What differs from the best in a look that is no longer open has lost; what differs in none is the same.
            let has_lost = its_closed.map(|choice| choice.plot) != closed.map(|choice| choice.plot)
                || branch.score.verdict(&look.setup.limits) == Verdict::Rejected;
            let is_known =
                std::iter::once(&best).chain(&*branches).any(|other| branch.choices.agree(&other.choices));
            if has_lost || is_known || !branch.filter.is_sound() {
                continue;
            }
            if let Some(plot) = ways[*way].plot {
                plots.claimed[plot] += weight;
            }
            branch.log_odds -= best.log_odds;
            branches.push(branch);
        }
        let id = self.tracks[index].id;
        let is_confirmed = self.tracks[index].is_confirmed();
        let decided = if branches.is_empty() && is_confirmed { best.choices.open() } else { &[] };
        if is_confirmed {
            taken.extend(closed.iter().chain(decided).filter_map(|choice| choice.plot));
        }
        let reports = closed.iter().chain(decided).filter_map(|choice| choice.report);
        self.unreported.extend(reports.map(|report| (id, report)));
        let track = &mut self.tracks[index];
        track.has_own_plots |= look.is_own() && ways[chosen].plot.is_some();
        track.explain_by(&best, branches);
    }

    /// Where one way leads, with the choice that is no longer open. Its odds are still relative to the track's own past.
    fn follow(
        &self,
        look: Option<&Look<'_>>,
        seen: &Seen,
        plot: Option<usize>,
        plots: &Plots,
    ) -> (Branch, Option<Choice>) {
        let track = &self.tracks[seen.index];
        let mut branch = seen.branch.map_or_else(|| track.own_branch(), |branch| track.branches[branch]);
        let Some(look) = look else { return (branch, None) };
        let mut choice = Choice::default();
        let hit = plot.and_then(|plot| {
            let observation = seen.taken(&plots.observations[plot]);
            let ratio = update_if_likelier(&mut branch.filter, &observation, plots.densities[plot], seen)?;
            Some((plot, observation, ratio))
        });
        match hit {
            Some((plot, observation, ratio)) => {
                branch.score.hit(ratio);
                branch.log_odds += ratio;
                branch.last_seen = look.scan.time;
                branch.recent.push(look.key(plot));
                if observation.sees_plume_only {
                    branch.evidence.plume(ratio);
                }
                choice.plot = Some(look.key(plot));
                choice.report = look.is_own().then_some((look.scan.time, observation));
            }
            None => {
                let log = branch.filter.miss(seen.own_plot_probability(), look.sees_plumes_only());
                branch.score.miss(log);
                branch.log_odds += log;
            }
        }
        let closed = branch.choices.push(choice);
        (branch, closed)
    }

    /// Takes the best explanation of a track for the true one, as when news of it comes from elsewhere.
    pub(super) fn close_branches(&mut self, index: usize) {
        let track = &mut self.tracks[index];
        let reports = track.choices.iter().filter_map(|choice| choice.report);
        self.unreported.extend(reports.map(|report| (track.id, report)));
        track.choices.clear();
        track.branches.clear();
    }
}
