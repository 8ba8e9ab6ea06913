//! Clusters against repainting, in any order of pushing.

use super::{Clusters, Table};
use crate::math::chance::Stream;

/// Tracks and plots of each cluster, by spreading the lowest track over all that can be reached.
fn spread(tracks: usize, pairs: &[(usize, usize)]) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut colour: Vec<usize> = (0..tracks).collect();
    for _ in 0..tracks {
        for &(one, plot) in pairs {
            for &(other, _) in pairs.iter().filter(|pair| pair.1 == plot) {
                let least = colour[one].min(colour[other]);
                (colour[one], colour[other]) = (least, least);
            }
        }
    }
    let cluster = |wanted: usize| {
        let members: Vec<usize> = (0..tracks).filter(|&track| colour[track] == wanted).collect();
        let mut plots: Vec<usize> = pairs.iter().filter(|p| colour[p.0] == wanted).map(|p| p.1).collect();
        plots.sort_unstable();
        plots.dedup();
        (members, plots)
    };
    (0..tracks).map(cluster).filter(|(members, _)| !members.is_empty()).collect()
}

#[test]
fn clusters_are_what_can_be_reached_whatever_the_order_of_the_pairs() {
    let mut clusters = Clusters::default();
    for seed in 0..500 {
        let mut stream = Stream::new("clusters", seed, &[]);
        let (tracks, plots) = ((stream.uniform() * 12.0) as usize, (stream.uniform() * 12.0) as usize);
        let density = 0.3 * stream.uniform();
        let all = (0..tracks).flat_map(|track| (0..plots).map(move |plot| (track, plot)));
        let pairs: Vec<_> = all.filter(|_| stream.uniform() < density).collect();
        let expected = spread(tracks, &pairs);
        for backwards in [false, true] {
            let mut table = Table::default();
            table.clear(plots);
            for track in 0..tracks {
                table.push_track(-1.0, 1.0);
                let mut row: Vec<usize> = pairs.iter().filter(|p| p.0 == track).map(|p| p.1).collect();
                if backwards {
                    row.reverse();
                }
                row.iter().for_each(|&plot| table.push_pair(plot, 0.0));
            }
            clusters.find(&table);
            let found: Vec<_> =
                clusters.iter().map(|found| (found.tracks().to_vec(), found.plots().collect())).collect();
            assert_eq!(found, expected, "seed {seed}");
        }
    }
}
