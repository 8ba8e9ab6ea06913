//! A linear problem: an object that moves on with or without process noise, seen by nodes whose sensors know one axis well.

use crate::accuracy::AccuracyError;
use fusion_core::assess::{PosteriorBound, measurement_information};
use fusion_core::filter::Gaussian;
use fusion_core::math::chance::Stream;
use fusion_core::math::symmetric::Cholesky;
use fusion_core::share::{
    Criterion, CrossCovariance, EquivalentMeasurement, covariance_intersection, fuse_correlated,
    intersection_weight, inverse_covariance_intersection, inverse_intersection_weight,
};
use nalgebra::{Matrix3, Matrix6, SMatrix, Vector3, Vector6};

/// Seconds of a run, and from which one on position errors count.
pub const LAST_S: u32 = 60;
pub const JUDGED_FROM_S: u32 = 31;
/// Standard deviations of a position along the axis that a sensor knows well, and across, m.
const ALONG_M: f64 = 30.0;
const ACROSS_M: f64 = 300.0;
/// What every node knows before the first look: position (m) and velocity (m/s) in each axis.
const PRIOR: [f64; 2] = [1e3, 50.0];

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub nodes: usize,
    /// Power spectral density of the white acceleration, m²/s³.
    pub density: f64,
    /// Whether all look at each full second, or one after the other within it.
    pub is_synchronous: bool,
    /// Seconds between messages.
    pub interval_s: u32,
}

/// The ways to know, in the order of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Siloed,
    Naive,
    Intersection,
    InverseIntersection,
    Information,
    Campo,
    Ideal,
    Measurements,
}

pub const WAYS: [Way; 8] = [
    Way::Siloed,
    Way::Naive,
    Way::Intersection,
    Way::InverseIntersection,
    Way::Information,
    Way::Campo,
    Way::Ideal,
    Way::Measurements,
];

/// What the first node knew in one run, way by way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// Mean squared position error over the judged seconds, m².
    pub squared_m2: f64,
    /// At the end.
    pub nees: f64,
}

type State = Gaussian<6>;

/// One run.
struct Run {
    case: Case,
    truth: Vector6<f64>,
    now_s: f64,
    /// Fused and kept by every node, for the rules that send whole estimates.
    kept: [Vec<State>; 3],
    /// Each node's own filter, and what it had told at the last message, brought forward.
    own: Vec<State>,
    told: Vec<State>,
    /// The first node with what is new from the others.
    informed: State,
    /// The first two nodes' own filters, now, and of the second as it was told.
    cross: CrossCovariance<6>,
    cross_told: CrossCovariance<6>,
    /// All measurements of all nodes; and those that the first node has with messages so rare.
    central: State,
    ideal: State,
}

impl Case {
    /// Time and node of the looks of a second that ends at `tick`.
    fn looks(&self, tick: u32) -> impl Iterator<Item = (f64, usize)> + use<> {
        let (count, is_synchronous) = (self.nodes, self.is_synchronous);
        (0..count).map(move |node| {
            let early_s = if is_synchronous { 0.0 } else { 1.0 - (node + 1) as f64 / count as f64 };
            (f64::from(tick) - early_s, node)
        })
    }

    /// The noise of a node's sensor, m²: what one knows well is across what the next does.
    fn noise_m2(&self, node: usize) -> Matrix3<f64> {
        let bearing_rad = std::f64::consts::PI * node as f64 / self.nodes as f64;
        let along = Vector3::new(libm::cos(bearing_rad), libm::sin(bearing_rad), 0.0);
        let across_m2 = ACROSS_M * ACROSS_M;
        Matrix3::identity() * across_m2 + along * along.transpose() * (ALONG_M * ALONG_M - across_m2)
    }

    fn motion(&self, seconds: f64) -> (Matrix6<f64>, Matrix6<f64>) {
        let mut transition = Matrix6::identity();
        let mut noise = Matrix6::zeros();
        for axis in 0..3 {
            transition[(axis, axis + 3)] = seconds;
            noise[(axis, axis)] = self.density * seconds * seconds * seconds / 3.0;
            noise[(axis, axis + 3)] = self.density * seconds * seconds / 2.0;
            noise[(axis + 3, axis)] = noise[(axis, axis + 3)];
            noise[(axis + 3, axis + 3)] = self.density * seconds;
        }
        (transition, noise)
    }

    /// Root of the mean position bound over the judged seconds, m.
    pub fn bound_m(&self) -> Result<f64, AccuracyError> {
        let mut bound = PosteriorBound::from_prior(&prior())?;
        let (mut now_s, mut sum_m2) = (0.0, 0.0);
        for tick in 1..=LAST_S {
            for (at_s, node) in self.looks(tick) {
                if at_s > now_s {
                    let (transition, noise) = self.motion(at_s - now_s);
                    bound.predict(&transition, &noise)?;
                    now_s = at_s;
                }
                bound.add(&measurement_information(&position_of(), &self.noise_m2(node))?, 1.0)?;
            }
            if tick >= JUDGED_FROM_S {
                sum_m2 += bound.covariance()?.fixed_view::<3, 3>(0, 0).trace();
            }
        }
        Ok((sum_m2 / f64::from(LAST_S - JUDGED_FROM_S + 1)).sqrt())
    }

    /// One run: what the first node knew, way by way.
    pub fn run(&self, seed: u64, run: usize) -> Result<[Known; WAYS.len()], AccuracyError> {
        let mut chance = Stream::new("fusion", seed, &[run as u64]);
        let mut state = Run::new(*self, &mut chance);
        let mut known = [Known::default(); WAYS.len()];
        for tick in 1..=LAST_S {
            for (at_s, node) in self.looks(tick) {
                state.move_to(at_s, &mut chance)?;
                state.look(node, &mut chance)?;
            }
            if tick % self.interval_s == 0 {
                state.exchange()?;
            }
            if tick < JUDGED_FROM_S {
                continue;
            }
            for (known, way) in known.iter_mut().zip(WAYS) {
                let estimate = state.of(way)?;
                let error = state.truth - estimate.mean;
                known.squared_m2 +=
                    error.fixed_rows::<3>(0).norm_squared() / f64::from(LAST_S - JUDGED_FROM_S + 1);
                known.nees = fusion_core::assess::nees(&error, &estimate.covariance)?;
            }
        }
        Ok(known)
    }
}

fn prior() -> Matrix6<f64> {
    let [position_m, velocity_m_s] = PRIOR.map(|sigma| sigma * sigma);
    Matrix6::from_diagonal(&Vector6::from_fn(|axis, _| if axis < 3 { position_m } else { velocity_m_s }))
}

fn position_of() -> SMatrix<f64, 3, 6> {
    SMatrix::<f64, 3, 6>::identity()
}

impl Run {
    fn new(case: Case, chance: &mut Stream) -> Self {
        let covariance = prior();
        let state = Gaussian { mean: Vector6::zeros(), covariance };
        let all = vec![state; case.nodes];
        Run {
            case,
            truth: Vector6::from_fn(|axis, _| covariance[(axis, axis)].sqrt() * chance.normal()),
            now_s: 0.0,
            kept: std::array::from_fn(|_| all.clone()),
            own: all.clone(),
            told: all,
            informed: state,
            // All begin with one prior.
            cross: CrossCovariance { matrix: covariance },
            cross_told: CrossCovariance { matrix: covariance },
            central: state,
            ideal: state,
        }
    }

    fn states(&mut self) -> impl Iterator<Item = &mut State> {
        let several = self.kept.iter_mut().chain([&mut self.own, &mut self.told]).flatten();
        several.chain([&mut self.informed, &mut self.central, &mut self.ideal])
    }

    fn move_to(&mut self, at_s: f64, chance: &mut Stream) -> Result<(), AccuracyError> {
        if at_s <= self.now_s {
            return Ok(());
        }
        let (transition, noise) = self.case.motion(at_s - self.now_s);
        self.now_s = at_s;
        self.truth = transition * self.truth;
        if self.case.density > 0.0 {
            self.truth += Cholesky::new(&noise)?.lower() * Vector6::from_fn(|_, _| chance.normal());
        }
        self.cross.predict(&transition, &noise);
        self.cross_told.predict(&transition, &noise);
        self.states().for_each(|state| state.predict_linear(&transition, &noise));
        Ok(())
    }

    fn look(&mut self, node: usize, chance: &mut Stream) -> Result<(), AccuracyError> {
        let noise = self.case.noise_m2(node);
        let error = Cholesky::new(&noise)?.lower() * Vector3::from_fn(|_, _| chance.normal());
        let seen = position_of() * self.truth + error;
        let before = self.own[node].covariance;
        let of_first = [&mut self.informed, &mut self.ideal];
        let everywhere = self.kept.iter_mut().map(|all| &mut all[node]);
        let of_node = everywhere.chain([&mut self.own[node], &mut self.central]);
        for state in of_node.chain(of_first.into_iter().filter(|_| node == 0)) {
            let residual = seen - position_of() * state.mean;
            state.update_linear(&residual, &position_of(), &noise)?;
        }
        let after = self.own[node].covariance;
        match node {
            0 => {
                self.cross.update_first(&before, &after)?;
                self.cross_told.update_first(&before, &after)?;
            }
            1 => self.cross.update_second(&before, &after)?,
            _ => {}
        }
        Ok(())
    }

    /// Every node tells every other.
    fn exchange(&mut self) -> Result<(), AccuracyError> {
        for (all, fuse) in self.kept.iter_mut().zip([naive, intersected, inversely_intersected]) {
            let sent = all.clone();
            for (receiver, state) in all.iter_mut().enumerate() {
                for (sender, estimate) in sent.iter().enumerate() {
                    if sender != receiver {
                        *state = fuse(state, estimate)?;
                    }
                }
            }
        }
        for (own, told) in self.own.iter().zip(&self.told).skip(1) {
            self.informed = EquivalentMeasurement::between(told, own)?.add_to(&self.informed)?;
        }
        self.told.clone_from(&self.own);
        (self.cross_told, self.ideal) = (self.cross, self.central);
        Ok(())
    }

    /// What the first node knows now.
    fn of(&self, way: Way) -> Result<State, AccuracyError> {
        Ok(match way {
            Way::Siloed => self.own[0],
            Way::Naive => self.kept[0][0],
            Way::Intersection => self.kept[1][0],
            Way::InverseIntersection => self.kept[2][0],
            Way::Information => self.informed,
            // Of two own filters, and not kept: the next message would be correlated with it in a way that this does not know.
            Way::Campo => fuse_correlated(&self.own[0], &self.told[1], &self.cross_told.matrix)?,
            Way::Ideal => self.ideal,
            Way::Measurements => self.central,
        })
    }
}

fn naive(own: &State, other: &State) -> Result<State, AccuracyError> {
    Ok(fuse_correlated(own, other, &Matrix6::zeros())?)
}

fn intersected(own: &State, other: &State) -> Result<State, AccuracyError> {
    let weight = intersection_weight(&own.covariance, &other.covariance)?;
    Ok(covariance_intersection(own, other, weight)?)
}

fn inversely_intersected(own: &State, other: &State) -> Result<State, AccuracyError> {
    let weight = inverse_intersection_weight(&own.covariance, &other.covariance, Criterion::Determinant)?;
    Ok(inverse_covariance_intersection(own, other, weight)?)
}
