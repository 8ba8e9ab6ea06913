//! Tracks that compete for plots, directly or through others, and those plots: what can be solved on its own.

use super::Table;
use crate::math::union_find::{Groups, UnionFind};

/// The clusters of a table. Keeps its memory.
#[derive(Clone, Debug, Default)]
pub struct Clusters {
    sets: UnionFind,
    /// Of tracks from zero on, then of plots.
    groups: Groups,
    tracks: usize,
}

/// One cluster: tracks and the plots in their gates.
#[derive(Clone, Copy, Debug)]
pub struct Cluster<'a> {
    tracks: &'a [usize],
    plots: &'a [usize],
    first_plot: usize,
}

impl<'a> Cluster<'a> {
    /// The tracks, ascending.
    pub fn tracks(&self) -> &'a [usize] {
        self.tracks
    }

    /// The plots, ascending.
    pub fn plots(&self) -> impl ExactSizeIterator<Item = usize> + 'a {
        let first_plot = self.first_plot;
        self.plots.iter().map(move |member| member - first_plot)
    }
}

impl Clusters {
    /// Finds the clusters of a table, in time that is all but linear in its pairs. A pair whose plot is not there links
    /// nothing.
    pub fn find(&mut self, table: &Table) {
        self.tracks = table.tracks();
        self.sets.reset(table.tracks() + table.plots());
        for track in 0..table.tracks() {
            for pair in table.row(track).iter().filter(|pair| pair.plot < table.plots()) {
                self.sets.union(track, self.tracks + pair.plot);
            }
        }
        self.sets.clusters_into(&mut self.groups);
    }

    /// The clusters by their first track. A track without a plot is a cluster of its own; a plot without a track is in none.
    pub fn iter(&self) -> impl Iterator<Item = Cluster<'_>> {
        let has_track = |members: &&[usize]| members.first().is_some_and(|&first| first < self.tracks);
        self.groups.iter().take_while(has_track).map(|members| {
            let (tracks, plots) = members.split_at(members.partition_point(|&member| member < self.tracks));
            Cluster { tracks, plots, first_plot: self.tracks }
        })
    }
}
