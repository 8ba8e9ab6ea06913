//! Which plots lie near which tracks, beside a k-d tree of points that is asked for balls which hold the gates.
//!
//! Two of ours: the whole gating, which works out from a belief where its gate may reach and names fewer plots; and its tree of
//! boxes alone, which is asked for the same balls.

use super::Gathering;
use super::contest::{Agreement, Comparison, Goal};
use crate::SceneError;
use crate::field::{Field, ROOM_M3, gate, positions};
use fusion_core::association::{Gate, Gating, gated_log_likelihood};
use fusion_core::filter::block::CoastBlock;
use fusion_core::math::box_tree::{Bounds, BoxTree};
use fusion_core::math::lanes::Lanes;
use fusion_core::measurement::Observation;
use kiddo::{ImmutableKdTree, MutableKdTree, SquaredEuclidean};
use std::hint::black_box;
use std::rc::Rc;

const SIZES: [usize; 2] = [10_000, 100_000];
/// Room for what is found around one track: more than most have.
const FOUND: usize = 8;

/// Tracks a second later, plots, and what kiddo is given of both beforehand.
struct Scene {
    blocks: Vec<CoastBlock>,
    plots: Vec<Observation>,
    gate: Gate,
    /// Measured places, m.
    points: Vec<[f64; 3]>,
    /// The square of the radius of a ball that holds each track's gate, m².
    squares_m2: Vec<f64>,
}

impl Scene {
    fn new(count: usize) -> Result<Self, SceneError> {
        let field = Field::new(count, ROOM_M3 * count as f64, true)?;
        let (blocks, plots, gate) = (field.moved(), field.plots, gate()?);
        let places = plots.iter().map(|plot| plot.position().map(|(place_m, _)| place_m.into()));
        let points: Option<Vec<[f64; 3]>> = places.collect();
        let longest_m = plots.iter().filter_map(|plot| plot.range_m).fold(0.0, f64::max);
        let across_m2 = longest_m * longest_m * plots[0].angle_variances_rad2[0];
        let square_m2 = |track: usize| {
            let covariance_m2 = positions_of(&blocks, track).live().next()?.covariance_m2;
            let greatest_m2 = covariance_m2.symmetric_eigenvalues().max();
            Some(gate.three * (greatest_m2 + across_m2.max(plots[0].range_variance_m2)))
        };
        let squares_m2: Option<Vec<f64>> = (0..count).map(square_m2).collect();
        let (points, squares_m2) =
            points.zip(squares_m2).ok_or("a plot without range, or a track without a mode")?;
        Ok(Scene { blocks, plots, gate, points, squares_m2 })
    }

    fn centre_m(&self, track: usize) -> [f64; 3] {
        let (block, lane) = (&self.blocks[track / Lanes::COUNT], track % Lanes::COUNT);
        std::array::from_fn(|axis| block.mean[axis].0[lane])
    }

    /// Names every plot that our tree finds near each track.
    fn by_ours(&self, gating: &mut Gating, mut visit: impl FnMut(usize, usize)) {
        gating.fill(self.plots.iter(), self.gate);
        for track in 0..self.squares_m2.len() {
            let near = gating.plots_near(&positions_of(&self.blocks, track));
            near.iter().for_each(|plot| visit(track, *plot));
        }
    }

    /// The same of an immutable tree of kiddo's.
    fn by_immutable(&self, mut visit: impl FnMut(usize, usize)) -> Result<(), SceneError> {
        let tree = ImmutableKdTree::<f64, 3>::new_from_slice(&self.points)
            .map_err(|error| format!("kiddo's tree: {error:?}"))?;
        for (track, square_m2) in self.squares_m2.iter().enumerate() {
            let centre_m = self.centre_m(track);
            let query = tree.query(&centre_m).within::<SquaredEuclidean<f64>>(*square_m2).unsorted();
            let found = query.with_result_capacity(FOUND).execute();
            found.iter().for_each(|item| visit(track, item.item as usize));
        }
        Ok(())
    }

    /// The same of a mutable one.
    fn by_mutable(&self, mut visit: impl FnMut(usize, usize)) -> Result<(), SceneError> {
        let tree = MutableKdTree::<f64, 3>::new_from_slice(&self.points)
            .map_err(|error| format!("kiddo's tree: {error:?}"))?;
        for (track, square_m2) in self.squares_m2.iter().enumerate() {
            let centre_m = self.centre_m(track);
            let query = tree.query(&centre_m).within::<SquaredEuclidean<f64>>(*square_m2).unsorted();
            let found = query.with_result_capacity(FOUND).execute();
            found.iter().for_each(|item| visit(track, item.item as usize));
        }
        Ok(())
    }

    /// What kiddo is asked, of our tree of boxes: the plots in a ball around each track.
    fn by_balls(&self, (tree, bounds): &mut (BoxTree, Vec<Bounds>), mut visit: impl FnMut(usize, usize)) {
        bounds.clear();
        bounds.extend(self.points.iter().map(|point| Bounds { low: *point, high: *point }));
        tree.fill(bounds);
        for (track, square_m2) in self.squares_m2.iter().enumerate() {
            let (centre_m, radius_m) = (self.centre_m(track), square_m2.sqrt());
            let [low, high] = [-radius_m, radius_m].map(|aside_m| centre_m.map(|middle| middle + aside_m));
            tree.for_each_overlapping(&Bounds { low, high }, |plot| {
                let aside_m: [f64; 3] = std::array::from_fn(|axis| self.points[plot][axis] - centre_m[axis]);
                if aside_m.iter().map(|one| one * one).sum::<f64>() <= *square_m2 {
                    visit(track, plot);
                }
            });
        }
    }

    /// Of pairs those that the gate itself lets in, in order.
    fn gated(&self, mut pairs: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
        pairs.retain(|&(track, plot)| {
            let positions = positions_of(&self.blocks, track);
            gated_log_likelihood(&positions, &self.plots[plot], self.gate.three).is_some()
        });
        pairs.sort_unstable();
        pairs
    }
}

fn positions_of(blocks: &[CoastBlock], track: usize) -> fusion_core::filter::PositionModes {
    positions(&blocks[track / Lanes::COUNT], track % Lanes::COUNT)
}

/// The comparisons, of each size.
///
/// # Errors
/// None for the scenes as they are.
pub fn enter(all: &mut Gathering) -> Result<(), SceneError> {
    if !all.contest.wants("gating", "kiddo") {
        return Ok(());
    }
    for count in SIZES {
        beside_kiddo(all, Rc::new(Scene::new(count)?))?;
    }
    Ok(())
}

fn beside_kiddo(all: &mut Gathering, scene: Rc<Scene>) -> Result<(), SceneError> {
    let [mut ours, mut immutable, mut mutable] = [Vec::new(), Vec::new(), Vec::new()];
    scene.by_ours(&mut Gating::default(), |track, plot| ours.push((track, plot)));
    scene.by_immutable(|track, plot| immutable.push((track, plot)))?;
    scene.by_mutable(|track, plot| mutable.push((track, plot)))?;
    let count = scene.squares_m2.len();
    let per_track = |pairs: &Vec<(usize, usize)>| pairs.len() as f64 / count as f64;
    let note = format!(
        "{:.2} plots named for each by gates, {:.2} by balls, whose places and radii are known beforehand",
        per_track(&ours),
        per_track(&immutable),
    );
    let mut in_balls = Vec::new();
    scene.by_balls(&mut Default::default(), |track, plot| in_balls.push((track, plot)));
    for pairs in [&mut in_balls, &mut immutable, &mut mutable] {
        pairs.sort_unstable();
    }
    let balls_are_same = in_balls == immutable && in_balls == mutable;
    let gates_are_same = scene.gated(ours) == scene.gated(immutable);

    let (at, units) = (Rc::clone(&scene), count as f64);
    let mut gating = Gating::default();
    let by_gate = all.contest.enter_work("gating", units, move || {
        at.by_ours(&mut gating, |track, plot| _ = black_box((track, plot)));
    });
    let (at, mut kept) = (Rc::clone(&scene), Default::default());
    let by_balls = all.contest.enter_work("tree of boxes", units, move || {
        at.by_balls(&mut kept, |track, plot| _ = black_box((track, plot)));
    });
    let at = Rc::clone(&scene);
    let immutable = all.contest.enter_work("kiddo, immutable tree", units, move || {
        _ = black_box(at.by_immutable(|track, plot| _ = black_box((track, plot))));
    });
    let mutable = all.contest.enter_work("kiddo, mutable tree", units, move || {
        _ = black_box(scene.by_mutable(|track, plot| _ = black_box((track, plot))));
    });
    for (what, ours, is_same) in [("gates", by_gate, gates_are_same), ("balls", by_balls, balls_are_same)] {
        let comparison = Comparison {
            topic: "gating",
            peer: "kiddo",
            case: format!("{count} tracks, {what}"),
            unit: "ns per track",
            ours: vec![all.contest.form(ours)],
            peers: vec![all.contest.form(immutable), all.contest.form(mutable)],
            goal: Goal::AtMost(Some(0.6)),
            // Every pair is found by both, or nothing is said.
            agreement: Some(Agreement { worst: f64::from(u8::from(!is_same)), tolerance: 0.0 }),
            note: note.clone(),
        };
        all.contest.compare(comparison);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::contest::{Contest, Length};
    use std::path::Path;

    #[test]
    fn both_find_every_pair_in_a_gate() -> Result<(), SceneError> {
        let mut all = Gathering::new(Vec::new(), Path::new("none"));
        beside_kiddo(&mut all, Rc::new(Scene::new(2_000)?))?;
        assert_eq!(all.contest.disagreeing().count(), 0);
        let outcomes = all.contest.run(Length { rounds: 2, turn_ns: 1.0 }, |_| {})?;
        assert!(outcomes[0].comparison.note.starts_with("1."), "{}", outcomes[0].comparison.note);
        Ok(())
    }

    #[test]
    fn a_ball_too_small_is_found_out() -> Result<(), SceneError> {
        let mut scene = Scene::new(2_000)?;
        scene.squares_m2.iter_mut().for_each(|square_m2| *square_m2 *= 0.2);
        let mut all =
            Gathering { contest: Contest::default(), ..Gathering::new(Vec::new(), Path::new("none")) };
        beside_kiddo(&mut all, Rc::new(scene))?;
        assert_eq!(all.contest.disagreeing().count(), 1);
        Ok(())
    }
}
