//! One Runge-Kutta step of flight through the air and of its variational equations, with what is zero or one left out.
//!
//! As [`super::flight`] above the air, whose gravity it has. Drag bends the derivatives: that by position is no longer
//! symmetric, that by velocity no longer a turn, and the logarithm of the inverse ballistic coefficient comes in. The same
//! step as [`crate::dynamics::step`] with [`crate::dynamics::Reentry`] on plain matrices, which is its oracle.

use super::air::Air;
use super::flight::{
    Square, TWICE_ROTATION_RAD_S, full, gravity, on_identity, plus, scaled, sixth, sum, weighted,
    weighted_rows,
};
use super::load;
use crate::dispatch::{Four, Kernel, widest};
use crate::dynamics::atmosphere::Cubics;
use crate::math::{exponential::exp_of_moderate, lanes::Lanes, real::Real};

/// Where a step leads, and the upper six rows of its transition matrix.
pub(super) struct Fallen<S> {
    pub state: [S; 7],
    pub transition: [[S; 7]; 6],
}

/// How the acceleration of a stage, m/s², changes with position (1/s²), velocity (1/s) and the logarithm (m/s²).
struct Slopes<S> {
    by_position: Square<S>,
    by_velocity: Square<S>,
    by_log: [S; 3],
}

/// Acceleration in free flight and drag, m/s², and how it changes.
#[inline(always)]
fn falling<S: Real>(
    position_m: &[S; 3],
    velocity_m_s: &[S; 3],
    half_area_m2_kg: S,
    cubics: &Cubics,
) -> ([S; 3], Slopes<S>) {
    let (free_m_s2, gradient_1_s2) = gravity(position_m, velocity_m_s, None);
    let air = Air::around(position_m, cubics);
    let v = velocity_m_s;
    let speed_m_s = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    let area_rate = half_area_m2_kg * speed_m_s;
    let rate_1_s = area_rate * air.density_kg_m3;
    let by_log = [-(v[0] * rate_1_s), -(v[1] * rate_1_s), -(v[2] * rate_1_s)];
    let acceleration_m_s2 = [free_m_s2[0] + by_log[0], free_m_s2[1] + by_log[1], free_m_s2[2] + by_log[2]];

    let (by_height, mut by_position) = (area_rate * air.slope_kg_m4, full(&gradient_1_s2));
    // What does not wait for the density comes first.
    let along = half_area_m2_kg / speed_m_s.max(S::splat(f64::MIN_POSITIVE)) * air.density_kg_m3;
    let mut by_velocity = [[S::zero(); 3]; 3];
    for row in 0..3 {
        let (thinner, faster) = (v[row] * by_height, v[row] * along);
        for column in 0..3 {
            by_position[row][column] -= thinner * air.up[column];
        }
        for column in 0..row + 1 {
            let product = -(faster * v[column]);
            by_velocity[row][column] = product;
            by_velocity[column][row] = product;
        }
        by_velocity[row][row] -= rate_1_s;
    }
    let twice = S::splat(TWICE_ROTATION_RAD_S);
    by_velocity[0][1] += twice;
    by_velocity[1][0] -= twice;
    (acceleration_m_s2, Slopes { by_position, by_velocity, by_log })
}

/// What a step begins from, and what all its stages need.
struct Start<S> {
    position_m: [S; 3],
    velocity_m_s: [S; 3],
    half_area_m2_kg: S,
    cubics: &'static Cubics,
}

/// Velocity at a stage, m/s, acceleration there, m/s², and its slopes.
struct Stage<S> {
    velocity_m_s: [S; 3],
    acceleration_m_s2: [S; 3],
    slopes: Slopes<S>,
}

impl<S: Real> Start<S> {
    #[inline(always)]
    fn new(state: &[S; 7]) -> Self {
        let [x, y, z, vx, vy, vz, log] = *state;
        Start {
            position_m: [x, y, z],
            velocity_m_s: [vx, vy, vz],
            half_area_m2_kg: S::splat(0.5) * area_m2_kg(log),
            cubics: Cubics::of_the_standard(),
        }
    }

    #[inline(always)]
    fn first(&self) -> Stage<S> {
        self.at(&self.position_m, self.velocity_m_s)
    }

    /// Where the rates of another stage lead in `seconds`.
    #[inline(always)]
    fn after(&self, stage: &Stage<S>, seconds: S) -> Stage<S> {
        self.at(
            &plus(&self.position_m, &stage.velocity_m_s, seconds),
            plus(&self.velocity_m_s, &stage.acceleration_m_s2, seconds),
        )
    }

    #[inline(always)]
    fn at(&self, position_m: &[S; 3], velocity_m_s: [S; 3]) -> Stage<S> {
        let (acceleration_m_s2, slopes) =
            falling(position_m, &velocity_m_s, self.half_area_m2_kg, self.cubics);
        Stage { velocity_m_s, acceleration_m_s2, slopes }
    }

    /// Position and velocity after all stages.
    #[inline(always)]
    fn end(&self, [first, second, third, fourth]: [&Stage<S>; 4], seconds: S) -> [[S; 3]; 2] {
        let moved =
            weighted(&first.velocity_m_s, &second.velocity_m_s, &third.velocity_m_s, &fourth.velocity_m_s);
        let gained = weighted(
            &first.acceleration_m_s2,
            &second.acceleration_m_s2,
            &third.acceleration_m_s2,
            &fourth.acceleration_m_s2,
        );
        [plus(&self.position_m, &moved, sixth(seconds)), plus(&self.velocity_m_s, &gained, sixth(seconds))]
    }
}

/// The inverse ballistic coefficient, m²/kg. Its logarithm is held within what any body can have, and far more.
#[inline(always)]
fn area_m2_kg<S: Real>(log: S) -> S {
    exp_of_moderate(log.min(S::splat(700.0)).max(S::splat(-700.0)))
}

/// Carries four states of [`crate::dynamics::Reentry`] over a span each, s, with one Runge-Kutta step, to the bits of a
/// predicted [`super::ReentryBlock`]: without covariances, what sigma points need.
pub fn fall(states: &mut [Lanes; 7], seconds: Lanes) {
    widest(Fall { states, seconds });
}

/// [`fall`] as a kernel, to be run with instructions of one's choice.
pub struct Fall<'a> {
    /// What falls.
    pub states: &'a mut [Lanes; 7],
    /// How long, s.
    pub seconds: Lanes,
}

/// The same with the transition matrix of each, which is given without its last row: that of the identity.
pub struct FallWithTransition<'a> {
    /// What falls.
    pub states: &'a mut [Lanes; 7],
    /// How long, s.
    pub seconds: Lanes,
}

impl Kernel for Fall<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Four>(self) {
        let state = load::<S, 7>(self.states);
        let seconds = S::load(&self.seconds);
        let (start, half) = (Start::new(&state), S::splat(0.5) * seconds);
        let first = start.first();
        let second = start.after(&first, half);
        let third = start.after(&second, half);
        let fourth = start.after(&third, seconds);
        let [position_m, velocity_m_s] = start.end([&first, &second, &third, &fourth], seconds);
        for axis in 0..3 {
            self.states[axis] = position_m[axis].store();
            self.states[axis + 3] = velocity_m_s[axis].store();
        }
    }
}

impl Kernel for FallWithTransition<'_> {
    type Output = [[Lanes; 7]; 6];

    #[inline(always)]
    fn run<S: Four>(self) -> [[Lanes; 7]; 6] {
        let fallen = Fallen::new(&load::<S, 7>(self.states), S::load(&self.seconds));
        let mut transition = [[Lanes::default(); 7]; 6];
        for row in 0..6 {
            for column in 0..7 {
                transition[row][column] = fallen.transition[row][column].store();
            }
            self.states[row] = fallen.state[row].store();
        }
        transition
    }
}

/// Seven columns of the velocity's rows of a transition, or of their rates: by position, by velocity, by the logarithm.
struct Columns<S> {
    by_position: Square<S>,
    by_velocity: Square<S>,
    by_log: [S; 3],
}

impl<S: Real> Fallen<S> {
    /// A state carried over `seconds`, with its transition.
    ///
    /// Each stage waits long for roots and the density of the air. The transition's part of the one before is written behind it,
    /// for the processor to do meanwhile.
    #[inline(always)]
    pub(super) fn new(state: &[S; 7], seconds: S) -> Self {
        let (start, half) = (Start::new(state), S::splat(0.5) * seconds);
        let first = start.first();
        let second = start.after(&first, half);
        let third = start.after(&second, half);
        let w1 = first.slopes.first_rates();
        let v2 = w1.grown(half);
        let w2 = second.slopes.second_rates(&v2, half);
        let fourth = start.after(&third, seconds);
        let v3 = w2.grown(half);
        let w3 = third.slopes.rates(&v2, &v3, half);
        let [[x, y, z], [vx, vy, vz]] = start.end([&first, &second, &third, &fourth], seconds);
        let v4 = w3.grown(seconds);
        let w4 = fourth.slopes.rates(&v3, &v4, seconds);

        let moved = Columns::moved(&v2, &v3, &v4, sixth(seconds));
        let gained = Columns::gained([&w1, &w2, &w3, &w4], sixth(seconds));
        let mut transition = [[S::zero(); 7]; 6];
        for row in 0..3 {
            for column in 0..3 {
                transition[row][column] = moved.by_position[row][column];
                transition[row][3 + column] = moved.by_velocity[row][column];
                transition[3 + row][column] = gained.by_position[row][column];
                transition[3 + row][3 + column] = gained.by_velocity[row][column];
            }
            transition[row][6] = moved.by_log[row];
            transition[3 + row][6] = gained.by_log[row];
        }
        Fallen { state: [x, y, z, vx, vy, vz, state[6]], transition }
    }
}

impl<S: Real> Columns<S> {
    /// Where these rates lead in `seconds` from the identity.
    #[inline(always)]
    fn grown(&self, seconds: S) -> Self {
        Columns {
            by_position: scaled(&self.by_position, seconds),
            by_velocity: on_identity(S::one(), &self.by_velocity, seconds),
            by_log: plus(&[S::zero(); 3], &self.by_log, seconds),
        }
    }

    /// The position's rows in the end: the velocity's rows of the stages, weighted; those of the first are the identity's.
    #[inline(always)]
    fn moved(v2: &Self, v3: &Self, v4: &Self, sixth: S) -> Self {
        let (zero, one, two) = (S::zero(), S::one(), S::splat(2.0));
        let by_position = sum(&scaled(&sum(&v2.by_position, &v3.by_position), two), &v4.by_position);
        let unit = [[one, zero, zero], [zero, one, zero], [zero, zero, one]];
        let by_velocity = weighted_rows(&unit, &v2.by_velocity, &v3.by_velocity, &v4.by_velocity);
        let by_log = weighted(&[zero; 3], &v2.by_log, &v3.by_log, &v4.by_log);
        Columns {
            by_position: on_identity(one, &by_position, sixth),
            by_velocity: scaled(&by_velocity, sixth),
            by_log: plus(&[zero; 3], &by_log, sixth),
        }
    }

    /// The velocity's rows in the end.
    #[inline(always)]
    fn gained([w1, w2, w3, w4]: [&Self; 4], sixth: S) -> Self {
        let by_position = weighted_rows(&w1.by_position, &w2.by_position, &w3.by_position, &w4.by_position);
        let by_velocity = weighted_rows(&w1.by_velocity, &w2.by_velocity, &w3.by_velocity, &w4.by_velocity);
        let by_log = weighted(&w1.by_log, &w2.by_log, &w3.by_log, &w4.by_log);
        Columns { by_position, by_velocity, by_log }.grown(sixth)
    }
}

impl<S: Real> Slopes<S> {
    /// Rates of the velocity's rows at the first stage, where the transition is the identity.
    #[inline(always)]
    fn first_rates(&self) -> Columns<S> {
        Columns { by_position: self.by_position, by_velocity: self.by_velocity, by_log: self.by_log }
    }

    /// The same at the second, where the position's rows are those of the identity, half a step on.
    #[inline(always)]
    fn second_rates(&self, v2: &Columns<S>, half: S) -> Columns<S> {
        let by_velocity = &self.by_velocity;
        Columns {
            by_position: sum(&self.by_position, &product(by_velocity, &v2.by_position)),
            by_velocity: sum(&scaled(&self.by_position, half), &product(by_velocity, &v2.by_velocity)),
            by_log: plus(&applied(by_velocity, &v2.by_log), &self.by_log, S::one()),
        }
    }

    /// The same where the position's rows have come from the identity by the velocity's rows `before` in `seconds`.
    #[inline(always)]
    fn rates(&self, before: &Columns<S>, velocity: &Columns<S>, seconds: S) -> Columns<S> {
        let zero = [S::zero(); 3];
        let by_position = product(&self.by_position, &on_identity(S::one(), &before.by_position, seconds));
        let by_velocity = product(&self.by_position, &scaled(&before.by_velocity, seconds));
        let by_log = applied(&self.by_position, &plus(&zero, &before.by_log, seconds));
        let slope = &self.by_velocity;
        let drag = plus(&applied(slope, &velocity.by_log), &self.by_log, S::one());
        Columns {
            by_position: sum(&by_position, &product(slope, &velocity.by_position)),
            by_velocity: sum(&by_velocity, &product(slope, &velocity.by_velocity)),
            by_log: plus(&by_log, &drag, S::one()),
        }
    }
}

#[inline(always)]
fn product<S: Real>(first: &Square<S>, second: &Square<S>) -> Square<S> {
    let mut product = [[S::zero(); 3]; 3];
    for row in 0..3 {
        for column in 0..3 {
            product[row][column] = first[row][0] * second[0][column]
                + first[row][1] * second[1][column]
                + first[row][2] * second[2][column];
        }
    }
    product
}

#[inline(always)]
fn applied<S: Real>(matrix: &Square<S>, vector: &[S; 3]) -> [S; 3] {
    let [x, y, z] = *vector;
    let [first, second, third] = matrix;
    [
        first[0] * x + first[1] * y + first[2] * z,
        second[0] * x + second[1] * y + second[2] * z,
        third[0] * x + third[1] * y + third[2] * z,
    ]
}
